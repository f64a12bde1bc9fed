import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { createEngine, type LocalEngine } from '../engine/engine';
import { ManualClock } from '../engine/kernel';
import type { BenchResult } from './ingest';

const START_MS = Date.parse('2026-06-01T00:00:00Z');
const DAY_MS = 86_400_000;
const BATCH = 500;
const CATEGORIES = 500;

/**
 * Products on SQLite: how long a feed takes to come in and to be replaced and what memory that holds, how fast events are counted, and what all lists together cost for a batch of people, against one
 * query a person by hand that reads their last views alone. Options: products (100,000), events (1,000,000), people (50,000), batches (20).
 */
export default async function products(options: Record<string, string> = {}): Promise<BenchResult> {
	const [count, events, people, batches] = [Number(options.products ?? 100_000), Number(options.events ?? 1_000_000), Number(options.people ?? 50_000), Number(options.batches ?? 20)];
	const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-'));
	const file = join(folder, 'journeys.sqlite');
	try {
		const clock = new ManualClock(START_MS);
		const engine = await createEngine({ database: { kind: 'sqlite', file }, clock });
		const first = await timed(() => importFeed(engine, count));
		const again = await timed(() => importFeed(engine, count));
		fill(file, { events, people, products: count });
		const counting = await timed(async () => {
			for (let slice = 0; slice * 50_000 <= events; slice += 1) await engine.tick();
		});
		clock.advance(1000);
		const cold = await timed(() => blocks(engine, [1]));
		const asked = Array.from({ length: batches }, (_none, n) => Array.from({ length: BATCH }, (_also, at) => 1 + ((n * 7919 + at * 101) % people)));
		const ours = await timed(async () => {
			for (const batch of asked) await blocks(engine, batch);
		});
		const hand = byHand(file, asked);
		await engine.close();
		const rate = (ms: number): number => Math.round((BATCH * batches) / (ms / 1000));
		return {
			bench: 'products', unit: 'people/s', ours: rate(ours.ms), baseline: rate(hand), ratio: hand / ours.ms,
			details: {
				importMs: Math.round(first.ms), importKeepsMb: first.mb, replaceMs: Math.round(again.ms), replaceKeepsMb: again.mb, eventsCountedPerSecond: Math.round(events / (counting.ms / 1000)), firstPopularMs: Math.round(cold.ms),
				msABatchOf500: Math.round((ours.ms / batches) * 10) / 10,
			},
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

async function timed(work: () => Promise<unknown>): Promise<{ ms: number; mb: number }> {
	globalThis.gc?.();
	const before = process.memoryUsage().heapUsed;
	const from = performance.now();
	await work();
	const ms = performance.now() - from;
	globalThis.gc?.();
	return { ms, mb: Math.round((process.memoryUsage().heapUsed - before) / 1024 / 1024) };
}

async function importFeed(engine: LocalEngine, count: number): Promise<void> {
	const { importId } = await engine.products.importStart({});
	let text = 'id,title,description,link,image_link,price,availability,product_type\n';
	for (let n = 0; n < count; n += 1) {
		text += `p${n},Product number ${n},"A description of product ${n}, as long as they are in shops: a few lines about what it is made of and for whom.",https://shop.example/products/${n},https://cdn.shop.example/${n}.jpg,${(n % 900) + 1}.99 EUR,${n % 20 === 0 ? 'out_of_stock' : 'in_stock'},Category ${n % CATEGORIES}\n`;
		if (text.length > 200_000 || n === count - 1) {
			await engine.products.importChunk(importId, new Uint8Array(Buffer.from(text)));
			text = '';
		}
	}
	await engine.products.importEnd(importId);
}

async function blocks(engine: LocalEngine, profiles: readonly number[]): Promise<void> {
	await engine.products.recommend({ people: profiles.map((profileId) => ({ profileId })), block: 'recommended' });
}

/** Nine views to an order of two; popular ones are looked at more. */
function fill(file: string, { events, people, products: count }: { events: number; people: number; products: number }): void {
	const database = new DatabaseSync(file);
	database.exec('begin');
	const person = database.prepare("insert into profile (id, created_at, updated_at, attributes) values (?, 0, 0, '{}')");
	for (let id = 1; id <= people; id += 1) person.run(id);
	const insert = database.prepare("insert into event (profile, event_no, name, source, occurred_at, received_at, properties) values (?, ?, ?, 'bench', ?, ?, ?)");
	for (let n = 0; n < events; n += 1) {
		const at = START_MS - 30 * DAY_MS + Math.floor((n / events) * 30 * DAY_MS);
		const product = (salt: number): string => `p${Math.floor((((n * 2_654_435_761 + salt * 40_503) >>> 0) / 4_294_967_296) ** 3 * count)}`;
		const isOrder = n % 10 === 9;
		insert.run(1 + ((n * 31) % people), Math.floor(n / people) + 1, isOrder ? 'Order Completed' : 'Product Viewed', at, at, JSON.stringify(isOrder ? { order_id: `o${n}`, products: [{ product_id: product(1) }, { product_id: product(2) }] } : { product_id: product(1), name: 'x', price: 1 }));
	}
	database.exec('commit');
	database.close();
}

/** One query for each person, as a node in a loop would have it: their last products looked at. */
function byHand(file: string, asked: readonly number[][]): number {
	const database = new DatabaseSync(file);
	const query = database.prepare("select distinct p.* from event e join product p on p.feed = 1 and p.version = (select version from product_feed) and p.id = e.properties ->> '$.product_id' where e.profile = ? and e.name = 'Product Viewed' order by e.occurred_at desc limit 12");
	const from = performance.now();
	for (const batch of asked) for (const profile of batch) query.all(profile);
	const ms = performance.now() - from;
	database.close();
	return ms;
}

