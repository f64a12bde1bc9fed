import { sql } from 'kysely';

import { canonicalJson, type JsonObject, type JsonValue } from '../kernel';
import type { Tx } from '../store';
import { operate, type AttributeOperation } from './attribute-operations';
import type { DeclaredTypes } from './attribute-types';
import { normaliseIdentity } from './identity';
import { DEVICE_ATTRIBUTES } from './place';
import { leftOutForRoom, removalsFirst, Room } from './room';
import { storedObject } from './storable';

export interface AttributeChange {
	profile: number;
	/** null unsets. */
	attributes: JsonObject;
	/** Set only where the person has nothing of the kind yet (place.ts, DEVICE_ATTRIBUTES); after `attributes`. */
	device?: JsonObject;
	/** After `attributes`, in their order. One that is refused refuses the whole change. */
	operations?: readonly AttributeOperation[];
}

/** A value that became another one; null: there is or was none. In the order in which they happened. */
export interface AttributeStep {
	profile: number;
	name: string;
	from: JsonValue;
	to: JsonValue;
	/** Into the given changes: what one of them does has happened at once. */
	change: number;
}

export interface AttributesChanged {
	/** Names whose value really changed, and for whom. */
	names: Map<string, Set<number>>;
	profiles: Set<number>;
	steps: AttributeStep[];
	/** Index into the given changes: nothing of these was done, and why. */
	refused: Array<{ index: number; reason: string }>;
	/** Index into the given changes: a value that was left out, since the person has no room for it (room.ts), and why. The rest was done. */
	left: Array<{ index: number; reason: string }>;
}

/** Changes attributes, in the given order, of profiles that the caller has locked. Two statements for any batch. */
export async function applyAttributes(tx: Tx, changes: readonly AttributeChange[], types: DeclaredTypes = new Map()): Promise<AttributesChanged> {
	const changed: AttributesChanged = { names: new Map(), profiles: new Set(), steps: [], refused: [], left: [] };
	if (changes.length === 0) return changed;
	/** Who took their address back: no mail goes there, or to one that it had replaced, by way of the identity either. */
	const detached = new Set<number>();
	const rooms = new Map<number, Room>();
	const ids = [...new Set(changes.map((change) => change.profile))];
	const rows = await tx.all(sql<{ id: number; attributes: unknown }>`select id, attributes from profile where ${tx.dialect.anyOf(sql.ref('id'), ids)}`);
	const current = new Map(rows.map((row) => [row.id, new Map(Object.entries(storedObject(row.attributes)))]));
	changes.forEach((change, index) => {
		const values = current.get(change.profile);
		if (values === undefined) return;
		const next = nextValues(values, change, types);
		if (typeof next === 'string') return void changed.refused.push({ index, reason: next });
		for (const [name, value] of removalsFirst(next)) {
			const old = values.get(name);
			if (value === null ? old === undefined : old !== undefined && canonicalJson(old) === canonicalJson(value)) continue;
			let room = rooms.get(change.profile);
			if (room === undefined) rooms.set(change.profile, (room = new Room(values)));
			if (!room.take(name, old, value)) {
				changed.left.push({ index, reason: leftOutForRoom(name, 'person') });
				continue;
			}
			if (value === null && name === 'email') detached.add(change.profile);
			if (value === null) values.delete(name);
			else values.set(name, value);
			const whom = changed.names.get(name);
			if (whom === undefined) changed.names.set(name, new Set([change.profile]));
			else whom.add(change.profile);
			changed.steps.push({ profile: change.profile, name, from: old ?? null, to: value, change: index });
			changed.profiles.add(change.profile);
		}
	});
	if (changed.profiles.size > 0) {
		const written = [...changed.profiles].map((id) => ({ id, attributes: Object.fromEntries(current.get(id) ?? []) }));
		await tx.run(
			sql`update profile set attributes = r.attributes, updated_at = ${tx.nowMs}
				from ${tx.dialect.rows(written, { id: 'integer', attributes: 'json' }, 'r')} where profile.id = r.id`,
		);
	}
	if (detached.size > 0) {
		// One that a later change of the same batch has set is kept.
		const kept = [...detached].map((profile) => ({ profile, value: emailOf(current.get(profile)?.get('email')) }));
		await tx.run(sql`delete from identity where ${tx.dialect.unsearched(sql`kind`)} = 'email' and ${tx.dialect.anyOf(sql`profile`, [...detached])} and exists (select 1
			from ${tx.dialect.rows(kept, { profile: 'integer', value: 'text' }, 'k')} where k.profile = identity.profile and k.value <> identity.value)`);
	}
	return changed;
}

function emailOf(attribute: unknown): string {
	const found = normaliseIdentity('email', attribute ?? '');
	return found.ok ? found.identity.value : '';
}

/** Of what a device tells, what nobody has said: a trait that is given, even to unset it, and what is known already count more. */
function news(device: JsonObject, values: ReadonlyMap<string, JsonValue>, given: ReadonlySet<string>): Array<[string, JsonValue]> {
	return Object.entries(device).filter(([name]) => !(DEVICE_ATTRIBUTES[name] ?? [name]).some((same) => given.has(same) || (values.get(same) ?? '') !== ''));
}

/** The values that a change gives; null where the attribute is to be gone. A text is the reason it is refused. */
function nextValues(values: ReadonlyMap<string, JsonValue>, { attributes, device, operations = [] }: AttributeChange, types: DeclaredTypes): Array<[string, JsonValue]> | string {
	const set = Object.entries(attributes).filter(([, value]) => value !== undefined);
	if (device !== undefined) set.push(...news(device, values, new Set(set.map(([name]) => name))));
	if (operations.length === 0) return set;
	const next = new Map<string, JsonValue>(set);
	for (const operation of operations) {
		const { attribute } = operation;
		const result = operate(next.has(attribute) ? next.get(attribute) : values.get(attribute), operation, types);
		if (!result.ok) return result.reason;
		next.set(attribute, result.value);
	}
	return [...next];
}
