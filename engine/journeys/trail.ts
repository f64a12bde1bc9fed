import { hashId } from '../kernel';

/** Where an enrollment first stands. */
export function rootTokenId(enrollment: number): string {
	return hashId('root', enrollment);
}

/** PROTOCOL 1: to park twice from the same place of the same way is to park once. */
export function childTokenId(parent: string, step: string, trail: string): string {
	return hashId('child', parent, step, trail);
}

/** PROTOCOL 13: the way taken inside a hop, so that a canvas loop is a new visit. */
export function nextTrail(trail: string, step: string, output: number): string {
	return hashId('trail', trail, step, output);
}

/** A due time that never comes by itself: an unlimited wait, or a hold until sending resumes. JavaScript's last date. */
export const NEVER_MS = 8_640_000_000_000_000;
