import type { Ended } from './life';

const SHOWN = 30;

/** What a life ended with, against the run without a crash: nothing where each person took the same way to the same end. */
export function differences(undisturbed: Pick<Ended, 'oracle'>, ended: Pick<Ended, 'oracle'>): { missing: string[]; added: string[] } | null {
	const missing = without(undisturbed.oracle, ended.oracle);
	const added = without(ended.oracle, undisturbed.oracle);
	return missing.length === 0 && added.length === 0 ? null : { missing: missing.slice(0, SHOWN), added: added.slice(0, SHOWN) };
}

/** Multiset difference. */
function without(lines: readonly string[], taken: readonly string[]): string[] {
	const rest = new Map<string, number>();
	for (const line of taken) rest.set(line, (rest.get(line) ?? 0) + 1);
	return lines.filter((line) => {
		const left = rest.get(line) ?? 0;
		if (left > 0) rest.set(line, left - 1);
		return left === 0;
	});
}
