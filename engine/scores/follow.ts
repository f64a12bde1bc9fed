import { sql } from 'kysely';

import { lockProfiles } from '../profiles';
import type { ProfileChange, Refreshed, SegmentTracker } from '../segments';
import type { Store, Tx } from '../store';
import { STAGES_BUILD, type Book, type Books, type KnownModel } from './book';
import { wasHad } from './had';
import { concernedBy, isEmpty } from './reach';
import { scorePeople, type ScoreLook, type Scored } from './score-people';
import { moveByRules } from './stage-rules';
import type { ChangeCause, ScoreReactions } from './types';
import { isUnreached, readBuilds, type Build } from './unreached';
import { asChanged, type KeptChange } from './write';

const BATCH = 500;
const NO_CHANGE = { created: new Set<number>(), events: new Map<string, Set<number>>(), attributes: new Map<string, Set<number>>() };

/** Why whatever changes about a person changes now. */
type CauseOf = (profile: number) => ChangeCause;

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
		return await this.follow(tx, book, looks, change, (profile) => (change.looked?.has(profile) === true ? 'merge' : 'change'));
	}

	/** As refresh, for a change that segments have followed already: they hear only of what it did to scores and stages. */
	async refreshScores(tx: Tx, change: ProfileChange): Promise<Refreshed> {
		const book = await this.deps.books.forChange(tx);
		const looks = book.models.map((model) => ({ model, profiles: concernedBy(model.reach, change) }));
		const followed = await this.rate(tx, book, looks, change, () => 'change');
		return await this.tell(tx, { ...NO_CHANGE, historical: change.historical }, followed);
	}

	/** Scores these people, and lets stages, journeys and segments follow, together with whatever else has changed. */
	async follow(tx: Tx, book: Book, looks: readonly ScoreLook[], change: ProfileChange, causeOf: CauseOf): Promise<Refreshed> {
		return await this.tell(tx, change, await this.rate(tx, book, looks, change, causeOf));
	}

	/** Scores, then the stages that ask for them or for whatever else has changed. */
	private async rate(tx: Tx, book: Book, looks: readonly ScoreLook[], change: ProfileChange, causeOf: CauseOf): Promise<Scored> {
		if (book.models.length === 0 && book.stages.rules.length === 0) return { moved: new Map(), movedByModel: new Map(), changes: [] };
		const builds = await readBuilds(tx);
		const scored = await scorePeople(tx, looks, { version: book.version, builds, causeOf });
		if (book.stages.rules.length === 0) return scored;
		const byModel = new Set([...scored.movedByModel.values()].flatMap((people) => [...people]));
		const stageCause: CauseOf = (profile) => (byModel.has(profile) ? 'model' : causeOf(profile));
		const people = concernedBy(book.stages.reach, { ...change, scores: joined(joined(change.scores, scored.moved), scored.movedByModel) });
		const risen = await moveByRules(tx, book, people, this.inStages(book, builds, stageCause));
		return { ...scored, changes: [...scored.changes, ...risen] };
	}

	/** As isUnreached; stages keep no version, so whoever is not reached is not until the build comes by. */
	private inStages({ stages }: Book, builds: ReadonlyMap<string, Build>, causeOf: CauseOf): CauseOf {
		const build = builds.get(STAGES_BUILD);
		return (profile) => (stages.follows !== stages.followsNow || isUnreached(build, profile, null) ? 'model' : causeOf(profile));
	}

	/**
	 * Journeys hear of levels that changed; segments of them and of whatever else did. What comes of a changed model is told apart: it
	 * starts no journey, not even by way of a segment, while the event in the same transaction does.
	 */
	private async tell(tx: Tx, change: ProfileChange, { moved, movedByModel, changes }: Scored): Promise<Refreshed> {
		const { historical } = change;
		const isHistorical = typeof historical === 'boolean' ? () => historical : historical;
		const journeyEntries = changes.length === 0 ? 0 : (await this.deps.reactions.levelsChanged(tx, asChanged(changes, isHistorical).map((level) => (wasHad(tx, level) ? { ...level, historical: true } : level)))).entered;
		const live = await this.deps.segments.refresh(tx, { ...change, scores: joined(joined(change.scores, moved), staged(changes, (cause) => cause !== 'model')) });
		const silent = await this.deps.segments.refresh(tx, { ...NO_CHANGE, historical: true, scores: joined(movedByModel, staged(changes, (cause) => cause === 'model')) });
		return {
			entered: [...live.entered, ...silent.entered], left: [...live.left, ...silent.left],
			journeyEntries: journeyEntries + live.journeyEntries + silent.journeyEntries,
		};
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
			await this.follow(tx, book, looksOf(due, new Map(book.models.map((model) => [model.name, model]))), { ...NO_CHANGE, historical: false }, () => 'time');
			// Whoever is gone by now, or whose model is, is not scored, and must not be asked for again every second.
			await tx.run(sql`update score set due_at = null where due_at <= ${tx.nowMs} and ${tx.dialect.anyOf(sql.ref('profile'), due.map(({ profile }) => profile))}
				and (not exists (select 1 from profile p where p.id = score.profile) or not exists (select 1 from score_model m where m.name = score.model))`);
			return due.length;
		});
	}

	private recheckStages(most: number): Promise<number> {
		return this.deps.store.tx('stage-recheck', async (tx) => {
			const due = await tx.all(sql<{ profile: number }>`select profile from stage_recheck where due_at <= ${tx.nowMs} order by due_at, profile limit ${sql.lit(most)}`);
			if (due.length === 0) return 0;
			const profiles = due.map(({ profile }) => profile);
			await lockProfiles(tx, profiles);
			const book = await this.deps.books.forChange(tx);
			const risen = await moveByRules(tx, book, profiles, this.inStages(book, await readBuilds(tx), () => 'time'));
			await tx.run(sql`delete from stage_recheck where due_at <= ${tx.nowMs} and ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
			await this.tellStages(tx, risen, () => false);
			return due.length;
		});
	}

	/** Journeys and segments follow stages that have changed by themselves. */
	async tellStages(tx: Tx, changes: readonly KeptChange[], historical: (profile: number) => boolean): Promise<void> {
		if (changes.length > 0) await this.tell(tx, { ...NO_CHANGE, historical }, { moved: new Map(), movedByModel: new Map(), changes: [...changes] });
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

/** Whose stage has changed, as segments ask for it. */
function staged(changes: readonly KeptChange[], by: (cause: ChangeCause) => boolean): ReadonlyMap<string, ReadonlySet<number>> {
	const people = new Set(changes.filter(({ kind, cause }) => kind === 'stage' && by(cause)).map(({ profile }) => profile));
	return new Map(people.size === 0 ? [] : [['', people]]);
}

function joined(one: ProfileChange['scores'], other: ReadonlyMap<string, ReadonlySet<number>>): ReadonlyMap<string, ReadonlySet<number>> {
	const all = new Map<string, Set<number>>();
	for (const map of [one, other]) for (const [name, people] of map ?? []) all.set(name, new Set([...(all.get(name) ?? []), ...people]));
	return all;
}
