import { sql } from 'kysely';

import { EngineError, type Random } from '../kernel';
import type { IdentityOptions } from '../profiles';
import type { Reader, Store, Tx } from '../store';
import { channelFault } from './channels';
import { textFault, type SetParts } from './set';
import { normaliseAddress, suppressedOf, suppressIn, unsuppressIn, type SuppressionRow } from './suppression';
import { SuppressionImports } from './suppression-import';
import type { SuppressionAdded, SuppressionApi, SuppressionEntry, SuppressionReason, SuppressionReport, SuppressionView } from './types';

export interface SuppressionDeps {
	store: Store;
	random: Random;
	/** Default country of phone numbers. Absent: numbers without a country code are refused. */
	identityOptions?: (reader?: Reader) => Promise<IdentityOptions>;
	audit?: SetParts['audit'];
}

const LARGEST_CALL = 20_000;
const BATCH = 500;
const LONGEST_PAGE = 1000;
const REASONS: ReadonlySet<string> = new Set<SuppressionReason>(['hard-bounce', 'complaint', 'manual']);

/** Addresses that are never written to, whoever they belong to. Throws BAD_INPUT and the store's errors. */
export function createSuppression(deps: SuppressionDeps): SuppressionApi {
	const { store, audit } = deps;
	const identityOptions = deps.identityOptions ?? (() => Promise.resolve({}));

	async function addIn(tx: Tx, entries: readonly SuppressionAdded[], offset: number, options: IdentityOptions): Promise<SuppressionReport> {
		const { good, rejected } = normalised(entries, options, addedFault);
		const rows = good.map(({ entry, address }): SuppressionRow => ({ channel: entry.channel, address, reason: entry.reason ?? 'manual', source: entry.source ?? 'api' }));
		const added = await suppressIn(tx, rows);
		if (added > 0) await audit?.(tx, { action: 'suppression.add', who: rows[0]?.source ?? 'api', count: added });
		return { added, known: rows.length - added, rejected: rejected.map(({ index, reason }) => ({ index: index + offset, reason })) };
	}

	async function add(entries: SuppressionAdded[]): Promise<SuppressionReport> {
		checkSize(entries);
		const options = await identityOptions();
		const whole: SuppressionReport = { added: 0, known: 0, rejected: [] };
		for (let from = 0; from < entries.length; from += BATCH) {
			const part = await store.tx('suppress', (tx) => addIn(tx, entries.slice(from, from + BATCH), from, options));
			whole.added += part.added;
			whole.known += part.known;
			whole.rejected.push(...part.rejected);
		}
		return whole;
	}

	const imports = new SuppressionImports({ random: deps.random, add, nowMs: () => store.read(async (reader) => reader.nowMs), batch: BATCH });

	return {
		add,
		remove: async (entries, { source = 'api' } = {}) => {
			checkSize(entries);
			const { good, rejected } = normalised(entries, await identityOptions());
			const removed = await store.tx('unsuppress', async (tx) => {
				const reasons = await reasonsOf(tx, good);
				const gone = await unsuppressIn(tx, good.map(({ entry, address }) => ({ channel: entry.channel, address })));
				if (gone > 0) await audit?.(tx, { action: 'suppression.remove', who: source, count: gone, detail: { reasons: counted(reasons.values()) } });
				return gone;
			});
			return { removed, rejected };
		},
		check: async (entries) => {
			checkSize(entries);
			const { good, rejected } = normalised(entries, await identityOptions());
			const reasons = await store.read((reader) => reasonsOf(reader, good));
			const refused = new Map(rejected.map(({ index, reason }) => [index, { refused: reason }]));
			return entries.map((_entry, index) => refused.get(index) ?? reasons.get(index) ?? null);
		},
		list: (query = {}) => store.read((reader) => list(reader, query)),
		importStart: (options) => imports.start(options),
		importChunk: (importId, bytes) => imports.chunk(importId, bytes),
		importEnd: (importId) => imports.end(importId),
	};
}

async function list(reader: Reader, { channel, reason, after, limit = 100 }: NonNullable<Parameters<SuppressionApi['list']>[0]>): Promise<SuppressionView[]> {
	const fault = channel === undefined ? null : channelFault(channel);
	if (fault !== null) throw new EngineError('BAD_INPUT', fault);
	if (reason === 'erased') throw new EngineError('BAD_INPUT', 'Addresses of erased people are kept as hashes only and cannot be listed. Check a single address instead.');
	const rows = await reader.all(sql<{ channel: string; address: string; reason: SuppressionReason; source: string; created_at: number }>`
		select channel, address, reason, source, created_at from suppression
		where ${channel === undefined ? sql`true` : sql`channel = ${channel}`} and ${reason === undefined ? sql`true` : sql`reason = ${reason}`}
			and ${after === undefined ? sql`true` : sql`(channel > ${after.channel} or (channel = ${after.channel} and address > ${after.address}))`}
		order by channel, address limit ${sql.lit(Math.max(1, Math.min(LONGEST_PAGE, Math.floor(limit))))}`);
	return rows.map(({ created_at, ...row }) => ({ ...row, at: new Date(created_at).toISOString() }));
}

type Normal = ReturnType<typeof normalised>['good'];

/** By index, of those that are suppressed. */
async function reasonsOf(reader: Reader, entries: Normal): Promise<Map<number, SuppressionReason>> {
	const reasons = new Map<number, SuppressionReason>();
	for (const channel of new Set(entries.map(({ entry }) => entry.channel))) {
		const own = entries.filter(({ entry }) => entry.channel === channel);
		const found = await suppressedOf(reader, channel, own.map(({ address }) => address));
		for (const { index, address } of own) {
			const reason = found.get(address);
			if (reason !== undefined) reasons.set(index, reason);
		}
	}
	return reasons;
}

function counted(reasons: Iterable<string>): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
	return counts;
}

function normalised<Entry extends SuppressionEntry>(entries: readonly Entry[], options: IdentityOptions, faultOf: (entry: Entry) => string | null = () => null) {
	const good: Array<{ entry: Entry; index: number; address: string }> = [];
	const rejected: Array<{ index: number; reason: string }> = [];
	entries.forEach((entry, index) => {
		const fault = channelFault(entry.channel) ?? faultOf(entry);
		const found = fault === null ? normaliseAddress(entry.channel, entry.address, options) : { reason: fault };
		if ('address' in found) good.push({ entry, index, address: found.address });
		else rejected.push({ index, reason: found.reason });
	});
	return { good, rejected };
}

function addedFault({ reason, source }: SuppressionAdded): string | null {
	return reason === undefined || REASONS.has(reason) ? textFault('source', source) : 'The reason is none of those there are; use hard-bounce, complaint or manual.';
}

function checkSize(entries: unknown): void {
	if (!Array.isArray(entries)) throw new EngineError('BAD_INPUT', 'Addresses to suppress come as a list.');
	if (entries.length > LARGEST_CALL) throw new EngineError('BAD_INPUT', `A call takes at most ${LARGEST_CALL} addresses; this one has ${entries.length}. Send them in several calls.`);
}
