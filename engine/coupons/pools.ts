import { sql, type RawBuilder } from 'kysely';

import { EngineError, iso } from '../kernel';
import type { Reader, Tx } from '../store';
import type { CouponPool, CouponPoolView } from './types';

const LONGEST_NAME = 100;
const MOST_VALID_DAYS = 3_650;

export interface PoolRow {
	id: number;
	name: string;
	expires_at: number | null;
	valid_days: number | null;
	low_at: number;
	created_at: number;
}

/** Nobody has it, and no order has named it. */
export const FREE: RawBuilder<boolean> = sql<boolean>`profile is null and redeemed_at is null`;

export async function createPool(tx: Tx, given: Partial<CouponPool> & { name: string }): Promise<void> {
	const name = checkedName(given.name);
	const { expires_at: expiresAt, valid_days: validDays, low_at: lowAt } = checked(given);
	if ((await findPool(tx, name)) !== undefined) throw new EngineError('CONFLICT', `There is a coupon pool "${name}" already. Choose another name, or add codes to that one.`);
	await tx.run(sql`insert into coupon_pool (name, expires_at, valid_days, low_at, created_at, updated_at) values (${name}, ${expiresAt ?? null}, ${validDays ?? null}, ${lowAt ?? 0}, ${tx.nowMs}, ${tx.nowMs})`);
}

export async function updatePool(tx: Tx, name: string, changes: Partial<Omit<CouponPool, 'name'>>): Promise<void> {
	const { id } = await poolNamed(tx, name);
	const row = { ...(await poolNamed(tx, name)), ...checked(changes) };
	await tx.run(sql`update coupon_pool set expires_at = ${row.expires_at}, valid_days = ${row.valid_days}, low_at = ${row.low_at}, updated_at = ${tx.nowMs} where id = ${id}`);
}

/** Its codes too. Throws NOT_FOUND, BAD_INPUT. */
export async function deletePool(tx: Tx, name: string, withGiven: boolean): Promise<{ codes: number }> {
	const { id } = await poolNamed(tx, name, tx.dialect.forUpdate);
	const given = await tx.first<{ n: number }>(sql<{ n: number }>`select count(*) as n from coupon where pool = ${id} and profile is not null`);
	if (!withGiven && Number(given?.n ?? 0) > 0) throw new EngineError('BAD_INPUT', `${given?.n} people have a code of "${name}", and nobody would know any more who had which. Switch on Also With Given Codes to delete it all the same.`, { given: Number(given?.n) });
	const codes = await tx.run(sql`delete from coupon where pool = ${id}`);
	await tx.run(sql`delete from coupon_pool where id = ${id}`);
	return { codes };
}

export async function findPool(reader: Reader, name: string): Promise<PoolRow | undefined> {
	return await reader.first<PoolRow>(sql<PoolRow>`select id, name, expires_at, valid_days, low_at, created_at from coupon_pool where name = ${name}`);
}

/** Throws NOT_FOUND. */
export async function poolNamed(reader: Reader, name: string, lock: RawBuilder<unknown> = sql``): Promise<PoolRow> {
	const row = await reader.first<PoolRow>(sql<PoolRow>`select id, name, expires_at, valid_days, low_at, created_at from coupon_pool where name = ${name} ${lock}`);
	if (row !== undefined) return row;
	throw new EngineError('NOT_FOUND', `There is no coupon pool "${name.slice(0, LONGEST_NAME)}". Choose another one, or make it with Journey Content, Coupon: Create Pool.`);
}

/** Whether there is any pool that orders may redeem codes of. */
export async function couponsWanted(reader: Reader): Promise<boolean> {
	return (await reader.first(sql`select 1 as there from coupon_pool limit 1`)) !== undefined;
}

export async function poolNames(reader: Reader): Promise<ReadonlySet<string>> {
	const rows = await reader.all<{ name: string }>(sql<{ name: string }>`select name from coupon_pool`);
	return new Set(rows.map(({ name }) => name));
}

/** The newest code of each pool, given or not; null: it has none. Only to see how long they are. */
export async function sampleCodes(reader: Reader): Promise<ReadonlyMap<string, string | null>> {
	const rows = await reader.all<{ name: string; code: string | null }>(sql<{ name: string; code: string | null }>`select p.name, (select c.code from coupon c where c.pool = p.id order by c.id desc limit 1) as code from coupon_pool p`);
	return new Map(rows.map(({ name, code }) => [name, code]));
}

export async function viewPools(reader: Reader, name?: string): Promise<CouponPoolView[]> {
	const rows = await reader.all<PoolRow & Record<'codes' | 'free' | 'given' | 'redeemed', number>>(sql<PoolRow & Record<'codes' | 'free' | 'given' | 'redeemed', number>>`
		select p.id, p.name, p.expires_at, p.valid_days, p.low_at, p.created_at, count(c.id) as codes, count(case when c.profile is null and c.redeemed_at is null then c.id end) as free,
			count(c.profile) as given, count(c.redeemed_at) as redeemed
		from coupon_pool p left join coupon c on c.pool = p.id ${name === undefined ? sql`` : sql`where p.name = ${name}`}
		group by p.id, p.name, p.expires_at, p.valid_days, p.low_at, p.created_at order by p.name`);
	return rows.map((row) => ({
		name: row.name, expiresAt: iso(row.expires_at), validDays: row.valid_days === null ? null : Number(row.valid_days), lowAt: Number(row.low_at),
		codes: Number(row.codes), left: Number(row.free), given: Number(row.given), redeemed: Number(row.redeemed), state: stateOf(row, Number(row.free), reader.nowMs), createdAt: iso(row.created_at),
	}));
}

function stateOf(row: PoolRow, free: number, nowMs: number): CouponPoolView['state'] {
	if (isExpired(row, nowMs)) return 'expired';
	if (free === 0) return 'empty';
	return free <= row.low_at ? 'low' : 'ready';
}

export function isExpired({ expires_at: at }: Pick<PoolRow, 'expires_at'>, nowMs: number): boolean {
	return at !== null && at <= nowMs;
}

/** What templates name: no quotes, nothing that ends a tag. */
function checkedName(given: unknown): string {
	const name = typeof given === 'string' ? given.trim() : '';
	if (name === '' || name.length > LONGEST_NAME || /['"%{}|\p{Cc}]/u.test(name)) throw new EngineError('BAD_INPUT', `The name of a coupon pool has 1 to ${LONGEST_NAME} characters, without quotes, braces, percent signs and bars: templates write it as {% coupon 'name' %}.`);
	return name;
}

function checked({ expiresAt, validDays, lowAt }: Partial<CouponPool>): Partial<Pick<PoolRow, 'expires_at' | 'valid_days' | 'low_at'>> {
	return {
		...(expiresAt === undefined ? {} : { expires_at: expiresAt === null ? null : instant(expiresAt) }),
		...(validDays === undefined ? {} : { valid_days: validDays === null ? null : whole(validDays, 1, MOST_VALID_DAYS, 'The days a code is good for') }),
		...(lowAt === undefined ? {} : { low_at: whole(lowAt, 0, 1_000_000, 'The number of codes at which a warning is told') }),
	};
}

function instant(given: string): number {
	const at = Date.parse(given);
	if (!Number.isFinite(at)) throw new EngineError('BAD_INPUT', 'The end of the pool is no date and time. Write it like 2026-12-31T23:59:00+01:00.');
	return at;
}

function whole(given: number, least: number, most: number, what: string): number {
	if (!Number.isSafeInteger(given) || given < least || given > most) throw new EngineError('BAD_INPUT', `${what} must be a whole number from ${least} to ${most}.`);
	return given;
}
