import { hashId } from '../../kernel';
import { fieldsOf, textOf } from '../callbacks/reading';
import { pushClient } from './http-provider';
import type { ExpoConfig } from './types';

export const EXPO_URL = 'https://exp.host/--/api/v2';
/** Ids a call takes (https://docs.expo.dev/push-notifications/sending-notifications/#request-errors, PUSH_TOO_MANY_RECEIPTS). */
export const MOST_RECEIPTS = 1000;
const TIMEOUT_MS = 20_000;

/** Where a ticket came from. */
export interface ReceiptAccount {
	baseUrl: string;
	/** A hash of the access token it was got with; null: none was needed. */
	account: string | null;
}

/** What Expo handed over to Apple or Google, or why not (https://docs.expo.dev/push-notifications/sending-notifications/#push-receipt-errors). Reasons name nobody. */
export type Receipt = { kind: 'ok' } | { kind: 'gone' | 'bounced' | 'failed'; code: string; reason: string };

const CODES: Readonly<Record<string, readonly ['gone' | 'bounced' | 'failed', string]>> = {
	DeviceNotRegistered: ['gone', 'The app is no longer on this device'],
	MessageRateExceeded: ['bounced', 'Apple or Google took no more messages for this device'],
	MessageTooBig: ['failed', 'The notification has more than 4 KB'],
	MismatchSenderId: ['failed', 'The Firebase key at Expo is of another project than the app. Upload the right one (eas credentials)'],
	InvalidCredentials: ['failed', 'The push key at Expo is missing or revoked. Upload it again (eas credentials)'],
};

/** Access tokens by their hash: a step brings its own when it is served and when it sends. In the memory of this process only. */
const tokens = new Map<string, string>();

export function receiptAccountOf({ baseUrl = EXPO_URL, accessToken }: ExpoConfig): ReceiptAccount {
	if (accessToken === undefined) return { baseUrl, account: null };
	const account = hashId('expo access token', accessToken);
	tokens.set(account, accessToken);
	return { baseUrl, account };
}

/** Of access tokens that this process has been given. */
export function knownReceiptAccounts(): string[] {
	return [...tokens.keys()];
}

/** With the engine that asked: what starts again has to be told anew. */
export function forgetReceiptAccounts(): void {
	tokens.clear();
}

/** At most MOST_RECEIPTS ids; those that are not there yet, or not any more, are left out. Never throws: a text says why there is no answer. */
export async function askReceipts({ baseUrl, account }: ReceiptAccount, ids: readonly string[]): Promise<Map<string, Receipt> | string> {
	const accessToken = account === null ? undefined : tokens.get(account);
	const client = pushClient({ connections: 1, timeoutMs: TIMEOUT_MS }, {
		service: 'Expo', baseUrl, secrets: accessToken === undefined ? [] : [accessToken], headers: { accept: 'application/json', ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }) },
	});
	try {
		const result = await client.call({ method: 'POST', path: '/push/getReceipts', body: { ids } });
		if (result.kind !== 'answer' || result.status !== 200) return client.outcomeOf(result, { personal: [], idempotent: true }).reason;
		const given = fieldsOf(fieldsOf(result.body).data);
		return new Map(ids.flatMap((id) => (Object.hasOwn(given, id) ? [[id, receiptOf(fieldsOf(given[id]))] as const] : [])));
	} finally {
		client.close();
	}
}

/** Expo's own words name the device, so only the code is told of what is not known. */
function receiptOf(receipt: Record<string, unknown>): Receipt {
	if (receipt.status === 'ok') return { kind: 'ok' };
	const code = (textOf(fieldsOf(receipt.details).error) ?? 'unknown').replace(/\W/g, '').slice(0, 60);
	const [kind, reason] = (Object.hasOwn(CODES, code) ? CODES[code] : undefined) ?? (['failed', `Apple or Google did not take it (${code})`] as const);
	return { kind, code, reason };
}
