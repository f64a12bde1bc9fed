import { pem, RSA } from '../engine/channels/push/bench';
import { withField, withoutField, withoutFormField, withoutHeader, withoutPart, type OnTheWire } from './wire';

export interface Row {
	/** engine/channels/<channel>/<kind>.ts */
	channel: 'chat' | 'directmail' | 'email' | 'push' | 'sms' | 'whatsapp';
	kind: string;
	/** In ../shared/reference/openapi. */
	description: string;
	/** Of the engine, besides kind, with the mock's address. */
	config: (url: string) => object;
	/** Of a right request: what is taken away for the description to refuse it. */
	spoil: (request: OnTheWire) => OnTheWire;
	/** Why the mock takes any body (its README, Quirks of the mock), and where the bodies are checked instead. */
	unchecked?: string;
	/** Path of the description's server, which the mock leaves out. */
	base?: string;
	/** What the calls of verify() get, in order, and the description that has them where it is another one; a reason where none has them. */
	verify: { statuses: number[]; description?: string } | string;
	/** Of one message. Default 1. */
	calls?: number;
	/** The mock makes its answers up (its README, Quirks of the mock, D). */
	dynamic?: true;
	/** What the service does not take of a mail, or what else a message is. */
	message?: object;
	/** A service that is asked before the one that is described, such as a login: what the configuration has of it. */
	beside?: { answer: object; config: (url: string) => object };
	/** What Prism cannot read of the description as it is (its README, Quirks of the mock). */
	mend?: (yaml: string) => string;
}

const OK = { statuses: [200] };
const NO_FILES = { attachments: [] };

/** One row a service that has a published description; 400 and 422 of verify() answer what it sends empty on purpose. Those whose code is not there yet are left out. */
export const ROWS: readonly Row[] = [
	{ channel: 'chat', kind: 'discord', description: 'discord.http.yaml', base: '/api/v10', config: (url) => ({ botToken: 'token', baseUrl: `${url}/api/v10` }), spoil: withField('recipient_id', {}), verify: OK, calls: 2, mend: discordId },
	{ channel: 'chat', kind: 'line', description: 'line.messaging.yaml', config: (baseUrl) => ({ channelAccessToken: 'token', baseUrl }), spoil: withoutField('to'), verify: OK },
	{ channel: 'chat', kind: 'slack', description: 'slack.web.yaml', base: '/api', config: (url) => ({ botToken: 'token', baseUrl: `${url}/api` }), spoil: withoutFormField('channel'), verify: OK, mend: slackToken },
	{ channel: 'chat', kind: 'telegram', description: 'telegram.bot.yaml', base: '/bottoken', config: (baseUrl) => ({ botToken: 'token', baseUrl }), spoil: withoutField('text'), verify: OK, dynamic: true },
	{ channel: 'directmail', kind: 'lob', description: 'lob.api.yaml', base: '/v1', config: (url) => ({ apiKey: 'test_key', baseUrl: `${url}/v1` }), spoil: withoutField('to'), verify: OK, unchecked: 'the mock takes any body; lob.test.ts checks them' },
	{ channel: 'email', kind: 'brevo', description: 'brevo.api.yaml', base: '/v3', config: (url) => ({ apiKey: 'key', baseUrl: `${url}/v3` }), spoil: withoutField('to.0.email'), verify: OK, message: NO_FILES },
	{ channel: 'email', kind: 'mailgun', description: 'mailgun.api.yaml', config: (baseUrl) => ({ apiKey: 'key', domain: 'shop.example', region: 'us', baseUrl }), spoil: withoutPart('to'), verify: { statuses: [400, 200] }, mend: mailgunList },
	{ channel: 'email', kind: 'postmark', description: 'postmark.server.yaml', config: (baseUrl) => ({ serverToken: 'token', baseUrl }), spoil: withoutHeader('x-postmark-server-token'), verify: OK },
	{ channel: 'email', kind: 'resend', description: 'resend.api.yaml', config: (baseUrl) => ({ apiKey: 'key', baseUrl }), spoil: withoutField('from'), verify: OK },
	{ channel: 'email', kind: 'sendgrid', description: 'sendgrid.mail.yaml', config: (baseUrl) => ({ apiKey: 'key', region: 'global', baseUrl }), spoil: withoutField('from'), verify: { statuses: [200], description: 'sendgrid.scopes.yaml' } },
	{ channel: 'email', kind: 'ses', description: 'amazon.sesv2.yaml', config: (baseUrl) => ({ region: 'eu-west-1', accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', baseUrl }), spoil: withoutField('Content'), verify: OK },
	{ channel: 'email', kind: 'sparkpost', description: 'sparkpost.api.yaml', base: '/api', config: (url) => ({ apiKey: 'key', baseUrl: `${url}/api` }), spoil: withoutField('recipients'), verify: { statuses: [422] } },
	{
		channel: 'push', kind: 'fcm', description: 'google.fcm.yaml', config: (baseUrl) => ({ projectId: 'shop-1', clientEmail: 'push@shop.example', privateKey: pem(RSA.privateKey), baseUrl }), spoil: withField('message.notification', 'no object'), verify: OK,
		beside: { answer: { access_token: 'token', expires_in: 3600 }, config: (tokenUrl) => ({ tokenUrl }) },
	},
	{
		channel: 'push', kind: 'onesignal', description: 'onesignal.rest.yaml', config: (baseUrl) => ({ appId: 'app-1', apiKey: 'key', by: 'externalId', baseUrl }), spoil: withoutField('app_id'), verify: 'the list of messages is not in the description', mend: oneSignalPush,
	},
	{ channel: 'sms', kind: 'bird', description: 'messagebird.sms.yaml', config: (baseUrl) => ({ accessKey: 'key', baseUrl }), spoil: withoutField('recipients'), verify: 'the balance is not in the description' },
	{ channel: 'sms', kind: 'infobip', description: 'infobip.sms.yaml', config: (baseUrl) => ({ apiKey: 'key', baseUrl }), spoil: withoutField('messages.0.destinations'), verify: 'the balance has a media type that the mock cannot write' },
	{ channel: 'sms', kind: 'sinch', description: 'sinch.sms.yaml', config: (baseUrl) => ({ servicePlanId: 'plan', apiToken: 'token', region: 'eu', baseUrl }), spoil: withoutField('to'), verify: OK },
	{ channel: 'sms', kind: 'telnyx', description: 'telnyx.messaging.yaml', base: '/v2', config: (baseUrl) => ({ apiKey: 'key', baseUrl }), spoil: withoutField('to'), verify: OK },
	{ channel: 'sms', kind: 'twilio', description: 'twilio.api.yaml', config: (baseUrl) => ({ accountSid: `AC${'0'.repeat(32)}`, authToken: 'token', baseUrl }), spoil: withoutFormField('To'), verify: OK },
	{ channel: 'sms', kind: 'vonage', description: 'vonage.messages.yaml', base: '/v1/messages', config: (baseUrl) => ({ apiKey: 'key', apiSecret: 'secret', baseUrl }), spoil: withoutField('from'), verify: 'the description has key and secret in the query, not as a login', mend: vonageMessage },
	{ channel: 'whatsapp', kind: 'meta', description: 'meta.whatsapp-cloud.yaml', config: (baseUrl) => ({ accessToken: 'token', phoneNumberId: '106540352242922', businessAccountId: '102290129340398', version: 'v23.0', baseUrl }), spoil: withoutField('to'), verify: { statuses: [200, 200] } },
	{
		channel: 'whatsapp', kind: 'twilio', description: 'twilio.api.yaml', config: (baseUrl) => ({ accountSid: `AC${'0'.repeat(32)}`, authToken: 'token', baseUrl }), spoil: withoutFormField('To'), verify: OK,
		message: { from: '+14155238886', body: { kind: 'template', template: { id: `HX${'a'.repeat(32)}`, language: '', header: null, body: [{ name: '1', text: 'Anna' }], buttons: [] } } },
	},
];

/** Services without a published description, and what is no HTTP service: their documented samples stand in the tests of test/engine/channels alone. */
export const WITHOUT_DESCRIPTION: ReadonlySet<string> = new Set(['smtp', 'http', 'plivo', 'solapi', 'viber', 'kakao', 'apns', 'expo', 'vapid']);

/** Quirk A: the mock makes no array of a multipart part. */
function mailgunList(yaml: string): string {
	const schema = /^( +)schema:\n +\$ref: '#\/components\/schemas\/POST-v3-domain_name-messages-mime-multipart-form-data-RequestBody'\n/gm;
	return yaml.replace(schema, (found: string, indent: string) => `${found}${indent}encoding: {to: {style: form, explode: true, allowReserved: true}}\n`);
}

/** The mock's made-up IDs are no IDs, and the second call has the one that the first was answered with; a message takes it longer to make up than a send may take. */
function discordId(yaml: string): string {
	return yaml.replace(/^( +)SnowflakeType:\n/gm, '$1SnowflakeType:\n$1  example: "319674150115610528"\n').replaceAll('#/components/schemas/MessageResponse\'', '#/components/schemas/PrivateChannelResponse\'');
}

/** Its token is a header of its own there; a bearer token is what Slack takes from everybody. */
function slackToken(yaml: string): string {
	return yaml.replace(/(name: token\n\s+required: )true/g, '$1false');
}

/** Quirk C: the mock never matches a path with a query. */
function oneSignalPush(yaml: string): string {
	return yaml.replace(/^ {2}\/notifications\?c=push:$/m, '  /notifications:');
}

/** Quirk B: `message` is required and no variant defines it. */
function vonageMessage(yaml: string): string {
	return yaml.replace(/^(\s+)- message\n/gm, '');
}
