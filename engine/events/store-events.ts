import { sql } from 'kysely';

import { EngineError } from '../kernel';
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
	while (tracks.length > 0) {
		const counts = countByProfile(tracks);
		const numbers = await takeNumbers(tx, counts, 1);
		const { events, rows } = number(tracks, numbers, options, tx.nowMs);
		const ids = await insertEvents(tx, options.source, rows);
		if (ids !== null) {
			events.forEach((event, n) => (event.id = ids[n] ?? 0));
			return events;
		}
		await takeNumbers(tx, counts, -1);
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

function countByProfile(tracks: readonly TrackMessage[]): Map<number, number> {
	const counts = new Map<number, number>();
	for (const { profile } of tracks) counts.set(profile, (counts.get(profile) ?? 0) + 1);
	return counts;
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

/** Raises event_no by the number of new events (sign -1: lowers it again); answers with the number before. At most two statements. */
async function takeNumbers(tx: Tx, counts: ReadonlyMap<number, number>, sign: 1 | -1): Promise<Map<number, number>> {
	const before = new Map<number, number>();
	// Nearly everybody has one event in a batch; a plain list of ids costs a third of a list of pairs.
	const single: number[] = [];
	const several: Array<{ id: number; count: number }> = [];
	for (const [id, count] of counts) {
		if (count === 1) single.push(id);
		else several.push({ id, count: count * sign });
	}
	if (single.length > 0) {
		const rows = await tx.all(
			sql<Numbered>`update profile set event_no = event_no + ${sql.lit(sign)}, updated_at = ${tx.nowMs} where ${tx.dialect.anyOf(sql.ref('id'), single)} returning id, event_no`,
		);
		for (const row of rows) before.set(row.id, row.event_no - sign);
	}
	if (several.length > 0) {
		const rows = await tx.all(
			sql<Numbered>`update profile set event_no = event_no + r.count, updated_at = ${tx.nowMs}
				from ${tx.dialect.rows(several, { id: 'integer', count: 'integer' }, 'r')} where profile.id = r.id returning profile.id, profile.event_no`,
		);
		for (const row of rows) before.set(row.id, row.event_no - sign * (counts.get(row.id) ?? 0));
	}
	return before;
}

interface Numbered {
	id: number;
	event_no: number;
}
