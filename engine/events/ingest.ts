import { sql } from 'kysely';

import { applyAttributes, lockProfiles, resolveProfiles, type AttributeChange, type Catalog, type IdentityOptions } from '../profiles';
import type { SegmentTracker } from '../segments';
import type { Tx } from '../store';
import { insertEvents, type EventRow } from './event-rows';
import type { Reactions, StoredEvent } from './reactions';
import { readMessage, type IdentifyMessage, type ReadMessage, type TrackMessage } from './read';
import { lateAfterMs } from './timestamp';
import type { IngestOptions, IngestReport, TrackingMessage } from './types';

export interface IngestParts {
	segments: SegmentTracker;
	reactions: Reactions;
	catalog: Catalog;
}

/**
 * Takes one batch (at most 500) within the caller's transaction, with a constant number of statements:
 * read -> whose -> lock in id order -> drop what was seen -> attributes -> numbered events -> journeys -> segments -> journeys.
 */
export async function ingestBatch(
	tx: Tx,
	parts: IngestParts,
	batch: readonly TrackingMessage[],
	options: IngestOptions & IdentityOptions,
): Promise<IngestReport> {
	const report: IngestReport = { accepted: 0, duplicates: 0, rejected: [], profiles: batch.map(() => null), entered: 0 };
	const { messages, repeats } = readBatch(batch, options, tx.nowMs, report);
	if (messages.length === 0) return report;

	const resolved = await resolveProfiles(tx, messages.map((message) => message.set), { create: true, test: options.test ?? false });
	const owned: Owned[] = [];
	messages.forEach((message, n) => {
		const profile = resolved.profiles[n] ?? null;
		if (profile === null) report.rejected.push({ index: message.index, reason: 'No profile has this profile id.' });
		else owned.push({ message, profile });
	});
	await lockProfiles(tx, new Set(owned.map(({ profile }) => profile)));

	// After the locks: a repeat of a batch that is still being stored by another process waits for it and then sees it.
	const seen = await seenBefore(tx, owned);
	const tracks: Array<{ message: TrackMessage; profile: number }> = [];
	const identifies: Array<{ message: IdentifyMessage; profile: number }> = [];
	for (const { message, profile } of owned) {
		const earlier = message.key === null ? undefined : seen.get(message.key);
		report.profiles[message.index] = earlier ?? profile;
		if (earlier !== undefined) report.duplicates += 1;
		else if (message.type === 'track') tracks.push({ message, profile });
		else identifies.push({ message, profile });
	}
	report.accepted = tracks.length + identifies.length;
	for (const { index, of } of repeats) {
		const profile = report.profiles[of] ?? null;
		if (profile === null) continue;
		report.profiles[index] = profile;
		report.duplicates += 1;
	}
	if (report.accepted === 0 && resolved.created.size === 0) return report;

	const catalog = parts.catalog.look();
	const changes = identifies.map(({ message, profile }): AttributeChange => ({ profile, attributes: message.attributes }));
	for (const change of changes) catalog.attributes(change.attributes);
	const attributes = await applyAttributes(tx, changes);
	await rememberIdentifies(tx, identifies);

	const events = await storeEvents(tx, tracks, options);
	for (const { message } of tracks) catalog.event(message.name, message.properties);
	await catalog.write(tx);
	if (events.length > 0) report.entered += (await parts.reactions.eventsStored(tx, events)).entered;

	const late = onlyLate(events, attributes.profiles);
	const moved = await parts.segments.refresh(tx, {
		created: resolved.created,
		events: byName(events),
		attributes: attributes.names,
		historical: options.historical === true || ((profile) => late.has(profile)),
	});
	report.entered += moved.journeyEntries;
	return report;
}

function byName(events: readonly StoredEvent[]): Map<string, Set<number>> {
	const names = new Map<string, Set<number>>();
	for (const { name, profile } of events) {
		const whom = names.get(name);
		if (whom === undefined) names.set(name, new Set([profile]));
		else whom.add(profile);
	}
	return names;
}

/** People of whom this batch tells nothing but late events: what follows from it starts no journey either. */
function onlyLate(events: readonly StoredEvent[], changedNow: ReadonlySet<number>): Set<number> {
	const late = new Set<number>();
	for (const event of events) if (event.historical && !changedNow.has(event.profile)) late.add(event.profile);
	if (late.size > 0) for (const event of events) if (!event.historical) late.delete(event.profile);
	return late;
}

interface Owned {
	message: ReadMessage;
	profile: number;
}

/** Reads all messages; refusals go into the report, repeats of a message id within the batch are set aside. */
function readBatch(batch: readonly TrackingMessage[], options: IngestOptions & IdentityOptions, receivedAtMs: number, report: IngestReport) {
	const readOptions = { ...options, receivedAtMs };
	const messages: ReadMessage[] = [];
	const repeats: Array<{ index: number; of: number }> = [];
	const firstOf = new Map<string, number>();
	batch.forEach((given, index) => {
		const message = readMessage(given, index, readOptions);
		if (typeof message === 'string') return void report.rejected.push({ index, reason: message });
		if (message.key !== null) {
			const first = firstOf.get(message.key);
			if (first !== undefined) return void repeats.push({ index, of: first });
			firstOf.set(message.key, index);
		}
		messages.push(message);
	});
	return { messages, repeats };
}

/** Message keys that are in the database already, with whose they are. */
async function seenBefore(tx: Tx, owned: readonly Owned[]): Promise<Map<string, number>> {
	const trackKeys: string[] = [];
	const identifyKeys: string[] = [];
	for (const { message } of owned) if (message.key !== null) (message.type === 'track' ? trackKeys : identifyKeys).push(message.key);
	const seen = new Map<string, number>();
	const ask = async (table: 'event' | 'identified', keys: readonly string[]): Promise<void> => {
		if (keys.length === 0) return;
		const rows = await tx.all(
			sql<{ message_id: string; profile: number }>`select message_id, profile from ${sql.table(table)} where ${tx.dialect.anyOf(sql.ref('message_id'), keys)}`,
		);
		for (const row of rows) seen.set(row.message_id, row.profile);
	};
	await ask('event', trackKeys);
	await ask('identified', identifyKeys);
	return seen;
}

async function rememberIdentifies(tx: Tx, identifies: ReadonlyArray<{ message: IdentifyMessage; profile: number }>): Promise<void> {
	const rows = identifies.flatMap(({ message, profile }) => (message.key === null ? [] : [{ key: message.key, profile }]));
	if (rows.length === 0) return;
	await tx.run(
		sql`insert into identified (message_id, profile, received_at) select r.key, r.profile, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})
			from ${tx.dialect.rows(rows, { key: 'text', profile: 'integer' }, 'r')}`,
	);
}

/** Numbers the events of each profile without gaps, in the order they came, and stores them. */
async function storeEvents(tx: Tx, tracks: ReadonlyArray<{ message: TrackMessage; profile: number }>, options: IngestOptions): Promise<StoredEvent[]> {
	if (tracks.length === 0) return [];
	const counts = new Map<number, number>();
	for (const { profile } of tracks) counts.set(profile, (counts.get(profile) ?? 0) + 1);
	const next = await takeNumbers(tx, counts);
	const events: StoredEvent[] = [];
	const rows = tracks.map(({ message, profile }): EventRow => {
		const eventNo = (next.get(profile) ?? 0) + 1;
		next.set(profile, eventNo);
		const historical = options.historical === true || message.occurredAtMs < tx.nowMs - lateAfterMs;
		const { name, occurredAtMs, enrollment, message: sent } = message;
		events.push({ id: 0, profile, eventNo, name, occurredAtMs, historical, enrollment, message: sent });
		return [profile, eventNo, name, message.key, options.source, occurredAtMs, tx.nowMs, message.propertiesJson, enrollment, sent, historical ? 1 : 0];
	});
	const ids = await insertEvents(tx, rows);
	events.forEach((event, n) => (event.id = ids[n] ?? 0));
	return events;
}

/** Raises event_no by the number of new events; answers with the number each profile had before. At most two statements. */
async function takeNumbers(tx: Tx, counts: ReadonlyMap<number, number>): Promise<Map<number, number>> {
	const before = new Map<number, number>();
	// Nearly everybody has one event in a batch; a plain list of ids costs a third of a list of pairs.
	const single: number[] = [];
	const several: Array<{ id: number; count: number }> = [];
	for (const [id, count] of counts) {
		if (count === 1) single.push(id);
		else several.push({ id, count });
	}
	if (single.length > 0) {
		const rows = await tx.all(
			sql<Numbered>`update profile set event_no = event_no + 1, updated_at = ${tx.nowMs} where ${tx.dialect.anyOf(sql.ref('id'), single)} returning id, event_no`,
		);
		for (const row of rows) before.set(row.id, row.event_no - 1);
	}
	if (several.length > 0) {
		const rows = await tx.all(
			sql<Numbered>`update profile set event_no = event_no + r.count, updated_at = ${tx.nowMs}
				from ${tx.dialect.rows(several, { id: 'integer', count: 'integer' }, 'r')} where profile.id = r.id returning profile.id, profile.event_no`,
		);
		for (const row of rows) before.set(row.id, row.event_no - (counts.get(row.id) ?? 0));
	}
	return before;
}

interface Numbered {
	id: number;
	event_no: number;
}
