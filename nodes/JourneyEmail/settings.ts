import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions } from 'n8n-workflow';

import type { EmailSendRequest, HoldingPolicy, SmtpConfig } from '../../engine';
import { toNodeError } from '../shared/errors';
import { smtpConfigOf } from './smtp';
import type { SmtpCredential } from './smtp';

export interface EmailSettings extends Pick<EmailSendRequest, 'purpose' | 'topic' | 'from' | 'replyTo' | 'trackOpens' | 'trackClicks' | 'holding'> {
	provider: SmtpConfig;
	/** '' when manual runs mail nobody. */
	testRecipient: string;
}

interface EmailOptions {
	connections?: number;
	holdAtMostHours?: number;
	replyTo?: string;
	trackClicks?: boolean;
	trackOpens?: boolean;
	whenCapped?: HoldingPolicy['whenCapped'];
	whenQuiet?: HoldingPolicy['whenQuiet'];
}

/** Everything that is one for the batch, read once. Throws a NodeOperationError that names the field. */
export async function settingsOf(context: IExecuteFunctions): Promise<EmailSettings> {
	const credential = await context.getCredentials<SmtpCredential>('journeySmtpApi');
	const options = context.getNodeParameter('options', 0, {}) as EmailOptions;
	const purpose = context.getNodeParameter('purpose', 0) as EmailSendRequest['purpose'];
	const replyTo = (options.replyTo ?? '').trim();
	const testRecipient = (context.getNodeParameter('testRecipient', 0, '') as string).trim();
	if (replyTo !== '') requireAddress(context, replyTo, 'Reply To');
	if (testRecipient !== '') requireAddress(context, testRecipient, 'Test Recipient');
	return {
		purpose,
		topic: purpose === 'marketing' ? (context.getNodeParameter('topic', 0, '') as string).trim() : '',
		from: senderOf(context, credential),
		...(replyTo === '' ? {} : { replyTo }),
		trackOpens: options.trackOpens ?? true,
		trackClicks: options.trackClicks ?? true,
		holding: holdingOf(options),
		provider: providerOf(context, credential, options.connections),
		testRecipient,
	};
}

/** What is not added is the engine's to decide, which has defaults and settings. */
function holdingOf({ whenCapped, whenQuiet, holdAtMostHours }: EmailOptions): HoldingPolicy {
	return {
		...(whenCapped === undefined ? {} : { whenCapped }),
		...(whenQuiet === undefined ? {} : { whenQuiet }),
		...(holdAtMostHours === undefined ? {} : { atMostHours: holdAtMostHours }),
	};
}

function providerOf(context: IExecuteFunctions, credential: SmtpCredential, connections: number | undefined): SmtpConfig {
	try {
		return smtpConfigOf(credential, connections);
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

function senderOf(context: IExecuteFunctions, credential: SmtpCredential): EmailSettings['from'] {
	const address = (context.getNodeParameter('fromAddress', 0, '') as string).trim() || (credential.fromAddress ?? '').trim();
	const name = (context.getNodeParameter('fromName', 0, '') as string).trim() || (credential.fromName ?? '').trim();
	if (address === '') {
		throw new NodeOperationError(context.getNode(), 'The mail has no sender', {
			description: "Fill in 'From Address' here, or 'Default From Address' in the Journey SMTP credential.",
		});
	}
	requireAddress(context, address, 'From Address');
	return name === '' ? { address } : { name, address };
}

/** Enough to catch a name in the wrong field; whether an address exists only its server knows. */
function requireAddress(context: IExecuteFunctions, value: string, field: string): void {
	if (/^[^\s@<>,;]+@[^\s@<>,;]+$/.test(value)) return;
	throw new NodeOperationError(context.getNode(), `'${field}' is not an email address`, {
		description: 'Give one address without a name around it, for example hello@example.com.',
	});
}
