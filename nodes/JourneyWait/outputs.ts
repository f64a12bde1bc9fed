interface OutputShape {
	type: string;
	displayName?: string;
}

interface WaitParameters {
	wait?: unknown;
	ifPassed?: unknown;
	ifMissing?: unknown;
}

/**
 * A second output only where people may leave by it. n8n runs this text in the editor, where nothing else of this file exists: so all it
 * needs stands inside.
 */
export const outputsOf = (parameters: WaitParameters): OutputShape[] => {
	const dated = parameters.wait === 'date' || parameters.wait === 'attribute';
	const passed = dated && (parameters.ifPassed === 'output' || (parameters.wait === 'attribute' && parameters.ifMissing === 'output'));
	return passed ? [{ type: 'main', displayName: 'On Time' }, { type: 'main', displayName: 'Passed' }] : [{ type: 'main' }];
};

/** What the canvas shows below the name; run in the editor as well. */
export const subtitleOf = (parameters: Record<string, unknown>): string => {
	const named = (value: unknown): string => String((typeof value === 'object' && value !== null && 'value' in value ? value.value : value) ?? '');
	const count = (amount: unknown, unit: unknown): string => `${String(amount)} ${amount === 1 ? String(unit).slice(0, -1) : String(unit)}`;
	if (parameters.wait === 'time') return `until ${String(parameters.timeOfDay)}`;
	if (parameters.wait === 'best') return 'until the best time';
	if (parameters.wait === 'date' || parameters.wait === 'attribute') {
		const what = parameters.wait === 'date' ? 'the date' : named(parameters.attribute) || 'the date';
		return parameters.offset === 'before' || parameters.offset === 'after' ? `${count(parameters.offsetAmount, parameters.offsetUnit)} ${parameters.offset} ${what}` : `until ${what}`;
	}
	return count(parameters.amount ?? 1, parameters.unit ?? 'days');
};
