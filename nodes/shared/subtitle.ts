import type { INodeProperties } from 'n8n-workflow';

/**
 * What the canvas shows below the name of a node with resources: "Create or update a segment" instead of n8n's usual
 * "save: segment". An expression that n8n evaluates in the editor, where nothing but the node's parameters exists.
 */
export function actionSubtitle(properties: INodeProperties[]): string {
	const actions: Record<string, string> = {};
	for (const { name, displayOptions, options } of properties) {
		if (name !== 'operation') continue;
		for (const resource of displayOptions?.show?.resource ?? []) {
			for (const option of options ?? []) if ('action' in option && 'value' in option) actions[`${String(resource)}:${String(option.value)}`] = String(option.action);
		}
	}
	// One flat object: two closing braces in a row would end the expression.
	return `={{ (${JSON.stringify(actions)})[$parameter["resource"] + ":" + $parameter["operation"]] }}`;
}

/*
 * Functions of subtitles. n8n runs their text in the editor, where nothing else of a file exists: so whatever one needs stands inside of it or is
 * handed to it, and no two closing braces stand in a row.
 */

/** "2 days", "1 day": of an amount and a unit in the plural. */
export const durationText = (amount: unknown, unit: unknown): string => `${String(amount)} ${amount === 1 ? String(unit).slice(0, -1) : String(unit)}`;

/** The name in a locator, or the value itself. */
export const chosenText = (value: unknown): string => String((typeof value === 'object' && value !== null && 'value' in value ? value.value : value) ?? '');

/** The subtitle that a function of the parameters gives. */
export function subtitleBy(text: (parameters: Record<string, unknown>, duration: typeof durationText, chosen: typeof chosenText) => string): string {
	return `={{ (${text})($parameter, ${durationText}, ${chosenText}) }}`;
}
