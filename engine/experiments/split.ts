import { sql } from 'kysely';

import { allowNew, gone, openVisits, passed, remember, type Visit } from '../journeys';
import type { StepRef, VisitItem } from '../journeys/types';
import type { Reader, Store, Tx } from '../store';
import { chancesOf } from './chances';
import { checkConfig } from './config';
import { drawOf, pathAt } from './draw';
import type { Chances } from './evidence';
import { readExperiment, writeExperiment, type Experiment, type StepKey } from './experiment';
import { addUnplaced, countPaths, matchPaths, readPaths, type Path } from './paths';
import type { SplitConfig, SplitResult } from './types';

/** A split as one execution sees it: the paths it has outputs for, and what is known of them. */
interface Drawing {
	experiment: Experiment;
	/** Path numbers of the outputs, in their order. */
	numbers: number[];
	chances: Chances;
	salt: string;
}

/**
 * Gives each person a path. The first pass draws by a hash of who they are, writes the assignment with the chances of that moment, and
 * remembers the choice; a replay goes by the memo, and whoever comes again by the assignment. The trail goes by the output's number of
 * then, where the person leaves by the path, which may have another place or name by now. Who has a path that there is no more is drawn again.
 */
export async function split(store: Store, step: StepRef, items: readonly VisitItem[], config: SplitConfig): Promise<SplitResult[]> {
	checkConfig(config);
	return await store.tx('split', async (tx) => {
		const visits = await openVisits(tx, step, items);
		const fresh = await allowNew(tx, step, visits);
		const drawing = await prepare(tx, step, config);
		const paths = await assign(tx, step, drawing, fresh);
		await remember(tx, step, fresh.map((visit) => {
			const path = paths.get(visit.item.index) ?? 0;
			const output = drawing.numbers.indexOf(path);
			return { visit, kind: 'route', value: { output, name: nameAt(config, output), path }, output: nameAt(config, output) };
		}));
		const results = new Map<number, SplitResult>();
		for (const visit of visits) {
			const memo = visit.memo === null ? null : { path: Number(visit.memo.value.path), output: Number(visit.memo.value.output) };
			const path = memo?.path ?? paths.get(visit.item.index);
			if (path === undefined) continue;
			const place = placeOf(drawing, path, visit);
			results.set(visit.item.index, { ...passed(visit.item, step, memo?.output ?? place), output: place, name: nameAt(config, place) });
		}
		return items.map((item) => results.get(item.index) ?? gone(item));
	});
}

function nameAt(config: SplitConfig, place: number): string {
	return config.paths[place]?.name ?? '';
}

/** Where somebody with this path leaves; drawn among what there is when it was removed. */
function placeOf(drawing: Drawing, path: number, visit: Visit): number {
	const place = drawing.numbers.indexOf(path);
	return place >= 0 ? place : drawing.numbers.indexOf(drawn(drawing, subjectOf(drawing.experiment.config, visit.token), path));
}

/** Who had a path that was removed gets another draw: the first one lies in that path's part, so it is no draw among the others. */
function drawn({ chances, salt }: Drawing, subject: string, removed?: number): number {
	return pathAt(chances, drawOf(salt, removed === undefined ? subject : `${subject} after ${removed}`));
}

function subjectOf({ unit }: SplitConfig, { profile, enrollment }: { profile: number; enrollment: number }): string {
	return unit === 'person' ? `person ${profile}` : `run ${enrollment}`;
}

async function prepare(tx: Tx, step: StepRef, config: SplitConfig): Promise<Drawing> {
	// Without a lock: what the leader registers while a batch passes counts from the next batch on.
	const known = await readExperiment(tx, step);
	const { experiment, paths } = known === undefined ? await writeExperiment(tx, step, config) : { experiment: known, paths: await readPaths(tx, step) };
	const matched = matchPaths(paths, config.paths.map(({ name }) => name));
	await addUnplaced(tx, step, matched);
	return drawingOf(experiment, config, matched.map(({ path }) => path), paths);
}

function drawingOf(experiment: Experiment, config: SplitConfig, numbers: number[], paths: readonly Path[]): Drawing {
	// Outputs and their parts are the execution's; what is measured, and whom a path belongs to, is the published step's.
	const own = config.salt ?? `${experiment.workflow}:${experiment.step}`;
	return { experiment, numbers, chances: chancesOf({ ...experiment, config }, numbers, paths), salt: experiment.round === 1 ? own : `${own}:${experiment.round}` };
}

/** The path of each fresh visit, by the item's index. Four statements for any number of people; their profiles are locked. */
async function assign(tx: Tx, step: StepKey, drawing: Drawing, fresh: readonly Visit[]): Promise<Map<number, number>> {
	if (fresh.length === 0) return new Map();
	const { experiment, numbers, chances } = drawing;
	const { config } = experiment;
	const keyOf = ({ token }: Visit): number => (config.unit === 'person' ? token.profile : token.enrollment);
	const known = await keptPaths(tx, step, experiment, [...new Set(fresh.map(keyOf))]);
	const paths = new Map([...known].filter(([, path]) => numbers.includes(path)));
	const assigned = new Map<number, { key: number; enrollment: number; profile: number; path: number }>();
	for (const visit of fresh) {
		const key = keyOf(visit);
		if (paths.has(key)) continue;
		const path = drawn(drawing, subjectOf(config, visit.token), known.get(key));
		paths.set(key, path);
		assigned.set(key, { key, enrollment: visit.token.enrollment, profile: visit.token.profile, path });
	}
	await writeAssignments(tx, step, experiment, chances, [...assigned.values()]);
	return new Map(fresh.map((visit) => [visit.item.index, paths.get(keyOf(visit)) ?? 0]));
}

/** Key column by unit; bound to the index of its own. */
const KEYS = { person: sql.ref('person'), enrollment: sql.ref('run') } as const;

async function keptPaths(reader: Reader, { workflow, step }: StepKey, { config, round }: Experiment, keys: readonly number[]): Promise<Map<number, number>> {
	const key = KEYS[config.unit];
	const rows = await reader.all<{ key: number; path: number }>(sql<{ key: number; path: number }>`select ${key} as key, path from assignment
		where workflow = ${workflow} and step = ${step} and ${reader.dialect.anyOf(key, keys)} and round = ${round}`);
	return new Map(rows.map((row) => [row.key, row.path]));
}

/** Test people are no evidence: their days last minutes, and somebody clicks for them. Nor are those who are held out: no path sends them anything. */
async function writeAssignments(tx: Tx, { workflow, step }: StepKey, { config, round }: Experiment, chances: Chances, people: ReadonlyArray<{ key: number; enrollment: number; profile: number; path: number }>): Promise<void> {
	if (people.length === 0) return;
	const key = KEYS[config.unit];
	const apart = new Set((await tx.all<{ id: number }>(sql<{ id: number }>`select e.id from enrollment e join profile p on p.id = e.profile
		where ${tx.dialect.anyOf(sql.ref('e.id'), people.map(({ enrollment }) => enrollment))} and (p.is_test = 1 or e.holdout = 1)`)).map(({ id }) => id));
	const maturesAt = config.windowMs === undefined || config.mode === 'percentages' ? null : tx.nowMs + Math.round(config.windowMs);
	const rows = people.map((one) => ({ ...one, matures: apart.has(one.enrollment) ? null : maturesAt }));
	await tx.run(sql`insert into assignment (workflow, step, round, enrollment, profile, ${key}, path, chances, assigned_at, matures_at)
		select ${workflow}, ${step}, ${round}, r.enrollment, r.profile, r.key, r.path, ${config.mode === 'percentages' ? null : tx.dialect.json(chances)}, ${tx.nowMs}, r.matures
		from ${tx.dialect.rows(rows, { key: 'integer', enrollment: 'integer', profile: 'integer', path: 'integer', matures: 'integer' }, 'r')} where true
		on conflict (workflow, step, ${key}) where ${key} is not null do update set round = excluded.round, enrollment = excluded.enrollment, profile = excluded.profile, path = excluded.path,
			chances = excluded.chances, assigned_at = excluded.assigned_at, matures_at = excluded.matures_at, outcome = null, matured_at = null`);
	const counts = new Map<number, { people: number }>();
	for (const { enrollment, path } of people) if (!apart.has(enrollment)) counts.set(path, { people: (counts.get(path)?.people ?? 0) + 1 });
	await countPaths(tx, { workflow, step }, counts);
}

/** What split() would give, for manual runs and people of no journey. A stranger is drawn as nobody in particular. */
export async function preview(reader: Reader, step: StepKey, profiles: ReadonlyArray<number | null>, config: SplitConfig): Promise<Array<{ output: number; name: string }>> {
	checkConfig(config);
	const experiment = (await readExperiment(reader, step)) ?? { ...step, name: '', config, round: 1, since: reader.nowMs, wagers: {}, winner: null, winner_at: null, factor_winners: null };
	const paths = await readPaths(reader, step);
	const drawing = drawingOf(experiment, config, matchPaths(paths, config.paths.map(({ name }) => name)).map(({ path }) => path), paths);
	const people = [...new Set(profiles)].filter((profile) => profile !== null);
	const kept = config.unit === 'person' && people.length > 0 ? await keptPaths(reader, step, experiment, people) : new Map<number, number>();
	return profiles.map((profile) => {
		const path = profile === null ? undefined : kept.get(profile);
		const place = path === undefined ? -1 : drawing.numbers.indexOf(path);
		const output = place >= 0 ? place : drawing.numbers.indexOf(drawn(drawing, `person ${profile ?? ''}`, path));
		return { output, name: nameAt(config, output) };
	});
}
