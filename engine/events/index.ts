import { sql } from 'kysely';

import { EngineError } from '../kernel';
import { Catalog } from '../profiles';
import type { SegmentTracker } from '../segments';
import type { Store, Tx } from '../store';
import { ingestBatch } from './ingest';
import type { Reactions } from './reactions';
import { ENGAGEMENT_EVENTS, type EventsApi, type IngestOptions, type IngestReport, type TrackingMessage } from './types';

export type * from './types';
export { ENGAGEMENT_EVENTS } from './types';
export type { Reactions, StoredEvent } from './reactions';
export { checkEventMatch, checkPropertyFilter, eventMatchSql, propertyFilterSql } from './filters';
export { lateAfterMs } from './timestamp';

export interface EventsDeps {
	store: Store;
	segments: SegmentTracker;
	reactions: Reactions;
	/** ISO 3166-1 alpha-2, for phone numbers without a country code. Default: such numbers are refused as identities. */
	defaultCountry?: string;
}

/** Messages handled together: a constant number of statements each. */
const BATCH = 500;
/** Messages a call, which is one transaction. A collector's largest request holds about 8,000. */
const LARGEST_CALL = 20_000;

export type Events = EventsApi & {
	/** Takes messages within a transaction of the caller, who may hold locks of these profiles only. */
	ingestIn(tx: Tx, batch: TrackingMessage[], options: IngestOptions): Promise<IngestReport>;
};

/** Events: what people did. Throws BAD_INPUT and the store's errors; a bad message is refused by itself, in the report. */
export function createEvents(deps: EventsDeps): Events {
	const { store, segments, reactions } = deps;
	const catalog = new Catalog();
	const parts = { segments, reactions, catalog };
	const identityOptions = deps.defaultCountry === undefined ? {} : { defaultCountry: deps.defaultCountry };

	async function inBatches(batch: TrackingMessage[], options: IngestOptions, take: (part: TrackingMessage[]) => Promise<IngestReport>): Promise<IngestReport> {
		if (!Array.isArray(batch)) throw new EngineError('BAD_INPUT', 'A batch of messages is a list.');
		if (typeof options.source !== 'string' || options.source === '') throw new EngineError('BAD_INPUT', 'The source of a batch is missing: message ids are unique per source.');
		const whole: IngestReport = { accepted: 0, duplicates: 0, rejected: [], profiles: [], entered: 0 };
		for (let from = 0; from < batch.length; from += BATCH) {
			const part = await take(batch.slice(from, from + BATCH));
			whole.accepted += part.accepted;
			whole.duplicates += part.duplicates;
			whole.entered += part.entered;
			whole.profiles.push(...part.profiles);
			for (const { index, reason } of part.rejected) whole.rejected.push({ index: index + from, reason });
		}
		whole.rejected.sort((a, b) => a.index - b.index);
		return whole;
	}

	return {
		ingest: async (batch, options) => {
			// All or nothing: whoever is told that nothing was stored sends it all again.
			if (Array.isArray(batch) && batch.length > LARGEST_CALL) throw new EngineError('BAD_INPUT', `A call takes at most ${LARGEST_CALL} messages; this one has ${batch.length}. Send them in several calls.`);
			return await store.tx('ingest', (tx) => inBatches(batch, options, (part) => ingestBatch(tx, parts, part, { ...options, ...identityOptions })));
		},
		ingestIn: (tx, batch, options) => inBatches(batch, options, (part) => ingestBatch(tx, parts, part, { ...options, ...identityOptions })),
		names: () =>
			store.read(async (reader) => {
				const rows = await reader.all(sql<{ name: string }>`select name from catalog where kind = 'event' order by name limit 5000`);
				return [...new Set([...rows.map((row) => row.name), ...ENGAGEMENT_EVENTS])].sort();
			}),
		properties: (event) => store.read((reader) => catalog.entries(reader, 'property', event)),
	};
}
