import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions } from 'n8n-workflow';

import type { EmailConfig, EmailSendRequest, Engine, UtmParameters } from '../../engine';
import { toNodeError } from '../shared/errors';
import { nameIn, readSending } from '../shared/fields';
import { emailProviderChoice, EMAIL_PROVIDERS } from './providers';
import type { EmailCredential, EmailProviderChoice } from './providers/choice';
import { signInConfig, signInCredential, signInOf } from './signIn';

export interface EmailSettings extends Pick<EmailSendRequest, 'purpose' | 'topic' | 'from' | 'replyTo' | 'replyTracking' | 'trackOpens' | 'trackClicks' | 'utm' | 'holding' | 'once' | 'variants'> {
	provider: EmailConfig;
	/** '' when manual runs mail nobody. */
	testRecipient: string;
}

interface EmailOptions {
	connections?: number;
	replyTo?: string;
	replyTracking?: string;
	trackClicks?: boolean;
	trackOpens?: boolean;
	utm?: { parameters?: UtmParameters };
}

/** Everything that is one for the batch, read once. Throws a NodeOperationError that names the field. */
export async function settingsOf(context: IExecuteFunctions, engine: Pick<Engine, 'settings'>): Promise<EmailSettings> {
	const [credential, configOf] = await chosen(context);
	const options = context.getNodeParameter('options', 0, {}) as EmailOptions;
	const { replyTo: sendersReplyTo, ...from } = await senderOf(context, credential, engine);
	const replyTo = (options.replyTo ?? '').trim() || (sendersReplyTo ?? '');
	const testRecipient = (context.getNodeParameter('testRecipient', 0, '') as string).trim();
	const replyTracking = (options.replyTracking ?? '').trim();
	if (replyTo !== '') requireAddress(context, replyTo, 'Reply To');
	if (replyTracking !== '') requireAddress(context, replyTracking, 'Reply Tracking Address');
	if (testRecipient !== '') requireAddress(context, testRecipient, 'Test Recipient');
	return {
		...readSending(context),
		from,
		...(replyTo === '' ? {} : { replyTo }),
		...(replyTracking === '' ? {} : { replyTracking }),
		trackOpens: options.trackOpens ?? true,
		trackClicks: options.trackClicks ?? true,
		...(options.utm?.parameters === undefined ? {} : { utm: options.utm.parameters }),
		provider: await configOf(options.connections),
		testRecipient,
	};
}

/** The credential of the chosen provider, and what makes the engine's configuration of it. */
async function chosen(context: IExecuteFunctions): Promise<[credential: EmailCredential, configOf: (connections: number | undefined) => Promise<EmailConfig>]> {
	const signIn = signInOf(context);
	if (signIn !== null) {
		const signedIn = await signInCredential(context, signIn);
		return [{ fromName: signedIn.fromName ?? '', fromAddress: signedIn.user ?? '' }, async (connections) => await signInConfig(context, signIn, signedIn, connections)];
	}
	const choice = chosenProvider(context);
	const credential = await context.getCredentials<EmailCredential>(choice.credential);
	return [credential, async (connections) => providerOf(context, choice, credential, connections)];
}

function chosenProvider(context: IExecuteFunctions): EmailProviderChoice {
	const value = textOf(context, 'provider');
	const choice = emailProviderChoice(value);
	if (choice !== undefined) return choice;
	throw new NodeOperationError(context.getNode(), `'Provider' is none that Journey Email knows: ${value}`, {
		description: `Choose one of ${EMAIL_PROVIDERS.map(({ name }) => name).join(', ')}, or update n8n-nodes-journeys to the version that this workflow was made with.`,
	});
}

function providerOf(context: IExecuteFunctions, choice: EmailProviderChoice, credential: EmailCredential, connections: number | undefined): EmailConfig {
	try {
		return choice.configOf(credential, connections);
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

interface From {
	address: string;
	name?: string;
	replyTo?: string;
}

/** The first that has an address: the node's own field, the sender that it chose, the credential, the first sender in Settings. */
async function senderOf(context: IExecuteFunctions, credential: EmailCredential, engine: Pick<Engine, 'settings'>): Promise<From> {
	const own = { address: textOf(context, 'fromAddress'), name: textOf(context, 'fromName') };
	const base = await baseSender(context, credential, engine);
	const address = own.address || base.address;
	const name = own.name || (base.name ?? '');
	if (address === '') {
		throw new NodeOperationError(context.getNode(), 'The mail has no sender', {
			description: "Choose a 'Sender' of Profile Engine: Settings or fill in 'From Address' here, or 'Default From Address' in the credential.",
		});
	}
	requireAddress(context, address, 'From Address');
	return { address, ...(name === '' ? {} : { name }), ...(base.replyTo === undefined ? {} : { replyTo: base.replyTo }) };
}

async function baseSender(context: IExecuteFunctions, credential: EmailCredential, engine: Pick<Engine, 'settings'>): Promise<From> {
	const chosen = nameIn(context.getNodeParameter('sender', 0, ''));
	const ofCredential = { address: (credential.fromAddress ?? '').trim(), name: (credential.fromName ?? '').trim() };
	if (chosen === '' && (ofCredential.address !== '' || textOf(context, 'fromAddress') !== '')) return ofCredential;
	try {
		return (await engine.settings.sender('email', chosen === '' ? undefined : chosen)) ?? ofCredential;
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

function textOf(context: IExecuteFunctions, name: string): string {
	return String(context.getNodeParameter(name, 0, '') ?? '').trim();
}

/** Enough to catch a name in the wrong field; whether an address exists only its server knows. */
function requireAddress(context: IExecuteFunctions, value: string, field: string): void {
	if (/^[^\s@<>,;]+@[^\s@<>,;]+$/.test(value)) return;
	throw new NodeOperationError(context.getNode(), `'${field}' is not an email address`, {
		description: 'Give one address without a name around it, for example hello@example.com.',
	});
}
