import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { identityFields, identityOf } from '../identity';
import { passedBy, whenNotFoundField } from '../whenNotFound';

const displayOptions = { show: { resource: ['consent'], operation: ['get'] } };

export const description: INodeProperties[] = [...identityFields(displayOptions, 'to look at'), whenNotFoundField(displayOptions)];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const by = identityOf(this, index);
		const view = await engine.consent.get(by);
		if (view === null) return passedBy(this, by, index);
		const { profile, ...rest } = view;
		return [{ profileId: profile, ...rest } as unknown as IDataObject];
	});
}
