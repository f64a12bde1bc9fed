import { isJsonObject, type JsonObject } from '../../kernel';
import { isSame, jsonOf, malformed, refused } from './reading';
import type { CallbackReader, CallbackRequest, CallbackResult, DeliveryReport } from './types';

/** Of a provider that signs nothing: the key that somebody chose, in the credential and in the provider's settings. */
export interface CallbackKey {
	callbackKey: string;
}

/** A header for providers that can send one of our choice. */
const KEY_HEADER = 'x-callback-key';
/** Of SparkPost's relay webhooks. */
const TOKEN_HEADER = 'x-messagesystems-webhook-token';
const BASIC = /^basic\s+([A-Za-z0-9+/=_-]+)\s*$/i;
const BEARER = /^bearer\s+(\S+)\s*$/i;

/**
 * Whether a call bears the key: as the password of HTTP Basic (the user is anybody's choice), as a bearer token, in the header X-Callback-Key, or as `?key=`
 * for providers that know nothing else. Compared in constant time.
 */
export function bearsKey({ headers, query }: Pick<CallbackRequest, 'headers' | 'query'>, key: string): boolean {
	if (key === '') return false;
	let bears = false;
	for (const given of [passwordOf(headers.authorization), BEARER.exec(headers.authorization ?? '')?.[1], headers[KEY_HEADER], headers[TOKEN_HEADER], query.key]) {
		if (given !== undefined && isSame(given, key)) bears = true;
	}
	return bears;
}

function passwordOf(authorization: string | undefined): string | undefined {
	const basic = BASIC.exec(authorization ?? '')?.[1];
	if (basic === undefined) return undefined;
	const pair = Buffer.from(basic, 'base64').toString('utf8');
	const colon = pair.indexOf(':');
	return colon < 0 ? undefined : pair.slice(colon + 1);
}

type Told = DeliveryReport | readonly DeliveryReport[] | null;

/** Reads callbacks of one provider that bear a key and a JSON body, an object or a list of them; `reportsOf` answers null for what it does not know, which is left. */
export function keyedReader(provider: string, reportsOf: (event: JsonObject) => Told | Promise<Told>): CallbackReader<CallbackKey> {
	return {
		provider,
		read: async (request, { callbackKey }): Promise<CallbackResult> => {
			if (callbackKey === '') return refused('no callback key is set in the credential');
			if (!bearsKey(request, callbackKey)) return refused('the call does not bear the callback key of the credential');
			if (request.method !== 'POST') return { kind: 'reports', reports: [] };
			const body = jsonOf(request);
			if (body === undefined) return malformed('the body is not JSON');
			const rows: unknown[] = Array.isArray(body) ? body : [body];
			const events = rows.filter(isJsonObject);
			// One row that is none costs the others nothing.
			if (events.length === 0 && rows.length > 0) return malformed('the body is no object and no list of objects');
			const told = await Promise.all(events.map(async (event) => await reportsOf(event)));
			return { kind: 'reports', reports: told.flatMap((one) => one ?? []) };
		},
	};
}
