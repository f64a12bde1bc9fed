import { sql } from 'kysely';

import { lockProfiles } from '../profiles';
import type { ProfileChange, Refreshed, SegmentTracker } from '../segments';
import type { Store, Tx } from '../store';
import type { Book, Books, KnownModel } from './book';
import { concernedBy, isEmpty } from './reach';
import { scorePeople, type ScoreLook } from './score-people';
import { moveByRules } from './stage-rules';
import type { ChangeCause, ScoreReactions } from './types';
import { asChanged, type KeptChange } from './write';

const BATCH = 500;
const NO_CHANGE = { created: new Set<number>(), events: new Map<string, Set<number>>(), attributes: new Map<string, Set<number>>() };

export interface FollowDeps {
	store: Store;
	books: Books;
	segments: SegmentTracker;
	reactions: ScoreReactions;
}

/**
 * Scores follow people first, then stages, then segments, each within the transaction that changed the people: a stage may ask for
 * scores and a segment for both, but never the other way round.
 */
export class Follower implements SegmentTracker {
	constructor(private readonly deps: FollowDeps) {}

	async refresh(tx: Tx, change: ProfileChange): Promise<Refreshed> {
		if (isEmpty(change)) return await this.deps.segments.refresh(tx, change);
		const book = await this.deps.books.forChange(tx);
		const looks = book.models.map((model) => ({ model, profiles: concernedBy(model.reach, change) }));
		return await this.follow(tx, book, looks, change, (change.looked?.size ?? 0) > 0 ? 'merge' : 'change');
	}

	/** As refresh, for a change that segments have followed already: they hear only of what it did to scores and stages. */
	async refreshScores(tx: Tx, change: ProfileChange): Promise<Refreshed> {
		const book = await this.deps.books.forChange(tx);
		const scored = await scorePeople(tx, book.models.map((model) => ({ model, profiles: concernedBy(model.reach, change) })), 'change');
		const risen = book.stages.rules.length === 0 ? [] : await moveByRules(tx, book.stages, concernedBy(book.stages.reach, { ...change, scores: scored.moved }), 'change');
		return await this.tell(tx, { ...NO_CHANGE, historical: change.historical, scores: scored.moved }, [...scored.changes, ...risen]);
	}

	/** Scores these people, and lets stages, journeys and segments follow, together with whatever else has changed. */
	async follow(tx: Tx, { stages }: Book, looks: readonly ScoreLook[], change: ProfileChange, cause: ChangeCause): Promise<Refreshed> {
		const scored = await scorePeople(tx, looks, cause);
		const followed = { ...change, scores: joined(change.scores, scored.moved) };
		const risen = stages.rules.length === 0 ? [] : await moveByRules(tx, stages, concernedBy(stages.reach, followed), cause);
		return await this.tell(tx, followed, [...scored.changes, ...risen]);
	}

	/** Journeys hear of levels that changed; segments of them and of whatever else did. */
	private async tell(tx: Tx, change: ProfileChange, changes: readonly KeptChange[]): Promise<Refreshed> {
		const { historical } = change;
		const isHistorical = typeof historical === 'boolean' ? () => historical : historical;
		const entered = changes.length === 0 ? 0 : (await this.deps.reactions.levelsChanged(tx, asChanged(changes, isHistorical))).entered;
		const staged = new Set(changes.filter(({ kind }) => kind === 'stage').map(({ profile }) => profile));
		const refreshed = await this.deps.segments.refresh(tx, { ...change, scores: joined(change.scores, new Map(staged.size === 0 ? [] : [['', staged]])) });
		return { ...refreshed, journeyEntries: refreshed.journeyEntries + entered };
	}

	async recheckDue(limit: number): Promise<number> {
		let handled = await this.batches(limit, 'score', (most) => this.recheckScores(most));
		handled += await this.batches(limit - handled, 'stage_recheck', (most) => this.recheckStages(most));
		return handled + (await this.deps.segments.recheckDue(limit - handled));
	}

	private async batches(limit: number, table: 'score' | 'stage_recheck', batch: (most: number) => Promise<number>): Promise<number> {
		let handled = 0;
		while (handled < limit) {
			// Looked up by a reader first: asking every second must not take the writer's turn when nothing is due.
			const due = await this.deps.store.read((reader) => reader.first(sql`select 1 as due from ${sql.table(table)} where due_at <= ${reader.nowMs} limit 1`));
			if (due === undefined) break;
			const count = await batch(Math.min(BATCH, limit - handled));
			if (count === 0) break;
			handled += count;
		}
		return handled;
	}

	private recheckScores(most: number): Promise<number> {
		return this.deps.store.tx('score-recheck', async (tx) => {
			const due = await tx.all(
				sql<{ profile: number; model: string }>`select profile, model from score where due_at <= ${tx.nowMs} order by due_at, profile, model limit ${sql.lit(most)}`,
			);
			if (due.length === 0) return 0;
			// Another process may do the same people: it waits here, then finds nothing left to change.
			await lockProfiles(tx, new Set(due.map(({ profile }) => profile)));
			const book = await this.deps.books.forChange(tx);
			await this.follow(tx, book, looksOf(due, new Map(book.models.map((model) => [model.name, model]))), { ...NO_CHANGE, historical: false }, 'time');
			// Whoever is gone by now is not scored, and must not be asked for again every second.
			await tx.run(sql`update score set due_at = null where due_at <= ${tx.nowMs} and ${tx.dialect.anyOf(sql.ref('profile'), due.map(({ profile }) => profile))}
				and not exists (select 1 from profile p where p.id = score.profile)`);
			return due.length;
		});
	}

	private recheckStages(most: number): Promise<number> {
		return this.deps.store.tx('stage-recheck', async (tx) => {
			const due = await tx.all(sql<{ profile: number }>`select profile from stage_recheck where due_at <= ${tx.nowMs} order by due_at, profile limit ${sql.lit(most)}`);
			if (due.length === 0) return 0;
			const profiles = due.map(({ profile }) => profile);
			await lockProfiles(tx, profiles);
			const { stages } = await this.deps.books.forChange(tx);
			const risen = await moveByRules(tx, stages, profiles, 'time');
			await tx.run(sql`delete from stage_recheck where due_at <= ${tx.nowMs} and ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
			await this.tellStages(tx, risen, () => false);
			return due.length;
		});
	}

	/** Journeys and segments follow stages that have changed by themselves. */
	async tellStages(tx: Tx, changes: readonly KeptChange[], historical: (profile: number) => boolean): Promise<void> {
		if (changes.length > 0) await this.tell(tx, { ...NO_CHANGE, historical }, changes);
	}
}

function looksOf(due: ReadonlyArray<{ profile: number; model: string }>, models: ReadonlyMap<string, KnownModel>): ScoreLook[] {
	const looks = new Map<string, { model: KnownModel; profiles: number[] }>();
	for (const { profile, model: name } of due) {
		const model = models.get(name);
		if (model === undefined) continue;
		const look = looks.get(name);
		if (look === undefined) looks.set(name, { model, profiles: [profile] });
		else look.profiles.push(profile);
	}
	return [...looks.values()];
}

function joined(one: ProfileChange['scores'], other: ReadonlyMap<string, ReadonlySet<number>>): ReadonlyMap<string, ReadonlySet<number>> {
	const all = new Map<string, Set<number>>();
	for (const map of [one, other]) for (const [name, people] of map ?? []) all.set(name, new Set([...(all.get(name) ?? []), ...people]));
	return all;
}
