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
