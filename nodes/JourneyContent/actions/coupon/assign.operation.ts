import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import { EngineError } from '../../../../engine';
import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { identityFields, identityOf } from '../../../ProfileEngine/actions/identity';
import { poolField, poolOf } from './poolField';

const displayOptions = { show: { resource: ['coupon'], operation: ['assign'] } };

export const description: INodeProperties[] = [
	poolField(displayOptions),
	...identityFields(displayOptions, 'that gets the code'),
	{
		displayName: 'Options', name: 'options', type: 'collection', placeholder: 'Add Option', default: {}, displayOptions,
		options: [{ displayName: 'Occasion', name: 'occasion', type: 'string', default: '', placeholder: 'e.g. service-case-4711', description: 'A person has one code an occasion. Empty: this workflow, so that its messages show the same code.' }],
	},
];

/** Who gets none fails, so that nobody behind this node is told of an empty code. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const pool = poolOf(this, index);
		const { occasion = '' } = this.getNodeParameter('options', index, {}) as { occasion?: string };
		const [given] = await engine.coupons.assign({ pool, journey: occasion.trim() === '' ? String(this.getWorkflow().id ?? '') : occasion.trim(), people: [identityOf(this, index)] });
		if (given === undefined || given.code === null) throw new EngineError('NOT_FOUND', given?.reason ?? 'No code was given.');
		const { json = {} } = this.getInputData()[index] ?? {};
		return [{ ...json, coupon: { pool, code: given.code, expiresAt: given.expiresAt, isNew: given.isNew } } as IDataObject];
	});
}
