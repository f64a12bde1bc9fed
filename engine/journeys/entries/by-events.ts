import { sql } from 'kysely';

import type { StoredEvent } from '../../events';
import type { Tx } from '../../store';
import type { Listening } from '../react';
import { eventsIntoArea } from './area';
import { startsBy } from './listening';
import { eventsOfMessages, happenedBy } from './message';

/** A journey that events start by what they tell of, as if it started on this event; `events`: those that do. */
interface DerivedEntry {
	journey: Listening;
	events: ReadonlySet<number>;
}

/** Whether the name of an event, or what it tells of a message, may start a journey (alias j) of another kind than 'event'. */
export function derivedEntriesSql(tx: Tx, events: readonly StoredEvent[]) {
	const happened = [...new Set(events.flatMap(({ name, message }) => (message === null ? [] : happenedBy(name))))];
	return sql<boolean>`((j.entry_kind = 'area' and ${tx.dialect.anyOf(sql.ref('j.entry_name'), [...new Set(events.map(({ name }) => name))])})
		or (j.entry_kind = 'message' and ${tx.dialect.anyOf(sql.ref('j.entry_name'), happened)}))`;
}

/** Of journeys that start by a place or by what becomes of a message, those that these events start, one for each name of an event. */
export async function derivedEntries(tx: Tx, journeys: readonly Listening[], events: readonly StoredEvent[]): Promise<DerivedEntry[]> {
	const derived: DerivedEntry[] = [];
	for (const journey of journeys) {
		const starting = new Set(startsBy(journey, 'area') && journey.config.entry.event !== undefined ? await eventsIntoArea(tx, journey, events) : startsBy(journey, 'message') ? await eventsOfMessages(tx, journey, events) : []);
		const names = new Set(events.filter(({ id }) => starting.has(id)).map(({ name }) => name));
		for (const event of names) {
			derived.push({
				journey: { ...journey, entry_name: event, config: { ...journey.config, entry: { kind: 'event', match: { event } } } },
				events: new Set(events.filter(({ id, name }) => starting.has(id) && name === event).map(({ id }) => id)),
			});
		}
	}
	return derived;
}
