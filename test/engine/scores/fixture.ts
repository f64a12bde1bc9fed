import { createEvents, type Events } from '../../../engine/events';
import { ManualClock } from '../../../engine/kernel';
import { createProfiles, type Profiles } from '../../../engine/profiles';
import { createScores, heardByScores, scoresKeeper, type ChangedLevel, type ScoreModel, type Scores } from '../../../engine/scores';
import { createSegments, segmentsKeeper, type Segments } from '../../../engine/segments';
import { eventsKeeper } from '../../../engine/events';
import type { Query, Store } from '../../../engine/store';
import { TEST_START_MS, testStore, type DatabaseKind } from '../databases';
import { Told } from '../events/fixture';

export const DAY_MS = 86_400_000;

export interface ScoreWorld {
	store: Store;
	clock: ManualClock;
	told: Told;
	/** What journeys were told of levels, in order. */
	levels: ChangedLevel[];
	events: Events;
	profiles: Profiles;
	segments: Segments;
	scores: Scores;
	rows<Row>(query: Query<Row>): Promise<Row[]>;
	/** An event of a user, so many milliseconds ago. */
	did(user: string, event: string, agoMs?: number, properties?: Record<string, number | string>): Promise<number>;
	is(user: string, traits: Record<string, number | string | null>): Promise<number>;
	/** Everything that is being built is built. */
	settle(): Promise<void>;
	close(): Promise<void>;
}

/** Profiles, events, segments and scores over a real database, as engine.ts puts them together. */
export async function openScores(kind: DatabaseKind, wrap: (store: Store) => Store = (store) => store): Promise<ScoreWorld> {
	const clock = new ManualClock(TEST_START_MS);
	const { store: opened, close } = await testStore(kind, clock);
	const store = wrap(opened);
	const told = new Told();
	const levels: ChangedLevel[] = [];
	const segments: Segments = createSegments({ store, reactions: heardByScores(told, () => scores), totals: (...asked) => scores.totals(...asked) });
	const scores: Scores = createScores({
		store, segments,
		reactions: {
			levelsChanged: async (_tx, changes) => {
				levels.push(...changes);
				return { entered: 0 };
			},
		},
	});
	const merging = { keepers: [eventsKeeper, segmentsKeeper, scoresKeeper] };
	const events = createEvents({ store, segments: scores.tracker, reactions: told, merging });
	const profiles = createProfiles({ store, segments: scores.tracker, merging, scores: (reader, ids) => scores.currentIn(reader, ids) });
	const one = (profile: number | null | undefined): number => {
		if (profile === null || profile === undefined) throw new Error('the message was refused');
		return profile;
	};
	return {
		store, clock, told, levels, segments, scores, events, profiles,
		rows: (query) => store.read((reader) => reader.all(query)),
		did: async (userId, event, agoMs = 0, properties = {}) =>
			one((await events.ingest([{ type: 'track', userId, event, properties, timestamp: clock.nowMs() - agoMs }], { source: 't', own: true })).profiles[0]),
		is: async (userId, traits) => one((await events.ingest([{ type: 'identify', userId, traits }], { source: 't' })).profiles[0]),
		settle: async () => {
			while ((await scores.build(50)) > 0);
			await segments.idle();
		},
		close: async () => {
			await segments.close();
			await close();
		},
	};
}

export const model = (rules: ScoreModel['rules'], more: Partial<ScoreModel> = {}): ScoreModel => ({ name: 'M', rules, ...more });
