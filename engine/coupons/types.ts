import type { Whose } from '../consent/types';

/**
 * Glossary
 * pool      codes of one kind, such as welcome10; templates name it
 * free      a code that nobody has and that was not redeemed
 * given     a code that a person has, for one journey
 * redeemed  an order named the code
 */
export interface CouponPool {
	name: string;
	/** ISO 8601; from then on no code is given, and none of it is good. null: never. */
	expiresAt: string | null;
	/** Days a code is good for after it was given; null: as long as the pool. */
	validDays: number | null;
	/** A warning is told when no more codes than this are left; 0: none. */
	lowAt: number;
}

export interface CouponPoolView extends CouponPool {
	codes: number;
	left: number;
	given: number;
	redeemed: number;
	/** expired and empty hold messages back; low has reached lowAt. */
	state: 'ready' | 'low' | 'empty' | 'expired';
	createdAt: string;
}

export interface CouponView {
	code: string;
	state: 'free' | 'given' | 'redeemed';
	/** null: nobody's, or of a person who was erased. */
	profile: number | null;
	/** The workflow it was given in, or the key that was given. */
	journey: string | null;
	givenAt: string | null;
	expiresAt: string | null;
	redeemedAt: string | null;
}

export interface CodesAdded {
	added: number;
	/** In this pool already, or twice in what was given. */
	known: number;
	/** In another pool, or no code: at most 1,000 of them are listed. The first lines count from 1. */
	rejected: Array<{ line: number; reason: string }>;
	rejectedCount: number;
}

export interface GeneratePlan {
	pool: string;
	/** At most 1,000,000 a call. */
	count: number;
	/** Random characters, 6 to 32. Default 10: 49 bits. */
	length?: number;
	prefix?: string;
}

export interface AssignedCoupon {
	profile: number | null;
	code: string | null;
	expiresAt: string | null;
	/** Whether this call gave it; false: they had it already, or got none. */
	isNew: boolean;
	/** Why there is no code. */
	reason: string | null;
}

export interface CouponsApi {
	/** Makes a pool. Throws CONFLICT, BAD_INPUT. */
	createPool(pool: Partial<CouponPool> & { name: string }): Promise<CouponPoolView>;
	/** Changes what is given; codes that people have keep their date. Throws NOT_FOUND, BAD_INPUT. */
	updatePool(name: string, changes: Partial<Omit<CouponPool, 'name'>>): Promise<CouponPoolView>;
	/** A code a line, or a CSV whose header names a column code. All or nothing up to a batch of 5,000. Throws NOT_FOUND, BAD_INPUT. */
	importFile(pool: string, bytes: Uint8Array): Promise<CodesAdded>;
	addCodes(pool: string, codes: string[]): Promise<CodesAdded>;
	/** Letters and digits that are not mistaken for each other, from the engine's random source. Throws NOT_FOUND, BAD_INPUT. */
	generate(plan: GeneratePlan): Promise<CodesAdded>;
	pools(): Promise<CouponPoolView[]>;
	/** Throws NOT_FOUND. */
	pool(name: string): Promise<CouponPoolView>;
	/** In the order in which they were added. Throws NOT_FOUND. */
	codes(query: { pool: string; state?: CouponView['state']; after?: string; limit?: number }): Promise<CouponView[]>;
	/** A code each, outside a message: the one they have of this pool and journey, else a free one. Throws NOT_FOUND (the pool). */
	assign(request: { pool: string; journey: string; people: Whose[] }): Promise<AssignedCoupon[]>;
	/** With its codes. Throws NOT_FOUND; BAD_INPUT where people have codes of it and `withGiven` is not set. */
	deletePool(name: string, options?: { withGiven?: boolean }): Promise<{ codes: number }>;
}
