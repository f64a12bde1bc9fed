import { NodeOperationError } from 'n8n-workflow';
import type { ICredentialDataDecryptedObject, IExecuteFunctions } from 'n8n-workflow';

import type { AddressKind, ChatConfig, ChatSendRequest } from '../../engine';
import { Fields } from '../JourneySms/providers/choice';
import { toNodeError } from '../shared/errors';
import { readSending } from '../shared/fields';
import { CHAT_PROVIDERS, chatProviderChoice, type ChatProviderChoice } from './providers';

export interface ChatSettings extends Pick<ChatSendRequest, 'purpose' | 'topic' | 'trackClicks' | 'silent' | 'smsFrom' | 'holding' | 'once' | 'variants'> {
	provider: ChatConfig;
	/** '' when manual runs send nothing. */
	testRecipient: string;
}

interface ChatOptions {
	connections?: number;
	silent?: boolean;
	smsFrom?: string;
	trackClicks?: boolean;
}

/** Everything that is one for the batch, read once. Throws a NodeOperationError that names the field. */
export async function settingsOf(context: IExecuteFunctions): Promise<ChatSettings> {
	const choice = chosenProvider(context);
	const credential = await context.getCredentials<ICredentialDataDecryptedObject>(choice.credential);
	const options = context.getNodeParameter('options', 0, {}) as ChatOptions;
	return {
		...readSending(context),
		trackClicks: options.trackClicks ?? false,
		silent: options.silent ?? false,
		...((options.smsFrom ?? '').trim() === '' ? {} : { smsFrom: (options.smsFrom ?? '').trim() }),
		provider: providerOf(context, choice, credential, options.connections),
		testRecipient: String(context.getNodeParameter('testRecipient', 0, '') ?? '').trim(),
	};
}

/** By which identity the provider knows people. */
export function addressKindOf(provider: ChatConfig): AddressKind {
	return provider.kind === 'kakao' ? 'phone' : provider.kind;
}

function chosenProvider(context: IExecuteFunctions): ChatProviderChoice {
	const value = String(context.getNodeParameter('provider', 0, '') ?? '').trim();
	const choice = chatProviderChoice(value);
	if (choice !== undefined) return choice;
	throw new NodeOperationError(context.getNode(), `'Provider' is none that Journey Chat knows: ${value}`, {
		description: `Choose one of ${CHAT_PROVIDERS.map(({ name }) => name).join(', ')}, or update n8n-nodes-journeys to the version that this workflow was made with.`,
	});
}

function providerOf(context: IExecuteFunctions, { account, configOf }: ChatProviderChoice, credential: ICredentialDataDecryptedObject, connections: number | undefined): ChatConfig {
	try {
		return { ...configOf(new Fields(credential, account)), ...(connections === undefined ? {} : { connections }) };
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}
