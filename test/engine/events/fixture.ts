import { sql } from 'kysely';

import { createEvents, type Events, type Reactions, type StoredEvent } from '../../../engine/events';
import { ManualClock } from '../../../engine/kernel';
import { createProfiles, type Profiles } from '../../../engine/profiles';
import { createSegments, type Segments } from '../../../engine/segments';
import type { Query, Store, Tx } from '../../../engine/store';
import { TEST_START_MS, testStore, type DatabaseKind } from '../databases';

export interface Entry {
	segment: number;
	profile: number;
	historical: boolean;
}

/** What journeys were told, in order: the domains' only way out of themselves. */
export class Told implements Reactions {
	events: StoredEvent[] = [];
	entries: Entry[] = [];
	leavers: Entry[] = [];

	async eventsStored(_tx: Tx, events: StoredEvent[]): Promise<{ entered: number }> {
		this.events.push(...events);
		return { entered: 0 };
	}

	async segmentsEntered(_tx: Tx, entries: Entry[]): Promise<{ entered: number }> {
		this.entries.push(...entries);
		return { entered: entries.filter((entry) => !entry.historical).length };
	}

	async segmentsLeft(_tx: Tx, entries: Entry[]): Promise<{ entered: number }> {
		this.leavers.push(...entries);
		return { entered: 0 };
	}
}

export interface World {
	store: Store;
	clock: ManualClock;
	told: Told;
	events: Events;
	profiles: Profiles;
	segments: Segments;
	rows<Row>(query: Query<Row>): Promise<Row[]>;
	close(): Promise<void>;
}

/** Profiles, events and segments over a real database, as engine.ts puts them together. */
export async function openWorld(kind: DatabaseKind, wrap: (store: Store) => Store = (store) => store): Promise<World> {
	const clock = new ManualClock(TEST_START_MS);
	const { store: opened, close } = await testStore(kind, clock);
	const store = wrap(opened);
	const told = new Told();
	const segments = createSegments({ store, reactions: told });
	return {
		store, clock, told, segments, close,
		events: createEvents({ store, segments, reactions: told }),
		profiles: createProfiles({ store, segments }),
		rows: (query) => store.read((reader) => reader.all(query)),
	};
}

/** A store that counts the statements of its transactions. */
export function counting(store: Store): { store: Store; statements: () => number } {
	let count = 0;
	const counted: Store = {
		...store,
		tx: (name, work) =>
			store.tx(name, (tx) =>
				work({
					...tx,
					all: (query) => { count += 1; return tx.all(query); },
					first: (query) => { count += 1; return tx.first(query); },
					run: (query) => { count += 1; return tx.run(query); },
				}),
			),
	};
	return { store: counted, statements: () => count };
}

/** Profiles whose events are not numbered 1, 2, 3, …; where nothing was deleted, there is none. */
export const gapsInNumbers = sql<{ profile: number }>`select profile from event group by profile having min(event_no) <> 1 or max(event_no) <> count(*)`;

export const allEvents = sql<{ profile: number; event_no: number; name: string; historical: number; occurred_at: number }>`select profile, event_no, name, historical, occurred_at from event order by profile, event_no`;
