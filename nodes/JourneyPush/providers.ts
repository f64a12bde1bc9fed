import type { ICredentialDataDecryptedObject, ICredentialTestFunctions, ICredentialsDecrypted, INodeCredentialTestResult } from 'n8n-workflow';

import { createPushProvider, EngineError } from '../../engine';
import type { PushConfig } from '../../engine';
import { Fields } from '../JourneySms/providers/choice';

/** One service that Journey Push offers. */
export interface PushProviderChoice {
	/** Of the parameter Provider, and of the engine's configuration. */
	value: PushConfig['kind'];
	/** In the dropdown. */
	name: string;
	description: string;
	/** Name of its credential type. Ends in `Api`; its test is called the same with `Test`. */
	credential: string;
	/** The engine's configuration from the credential. Throws BAD_INPUT naming what the credential lacks. */
	configOf(fields: Fields): PushConfig;
}

/** By name, but Firebase, the default, first. Each has one line in the node's `credentials`, which n8n's lint reads as it stands there. */
export const PUSH_PROVIDERS: readonly PushProviderChoice[] = [
	{ value: 'fcm', name: 'Firebase (FCM)', description: 'Android, Apple devices and browsers by Firebase Cloud Messaging', credential: 'journeyFcmApi', configOf: fcmConfig },
	{
		value: 'apns', name: 'Apple (APNs)', description: 'Apple devices, with a key of your developer account', credential: 'journeyApnsApi',
		configOf: (fields) => ({
			kind: 'apns', teamId: fields.required('teamId', 'Team ID'), keyId: fields.required('identifier', 'Key ID'), privateKey: fields.required('privateKey', 'Key'), topic: fields.required('bundleId', 'Bundle ID'),
			sandbox: fields.text('environment') === 'sandbox', ...fields.optional('baseUrl'),
		}),
	},
	{
		value: 'expo', name: 'Expo', description: 'Apps made with Expo', credential: 'journeyExpoApi',
		configOf: (fields) => ({ kind: 'expo', ...fields.optional('accessToken'), ...fields.optional('baseUrl') }),
	},
	{
		value: 'onesignal', name: 'OneSignal', description: 'By subscription ID or external ID', credential: 'journeyOneSignalApi',
		configOf: (fields) => ({
			kind: 'onesignal', appId: fields.required('appId', 'App ID'), apiKey: fields.required('apiKey', 'App API Key'), by: fields.text('findBy') === 'externalId' ? 'externalId' : 'subscription', ...fields.optional('baseUrl'),
		}),
	},
];

/** Of the JSON file of a service account, as Firebase hands it out. */
function fcmConfig(fields: Fields): PushConfig {
	const account = jsonIn(fields.required('serviceAccountSecret', 'Service Account Key'));
	if (account === null) throw new EngineError('BAD_INPUT', 'The Service Account Key in the Firebase credential is no JSON. Paste the whole file, from the first brace to the last.');
	const part = (name: string): string => {
		const value = account[name];
		if (typeof value === 'string' && value !== '') return value;
		throw new EngineError('BAD_INPUT', `The Service Account Key in the Firebase credential has no ${name}. Paste the file of a service account (Firebase, Project Settings, Service Accounts), not that of an app.`);
	};
	return { kind: 'fcm', projectId: part('project_id'), clientEmail: part('client_email'), privateKey: part('private_key'), ...fields.optional('baseUrl'), ...fields.optional('tokenUrl') };
}

function jsonIn(text: string): Record<string, unknown> | null {
	try {
		return JSON.parse(text) as Record<string, unknown> | null;
	} catch {
		return null;
	}
}

/** Undefined: a provider that this version does not know. */
export function pushProviderChoice(value: string): PushProviderChoice | undefined {
	return PUSH_PROVIDERS.find((provider) => provider.value === value);
}

type CredentialTest = (this: ICredentialTestFunctions, credential: ICredentialsDecrypted) => Promise<INodeCredentialTestResult>;

/** The Test button: asks by the engine, as a send would, and sends nothing to anybody. */
function connectionTest({ name, configOf }: PushProviderChoice): CredentialTest {
	return async function (credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>) {
		try {
			const provider = createPushProvider(configOf(new Fields(credential.data ?? {}, name)));
			try {
				await provider.verify();
			} finally {
				await provider.close();
			}
			return { status: 'OK', message: `Connected to ${name}` };
		} catch (error) {
			return { status: 'Error', message: error instanceof Error ? error.message : String(error) };
		}
	};
}

/** journeyFcmTest of journeyFcmApi: the names that `testedBy` gives. */
export const credentialTest: Record<string, CredentialTest> = Object.fromEntries(PUSH_PROVIDERS.map((provider) => [provider.credential.replace(/Api$/, 'Test'), connectionTest(provider)]));
