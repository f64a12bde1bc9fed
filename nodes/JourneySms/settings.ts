import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { isPrice } from '../../engine';
import type { Engine, SmsConfig, SmsSendRequest } from '../../engine';
import { toNodeError } from '../shared/errors';
import { nameIn, readSending, type Panel } from '../shared/fields';
import { SMS_PROVIDERS, smsProviderChoice } from './providers';
import { Fields, type SmsCredential, type SmsProviderChoice } from './providers/choice';

export interface SmsSettings extends Pick<SmsSendRequest, 'purpose' | 'topic' | 'senders' | 'trackClicks' | 'smartEncoding' | 'unsubscribeHint' | 'holding' | 'once' | 'variants'> {
	provider: SmsConfig;
	/** '' when manual runs send nothing. */
	testRecipient: string;
	prices: Record<string, string>;
}

interface SmsOptions {
	connections?: number;
	prices?: { values?: IDataObject[] };
	smartEncoding?: boolean;
	trackClicks?: boolean;
	unsubscribeHint?: string;
}

/** Everything that is one for the batch, read once. Throws a NodeOperationError that names the field. */
export async function settingsOf(context: IExecuteFunctions, engine: Pick<Engine, 'settings'>): Promise<SmsSettings> {
	const choice = chosenProvider(context);
	const credential = await context.getCredentials<SmsCredential>(choice.credential);
	const { connections } = context.getNodeParameter('options', 0, {}) as SmsOptions;
	return {
		...readSending(context),
		...makingIn(context),
		senders: await sendersOf(context, credential, engine),
		provider: providerOf(context, choice, credential, connections),
		testRecipient: textOf(context, 'testRecipient'),
	};
}

/** How a message is made of its content, and what it costs. */
export function makingIn(context: Panel): Pick<SmsSettings, 'trackClicks' | 'smartEncoding' | 'unsubscribeHint' | 'prices'> {
	const options = context.getNodeParameter('options', 0, {}) as SmsOptions;
	return {
		trackClicks: options.trackClicks ?? false,
		smartEncoding: options.smartEncoding ?? true,
		...(options.unsubscribeHint === undefined ? {} : { unsubscribeHint: hintOf(context) }),
		prices: pricesIn(context, options.prices),
	};
}

export function chosenProvider(context: Panel): SmsProviderChoice {
	const value = textOf(context, 'provider');
	const choice = smsProviderChoice(value);
	if (choice !== undefined) return choice;
	throw new NodeOperationError(context.getNode(), `'Provider' is none that Journey SMS knows: ${value}`, {
		description: `Choose one of ${SMS_PROVIDERS.map(({ name }) => name).join(', ')}, or update n8n-nodes-journeys to the version that this workflow was made with.`,
	});
}

function providerOf(context: IExecuteFunctions, choice: SmsProviderChoice, credential: SmsCredential, connections: number | undefined): SmsConfig {
	try {
		return { ...choice.configOf(new Fields(credential, choice.name)), ...(connections === undefined ? {} : { connections }) };
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

/** Of the default the first that there is: the node's own field, the sender that it chose, the credential, the first SMS sender in Settings. */
async function sendersOf(context: IExecuteFunctions, credential: SmsCredential, engine: Pick<Engine, 'settings'>): Promise<SmsSendRequest['senders']> {
	const byCountry = countrySenders(context);
	const from = textOf(context, 'from') || (await baseSender(context, credential, engine));
	if (from !== '' || Object.keys(byCountry).length > 0) return { default: from, byCountry };
	throw new NodeOperationError(context.getNode(), 'The message has no sender', {
		description: "Choose a 'Sender' of Profile Engine: Settings or fill in 'From' here, or 'Default From' in the credential.",
	});
}

export async function baseSender(context: Panel, credential: SmsCredential, engine: Pick<Engine, 'settings'>): Promise<string> {
	const chosen = nameIn(context.getNodeParameter('sender', 0, ''));
	const ofCredential = (credential.from ?? '').trim();
	if (chosen === '' && ofCredential !== '') return ofCredential;
	try {
		return (await engine.settings.sender('sms', chosen === '' ? undefined : chosen))?.address ?? '';
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

export function countrySenders(context: Panel): Record<string, string> {
	const { values = [] } = context.getNodeParameter('countrySenders', 0, {}) as { values?: IDataObject[] };
	return byCountry(context, values, 'from', 'Senders per Country', /^[A-Z]{2}$/);
}

/** Of a list of countries with their prices. Throws a NodeOperationError. */
export function pricesIn(context: Panel, prices: SmsOptions['prices']): Record<string, string> {
	const read = byCountry(context, prices?.values ?? [], 'price', 'Prices per Segment', /^([A-Z]{2}|\*)$/);
	if (Object.values(read).every(isPrice)) return read;
	throw new NodeOperationError(context.getNode(), "A price under 'Prices per Segment' is no number", { description: 'Write it with a point and without a currency, for example 0.0075.' });
}

/** Lines that are not filled in are left out. */
function byCountry(context: Panel, lines: readonly IDataObject[], field: string, list: string, pattern: RegExp): Record<string, string> {
	const read: Record<string, string> = {};
	for (const line of lines) {
		const [country, value] = [String(line.country ?? '').trim().toUpperCase(), String(line[field] ?? '').trim()];
		if (country === '' && value === '') continue;
		if (!pattern.test(country) || value === '') {
			throw new NodeOperationError(context.getNode(), `A line of '${list}' is not complete`, { description: 'Give a country by its two letters, for example DE, and what stands beside it.' });
		}
		read[country] = value;
	}
	return read;
}

/** As it was written: Liquid's braces are no expression of n8n's. */
function hintOf(context: Panel): string {
	const options = context.getNodeParameter('options', 0, {}, { rawExpressions: true }) as SmsOptions;
	return String(options.unsubscribeHint ?? '');
}

export function textOf(context: Panel, name: string): string {
	return String(context.getNodeParameter(name, 0, '') ?? '').trim();
}
