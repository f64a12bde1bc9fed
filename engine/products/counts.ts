import { sql } from 'kysely';

import type { NewEvent } from '../events';
import { isJsonObject, type JsonValue } from '../kernel';
import type { Tx } from '../store';

/** Segment's ecommerce spec: https://segment.com/docs/connections/spec/ecommerce/v2/ */
export const VIEWED_EVENT = 'Product Viewed';
export const BOUGHT_EVENT = 'Order Completed';

export const VIEWED = 1;
export const BOUGHT = 2;
const DAY_MS = 86_400_000;
/** Whatever is older counts for nothing popular. */
export const COUNTED_DAYS = 60;
/** Of one order; a wholesale order of 500 things says nothing of what goes together. */
const MOST_PAIRED = 20;
const LONGEST_ID = 200;

export function dayOf(ms: number): number {
	return Math.floor(ms / DAY_MS);
}

/** Adds up what people looked at and bought, without whom. An erasure leaves the figures. */
export async function countProducts(tx: Tx, events: readonly NewEvent[]): Promise<void> {
	const counts = new Map<string, { day: number; product: string; kind: number; n: number }>();
	const pairs = new Map<string, { product: string; other: string; n: number }>();
	for (const { name, properties, occurredAtMs } of events) {
		const kind = name === VIEWED_EVENT ? VIEWED : name === BOUGHT_EVENT ? BOUGHT : null;
		if (kind === null) continue;
		const ids = [...new Set(productsOf(name, properties).flatMap((keys) => keys.slice(0, 1)))];
		const day = dayOf(occurredAtMs);
		if (day > dayOf(tx.nowMs) - COUNTED_DAYS) for (const product of ids) add(counts, `${day} ${kind} ${product}`, { day, product, kind, n: 1 });
		if (kind === BOUGHT && ids.length <= MOST_PAIRED) for (const product of ids) for (const other of ids) if (product !== other) add(pairs, JSON.stringify([product, other]), { product, other, n: 1 });
	}
	// Sorted, so that two processes lock rows in one order.
	if (counts.size > 0) {
		await tx.run(sql`insert into product_count (day, product, kind, n) select r.day, r.product, r.kind, r.n from ${tx.dialect.rows(sorted(counts), { day: 'integer', product: 'text', kind: 'integer', n: 'integer' }, 'r')} where true
			on conflict (day, product, kind) do update set n = product_count.n + excluded.n`);
	}
	if (pairs.size > 0) {
		await tx.run(sql`insert into product_pair (product, other, n) select r.product, r.other, r.n from ${tx.dialect.rows(sorted(pairs), { product: 'text', other: 'text', n: 'integer' }, 'r')} where true
			on conflict (product, other) do update set n = product_pair.n + excluded.n`);
	}
}

/** Counts that are too old to be looked at. */
export async function forgetCounts(tx: Tx): Promise<void> {
	await tx.run(sql`delete from product_count where day <= ${dayOf(tx.nowMs) - COUNTED_DAYS}`);
}

function add<Row extends { n: number }>(rows: Map<string, Row>, key: string, row: Row): void {
	const known = rows.get(key);
	if (known === undefined) rows.set(key, row);
	else known.n += 1;
}

function sorted<Row>(rows: ReadonlyMap<string, Row>): Row[] {
	return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

/** Of each product of an event the names it may have in a feed, the likeliest first: some shops put the variant's id into their feeds, some the SKU. */
export function productsOf(name: string, properties: Readonly<Record<string, JsonValue>>): string[][] {
	const { products } = properties;
	const rows = name === VIEWED_EVENT ? [properties] : Array.isArray(products) ? products.filter(isJsonObject) : [];
	return rows.flatMap((row) => {
		const keys = [row.product_id, row.variant_id, row.sku, row.item_group_id].flatMap((key) => {
			const text = typeof key === 'string' || typeof key === 'number' ? String(key).trim() : '';
			return text === '' || text.length > LONGEST_ID ? [] : [text];
		});
		return keys.length === 0 ? [] : [[...new Set(keys)]];
	});
}
