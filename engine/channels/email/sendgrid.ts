import { EngineError } from '../../kernel';
import { createHttpClient, type HttpAnswer, type HttpClient, type HttpFailure } from '../http';
import type { EmailAttachment, EmailProvider, OutgoingEmail, ProviderSettings, SendOutcome } from '../types';
import { usableHeaders } from './headers';
import { asciiDomain, marksOf, personalOf, recipientsOf, unsendable } from './recipients';
import { messageId } from './smtp-message';

const DEFAULT_CONNECTIONS = 10;
const DEFAULT_TIMEOUT_MS = 60_000;
/** SendGrid answers 400 to a mail that sets these itself. */
const SENDGRIDS_OWN = /^(x-sg-id|x-sg-eid|received|dkim-signature|reply-to)$/i;

/** SendGrid API v3 (https://www.twilio.com/docs/sendgrid/api-reference/mail-send). */
export interface SendGridConfig extends ProviderSettings {
	kind: 'sendgrid';
	apiKey: string;
	/** Where the account, or the regional subuser, has its data. A key works at one of them only. */
	region: 'global' | 'eu';
	/** Name of the subuser to send as, with a key of the parent account. */
	onBehalfOf?: string;
	/** In place of SendGrid's address, such as a gateway of one's own; without trailing slash. */
	baseUrl?: string;
}

/**
 * One call a mail. The 1,000 personalizations of a call share subject lines and content but for substitutions of 10,000 bytes, which no whole
 * mail fits in, and ours differ from person to person. SendGrid keeps no idempotency key.
 */
export function createSendGridProvider(config: SendGridConfig): EmailProvider {
	const http = createHttpClient({
		service: 'SendGrid',
		baseUrl: config.baseUrl ?? (config.region === 'eu' ? 'https://api.eu.sendgrid.com' : 'https://api.sendgrid.com'),
		headers: { authorization: `Bearer ${config.apiKey}`, ...(config.onBehalfOf ? { 'on-behalf-of': config.onBehalfOf } : {}) },
		connections: config.connections ?? DEFAULT_CONNECTIONS, timeoutMs: config.timeoutMs ?? DEFAULT_TIMEOUT_MS, secrets: [config.apiKey], unclear503: true,
	});
	return {
		name: 'sendgrid',
		async send(email) {
			const refusal = unsendable(email);
			if (refusal !== null) return refusal;
			return outcomeOf(http, await http.call({ method: 'POST', path: '/v3/mail/send', body: await requestOf(email) }), email);
		},
		async verify() {
			const answer = http.requireOk(await http.call({ method: 'GET', path: '/v3/scopes' }), (refused) => errorsOf(refused)[0]?.message);
			const { scopes } = (answer.body ?? {}) as { scopes?: unknown };
			if (Array.isArray(scopes) && scopes.includes('mail.send')) return;
			throw new EngineError('PROVIDER_FAILED', 'The SendGrid key may not send mail. Give it Mail Send, Full Access, in SendGrid under Settings, API Keys.', { service: 'SendGrid' });
		},
		close: () => Promise.resolve(http.close()),
	};
}

async function requestOf(email: OutgoingEmail): Promise<object> {
	const { to, cc, bcc } = recipientsOf(email);
	const mailboxes = (addresses: string[]): object[] => addresses.map((address) => ({ email: address }));
	return {
		personalizations: [{ to: mailboxes([to]), ...(cc.length > 0 ? { cc: mailboxes(cc) } : {}), ...(bcc.length > 0 ? { bcc: mailboxes(bcc) } : {}), custom_args: marksOf(email) }],
		from: { email: asciiDomain(email.from.address), ...(email.from.name ? { name: email.from.name } : {}) },
		...replyTo(email),
		subject: email.subject,
		content: [{ type: 'text/plain', value: email.text }, { type: 'text/html', value: email.html }].filter(({ value }) => value !== ''),
		...(email.attachments?.length ? { attachments: email.attachments.map(attachment) } : {}),
		headers: { ...(await headersOf(email)), 'Message-ID': messageId(email) },
		// Ours alone, whatever the account's settings are: links, pixel, List-Unsubscribe, UTM parameters.
		tracking_settings: {
			click_tracking: { enable: false, enable_text: false }, open_tracking: { enable: false },
			subscription_tracking: { enable: false }, ganalytics: { enable: false },
		},
	};
}

function replyTo({ replyTo: given, headers }: OutgoingEmail): object {
	const address = given ?? Object.entries(headers).find(([name]) => /^reply-to$/i.test(name))?.[1];
	return address ? { reply_to: { email: asciiDomain(address) } } : {};
}

/** What is ASCII stays as it is; SendGrid wants the rest encoded already. */
async function headersOf(email: OutgoingEmail): Promise<Record<string, string>> {
	const headers = usableHeaders(email.headers).filter(({ name }) => !SENDGRIDS_OWN.test(name));
	const { encodeWords } = await import('nodemailer/lib/mime-funcs');
	return Object.fromEntries(headers.map(({ name, value }) => [name, /^[\x20-\x7e]*$/.test(value) ? value : encodeWords(value, 'Q', 52, true)]));
}

function attachment({ fileName, contentType, content, contentId }: EmailAttachment): object {
	return {
		content: Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64'), type: contentType, filename: fileName,
		...(contentId === undefined ? { disposition: 'attachment' } : { disposition: 'inline', content_id: contentId }),
	};
}

interface SendGridError {
	message: string;
	/** Such as personalizations.0.to.0.email. */
	field: string;
}

function errorsOf({ body }: HttpAnswer): SendGridError[] {
	const { errors } = (typeof body === 'object' && body !== null ? body : {}) as { errors?: unknown };
	if (!Array.isArray(errors)) return [];
	return errors.map((error: { message?: unknown; field?: unknown }) => ({ message: String(error?.message ?? ''), field: String(error?.field ?? '') }));
}

function outcomeOf(http: HttpClient, result: HttpAnswer | HttpFailure, email: OutgoingEmail): SendOutcome {
	const personal = personalOf(email);
	if (result.kind === 'failure') return http.outcomeOf(result, { personal, idempotent: false });
	// 200 is what sandbox mode answers, which is never asked for.
	if (result.status === 202) return { kind: 'accepted', providerId: result.headers['x-message-id'] ?? messageId(email) };
	const errors = errorsOf(result);
	const said = errors.map(({ message }) => message).join(' ');
	const reason = (what: string): string => http.reason(what, said, personal);
	const about = (field: RegExp): boolean => errors.some((error) => field.test(error.field));
	if (/maximum credits exceeded/i.test(said)) return { kind: 'account', reason: reason('SendGrid\'s credits are used up. Wait for the next period, or choose a larger plan') };
	if (result.status === 429) return { ...http.outcomeOf(withReset(result), { said, personal, idempotent: false }) };
	if (/verified Sender Identity/i.test(said)) {
		return { kind: 'account', reason: reason('SendGrid has not verified the From address. Authenticate its domain in SendGrid under Settings, Sender Authentication') };
	}
	if (result.status === 400 && about(/^(from|reply_to)\b/)) return { kind: 'account', reason: reason('SendGrid refused the sender. Correct From and Reply To in the step') };
	if (result.status === 400 && about(/^personalizations\.\d+\.to\b/) && /valid address/i.test(said)) {
		return { kind: 'permanent', reason: reason('SendGrid refused the recipient\'s address'), deadAddress: true };
	}
	return http.outcomeOf(result, { said, personal, idempotent: false });
}

/** SendGrid tells the second (Unix time) at which the next call may come; told as Retry-After by its own clock. */
function withReset(result: HttpAnswer): HttpAnswer {
	const reset = Number(result.headers['x-ratelimit-reset'] ?? Number.NaN) - Date.parse(result.headers.date ?? '') / 1000;
	if (result.headers['retry-after'] !== undefined || !Number.isFinite(reset)) return result;
	return { ...result, headers: { ...result.headers, 'retry-after': String(Math.max(1, Math.ceil(reset))) } };
}
