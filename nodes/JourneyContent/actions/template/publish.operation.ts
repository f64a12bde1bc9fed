import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { sourceOf } from '../../../shared/source';
import { versionField, versionIn } from '../versionField';
import { templateField, templateKeyOf } from './templateKey';

const displayOptions = { show: { resource: ['template'], operation: ['publish'] } };

export const description: INodeProperties[] = [templateField(displayOptions), versionField(displayOptions, 'version', 'Version', 'Empty publishes the draft as the next version; the number of an older one takes that again')];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const version = versionIn(this, index, 'version');
		return [(await engine.templates.publish(templateKeyOf(this, index), { by: sourceOf(this), ...(version === null ? {} : { version }) })) as unknown as IDataObject];
	});
}
