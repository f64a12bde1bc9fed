import type { IdentityOptions } from './identity';
import { identityLimit } from './identity';
import type { LeftIdentity } from './plan';
import type { IdentityLeft } from './types';

/** In words, for reports. `indexOf`: the caller's own index of each set. */
export function leftInWords(left: readonly LeftIdentity[], indexOf: (set: number) => number, options: IdentityOptions): IdentityLeft[] {
	return left.map(({ index, kind, reason }) => ({
		index: indexOf(index),
		kind,
		reason: inWords(kind, reason, options),
	}));
}

function inWords(kind: string, reason: LeftIdentity['reason'], options: IdentityOptions): string {
	switch (reason) {
		case 'limit': return `The ${kind} was left out: one person may have ${identityLimit(kind, options)} of this kind (Settings: Identity Limits).`;
		case 'conflict': return `The ${kind} belongs to a person with another user id, so it was left there.`;
		case 'apart': return `The ${kind} belongs to a person who was unmerged from this one, so it was left there. If they are one person after all, merge them (Profile Engine: Profile: Merge).`;
	}
}
