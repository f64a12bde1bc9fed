import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { executionOf } from '../../../shared/execution';
import { sourceOf } from '../../../shared/source';
import { identityFields, identityOf } from '../identity';

const displayOptions = { show: { resource: ['profile'], operation: ['erase'] } };

export const description: INodeProperties[] = [
	{
		displayName: 'Everything about the person goes, in running journeys too, and cannot be brought back. Their addresses stay suppressed as salted hashes. The item tells by workflow and ID which executions of n8n hold or may hold their data, this one included, and which imported files named them: delete those in n8n.',
		name: 'eraseNotice',
		type: 'notice',
		displayOptions,
		default: '',
	},
	...identityFields(displayOptions, 'to erase'),
];

/** Nobody found is no error: erasing twice is erasing. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	// It holds the identity that it was given.
	const execution = executionOf(this);
	return await eachItem(this, async (index) => {
		const { profile, ...report } = await engine.privacy.erasePerson(identityOf(this, index), { source: sourceOf(this), ...(execution === null ? {} : { execution }) });
		return [{ profileId: profile, ...report } as unknown as IDataObject];
	});
}
