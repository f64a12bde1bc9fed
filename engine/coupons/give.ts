import { sql } from 'kysely';

import { iso } from '../kernel';
import type { Reader, Tx } from '../store';
import { FREE, isExpired, type PoolRow } from './pools';

/*
 * Giving codes. A code is free -> given; what somebody may have seen is never free again, not even after an erasure. Only a code whose one message ended before anything was sent comes back (take-back.ts).
 * Whoever gives has locked the people (PROTOCOL 3), so nobody gives the same person a second one meanwhile, and takes free codes that nobody else has locked,
 * so no two people get the same one. What was given in a transaction that fails was not given.
 */

/** One person's wish for a code of a pool. */
export interface Wish {
	pool: string;
	profile: number;
	/** What there is one code for: the workflow of the journey, or a key. */
	journey: string;
	enrollment: number | null;
	/** The one that is about to show it; null: it is told to somebody at once. */
	message: string | null;
}

export type Given = { code: string; expiresAt: string | null; isNew: boolean } | { reason: string };

interface Had {
	id: number;
	pool: number;
	profile: number;
	journey: string;
	code: string;
	expires_at: number | null;
	/** See migration 71. */
	message: string | null;
}

/** One answer a wish, in order. People are locked. A constant number of statements and two for each pool. */
export async function giveCoupons(tx: Tx, wishes: readonly Wish[]): Promise<Given[]> {
	if (wishes.length === 0) return [];
	const pools = await poolsNamed(tx, wishes.map(({ pool }) => pool));
	const known = wishes.flatMap((wish) => {
		const pool = pools.get(wish.pool);
		return pool === undefined ? [] : [{ ...wish, pool: pool.id }];
	});
	const had = new Map((await alreadyGiven(tx, known)).map((row) => [keyOf(row), row]));
	const messages = messagesOf(known);
	await keepShown(tx, [...had].flatMap(([key, row]) => (row.message !== null && messages.get(key) !== row.message ? [row] : [])));
	const wanting = new Map(known.filter((wish) => !had.has(keyOf(wish))).map((wish) => [keyOf(wish), { ...wish, message: messages.get(keyOf(wish)) ?? null }]));
	const given = new Map<string, Had>();
	for (const pool of pools.values()) {
		if (isExpired(pool, tx.nowMs)) continue;
		for (const row of await giveFree(tx, pool, [...wanting.values()].filter((wish) => wish.pool === pool.id))) given.set(keyOf(row), row);
	}
	return wishes.map((wish): Given => {
		const pool = pools.get(wish.pool);
		if (pool === undefined) return { reason: `There is no coupon pool "${wish.pool}". Make it with Journey Content, Coupon: Create Pool, or correct its name` };
		const key = keyOf({ ...wish, pool: pool.id });
		const theirs = had.get(key) ?? given.get(key);
		if (isExpired(pool, tx.nowMs)) return { reason: `The coupon pool "${pool.name}" expired on ${iso(pool.expires_at)}. Give it a later end, or take the coupon out` };
		if (theirs === undefined) return { reason: `The coupon pool "${pool.name}" has no code left. Import or generate more` };
		if (theirs.expires_at !== null && theirs.expires_at <= tx.nowMs) return { reason: `This person's code of "${pool.name}" was good until ${iso(theirs.expires_at)}, and there is one a person and journey` };
		return { code: theirs.code, expiresAt: iso(theirs.expires_at), isNew: given.has(key) };
	});
}

function keyOf({ pool, profile, journey }: Pick<Had, 'pool' | 'profile' | 'journey'>): string {
	return JSON.stringify([Number(pool), Number(profile), journey]);
}

/** The message of each code that is wished for; null where it is for several. */
function messagesOf(wishes: ReadonlyArray<Omit<Wish, 'pool'> & { pool: number }>): Map<string, string | null> {
	const messages = new Map<string, string | null>();
	for (const wish of wishes) {
		const key = keyOf(wish);
		messages.set(key, messages.has(key) && messages.get(key) !== wish.message ? null : wish.message);
	}
	return messages;
}

/** Another message shows them too: they stay, whatever becomes of the first. */
async function keepShown(tx: Tx, rows: readonly Had[]): Promise<void> {
	if (rows.length === 0) return;
	await tx.run(sql`update coupon set message = null where ${tx.dialect.anyOf(sql`id`, rows.map(({ id }) => id))}`);
}

async function poolsNamed(reader: Reader, names: readonly string[]): Promise<Map<string, PoolRow>> {
	const rows = await reader.all<PoolRow>(sql<PoolRow>`select id, name, expires_at, valid_days, low_at, created_at from coupon_pool where ${reader.dialect.anyOf(sql`name`, [...new Set(names)])} order by id`);
	return new Map(rows.map((row) => [row.name, row]));
}

async function alreadyGiven(reader: Reader, wishes: ReadonlyArray<Pick<Had, 'pool' | 'profile' | 'journey'>>): Promise<Had[]> {
	if (wishes.length === 0) return [];
	// cross join: SQLite keeps its order. A batch is of one pool and journey, and it would else go through all codes of both.
	return await reader.all<Had>(sql<Had>`select c.id, c.pool, c.profile, c.journey, c.code, c.expires_at, c.message from ${reader.dialect.rows(wishes, { pool: 'integer', profile: 'integer', journey: 'text' }, 'r')}
		cross join coupon c where c.pool = r.pool and c.profile = r.profile and c.journey = r.journey and c.shown = 1`);
}

async function giveFree(tx: Tx, pool: PoolRow, wishes: ReadonlyArray<Omit<Wish, 'pool'>>): Promise<Had[]> {
	if (wishes.length === 0) return [];
	const codes = await lockFree(tx, pool.id, wishes.length);
	const expiresAt = endOf(pool, tx.nowMs);
	const rows = wishes.slice(0, codes.length).map(({ profile, journey, enrollment, message }, n) => ({ id: codes[n]?.id ?? 0, code: codes[n]?.code ?? '', profile, journey, enrollment, message }));
	if (rows.length === 0) return [];
	await tx.run(sql`update coupon set profile = r.profile, journey = r.journey, enrollment = r.enrollment, message = r.message, shown = 1, given_at = ${tx.nowMs}, expires_at = ${expiresAt}
		from ${tx.dialect.rows(rows, { id: 'integer', profile: 'integer', journey: 'text', enrollment: 'integer', message: 'text' }, 'r')} where coupon.id = r.id`);
	return rows.map(({ id, code, profile, journey, message }) => ({ id, pool: pool.id, profile, journey, code, expires_at: expiresAt, message }));
}

/**
 * First what nobody else has locked, so that processes do not wait for each other; at the pool's end also what others hold, since they may not keep it: nobody is told that
 * a pool is empty which is not. Two that then wait for each other are a deadlock, which the store repeats.
 */
async function lockFree(tx: Tx, pool: number, count: number): Promise<Array<{ id: number; code: string }>> {
	const free = sql`pool = ${pool} and ${FREE}`;
	const first = await tx.all<{ id: number; code: string }>(sql<{ id: number; code: string }>`select id, code from coupon where ${free} order by id limit cast(${count} as integer) ${tx.dialect.skipLocked}`);
	if (first.length === count || tx.dialect.name === 'sqlite') return first;
	return await tx.all<{ id: number; code: string }>(sql<{ id: number; code: string }>`select id, code from coupon where ${free} order by id limit cast(${count} as integer) ${tx.dialect.forUpdate}`);
}

const DAY_MS = 86_400_000;

/** The earlier of the pool's end and the code's own. */
function endOf({ expires_at: poolEnd, valid_days: days }: PoolRow, nowMs: number): number | null {
	const own = days === null ? null : nowMs + Number(days) * DAY_MS;
	if (own === null || poolEnd === null) return own ?? poolEnd;
	return Math.min(own, Number(poolEnd));
}
