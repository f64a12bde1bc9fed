import { parseJson } from '../../shared/json';

/** Every text in a value, JSON within texts included: a rule may have been written as JSON. */
export function textsWithin(value: unknown): Set<string> {
	const found = new Set<string>();
	collect(value, found);
	return found;
}

function collect(value: unknown, found: Set<string>): void {
	if (typeof value === 'string') {
		found.add(value);
		// Names in a field of several stand with commas between them.
		for (const part of value.split(',')) found.add(part.trim());
		if (/^\s*[[{]/.test(value)) collect(parseJson(value), found);
		return;
	}
	if (typeof value !== 'object' || value === null) return;
	for (const inner of Object.values(value)) collect(inner, found);
}

/** Whether a rule asks for a stage, at whatever depth. */
export function asksForStages(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	return Object.hasOwn(value, 'stage') || Object.values(value).some(asksForStages);
}
