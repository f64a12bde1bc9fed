import { sql } from 'kysely';

import { findAll } from '../consent';
import { EngineError, iso, type Random } from '../kernel';
import type { IdentityRules } from '../profiles';
import type { Reader, Store } from '../store';
import { addCodes, generateCodes, readCodes } from './add';
import { giveCoupons } from './give';
import { createPool, deletePool, poolNamed, updatePool, viewPools } from './pools';
import type { AssignedCoupon, CouponPoolView, CouponsApi, CouponView } from './types';

export { giveCoupons, type Given, type Wish } from './give';
export { couponsKeeper } from './keeper';
export { couponsWanted, poolNames, sampleCodes } from './pools';
export { redeem, REDEEMING_EVENT } from './redeem';
export { shortPools, type ShortPool } from './stock';
export { takeBackCoupons } from './take-back';
export type * from './types';

const LONGEST_KEY = 200;
const MOST_SHOWN = 10_000;
/** People a transaction. */
const BATCH = 500;

/** Coupon pools. Throws NOT_FOUND, CONFLICT, BAD_INPUT and the store's errors. */
export function createCoupons({ store, random, identityOptions }: { store: Store; random: Random; identityOptions: IdentityRules }): CouponsApi {
	const viewOf = async (name: string): Promise<CouponPoolView> => {
		const [view] = await store.read((reader) => viewPools(reader, name));
		if (view === undefined) throw new EngineError('NOT_FOUND', 'The coupon pool was deleted meanwhile.');
		return view;
	};
	return {
		createPool: async (pool) => {
			await store.tx('coupon-pool', (tx) => createPool(tx, pool));
			return await viewOf(pool.name.trim());
		},
		updatePool: async (name, changes) => {
			await store.tx('coupon-pool', (tx) => updatePool(tx, name, changes));
			return await viewOf(name);
		},
		importFile: async (pool, bytes) => await addCodes(store, pool, await readCodes(bytes)),
		addCodes: (pool, codes) => addCodes(store, pool, codes.map((code, n) => ({ line: n + 1, code: String(code) }))),
		generate: async (plan) => {
			await store.read((reader) => poolNamed(reader, plan.pool));
			return await generateCodes(store, random, plan);
		},
		pools: () => store.read((reader) => viewPools(reader)),
		pool: async (name) => {
			await store.read((reader) => poolNamed(reader, name));
			return await viewOf(name);
		},
		codes: (query) => store.read((reader) => listCodes(reader, query)),
		assign: async ({ pool, journey, people }) => {
			if (journey.length > LONGEST_KEY) throw new EngineError('BAD_INPUT', `What a code is for has at most ${LONGEST_KEY} characters.`);
			await store.read((reader) => poolNamed(reader, pool));
			const options = await identityOptions();
			const assigned: AssignedCoupon[] = [];
			for (let at = 0; at < people.length; at += BATCH) {
				assigned.push(...(await store.tx('coupon-assign', async (tx) => {
					const found = await findAll(tx, people.slice(at, at + BATCH), options);
					const given = await giveCoupons(tx, found.flatMap((one) => ('profile' in one ? [{ pool, journey, profile: one.profile, enrollment: null, message: null }] : [])));
					return found.map((one): AssignedCoupon => {
						if ('reason' in one) return { profile: null, code: null, expiresAt: null, isNew: false, reason: one.reason };
						const answer = given.shift() ?? { reason: 'No code was given.' };
						if ('reason' in answer) return { profile: one.profile, code: null, expiresAt: null, isNew: false, reason: `${answer.reason}.` };
						return { profile: one.profile, ...answer, reason: null };
					});
				})));
			}
			return assigned;
		},
		deletePool: (name, { withGiven = false } = {}) => store.tx('coupon-pool-delete', (tx) => deletePool(tx, name, withGiven)),
	};
}

interface CodeRow {
	code: string;
	profile: number | null;
	journey: string | null;
	given_at: number | null;
	expires_at: number | null;
	redeemed_at: number | null;
}

async function listCodes(reader: Reader, { pool, state, after, limit = 100 }: Parameters<CouponsApi['codes']>[0]): Promise<CouponView[]> {
	const { id } = await poolNamed(reader, pool);
	const states = { free: sql`profile is null and redeemed_at is null`, given: sql`profile is not null and redeemed_at is null`, redeemed: sql`redeemed_at is not null` };
	const rows = await reader.all<CodeRow>(sql<CodeRow>`select code, profile, journey, given_at, expires_at, redeemed_at from coupon where pool = ${id}
		${state === undefined ? sql`` : sql`and ${states[state]}`} ${after === undefined ? sql`` : sql`and id > coalesce((select id from coupon where pool = ${id} and code = ${after}), 0)`}
		order by id limit cast(${Math.min(Math.max(1, limit), MOST_SHOWN)} as integer)`);
	return rows.map((row) => ({
		code: row.code, state: row.redeemed_at !== null ? 'redeemed' : row.profile !== null ? 'given' : 'free', profile: row.profile === 0 ? null : row.profile,
		journey: row.journey, givenAt: iso(row.given_at), expiresAt: iso(row.expires_at), redeemedAt: iso(row.redeemed_at),
	}));
}
