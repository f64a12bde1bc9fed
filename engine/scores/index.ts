import type { Reactions } from '../events';
import type { AuditWriter, IdentityRules } from '../profiles';
import type { AskTotals, SegmentTracker } from '../segments';
import type { Reader, Store, Tx } from '../store';
import { Books } from './book';
import { Builder } from './build';
import { explain, viewScores } from './explain';
import { Follower } from './follow';
import { forgetHistory, history } from './history';
import { listsMoved } from './lists';
import { createModels, modelIn } from './models';
import { currentScores, totalsAsker, type CurrentScore } from './now';
import { createStages } from './stages';
import type { ScoreReactions, ScoresApi } from './types';
import { peopleFinder, personIn } from './whose';

export type * from './types';
export type { CurrentScore } from './now';
export { readStageNames } from './book';
export { askTotals } from './now';
export { scoresKeeper } from './keeper';

export interface Scores extends ScoresApi {
	/** To be told of every change of people instead of the segments' own: scores and stages follow first, then segments. */
	readonly tracker: SegmentTracker;
	/** For segments: totals of now. */
	readonly totals: AskTotals;
	/** Scores of these people as of now, within a reader of the caller, by model; a constant number of statements a 500 people. */
	currentIn(reader: Reader, profiles: readonly number[]): Promise<Map<number, CurrentScore[]>>;
	/** Some of what moved may be static lists that rules of scores and stages ask for. Answers with the enrollments made. */
	listsMoved(tx: Tx, entries: Parameters<Reactions['segmentsEntered']>[1]): Promise<number>;
	/**
	 * Scores people for whom a model is being built, at most so many slices of 500; answers with how many. Call it every second or so.
	 * `between` is done after each slice: those whom time alone moves do not wait for a build.
	 */
	build(mostSlices: number, between?: () => Promise<unknown>): Promise<number>;
	/** Deletes history older than two years; answers with the number of rows. Call it now and then. */
	tidy(): Promise<number>;
}

/** Lead scores and stages. Throws BAD_INPUT, RULE_INVALID, NOT_FOUND, CONFLICT and the store's errors. */
export function createScores({ store, segments, reactions, identityOptions, audit }: { store: Store; segments: SegmentTracker; reactions: ScoreReactions; identityOptions?: IdentityRules; audit?: AuditWriter }): Scores {
	const findPeople = peopleFinder(identityOptions);
	const books = new Books();
	const follower = new Follower({ store, books, segments, reactions });
	const builder = new Builder({ store, books, follower });
	return {
		...createModels({ store, books, builder, audit }),
		...createStages({ store, books, builder, follower, findPeople, audit }),
		of: (name, profiles) => store.read(async (reader) => viewScores(reader, modelIn(await books.read(reader), name), profiles)),
		explain: (name, whose) => store.read(async (reader) => explain(reader, modelIn(await books.read(reader), name), await personIn(reader, findPeople, whose))),
		history: (filter) => store.read(async (reader) => history(reader, filter, filter.whose === undefined ? null : await personIn(reader, findPeople, filter.whose))),
		find: (whose) => store.read((reader) => findPeople(reader, whose)),
		tracker: { refresh: (tx, change) => follower.refresh(tx, change), recheckDue: (limit) => follower.recheckDue(limit) },
		totals: totalsAsker(books),
		currentIn: async (reader, profiles) => currentScores(reader, await books.read(reader), profiles),
		listsMoved: (tx, entries) => listsMoved(tx, { books, follower }, entries),
		build: (mostSlices, between) => builder.work(mostSlices, between),
		tidy: () => forgetHistory(store),
	};
}

/** What segments tell journeys, heard by scores as well; they are made after segments, since they tell segments in turn. */
export function heardByScores(reactions: Reactions, scores: () => Pick<Scores, 'listsMoved'>): Reactions {
	return {
		eventsStored: (tx, events) => reactions.eventsStored(tx, events),
		segmentsMoving: async (tx, profiles) => await reactions.segmentsMoving?.(tx, profiles),
		segmentsEntered: async (tx, entries) => ({ entered: (await reactions.segmentsEntered(tx, entries)).entered + (await scores().listsMoved(tx, entries)) }),
		segmentsLeft: async (tx, entries) => ({ entered: (await reactions.segmentsLeft(tx, entries)).entered + (await scores().listsMoved(tx, entries)) }),
	};
}
