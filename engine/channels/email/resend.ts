import { hashId } from '../../kernel';
import { createHttpClient, type HttpAnswer, type HttpClient, type HttpFailure } from '../http';
import type { EmailProvider, OutgoingEmail, ProviderSettings, SendOutcome } from '../types';
import { asciiDomain, marksOf, personalOf, recipientsOf, unsendable } from './recipients';
import { base64, headersByName, mailbox, textIn } from './service-fields';

/** Resend's limit of one batch call (API reference, Send Batch Emails). */
const BATCH_SIZE = 100;
const DEFAULT_CONNECTIONS = 5;
const DEFAULT_TIMEOUT_MS = 60_000;

/** Wrong for everyone until somebody changes key, domain or plan (API reference, Errors). */
const ACCOUNT = new Set([
	'missing_api_key', 'invalid_api_key', 'restricted_api_key', 'suspended_api_key', 'invalid_from_address', 'invalid_access', 'invalid_permission', 'invalid_region',
	'daily_quota_exceeded', 'monthly_quota_exceeded', 'security_error',
]);

export interface ResendConfig extends ProviderSettings {
	kind: 'resend';
	apiKey: string;
	/** Default https://api.resend.com. */
	baseUrl?: string;
}

/**
 * Resend's HTTP API. Open and click tracking are settings of the domain there, off unless somebody switches them on. Idempotency keys hold for 24 hours: a call that
 * is lost is repeated with its key within the time of the send, and never later, since a mail that waits may wait for longer than that.
 */
export function createResendProvider(config: ResendConfig): EmailProvider {
	const timeoutMs = config.timeoutMs ?? DEFAULT_TIMEOUT_MS;
	const connections = config.connections ?? DEFAULT_CONNECTIONS;
	const client = createHttpClient({
		service: 'Resend', baseUrl: config.baseUrl ?? 'https://api.resend.com', headers: { authorization: `Bearer ${config.apiKey}` },
		connections, timeoutMs, secrets: [config.apiKey], unclear503: true, resetHeader: 'ratelimit-reset',
	});

	async function send(email: OutgoingEmail): Promise<SendOutcome> {
		const refused = unsendable(email);
		if (refused !== null) return refused;
		const result = await client.call({ method: 'POST', path: '/emails', headers: { 'idempotency-key': email.id }, body: messageOf(email), repeatWhen: isBusy });
		const id = accepted(result) ? textIn(result.body, 'id') : undefined;
		return id === undefined ? outcomeOf(client, result, personalOf(email)) : { kind: 'accepted', providerId: id };
	}

	/** One by one, `connections` at a time, until the batch's time has `ended`: none begins so late that its end would come after the attempt's deadline. */
	async function sendOneByOne(emails: readonly OutgoingEmail[], ended: AbortSignal): Promise<SendOutcome[]> {
		const outcomes: SendOutcome[] = [];
		for (let at = 0; at < emails.length; at += connections) {
			const part = emails.slice(at, at + connections);
			outcomes.push(...(ended.aborted ? part.map((): SendOutcome => ({ kind: 'transient', reason: 'Resend was too slow for this mail\'s turn to come.' })) : await Promise.all(part.map(send))));
		}
		return outcomes;
	}

	async function sendTogether(emails: readonly OutgoingEmail[], ended: AbortSignal): Promise<SendOutcome[]> {
		if (emails.length === 0) return [];
		const result = await client.call({
			method: 'POST', path: '/emails/batch', body: emails.map(messageOf), repeatWhen: isBusy,
			// permissive: one mail that is refused does not keep the others back.
			headers: { 'idempotency-key': hashId(...emails.map(({ id }) => id)), 'x-batch-validation': 'permissive' },
		});
		if (accepted(result)) return eachOf(client, result, emails);
		const outcomes = emails.map((email) => outcomeOf(client, result, personalOf(email)));
		// Nothing of it was taken, and one mail's fault is not that of the others: alone, each is told its own.
		return outcomes.some(({ kind }) => kind === 'permanent') ? await sendOneByOne(emails, ended) : outcomes;
	}

	return {
		name: 'resend',
		send,
		batch: {
			size: BATCH_SIZE,
			// Those with attachments take turns: so they are asked about again before each.
			fits(emails) {
				const alone = emails[0] !== undefined && isAlone(emails[0]);
				const end = emails.findIndex((email) => isAlone(email) !== alone);
				const run = end === -1 ? emails.length : end;
				return alone ? Math.min(run, connections) : run;
			},
			async send(emails) {
				const outcomes = emails.map(unsendable);
				const ended = AbortSignal.timeout(Math.ceil(timeoutMs / 4));
				const together = emails.filter((email, at) => outcomes[at] === null && !isAlone(email));
				const alone = emails.filter((email, at) => outcomes[at] === null && isAlone(email));
				const [first, second] = await Promise.all([sendTogether(together, ended), sendOneByOne(alone, ended)]);
				const known = new Map([...together.map((email, at) => [email, first[at]] as const), ...alone.map((email, at) => [email, second[at]] as const)]);
				return emails.map((email, at) => outcomes[at] ?? known.get(email) ?? { kind: 'ambiguous', reason: 'Resend did not say what became of this mail.' });
			},
		},
		async verify() {
			const result = await client.call({ method: 'GET', path: '/domains' });
			// What a key that may only send gets here: it is known, and sending is what it may do.
			if (result.kind === 'answer' && result.status === 401 && textIn(result.body, 'name') === 'restricted_api_key') return;
			client.requireOk(result, ({ body }) => textIn(body, 'message'));
		},
		close: () => Promise.resolve(client.close()),
	};
}

/** Attachments are not taken in batches. */
function isAlone({ attachments = [] }: OutgoingEmail): boolean {
	return attachments.length > 0;
}

function messageOf(email: OutgoingEmail): object {
	const { replyTo, attachments = [] } = email;
	const { to, cc, bcc } = recipientsOf(email);
	const headers = headersByName(email);
	return {
		from: mailbox(email.from), to: [to], subject: email.subject, html: email.html, text: email.text,
		...(cc.length === 0 ? {} : { cc }), ...(bcc.length === 0 ? {} : { bcc }), ...(replyTo === undefined ? {} : { reply_to: asciiDomain(replyTo) }),
		...(Object.keys(headers).length === 0 ? {} : { headers }),
		// Its callbacks give them back.
		tags: Object.entries(marksOf(email)).map(([name, value]) => ({ name, value })),
		...(attachments.length === 0 ? {} : {
			attachments: attachments.map((file) => ({
				filename: file.fileName, content: base64(file), content_type: file.contentType, ...(file.contentId === undefined ? {} : { content_id: file.contentId }),
			})),
		}),
	};
}

function accepted(result: HttpAnswer | HttpFailure): result is HttpAnswer {
	return result.kind === 'answer' && result.status >= 200 && result.status < 300;
}

/** The first of two calls with the same key is still being worked on. */
function isBusy({ body }: HttpAnswer): boolean {
	return textIn(body, 'name') === 'concurrent_idempotent_requests';
}

/** Ids come for the mails that were taken, in their order; those that were not are named by their place. */
function eachOf(client: HttpClient, { body }: HttpAnswer, emails: readonly OutgoingEmail[]): SendOutcome[] {
	const { data, errors } = (typeof body === 'object' && body !== null ? body : {}) as { data?: unknown; errors?: unknown };
	const refused = new Map((Array.isArray(errors) ? errors : []).map((error: { index?: unknown } | null) => [Number(error?.index), textIn(error, 'message') ?? '']));
	if (!Array.isArray(data) || data.length + refused.size !== emails.length) {
		return emails.map(() => ({ kind: 'ambiguous', reason: 'Resend did not say which mails of the batch it took.' }));
	}
	const ids = data.map((one) => textIn(one, 'id'));
	let next = 0;
	return emails.map((email, at): SendOutcome => {
		const said = refused.get(at);
		if (said !== undefined) return invalid(client, said, personalOf(email));
		const id = ids[next++];
		return id === undefined ? { kind: 'ambiguous', reason: 'Resend gave no id for this mail.' } : { kind: 'accepted', providerId: id };
	});
}

function outcomeOf(client: HttpClient, result: HttpAnswer | HttpFailure, personal: string[]): SendOutcome {
	if (result.kind === 'failure') return client.outcomeOf(result, { personal, idempotent: false });
	const said = textIn(result.body, 'message');
	const code = textIn(result.body, 'name') ?? '';
	if (ACCOUNT.has(code)) return { kind: 'account', reason: client.reason(`Resend does not send for this account (${code})`, said, personal) };
	if (code === 'invalid_idempotent_request' || code === 'concurrent_idempotent_requests') {
		return { kind: 'ambiguous', reason: client.reason('Resend already has a mail with this id', said, personal) };
	}
	if (code === 'validation_error' && result.status === 403) return { kind: 'account', reason: client.reason('Resend does not send from this address. Verify its domain there', said, personal) };
	if (result.status === 400 || result.status === 422) return invalid(client, said ?? '', personal);
	return client.outcomeOf(result, { ...(said === undefined ? {} : { said }), personal, idempotent: false });
}

/** The field that is named says whose fault it is: the sender is the same for everyone. */
function invalid(client: HttpClient, said: string, personal: string[]): SendOutcome {
	if (/`from`/.test(said)) return { kind: 'account', reason: client.reason('Resend refused the sender. Correct the From address', said, personal) };
	const isAddress = /`to`/.test(said);
	return { kind: 'permanent', reason: client.reason(isAddress ? 'Resend refused the recipient\'s address' : 'Resend refused the mail', said, personal), ...(isAddress ? { deadAddress: true } : {}) };
}
