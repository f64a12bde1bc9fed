import { createHash, timingSafeEqual } from 'node:crypto';

import type { CallbackRequest, CallbackResult } from './types';

/** For services that sign nothing: the key that the user chose and wrote into the callback's address, or into its login, at the service. */
export interface KeySecrets {
	callbackKey: string;
}

const REFUSED: CallbackResult = { kind: 'refused', reason: 'The key in the callback\'s address or login is missing or is not the one in the credential' };

/** Undefined when the call bears the key: as `key` in the query, as bearer token, or as the password of a basic login. In constant time. */
export function refusedByKey({ query, headers }: CallbackRequest, { callbackKey }: KeySecrets): CallbackResult | undefined {
	// An empty key would open the door to everybody who leaves it out.
	if (callbackKey === '') return REFUSED;
	const given = [query.key, bearer(headers.authorization), password(headers.authorization)].filter((one) => one !== undefined);
	return given.some((one) => isSame(one, callbackKey)) ? undefined : REFUSED;
}

function bearer(authorization: string | undefined): string | undefined {
	return /^bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
}

function password(authorization: string | undefined): string | undefined {
	const login = /^basic\s+(\S+)$/i.exec(authorization ?? '')?.[1];
	return login === undefined ? undefined : Buffer.from(login, 'base64').toString().split(':').slice(1).join(':');
}

function isSame(a: string, b: string): boolean {
	const digest = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(digest(a), digest(b));
}
