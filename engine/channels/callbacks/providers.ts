import type { Channel } from '../../kernel';

/** A provider whose callbacks are understood. Plain data: n8n's main thread reads it for every node, and needs no reader for it. */
export interface CallbackProvider {
	/** As in the callback's address, and as the ledger names who delivered a message. */
	name: string;
	/** As people know it. */
	title: string;
	/** Of its reports that say nothing of a channel and are about no message that is known. */
	channel: Channel;
	/** Name of the credential type. */
	credential: string;
	/** Name of each secret as its reader wants it -> field of the credential; list: several in one field, with blanks or commas between them. */
	secrets: Readonly<Record<string, string | { list: string }>>;
	/** What its reader calls the service itself with, field of the credential by name; it checks nothing. */
	calls?: Readonly<Record<string, string>>;
	/** Nobody ever hears from it that a message has arrived: its reports are what people write and do. */
	deliveries?: false;
	/** It asks by GET for a certain answer before it sends reports. */
	asks?: true;
	/** Its reports may come by GET, all in the query. Of everybody else a GET changes nothing: programs that look at addresses call by it. */
	get?: true;
}

/** By name; one line a provider. Its reader stands in index.ts, its credential among those of Journey Collector Trigger. */
export const CALLBACK_PROVIDERS: readonly CallbackProvider[] = [
	{ name: 'ses', title: 'Amazon SES', channel: 'email', credential: 'journeySesApi', secrets: { topicArns: { list: 'topicArns' } } },
	{ name: 'bird', title: 'Bird', channel: 'sms', credential: 'journeyBirdApi', secrets: { signingKey: 'signingSecret' }, get: true },
	{ name: 'brevo', title: 'Brevo', channel: 'email', credential: 'journeyBrevoApi', secrets: { callbackKey: 'callbackSecret' } },
	{ name: 'discord', title: 'Discord', channel: 'chat', credential: 'journeyDiscordApi', secrets: { publicKey: 'verifier' }, deliveries: false },
	{
		name: 'http', title: 'HTTP SMS', channel: 'sms', credential: 'journeyHttpSmsApi', get: true,
		secrets: {
			callbackKey: 'callbackSecret', statusField: 'statusField', idField: 'idField', fromField: 'fromField', toField: 'toField', textField: 'textField',
			delivered: { list: 'delivered' }, hardBounced: { list: 'hardBounced' }, softBounced: { list: 'softBounced' },
		},
	},
	{ name: 'infobip', title: 'Infobip', channel: 'sms', credential: 'journeyInfobipApi', secrets: { callbackKey: 'callbackSecret' } },
	{ name: 'line', title: 'LINE', channel: 'chat', credential: 'journeyLineApi', secrets: { channelSecret: 'channelSecret' }, deliveries: false },
	{ name: 'lob', title: 'Lob', channel: 'directmail', credential: 'journeyLobApi', secrets: { webhookSecret: 'webhookSecret' } },
	{ name: 'mailgun', title: 'Mailgun', channel: 'email', credential: 'journeyMailgunApi', secrets: { signingKey: 'webhookSecret' } },
	{ name: 'meta', title: 'Meta', channel: 'whatsapp', credential: 'journeyWhatsAppApi', secrets: { appSecret: 'appSecret', verifyToken: 'verifyToken' }, asks: true },
	{ name: 'plivo', title: 'Plivo', channel: 'sms', credential: 'journeyPlivoApi', secrets: { authToken: 'authToken' } },
	{ name: 'postmark', title: 'Postmark', channel: 'email', credential: 'journeyPostmarkApi', secrets: { callbackKey: 'callbackSecret' } },
	{ name: 'resend', title: 'Resend', channel: 'email', credential: 'journeyResendApi', secrets: { signingSecret: 'signingSecret' }, calls: { apiKey: 'apiKey' } },
	{ name: 'sendgrid', title: 'SendGrid', channel: 'email', credential: 'journeySendGridApi', secrets: { verificationKey: 'webhookVerification', callbackKey: 'inboundSecret' } },
	{ name: 'sinch', title: 'Sinch', channel: 'sms', credential: 'journeySinchApi', secrets: { callbackKey: 'callbackSecret' } },
	{ name: 'slack', title: 'Slack', channel: 'chat', credential: 'journeySlackApi', secrets: { signingSecret: 'signingSecret' }, deliveries: false },
	{ name: 'solapi', title: 'Solapi', channel: 'sms', credential: 'journeySolapiApi', secrets: { callbackKey: 'callbackSecret' } },
	{ name: 'sparkpost', title: 'SparkPost', channel: 'email', credential: 'journeySparkPostApi', secrets: { callbackKey: 'callbackSecret' } },
	{ name: 'telegram', title: 'Telegram', channel: 'chat', credential: 'journeyTelegramApi', secrets: { webhookSecret: 'webhookSecret' }, deliveries: false },
	{ name: 'telnyx', title: 'Telnyx', channel: 'sms', credential: 'journeyTelnyxApi', secrets: { publicKey: 'verifier' } },
	{ name: 'twilio', title: 'Twilio', channel: 'sms', credential: 'journeyTwilioApi', secrets: { authToken: 'authToken' } },
	{ name: 'viber', title: 'Viber', channel: 'chat', credential: 'journeyViberApi', secrets: { authToken: 'authToken' } },
	{ name: 'vonage', title: 'Vonage', channel: 'sms', credential: 'journeyVonageApi', secrets: { apiKey: 'apiKey', signatureSecret: 'signatureSecret' } },
];
