import { sql } from 'kysely';

import { iso } from '../kernel';
import type { Reader } from '../store';
import { FREE, isExpired, type PoolRow } from './pools';

/** A pool that somebody has to look at, in a sentence. */
export interface ShortPool {
	pool: number;
	/** Codes left. */
	left: number;
	limit: number;
	reason: string;
}

/** A look costs as many index entries a pool as its threshold is high, not as it has codes. Pools that are to warn at 0, and those that are over, are quiet. */
export async function shortPools(reader: Reader): Promise<ShortPool[]> {
	const pools = await reader.all<PoolRow>(sql<PoolRow>`select id, name, expires_at, valid_days, low_at, created_at from coupon_pool where low_at > 0 order by id`);
	const short: ShortPool[] = [];
	for (const pool of pools) {
		if (isExpired(pool, reader.nowMs)) continue;
		const limit = Number(pool.low_at);
		const counted = await reader.first<{ n: number }>(sql<{ n: number }>`select count(*) as n from (select 1 as one from coupon where pool = ${pool.id} and ${FREE} limit cast(${limit + 1} as integer)) as some_left`);
		const left = Number(counted?.n ?? 0);
		if (left > limit) continue;
		const until = pool.expires_at === null ? '' : `; it expires on ${iso(pool.expires_at)}`;
		const what = left === 0 ? 'has no code left: messages with it are held' : `has ${left} ${left === 1 ? 'code' : 'codes'} left`;
		short.push({ pool: pool.id, left, limit, reason: `The coupon pool "${pool.name}" ${what}${until}. Import or generate more with Journey Content, Coupon.` });
	}
	return short;
}
