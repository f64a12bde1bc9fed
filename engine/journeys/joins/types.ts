import type { StepRef, VisitItem } from '../types';

/**
 * The paths of one run meet at a Journey Join, once a visit. A *meeting* is that visit: it begins with the first path that arrives and
 * is over when enough have, or when its time has run out. *Path*: the line on the canvas by which people came.
 */
export interface JoinRequest {
	step: StepRef;
	items: VisitItem[];
	/** The line these people came by: the node it comes from, by its id, and the output. At most 200 characters. */
	path: string;
	/** So many different paths make a meeting complete; 1: the first. */
	needed: number;
	/** From the first arrival on, in milliseconds. */
	timeoutMs: number;
	/** Node ids of other Journey Joins that can be reached from this one: see joins/alone.ts. */
	ahead: string[];
}

export interface JoinResult {
	index: number;
	/** arrived: this path has taken part, and goes on with the others as one. late: the others have gone on already. gone: moved on, held or left. */
	outcome: 'arrived' | 'late' | 'gone';
}
