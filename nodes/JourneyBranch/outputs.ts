interface OutputShape {
	type: string;
	displayName: string;
}

/**
 * One output for each rule, in their order, and one for everybody else. n8n runs this text in the editor, where nothing else of this file
 * exists: so all it needs stands inside.
 */
export const outputsOf = (parameters: { rules?: { rule?: unknown } }): OutputShape[] => {
	const rules = Array.isArray(parameters.rules?.rule) ? (parameters.rules.rule as Array<{ name?: unknown } | null>) : [];
	const names = rules.map((rule, n) => (typeof rule?.name === 'string' && rule.name.trim() !== '' ? rule.name.trim() : `Rule ${n + 1}`));
	return [...names, 'Remainder'].map((displayName) => ({ type: 'main', displayName }));
};
