import { createHash } from 'node:crypto';
import { sql, type RawBuilder } from 'kysely';

import type { Asked } from './event-sql';
import type { RandomRule } from './types';

/** 2^31 - 1, a prime: products of two residues stay below 2^62, which both databases hold exactly. */
const PRIME = 2_147_483_647;
const PARTS = 10_000;
/** Each of those parts in so many: what of a place is left above its part. */
const FINE = Math.floor(PRIME / PARTS);

/**
 * A polynomial of degree three over the profile id, its coefficients drawn from the salt (Carter and Wegman's family: every
 * four people are independent over the salts). Integers only, so both databases and every version of them give the same.
 */
export function randomSql({ alias }: Pick<Asked, 'alias'>, { random: { percent, salt } }: RandomRule): RawBuilder<boolean> {
	return partSql(sql.ref(`${alias}.id`), percent, salt);
}

/**
 * Whether the profile with this id is in the part of `percent` by this salt: the same people every time, and a larger part holds the smaller one. Whole hundredths
 * of a percent cost one comparison; what is finer takes part of the next hundredth, down to 5e-8.
 */
export function partSql(profile: RawBuilder<unknown>, percent: number, salt: string): RawBuilder<boolean> {
	const x = sql`(${profile} % ${sql.lit(PRIME)})`;
	const [a, b, c, d] = coefficients(salt);
	const place = sql`((((((${sql.lit(a)} * ${x} + ${sql.lit(b)}) % ${sql.lit(PRIME)}) * ${x} + ${sql.lit(c)}) % ${sql.lit(PRIME)}) * ${x} + ${sql.lit(d)}) % ${sql.lit(PRIME)})`;
	const units = Math.round(percent * (PARTS / 100) * FINE);
	const [whole, rest] = [Math.floor(units / FINE), units % FINE];
	const inWhole = sql<boolean>`${place} % ${sql.lit(PARTS)} < ${sql.lit(whole)}`;
	return rest === 0 ? sql<boolean>`(${inWhole})` : sql<boolean>`(${inWhole} or (${place} % ${sql.lit(PARTS)} = ${sql.lit(whole)} and ${place} / ${sql.lit(PARTS)} < ${sql.lit(rest)}))`;
}

export function coefficients(salt: string): [number, number, number, number] {
	const hash = createHash('sha256').update(`random bucket\0${salt}`).digest();
	const at = (offset: number): number => 1 + (hash.readUInt32BE(offset) % (PRIME - 1));
	return [at(0), at(4), at(8), at(12)];
}
