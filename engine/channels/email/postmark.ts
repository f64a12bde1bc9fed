import { isJsonObject } from '../../kernel';
import { createHttpClient, type HttpAnswer, type HttpClient } from '../http';
import type { ProviderSettings, SendOutcome } from '../types';
import { asciiDomain, marksOf, personalOf, recipientsOf, unsendable } from './recipients';
import { base64, headersByName, mailbox } from './service-fields';
import type { EmailProvider, OutgoingEmail } from './types';

export interface PostmarkConfig extends ProviderSettings {
	kind: 'postmark';
	/** Of the server, not of the account. */
	serverToken: string;
	/** Where the server's mails go out: `outbound` for transactional mail, a broadcast stream for marketing. Absent: Postmark's default, `outbound`. */
	messageStream?: string;
	/** For tests. Default https://api.postmarkapp.com. */
	baseUrl?: string;
}

const SERVICE = 'Postmark';
const DEFAULT_CONNECTIONS = 5;
const DEFAULT_TIMEOUT_MS = 60_000;
/** https://postmarkapp.com/developer/api/email-api#send-batch-emails: 500 messages and 50 MB a call. */
const BATCH = 500;
const BATCH_BYTES = 45 * 1024 * 1024;

/**
 * Error codes (https://postmarkapp.com/developer/api/overview#error-codes) that are the same for every mail of this account: token, sender, permission, stream.
 */
const ACCOUNT_CODES: ReadonlyMap<number, string> = new Map([
	[10, 'refused the server token. Check it in the Postmark credential'],
	[400, 'does not know the sender. Add the From address or its domain to the Sender Signatures'],
	[401, 'has not confirmed the sender. Confirm the From address in its Sender Signatures'],
	[405, 'does not let this account send. Look at its billing page'],
	[412, 'still reviews this account, which may send to its own domain only until then'],
	[413, 'does not let this account send. Ask its support'],
	[1226, 'does not send from this message stream. Check it in the credential'],
	[1235, 'does not know the message stream. Check it in the credential'],
	[1236, 'has archived the message stream. Choose another one in the credential'],
]);
const MAINTENANCE = 100;
const RATE_LIMIT = 429;
/** Bounced, complained or left before: which of them, Postmark does not say, so the address is not taken for dead. */
const INACTIVE = 406;
/** Anything about the request; which, stands in its words alone. */
const INVALID = 300;
const INVALID_TO = /^(error parsing|invalid) 'to'/i;

/** Mails through Postmark's API. It has no idempotency key: a connection that breaks after the mail was handed over leaves it unknown. Its own tracking is off. */
export function createPostmarkProvider(config: PostmarkConfig): EmailProvider {
	const http = createHttpClient({
		service: SERVICE, baseUrl: config.baseUrl ?? 'https://api.postmarkapp.com', connections: config.connections ?? DEFAULT_CONNECTIONS, timeoutMs: config.timeoutMs ?? DEFAULT_TIMEOUT_MS,
		headers: { accept: 'application/json', 'x-postmark-server-token': config.serverToken }, secrets: [config.serverToken], unclear503: true,
	});

	async function send(email: OutgoingEmail): Promise<SendOutcome> {
		const refused = unsendable(email);
		if (refused !== null) return refused;
		const result = await http.call({ method: 'POST', path: '/email', body: payloadOf(email, config) });
		return outcomeOf(http, result.kind === 'answer' ? answerIn(result.body) : null, result, email);
	}

	/** All of them have usable addresses. */
	async function sendTogether(emails: readonly OutgoingEmail[]): Promise<SendOutcome[]> {
		if (emails.length === 0) return [];
		const result = await http.call({ method: 'POST', path: '/email/batch', body: emails.map((email) => payloadOf(email, config)) });
		const answers = result.kind === 'answer' && Array.isArray(result.body) && result.body.length === emails.length ? result.body : null;
		return emails.map((email, n) => outcomeOf(http, answerIn(answers === null && result.kind === 'answer' ? result.body : answers?.[n]), result, email));
	}

	return {
		name: 'postmark',
		send,
		batch: {
			size: BATCH,
			fits,
			async send(emails) {
				const refused = emails.map(unsendable);
				const told = (await sendTogether(emails.filter((_email, n) => refused[n] === null))).values();
				return refused.map((one) => one ?? told.next().value ?? { kind: 'ambiguous', reason: 'Postmark did not say what became of this mail.' });
			},
		},
		verify: async () => {
			http.requireOk(await http.call({ method: 'GET', path: '/server' }), ({ body }) => answerIn(body)?.said);
		},
		close: async () => http.close(),
	};
}

interface Answer {
	code: number;
	id: string | undefined;
	said: string | undefined;
}

function answerIn(body: unknown): Answer | null {
	if (!isJsonObject(body) || typeof body.ErrorCode !== 'number') return null;
	return { code: body.ErrorCode, id: typeof body.MessageID === 'string' ? body.MessageID : undefined, said: typeof body.Message === 'string' ? body.Message : undefined };
}

function outcomeOf(http: HttpClient, answer: Answer | null, result: Parameters<HttpClient['outcomeOf']>[0], email: OutgoingEmail): SendOutcome {
	const personal = personalOf(email);
	const said = answer?.said === undefined ? {} : { said: answer.said };
	if (answer === null || result.kind === 'failure') return http.outcomeOf(result, { personal, idempotent: false });
	if (answer.code === 0 && answer.id !== undefined) return { kind: 'accepted', providerId: answer.id };
	const reason = (what: string) => http.reason(`${SERVICE} ${what}`, answer.said, personal);
	const account = ACCOUNT_CODES.get(answer.code);
	if (account !== undefined) return { kind: 'account', reason: reason(account) };
	if (answer.code === INACTIVE) return { kind: 'permanent', reason: reason('does not send to this address: it bounced, complained or left before') };
	if (answer.code === INVALID && INVALID_TO.test(answer.said ?? '')) return { kind: 'permanent', reason: reason('cannot send to this address'), deadAddress: true };
	if (answer.code === MAINTENANCE || answer.code === RATE_LIMIT) return http.outcomeOf(asTooMany(result), { ...said, personal, idempotent: false });
	// Of a batch each mail has its own code, and the call as such was well.
	if (result.status < 300 && answer.code !== 0) return { kind: 'permanent', reason: reason(`refused the message (error ${answer.code})`) };
	return http.outcomeOf(result, { ...said, personal, idempotent: false });
}

/** With a code of its own it was Postmark that refused, whatever the status; a 503 without one may be of something before it that had passed the mail on. */
function asTooMany(result: HttpAnswer): HttpAnswer {
	return { ...result, status: 429 };
}

function payloadOf(email: OutgoingEmail, { messageStream }: PostmarkConfig): object {
	const { from, replyTo, subject, html, text, attachments = [] } = email;
	const { to, cc, bcc } = recipientsOf(email);
	return {
		From: mailbox(from), To: to, Subject: subject, HtmlBody: html, TextBody: text,
		...(cc.length === 0 ? {} : { Cc: cc.join(',') }), ...(bcc.length === 0 ? {} : { Bcc: bcc.join(',') }), ...(replyTo ? { ReplyTo: asciiDomain(replyTo) } : {}),
		Headers: Object.entries(headersByName(email)).map(([Name, Value]) => ({ Name, Value })),
		TrackOpens: false, TrackLinks: 'None', Metadata: marksOf(email),
		...(messageStream === undefined || messageStream === '' ? {} : { MessageStream: messageStream }),
		...(attachments.length === 0 ? {} : {
			Attachments: attachments.map((file) => ({
				Name: file.fileName, Content: base64(file), ContentType: file.contentType, ...(file.contentId === undefined ? {} : { ContentID: `cid:${file.contentId}` }),
			})),
		}),
	};
}

/** By so many bytes a call. */
function fits(emails: readonly OutgoingEmail[]): number {
	let bytes = 0;
	const over = emails.findIndex(({ html, text, attachments = [] }) => {
		bytes += html.length * 2 + text.length * 2 + attachments.reduce((sum, { content }) => sum + content.byteLength * 1.4, 4_096);
		return bytes > BATCH_BYTES;
	});
	return over === -1 ? emails.length : Math.max(1, over);
}
