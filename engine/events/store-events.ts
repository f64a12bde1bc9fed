import { sql } from 'kysely';

import { EngineError } from '../kernel';
import { lastEventNos } from '../profiles';
import type { Tx } from '../store';
import { insertEvents, type EventRow } from './event-rows';
import type { StoredEvent } from './reactions';
import type { ReadMessage, TrackMessage } from './read';
import { lateAfterMs } from './timestamp';
import type { IngestOptions } from './types';

/** In the column `historical`: not even a wait that is parked later finds it. */
const INERT = 2;

/**
 * Numbers the events of each profile in the order they came, without gaps (retention and erasure leave some later: whoever reads numbers
 * only compares them), and stores those that were not stored before.
 *
 * Hardly any batch holds a repeat, so nobody is asked first: the unique message id says whether there was one. Then the
 * batch is taken back, the repeats are looked up (into `seen`: key and whose it was), and the rest is stored. On PostgreSQL this
 * also decides between two processes that store one message for different people: the second waits for the first.
 */
export async function storeEvents(tx: Tx, messages: readonly ReadMessage[], options: IngestOptions, seen: Map<string, number>): Promise<StoredEvent[]> {
	let tracks = messages.filter((message) => message.type === 'track');
	// The profiles are locked, so these stay true for the second try too: of the first, nothing is left.
	const last = tracks.length === 0 ? new Map<number, number>() : await lastEventNos(tx, new Set(tracks.map(({ profile }) => profile)));
	while (tracks.length > 0) {
		const { events, rows } = number(tracks, new Map(last), options, tx.nowMs);
		const ids = await insertEvents(tx, options.source, rows);
		if (ids !== null) {
			events.forEach((event, n) => (event.id = ids[n] ?? 0));
			return events;
		}
		const keys = tracks.flatMap(({ key }) => (key === null ? [] : [key]));
		const stored = await tx.all(
			sql<{ message_id: string; profile: number }>`select message_id, profile from event where ${tx.dialect.anyOf(sql.ref('message_id'), keys)}`,
		);
		for (const row of stored) seen.set(row.message_id, row.profile);
		const fresh = tracks.filter(({ key }) => key === null || !seen.has(key));
		if (fresh.length === tracks.length) throw new EngineError('INTERNAL', 'Events were refused by the database although none of their message ids is known.');
		tracks = fresh;
	}
	return [];
}

function number(tracks: readonly TrackMessage[], numbers: Map<number, number>, options: IngestOptions, nowMs: number): { events: StoredEvent[]; rows: EventRow[] } {
	const events: StoredEvent[] = [];
	const rows = tracks.map((track): EventRow => {
		const { profile, name, occurredAtMs, enrollment, message } = track;
		const eventNo = (numbers.get(profile) ?? 0) + 1;
		numbers.set(profile, eventNo);
		const historical = options.historical === true || options.inert === true || occurredAtMs < nowMs - lateAfterMs;
		events.push({ id: 0, profile, eventNo, name, occurredAtMs, historical, enrollment, message });
		return [profile, eventNo, name, track.key, occurredAtMs, track.propertiesJson, enrollment, message, options.inert === true ? INERT : historical ? 1 : 0];
	});
	return { events, rows };
}
