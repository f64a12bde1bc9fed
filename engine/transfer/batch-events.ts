import type { TrackingMessage } from '../events/types';
import { canonicalJson, hashId } from '../kernel';
import type { Batch, Placed } from './batch';
import { noteEvents, noteEventsToo } from './journal';

interface Coming {
	line: number;
	key: string;
	message: TrackingMessage;
}

/** Stores the events of rows whose people are placed. The unique message id keeps the same file from storing them twice. */
export async function placeEvents(batch: Batch, placed: readonly Placed[]): Promise<void> {
	const bySource = new Map<string, Coming[]>();
	for (const { record, profile, identities } of placed) {
		for (const event of record.events) {
			const source = event.source ?? batch.source;
			// Without an id of its own, an event is what it says and about whom: two that say the same are one.
			const messageId = event.messageId ?? hashId('imported', event.name, String(event.timestamp), canonicalJson(event.properties), canonicalJson(identities));
			const timestamp = event.timestamp === undefined ? {} : { timestamp: event.timestamp };
			const coming = { line: record.line, key: `${source}:${messageId}`, message: { type: 'track' as const, profileId: profile, event: event.name, properties: event.properties, messageId, ...timestamp } };
			bySource.set(source, [...(bySource.get(source) ?? []), coming]);
		}
	}
	for (const [source, coming] of bySource) await ingest(batch, source, coming);
}

async function ingest(batch: Batch, source: string, coming: readonly Coming[]): Promise<void> {
	const { tx, seen, counts } = batch;
	const report = await batch.parts.events.ingestIn(tx, coming.map(({ message }) => message), { source, historical: batch.historical, test: batch.test });
	for (const { index, reason } of report.rejected) batch.reject(coming[index]?.line ?? 0, reason);
	// By what became of each, not by what was there before: another process may have stored one of them meanwhile.
	const notStored = new Set([...report.rejected.map(({ index }) => index), ...(report.repeated ?? [])]);
	const fresh = coming.flatMap(({ key }, index) => (notStored.has(index) ? [] : [key]));
	const there = new Set((report.repeated ?? []).map((index) => coming[index]?.key ?? ''));
	for (const key of fresh) there.delete(key);
	let repeated = 0;
	if (seen !== null) {
		await seen.load(tx, fresh.map((key) => `m ${key}`));
		repeated = fresh.filter((key) => seen.has(`m ${key}`)).length;
		for (const key of fresh) seen.add(`m ${key}`);
	}
	counts.events += report.accepted - repeated;
	counts.duplicates += report.duplicates + repeated;
	await noteEvents(tx, batch.importId, fresh);
	await noteEventsToo(tx, batch.importId, [...there]);
}
