import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { createEvents, type Reactions, type TrackingMessage } from '../engine/events';
import { silentLog, systemClock } from '../engine/kernel';
import { createSegments } from '../engine/segments';
import { openStore } from '../engine/store';

export interface BenchResult {
	bench: string;
	unit: string;
	ours: number;
	baseline: number;
	/** Speed of ours over speed of the baseline, in the same run. */
	ratio: number;
	details: Record<string, string | number>;
}

const BATCH = 500;
const ROUNDS = 7;
const nothing: Reactions = { eventsStored: async () => ({ entered: 0 }), segmentsEntered: async () => ({ entered: 0 }) };

/**
 * Events a second through the engine on SQLite, against node:sqlite inserting the rows that the engine ended with: the same
 * tables and indexes, the same pragmas, the same number of rows a transaction. Both start with an empty database.
 * Options: events (50,000), profiles (10,000).
 */
export default async function ingest(options: Record<string, string> = {}): Promise<BenchResult> {
	const events = Number(options.events ?? 50_000);
	const profiles = Number(options.profiles ?? 10_000);
	const messages = makeMessages(events, profiles);
	const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-'));
	try {
		await throughEngine(join(folder, 'warm-up.sqlite'), messages.slice(0, 10_000));
		const rounds: Array<{ ours: number; baseline: number; ratio: number }> = [];
		for (let round = 0; round < ROUNDS; round += 1) {
			const file = join(folder, `ours-${round}.sqlite`);
			const ours = await throughEngine(file, messages);
			const baseline = rawInserts(file, join(folder, `raw-${round}.sqlite`), events);
			rounds.push({ ours: Math.round(ours), baseline: Math.round(baseline), ratio: Number((ours / baseline).toFixed(3)) });
		}
		// The round in the middle: one that another process disturbed, on either side, then decides nothing.
		rounds.sort((a, b) => a.ratio - b.ratio);
		const middle = rounds[Math.floor(ROUNDS / 2)] ?? { ours: 0, baseline: 0, ratio: 0 };
		return {
			bench: 'ingest', unit: 'events/s', ...middle,
			details: { events, profiles, batch: BATCH, segments: 1, rounds: rounds.map((round) => round.ratio).join(' '), database: 'node:sqlite, WAL, synchronous=full' },
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function makeMessages(events: number, profiles: number): TrackingMessage[] {
	const names = ['Product Viewed', 'Product Added', 'Cart Viewed', 'Checkout Started', 'Order Completed'];
	const startMs = systemClock.nowMs() - 60_000;
	return Array.from({ length: events }, (_none, n): TrackingMessage => ({
		type: 'track',
		messageId: `node-next-${n.toString(36)}-${((n * 2_654_435_761) >>> 0).toString(36)}`,
		userId: `user-${(n * 7919) % profiles}`,
		event: names[n % names.length] ?? '',
		timestamp: new Date(startMs + n).toISOString(),
		properties: { sku: `sku-${n % 400}`, name: `A nice product, number ${n % 400}`, price: (n % 500) / 10, currency: 'EUR', quantity: 1 + (n % 3) },
	}));
}

async function throughEngine(file: string, messages: TrackingMessage[]): Promise<number> {
	const store = await openStore({ database: { kind: 'sqlite', file }, log: silentLog });
	const segments = createSegments({ store, reactions: nothing });
	const api = createEvents({ store, segments, reactions: nothing });
	await segments.save({ name: 'Buyers', rule: { event: 'Order Completed', filters: [{ path: 'price', operator: 'greater', value: 40 }] } });
	const startedMs = performance.now();
	for (let from = 0; from < messages.length; from += BATCH) {
		const report = await api.ingest(messages.slice(from, from + BATCH), { source: 'shop' });
		if (report.accepted !== Math.min(BATCH, messages.length - from)) throw new Error(`Not all messages were accepted: ${JSON.stringify(report.rejected[0])}`);
	}
	const seconds = (performance.now() - startedMs) / 1000;
	await store.close();
	return messages.length / seconds;
}

const TABLES = ['profile', 'identity', 'event', 'catalog', 'segment_member'] as const;
const ORDER: Record<(typeof TABLES)[number], string> = { profile: 'id', identity: 'profile', event: 'id', catalog: 'kind, name', segment_member: 'entered_at' };

/** The rows of the engine's database, table by table in order, spread over as many transactions as the engine took. */
function rawInserts(from: string, to: string, events: number): number {
	const source = new DatabaseSync(from, { readOnly: true });
	const target = new DatabaseSync(to);
	target.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = off; pragma cache_size = -65536; pragma temp_store = memory;');
	const schema = source.prepare(`select sql from sqlite_master where sql is not null and tbl_name in (${TABLES.map(() => '?').join()}) order by type desc`).all(...TABLES);
	for (const row of schema) target.exec(String(row.sql));
	const transactions = Math.ceil(events / BATCH);
	const work = TABLES.map((table) => {
		// In the order in which they came: sorted keys would make the indexes of the baseline cheaper than they can be.
		const select = source.prepare(`select * from ${table} order by ${ORDER[table]}`);
		const names = select.columns().map((column) => String(column.name));
		select.setReturnArrays(true);
		const rows = select.all() as unknown as Array<Array<string | number | null>>;
		return { rows, size: Math.ceil(rows.length / transactions), insert: target.prepare(`insert into ${table} (${names.join()}) values (${names.map(() => '?').join()})`) };
	});
	source.close();
	const startedMs = performance.now();
	for (let n = 0; n < transactions; n += 1) {
		target.exec('begin immediate');
		for (const { rows, size, insert } of work) for (const row of rows.slice(n * size, (n + 1) * size)) insert.run(...row);
		target.exec('commit');
	}
	const seconds = (performance.now() - startedMs) / 1000;
	target.close();
	return events / seconds;
}
