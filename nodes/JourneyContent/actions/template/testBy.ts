import type { IDisplayOptions, IExecuteFunctions, INodeCredentialDescription, INodeProperties } from 'n8n-workflow';

import type { Engine, TestSendRequest } from '../../../../engine';
import { providerField as chatProvider } from '../../../JourneyChat/fields';
import { credentialTest as chatTests } from '../../../JourneyChat/providers';
import { settingsOf as chatSettings } from '../../../JourneyChat/settings';
import { addressFields } from '../../../JourneyDirectMail/addressFields';
import { journeyLobTest } from '../../../JourneyDirectMail/lob';
import { carrierOf as mailpieceCarrier } from '../../../JourneyDirectMail/settings';
import { providerField as emailProvider, senderFields as emailSender } from '../../../JourneyEmail/fields';
import { credentialTest as emailTests } from '../../../JourneyEmail/providers';
import { settingsOf as emailSettings } from '../../../JourneyEmail/settings';
import { signInTest } from '../../../JourneyEmail/signIn';
import { providerField as pushProvider } from '../../../JourneyPush/fields';
import { credentialTest as pushTests } from '../../../JourneyPush/providers';
import { providerOf as pushCarrier } from '../../../JourneyPush/settings';
import { providerField as smsProvider, senderFields as smsSender } from '../../../JourneySms/fields';
import { credentialTest as smsTests } from '../../../JourneySms/providers';
import { settingsOf as smsSettings } from '../../../JourneySms/settings';
import { providerField as whatsAppProvider, senderFields as whatsAppSender } from '../../../JourneyWhatsApp/fields';
import { credentialTest as whatsAppTests } from '../../../JourneyWhatsApp/providers';
import { carrierOf as whatsAppCarrier } from '../../../JourneyWhatsApp/settings';
import { chosen } from '../../../shared/fields';

/*
 * How a test goes out: by the fields and the code of the channel's sender, with its credential. What those read besides (purpose, content) is not in this panel and stays unread.
 */

type By = TestSendRequest['by'];

interface ByChannel {
	fields: readonly INodeProperties[];
	read(context: IExecuteFunctions, engine: Engine): Promise<By>;
}

/** Shown for a day to whoever tests, wherever they are on the site. */
const SHOWING: Extract<By, { channel: 'onsite' }>['showing'] = {
	kind: 'modal', slot: '', anyBrowser: false, recall: false, priority: 100, mostShows: 3, gapHours: 0, expiresAfterHours: 24,
	rules: { trigger: { on: 'load' }, urls: [], notUrls: [] }, style: { accent: '', theme: 'auto', position: 'end' },
};

export const TEST_BY: Readonly<Record<By['channel'], ByChannel>> = {
	chat: { fields: [chatProvider], read: async (context) => ({ channel: 'chat', provider: (await chatSettings(context)).provider }) },
	directmail: {
		fields: addressFields,
		read: async (context) => {
			return { channel: 'directmail', ...(await mailpieceCarrier(context)) };
		},
	},
	email: {
		fields: [emailProvider, ...emailSender],
		read: async (context, engine) => {
			const { provider, from, replyTo } = await emailSettings(context, engine);
			return { channel: 'email', provider, from, ...(replyTo === undefined ? {} : { replyTo }) };
		},
	},
	onsite: { fields: [], read: () => Promise.resolve({ channel: 'onsite', showing: SHOWING }) },
	push: { fields: [pushProvider], read: async (context) => ({ channel: 'push', provider: await pushCarrier(context) }) },
	sms: {
		fields: [smsProvider, ...smsSender],
		read: async (context, engine) => {
			const { provider, senders, smartEncoding } = await smsSettings(context, engine);
			return { channel: 'sms', provider, senders, ...(smartEncoding === undefined ? {} : { smartEncoding }) };
		},
	},
	webpush: { fields: [], read: () => Promise.resolve({ channel: 'webpush' }) },
	whatsapp: {
		fields: [whatsAppProvider, ...whatsAppSender],
		read: async (context, engine) => {
			return { channel: 'whatsapp', ...(await whatsAppCarrier(context, engine)) };
		},
	},
};

export const testCredentialTests = { ...chatTests, ...emailTests, ...pushTests, ...whatsAppTests, ...smsTests, journeyGmailTest: signInTest('gmail'), journeyMicrosoftTest: signInTest('microsoft'), journeyLobTest };

/** Shows a credential where a test goes by this provider. */
export function testedBy(provider: string, ...testChannel: Array<By['channel']>): NonNullable<INodeCredentialDescription['displayOptions']> {
	const { show, hide } = chosen('provider', provider);
	return { show: { ...show, resource: ['template'], operation: ['sendTest'], testChannel }, ...(hide === undefined ? {} : { hide }) };
}

/** Of all channels, where `show` says. */
export function testFields(show: NonNullable<IDisplayOptions['show']>): INodeProperties[] {
	return Object.entries(TEST_BY).flatMap(([channel, { fields }]) => fields.map((field) => ({ ...field, displayOptions: { ...field.displayOptions, show: { ...field.displayOptions?.show, ...show, testChannel: [channel] } } })));
}
