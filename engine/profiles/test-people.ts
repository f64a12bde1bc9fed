import { sql } from 'kysely';

import type { Tx } from '../store';
import type { Merge } from './keeper';

/**
 * Whether those who stay are test people after these merges, by id. A half known by nothing but anonymous ids is a browser, which is
 * whoever signs in there: the flag of the other half counts. Two people who are known both have to be test people, since nobody else
 * may ever run on a virtual clock.
 */
export async function testPeopleAfter(tx: Tx, merges: readonly Merge[]): Promise<Map<number, boolean>> {
	const ids = [...new Set(merges.flatMap(({ into, from }) => [into, from]))];
	const rows = await tx.all(sql<{ id: number; is_test: number; known: number }>`select p.id, p.is_test,
		case when exists (select 1 from identity i where i.profile = p.id and i.kind <> 'anonymous_id') then 1 else 0 end as known from profile p where ${tx.dialect.anyOf(sql.ref('p.id'), ids)}`);
	const halves = new Map(rows.map(({ id, is_test, known }) => [id, { test: is_test === 1, known: known === 1 }]));
	for (const { into, from } of merges) {
		const [one, other] = [halves.get(into), halves.get(from)];
		if (one === undefined || other === undefined) continue;
		const test = one.known === other.known ? one.test && other.test : one.known ? one.test : other.test;
		halves.set(into, { test, known: one.known || other.known });
	}
	return new Map(merges.map(({ into }) => [into, halves.get(into)?.test ?? false]));
}

/** Flags people, who are locked, as test people or takes the flag off. Answers with whom it changed. */
export async function setTest(tx: Tx, profiles: readonly number[], test: boolean): Promise<number[]> {
	if (profiles.length === 0) return [];
	const rows = await tx.all(sql<{ id: number }>`update profile set is_test = ${sql.lit(test ? 1 : 0)}, updated_at = ${tx.nowMs}
		where ${tx.dialect.anyOf(sql.ref('id'), profiles)} and is_test <> ${sql.lit(test ? 1 : 0)} returning id`);
	return rows.map(({ id }) => id);
}
