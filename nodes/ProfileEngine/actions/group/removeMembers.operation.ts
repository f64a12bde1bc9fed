import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { changeMembers, membershipFields } from './membership';

export const description: INodeProperties[] = membershipFields({ show: { resource: ['group'], operation: ['removeMembers'] } });

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await changeMembers(this, (batch, options) => engine.groups.removeMembers(batch, options));
}
