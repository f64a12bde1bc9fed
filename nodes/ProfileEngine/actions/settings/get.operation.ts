import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { viewRow } from './version';

export const description: INodeProperties[] = [];

/** What holds now: defaults merged with what was chosen. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async () => [viewRow(await engine.settings.get())]);
}
