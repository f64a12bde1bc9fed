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
