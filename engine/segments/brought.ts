import { Noted, type Tx } from '../store';

/**
 * Memberships that a merge has brought, in this transaction, to whoever stays. The look that follows takes them out of those that do not hold for the person, who was outside
 * all along: no journey starts by that, or an old customer would be congratulated on becoming one, because a guest on another device was her.
 */
const brought = new Noted();

export function noteBrought(tx: Tx, profile: number, segments: readonly number[]): void {
	brought.note(tx, segments.map((segment) => [segment, profile]));
}

export function wasBrought(tx: Tx, { segment, profile }: { segment: number; profile: number }): boolean {
	return brought.has(tx, [segment, profile]);
}
