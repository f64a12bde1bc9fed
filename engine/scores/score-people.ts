import { sql } from 'kysely';

import type { Tx } from '../store';
import { borrowsOtherwise, type KnownModel } from './book';
import { nextCrossing } from './crossing';
import { readFacts, type PersonFacts } from './facts';
import { bucketOf, gradeOf, type Sums } from './levels';
import type { Part } from './points';
import type { ChangeCause, LevelKind } from './types';
import { isUnreached, type Build } from './unreached';
import { writeChanges, writeScores, type KeptChange, type ScoreRow } from './write';

/** People to be scored by one model. The caller has locked them. */
export interface ScoreLook {
	model: KnownModel;
	profiles: readonly number[];
}

/** By which version people are scored, and why. */
export interface Occasion {
	/** Of the book. */
	version: number;
	builds: ReadonlyMap<string, Build>;
	causeOf(profile: number): ChangeCause;
}

export interface Scored {
	/** Model -> whose total, fit, engagement, bucket or grade is another than before, by what happened. */
	moved: Map<string, Set<number>>;
	/** The same of those whom a changed model has moved, or may have. */
	movedByModel: Map<string, Set<number>>;
	changes: KeptChange[];
}

/** [rule, hundredths, occurrences, newest], for rules that give something; text, so that it compares as a whole. */
type KeptPart = [rule: string, hundredths: number, occurrences: number, lastAtMs: number | null];

const MOST_REASONS = 5;

/**
 * Scores these people and keeps what changed: one statement a model, then at most three for all of them. Only differences are
 * written, and each change of a level leaves one row of history, since the people are locked.
 */
export async function scorePeople(tx: Tx, looks: readonly ScoreLook[], { version, builds, causeOf }: Occasion): Promise<Scored> {
	const wanted = looks.filter(({ profiles }) => profiles.length > 0);
	const scored: Scored = { moved: new Map(), movedByModel: new Map(), changes: [] };
	if (wanted.length === 0) return scored;
	const before = await readStored(tx, wanted);
	const rows: ScoreRow[] = [];
	for (const { model, profiles } of wanted) {
		const build = builds.get(model.name);
		// A segment that it borrows has been changed, and the build of that is about to be noticed.
		const isOutOfDate = borrowsOtherwise(model);
		for (const facts of await readFacts(tx, model.rules, profiles)) {
			const row: ScoreRow = { ...rowOf(model, facts, tx.nowMs), version };
			const old = before.get(`${model.name}\n${facts.profile}`);
			const asked = causeOf(facts.profile);
			const overtakes = asked !== 'model' && isUnreached(build, facts.profile, old?.version ?? null);
			const cause = overtakes || isOutOfDate ? 'model' : asked;
			if (old !== undefined && isSame(old, row) && !overtakes) continue;
			rows.push(row);
			if (old === undefined || hasMoved(old, row)) note(cause === 'model' ? scored.movedByModel : scored.moved, model.name, row.profile);
			scored.changes.push(...changesOf(model, old, row, cause));
		}
	}
	await writeScores(tx, rows);
	await writeChanges(tx, scored.changes);
	return scored;
}

async function readStored(tx: Tx, looks: readonly ScoreLook[]): Promise<Map<string, ScoreRow>> {
	const people = [...new Set(looks.flatMap(({ profiles }) => profiles))];
	const rows = await tx.all(
		sql<ScoreRow>`select profile, model, value, fit, engagement, grade, bucket, parts, due_at, version from score
			where ${tx.dialect.anyOf(sql.ref('profile'), people)} and ${tx.dialect.anyOf(sql.ref('model'), looks.map(({ model }) => model.name))}`,
	);
	return new Map(rows.map((row) => [`${row.model}\n${row.profile}`, row]));
}

export function sumsAt(parts: readonly Part[], atMs: number): Sums {
	const sums: Sums = { fit: 0, engagement: 0 };
	for (const part of parts) sums[part.known.rule.group] += part.hundredthsAt(atMs);
	return sums;
}

/** When to look again though nothing happens; null: never. */
export function nextLook(model: KnownModel, { parts, conditionChangesAtMs }: PersonFacts, nowMs: number): number | null {
	const until = conditionChangesAtMs ?? Number.POSITIVE_INFINITY;
	return nextCrossing(parts, model.levels, nowMs, until - 1) ?? conditionChangesAtMs;
}

function note(moved: Map<string, Set<number>>, model: string, profile: number): void {
	const people = moved.get(model);
	if (people === undefined) moved.set(model, new Set([profile]));
	else people.add(profile);
}

function rowOf(model: KnownModel, facts: PersonFacts, nowMs: number): Omit<ScoreRow, 'version'> {
	const sums = sumsAt(facts.parts, nowMs);
	const parts: KeptPart[] = [];
	for (const part of facts.parts) {
		const given = part.hundredthsAt(nowMs);
		if (given !== 0) parts.push([part.known.rule.name, given, part.occurrencesAt(nowMs), part.lastAtMs]);
	}
	return {
		profile: facts.profile, model: model.name, value: (sums.fit + sums.engagement) / 100, fit: sums.fit / 100, engagement: sums.engagement / 100,
		grade: gradeOf(model.levels, sums), bucket: bucketOf(model.levels, sums), parts: JSON.stringify(parts), due_at: nextLook(model, facts, nowMs),
	};
}

function isSame(old: ScoreRow, row: ScoreRow): boolean {
	return !hasMoved(old, row) && old.parts === row.parts && old.due_at === row.due_at;
}

function hasMoved(old: ScoreRow, row: ScoreRow): boolean {
	return old.value !== row.value || old.fit !== row.fit || old.engagement !== row.engagement || old.bucket !== row.bucket || old.grade !== row.grade;
}

function changesOf(model: KnownModel, old: ScoreRow | undefined, row: ScoreRow, cause: ChangeCause): KeptChange[] {
	const changes: KeptChange[] = [];
	for (const kind of ['bucket', 'grade'] as const) {
		if (old?.[kind] === row[kind]) continue;
		const why = reasons(old?.parts ?? '[]', row.parts, decisive(model, kind));
		// Where somebody new begins for whom no rule has given anything is no change: "becomes cold" must not take in everyone who
		// ever signs up, nor a new model write two rows of history for each of a million people.
		if (old === undefined && why.length === 0) continue;
		changes.push({ profile: row.profile, model: row.model, kind, from: old?.[kind] ?? null, to: row[kind], cause, why: JSON.stringify(why) });
	}
	return changes;
}

/** Whether a rule has a say in this level. One that the model has no more had it, as far as is known. */
function decisive({ model: { rules, bucketBy } }: KnownModel, kind: Exclude<LevelKind, 'stage'>): (rule: string) => boolean {
	const group = kind === 'grade' ? 'fit' : bucketBy === 'engagement' ? 'engagement' : null;
	const others = new Set(rules.filter((rule) => group !== null && rule.group !== group).map(({ name }) => name));
	return (rule) => !others.has(rule);
}

/** The rules whose points changed most. */
function reasons(before: string, after: string, counts: (rule: string) => boolean): Array<{ rule: string; points: number }> {
	const change = new Map<string, number>();
	for (const [rule, hundredths] of JSON.parse(after) as KeptPart[]) change.set(rule, hundredths);
	for (const [rule, hundredths] of JSON.parse(before) as KeptPart[]) change.set(rule, (change.get(rule) ?? 0) - hundredths);
	return [...change]
		.filter(([rule, hundredths]) => hundredths !== 0 && counts(rule))
		.sort(([a, x], [b, y]) => Math.abs(y) - Math.abs(x) || (a < b ? -1 : 1))
		.slice(0, MOST_REASONS)
		.map(([rule, hundredths]) => ({ rule, points: hundredths / 100 }));
}
