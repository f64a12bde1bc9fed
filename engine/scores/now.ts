import { sql, type RawBuilder } from 'kysely';

import type { AskTotals, PeopleAsked } from '../segments';
import type { Reader } from '../store';
import { Books, borrowsOtherwise, type Book, type KnownModel } from './book';
import { comparedTotals } from './borrowed';
import { viewOf } from './explain';
import { readFacts } from './facts';
import { fades } from './points';
import type { ScoreView } from './types';
import { isUnreached, readBuilds, type Build } from './unreached';

/**
 * Scores of now beside the stored ones. A stored total is rewritten where a level or a watched total is reached (crossing.ts), so that a
 * million fading scores cost nothing while they fade; in between it is that of an earlier instant. Reads only.
 */
const BATCH = 500;
/** A list of totals that no model watches all of. */
const ANY = [Number.NaN];

interface Doubtful {
	model: KnownModel;
	build: Build | undefined;
	/** Anybody for whom a fading rule counts. Else only those whose appointment is past. */
	faded: boolean;
	/** Whom a changed model has not reached, as well. */
	unreached: boolean;
}

interface Row {
	profile: number;
	model: string;
	value: number;
	parts: string;
	due_at: number | null;
	version: number;
}

/** For segments (segments/totals.ts): at most four statements, and one a model and 500 people whose total is in doubt. */
export function totalsAsker(books: Books): AskTotals {
	return async (reader, rules, people, occasion) => {
		const compared = comparedTotals(rules);
		return compared.size === 0 ? new Map() : totalsOf(reader, await books.read(reader), compared, people, occasion);
	};
}

/** The same for those who have no book at hand: it is read anew each time that a score is asked for. */
export const askTotals: AskTotals = (...asked) => totalsAsker(new Books())(...asked);

/** Model -> profile -> total of now, where it is not the stored one; `compared`: model -> totals it is compared with, in hundredths. */
export async function totalsOf(reader: Reader, book: Book, compared: ReadonlyMap<string, ReadonlySet<number>>, people: PeopleAsked, occasion: 'ask' | 'follow'): Promise<Map<string, Map<number, number>>> {
	const totals = new Map<string, Map<number, number>>();
	for (const [name, { views, stored }] of await rescored(reader, book, new Map([...compared].map(([name, of]) => [name, [...of]])), people, occasion)) {
		totals.set(name, new Map(views.filter(({ profile, total }) => stored.get(profile) !== total).map(({ profile, total }) => [profile, total])));
	}
	return totals;
}

/** A score as people are shown it. */
export interface CurrentScore {
	model: string;
	value: number;
	fit: number;
	engagement: number;
	grade: string;
	bucket: string;
	/** When it was stored; now, when that is out of date. */
	updatedAtMs: number;
}

/** Scores of these people as of now, by model; at most four statements, and one a model and 500 people. */
export async function currentScores(reader: Reader, book: Book, profiles: readonly number[]): Promise<Map<number, CurrentScore[]>> {
	const mine = reader.dialect.anyOf(sql.ref('profile'), profiles);
	const rows = await reader.all(
		sql<Omit<CurrentScore, 'updatedAtMs'> & { profile: number; updated_at: number }>`select profile, model, value, fit, engagement, grade, bucket, updated_at from score where ${mine}`,
	);
	const byModel = new Map<string, Map<number, CurrentScore>>();
	const put = (profile: number, score: CurrentScore): void => {
		const of = byModel.get(score.model) ?? new Map<number, CurrentScore>();
		const stored = of.get(profile);
		if (stored?.value !== score.value || stored.fit !== score.fit || stored.grade !== score.grade || stored.bucket !== score.bucket) of.set(profile, score);
		byModel.set(score.model, of);
	};
	for (const { profile, updated_at: updatedAtMs, ...score } of rows) put(profile, { ...score, updatedAtMs });
	const all = new Map(book.models.map(({ name }) => [name, ANY]));
	for (const { views } of (await rescored(reader, book, all, profiles, 'ask')).values()) {
		for (const { profile, model, total: value, fit, engagement, grade, bucket } of views) put(profile, { model, value, fit, engagement, grade, bucket, updatedAtMs: reader.nowMs });
	}
	const current = new Map(profiles.map((profile): [number, CurrentScore[]] => [profile, []]));
	for (const { name } of book.models) for (const [profile, score] of byModel.get(name) ?? []) current.get(profile)?.push(score);
	return current;
}

async function rescored(reader: Reader, book: Book, compared: ReadonlyMap<string, readonly number[]>, people: PeopleAsked, occasion: 'ask' | 'follow'): Promise<Map<string, { views: ScoreView[]; stored: Map<number, number> }>> {
	const found = new Map<string, { views: ScoreView[]; stored: Map<number, number> }>();
	const models = book.models.filter((model) => compared.has(model.name) && (occasion === 'ask' || (model.rules.some(fades) && !borrowsOtherwise(model))));
	if (models.length === 0 || (Array.isArray(people) && people.length === 0)) return found;
	const builds = await readBuilds(reader);
	const doubtful = models
		.map((model) => doubtOf(model, builds.get(model.name), compared.get(model.name) ?? ANY, occasion))
		.filter(({ faded, unreached }) => faded || unreached || occasion === 'ask');
	if (doubtful.length === 0) return found;
	const rows = new Map(doubtful.map(({ model }): [string, Row[]] => [model.name, []]));
	for (const row of await readRows(reader, doubtful, people)) rows.get(row.model)?.push(row);
	for (const doubt of doubtful) {
		const { model, build } = doubt;
		const stored = rows.get(model.name) ?? [];
		const fading = new Set(model.rules.filter(fades).map(({ rule }) => rule.name));
		const whom = new Set(
			stored.filter((row) => isDue(row, reader.nowMs) || (doubt.faded && hasPartOf(row, fading)))
				.filter((row) => occasion === 'ask' || !isUnreached(build, row.profile, row.version)).map(({ profile }) => profile),
		);
		if (doubt.unreached) for (const profile of await inReach(reader, doubt, people)) whom.add(profile);
		const views: ScoreView[] = [];
		const ids = [...whom];
		for (let from = 0; from < ids.length; from += BATCH) {
			for (const facts of await readFacts(reader, model.rules, ids.slice(from, from + BATCH))) views.push(viewOf(model, facts, reader.nowMs));
		}
		if (views.length > 0) found.set(model.name, { views, stored: new Map(stored.map(({ profile, value }) => [profile, value])) });
	}
	return found;
}

function doubtOf(model: KnownModel, build: Build | undefined, compared: readonly number[], occasion: 'ask' | 'follow'): Doubtful {
	// As long as the build that a new comparison causes is on its way, stored totals have passed it unseen.
	const watched = build === undefined && model.follows === model.followsNow && compared.every((total) => model.levels.watched.includes(total));
	const changed = borrowsOtherwise(model) || (build !== undefined && build.version > 0);
	return { model, build, faded: model.rules.some(fades) && !watched, unreached: occasion === 'ask' && changed };
}

async function readRows(reader: Reader, doubtful: readonly Doubtful[], people: PeopleAsked): Promise<Row[]> {
	const due = sql<boolean>`due_at <= ${reader.nowMs}`;
	const which = doubtful.map(({ model, faded }) => (faded ? sql<boolean>`model = ${model.name}` : sql<boolean>`(model = ${model.name} and ${due})`));
	return await reader.all(sql<Row>`select profile, model, value, parts, due_at, version from score where ${among(reader, sql.ref('profile'), people)} and (${sql.join(which, sql` or `)}) order by profile`);
}

/** Everybody whom a build has not come to; all when it has not begun. */
async function inReach(reader: Reader, { model, build }: Doubtful, people: PeopleAsked): Promise<number[]> {
	const ahead = build === undefined || borrowsOtherwise(model) ? sql<boolean>`true` : sql<boolean>`id > ${build.cursor} and id <= ${build.last_id}`;
	return (await reader.all(sql<{ id: number }>`select id from profile where ${among(reader, sql.ref('id'), people)} and ${ahead} order by id`)).map(({ id }) => id);
}

function among(reader: Reader, column: RawBuilder<unknown>, people: PeopleAsked): RawBuilder<boolean> {
	return 'from' in people ? sql<boolean>`${column} between ${people.from} and ${people.to}` : reader.dialect.anyOf(column, people);
}

function isDue({ due_at: dueAt }: Row, nowMs: number): boolean {
	return dueAt !== null && dueAt <= nowMs;
}

/** Whether a fading rule gave something when the score was stored; one that gave nothing then gives nothing by time alone. */
function hasPartOf({ parts }: Row, rules: ReadonlySet<string>): boolean {
	return (JSON.parse(parts) as Array<[string, ...unknown[]]>).some(([rule]) => rules.has(rule));
}
