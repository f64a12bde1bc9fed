import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { isTool } from '../../../shared/agent';
import { eachItem } from '../../../shared/eachItem';
import { versionField, versionIn } from '../versionField';
import { templateField, templateKeyOf } from './templateKey';

const displayOptions = { show: { resource: ['template'], operation: ['check'] } };

export const description: INodeProperties[] = [
	templateField(displayOptions),
	versionField(displayOptions, 'version', 'Version', 'Empty checks the draft'),
	{
		displayName: 'Purpose', name: 'checkedPurpose', type: 'options', noDataExpression: true, displayOptions, default: 'marketing', description: 'Marketing has to say how to unsubscribe',
		options: [{ name: 'Marketing', value: 'marketing' }, { name: 'Transactional', value: 'transactional' }],
	},
	{ displayName: 'Ask the Links', name: 'checkLinks', type: 'boolean', displayOptions, default: false, description: 'Whether to ask each web address if it is there (HEAD, public addresses only, 50 at most)' },
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const version = versionIn(this, index, 'version');
		const report = await engine.templates.check({
			key: templateKeyOf(this, index), purpose: this.getNodeParameter('checkedPurpose', index, 'marketing') as 'marketing',
			// An address that an agent was talked into writing could carry away what it has read.
			checkLinks: this.getNodeParameter('checkLinks', index, false) === true && !isTool(this), ...(version === null ? {} : { version }),
		});
		return [report as unknown as IDataObject];
	});
}
