import { sql } from 'kysely';

import type { Store, Tx } from '../store';
import { DEFAULT_ALPHA, DEFAULT_MINIMUM_PEOPLE } from './config';
import { learn, tallyOf, winnerOf, type Chances, type Evidence } from './evidence';
import { fromColumn, readExperiment, type StepKey } from './experiment';
import { convertedSql } from './metric-sql';
import { countPaths, readPaths, talliesOf } from './paths';

/** People a transaction: some hundredths of a second. */
const SLICE = 1000;

/**
 * Assigned -> matured, once its window is over: looks once whether the person converted, and adds them to what is known, in order of assignment.
 * Nothing is looked at again, so the cost follows the people, not the table. Answers with how many there were; more may be due.
 */
export async function matureDue(store: Store, slices: number): Promise<number> {
	let matured = 0;
	for (let slice = 0; slice < slices; ) {
		const due = await store.read((reader) => reader.all<StepKey>(sql<StepKey>`select e.workflow, e.step from experiment e where exists
			(select 1 from assignment a where a.workflow = e.workflow and a.step = e.step and a.matured_at is null and a.matures_at <= ${reader.nowMs}) order by e.workflow, e.step`));
		if (due.length === 0) return matured;
		for (const step of due) {
			matured += await store.tx('experiment-mature', (tx) => matureOf(tx, step));
			slice += 1;
		}
	}
	return matured;
}

interface Due {
	id: number;
	round: number;
	path: number;
	chances: Chances | string | null;
	converted: number | boolean;
}

/** Under the experiment's lock: two processes never add the same people, nor in another order. */
async function matureOf(tx: Tx, step: StepKey): Promise<number> {
	const experiment = await readExperiment(tx, step, true);
	if (experiment === undefined) return 0;
	const { config: { metric, alpha = DEFAULT_ALPHA, minimumPeople = DEFAULT_MINIMUM_PEOPLE }, round } = experiment;
	const waiting = sql`a.matured_at is null and a.matures_at <= ${tx.nowMs}`;
	// Locked first, read by a second statement: a merge that is under way may take one of two rows out of the count, and moves the events.
	const ids = await tx.all<{ id: number }>(sql<{ id: number }>`select a.id from assignment a where a.workflow = ${step.workflow} and a.step = ${step.step} and ${waiting}
		order by a.matures_at, a.id limit ${SLICE} ${tx.dialect.forUpdate}`);
	const due = ids.length === 0 ? [] : await tx.all<Due>(sql<Due>`select a.id, a.round, a.path, a.chances, ${metric === undefined ? sql`0` : sql`case when a.round = ${round} and ${convertedSql(tx.dialect, metric)} then 1 else 0 end`} as converted
		from assignment a where ${tx.dialect.anyOf(sql`a.id`, ids.map(({ id }) => id))} and ${waiting} order by a.matures_at, a.id`);
	if (due.length === 0) return 0;
	const paths = await readPaths(tx, step);
	const compared = paths.filter(({ place }) => place !== null).map(({ path }) => path);
	const evidence: Evidence = { tallies: talliesOf(paths), wagers: new Map(Object.entries(experiment.wagers)) };
	const before = new Map(evidence.tallies);
	let winner = experiment.winner;
	for (const { round: of, path, chances, converted } of due) {
		if (of !== round || chances === null) continue;
		learn(evidence, { path, chances: fromColumn<Chances>(chances), converted: converted === 1 });
		// After each person: what is found must not hang on how many come in a slice.
		winner ??= winnerOf(evidence, compared, { alpha, minimumPeople });
	}
	const rows = due.map(({ id, round: of, chances, converted }) => ({ id, outcome: of === round && chances !== null ? Number(converted) : null }));
	await tx.run(sql`update assignment set outcome = r.outcome, matured_at = ${tx.nowMs} from ${tx.dialect.rows(rows, { id: 'integer', outcome: 'integer' }, 'r')} where assignment.id = r.id`);
	const counts = [...evidence.tallies.keys()].map((path) => {
		const [now, then] = [tallyOf(evidence, path), before.get(path) ?? { matured: 0, conversions: 0 }];
		return [path, { matured: now.matured - then.matured, conversions: now.conversions - then.conversions }] as const;
	});
	await countPaths(tx, step, new Map(counts.filter(([, { matured }]) => matured > 0)));
	const found = winner === experiment.winner ? sql`` : sql`, winner = ${winner}, winner_at = ${tx.nowMs}`;
	await tx.run(sql`update experiment set wagers = ${tx.dialect.json(Object.fromEntries(evidence.wagers))}${found} where workflow = ${step.workflow} and step = ${step.step}`);
	return due.length;
}
