import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

/** A text field, since a number field cannot be empty. */
export function versionField(displayOptions: IDisplayOptions, name: string, displayName: string, description: string): INodeProperties {
	return { displayName, name, type: 'string', displayOptions, default: '', placeholder: 'e.g. 3', description };
}

/** null: it is empty, which means the draft. Throws a NodeOperationError. */
export function versionIn(context: IExecuteFunctions, itemIndex: number, name: string): number | null {
	const given = String(context.getNodeParameter(name, itemIndex, '') ?? '').trim();
	if (given === '') return null;
	if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
	throw new NodeOperationError(context.getNode(), 'The version is no number', { itemIndex, description: "Write the number of a version, such as 3; 'Get Versions' lists them. Leave it empty for the draft." });
}
