import type { ICredentialDataDecryptedObject, ICredentialTestFunctions, ICredentialsDecrypted, INodeCredentialTestResult } from 'n8n-workflow';

import { createWhatsAppProvider } from '../../engine';
import type { WhatsAppConfig } from '../../engine';
import { Fields } from '../JourneySms/providers/choice';

/** One service that Journey WhatsApp offers. */
export interface WhatsAppProviderChoice {
	/** Of the parameter Provider, and of the engine's configuration. */
	value: WhatsAppConfig['kind'];
	name: string;
	description: string;
	/** Name of its credential type. */
	credential: string;
	/** The engine's configuration from the credential. Throws BAD_INPUT naming what the credential lacks. */
	configOf(fields: Fields): WhatsAppConfig;
}

/** Each has one line in the node's `credentials`, which n8n's lint reads as it stands there. */
export const WHATSAPP_PROVIDERS: readonly WhatsAppProviderChoice[] = [
	{
		value: 'meta', name: 'Meta Cloud API', description: 'WhatsApp itself, by an app of your own', credential: 'journeyWhatsAppApi',
		configOf: (fields) => ({
			kind: 'meta', accessToken: fields.required('accessToken', 'Access Token'), phoneNumberId: fields.required('phoneNumberId', 'Phone Number ID'), version: fields.text('version') || 'v23.0',
			...fields.optional('businessAccountId'), ...fields.optional('appSecret'), ...fields.optional('baseUrl'),
		}),
	},
	{
		value: 'twilio', name: 'Twilio', description: 'WhatsApp senders and content templates of a Twilio account', credential: 'journeyTwilioApi',
		configOf: (fields) => ({ kind: 'twilio', accountSid: fields.required('accountSid', 'Account SID'), authToken: fields.required('authToken', 'Auth Token'), ...fields.optional('apiKey'), ...fields.optional('apiKeySecret'), ...fields.optional('baseUrl') }),
	},
];

/** Undefined: a provider that this version does not know. */
export function whatsAppProviderChoice(value: string): WhatsAppProviderChoice | undefined {
	return WHATSAPP_PROVIDERS.find((provider) => provider.value === value);
}

/** The Test button: reads phone number and templates by the engine, and sends nothing. */
function connectionTest({ name, configOf }: WhatsAppProviderChoice) {
	return async function (this: ICredentialTestFunctions, credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>): Promise<INodeCredentialTestResult> {
		try {
			const provider = createWhatsAppProvider(configOf(new Fields(credential.data ?? {}, name)));
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

/** journeyWhatsAppTest of journeyWhatsAppApi: the names that `testedBy` gives. */
export const credentialTest: Record<string, ReturnType<typeof connectionTest>> = Object.fromEntries(WHATSAPP_PROVIDERS.map((provider) => [provider.credential.replace(/Api$/, 'Test'), connectionTest(provider)]));
