import { reached, type Levels, type Sums } from './levels';
import type { Part } from './points';

/**
 * When time alone will next change a level, the facts being the same: the first millisecond at which the bucket, the grade or the
 * side of a watched total is another than at `fromMs`; null when none is up to `toMs`.
 *
 * A sum of rising (negative points that fade) and falling parts may turn several times, so this is no root finding: the sum of the
 * positive parts only falls and that of the negative ones only rises, which bounds everything between two instants by what holds at
 * the two. A stretch whose bounds lie in one level is passed over; any other is halved, the earlier half first.
 */
export function nextCrossing(parts: readonly Part[], levels: Levels, fromMs: number, toMs: number): number | null {
	return new Search(parts.filter((part) => part.settledAtMs > fromMs), constantOf(parts, fromMs), levels).first(fromMs, Math.min(toMs, settled(parts)));
}

/** Gives up after so many instants and asks to be looked at again: sums that keep touching a limit without passing it. */
const MOST_LOOKS = 2_000;
const LOOK_AGAIN_MS = 1_000;

function settled(parts: readonly Part[]): number {
	return Math.max(0, ...parts.map((part) => part.settledAtMs));
}

/** Positive and negative hundredths of each group apart; the negative ones as their size. */
interface Halves {
	fitPlus: number;
	fitMinus: number;
	engagementPlus: number;
	engagementMinus: number;
}

function add(halves: Halves, part: Part, atMs: number): Halves {
	const value = part.hundredthsAt(atMs);
	if (part.known.rule.group === 'fit') {
		if (value >= 0) halves.fitPlus += value;
		else halves.fitMinus -= value;
	} else if (value >= 0) halves.engagementPlus += value;
	else halves.engagementMinus -= value;
	return halves;
}

function constantOf(parts: readonly Part[], fromMs: number): Halves {
	const halves: Halves = { fitPlus: 0, fitMinus: 0, engagementPlus: 0, engagementMinus: 0 };
	for (const part of parts) if (part.settledAtMs <= fromMs) add(halves, part, fromMs);
	return halves;
}

class Search {
	private looks = 0;
	private readonly limits: { fit: readonly number[]; engagement: readonly number[]; total: readonly number[] };

	constructor(private readonly fading: readonly Part[], private readonly constant: Halves, levels: Levels) {
		const { buckets, grades, watched } = levels;
		this.limits = {
			fit: grades.from,
			engagement: buckets.by === 'engagement' ? buckets.from : [],
			total: buckets.by === 'total' ? [...buckets.from, ...watched].sort((a, b) => a - b) : watched,
		};
	}

	first(fromMs: number, toMs: number): number | null {
		if (this.fading.length === 0 || toMs <= fromMs) return null;
		return this.within(fromMs, this.at(fromMs), toMs, this.at(toMs));
	}

	/** The first instant after `a` and up to `b` with another level than at `a`. */
	private within(a: number, atA: Halves, b: number, atB: Halves): number | null {
		const lowest: Sums = { fit: atB.fitPlus - atA.fitMinus, engagement: atB.engagementPlus - atA.engagementMinus };
		const highest: Sums = { fit: atA.fitPlus - atB.fitMinus, engagement: atA.engagementPlus - atB.engagementMinus };
		if (this.isSame(lowest, highest)) return null;
		if (b - a <= 1) return this.isSame(sums(atA), sums(atB)) ? null : b;
		if (this.looks >= MOST_LOOKS) return Math.min(b, a + LOOK_AGAIN_MS);
		const middle = a + Math.floor((b - a) / 2);
		const atMiddle = this.at(middle);
		return this.within(a, atA, middle, atMiddle) ?? this.within(middle, atMiddle, b, atB);
	}

	private at(atMs: number): Halves {
		this.looks += 1;
		const halves = { ...this.constant };
		for (const part of this.fading) add(halves, part, atMs);
		return halves;
	}

	private isSame(one: Sums, other: Sums): boolean {
		const { fit, engagement, total } = this.limits;
		return reached(fit, one.fit) === reached(fit, other.fit)
			&& reached(engagement, one.engagement) === reached(engagement, other.engagement)
			&& reached(total, one.fit + one.engagement) === reached(total, other.fit + other.engagement);
	}
}

function sums(halves: Halves): Sums {
	return { fit: halves.fitPlus - halves.fitMinus, engagement: halves.engagementPlus - halves.engagementMinus };
}
