import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

import { PRAGMAS } from '../../engine/store/sqlite/pragmas';

const CITIES = ['Berlin', 'London', 'Paris', 'Seoul', 'Tokyo', 'New York', 'Madrid', 'Rome'];
const PLANS = ['free', 'basic', 'pro', 'team'];

export const EVENT_NAMES = ['Product Viewed', 'Product Added', 'Cart Viewed', 'Checkout Started', 'Order Completed'];
const DAY_MS = 86_400_000;
/** Events of the last 60 days that everybody has when the measuring begins: a shop that has been open for a while. */
const EVENTS_EACH = 5;

export function propertiesOf(n: number): string {
	return JSON.stringify({ sku: `sku-${n % 400}`, name: `A nice product, number ${n % 400}`, price: (n % 500) / 10, currency: 'EUR', quantity: 1 + (n % 3) });
}

/** People with attributes, a user id each (`user-0` on) and a past, written by another connection before anything is measured. */
export function fillProfiles(file: string, profiles: number, eventsEach = EVENTS_EACH): void {
	const database = new DatabaseSync(file);
	database.exec(`${PRAGMAS} pragma synchronous = off; begin`);
	const profile = database.prepare('insert into profile (id, created_at, updated_at, attributes) values (?, ?, ?, ?)');
	const identity = database.prepare('insert into identity (kind, value, profile, created_at) values (?, ?, ?, ?)');
	const nowMs = Math.round(performance.timeOrigin + performance.now());
	for (let n = 0; n < profiles; n += 1) {
		const attributes = { first_name: `Name ${n % 5000}`, city: CITIES[n % CITIES.length], plan: PLANS[(n >> 3) % PLANS.length], age: 18 + (n % 60), orders: n % 40, newsletter: n % 3 === 0 };
		profile.run(n + 1, nowMs, nowMs, JSON.stringify(attributes));
		identity.run('user_id', `user-${n}`, n + 1, nowMs);
	}
	const event = database.prepare(`insert into event (profile, event_no, name, message_id, source, occurred_at, received_at, properties) values (?, ?, ?, ?, 'shop', ?, ?, ?)`);
	for (let n = 0; n < profiles * eventsEach; n += 1) {
		const at = nowMs - DAY_MS - Math.floor((((n * 2_654_435_761) >>> 0) / 2 ** 32) * 60 * DAY_MS);
		event.run((n % profiles) + 1, Math.floor(n / profiles) + 1, EVENT_NAMES[(n * 31 + Math.floor(n / profiles)) % EVENT_NAMES.length] ?? '', `old-${n}`, at, at, propertiesOf(n));
	}
	database.exec('commit; pragma wal_checkpoint(truncate)');
	database.close();
}

/**
 * Copies page by page, as a database writes its file. Of a file that came in large pieces, Linux (6.16 and later) keeps large pieces in
 * memory too, and looks through a whole one for each page that is written: raw inserts took half as much system time again.
 */
export function copyDatabase(from: string, to: string): void {
	const [source, target] = [openSync(from, 'r'), openSync(to, 'w')];
	const page = Buffer.alloc(4096);
	for (let read = readSync(source, page); read > 0; read = readSync(source, page)) writeSync(target, page, 0, read);
	closeSync(source);
	closeSync(target);
}

/**
 * Inserts the newest `events` rows of the engine's database into a copy that was made before they came, as many a transaction as the engine
 * took; in `rounds` equal parts, one a call. Events a second of that part.
 */
export function rawRounds(from: string, copy: string, { events, batch, rounds }: { events: number; batch: number; rounds: number }): { next(): number; close(): void } {
	const source = new DatabaseSync(from, { readOnly: true });
	const select = source.prepare('select * from event order by id desc limit ?');
	const names = select.columns().map((column) => String(column.name));
	select.setReturnArrays(true);
	const rows = (select.all(events) as unknown as Array<Array<string | number | null>>).reverse();
	source.close();
	const target = new DatabaseSync(copy);
	target.exec(PRAGMAS);
	const insert = target.prepare(`insert into event (${names.join()}) values (${names.map(() => '?').join()})`);
	let at = 0;
	return {
		next: () => {
			const until = Math.min(rows.length, at + Math.ceil(events / rounds));
			const [first, startedMs] = [at, performance.now()];
			for (; at < until; at += batch) {
				target.exec('begin immediate');
				for (const row of rows.slice(at, Math.min(until, at + batch))) insert.run(...row);
				target.exec('commit');
			}
			return (until - first) / ((performance.now() - startedMs) / 1000);
		},
		close: () => target.close(),
	};
}

/** All of it at once. */
export function rawInserts(from: string, copy: string, events: number, batch: number): number {
	const raw = rawRounds(from, copy, { events, batch, rounds: 1 });
	const speed = raw.next();
	raw.close();
	return speed;
}
