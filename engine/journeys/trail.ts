import { hashId } from '../kernel';

/**
 * In front of a token's id, so that those of people who entered together stand together in the index: hashes alone lie all over it, and a batch of
 * 500 among 100,000 parked people wrote 1,000 pages for them where it now writes a few. 7 digits of base 36 are 78 billion enrollments.
 */
const PLACE_DIGITS = 7;

/** Where an enrollment first stands. */
export function rootTokenId(enrollment: number): string {
	return beside(enrollment.toString(36).padStart(PLACE_DIGITS, '0'), hashId('root', enrollment));
}

/** PROTOCOL 1: to park twice from the same place of the same way is to park once. Beside its parent; whoever parked before ids were ordered keeps their own place. */
export function childTokenId(parent: string, step: string, trail: string): string {
	return beside(parent, hashId('child', parent, step, trail));
}

/** 90 bits of the hash are left: they have to tell the tokens of one enrollment apart. */
function beside(place: string, hash: string): string {
	return place.slice(0, PLACE_DIGITS) + hash.slice(PLACE_DIGITS);
}

/** PROTOCOL 13: the way taken inside a hop, so that a canvas loop is a new visit. */
export function nextTrail(trail: string, step: string, output: number): string {
	return hashId('trail', trail, step, output);
}

/** A due time that never comes by itself: an unlimited wait, or a hold until sending resumes. JavaScript's last date. */
export const NEVER_MS = 8_640_000_000_000_000;
