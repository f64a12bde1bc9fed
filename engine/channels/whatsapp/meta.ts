import { createHmac } from 'node:crypto';

import { fieldsOf, listOf, textOf } from '../callbacks/reading';
import { isOk, textAt, type HttpAnswer, type HttpCall } from '../http';
import { createNumberProvider, type Sorted } from '../number-provider';
import { metaCode } from './meta-codes';
import type { FilledTemplate, MetaConfig, OutgoingWhatsApp, WhatsAppBody, WhatsAppButton, WhatsAppHeader, WhatsAppInteractive, WhatsAppParameter, WhatsAppProvider, WhatsAppReply } from './types';

const BASE_URL = 'https://graph.facebook.com';
/** With a version, as Meta's description of the API has it. */
const USER_AGENT = 'n8n-nodes-journeys/1.0.0';
const INVALID_PARAMETER = 100;
const USAGE_HEADER = 'x-business-use-case-usage';
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;
/** "Object with ID … does not exist, cannot be loaded due to missing permissions". */
const NO_SUCH_OBJECT = 33;

/**
 * WhatsApp Cloud API: one POST a message
 * (https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/message-api). There is no idempotency key, so an
 * answer that is lost leaves it open whether the message left. Our id comes back with each status as biz_opaque_callback_data.
 */
export function createMetaProvider(config: MetaConfig): WhatsAppProvider {
	const call = (method: HttpCall['method'], path: string, query: Record<string, string> = {}): HttpCall => ({ method, path: `/${config.version}/${path}`, query: { ...query, ...proofOf(config) } });
	const { businessAccountId } = config;
	return createNumberProvider<OutgoingWhatsApp>(config, {
		...metaService(config),
		call: (message) => ({ ...call('POST', `${encodeURIComponent(message.from)}/messages`), body: payloadOf(message) }),
		accepted: (answer) => (isOk(answer) ? textAt(fieldsOf(listOf(fieldsOf(answer.body).messages)[0]), 'id') : undefined),
		sort: sorted,
		check: [
			call('GET', encodeURIComponent(config.phoneNumberId), { fields: 'id,display_phone_number,verified_name' }),
			...(businessAccountId === undefined ? [] : [call('GET', `${encodeURIComponent(businessAccountId)}/message_templates`, { limit: '1' })]),
		],
	});
}

/** What calls of this API have in common. */
export function metaService(config: MetaConfig) {
	return {
		name: 'meta', service: 'WhatsApp', baseUrl: config.baseUrl ?? BASE_URL, headers: { authorization: `Bearer ${config.accessToken}`, 'user-agent': USER_AGENT }, secrets: [config.accessToken, config.appSecret],
		said: metaSaid,
	};
}

/** Apps may be set to take no call without it (https://developers.facebook.com/documentation/facebook-login/security#appsecret). */
export function proofOf({ accessToken, appSecret }: MetaConfig): { appsecret_proof?: string } {
	return appSecret === undefined ? {} : { appsecret_proof: createHmac('sha256', appSecret).update(accessToken).digest('hex') };
}

function metaSaid({ body }: HttpAnswer): string | undefined {
	return textAt(body, 'error.error_data.details') ?? textAt(body, 'error.message');
}

function sorted({ body, headers }: HttpAnswer): Sorted | undefined {
	const code = Number(textAt(body, 'error.code'));
	if (code !== INVALID_PARAMETER) {
		const known = metaCode(code);
		return known?.kind === 'transient' ? { ...known, ...againIn(headers[USAGE_HEADER]) } : known;
	}
	if (Number(textAt(body, 'error.error_subcode')) === NO_SUCH_OBJECT) return metaCode(NO_SUCH_OBJECT);
	if (/appsecret_proof/i.test(textAt(body, 'error.message') ?? '')) return { kind: 'account', what: 'The App Secret is not that of the app whose access token it is. Correct it in the credential' };
	return { kind: 'permanent', what: 'WhatsApp does not take a value of the message' };
}

/** Minutes, by account (https://developers.facebook.com/documentation/graph-api/overview/rate-limiting#headers-2). */
function againIn(usage: string | undefined): { retryAfterMs?: number } {
	try {
		const entries = Object.values(JSON.parse(usage ?? '{}') as object).flatMap(listOf);
		const minutes = Math.max(0, ...entries.map((entry) => Number(fieldsOf(entry).estimated_time_to_regain_access)).filter(Number.isFinite));
		return minutes === 0 ? {} : { retryAfterMs: Math.min(minutes * 60_000, MAX_RETRY_AFTER_MS) };
	} catch {
		return {};
	}
}

function payloadOf({ id, to, body }: OutgoingWhatsApp): object {
	return { messaging_product: 'whatsapp', recipient_type: 'individual', to, ...contentOf(body), biz_opaque_callback_data: id };
}

function contentOf(body: WhatsAppBody): object {
	switch (body.kind) {
		case 'text':
			return { type: 'text', text: { body: body.text, preview_url: body.previewUrl } };
		case 'media':
			return { type: body.type, [body.type]: { link: body.url, ...(body.caption === '' || body.type === 'audio' ? {} : { caption: body.caption }), ...(body.fileName === '' || body.type !== 'document' ? {} : { filename: body.fileName }) } };
		case 'interactive':
			return { type: 'interactive', interactive: interactiveOf(body) };
		case 'template':
			return { type: 'template', template: templateOf(body.template) };
	}
}

/** Reply buttons or a list (https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-reply-buttons-messages, …/interactive-list-messages). */
function interactiveOf({ text, header, footer, buttons, list }: WhatsAppInteractive): object {
	const around = { ...(header === '' ? {} : { header: { type: 'text', text: header } }), body: { text }, ...(footer === '' ? {} : { footer: { text: footer } }) };
	if (list === null) return { type: 'button', ...around, action: { buttons: buttons.map((reply) => ({ type: 'reply', reply })) } };
	const rowOf = ({ description, ...row }: WhatsAppReply & { description: string }) => ({ ...row, ...(description === '' ? {} : { description }) });
	return { type: 'list', ...around, action: { button: list.button, sections: list.sections.map(({ title, rows }) => ({ ...(title === '' ? {} : { title }), rows: rows.map(rowOf) })) } };
}

function templateOf({ id, language, header, body, buttons }: FilledTemplate): object {
	const components = [
		...(header === null ? [] : [{ type: 'header', parameters: [headerOf(header)] }]),
		...(body.length === 0 ? [] : [{ type: 'body', parameters: body.map(parameterOf) }]),
		...buttons.map(buttonOf),
	];
	return { name: id, language: { policy: 'deterministic', code: language }, ...(components.length === 0 ? {} : { components }) };
}

function parameterOf({ name, text }: WhatsAppParameter): object {
	return { type: 'text', ...(textOf(name) === null ? {} : { parameter_name: name }), text };
}

function headerOf(header: WhatsAppHeader): object {
	if (header.kind === 'text') return parameterOf({ name: header.name ?? '', text: header.text });
	const fileName = header.kind === 'document' ? (header.fileName ?? '') : '';
	return { type: header.kind, [header.kind]: { link: header.url, ...(fileName === '' ? {} : { filename: fileName }) } };
}

const SUB_TYPES = { url: 'url', quickReply: 'quick_reply', copyCode: 'copy_code' } as const satisfies Record<WhatsAppButton['kind'], string>;

function buttonOf({ index, kind, text }: WhatsAppButton): object {
	const parameter = kind === 'url' ? { type: 'text', text } : kind === 'quickReply' ? { type: 'payload', payload: text } : { type: 'coupon_code', coupon_code: text };
	return { type: 'button', sub_type: SUB_TYPES[kind], index: String(index), parameters: [parameter] };
}
