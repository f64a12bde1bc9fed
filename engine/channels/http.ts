import { setTimeout as delay } from 'node:timers/promises';

import type { AxiosResponse } from 'axios';

import { EngineError } from '../kernel';
import { parseExactJson } from './exact-json';
import { createAgents, isUnsent } from './http-agents';
import { redacted } from './redact';
import type { SendOutcome } from './types';

export interface HttpOptions {
	/** Of the service, for reasons: "SendGrid refused …". */
	service: string;
	/** The service's address without trailing slash; paths of calls are appended. */
	baseUrl: string;
	/** On every call, such as the key. */
	headers?: Record<string, string>;
	connections: number;
	timeoutMs: number;
	/** Taken out of every reason. */
	secrets: readonly string[];
	/** Where the service says in how many seconds more is taken, besides Retry-After: a header, lower-cased. */
	resetHeader?: string;
	/** The service documents no 503: it may be a proxy's, after the message was taken, unless Retry-After comes with it. */
	unclear503?: boolean;
}

export interface HttpCall {
	method: 'GET' | 'POST' | 'PUT' | 'DELETE';
	/** With a leading slash, or a whole address. */
	path: string;
	query?: Record<string, string>;
	headers?: Record<string, string>;
	/**
	 * The service does this once however often it is called (an idempotency key). Lost, failed (5xx), or answered with what this takes for "not yet", it is
	 * called again, three times in all and within timeoutMs. What began unclear stays so unless an answer settles it.
	 */
	repeatWhen?: (answer: HttpAnswer) => boolean;
	/** An object goes as JSON; text and bytes as they are, with the content type among the headers; FormData as multipart. */
	body?: object | string | Uint8Array | URLSearchParams | FormData;
	/** Of this call, where it is shorter than the client's. */
	timeoutMs?: number;
}

export interface HttpAnswer {
	kind: 'answer';
	status: number;
	/** Lower-cased names. */
	headers: Record<string, string>;
	/** Parsed when it is JSON, else the text. Integers that a number cannot hold exactly are text. */
	body: unknown;
}

export interface HttpFailure {
	kind: 'failure';
	/** refused: no connection came about, so nothing was sent. misconfigured: nor will one, until somebody changes a setting. lost: it may have arrived. */
	phase: 'refused' | 'misconfigured' | 'lost';
	/** The system's code, such as ECONNRESET. */
	code: string;
}

export interface HttpClient {
	/** Never throws. Follows no redirect. A connection that is refused at once is tried three times, all within timeoutMs. */
	call(call: HttpCall): Promise<HttpAnswer | HttpFailure>;
	/** What a send's answer means by its status alone; providers look at their own codes first. `said`: the service's own words. */
	outcomeOf(result: HttpAnswer | HttpFailure, about: { said?: string; personal: string[]; idempotent: boolean }): Exclude<SendOutcome, { kind: 'accepted' }>;
	/** A reason for the ledger: what happened and what the service said, without personal data and secrets. */
	reason(what: string, said: string | undefined, personal: readonly string[]): string;
	/** For verify(): throws PROVIDER_FAILED unless the answer is 2xx. */
	requireOk(result: HttpAnswer | HttpFailure, said: (answer: HttpAnswer) => string | undefined): HttpAnswer;
	close(): void;
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const CONNECTION_TRIES = 2;
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;
/** Parts of timeoutMs for each call of one that may be repeated, and what lies between them. */
const REPEAT_SHARES = [0.5, 0.3, 0.15];
const REPEAT_PAUSE_SHARE = 0.01;

/** As for SMTP; less where a call has less time. */
const CONNECT_TIMEOUT_MS = 20_000;
/** A connection will not come about until somebody changes a setting: a wrong name, a certificate that nobody vouches for. */
const MISCONFIGURED = /^(ENOTFOUND$|ERR_TLS_CERT_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH$|INVALID_CA$|ERR_INVALID_URL$|ERR_INVALID_CHAR$)/;
/** No TLS there, where the connection is not ready; later it broke. */
const BROKEN_TLS = /^(ERR_TLS_|ERR_SSL_|EPROTO$)/;
const OF_PROXY = 'the proxy answered ';
const PROXY_REMEDY = 'Check the proxy of this machine (HTTPS_PROXY, NO_PROXY), its login included';
/** What a proxy says until somebody changes a setting; anything else may pass. */
const PROXY_REFUSALS = new Set([400, 401, 403, 405, 407]);
/** axios's own time-out. */
const AXIOS_TIMEOUT = 'ECONNABORTED';

export function createHttpClient(options: HttpOptions): HttpClient {
	const { service } = options;
	const agents = createAgents({ connections: options.connections, connectMs: Math.min(CONNECT_TIMEOUT_MS, options.timeoutMs / 2) });
	const isUnclear503 = ({ status, headers }: HttpAnswer): boolean => status === 503 && options.unclear503 === true && retryAfter(headers, undefined).retryAfterMs === undefined;
	let instance: ReturnType<typeof openInstance> | undefined;
	const open = (): ReturnType<typeof openInstance> => (instance ??= openInstance(options, agents));

	const reason = (what: string, said: string | undefined, personal: readonly string[]): string =>
		said === undefined || said.trim() === '' ? `${what}.` : `${what}. ${service} said: ${redacted(said, [...personal], [...options.secrets])}`;

	async function once({ method, path, query, headers, body }: HttpCall, timeoutMs: number): Promise<HttpAnswer | HttpFailure> {
		try {
			const { url, data, type } = prepared(options.baseUrl, path, body);
			const response = await (await open()).request<string>({ method, url, params: query, data, headers: { ...type, ...headers }, timeout: timeoutMs });
			return isOfProxy(url, response) ? proxyFailure(response.status) : answerOf(response);
		} catch (error) {
			return failureOf(error);
		}
	}

	return {
		async call(call) {
			const { repeatWhen } = call;
			const timeoutMs = call.timeoutMs ?? options.timeoutMs;
			if (repeatWhen === undefined) return await once(call, timeoutMs);
			let unclear: HttpAnswer | HttpFailure | undefined;
			for (const share of REPEAT_SHARES) {
				if (unclear !== undefined) await delay(timeoutMs * REPEAT_PAUSE_SHARE);
				const result = await once(call, timeoutMs * share);
				if (isUnclear(result, (answer) => isUnclear503(answer) || repeatWhen(answer))) unclear ??= result;
				else if (unclear === undefined || settles(result)) return result;
			}
			return unclear ?? { kind: 'failure', phase: 'lost', code: '' };
		},
		outcomeOf(result, { said, personal, idempotent }) {
			if (result.kind === 'failure') {
				const named = result.code === '' ? '' : ` (${result.code})`;
				if (result.phase === 'misconfigured') return { kind: 'account', reason: reason(`No connection to ${service} is possible${named}. ${result.code.startsWith(OF_PROXY) ? PROXY_REMEDY : 'Check the address in the credential'}`, said, personal) };
				if (result.phase === 'refused') return { kind: 'transient', reason: reason(`${service} cannot be reached${named}`, said, personal) };
				return { kind: idempotent ? 'transient' : 'ambiguous', reason: reason(`The connection to ${service} ended before it answered${named}`, said, personal) };
			}
			const { status } = result;
			if (status === 429 || (status === 503 && !isUnclear503(result))) return { kind: 'transient', reason: reason(`${service} takes no more messages for now (${status})`, said, personal), ...retryAfter(result.headers, options.resetHeader) };
			if (status === 408 || status === 425) return { kind: 'transient', reason: reason(`${service} did not take the message in time (${status})`, said, personal) };
			if (status >= 500) return { kind: idempotent ? 'transient' : 'ambiguous', reason: reason(`${service} failed while it took the message (${status})`, said, personal), ...(idempotent ? retryAfter(result.headers, options.resetHeader) : {}) } as Exclude<SendOutcome, { kind: 'accepted' }>;
			if (status === 401 || status === 403) return { kind: 'account', reason: reason(`${service} refused the login (${status}). Check the key in the credential and what it may do`, said, personal) };
			if (status === 407) return { kind: 'account', reason: reason(`The proxy on the way to ${service} wants a login (407). ${PROXY_REMEDY}`, said, personal) };
			if (status === 402) return { kind: 'account', reason: reason(`${service} wants payment (402)`, said, personal) };
			if (status === 421) return { kind: 'transient', reason: reason(`${service} wants another connection for this call (421)`, said, personal) };
			if (status === 404 || status === 405 || status === 410 || status === 426 || (status >= 300 && status < 400)) return { kind: 'account', reason: reason(`${service} does not know the address that was called (${status}). Check region, domain and account in the credential`, said, personal) };
			if (status < 300) return { kind: 'ambiguous', reason: reason(`${service} answered with something that cannot be read (${status})`, said, personal) };
			return { kind: 'permanent', reason: reason(`${service} refused the message (${status})`, said, personal) };
		},
		reason,
		requireOk(result, said) {
			if (result.kind === 'answer' && result.status >= 200 && result.status < 300) return result;
			const outcome = this.outcomeOf(result, { ...(result.kind === 'answer' ? { said: said(result) } : {}), personal: [], idempotent: true });
			throw new EngineError('PROVIDER_FAILED', outcome.reason, { service, ...(result.kind === 'answer' ? { status: result.status } : { cause: result.code }) });
		},
		close() {
			agents.httpAgent.destroy();
			agents.httpsAgent.destroy();
		},
	};
}

async function openInstance({ headers, timeoutMs }: HttpOptions, agents: ReturnType<typeof createAgents>) {
	const [{ default: axios }, { default: axiosRetry }] = await Promise.all([import('axios'), import('axios-retry')]);
	const instance = axios.create({
		...agents, timeout: timeoutMs, headers: { 'user-agent': 'n8n-nodes-journeys', ...headers }, maxRedirects: 0, maxContentLength: MAX_ANSWER_BYTES,
		// Every status is an answer; parsed here, since a provider's error may be no JSON.
		validateStatus: () => true, responseType: 'text', transformResponse: (data: unknown) => data,
	});
	// Only what certainly did not leave is tried again here, while there is time; the rest is for the ledger to say.
	axiosRetry(instance, {
		retries: CONNECTION_TRIES, shouldResetTimeout: false, retryDelay: (count) => 200 * 2 ** count,
		retryCondition: (error) => {
			const { phase, code } = failureOf(error);
			return phase === 'refused' && code !== 'ETIMEDOUT';
		},
	});
	return instance;
}

function isUnclear(result: HttpAnswer | HttpFailure, repeatWhen: (answer: HttpAnswer) => boolean): boolean {
	if (result.kind === 'failure') return result.phase === 'lost';
	return (result.status >= 500 && result.status !== 503) || repeatWhen(result);
}

/** Answers that speak of this message; login, account, address and load of the moment say nothing of the call before. */
const SETTLING = new Set([400, 409, 422]);

function settles(result: HttpAnswer | HttpFailure): boolean {
	return result.kind === 'answer' && ((result.status >= 200 && result.status < 300) || SETTLING.has(result.status));
}

function prepared(baseUrl: string, path: string, body: HttpCall['body']): { url: string; data: unknown; type: Record<string, string> } {
	const url = /^https?:\/\//.test(path) ? path : `${baseUrl}${path}`;
	if (body === undefined || typeof body === 'string' || body instanceof URLSearchParams || body instanceof FormData) return { url, data: body, type: {} };
	if (body instanceof Uint8Array) return { url, data: Buffer.from(body.buffer, body.byteOffset, body.byteLength), type: {} };
	return { url, data: JSON.stringify(body), type: { 'content-type': 'application/json' } };
}

function answerOf({ status, headers, data }: Pick<AxiosResponse<string>, 'status' | 'data'> & { headers: object }): HttpAnswer {
	const plain: Record<string, string> = {};
	for (const [name, value] of Object.entries(headers)) if (value !== undefined && value !== null) plain[name.toLowerCase()] = String(value);
	return { kind: 'answer', status, headers: plain, body: parsed(data) };
}

function parsed(text: unknown): unknown {
	if (typeof text !== 'string' || text === '') return '';
	try {
		return parseExactJson(text);
	} catch {
		return text;
	}
}

interface SystemError {
	code?: unknown;
	syscall?: unknown;
	/** One each for the addresses of a name that has several. */
	errors?: unknown;
}

/** What a call's error means, by axios's request where it has one and by the system's error that caused it. */
export function failureOf(error: unknown): HttpFailure {
	const thrown = (error ?? {}) as SystemError & { request?: unknown; cause?: SystemError };
	const system = typeof thrown.cause?.code === 'string' ? thrown.cause : thrown;
	const code = typeof system.code === 'string' ? system.code : '';
	const unsent = isUnsent(thrown.request);
	if (MISCONFIGURED.test(code) || (unsent && BROKEN_TLS.test(code))) return { kind: 'failure', phase: 'misconfigured', code };
	if (unsent) return { kind: 'failure', phase: 'refused', code: code === AXIOS_TIMEOUT ? 'ETIMEDOUT' : code };
	return { kind: 'failure', phase: isOfConnect(system) ? 'refused' : 'lost', code };
}

/** An answer to a call over TLS that came over none: a proxy's, to its CONNECT. The service has heard nothing. */
function isOfProxy(url: string, { status, request }: Pick<AxiosResponse, 'status' | 'request'>): boolean {
	// A yes to CONNECT is no answer: whoever else says yes may have passed the message on.
	if (status >= 200 && status < 300) return false;
	const { socket } = (request ?? {}) as { socket?: unknown };
	return /^https:/i.test(url) && typeof socket === 'object' && socket !== null && !('encrypted' in socket);
}

function proxyFailure(status: number): HttpFailure {
	return { kind: 'failure', phase: PROXY_REFUSALS.has(status) ? 'misconfigured' : 'refused', code: `${OF_PROXY}${status}` };
}

function isOfConnect({ syscall, errors }: SystemError): boolean {
	if (Array.isArray(errors)) return errors.length > 0 && (errors as SystemError[]).every(isOfConnect);
	return syscall === 'connect' || syscall === 'getaddrinfo';
}

/** Seconds, or a date (RFC 9110, 10.2.3), which is meant by the service's own clock. */
function retryAfter(headers: Record<string, string>, resetHeader: string | undefined): { retryAfterMs?: number } {
	const given = headers['retry-after'] ?? (resetHeader === undefined ? undefined : headers[resetHeader]);
	if (given === undefined) return {};
	const ms = /^\d+(\.\d+)?$/.test(given.trim()) ? Number(given) * 1000 : Date.parse(given) - Date.parse(headers.date ?? '');
	return Number.isFinite(ms) && ms >= 0 ? { retryAfterMs: Math.min(ms, MAX_RETRY_AFTER_MS) } : {};
}

/** RFC 7617: the value of an Authorization header. */
export function basicAuth(user: string, password: string): string {
	return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/** What stands at a dotted path of a parsed answer, as text; undefined: nothing, or neither text nor number. */
export function textAt(body: unknown, path: string): string | undefined {
	let at: unknown = body;
	for (const name of path.split('.')) at = typeof at === 'object' && at !== null && Object.hasOwn(at, name) ? (at as Record<string, unknown>)[name] : undefined;
	return typeof at === 'string' ? at : typeof at === 'number' ? String(at) : undefined;
}

export function isOk({ status }: HttpAnswer): boolean {
	return status >= 200 && status < 300;
}
