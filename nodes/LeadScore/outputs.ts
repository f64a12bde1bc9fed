interface OutputShape {
	type: string;
	displayName: string;
}

/**
 * One output for each chosen bucket, and one for everybody else: other buckets, and people who are not known. n8n runs this text in the editor, where nothing else of this
 * file exists: so all it needs stands inside.
 */
export const outputsOf = (parameters: { buckets?: unknown }): OutputShape[] => {
	const chosen = Array.isArray(parameters.buckets) ? parameters.buckets : [];
	return [...chosen.map((bucket) => String(bucket)), 'Other'].map((displayName) => ({ type: 'main', displayName }));
};
