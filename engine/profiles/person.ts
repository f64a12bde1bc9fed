import type { Identity } from '../events/types';
import type { JsonObject } from '../kernel';
import { readOperations, type AttributeOperation } from './attribute-operations';
import { admitIdentity, type IdentityOptions } from './identity';
import type { IdentitySet } from './resolve';
import { storable } from './storable';

export interface GivenPerson {
	profileId?: unknown;
	identities: ReadonlyArray<{ kind: string; value: unknown }>;
	attributes?: unknown;
	operations?: unknown;
}

export interface ReadPerson {
	ok: true;
	set: IdentitySet;
	attributes: JsonObject | null;
	operations: AttributeOperation[];
	/** What becomes an identity only when the person has no attribute of its kind yet: Set Once. */
	once: Identity[];
}

export type Person = ReadPerson | { ok: false; reason: string };

/**
 * Checks whose a message or row is and what it sets. `email` and `phone` among the attributes become identities too,
 * where they can be one; else they stay mere attributes.
 * strict: a refused identity refuses the whole row (lists people prepare). Otherwise it is left out, and the row refused
 * only when none remains (clients that send userId "0" beside a good anonymous id: the event must not be lost).
 * largestBytes: of the attributes as JSON; default 32 KB.
 */
export function readPerson(given: GivenPerson, options: IdentityOptions, strict: boolean, largestBytes?: number): Person {
	const identities: Identity[] = [];
	let refusal: string | undefined;
	for (const { kind, value } of given.identities) {
		const result = admitIdentity(kind, value, options);
		if (result.ok) identities.push(result.identity);
		else if (strict) return result;
		else refusal ??= result.reason;
	}
	let attributes: JsonObject | null = null;
	if (given.attributes !== undefined && given.attributes !== null) {
		const checked = storable(given.attributes, 'attributes', largestBytes);
		if (!checked.ok) return checked;
		// What JSON makes of dates and undefined is what is stored and compared.
		attributes = JSON.parse(checked.json) as JsonObject;
		for (const kind of ['email', 'phone'] as const) {
			const value = attributes[kind];
			if (value === undefined || value === null || identities.some((identity) => identity.kind === kind)) continue;
			const result = admitIdentity(kind, value, options);
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
	const once = setByOperations(operations, attributes ?? {}, identities, options);
	// When nothing else says whose the row is, they are found by it, or begin with it.
	if ((given.profileId ?? null) === null && identities.length === 0) identities.push(...once.splice(0, 1));
	if (given.profileId !== undefined && given.profileId !== null) {
		if (typeof given.profileId !== 'number' || !Number.isSafeInteger(given.profileId)) return { ok: false, reason: 'The profile id is not a whole number.' };
		return { ok: true, set: { profileId: given.profileId, identities }, attributes, operations, once };
	}
	if (identities.length === 0) return { ok: false, reason: refusal ?? NOBODY };
	return { ok: true, set: { identities }, attributes, operations, once };
}

const NOBODY = 'Nothing says whose it is: give a user id, an anonymous id, an email, a phone or another identity.';

/**
 * Puts the identities that `set` makes to the others, with their operations as they are stored; answers with those that `setOnce` makes,
 * if the person has nothing there.
 */
function setByOperations(operations: AttributeOperation[], attributes: JsonObject, identities: Identity[], options: IdentityOptions): Identity[] {
	const once: Identity[] = [];
	for (const kind of ['email', 'phone'] as const) {
		if (identities.some((identity) => identity.kind === kind)) continue;
		/** What the row itself says so far: nothing, that it is gone, or that there is one. */
		let said = attributes[kind] === undefined ? 'nothing' : attributes[kind] === null ? 'gone' : 'there';
		for (const operation of operations) {
			if (operation.attribute !== kind) continue;
			const sets = operation.operation === 'set' || (operation.operation === 'setOnce' && said !== 'there');
			const result = sets && typeof operation.value === 'string' ? admitIdentity(kind, operation.value, options) : null;
			if (result?.ok === true) {
				if (kind === 'email') operation.value = result.identity.value;
				// One of a kind a row: what is set first, as with attributes.
				if (!identities.some((one) => one.kind === kind) && !once.some((one) => one.kind === kind)) {
					(operation.operation === 'setOnce' && said === 'nothing' ? once : identities).push(result.identity);
				}
			}
			said = operation.operation === 'unset' || (operation.operation === 'set' && (operation.value ?? null) === null) ? 'gone' : 'there';
		}
	}
	return once;
}
