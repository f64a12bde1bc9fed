import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { versionField, versionIn } from '../versionField';
import { templateField, templateKeyOf } from './templateKey';

const displayOptions = { show: { resource: ['template'], operation: ['compare'] } };

export const description: INodeProperties[] = [
	templateField(displayOptions),
	versionField(displayOptions, 'before', 'Version Before', 'Number of a version; empty is the draft'),
	versionField(displayOptions, 'after', 'Version After', 'Number of a version; empty is the draft'),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const changes = await engine.templates.compare(templateKeyOf(this, index), versionIn(this, index, 'before'), versionIn(this, index, 'after'));
		return changes as unknown as IDataObject[];
	});
}
