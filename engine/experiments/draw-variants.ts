import { sql } from 'kysely';

import type { StepRef } from '../journeys/types';
import { isKeptAs } from '../kernel';
import type { Reader, Tx } from '../store';
import { configOf } from './check-variants';
import { appliedWinners, combinationsOf, variantChances, type Combination } from './combinations';
import { drawOf, pathAt } from './draw';
import type { Chances } from './evidence';
import { readExperiment, writeExperiment, type Experiment, type StepKey } from './experiment';
import { addUnplaced, countPaths, matchPaths, readPaths, type Path } from './paths';
import type { VariantTest } from './types';

/** A message that has no variant yet. */
export interface VariantWish {
	message: string;
	profile: number;
	/** null outside a journey. */
	enrollment: number | null;
}

interface Drawing {
	experiment: Experiment;
	combinations: Combination[];
	/** Paths of the combinations, in their order. */
	numbers: number[];
	chances: Chances;
	salt: string;
}

/** Who has which path of this round. */
type Kept = ReadonlyMap<number, number>;

/**
 * The variant of each message, by its id, in the words of combinationsOf(). Drawn by a hash of the step and the person, with the chances of that moment, and remembered
 * with the person: their later messages of this step are of the same variant, until a winner is sent to all. Whoever has one that was taken out since is drawn anew among
 * those that are left. The profiles are locked; the message is the caller's to write. Three to six statements for any number of people.
 */
export async function drawVariants(tx: Tx, step: StepRef, test: VariantTest, wishes: readonly VariantWish[]): Promise<Map<string, string>> {
	if (wishes.length === 0) return new Map();
	const drawing = await prepare(tx, step, test);
	const kept = await keptPaths(tx, drawing.experiment, [...new Set(wishes.map(({ profile }) => profile))]);
	const drawn = new Map<number, Wanted>();
	for (const wish of wishes) if (!drawn.has(wish.profile)) drawn.set(wish.profile, { ...wish, ...variantFor(drawing, kept, wish.profile) });
	await assign(tx, step, drawing, [...drawn.values()].filter(({ isNew }) => isNew));
	return new Map(wishes.map(({ message, profile }) => [message, labelOf(drawing, drawn.get(profile)?.path)]));
}

/** The same without writing anything: what each of these people has or would get now. null: somebody unknown. */
export async function previewVariants(reader: Reader, step: StepKey, test: VariantTest, profiles: ReadonlyArray<number | null>): Promise<string[]> {
	const config = configOf(test);
	const experiment = (await readExperiment(reader, step)) ?? { ...step, name: '', config, round: 1, since: reader.nowMs, wagers: {}, winner: null, winner_at: null, factor_winners: null };
	const drawing = drawingOf({ ...experiment, config }, await readPaths(reader, step));
	const known = [...new Set(profiles)].filter((profile) => profile !== null);
	const kept = known.length === 0 ? new Map<number, number>() : await keptPaths(reader, drawing.experiment, known);
	return profiles.map((profile) => labelOf(drawing, variantFor(drawing, kept, profile ?? 0).path));
}

interface Wanted extends VariantWish {
	path: number;
	/** Not what they had: evidence. */
	isNew: boolean;
}

async function prepare(tx: Tx, step: StepRef, test: VariantTest): Promise<Drawing> {
	const config = configOf(test);
	// Without a lock; a sender tells with each batch how it is set, so that nobody has to publish first.
	const known = await readExperiment(tx, step);
	const changed = known === undefined || !isKeptAs({ name: step.name, config }, { name: known.name, config: known.config });
	const { experiment, paths } = changed ? await writeExperiment(tx, step, config) : { experiment: known, paths: await readPaths(tx, step) };
	await addUnplaced(tx, step, matchPaths(paths, config.paths.map(({ name }) => name)));
	return drawingOf(experiment, paths);
}

function drawingOf(experiment: Experiment, paths: readonly Path[]): Drawing {
	const combinations = combinationsOf(experiment.config.factors ?? []);
	const numbers = matchPaths(paths, combinations.map(({ label }) => label)).map(({ path }) => path);
	const own = `${experiment.workflow}:${experiment.step}`;
	return { experiment, combinations, numbers, chances: variantChances(experiment, numbers), salt: experiment.round === 1 ? own : `${own}:${experiment.round}` };
}

function variantFor({ experiment, combinations, numbers, chances, salt }: Drawing, kept: Kept, profile: number): { path: number; isNew: boolean } {
	const had = kept.get(profile);
	const known = had === undefined ? undefined : combinations[numbers.indexOf(had)];
	if (known === undefined) return { path: pathAt(chances, drawOf(salt, had === undefined ? `person ${profile}` : `person ${profile} after ${had}`)), isNew: true };
	// Of a factor that has a winner they get that one, of the others what they had.
	const applied = appliedWinners(experiment, numbers);
	const places = known.places.map((place, n) => applied[n] ?? place);
	return { path: numbers[combinations.findIndex((one) => one.places.every((place, n) => place === places[n]))] ?? numbers[0] ?? 0, isNew: false };
}

function labelOf({ combinations, numbers }: Drawing, path: number | undefined): string {
	return combinations[numbers.indexOf(path ?? 0)]?.label ?? combinations[0]?.label ?? '';
}

async function keptPaths(reader: Reader, { workflow, step, round }: Pick<Experiment, 'workflow' | 'step' | 'round'>, profiles: readonly number[]): Promise<Kept> {
	const rows = await reader.all<{ person: number; path: number }>(sql<{ person: number; path: number }>`select person, path from assignment
		where workflow = ${workflow} and step = ${step} and ${reader.dialect.anyOf(sql.ref('person'), profiles)} and round = ${round}`);
	return new Map(rows.map(({ person, path }) => [Number(person), Number(path)]));
}

/** As Journey Split does it: test people and those who are held out are no evidence. */
async function assign(tx: Tx, { workflow, step }: StepKey, { experiment: { config, round }, chances }: Drawing, people: readonly Wanted[]): Promise<void> {
	if (people.length === 0) return;
	const asked = people.map(({ profile, enrollment }) => ({ profile, enrollment: enrollment ?? 0 }));
	const apart = new Set((await tx.all<{ profile: number }>(sql<{ profile: number }>`select r.profile from ${tx.dialect.rows(asked, { profile: 'integer', enrollment: 'integer' }, 'r')}
		join profile p on p.id = r.profile left join enrollment e on e.id = r.enrollment where p.is_test = 1 or coalesce(e.holdout, 0) = 1`)).map(({ profile }) => Number(profile)));
	const maturesAt = tx.nowMs + Math.round((config.windowMs ?? 0) + (config.heldMs ?? 0));
	const rows = people.map(({ message, profile, enrollment, path }) => ({ message, profile, enrollment: enrollment ?? 0, path, matures: apart.has(profile) ? null : maturesAt }));
	await tx.run(sql`insert into assignment (workflow, step, round, enrollment, profile, person, path, chances, assigned_at, matures_at, message)
		select ${workflow}, ${step}, ${round}, r.enrollment, r.profile, r.profile, r.path, ${tx.dialect.json(chances)}, ${tx.nowMs}, r.matures, r.message
		from ${tx.dialect.rows(rows, { message: 'text', profile: 'integer', enrollment: 'integer', path: 'integer', matures: 'integer' }, 'r')} where true
		on conflict (workflow, step, person) where person is not null do update set round = excluded.round, enrollment = excluded.enrollment, profile = excluded.profile, path = excluded.path,
			chances = excluded.chances, assigned_at = excluded.assigned_at, matures_at = excluded.matures_at, message = excluded.message, outcome = null, matured_at = null`);
	const counts = new Map<number, { people: number }>();
	for (const { path, profile } of people) if (!apart.has(profile)) counts.set(path, { people: (counts.get(path)?.people ?? 0) + 1 });
	await countPaths(tx, { workflow, step }, counts);
}
