import { sql, type RawBuilder } from 'kysely';

import { nextChangeSql, ruleSql, type TotalsOfNow } from '../segments';
import type { Tx } from '../store';
import type { Book, KnownStages } from './book';
import { comparedTotals } from './borrowed';
import { totalsOf } from './now';
import type { ChangeCause } from './types';
import { writeChanges, type KeptChange } from './write';

export interface PlacedPerson {
	profile: number;
	stage: string;
}

/**
 * Moves people up to the last stage whose rule holds for them, never down, and notes when time alone may do so: one statement, then
 * at most four, and as many as models are compared. The caller has locked them. `occasion`: as of segments/totals.ts.
 */
export async function moveByRules(tx: Tx, book: Book, profiles: readonly number[], causeOf: (profile: number) => ChangeCause, occasion: 'ask' | 'follow' = 'follow'): Promise<KeptChange[]> {
	const { stages } = book;
	if (profiles.length === 0) return [];
	const totals = await totalsOf(tx, book, comparedTotals(stages.rules.map(({ when }) => when)), profiles, occasion);
	const moves: KeptChange[] = [];
	const due: Array<{ profile: number; due: number }> = [];
	const noLongerDue: number[] = [];
	for (const row of await readHolding(tx, stages, profiles, totals)) {
		const now = row.stage === null ? -1 : (stages.places.get(row.stage) ?? -1);
		const reached = stages.rules.filter((rule, n) => isTrue(row[`holds${n}`]) && rule.place > now).at(-1);
		if (reached !== undefined) {
			moves.push({ profile: row.profile, model: '', kind: 'stage', from: row.stage, to: reached.name, cause: causeOf(row.profile), why: JSON.stringify(`rule of the stage "${reached.name}"`) });
		}
		const at = reached?.place ?? now;
		const instants = stages.rules.flatMap((rule, n) => (rule.place > at && typeof row[`next${n}`] === 'number' ? [row[`next${n}`] as number] : []));
		const next = instants.length === 0 ? null : Math.min(...instants);
		if (next !== null && next !== row.due_at) due.push({ profile: row.profile, due: next });
		if (next === null && row.due_at !== null) noLongerDue.push(row.profile);
	}
	await writeStages(tx, moves.map(({ profile, to }) => ({ profile, stage: to })));
	await writeChanges(tx, moves);
	await writeRechecks(tx, due, noLongerDue);
	return moves;
}

type Holding = { profile: number; stage: string | null; due_at: number | null } & Record<string, unknown>;

async function readHolding(tx: Tx, stages: KnownStages, profiles: readonly number[], totals: TotalsOfNow): Promise<Holding[]> {
	const columns: Array<RawBuilder<unknown>> = [sql`p.id as profile`, sql`st.stage`, sql`rc.due_at`];
	stages.rules.forEach(({ when }, n) => {
		columns.push(sql`${ruleSql(tx.dialect, when, tx.nowMs, 'p', { totals })} as ${sql.ref(`holds${n}`)}`);
		const next = nextChangeSql(tx.dialect, when, tx.nowMs, 'p');
		if (next !== null) columns.push(sql`${next} as ${sql.ref(`next${n}`)}`);
	});
	return await tx.all(
		sql<Holding>`select ${sql.join(columns)} from profile p left join stage st on st.profile = p.id left join stage_recheck rc on rc.profile = p.id
			where ${tx.dialect.anyOf(sql.ref('p.id'), profiles)} order by p.id`,
	);
}

/** The person now stands in this stage, since now. */
export async function writeStages(tx: Tx, people: readonly PlacedPerson[]): Promise<void> {
	if (people.length === 0) return;
	await tx.run(
		sql`insert into stage (profile, stage, since) select r.profile, r.stage, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})
			from ${tx.dialect.rows(people, { profile: 'integer', stage: 'text' }, 'r')} where true
			on conflict (profile) do update set stage = excluded.stage, since = excluded.since`,
	);
}

async function writeRechecks(tx: Tx, due: ReadonlyArray<{ profile: number; due: number }>, noLongerDue: readonly number[]): Promise<void> {
	if (noLongerDue.length > 0) await tx.run(sql`delete from stage_recheck where ${tx.dialect.anyOf(sql.ref('profile'), noLongerDue)}`);
	if (due.length === 0) return;
	await tx.run(
		sql`insert into stage_recheck (profile, due_at) select r.profile, r.due from ${tx.dialect.rows(due, { profile: 'integer', due: 'integer' }, 'r')} where true
			on conflict (profile) do update set due_at = excluded.due_at`,
	);
}

function isTrue(value: unknown): boolean {
	return value === true || value === 1;
}
