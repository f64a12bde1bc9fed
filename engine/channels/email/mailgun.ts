import { EngineError } from '../../kernel';
import { basicAuth, createHttpClient, type HttpAnswer, type HttpClient, type HttpFailure } from '../http';
import type { EmailProvider, OutgoingEmail, ProviderSettings, SendOutcome } from '../types';
import { hasCopies, marksOf, personalOf, recipientsOf, unsendable } from './recipients';
import { mimeOf } from './mime';
import { bareMessageId } from './smtp-message';

const DEFAULT_CONNECTIONS = 10;
const DEFAULT_TIMEOUT_MS = 60_000;

/** Mailgun API (https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages). */
export interface MailgunConfig extends ProviderSettings {
	kind: 'mailgun';
	/** An API key of the account, or a sending key of the domain. */
	apiKey: string;
	/** The sending domain as Mailgun lists it, such as mg.example.com. */
	domain: string;
	/** Where the domain was made; the other region does not know it. */
	region: 'us' | 'eu';
	/** In place of Mailgun's address, such as a gateway of one's own; without trailing slash. */
	baseUrl?: string;
}

/**
 * One call a mail, as ready-made MIME: Mailgun would put together headers of its own from parts. Its batch of 1,000 recipients is one message with
 * variables filled in there. It keeps no idempotency key; our Message-ID stays and is the id that it answers with.
 */
export function createMailgunProvider(config: MailgunConfig): EmailProvider {
	const http = createHttpClient({
		service: 'Mailgun',
		baseUrl: config.baseUrl ?? (config.region === 'eu' ? 'https://api.eu.mailgun.net' : 'https://api.mailgun.net'),
		headers: { authorization: basicAuth('api', config.apiKey) },
		connections: config.connections ?? DEFAULT_CONNECTIONS, timeoutMs: config.timeoutMs ?? DEFAULT_TIMEOUT_MS, secrets: [config.apiKey], unclear503: true,
	});
	const domain = encodeURIComponent(config.domain);

	return {
		name: 'mailgun',
		async send(email) {
			const refusal = unsendable(email);
			if (refusal !== null) return refusal;
			let body: FormData;
			try {
				body = await formOf(email);
			} catch (error) {
				return { kind: 'permanent', reason: http.reason('The mail could not be put together', error instanceof Error ? error.message : undefined, personalOf(email)) };
			}
			return outcomeOf(http, await http.call({ method: 'POST', path: `/v3/${domain}/messages.mime`, body }), email);
		},
		async verify() {
			await requireSendRight(http, `/v3/${domain}/messages`);
			await requireWorkingDomain(http, `/v4/domains/${domain}`, config.domain);
		},
		close: () => Promise.resolve(http.close()),
	};
}

async function formOf(email: OutgoingEmail): Promise<FormData> {
	const { to, cc, bcc } = recipientsOf(email);
	const form = new FormData();
	// Whom it goes to; what the mail itself says of To and CC is not read.
	for (const address of [to, ...cc, ...bcc]) form.append('to', address);
	form.append('message', new Blob([new Uint8Array(await mimeOf(email))], { type: 'message/rfc822' }), 'message.mime');
	// Links and opens are tracked by us, once.
	form.append('o:tracking', 'no');
	form.append('o:tracking-clicks', 'no');
	form.append('o:tracking-opens', 'no');
	for (const [name, value] of Object.entries(marksOf(email))) form.append(`v:${name}`, value);
	return form;
}

function outcomeOf(http: HttpClient, result: HttpAnswer | HttpFailure, email: OutgoingEmail): SendOutcome {
	const personal = personalOf(email);
	if (result.kind === 'failure') return http.outcomeOf(result, { personal, idempotent: false });
	const { id } = (typeof result.body === 'object' && result.body !== null ? result.body : {}) as { id?: unknown };
	if (result.status === 200 && typeof id === 'string') return { kind: 'accepted', providerId: bareMessageId(id) };
	const said = saidBy(result);
	const reason = (what: string): string => http.reason(what, said, personal);
	// What answers a path that Mailgun does not have, with 200.
	if (isGreeting(result)) return { kind: 'account', reason: reason('Mailgun does not know the domain. Check Domain and Region in the credential') };
	if (/try again after/i.test(said) || result.status === 420) {
		return { kind: 'transient', reason: reason('Mailgun takes no more messages for now'), ...retryAfter(said, result.headers) };
	}
	if (/'?to'? parameter is not a valid/i.test(said)) {
		return hasCopies(email)
			? { kind: 'permanent', reason: reason('Mailgun refused an address: the recipient\'s, or one in CC or BCC') }
			: { kind: 'permanent', reason: reason('Mailgun refused the recipient\'s address'), deadAddress: true };
	}
	if (/'?from'? parameter is (not a valid|missing)/i.test(said)) return { kind: 'account', reason: reason('Mailgun refused the sender. Correct From in the step') };
	if (/not allowed to send|sandbox|test purposes only|activate your|account (is )?(disabled|suspended)|unverified/i.test(said)) {
		return { kind: 'account', reason: reason('Mailgun does not send for this domain') };
	}
	if (result.status === 401 || result.status === 403) {
		return { kind: 'account', reason: reason('Mailgun refused the key. Check API Key, Domain and Region in the credential: a key of the other region is refused, too') };
	}
	return http.outcomeOf(result, { said, personal, idempotent: false });
}

function saidBy({ body }: HttpAnswer): string {
	if (typeof body === 'string') return body;
	const { message } = (body ?? {}) as { message?: unknown };
	return typeof message === 'string' ? message : '';
}

const isGreeting = ({ status, body }: HttpAnswer): boolean => status === 200 && typeof body === 'string' && /Mailgun Magnificent API/i.test(body);

/** "… limit exceeded, try again after 120 seconds", or after a date, which is one by Mailgun's clock. */
function retryAfter(said: string, headers: Record<string, string>): { retryAfterMs?: number } {
	const given = headers['retry-after'] ?? /try again after ([^"]+?)\.?$/i.exec(said.trim())?.[1] ?? '';
	const seconds = /^(\d+)( seconds?)?$/.exec(given)?.[1];
	const ms = seconds === undefined ? Date.parse(given) - Date.parse(headers.date ?? '') : Number(seconds) * 1000;
	return Number.isFinite(ms) && ms >= 0 ? { retryAfterMs: Math.min(ms, 24 * 3_600_000) } : {};
}

/** A message without anything in it: whoever may send hears that From is missing, anybody else that they may not. Nothing is sent. */
async function requireSendRight(http: HttpClient, path: string): Promise<void> {
	const result = await http.call({ method: 'POST', path, body: new FormData() });
	if (result.kind === 'answer' && (result.status === 400 || result.status === 422)) return;
	if (result.kind === 'answer') {
		if (isGreeting(result) || result.status === 404) throw failed(http.reason('Mailgun does not know the domain. Check Domain and Region in the credential: US and EU know nothing of each other', saidBy(result), []));
		if (result.status === 401) throw failed(http.reason('Mailgun refused the key. Check API Key and Region in the credential; a sending key is for one domain only', saidBy(result), []));
		if (result.status < 300) throw failed('Mailgun answered with something that cannot be read. Check the address in the credential.');
	}
	http.requireOk(result, saidBy);
}

async function requireWorkingDomain(http: HttpClient, path: string, name: string): Promise<void> {
	const result = await http.call({ method: 'GET', path });
	// A sending key may send and nothing else, so how the domain is cannot be asked with it.
	if (result.kind === 'answer' && (result.status === 401 || result.status === 403)) return;
	const { domain } = (http.requireOk(result, saidBy).body ?? {}) as { domain?: { state?: string; is_disabled?: boolean } };
	if (domain?.state === 'unverified') throw failed(`Mailgun has not verified the domain ${name}. Set the DNS records that Mailgun lists for it, then press Verify there.`);
	if (domain?.state === 'disabled' || domain?.is_disabled === true) throw failed(`Mailgun has disabled the domain ${name}. Ask Mailgun's support.`);
}

function failed(message: string): EngineError {
	return new EngineError('PROVIDER_FAILED', message, { service: 'Mailgun' });
}
