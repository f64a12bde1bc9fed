import type { ICredentialTestFunctions, ICredentialsDecrypted, INodeCredentialTestResult } from 'n8n-workflow';

import type { SinchConfig } from '../../engine';
import { connectionTest, type SmsProviderChoice } from './providers/choice';
import { http } from './providers/http';

/** By name, but Twilio, the default, first. Each has one line in the node's `credentials`, which n8n's lint reads as it stands there. */
export const SMS_PROVIDERS: readonly SmsProviderChoice[] = [
	{
		value: 'twilio', name: 'Twilio', description: 'SMS and MMS, from numbers, names and messaging services', credential: 'journeyTwilioApi',
		configOf: (fields) => ({ kind: 'twilio', accountSid: fields.required('accountSid', 'Account SID'), authToken: fields.required('authToken', 'Auth Token'), ...fields.optional('apiKey'), ...fields.optional('apiKeySecret'), ...fields.optional('baseUrl') }),
	},
	{
		value: 'bird', name: 'Bird', description: 'SMS and MMS, by the Channels API or by the API that was MessageBird\'s', credential: 'journeyBirdApi',
		configOf: (fields) => ({ kind: 'bird', accessKey: fields.required('apiKey', 'Access Key'), ...fields.optionalAs('signingSecret', 'signingKey'), ...fields.optional('workspaceId'), ...fields.optional('channelId'), ...fields.optional('baseUrl') }),
	},
	http,
	{
		value: 'infobip', name: 'Infobip', description: 'SMS and MMS', credential: 'journeyInfobipApi',
		configOf: (fields) => ({ kind: 'infobip', baseUrl: fields.required('baseUrl', 'Base URL'), apiKey: fields.required('apiKey', 'API Key'), ...fields.optionalAs('callbackSecret', 'callbackKey') }),
	},
	{
		value: 'plivo', name: 'Plivo', description: 'SMS and MMS, from numbers and powerpacks', credential: 'journeyPlivoApi',
		configOf: (fields) => ({ kind: 'plivo', authId: fields.required('authId', 'Auth ID'), authToken: fields.required('authToken', 'Auth Token'), ...fields.optional('baseUrl') }),
	},
	{
		value: 'sinch', name: 'Sinch', description: 'SMS and MMS', credential: 'journeySinchApi',
		configOf: (fields) => ({
			kind: 'sinch', servicePlanId: fields.required('servicePlanId', 'Service Plan ID'), apiToken: fields.required('apiToken', 'API Token'), region: (fields.text('region') || 'us') as SinchConfig['region'],
			...fields.optionalAs('callbackSecret', 'callbackKey'), ...fields.optional('baseUrl'),
		}),
	},
	{
		value: 'solapi', name: 'Solapi', description: 'SMS, LMS and MMS in Korea', credential: 'journeySolapiApi',
		configOf: (fields) => ({ kind: 'solapi', apiKey: fields.required('apiKey', 'API Key'), apiSecret: fields.required('apiSecret', 'API Secret'), ...fields.optionalAs('callbackSecret', 'callbackKey'), ...fields.optional('baseUrl') }),
	},
	{
		value: 'telnyx', name: 'Telnyx', description: 'SMS and MMS', credential: 'journeyTelnyxApi',
		configOf: (fields) => ({ kind: 'telnyx', apiKey: fields.required('apiKey', 'API Key'), ...fields.optional('messagingProfileId'), ...fields.optionalAs('verifier', 'publicKey'), ...fields.optional('baseUrl') }),
	},
	{
		value: 'vonage', name: 'Vonage', description: 'SMS and MMS', credential: 'journeyVonageApi',
		configOf: (fields) => ({
			kind: 'vonage', apiKey: fields.required('apiKey', 'API Key'), apiSecret: fields.required('apiSecret', 'API Secret'), ...fields.optional('applicationId'), ...fields.optional('privateKey'),
			...fields.optional('signatureSecret'), ...fields.optional('baseUrl'),
		}),
	},
];

/** Undefined: a provider that this version does not know. */
export function smsProviderChoice(value: string): SmsProviderChoice | undefined {
	return SMS_PROVIDERS.find((provider) => provider.value === value);
}

type CredentialTest = (this: ICredentialTestFunctions, credential: ICredentialsDecrypted) => Promise<INodeCredentialTestResult>;

/** journeyTwilioTest of journeyTwilioApi: the names that `testedBy` gives. */
export const credentialTest: Record<string, CredentialTest> = Object.fromEntries(SMS_PROVIDERS.map((provider) => [provider.credential.replace(/Api$/, 'Test'), connectionTest(provider)]));
