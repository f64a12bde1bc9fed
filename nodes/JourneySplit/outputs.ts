interface OutputShape {
	type: string;
	displayName: string;
}

/** One output for each path, in their order. n8n runs this text in the editor, where nothing else of this file exists: so all it needs stands inside. */
export const outputsOf = (parameters: { paths?: { path?: unknown } }): OutputShape[] => {
	const paths = Array.isArray(parameters.paths?.path) ? (parameters.paths.path as Array<{ name?: unknown } | null>) : [];
	return paths.map((path, n) => ({ type: 'main', displayName: typeof path?.name === 'string' && path.name.trim() !== '' ? path.name.trim() : `Path ${n + 1}` }));
};
