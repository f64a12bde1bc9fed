import { createHttpClient, type HttpAnswer, type HttpClient, type HttpFailure } from '../http';
import type { EmailProvider, OutgoingEmail, ProviderSettings, SendOutcome } from '../types';
import { asciiDomain, marksOf, personalOf, recipientsOf, unsendable } from './recipients';
import { base64, headersByName, textIn } from './service-fields';

const DEFAULT_CONNECTIONS = 5;
const DEFAULT_TIMEOUT_MS = 60_000;
const TRANSMISSIONS = '/v1/transmissions';

/** Extended error codes: tenant and user unknown, no licence, sending limits, domain blocked or not verified. */
const ACCOUNT = new Set(['1303', '1304', '1601', '2101', '2102', '2103', '2104', '7000', '7001']);
/** Nothing was made: resources or the generator are away for now. */
const TRANSIENT = new Set(['1502', '1900']);
/** No valid recipient in the list, which had one. */
const DEAD_ADDRESS = new Set(['5002']);

export interface SparkPostConfig extends ProviderSettings {
	kind: 'sparkpost';
	apiKey: string;
	/** Without trailing slash and version: https://api.sparkpost.com/api, https://api.eu.sparkpost.com/api or an enterprise's own. */
	baseUrl: string;
}

interface SparkPostError {
	message?: string;
	description?: string;
	code?: string | number;
}

interface SparkPostBody {
	errors?: SparkPostError[];
	results?: { id?: string | number; total_accepted_recipients?: number; total_rejected_recipients?: number; rcpt_to_errors?: SparkPostError[] };
}

/**
 * SparkPost's HTTP API (Transmissions). It knows no idempotency keys: what is lost is unknown. No batch: many recipients of one transmission share their content and
 * differ in what a template language fills in, while each mail of ours is whole already.
 */
export function createSparkPostProvider(config: SparkPostConfig): EmailProvider {
	const client = createHttpClient({
		service: 'SparkPost', baseUrl: config.baseUrl, headers: { authorization: config.apiKey },
		connections: config.connections ?? DEFAULT_CONNECTIONS, timeoutMs: config.timeoutMs ?? DEFAULT_TIMEOUT_MS, secrets: [config.apiKey], unclear503: true,
	});

	return {
		name: 'sparkpost',
		async send(email) {
			const refused = unsendable(email);
			if (refused !== null) return refused;
			return outcomeOf(client, await client.call({ method: 'POST', path: TRANSMISSIONS, body: messageOf(email) }), email);
		},
		async verify() {
			// Whoever may send is told what is missing, whoever may not is refused before that; a key for sending only may read nothing.
			const result = await client.call({ method: 'POST', path: TRANSMISSIONS, body: {} });
			if (result.kind === 'answer' && (result.status === 422 || (result.status === 400 && bodyOf(result).errors !== undefined))) return;
			client.requireOk(result, (answer) => errorOf(answer)?.said);
		},
		close: () => Promise.resolve(client.close()),
	};
}

function messageOf(email: OutgoingEmail): object {
	const { replyTo, attachments = [], from } = email;
	const { to, cc, bcc } = recipientsOf(email);
	const headers = { ...headersByName(email), ...(cc.length === 0 ? {} : { CC: cc.join(', ') }) };
	const files = attachments.filter(({ contentId }) => contentId === undefined);
	const pictures = attachments.filter(({ contentId }) => contentId !== undefined);
	// Subject and headers go through the template language even where it is off for the rest.
	const isTemplate = email.subject.includes('{{');
	return {
		options: {
			open_tracking: false, initial_open: false, click_tracking: false, perform_substitutions: false,
			// Else those who have unsubscribed from marketing at SparkPost would get no password either.
			transactional: !Object.keys(headers).some((name) => name.toLowerCase() === 'list-unsubscribe'),
		},
		recipients: [
			{ address: { email: to } },
			...[...cc, ...bcc].map((copy) => ({ address: { email: copy, header_to: to } })),
		],
		// Its callbacks give them back.
		metadata: marksOf(email),
		...(isTemplate ? { substitution_data: { journeys_subject: email.subject } } : {}),
		content: {
			from: { email: asciiDomain(from.address), ...(from.name === undefined || from.name === '' ? {} : { name: from.name }) },
			subject: isTemplate ? '{{journeys_subject}}' : email.subject, html: email.html, text: email.text,
			...(replyTo === undefined ? {} : { reply_to: asciiDomain(replyTo) }),
			...(Object.keys(headers).length === 0 ? {} : { headers }),
			...(files.length === 0 ? {} : { attachments: files.map((file) => ({ name: file.fileName, type: file.contentType, data: base64(file) })) }),
			...(pictures.length === 0 ? {} : { inline_images: pictures.map((file) => ({ name: file.contentId, type: file.contentType, data: base64(file) })) }),
		},
	};
}

function bodyOf({ body }: HttpAnswer): SparkPostBody {
	return typeof body === 'object' && body !== null ? body : {};
}

function errorOf(answer: HttpAnswer): { code: string; said: string } | undefined {
	const { errors = [], results } = bodyOf(answer);
	const first = (Array.isArray(errors) ? errors : [])[0] ?? results?.rcpt_to_errors?.[0];
	if (first === undefined) return undefined;
	const words = [textIn(first, 'message'), textIn(first, 'description')].filter((text) => text !== undefined);
	return { code: String(first.code ?? ''), said: words.join(': ') };
}

function outcomeOf(client: HttpClient, result: HttpAnswer | HttpFailure, email: OutgoingEmail): SendOutcome {
	const personal = personalOf(email);
	if (result.kind === 'failure') return client.outcomeOf(result, { personal, idempotent: false });
	const { results } = bodyOf(result);
	const { code = '', said } = errorOf(result) ?? {};
	if (result.status < 300 && results?.id !== undefined) {
		const { to, cc, bcc } = recipientsOf(email);
		const all = [to, ...cc, ...bcc].length;
		const taken = results.total_accepted_recipients ?? all - (results.total_rejected_recipients ?? 0);
		if (taken >= all || (taken > 0 && results.total_rejected_recipients === 0)) return { kind: 'accepted', providerId: String(results.id) };
		// Whose address was refused is not said. Its reports tell, of the person alone.
		if (taken > 0) return { kind: 'ambiguous', reason: client.reason('SparkPost took this mail for some of its addresses only, perhaps just for those in CC or BCC', said, personal) };
		return { kind: 'permanent', reason: client.reason('SparkPost refused the recipient\'s address', said, personal), deadAddress: true };
	}
	const byStatus = client.outcomeOf(result, { ...(said === undefined ? {} : { said }), personal, idempotent: false });
	// It may have sent before it failed, whatever its code says.
	if (byStatus.kind === 'ambiguous' && result.status >= 500 && result.status !== 503) return byStatus;
	// 420 is SparkPost's own: a sending limit of the account is reached.
	if (ACCOUNT.has(code) || result.status === 420) return { kind: 'account', reason: client.reason(`SparkPost does not send for this account (${code})`, said, personal) };
	if (TRANSIENT.has(code)) return { kind: 'transient', reason: client.reason('SparkPost takes no more messages for now', said, personal) };
	if (DEAD_ADDRESS.has(code)) return { kind: 'permanent', reason: client.reason('SparkPost refused the recipient\'s address', said, personal), deadAddress: true };
	if (code === '1100' && /dkim|domain/i.test(said ?? '')) return { kind: 'account', reason: client.reason('SparkPost does not send from this domain', said, personal) };
	return byStatus;
}
