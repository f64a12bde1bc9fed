import { createHttpClient, isOk, type HttpAnswer } from '../http';
import { fieldsOf, malformed, refused, textOf, type Fields } from '../callbacks/reading';
import type { CallbackResult } from '../types';
import { mailReports, readMime, resendMail } from './inbound';

/** Resend tells by webhook that a mail came in, and gives it by its API. */
export interface ReceivingAccount {
	apiKey?: string;
	/** For tests. Default https://api.resend.com. */
	baseUrl?: string;
}

const TIMEOUT_MS = 10_000;
/** Of bounces the report itself is needed, which stands in the raw mail alone. */
const REPORT = /^multipart\/report\b/i;

/** The mail of an `email.received` (https://resend.com/docs/dashboard/receiving/get-email-content). What cannot be had for now is asked for again: Resend repeats its call. */
export async function receivedMail(event: Fields, { apiKey = '', baseUrl }: ReceivingAccount): Promise<CallbackResult> {
	const id = textOf(fieldsOf(event.data).email_id);
	if (id === null || !/^[\w-]{1,100}$/.test(id)) return malformed('Resend\'s call names no mail that was received.');
	if (apiKey === '') return refused('The Resend credential has no API key to fetch received mails with');
	const http = createHttpClient({ service: 'Resend', baseUrl: baseUrl ?? 'https://api.resend.com', connections: 1, timeoutMs: TIMEOUT_MS, secrets: [apiKey], headers: { authorization: `Bearer ${apiKey}` } });
	try {
		const answer = await http.call({ method: 'GET', path: `/emails/receiving/${id}`, query: { html_format: 'cid' } });
		if (answer.kind === 'failure' || answer.status >= 500 || answer.status === 429) return { kind: 'answer', status: 503, body: '', contentType: 'text/plain' };
		if (answer.status === 401 || answer.status === 403) return refused('The API key of the Resend credential may only send. Replies need one with full access');
		// Deleted meanwhile.
		if (!isOk(answer)) return { kind: 'reports', reports: [] };
		const mail = await wholeOf(answer, id);
		return mail === null ? { kind: 'answer', status: 503, body: '', contentType: 'text/plain' } : { kind: 'reports', reports: await mailReports(mail) };
	} finally {
		http.close();
	}
}

async function wholeOf({ body }: HttpAnswer, id: string): Promise<ReturnType<typeof resendMail> | null> {
	const fields = fieldsOf(body);
	const mail = { ...resendMail(fields), fallbackId: id };
	const type = mail.headers.find(({ name }) => name.toLowerCase() === 'content-type')?.value ?? '';
	const address = textOf(fieldsOf(fields.raw).download_url);
	if (!REPORT.test(type) || address === null) return mail;
	// A signed address of a store, which wants no login of ours.
	const store = createHttpClient({ service: 'Resend', baseUrl: address, connections: 1, timeoutMs: TIMEOUT_MS, secrets: [] });
	const raw = await store.call({ method: 'GET', path: '' });
	store.close();
	return raw.kind === 'answer' && isOk(raw) && typeof raw.body === 'string' ? await readMime(raw.body, { recipients: mail.recipients, fallbackId: id }) : null;
}
