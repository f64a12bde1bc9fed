import { bearsKey } from '../callbacks/keyed';
import { bodyText, dateMs, entryOf, malformed, refused } from '../callbacks/reading';
import type { Bounce, CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from '../callbacks/types';
import { messageIn } from './callback-reading';
import { inboundReport } from './inbound';
import type { KeySecrets } from './sinch-callbacks';

/** https://developers.solapi.com/references/message-status-codes */
const BOUNCES: Readonly<Record<string, Bounce>> = {
	'3010': { type: 'hard', category: 'invalid' }, '3032': { type: 'hard', category: 'unknown' }, '3040': { type: 'soft', category: 'expired' }, '3041': { type: 'soft', category: 'busy' },
	'3042': { type: 'soft', category: 'out-of-coverage' }, '3043': { type: 'soft', category: 'power-off' }, '3044': { type: 'soft', category: 'full' }, '3045': { type: 'soft', category: 'suspended' },
	'3046': { type: 'soft', category: 'device' }, '3047': { type: 'soft', category: 'rejected' }, '3050': { type: 'hard', category: 'no-sms' }, '3051': { type: 'soft', category: 'barred' },
	'3054': { type: 'soft', category: 'spam-block' }, '3055': { type: 'soft', category: 'spam-block' },
	// Of AlimTalk: of KakaoTalk alone, which the number says nothing else about.
	'3104': { type: 'hard', category: 'no-kakaotalk' }, '3107': { type: 'soft', category: 'kakaotalk-inactive-or-blocked' },
};
/** Reports of AlimTalk's own codes, and of messages of its type. */
const ALIMTALK = { codes: /^310\d$/, type: 'ATA' };
const OPTED_OUT = new Set(['1061', '2061']);

interface Entry {
	messageId?: unknown;
	statusCode?: unknown;
	type?: unknown;
	to?: unknown;
	from?: unknown;
	text?: unknown;
	country?: unknown;
	dateReceived?: unknown;
	dateProcessed?: unknown;
	dateUpdated?: unknown;
	customFields?: { message?: unknown };
}

/** Webhooks of message reports: a list of messages as they stand now. Its address is set in Solapi's console and carries a key. */
export const solapiCallbacks: CallbackReader<KeySecrets> = {
	provider: 'solapi',
	read: (request, secrets) => Promise.resolve(read(request, secrets)),
};

function read(request: CallbackRequest, { callbackKey }: KeySecrets): CallbackResult {
	if (!bearsKey(request, callbackKey ?? '')) return refused('The call carries no key, or a wrong one. The webhook address in Solapi ends in ?key= and the Callback Key of the credential.');
	let body: unknown;
	try {
		body = JSON.parse(bodyText(request));
	} catch {
		return malformed('The call of Solapi is no JSON.');
	}
	const entries: unknown[] = Array.isArray(body) ? body : [body];
	return { kind: 'reports', reports: entries.flatMap((entry) => (typeof entry === 'object' && entry !== null ? reportOf(request, entry as Entry) : [])) };
}

function reportOf(request: CallbackRequest, entry: Entry): DeliveryReport[] {
	if (typeof entry.messageId !== 'string') return [];
	if (entry.statusCode === undefined) return [inboundReport({ id: entry.messageId, from: international(entry.from), to: international(entry.to), text: String(entry.text ?? ''), atMs: dateMs(entry.dateReceived) })];
	const code = String(entry.statusCode);
	const told = statusReport(code);
	if (told === null) return [];
	const ours = entry.customFields?.message;
	return [{
		...told, ...(entry.type === ALIMTALK.type || ALIMTALK.codes.test(code) ? { channel: 'chat' as const } : {}), message: typeof ours === 'string' ? ours : messageIn(request), providerId: entry.messageId, address: international(entry.to, entry.country) || null,
		atMs: dateMs(entry.dateReceived) ?? dateMs(entry.dateProcessed) ?? dateMs(entry.dateUpdated), id: `${entry.messageId}:${code}`,
	}];
}

/** null: on the way (2000, 3000). */
function statusReport(code: string): Pick<DeliveryReport, 'kind' | 'bounce' | 'reason'> | null {
	if (code === '4000') return { kind: 'delivered' };
	if (code === '2000' || code === '3000') return null;
	const reason = `Solapi code ${code}`;
	if (OPTED_OUT.has(code)) return { kind: 'unsubscribed', reason };
	const bounce = entryOf(BOUNCES, code);
	if (bounce !== undefined) return { kind: 'bounced', bounce, reason };
	return code.startsWith('3') ? { kind: 'bounced', bounce: { type: 'soft', category: 'undelivered' }, reason } : { kind: 'failed', reason };
}

/** Solapi writes numbers as people in the country do. */
function international(number: unknown, country: unknown = '82'): string {
	const text = String(number ?? '').replace(/[^\d+]/g, '');
	return text === '' || text.startsWith('+') ? text : `+${String(country)}${text.replace(/^0/, '')}`;
}
