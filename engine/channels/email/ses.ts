import { setTimeout as sleep } from 'node:timers/promises';

import { EngineError, monotonicMs } from '../../kernel';
import { createHttpClient, type HttpAnswer, type HttpClient, type HttpFailure } from '../http';
import type { EmailProvider, OutgoingEmail, ProviderSettings, SendOutcome } from '../types';
import { hasCopies, marksOf, personalOf, recipientsOf, unsendable } from './recipients';
import { outcomeOfSes, sesErrorOf } from './ses-outcome';
import { mimeOf } from './mime';

const DEFAULT_CONNECTIONS = 5;
const DEFAULT_TIMEOUT_MS = 60_000;
const SEND_PATH = '/v2/email/outbound-emails';
/** SES counts by the second (14 for a new account), far below what these connections could do: such a refusal is over before anybody would have to be parked. */
const THROTTLED_DELAYS_MS = [250, 500, 1_000, 2_000, 4_000];

/** Amazon SES API v2 (https://docs.aws.amazon.com/ses/latest/APIReference-V2/). */
export interface SesConfig extends ProviderSettings {
	kind: 'ses';
	/** Such as eu-west-1; identities, sandbox and quota are those of the region. */
	region: string;
	accessKeyId: string;
	secretAccessKey: string;
	/** Of temporary keys. */
	sessionToken?: string;
	/** Its event destinations tell of deliveries and bounces. Absent: the identity's own, if it has one. */
	configurationSet?: string;
	/** In place of the region's public endpoint: a VPC or FIPS endpoint, without trailing slash. */
	baseUrl?: string;
}

/** What GetAccount says of the account in this region. */
export interface SesAccount {
	/** Only verified addresses get mail. */
	sandbox: boolean;
	/** Messages in 24 hours; -1: no limit. */
	perDay: number;
	sentToday: number;
	perSecond: number;
	/** HEALTHY, or PROBATION: under review. */
	standing: string;
}

export interface SesProvider extends EmailProvider {
	/** Throws PROVIDER_FAILED with what to do when nothing can be sent. */
	account(): Promise<SesAccount>;
}

/**
 * One SendEmail with a ready-made MIME message a mail: only so do headers, attachments and images inside go as they are. SendBulkEmail takes 50
 * recipients, but only with a template that is stored in SES and filled in there, and ours are filled in here. SES keeps no idempotency key, and puts
 * its own Message-ID and Date in place of ours.
 */
export function createSesProvider(config: SesConfig): SesProvider {
	const { region, accessKeyId, secretAccessKey, sessionToken, configurationSet } = config;
	const baseUrl = config.baseUrl ?? `https://email.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
	const timeoutMs = config.timeoutMs ?? DEFAULT_TIMEOUT_MS;
	const http = createHttpClient({
		service: 'Amazon SES', baseUrl, connections: config.connections ?? DEFAULT_CONNECTIONS, timeoutMs,
		secrets: [secretAccessKey, accessKeyId, sessionToken ?? ''].filter((secret) => secret !== ''), unclear503: true,
	});

	/** Signature Version 4 over method, path, host and body. */
	async function call(method: 'GET' | 'POST', path: string, body?: string, limitMs = timeoutMs): Promise<HttpAnswer | HttpFailure> {
		const { default: aws4 } = await import('aws4');
		const { host } = new URL(baseUrl);
		const { headers } = aws4.sign(
			{ method, path, host, service: 'ses', region, ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }) },
			{ accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
		);
		return await http.call({ method, path, headers: headers as Record<string, string>, timeoutMs: limitMs, ...(body === undefined ? {} : { body }) });
	}

	async function attempt(email: OutgoingEmail): Promise<SendOutcome> {
		const refusal = unsendable(email) ?? unsendableBySes(email);
		if (refusal !== null) return refusal;
		const body = JSON.stringify(await requestOf(email, configurationSet));
		const startedMs = monotonicMs();
		for (const delayMs of [...THROTTLED_DELAYS_MS, null]) {
			const result = await call('POST', SEND_PATH, body, timeoutMs - (monotonicMs() - startedMs));
			const isLast = delayMs === null || monotonicMs() - startedMs + delayMs > timeoutMs / 2;
			if (isLast || !isThrottled(result)) return outcomeOf(http, result, email);
			await sleep(delayMs);
		}
		throw new Error('The last try returns.');
	}

	async function account(): Promise<SesAccount> {
		const known = accountOf(await required(http, call('GET', '/v2/email/account')));
		if (configurationSet) await checkConfigurationSet(configurationSet, () => call('GET', `/v2/email/configuration-sets/${encodeURIComponent(configurationSet)}`));
		return known;
	}

	async function checkConfigurationSet(name: string, get: () => Promise<HttpAnswer | HttpFailure>): Promise<void> {
		const result = await get();
		if (result.kind === 'answer' && result.status === 404) throw failed(`Amazon SES knows no configuration set '${name}' in ${region}. Correct Configuration Set in the credential, or empty it`);
		// A key that may only send may not look; whether the set exists, the first mail tells.
		const sending = result.kind === 'answer' && result.status === 200 ? (result.body as { SendingOptions?: { SendingEnabled?: boolean } }).SendingOptions : undefined;
		if (sending?.SendingEnabled === false) throw failed(`Sending with the configuration set '${name}' is switched off in Amazon SES. Switch it on there`);
	}

	return {
		name: 'ses',
		async send(email) {
			try {
				return await attempt(email);
			} catch (error) {
				// Nothing has been handed over: the call itself never throws.
				return { kind: 'permanent', reason: http.reason('The mail could not be put together', error instanceof Error ? error.message : undefined, personalOf(email)) };
			}
		},
		account,
		async verify() {
			await account();
		},
		close: () => Promise.resolve(http.close()),
	};
}

/** SES takes no SMTPUTF8. */
function unsendableBySes(email: OutgoingEmail): SendOutcome | null {
	const { to, cc, bcc } = recipientsOf(email);
	if ([to, ...cc, ...bcc].every((address) => /^[\x21-\x7e]+$/.test(address))) return null;
	return { kind: 'permanent', reason: 'Amazon SES sends to no address with letters other than ASCII before the @.' };
}

async function requestOf(email: OutgoingEmail, configurationSet: string | undefined): Promise<object> {
	const { to, cc, bcc } = recipientsOf(email);
	return {
		// From stands in the MIME message: FromEmailAddress would replace it.
		Destination: { ToAddresses: [to], ...(cc.length > 0 ? { CcAddresses: cc } : {}), ...(bcc.length > 0 ? { BccAddresses: bcc } : {}) },
		Content: { Raw: { Data: (await mimeOf(email)).toString('base64') } },
		EmailTags: Object.entries(marksOf(email)).map(([Name, Value]) => ({ Name, Value })),
		...(configurationSet ? { ConfigurationSetName: configurationSet } : {}),
		// Links and opens are tracked by us, once.
		ConfigurationOverrides: { Tracking: { OpenTrackingEnabled: 'DISABLED', ClickTrackingEnabled: 'DISABLED' } },
	};
}

function outcomeOf(http: HttpClient, result: HttpAnswer | HttpFailure, email: OutgoingEmail): SendOutcome {
	const personal = personalOf(email);
	if (result.kind === 'failure') return http.outcomeOf(result, { personal, idempotent: false });
	const { MessageId } = (result.body ?? {}) as { MessageId?: unknown };
	if (result.status === 200 && typeof MessageId === 'string' && MessageId !== '') return { kind: 'accepted', providerId: MessageId };
	const error = sesErrorOf(result);
	const known = outcomeOfSes(error, (what) => http.reason(what, error.message, personal), hasCopies(email));
	return known ?? http.outcomeOf(result, { said: error.message, personal, idempotent: false });
}

/** So many a second, not so many a day. */
function isThrottled(result: HttpAnswer | HttpFailure): boolean {
	if (result.kind === 'failure' || result.headers['retry-after'] !== undefined) return false;
	const { code, message } = sesErrorOf(result);
	return /^(TooManyRequestsException|ThrottlingException|Throttling)$/.test(code) && !/daily|quota/i.test(message);
}

async function required(http: HttpClient, calling: Promise<HttpAnswer | HttpFailure>): Promise<HttpAnswer> {
	const result = await calling;
	if (result.kind === 'answer' && result.status >= 400) {
		const error = sesErrorOf(result);
		if (error.code === 'AccessDeniedException') {
			throw failed(http.reason('The key is right, but may not ask for the account. Allow it ses:GetAccount for this test; to send it needs ses:SendEmail and ses:SendRawEmail', error.message, []));
		}
		const outcome = outcomeOfSes(error, (what) => http.reason(what, error.message, []), false);
		if (outcome !== null) throw failed(outcome.reason);
	}
	return http.requireOk(result, (answer) => sesErrorOf(answer).message);
}

interface GetAccountResponse {
	EnforcementStatus?: string;
	ProductionAccessEnabled?: boolean;
	SendQuota?: { Max24HourSend?: number; MaxSendRate?: number; SentLast24Hours?: number };
	SendingEnabled?: boolean;
}

function accountOf({ body }: HttpAnswer): SesAccount {
	const { EnforcementStatus = '', ProductionAccessEnabled, SendQuota = {}, SendingEnabled } = (body ?? {}) as GetAccountResponse;
	if (EnforcementStatus === 'SHUTDOWN') throw failed('Amazon has paused sending for this account (SHUTDOWN). Open the case in the SES console, Account dashboard');
	if (SendingEnabled === false) throw failed('Sending is switched off for this account in this region. Switch it on in the SES console, or with PutAccountSendingAttributes');
	return {
		sandbox: ProductionAccessEnabled === false, standing: EnforcementStatus,
		perDay: SendQuota.Max24HourSend ?? 0, sentToday: SendQuota.SentLast24Hours ?? 0, perSecond: SendQuota.MaxSendRate ?? 0,
	};
}

function failed(message: string): EngineError {
	return new EngineError('PROVIDER_FAILED', /\.$/.test(message) ? message : `${message}.`, { service: 'Amazon SES' });
}
