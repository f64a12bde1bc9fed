import { NodeOperationError } from 'n8n-workflow';
import type { ICredentialDataDecryptedObject, IExecuteFunctions } from 'n8n-workflow';

import type { Engine, WhatsAppConfig, WhatsAppContent, WhatsAppSendRequest } from '../../engine';
import { Fields } from '../JourneySms/providers/choice';
import { toNodeError } from '../shared/errors';
import { nameIn, readSending, type Made } from '../shared/fields';
import { contentIn } from './content';
import { WHATSAPP_PROVIDERS, whatsAppProviderChoice, type WhatsAppProviderChoice } from './providers';

export type WhatsAppSettings = Omit<WhatsAppSendRequest, 'step' | 'items' | 'content'> & Made<WhatsAppContent> & {
	/** '' when manual runs send nothing. */
	testRecipient: string;
};

/** Everything, since all is one for the batch. Throws a NodeOperationError that names the field. */
export async function settingsOf(context: IExecuteFunctions, engine: Pick<Engine, 'settings'>): Promise<WhatsAppSettings> {
	const choice = chosenProvider(context);
	const { trackClicks = false } = context.getNodeParameter('options', 0, {}) as { trackClicks?: boolean };
	return {
		...readSending(context),
		...contentIn(context),
		...(await carrierOf(context, engine, choice)),
		trackClicks,
		testRecipient: textOf(context, 'testRecipient'),
	};
}

/** Who delivers it, and whom it comes from. */
export async function carrierOf(context: IExecuteFunctions, engine: Pick<Engine, 'settings'>, choice = chosenProvider(context)): Promise<Pick<WhatsAppSettings, 'provider' | 'from'>> {
	const { connections } = context.getNodeParameter('options', 0, {}) as { connections?: number };
	return { provider: await providerOf(context, choice, connections), from: await senderOf(context, choice, engine) };
}

function chosenProvider(context: IExecuteFunctions): WhatsAppProviderChoice {
	const value = textOf(context, 'provider');
	const choice = whatsAppProviderChoice(value);
	if (choice !== undefined) return choice;
	throw new NodeOperationError(context.getNode(), `'Provider' is none that Journey WhatsApp knows: ${value}`, {
		description: `Choose one of ${WHATSAPP_PROVIDERS.map(({ name }) => name).join(', ')}, or update n8n-nodes-journeys to the version that this workflow was made with.`,
	});
}

async function providerOf(context: IExecuteFunctions, choice: WhatsAppProviderChoice, connections: number | undefined): Promise<WhatsAppConfig> {
	const credential = await context.getCredentials<ICredentialDataDecryptedObject>(choice.credential);
	try {
		return { ...choice.configOf(new Fields(credential, choice.name)), ...(connections === undefined ? {} : { connections }) };
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

/** The first that there is: the node's own field, the sender that it chose; then Meta's credential names one ('' here), at Twilio the first WhatsApp sender in Settings, since its credential's is for SMS. */
async function senderOf(context: IExecuteFunctions, { value }: WhatsAppProviderChoice, engine: Pick<Engine, 'settings'>): Promise<string> {
	const from = textOf(context, 'from');
	const chosen = nameIn(context.getNodeParameter('sender', 0, ''));
	if (from !== '' || (chosen === '' && value === 'meta')) return from;
	const sender = await named(context, engine, chosen);
	if (sender !== '') return sender;
	throw new NodeOperationError(context.getNode(), 'The message has no sender', { description: "Choose a 'Sender' of Profile Engine: Settings or fill in 'From' with a WhatsApp number or messaging service of the Twilio account." });
}

async function named(context: IExecuteFunctions, engine: Pick<Engine, 'settings'>, key: string): Promise<string> {
	try {
		return (await engine.settings.sender('whatsapp', key === '' ? undefined : key))?.address ?? '';
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

function textOf(context: IExecuteFunctions, name: string): string {
	return String(context.getNodeParameter(name, 0, '') ?? '').trim();
}
