import { createHash } from 'node:crypto';
import { sql, type RawBuilder } from 'kysely';

import type { Asked } from './event-sql';
import type { RandomRule } from './types';

/** 2^31 - 1, a prime: products of two residues stay below 2^62, which both databases hold exactly. */
const PRIME = 2_147_483_647;
const PARTS = 10_000;

/**
 * A polynomial of degree three over the profile id, its coefficients drawn from the salt (Carter and Wegman's family: every
 * four people are independent over the salts). Integers only, so both databases and every version of them give the same.
 */
export function randomSql({ alias }: Pick<Asked, 'alias'>, { random: { percent, salt } }: RandomRule): RawBuilder<boolean> {
	return partSql(sql.ref(`${alias}.id`), percent, salt);
}

/** Whether the profile with this id is in the part of `percent` (steps of 0.01) by this salt: the same people every time, and a larger part holds the smaller one. */
export function partSql(profile: RawBuilder<unknown>, percent: number, salt: string): RawBuilder<boolean> {
	const x = sql`(${profile} % ${sql.lit(PRIME)})`;
	const [a, b, c, d] = coefficients(salt);
	const place = sql`((((((${sql.lit(a)} * ${x} + ${sql.lit(b)}) % ${sql.lit(PRIME)}) * ${x} + ${sql.lit(c)}) % ${sql.lit(PRIME)}) * ${x} + ${sql.lit(d)}) % ${sql.lit(PRIME)})`;
	return sql<boolean>`(${place} % ${sql.lit(PARTS)} < ${sql.lit(Math.round(percent * (PARTS / 100)))})`;
}

export function coefficients(salt: string): [number, number, number, number] {
	const hash = createHash('sha256').update(`random bucket\0${salt}`).digest();
	const at = (offset: number): number => 1 + (hash.readUInt32BE(offset) % (PRIME - 1));
	return [at(0), at(4), at(8), at(12)];
}
