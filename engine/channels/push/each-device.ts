import type { SendOutcome } from '../types';

/** What became of a message on one device. dead: it takes nothing any more, its token is to be removed. */
export type DeviceOutcome =
	| { kind: 'accepted'; providerId: string }
	| { kind: 'dead'; reason: string }
	| { kind: 'permanent'; reason: string }
	| { kind: 'account'; reason: string }
	| { kind: 'ambiguous'; reason: string }
	| { kind: 'transient'; reason: string; retryAfterMs?: number };

/**
 * The one outcome of a message to several devices. A message is tried again as a whole, and never twice on the same device, so it is tried again only when certainly none
 * has it: accepted by one is sent; else ambiguous on one is unknown; only then may account and transient troubles have it wait. Dead devices are
 * gone whatever became of the others.
 */
export function combined(devices: readonly string[], outcomes: readonly DeviceOutcome[]): SendOutcome {
	const gone = devices.filter((_device, n) => outcomes[n]?.kind === 'dead');
	const of = <Kind extends DeviceOutcome['kind']>(kind: Kind) => outcomes.filter((one): one is Extract<DeviceOutcome, { kind: Kind }> => one.kind === kind);
	const removed = gone.length === 0 ? {} : { gone };
	const [accepted] = of('accepted');
	if (accepted !== undefined) {
		const missed = outcomes.filter(({ kind }) => kind !== 'accepted');
		const [first] = missed;
		if (first === undefined) return { kind: 'accepted', providerId: accepted.providerId };
		const why = 'reason' in first ? `: ${first.reason}` : '';
		return { kind: 'accepted', providerId: accepted.providerId, note: `${missed.length} of ${outcomes.length} devices did not take it${why}`, ...removed };
	}
	const [ambiguous] = of('ambiguous');
	if (ambiguous !== undefined) return { kind: 'ambiguous', reason: ambiguous.reason, ...removed };
	const [account] = of('account');
	if (account !== undefined) return { kind: 'account', reason: account.reason, ...removed };
	const transient = of('transient');
	const [first] = transient;
	if (first !== undefined) {
		const waits = transient.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
		return { kind: 'transient', reason: first.reason, ...(waits.length === 0 ? {} : { retryAfterMs: Math.max(...waits) }), ...removed };
	}
	const reason = (of('permanent')[0] ?? of('dead')[0])?.reason ?? 'There was no device to send to.';
	return { kind: 'permanent', reason, ...(gone.length === outcomes.length && gone.length > 0 ? { deadAddress: true } : {}), ...removed };
}
