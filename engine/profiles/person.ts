import type { Identity } from '../events/types';
import type { JsonObject } from '../kernel';
import { readOperations, type AttributeOperation } from './attribute-operations';
import { normaliseIdentity, type IdentityOptions } from './identity';
import type { IdentitySet } from './resolve';
import { storable } from './storable';

export interface GivenPerson {
	profileId?: unknown;
	identities: ReadonlyArray<{ kind: string; value: unknown }>;
	attributes?: unknown;
	operations?: unknown;
}

export type Person = { ok: true; set: IdentitySet; attributes: JsonObject | null; operations: AttributeOperation[] } | { ok: false; reason: string };

/**
 * Checks whose a message or row is and what it sets. `email` and `phone` among the attributes become identities too,
 * where they can be one; else they stay mere attributes.
 * strict: a refused identity refuses the whole row (lists people prepare). Otherwise it is left out, and the row refused
 * only when none remains (clients that send userId "0" beside a good anonymous id: the event must not be lost).
 */
export function readPerson(given: GivenPerson, options: IdentityOptions, strict: boolean): Person {
	const identities: Identity[] = [];
	let refusal: string | undefined;
	for (const { kind, value } of given.identities) {
		const result = normaliseIdentity(kind, value, options);
		if (result.ok) identities.push(result.identity);
		else if (strict) return result;
		else refusal ??= result.reason;
	}
	let attributes: JsonObject | null = null;
	if (given.attributes !== undefined && given.attributes !== null) {
		const checked = storable(given.attributes, 'attributes');
		if (!checked.ok) return checked;
		// What JSON makes of dates and undefined is what is stored and compared.
		attributes = JSON.parse(checked.json) as JsonObject;
		for (const kind of ['email', 'phone'] as const) {
			const value = attributes[kind];
			if (value === undefined || value === null || identities.some((identity) => identity.kind === kind)) continue;
			const result = normaliseIdentity(kind, value, options);
			if (!result.ok) {
				refusal ??= result.reason;
				continue;
			}
			identities.push(result.identity);
			if (kind === 'email') attributes.email = result.identity.value;
		}
	}
	const operations = readOperations(given.operations);
	if (typeof operations === 'string') return { ok: false, reason: operations };
	for (const operation of operations) {
		const kind = operation.attribute;
		if ((kind !== 'email' && kind !== 'phone') || operation.operation !== 'set' || typeof operation.value !== 'string' || identities.some((identity) => identity.kind === kind)) continue;
		const result = normaliseIdentity(kind, operation.value, options);
		if (!result.ok) continue;
		identities.push(result.identity);
		if (kind === 'email') operation.value = result.identity.value;
	}
	if (given.profileId !== undefined && given.profileId !== null) {
		if (typeof given.profileId !== 'number' || !Number.isSafeInteger(given.profileId)) return { ok: false, reason: 'The profile id is not a whole number.' };
		return { ok: true, set: { profileId: given.profileId, identities }, attributes, operations };
	}
	if (identities.length === 0) return { ok: false, reason: refusal ?? NOBODY };
	return { ok: true, set: { identities }, attributes, operations };
}

const NOBODY = 'Nothing says whose it is: give a user id, an anonymous id, an email, a phone or another identity.';
