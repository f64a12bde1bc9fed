import { sql } from 'kysely';

import type { Reader, Tx } from '../store';
import type { Evidence, Tally } from './evidence';

/** A path as it is kept. `place`: its output, null where it was removed. */
export interface Path extends Tally {
	path: number;
	name: string;
	place: number | null;
	people: number;
}

export async function readPaths(reader: Reader, step: { workflow: string; step: string }): Promise<Path[]> {
	return await reader.all<Path>(sql<Path>`select path, name, place, people, matured, conversions from experiment_path where workflow = ${step.workflow} and step = ${step.step} order by path`);
}

export function talliesOf(paths: readonly Path[]): Evidence['tallies'] {
	return new Map(paths.map(({ path, matured, conversions }) => [path, { matured, conversions }]));
}

/**
 * Which kept path each name means: the one of that name, else, where the other names are the same at the same places, the one that was renamed.
 * Names that are new get the next numbers.
 */
export function matchPaths(kept: readonly Path[], names: readonly string[]): Array<{ path: number; name: string; isNew: boolean }> {
	const current = kept.filter(({ place }) => place !== null);
	const byName = new Map(kept.map((path) => [path.name, path]));
	const sameLength = current.length === names.length;
	let next = Math.max(0, ...kept.map(({ path }) => path)) + 1;
	return names.map((name, place) => {
		const same = byName.get(name);
		if (same !== undefined) return { path: same.path, name, isNew: false };
		const there = sameLength ? current.find((path) => path.place === place) : undefined;
		if (there !== undefined && !names.includes(there.name)) return { path: there.path, name, isNew: false };
		next += 1;
		return { path: next - 1, name, isNew: true };
	});
}

/** Writes the paths as a published step has them: others get nobody any more, and keep their figures. */
export async function writePaths(tx: Tx, step: { workflow: string; step: string }, matched: ReturnType<typeof matchPaths>): Promise<void> {
	await tx.run(sql`update experiment_path set place = null where workflow = ${step.workflow} and step = ${step.step} and place is not null`);
	await putPaths(tx, step, matched.map(({ path, name }, place) => ({ path, name, place })));
}

/** Of an execution that began with another version of the workflow: counted, but not among the outputs. */
export async function addUnplaced(tx: Tx, step: { workflow: string; step: string }, matched: ReturnType<typeof matchPaths>): Promise<void> {
	await putPaths(tx, step, matched.filter(({ isNew }) => isNew).map(({ path, name }) => ({ path, name, place: null })));
}

async function putPaths(tx: Tx, step: { workflow: string; step: string }, paths: ReadonlyArray<{ path: number; name: string; place: number | null }>): Promise<void> {
	if (paths.length === 0) return;
	await tx.run(sql`insert into experiment_path (workflow, step, path, name, place) select ${step.workflow}, ${step.step}, r.path, r.name, r.place
		from ${tx.dialect.rows(paths, { path: 'integer', name: 'text', place: 'integer' }, 'r')} where true
		on conflict (workflow, step, path) do update set name = excluded.name, place = excluded.place`);
}

/** Adds to what is counted of paths, in the order of their numbers: two processes that count the same ones never wait for each other in a circle. */
export async function countPaths(tx: Tx, step: { workflow: string; step: string }, counts: ReadonlyMap<number, { people?: number; matured?: number; conversions?: number }>): Promise<void> {
	if (counts.size === 0) return;
	const rows = [...counts].sort(([one], [other]) => one - other).map(([path, { people = 0, matured = 0, conversions = 0 }]) => ({ path, people, matured, conversions }));
	await tx.run(sql`insert into experiment_path (workflow, step, path, name, people, matured, conversions) select ${step.workflow}, ${step.step}, r.path, '', r.people, r.matured, r.conversions
		from ${tx.dialect.rows(rows, { path: 'integer', people: 'integer', matured: 'integer', conversions: 'integer' }, 'r')} where true
		on conflict (workflow, step, path) do update set people = experiment_path.people + excluded.people,
			matured = experiment_path.matured + excluded.matured, conversions = experiment_path.conversions + excluded.conversions`);
}
