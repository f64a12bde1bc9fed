import { createProviderPool } from '../pool';
import { createBirdProvider } from './bird';
import { channelOf } from './bird-channels';
import { createHttpSms } from './http';
import { createInfobipProvider } from './infobip';
import { createPlivoProvider } from './plivo';
import { createSinchProvider } from './sinch';
import { createSolapiProvider } from './solapi';
import { isGoneFromSolapi, SOLAPI_PICTURE, uploadToSolapi, type Uploaded } from './solapi-files';
import { createTelnyxProvider } from './telnyx';
import { createTwilioProvider } from './twilio';
import type { OutgoingSms, SmsConfig, SmsProvider } from './types';
import { createVonageProvider } from './vonage';

const pool = createProviderPool<SmsConfig, OutgoingSms>(createSmsProvider);

/** See ProviderPool. */
export const smsProvider = (config: SmsConfig): SmsProvider => pool.of(config);

export const closeSmsProviders = (): Promise<void> => pool.closeAll();

/** A provider that nobody shares, for a credential's test; whoever makes it closes it. Throws BAD_INPUT for a configuration of `http` that cannot be used. */
export function createSmsProvider(config: SmsConfig): SmsProvider {
	switch (config.kind) {
		case 'twilio':
			return createTwilioProvider(config);
		case 'vonage':
			return createVonageProvider(config);
		case 'telnyx':
			return createTelnyxProvider(config);
		case 'plivo':
			return createPlivoProvider(config);
		case 'sinch':
			return createSinchProvider(config);
		case 'infobip':
			return createInfobipProvider(config);
		case 'bird':
			return createBirdProvider(config);
		case 'solapi':
			return createSolapiProvider(config);
		case 'http':
			return createHttpSms(config);
	}
}

/** How a service gets pictures that takes files alone; undefined: it fetches them by their address. */
export interface MediaUploads {
	limits: { bytes: number; width: number; height: number };
	/** Of the picture in these bytes, a JPEG within the limits. Once for each picture and account, whoever asks; never throws. */
	upload(jpeg: Uint8Array): Promise<Uploaded>;
	/** Whether the service has refused a message because of this file. */
	isGone(id: string): boolean;
}

export function mediaUploads(config: SmsConfig): MediaUploads | undefined {
	if (config.kind !== 'solapi') return undefined;
	return { limits: SOLAPI_PICTURE, upload: (jpeg) => uploadToSolapi(config, jpeg), isGone: (id) => isGoneFromSolapi(config, id) };
}

/** Whether messages come from the sender that the step names; else from one that only the service knows. */
export function takesSender(config: SmsConfig): boolean {
	if (config.kind === 'bird') return channelOf(config) === null;
	return config.kind !== 'http' || [config.url, config.body, ...Object.values(config.headers)].some((text) => /\{\{\s*from\s*\}\}/.test(text));
}

export type { Uploaded } from './solapi-files';
export { costInMillionths, isPrice, priceOf, smsCost, sumOfCosts } from './cost';
export { keywordOf, type SmsKeyword } from './keywords';
export { smartEncoded, smsSegments } from './segments';
