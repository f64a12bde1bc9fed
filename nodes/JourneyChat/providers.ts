import type { ICredentialDataDecryptedObject, ICredentialTestFunctions, ICredentialsDecrypted, INodeCredentialTestResult } from 'n8n-workflow';

import { createChatProvider } from '../../engine';
import type { ChatConfig } from '../../engine';
import { Fields } from '../JourneySms/providers/choice';

/** One service that Journey Chat offers. */
export interface ChatProviderChoice {
	/** Of the parameter Provider, and of the engine's configuration. */
	value: ChatConfig['kind'];
	/** In the dropdown. */
	name: string;
	description: string;
	/** Of its credential, in errors. */
	account: string;
	/** Name of its credential type. Ends in `Api`; its test is called the same with `Test`. */
	credential: string;
	/** The engine's configuration from the credential. Throws BAD_INPUT naming what the credential lacks. */
	configOf(fields: Fields): ChatConfig;
}

/** By name, but Telegram, the default, first. Each has one line in the node's `credentials`, which n8n's lint reads as it stands there. */
export const CHAT_PROVIDERS: readonly ChatProviderChoice[] = [
	{
		value: 'telegram', name: 'Telegram', description: 'By a bot, to people who have started it', account: 'Telegram', credential: 'journeyTelegramApi',
		configOf: (fields) => ({ kind: 'telegram', botToken: fields.required('botToken', 'Bot Token'), ...fields.optional('baseUrl') }),
	},
	{
		value: 'discord', name: 'Discord', description: 'By a bot, to people who share a server with it', account: 'Discord', credential: 'journeyDiscordApi',
		configOf: (fields) => ({ kind: 'discord', botToken: fields.required('botToken', 'Bot Token'), ...fields.optional('baseUrl') }),
	},
	{
		value: 'kakao', name: 'Kakao AlimTalk', description: 'Through Solapi, from templates that Kakao has approved, to phone numbers', account: 'Solapi', credential: 'journeySolapiApi',
		configOf: (fields) => ({ kind: 'kakao', apiKey: fields.required('apiKey', 'API Key'), apiSecret: fields.required('apiSecret', 'API Secret'), ...fields.optional('baseUrl') }),
	},
	{
		value: 'line', name: 'LINE', description: 'By an official account, to its friends', account: 'LINE', credential: 'journeyLineApi',
		configOf: (fields) => ({ kind: 'line', channelAccessToken: fields.required('channelAccessToken', 'Channel Access Token'), ...fields.optional('baseUrl') }),
	},
	{
		value: 'slack', name: 'Slack', description: 'By an app, to people of its workspace', account: 'Slack', credential: 'journeySlackApi',
		configOf: (fields) => ({ kind: 'slack', botToken: fields.required('botToken', 'Bot Token'), ...fields.optional('baseUrl') }),
	},
	{
		value: 'viber', name: 'Viber', description: 'By a bot, to its subscribers', account: 'Viber', credential: 'journeyViberApi',
		configOf: (fields) => ({ kind: 'viber', authToken: fields.required('authToken', 'Auth Token'), senderName: fields.required('senderName', 'Sender Name'), ...fields.optional('baseUrl') }),
	},
];

/** Undefined: a provider that this version does not know. */
export function chatProviderChoice(value: string): ChatProviderChoice | undefined {
	return CHAT_PROVIDERS.find((provider) => provider.value === value);
}

type CredentialTest = (this: ICredentialTestFunctions, credential: ICredentialsDecrypted) => Promise<INodeCredentialTestResult>;

/** The Test button: logs in by the engine, as a send would, and sends nothing. */
function connectionTest({ account, configOf }: ChatProviderChoice): CredentialTest {
	return async function (this: ICredentialTestFunctions, credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>): Promise<INodeCredentialTestResult> {
		try {
			const provider = createChatProvider(configOf(new Fields(credential.data ?? {}, account)));
			try {
				await provider.verify();
			} finally {
				await provider.close();
			}
			return { status: 'OK', message: `Connected to ${account}` };
		} catch (error) {
			return { status: 'Error', message: error instanceof Error ? error.message : String(error) };
		}
	};
}

/** journeyTelegramTest of journeyTelegramApi: the names that `testedBy` gives. */
export const credentialTest: Record<string, CredentialTest> = Object.fromEntries(CHAT_PROVIDERS.map((provider) => [provider.credential.replace(/Api$/, 'Test'), connectionTest(provider)]));
