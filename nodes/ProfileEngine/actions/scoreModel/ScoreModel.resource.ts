import type { INodeProperties } from 'n8n-workflow';

import * as remove from './delete.operation';
import * as explain from './explain.operation';
import * as get from './get.operation';
import * as getMany from './getMany.operation';
import * as history from './history.operation';
import * as recalculate from './recalculate.operation';
import * as save from './save.operation';

export const operations = {
	delete: remove.execute, explain: explain.execute, get: get.execute, getAll: getMany.execute, history: history.execute, recalculate: recalculate.execute, save: save.execute,
};

export const description: INodeProperties[] = [
	{
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['scoreModel'] } },
		options: [
			{
				name: 'Create or Update',
				value: 'save',
				description: 'Create a new record, or update the current one if it already exists (upsert)',
				action: 'Create or update a score model',
			},
			{ name: 'Delete', value: 'delete', description: 'Remove a model with the scores and the history of it', action: 'Delete a score model' },
			{ name: 'Explain', value: 'explain', description: 'Which rule gave one person how much', action: 'Explain a score' },
			{ name: 'Get', value: 'get', description: 'One model with its rules', action: 'Get a score model' },
			{ name: 'Get History', value: 'history', description: 'When buckets, grades and stages changed, and why', action: 'Get the history of scores' },
			{ name: 'Get Many', value: 'getAll', description: 'All score models with their rules', action: 'Get many score models' },
			{ name: 'Recalculate', value: 'recalculate', description: 'Score everybody again; what changes by it starts no journey', action: 'Recalculate a score model' },
		],
		default: 'save',
	},
	...remove.description,
	...explain.description,
	...get.description,
	...getMany.description,
	...history.description,
	...recalculate.description,
	...save.description,
];
