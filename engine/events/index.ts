import { sql } from 'kysely';

import { EngineError } from '../kernel';
import { Catalog, createGroupFollower, type GroupFollower, type IdentityRules, type Merging, type SaidListener } from '../profiles';
import type { SegmentTracker } from '../segments';
import type { Store, Tx } from '../store';
import { ingestBatch, type DeviceClaims, type IngestParts, type PrivacySignal } from './ingest';
import type { Reactions } from './reactions';
import { limitOf, listEvents } from './list';
import { applyRetention, forgetIdentified, type Retention } from './retention';
import { ENGAGEMENT_EVENTS, ENGINE_SOURCES, type CatalogOptions, type EventCatalogEntry, type EventsApi, type IngestOptions, type IngestReport, type TrackingMessage } from './types';

export type * from './types';
export { ENGAGEMENT_EVENTS } from './types';
export { messageEvent, messageEvents, type MessageNews } from './message-events';
export type { Reactions, StoredEvent } from './reactions';
export { checkEventMatch, checkPropertyFilter, eventMatchSql, propertyFilterSql } from './filters';
export { deleteEvents } from './delete-events';
export { eventsKeeper } from './keeper';
export { followEvents, type EventFollowing, type NewEvent } from './follow';
export { lateAfterMs, readTimestamp } from './timestamp';

export interface EventsDeps {
	store: Store;
	segments: SegmentTracker;
	reactions: Reactions;
	/** Default country, limits and blocked values, as the settings have them. Absent: the defaults, and no default country. */
	identityOptions?: IdentityRules;
	/** What makes one person of several profiles. Absent: nobody is merged. */
	merging?: Merging;
	/** Absent: the signal is not heeded. */
	privacySignal?: PrivacySignal;
	/** Told whose devices apps are on. Absent: tokens are left. */
	devices?: DeviceClaims;
	/** Told what messages say of people. */
	said?: SaidListener;
	/** Looks at the members of groups that changed. Absent: one of its own. */
	groupFollower?: GroupFollower;
}

/** Messages handled together: a constant number of statements each. */
const BATCH = 500;
/** Messages a call, which is one transaction. A collector's largest request holds about 8,000. */
const LARGEST_CALL = 20_000;

export type Events = Omit<EventsApi, 'ingest'> & {
	/** As EventsApi.ingest; `also` is done in the same transaction, when all of it has been taken. */
	ingest(batch: TrackingMessage[], options: IngestOptions, also?: (tx: Tx, report: IngestReport) => Promise<void>): Promise<IngestReport>;
	/** Takes messages within a transaction of the caller, who may hold locks of these profiles only. */
	ingestIn(tx: Tx, batch: TrackingMessage[], options: IngestOptions): Promise<IngestReport>;
	/** Writes the catalogue's counts since the last call. Call it every second and before closing. */
	flushCatalog(): Promise<void>;
	/** Deletes what need not be kept any longer, a bounded number of rows a call. more: call it again soon. */
	prune(retention: Retention): Promise<{ deleted: number; more: boolean }>;
};

/** Events: what people did. Throws BAD_INPUT and the store's errors; a bad message is refused by itself, in the report. */
export function createEvents(deps: EventsDeps): Events {
	const { store, segments, reactions } = deps;
	const catalog = new Catalog();
	const groups = deps.groupFollower ?? createGroupFollower({ store, segments });
	const parts: IngestParts = {
		segments, reactions, catalog, groups,
		...(deps.merging === undefined ? {} : { merging: deps.merging }), ...(deps.privacySignal === undefined ? {} : { privacySignal: deps.privacySignal }), ...(deps.devices === undefined ? {} : { devices: deps.devices }),
	};
	const identityOptions = deps.identityOptions ?? (() => Promise.resolve({}));

	async function inBatches(batch: TrackingMessage[], options: IngestOptions, take: (part: TrackingMessage[]) => Promise<IngestReport>): Promise<IngestReport> {
		if (!Array.isArray(batch)) throw new EngineError('BAD_INPUT', 'A batch of messages is a list.');
		if (typeof options.source !== 'string' || options.source === '') throw new EngineError('BAD_INPUT', 'The source of a batch is missing: message ids are unique per source.');
		const whole: IngestReport = { accepted: 0, duplicates: 0, rejected: [], profiles: [], entered: 0, repeated: [] };
		for (let from = 0; from < batch.length; from += BATCH) {
			const part = await take(batch.slice(from, from + BATCH));
			whole.accepted += part.accepted;
			whole.duplicates += part.duplicates;
			whole.entered += part.entered;
			whole.profiles.push(...part.profiles);
			for (const index of part.repeated ?? []) whole.repeated?.push(index + from);
			for (const { index, reason } of part.rejected) whole.rejected.push({ index: index + from, reason });
			if (part.left !== undefined) whole.left = [...(whole.left ?? []), ...part.left.map((left) => ({ ...left, index: left.index + from }))];
		}
		whole.rejected.sort((a, b) => a.index - b.index);
		return whole;
	}

	return {
		ingest: async (batch, options, also) => {
			// All or nothing: whoever is told that nothing was stored sends it all again.
			if (Array.isArray(batch) && batch.length > LARGEST_CALL) throw new EngineError('BAD_INPUT', `A call takes at most ${LARGEST_CALL} messages; this one has ${batch.length}. Send them in several calls.`);
			const identity = await identityOptions();
			let groupsChanged = false;
			// Only here: what the engine's own domains and imports say of somebody is not what undoing an import has to leave.
			const noting: IngestParts = { ...parts, ...(deps.said === undefined ? {} : { said: deps.said }), groups: { changed: (tx, accounts, historical) => ((groupsChanged ||= accounts.size > 0), groups.changed(tx, accounts, historical)) } };
			const report = await store.tx('ingest', async (tx) => {
				const taken = await inBatches(batch, options, (part) => ingestBatch(tx, noting, part, { ...options, ...identity }));
				await also?.(tx, taken);
				return taken;
			});
			if (groupsChanged) await groups.followSoon();
			return report;
		},
		ingestIn: async (tx, batch, options) => {
			const identity = await identityOptions(tx);
			const report = await inBatches(batch, options, (part) => ingestBatch(tx, parts, part, { ...options, ...identity }));
			const [refused] = report.rejected;
			// Whoever writes an event of the engine has locked its person: that it cannot be taken is a mistake of ours, and must not be lost.
			if (options.own === true && refused !== undefined) throw new EngineError('INTERNAL', `The engine refused its own event ${batch[refused.index]?.event ?? ''}: ${refused.reason}`);
			return report;
		},
		names: () =>
			store.read(async (reader) => {
				const rows = await reader.all(sql<{ name: string }>`select name from catalog where kind = 'event' order by name limit 5000`);
				return [...new Set([...rows.map((row) => row.name), ...ENGAGEMENT_EVENTS])].sort();
			}),
		properties: (event) => store.read((reader) => catalog.entries(reader, 'property', event)),
		sources: () =>
			store.read(async (reader) => {
				const rows = await reader.all(sql<{ source: string }>`select distinct source from (select source from event order by id desc limit 20000) as newest`);
				return rows.map(({ source }) => source).filter((source) => !(ENGINE_SOURCES as readonly string[]).includes(source)).sort();
			}),
		catalog: (options = {}) => store.read(async (reader) => pageOf(await catalog.events(reader), options)),
		list: (query) => store.read(async (reader) => listEvents(reader, query, await identityOptions(reader))),
		flushCatalog: () => catalog.flush(store),
		prune: async (retention) => {
			const done = await applyRetention(store, segments, retention);
			await forgetIdentified(store);
			return done;
		},
	};
}

/** The whole catalogue is at most 5,000 names: read at once, so that both databases sort and search alike. */
function pageOf(all: EventCatalogEntry[], { search = '', after, limit }: CatalogOptions): { events: EventCatalogEntry[]; next: string | null } {
	const size = limitOf(limit, CATALOG_PAGE);
	const wanted = search.toLowerCase();
	const found = all.filter(({ name }) => (after === undefined || name > after) && name.toLowerCase().includes(wanted));
	const events = found.slice(0, size);
	return { events, next: found.length > size ? (events.at(-1)?.name ?? null) : null };
}

const CATALOG_PAGE = 100;
