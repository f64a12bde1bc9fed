import { sql } from 'kysely';

import { iso, type JsonValue } from '../kernel';
import type { Merge, PersonKeeper } from '../profiles';
import type { Reader, Tx } from '../store';

interface Row {
	id: number;
	pool: number;
	profile: number;
	journey: string;
	shown: number;
}

interface Undo {
	moved: number[];
	/** Codes that stopped being the one that is shown, on either side. */
	hidden: number[];
}

/** Codes that people have. Erased people's stay used: a code is given once. */
export const couponsKeeper: PersonKeeper = {
	name: 'coupons',
	tables: ['coupon'],
	merge: async (tx, merge) => (await mergeAll(tx, [merge]))[0] ?? null,
	mergeAll,
	unmerge: async (tx, { into, from }, given) => {
		const { moved, hidden } = given as unknown as Undo;
		await tx.run(sql`update coupon set profile = ${from} where profile = ${into} and ${tx.dialect.anyOf(sql`id`, moved)}`);
		// Each half shows its own again, unless it was given one since.
		await tx.run(sql`update coupon set shown = 1 where ${tx.dialect.anyOf(sql`id`, hidden)} and ${tx.dialect.anyOf(sql`profile`, [into, from])}
			and not exists (select 1 from coupon o where o.pool = coupon.pool and o.profile = coupon.profile and o.journey = coupon.journey and o.shown = 1)`);
	},
	export: exportCoupons,
	eraseAll: async (tx, profiles) => {
		await tx.run(sql`update coupon set profile = 0, shown = 0, journey = null, enrollment = null where ${tx.dialect.anyOf(sql`profile`, profiles)}`);
	},
};

/** They keep the codes of both, and of two for the same journey the one given first is shown. */
async function mergeAll(tx: Tx, merges: readonly Merge[]): Promise<JsonValue[]> {
	const intoOf = new Map(merges.map(({ into, from }) => [from, into]));
	const ids = [...new Set(merges.flatMap(({ into, from }) => [into, from]))];
	const rows = await tx.all<Row>(sql<Row>`select id, pool, profile, journey, shown from coupon where ${tx.dialect.anyOf(sql`profile`, ids)} order by given_at, id`);
	const moved = rows.filter(({ profile }) => intoOf.has(profile));
	if (moved.length === 0) return merges.map(() => ({ moved: [], hidden: [] }));
	const seen = new Set<string>();
	const hidden = rows.filter((row) => {
		if (row.shown !== 1) return false;
		const key = JSON.stringify([row.pool, intoOf.get(row.profile) ?? row.profile, row.journey]);
		if (!seen.has(key)) {
			seen.add(key);
			return false;
		}
		return true;
	});
	await tx.run(sql`update coupon set shown = 0 where ${tx.dialect.anyOf(sql`id`, hidden.map(({ id }) => id))}`);
	await tx.run(sql`update coupon set profile = m."into", message = null from ${tx.dialect.rows(merges.map(({ into, from }) => ({ into, from })), { into: 'integer', from: 'integer' }, 'm')} where coupon.profile = m."from"`);
	return merges.map(({ into, from }): JsonValue => ({
		moved: moved.filter(({ profile }) => profile === from).map(({ id }) => id), hidden: hidden.filter(({ profile }) => profile === from || profile === into).map(({ id }) => id),
	}));
}

async function exportCoupons(reader: Reader, profile: number): Promise<JsonValue> {
	const rows = await reader.all<{ pool: string; code: string; journey: string | null; given_at: number; expires_at: number | null; redeemed_at: number | null }>(sql<{ pool: string; code: string; journey: string | null; given_at: number; expires_at: number | null; redeemed_at: number | null }>`
		select p.name as pool, c.code, c.journey, c.given_at, c.expires_at, c.redeemed_at from coupon c join coupon_pool p on p.id = c.pool where c.profile = ${profile} order by c.given_at, c.id`);
	return rows.map((row) => ({ pool: row.pool, code: row.code, journey: row.journey, givenAt: iso(row.given_at), expiresAt: iso(row.expires_at), redeemedAt: iso(row.redeemed_at) }));
}
