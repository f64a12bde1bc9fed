import { sql } from 'kysely';

import type { JsonObject } from '../kernel';
import type { Tx } from '../store';
import type { ReadPerson } from './person';
import { resolveProfiles } from './resolve';
import { storedObject } from './storable';

/**
 * Gives the identities of `setOnce` to rows about people who have no such attribute, neither in the database nor by an earlier row of the
 * batch. Decided before anybody is found by them: an address that will not be theirs must not make them one with whose it is. Another
 * process may set the attribute between this look and the lock; then the person has an address more than they are written to at.
 */
export async function admitOnce(tx: Tx, rows: ReadonlyArray<Pick<ReadPerson, 'set' | 'attributes' | 'operations' | 'once'>>): Promise<void> {
	if (rows.every(({ once }) => once.length === 0)) return;
	const { profiles } = await resolveProfiles(tx, rows.map(({ set }) => set), { create: false, test: false });
	const ids = [...new Set(profiles.flatMap((id, n) => (id === null || rows[n]?.once.length === 0 ? [] : [id])))];
	const stored = ids.length === 0 ? [] : await tx.all(sql<{ id: number; attributes: unknown }>`select id, attributes from profile where ${tx.dialect.anyOf(sql.ref('id'), ids)}`);
	const known = new Map(stored.map(({ id, attributes }) => [id, storedObject(attributes)]));
	/** Kinds that the rows before have given to whoever is called so. */
	const given = new Set<string>();
	rows.forEach(({ set, attributes, operations, once }, n) => {
		const profile = profiles[n] ?? null;
		const names = [...set.identities.map(({ kind, value }) => `${kind} ${value}`), ...(profile === null ? [] : [`profile ${profile}`])];
		const own: JsonObject = profile === null ? {} : (known.get(profile) ?? {});
		const admitted = once.filter(({ kind }) => (own[kind] ?? null) === null && !names.some((name) => given.has(`${kind} of ${name}`)));
		if (admitted.length > 0) set.identities = [...set.identities, ...admitted];
		for (const kind of ['email', 'phone']) {
			const says = (attributes?.[kind] ?? null) !== null || operations.some((one) => one.attribute === kind && one.operation !== 'unset');
			if (says) for (const name of names) given.add(`${kind} of ${name}`);
		}
	});
}
