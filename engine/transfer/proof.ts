import { isIP } from 'node:net';

import { textFault } from '../consent';
import type { ConsentProof } from '../consent/types';
import { readTimestamp } from '../events';
import type { JsonValue } from '../kernel';
import { storedObject } from '../profiles';
import { asText, moment } from './values';

/** What a row says of how a consent was given, as it stands there. */
export interface RecordProof {
	at?: JsonValue | undefined;
	source?: JsonValue | undefined;
	textVersion?: JsonValue | undefined;
	ip?: JsonValue | undefined;
}

export type Proof = { [Part in keyof ConsentProof]-?: Exclude<ConsentProof[Part], undefined> };

export const NO_PROOF: Proof = { givenAtMs: null, givenSource: null, textVersion: null, ip: null };

/**
 * The proof of a row. What cannot be one is left out and never refuses the row: an opt-out with a bad time is an opt-out. A time that has not
 * come yet proves nothing, too.
 */
export function readProof(given: RecordProof | undefined, nowMs: number): Proof {
	if (given === undefined) return NO_PROOF;
	const [at, ip] = [moment(given.at), asText(given.ip)];
	const givenAtMs = at === undefined ? null : readTimestamp(at, nowMs);
	return { givenAtMs: givenAtMs === nowMs ? null : givenAtMs, givenSource: textIn(given.source), textVersion: textIn(given.textVersion), ip: isIP(ip) === 0 ? null : ip };
}

function textIn(given: JsonValue | undefined): string | null {
	const text = asText(given);
	return text === '' || textFault('text', text) !== null ? null : text;
}

/** As an import noted it; null where it noted none. */
export function storedProof(given: unknown): Proof | null {
	return given === null || given === undefined ? null : { ...NO_PROOF, ...(storedObject(given) as Partial<Proof>) };
}
