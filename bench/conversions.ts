import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { createEngine, type LocalEngine } from '../engine/engine';
import { ManualClock } from '../engine/kernel';
import type { AttributionModel } from '../engine/settings';
import type { BenchResult } from './ingest';

const START_MS = Date.parse('2026-06-01T00:00:00Z');
const DAY_MS = 86_400_000;

/**
 * Credit for conversions on SQLite: all of 30 days by last touch and by time decay, and the memory it holds at most beside what was there, against one statement by hand that gives the last click by the
 * ledger alone, and adds money up as floating point. Options: messages (1,000,000), conversions (100,000), people (200,000), views (1,000,000 events that are neither).
 */
export default async function conversions(options: Record<string, string> = {}): Promise<BenchResult> {
	const [messages, orders, people, views] = [Number(options.messages ?? 1_000_000), Number(options.conversions ?? 100_000), Number(options.people ?? 200_000), Number(options.views ?? 1_000_000)];
	const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-'));
	const file = join(folder, 'journeys.sqlite');
	try {
		const engine = await createEngine({ database: { kind: 'sqlite', file }, clock: new ManualClock(START_MS) });
		fill(file, { messages, orders, people, views });
		await ask(engine, 'last');
		const last = await timed(() => ask(engine, 'last'));
		const decay = await timed(() => ask(engine, 'timeDecay'));
		await engine.close();
		const hand = byHand(file);
		const rate = (ms: number): number => Math.round(orders / (ms / 1000));
		return {
			bench: 'conversions', unit: 'conversions/s', ours: rate(last.ms), baseline: rate(hand), ratio: hand / last.ms,
			details: { lastMs: Math.round(last.ms), timeDecayMs: Math.round(decay.ms), timeDecayPeakMb: decay.peakMb, byHandMs: Math.round(hand) },
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

async function ask(engine: LocalEngine, model: AttributionModel): Promise<void> {
	await engine.attribution.conversions({ conversion: { kind: 'event', event: 'Order Completed', value: 'total', currency: 'currency', order: 'order_id', refund: 'Order Refunded' }, rules: { model }, by: ['step', 'day'] });
}

async function timed(work: () => Promise<unknown>): Promise<{ ms: number; peakMb: number }> {
	globalThis.gc?.();
	const before = process.memoryUsage().heapUsed;
	let peak = before;
	const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().heapUsed)), 20);
	const from = performance.now();
	await work();
	const ms = performance.now() - from;
	clearInterval(watch);
	return { ms, peakMb: Math.round((peak - before) / 1024 / 1024) };
}

/** A tenth of the messages is clicked, once or twice; one order of twenty is told twice. */
function fill(file: string, { messages, orders, people, views }: { messages: number; orders: number; people: number; views: number }): void {
	const database = new DatabaseSync(file);
	database.exec('begin');
	const person = database.prepare("insert into profile (id, created_at, updated_at, attributes) values (?, 0, 0, '{}')");
	for (let id = 1; id <= people; id += 1) person.run(id);
	const numbers = new Map<number, number>();
	const event = database.prepare('insert into event (profile, event_no, name, source, occurred_at, received_at, properties, message) values (?, ?, ?, \'bench\', ?, ?, ?, ?)');
	const happened = (profile: number, name: string, at: number, properties: object, message: string | null = null): void => {
		const no = (numbers.get(profile) ?? 0) + 1;
		numbers.set(profile, no);
		event.run(profile, no, name, at, at, JSON.stringify(properties), message);
	};
	const message = database.prepare(`insert into message (id, token, step, trail, item_key, workflow, profile, channel, purpose, topic, state, reserved_at, attempted_at, ended_at, opened_at, last_opened_at, clicked_at, last_clicked_at)
		values (?, '', ?, ?, '', 'wf', ?, 'email', 'marketing', '', 'sent', ?, ?, ?, ?, ?, ?, ?)`);
	for (let n = 0; n < messages; n += 1) {
		const [id, profile, at] = [`message-of-the-bench-${n}`, 1 + ((n * 31) % people), START_MS - 30 * DAY_MS + Math.floor((n / messages) * 30 * DAY_MS)];
		const [first, second] = n % 10 === 0 ? [at + 3_600_000, n % 20 === 0 ? at + DAY_MS : at + 3_600_000] : [null, null];
		message.run(id, `step-${n % 12}`, id, profile, at, at, at, first, second, first, second);
		if (first !== null) happened(profile, 'Email Link Clicked', first, { message: id }, id);
		if (second !== null && second !== first) happened(profile, 'Email Link Clicked', second, { message: id }, id);
	}
	for (let n = 0; n < views; n += 1) happened(1 + ((n * 17) % people), 'Product Viewed', START_MS - Math.floor((n / views) * 30 * DAY_MS), { product_id: `p${n % 5000}`, name: 'A product', price: 12.5 });
	for (let n = 0; n < orders; n += 1) {
		const [profile, at] = [1 + ((n * 13) % people), START_MS - 1 - Math.floor((n / orders) * 29 * DAY_MS)];
		const properties = { order_id: `o${n}`, total: `${n % 200}.99`, currency: 'EUR', products: [{ product_id: `p${n % 5000}`, quantity: 1 }] };
		happened(profile, 'Order Completed', at, properties);
		if (n % 20 === 0) happened(profile, 'Order Completed', at + 1000, properties);
	}
	database.exec('commit');
	database.close();
}

/** What somebody would write who trusts the ledger's first and last click, and no order to be told twice. */
function byHand(file: string): number {
	const database = new DatabaseSync(file);
	const query = database.prepare(`select step, day, count(*) as conversions, sum(total) as value from (
			select ev.id, m.step, ev.occurred_at / 86400000 as day, cast(ev.properties ->> '$.total' as real) as total, row_number() over (partition by ev.id order by m.last_clicked_at desc) as nth
			from event ev left join message m on m.profile = ev.profile and m.last_clicked_at <= ev.occurred_at and m.last_clicked_at >= ev.occurred_at - ?
			where ev.name = 'Order Completed' and ev.occurred_at >= ?)
		where nth = 1 group by step, day`);
	query.all(7 * DAY_MS, START_MS - 30 * DAY_MS);
	const from = performance.now();
	query.all(7 * DAY_MS, START_MS - 30 * DAY_MS);
	const ms = performance.now() - from;
	database.close();
	return ms;
}
