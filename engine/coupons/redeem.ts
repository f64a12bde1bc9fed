import { sql } from 'kysely';

import type { NewEvent } from '../events';
import type { Tx } from '../store';
import { codeKey } from './add';

/** Segment's ecommerce spec: https://segment.com/docs/connections/spec/ecommerce/v2/#order-completed */
export const REDEEMING_EVENT = 'Order Completed';

/** Codes that orders name are redeemed, by whomever: they are given to nobody any more. The first order counts. */
export async function redeem(tx: Tx, events: readonly NewEvent[]): Promise<void> {
	const first = new Map<string, number>();
	for (const { name, properties, occurredAtMs } of events) {
		if (name !== REDEEMING_EVENT) continue;
		for (const key of codesIn(properties)) first.set(key, Math.min(first.get(key) ?? Infinity, occurredAtMs));
	}
	if (first.size === 0) return;
	const rows = [...first].map(([key, at]) => ({ key, at })).sort((a, b) => (a.key < b.key ? -1 : 1));
	await tx.run(sql`update coupon set redeemed_at = r.at from ${tx.dialect.rows(rows, { key: 'text', at: 'integer' }, 'r')} where coupon.code_key = r."key" and coupon.redeemed_at is null`);
}

/** `coupon` of the order and of its products: a text, or a list of them. */
function codesIn(properties: NewEvent['properties']): string[] {
	const { coupon, products } = properties;
	const ofProducts = Array.isArray(products) ? products.map((product) => (typeof product === 'object' && product !== null && !Array.isArray(product) ? product.coupon : null)) : [];
	return [coupon, ...ofProducts].flat().flatMap((one) => (typeof one === 'string' && one.trim() !== '' && one.length <= 100 ? [codeKey(one)] : []));
}
