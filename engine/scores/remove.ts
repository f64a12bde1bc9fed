import { sql } from 'kysely';

import type { Store, Tx } from '../store';

/**
 * Removing the scores and the history of a deleted model: model row gone -> slice after slice (a row of score_build with the cause 'gone')
 * -> done (no row). One statement over five million scores held everybody up for seconds. Nobody asks for these scores meanwhile, and no
 * model may take the name before they are gone. A process that dies is followed by any other.
 */
const PROFILES = 20_000;
const CHANGES = 20_000;

export async function startRemoval(tx: Tx, name: string): Promise<void> {
	await tx.run(sql`delete from score_build where name = ${name}`);
	await tx.run(sql`insert into score_build (name, cursor, cause, last_id, version) select ${name}, 0, 'gone', coalesce(max(profile), 0), 0 from score`);
}

export async function isBeingRemoved(tx: Tx, name: string): Promise<boolean> {
	return (await tx.first(sql`select 1 as one from score_build where name = ${name} and cause = 'gone'`)) !== undefined;
}

/** One transaction's worth; answers with how many scores went, or null when nothing is left of the model. */
export async function removeSlice(store: Store, name: string): Promise<number | null> {
	return await store.tx('score-remove', async (tx) => {
		const plan = await tx.first(sql<{ cursor: number; last_id: number }>`select cursor, last_id from score_build where name = ${name} and cause = 'gone' ${tx.dialect.forUpdate}`);
		if (plan === undefined) return null;
		const to = plan.cursor + PROFILES;
		const scores = await tx.run(sql`delete from score where profile > ${plan.cursor} and profile <= ${to} and model = ${name}`);
		const changes = await tx.run(sql`delete from score_change where id in (select id from score_change where model = ${name} order by id limit ${sql.lit(CHANGES)})`);
		if (to >= plan.last_id && changes < CHANGES) await tx.run(sql`delete from score_build where name = ${name}`);
		else await tx.run(sql`update score_build set cursor = ${to} where name = ${name}`);
		return scores;
	});
}
