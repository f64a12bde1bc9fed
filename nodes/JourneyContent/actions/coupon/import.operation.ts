import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { fileBytes } from '../../../shared/fileChunks';
import { poolField, poolOf } from './poolField';

const displayOptions = { show: { resource: ['coupon'], operation: ['import'] } };

export const description: INodeProperties[] = [
	poolField(displayOptions),
	{
		displayName: 'Codes From', name: 'codesFrom', type: 'options', noDataExpression: true, displayOptions,
		options: [
			{ name: 'Binary Field', value: 'binary', description: 'A CSV file with a column code, or a code a line' },
			{ name: 'Item', value: 'item', description: 'One code an item' },
		],
		default: 'binary',
	},
	{
		displayName: 'Input Binary Field', name: 'binaryProperty', type: 'string', displayOptions: { show: { ...displayOptions.show, codesFrom: ['binary'] } }, required: true, default: 'data', placeholder: 'e.g. data',
		hint: 'The name of the input field containing the file with codes',
	},
	{
		displayName: 'Code', name: 'code', type: 'string', displayOptions: { show: { ...displayOptions.show, codesFrom: ['item'] } }, required: true, default: '', placeholder: 'e.g. {{ $json.code }}',
		description: 'Codes that differ in capital letters only are the same',
	},
];

/** Files one after the other; codes of items all at once for each pool, with one item out a pool. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	if (this.getNodeParameter('codesFrom', 0) !== 'item') {
		return await eachItem(this, async (index) => [{ pool: poolOf(this, index), ...(await engine.coupons.importFile(poolOf(this, index), await fileBytes(this, index, this.getNodeParameter('binaryProperty', index) as string))) }]);
	}
	const byPool = new Map<string, Array<{ index: number; code: string }>>();
	this.getInputData().forEach((_item, index) => {
		const pool = poolOf(this, index);
		byPool.set(pool, [...(byPool.get(pool) ?? []), { index, code: String(this.getNodeParameter('code', index, '')) }]);
	});
	const output: INodeExecutionData[] = [];
	for (const [pool, codes] of byPool) {
		const report = await engine.coupons.addCodes(pool, codes.map(({ code }) => code));
		output.push({ json: { pool, ...report } as unknown as IDataObject, pairedItem: codes.map(({ index }) => ({ item: index })) });
	}
	return output;
}
