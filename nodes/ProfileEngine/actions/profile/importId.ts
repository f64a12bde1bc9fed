import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

export function importIdField(displayOptions: IDisplayOptions, required: boolean): INodeProperties {
	return {
		displayName: 'Import ID',
		name: 'importId',
		type: 'string',
		displayOptions,
		required,
		default: '',
		placeholder: 'e.g. {{ $json.importId }}',
		description: required ? 'The importId of the import\'s report' : 'The importId of the import\'s report. Empty: the latest 50 imports.',
	};
}

/** '' when the field is empty. */
export function importIdOf(context: IExecuteFunctions, itemIndex: number): string {
	return String(context.getNodeParameter('importId', itemIndex, '') ?? '').trim();
}

/** Throws with the item's index when the field is empty. */
export function neededImportIdOf(context: IExecuteFunctions, itemIndex: number): string {
	const importId = importIdOf(context, itemIndex);
	if (importId !== '') return importId;
	throw new NodeOperationError(context.getNode(), "'Import ID' is empty", {
		itemIndex,
		description: "It is the importId in the report of 'Import'. 'Get Import Progress' without an ID lists the latest imports.",
	});
}
