import { sql } from 'kysely';

import { canonicalJson, type JsonObject } from '../kernel';
import type { Tx } from '../store';
import { storedObject } from './storable';

export interface AttributeChange {
	profile: number;
	/** null unsets. */
	attributes: JsonObject;
}

export interface AttributesChanged {
	/** Names whose value really changed, and for whom. */
	names: Map<string, Set<number>>;
	profiles: Set<number>;
}

/** Sets and unsets attributes, in the given order, of profiles that the caller has locked. Two statements for any batch. */
export async function applyAttributes(tx: Tx, changes: readonly AttributeChange[]): Promise<AttributesChanged> {
	const changed: AttributesChanged = { names: new Map(), profiles: new Set() };
	if (changes.length === 0) return changed;
	/** Who took their address back: no mail goes there, or to one that it had replaced, by way of the identity either. */
	const detached = new Set<number>();
	const ids = [...new Set(changes.map((change) => change.profile))];
	const rows = await tx.all(sql<{ id: number; attributes: unknown }>`select id, attributes from profile where ${tx.dialect.anyOf(sql.ref('id'), ids)}`);
	const current = new Map(rows.map((row) => [row.id, new Map(Object.entries(storedObject(row.attributes)))]));
	for (const { profile, attributes } of changes) {
		const values = current.get(profile);
		if (values === undefined) continue;
		for (const [name, value] of Object.entries(attributes)) {
			if (value === undefined) continue;
			const old = values.get(name);
			if (value === null ? old === undefined : old !== undefined && canonicalJson(old) === canonicalJson(value)) continue;
			if (value === null && name === 'email') detached.add(profile);
			if (value === null) values.delete(name);
			else values.set(name, value);
			const whom = changed.names.get(name);
			if (whom === undefined) changed.names.set(name, new Set([profile]));
			else whom.add(profile);
			changed.profiles.add(profile);
		}
	}
	if (changed.profiles.size > 0) {
		const written = [...changed.profiles].map((id) => ({ id, attributes: Object.fromEntries(current.get(id) ?? []) }));
		await tx.run(
			sql`update profile set attributes = r.attributes, updated_at = ${tx.nowMs}
				from ${tx.dialect.rows(written, { id: 'integer', attributes: 'json' }, 'r')} where profile.id = r.id`,
		);
	}
	if (detached.size > 0) {
		// One that a later change of the same batch has set is kept.
		const kept = [...detached].map((profile) => ({ profile, value: String(current.get(profile)?.get('email') ?? '').trim().toLowerCase() }));
		await tx.run(sql`delete from identity where kind = 'email' and exists (select 1
			from ${tx.dialect.rows(kept, { profile: 'integer', value: 'text' }, 'k')} where k.profile = identity.profile and k.value <> identity.value)`);
	}
	return changed;
}
