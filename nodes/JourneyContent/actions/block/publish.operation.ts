import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { versionField, versionIn } from '../versionField';
import { blockField, blockKeyOf } from './blockKey';

const displayOptions = { show: { resource: ['block'], operation: ['publish'] } };

export const description: INodeProperties[] = [
	blockField(displayOptions),
	versionField(displayOptions, 'version', 'Version', 'Empty publishes the draft as the next version; the number of an older one takes that again'),
	{ displayName: 'Publish Templates Again', name: 'republish', type: 'boolean', displayOptions, default: false, description: 'Whether published templates that show the block are published again with it. Else they keep the one they were published with; their keys come out as behind.' },
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const version = versionIn(this, index, 'version');
		const republish = this.getNodeParameter('republish', index, false) === true;
		return [(await engine.blocks.publish(blockKeyOf(this, index), { by: sourceOf(this), republish, ...(version === null ? {} : { version }) })) as unknown as IDataObject];
	});
}
