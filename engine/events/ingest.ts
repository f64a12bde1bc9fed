import { sql } from 'kysely';

import { applyAttributes, lockProfiles, resolveProfiles, type AttributeChange, type Catalog, type IdentityOptions } from '../profiles';
import type { SegmentTracker } from '../segments';
import type { Tx } from '../store';
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
	await lockProfiles(tx, [...new Set(owned.map(({ profile }) => profile))]);

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

	const live = new Set<number>();
	if (options.historical !== true) {
		for (const event of events) if (!event.historical) live.add(event.profile);
		for (const profile of attributes.profiles) live.add(profile);
	}
	const profiles = new Set([...events.map((event) => event.profile), ...attributes.profiles, ...resolved.created]);
	const moved = await parts.segments.refresh(tx, {
		profiles: [...profiles],
		created: resolved.created,
		events: new Set(events.map((event) => event.name)),
		attributes: attributes.names,
		historical: options.historical === true || ((profile) => !live.has(profile)),
	});
	report.entered += moved.journeyEntries;
	return report;
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

/** Numbers the events of each profile without gaps, in the order they came, and stores them; two statements. */
async function storeEvents(tx: Tx, tracks: ReadonlyArray<{ message: TrackMessage; profile: number }>, options: IngestOptions): Promise<StoredEvent[]> {
	if (tracks.length === 0) return [];
	const counts = new Map<number, number>();
	for (const { profile } of tracks) counts.set(profile, (counts.get(profile) ?? 0) + 1);
	const adding = [...counts].map(([id, count]) => ({ id, count }));
	const numbered = await tx.all(
		sql<{ id: number; event_no: number }>`update profile set event_no = event_no + r.count, updated_at = ${tx.nowMs}
			from ${tx.dialect.rows(adding, { id: 'integer', count: 'integer' }, 'r')} where profile.id = r.id returning profile.id, profile.event_no`,
	);
	const next = new Map(numbered.map((row) => [row.id, row.event_no - (counts.get(row.id) ?? 0)]));
	const events: StoredEvent[] = [];
	const rows = tracks.map(({ message, profile }) => {
		const eventNo = (next.get(profile) ?? 0) + 1;
		next.set(profile, eventNo);
		const historical = options.historical === true || message.occurredAtMs < tx.nowMs - lateAfterMs;
		const { name, occurredAtMs, enrollment, message: sent } = message;
		events.push({ id: 0, profile, eventNo, name, occurredAtMs, historical, enrollment, message: sent });
		return { profile, no: eventNo, name, key: message.key, at: occurredAtMs, properties: message.propertiesJson, enrollment, message: sent, late: historical ? 1 : 0 };
	});
	const stored = await tx.all(
		sql<{ id: number; profile: number; event_no: number }>`insert into event
			(profile, event_no, name, message_id, source, occurred_at, received_at, properties, enrollment, message, historical)
			select r.profile, r.no, r.name, r.key, ${options.source}, r.at, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}),
				cast(r.properties as ${sql.raw(tx.dialect.types.json)}), r.enrollment, r.message, r.late
			from ${tx.dialect.rows(rows, EVENT_COLUMNS, 'r')} returning id, profile, event_no`,
	);
	// Databases give the rows back in the order they were inserted, and promise nothing of the kind.
	const inOrder = stored.every((row, n) => row.profile === events[n]?.profile && row.event_no === events[n]?.eventNo);
	const ids = inOrder ? null : new Map(stored.map((row) => [`${row.profile} ${row.event_no}`, row.id]));
	events.forEach((event, n) => (event.id = (ids === null ? stored[n]?.id : ids.get(`${event.profile} ${event.eventNo}`)) ?? 0));
	return events;
}

const EVENT_COLUMNS = {
	profile: 'integer', no: 'integer', name: 'text', key: 'text', at: 'integer', properties: 'text', enrollment: 'integer', message: 'text', late: 'integer',
} as const;
