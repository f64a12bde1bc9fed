import type { EventMatch } from '../events/types';
import type { RuleReach } from '../segments';
import type { SegmentRule } from '../segments/types';
import { MOST_OCCURRENCES } from './check';
import type { PointsRule } from './types';

/**
 * What a rule gives a person at an instant, from the facts the database answers with. All arithmetic on points is here, in one
 * place for both databases: a power or a sum of doubles in SQL may differ in the last digit, and then a score of 70 is hot on one
 * of them only.
 */
export interface KnownRule {
	rule: PointsRule;
	/** As asked of the database: references to segments are written out. */
	when: SegmentRule;
	reach: RuleReach;
	event: EventMatch | null;
	/** Newest occurrences that count at most. */
	most: number;
	halfLifeMs: number | null;
	expiresMs: number | null;
}

/** What the database says of one person and rule. */
export type Facts =
	| { kind: 'condition'; holds: boolean }
	/** Time changes nothing: only how many count, and the newest. */
	| { kind: 'count'; count: number; lastAtMs: number | null }
	/** Newest first; those that have expired are not in it. */
	| { kind: 'times'; timesMs: readonly number[] };

const DAY_MS = 86_400_000;

export function knownRule(rule: PointsRule, when: SegmentRule, reach: RuleReach, event: EventMatch | null): KnownRule {
	return {
		rule, when, reach, event,
		most: rule.mode === 'perOccurrence' ? (rule.cap?.occurrences ?? MOST_OCCURRENCES) : 1,
		halfLifeMs: rule.decay === undefined ? null : rule.decay.halfLifeDays * DAY_MS,
		expiresMs: rule.expiresAfterDays === undefined ? null : Math.max(1, Math.round(rule.expiresAfterDays * DAY_MS)),
	};
}

/** Whether what an occurrence gives changes with time. */
export function fades(rule: KnownRule): boolean {
	return rule.event !== null && (rule.halfLifeMs !== null || rule.expiresMs !== null);
}

/**
 * What one rule gives one person, as a function of time. Its size never grows with time (facts being the same), which is what
 * crossing.ts builds on: occurrences only lose worth, and only expire.
 */
export class Part {
	/** Sums of what occurrences are worth at the instant of the newest one: of the newest, the two newest, and so on. */
	private readonly worth: readonly number[];
	private readonly timesMs: readonly number[];
	/** From this instant on it gives the same for ever. */
	readonly settledAtMs: number;

	constructor(readonly known: KnownRule, private readonly facts: Facts) {
		this.timesMs = facts.kind === 'times' ? facts.timesMs : [];
		const { halfLifeMs } = known;
		const [newest = 0] = this.timesMs;
		let sum = 0;
		// Anchored at the newest occurrence, not at now: every instant is computed from the same numbers, whenever it is asked.
		this.worth = this.timesMs.map((timeMs) => (sum += halfLifeMs === null ? 1 : 2 ** (-(newest - timeMs) / halfLifeMs)));
		this.settledAtMs = this.whenSettled();
	}

	/** Whole hundredths of points, signed. */
	hundredthsAt(atMs: number): number {
		return this.signed(this.worthAt(atMs));
	}

	hundredthsWithoutDecayAt(atMs: number): number {
		return this.signed(this.occurrencesAt(atMs));
	}

	occurrencesAt(atMs: number): number {
		switch (this.facts.kind) {
			case 'condition': return this.facts.holds ? 1 : 0;
			case 'count': return this.facts.count;
			case 'times': return this.alive(atMs);
		}
	}

	isCappedAt(atMs: number): boolean {
		const cap = this.known.rule.cap?.points;
		return cap !== undefined && this.worthAt(atMs) * Math.abs(this.known.rule.points) > cap;
	}

	get lastAtMs(): number | null {
		return this.facts.kind === 'condition' ? null : this.facts.kind === 'count' ? this.facts.lastAtMs : (this.timesMs[0] ?? null);
	}

	private whenSettled(): number {
		const [newest] = this.timesMs;
		if (newest === undefined || this.known.rule.points === 0) return 0;
		const { halfLifeMs, expiresMs, rule } = this.known;
		const gone = expiresMs === null ? Number.POSITIVE_INFINITY : newest + expiresMs;
		// Below half a hundredth rounds to nothing.
		const halvings = Math.log2((Math.abs(rule.points) * (this.worth.at(-1) ?? 0)) / 0.005);
		const faded = halfLifeMs === null ? Number.POSITIVE_INFINITY : newest + Math.max(0, Math.ceil(halvings * halfLifeMs)) + 1;
		return Math.min(gone, faded);
	}

	private worthAt(atMs: number): number {
		if (this.facts.kind !== 'times') return this.occurrencesAt(atMs);
		const { halfLifeMs } = this.known;
		const alive = this.alive(atMs);
		const [newest = 0] = this.timesMs;
		const sum = this.worth[alive - 1] ?? 0;
		return halfLifeMs === null ? sum : sum * 2 ** (-Math.max(0, atMs - newest) / halfLifeMs);
	}

	/** How many have not expired. They go in the order of their times, so it is where the expired ones begin. */
	private alive(atMs: number): number {
		const { expiresMs } = this.known;
		if (expiresMs === null) return this.timesMs.length;
		let from = 0;
		let to = this.timesMs.length;
		while (from < to) {
			const middle = (from + to) >> 1;
			if ((this.timesMs[middle] ?? 0) + expiresMs > atMs) from = middle + 1;
			else to = middle;
		}
		return from;
	}

	private signed(worth: number): number {
		const { points, cap } = this.known.rule;
		const size = Math.round(Math.min(cap?.points ?? Number.POSITIVE_INFINITY, Math.abs(points) * worth) * 100);
		return points < 0 && size > 0 ? -size : size;
	}
}
