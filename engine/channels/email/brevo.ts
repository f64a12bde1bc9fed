import { EngineError, hashId } from '../../kernel';
import { createHttpClient, type HttpAnswer, type HttpClient, type HttpFailure } from '../http';
import type { EmailProvider, OutgoingEmail, ProviderSettings, SendOutcome } from '../types';
import { asciiDomain, marksOf, personalOf, recipientsOf, unsendable } from './recipients';
import { base64, headersByName, textIn } from './service-fields';
import { bareMessageId } from './smtp-message';

const DEFAULT_CONNECTIONS = 5;
const DEFAULT_TIMEOUT_MS = 60_000;

/** Wrong for everyone until somebody changes key, account or plan (the description's errorModel). */
const ACCOUNT = new Set(['unauthorized', 'permission_denied', 'reseller_permission_denied', 'account_under_validation', 'not_enough_credits']);
/** What a second call with the same idempotency key gets. */
const DUPLICATE = new Set(['duplicate_parameter', 'duplicate_request']);

export interface BrevoConfig extends ProviderSettings {
	kind: 'brevo';
	apiKey: string;
	/** Default https://api.brevo.com/v3. */
	baseUrl?: string;
}

/**
 * Brevo's HTTP API. No batch: its messageVersions take no headers of their own, and each person's mail has its own List-Unsubscribe. Tracking is switched off for
 * the account there, no mail can. Idempotency keys hold for 30 minutes: a call that is lost is repeated within the time of the send, and never later. The
 * answer to a repetition only says that there was one before, so that the mail is then unknown until a callback tells.
 */
export function createBrevoProvider(config: BrevoConfig): EmailProvider {
	const client = createHttpClient({
		service: 'Brevo', baseUrl: config.baseUrl ?? 'https://api.brevo.com/v3', headers: { 'api-key': config.apiKey, accept: 'application/json' },
		connections: config.connections ?? DEFAULT_CONNECTIONS, timeoutMs: config.timeoutMs ?? DEFAULT_TIMEOUT_MS, secrets: [config.apiKey], unclear503: true, resetHeader: 'x-sib-ratelimit-reset',
	});

	return {
		name: 'brevo',
		async send(email) {
			const refused = unsendable(email) ?? unsupported(email);
			if (refused !== null) return refused;
			const result = await client.call({ method: 'POST', path: '/smtp/email', body: messageOf(email), repeatWhen: () => false });
			const id = result.kind === 'answer' && result.status < 300 ? textIn(result.body, 'messageId') : undefined;
			return id === undefined ? outcomeOf(client, result, personalOf(email)) : { kind: 'accepted', providerId: bareMessageId(id) };
		},
		async verify() {
			const { body } = client.requireOk(await client.call({ method: 'GET', path: '/account' }), (answer) => textIn(answer.body, 'message'));
			const { relay } = (typeof body === 'object' && body !== null ? body : {}) as { relay?: { enabled?: unknown } };
			if (relay?.enabled === false) throw new EngineError('PROVIDER_FAILED', 'The key is right, but Brevo has not yet activated sending of transactional mail for this account. Ask for it under Transactional in Brevo.', { service: 'Brevo' });
		},
		close: () => Promise.resolve(client.close()),
	};
}

/** Brevo's API knows files to save only: a picture inside the mail would come as a file, with a gap where it belongs. */
function unsupported({ attachments = [] }: OutgoingEmail): SendOutcome | null {
	if (!attachments.some(({ contentId }) => contentId !== undefined)) return null;
	return { kind: 'account', reason: 'Brevo\'s API takes no pictures inside a mail (cid:). Link them by address, or choose the provider SMTP with Brevo\'s mail server.' };
}

function messageOf(email: OutgoingEmail): object {
	const { replyTo, attachments = [], from } = email;
	const { to, cc, bcc } = recipientsOf(email);
	const addressed = (list: readonly string[]) => list.map((address) => ({ email: address }));
	return {
		sender: { email: asciiDomain(from.address), ...(from.name === undefined || from.name === '' ? {} : { name: from.name }) },
		to: addressed([to]), subject: email.subject, htmlContent: email.html, textContent: email.text,
		...(cc.length === 0 ? {} : { cc: addressed(cc) }), ...(bcc.length === 0 ? {} : { bcc: addressed(bcc) }),
		...(replyTo === undefined ? {} : { replyTo: { email: asciiDomain(replyTo) } }),
		headers: { ...headersByName(email), idempotencyKey: uuidOf(email.id), 'X-Mailin-custom': JSON.stringify(marksOf(email)) },
		...(attachments.length === 0 ? {} : { attachment: attachments.map((file) => ({ name: file.fileName, content: base64(file) })) }),
	};
}

/** Brevo wants a UUID. */
function uuidOf(id: string): string {
	const hex = Buffer.from(hashId('brevo', id), 'base64url').toString('hex');
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

function outcomeOf(client: HttpClient, result: HttpAnswer | HttpFailure, personal: string[]): SendOutcome {
	if (result.kind === 'failure') return client.outcomeOf(result, { personal, idempotent: false });
	const said = textIn(result.body, 'message');
	const code = textIn(result.body, 'code') ?? '';
	if (ACCOUNT.has(code)) return { kind: 'account', reason: client.reason(`Brevo does not send for this account (${code})`, said, personal) };
	if (DUPLICATE.has(code)) return { kind: 'ambiguous', reason: client.reason('Brevo already has a mail with this id', said, personal) };
	if (result.status === 400 && /\bsender\b/i.test(said ?? '')) return { kind: 'account', reason: client.reason('Brevo refused the sender. Verify it there, or correct the From address', said, personal) };
	// Brevo's own words: sentences about the account speak of email, to and recipients, too.
	if (result.status === 400 && /\bemail is not valid in to\b/i.test(said ?? '')) {
		return { kind: 'permanent', reason: client.reason('Brevo refused the recipient\'s address', said, personal), deadAddress: true };
	}
	return client.outcomeOf(result, { ...(said === undefined ? {} : { said }), personal, idempotent: false });
}
