import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, LevelChange, LevelKind } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { identityFields, identityOf } from '../identity';
import { chosenModel, modelField } from './modelName';

const displayOptions = { show: { resource: ['scoreModel'], operation: ['history'] } };
const shown = (...of: string[]) => ({ show: { ...displayOptions.show, historyOf: of } });

/** Rows a call to the engine; larger ones hold its thread for longer than they save. */
const PAGE = 1000;

export const description: INodeProperties[] = [
	{
		displayName: 'History Of',
		name: 'historyOf',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'A Person', value: 'person', description: 'All models, and stages' },
			{ name: 'A Person in a Model', value: 'both', description: 'One person and one model' },
			{ name: 'A Score Model', value: 'model', description: 'Everybody' },
		],
		default: 'person',
		description: 'Whose changes to list, newest first',
	},
	modelField(shown('both', 'model')),
	...identityFields(shown('person', 'both'), 'whose history to list'),
	{
		displayName: 'Changes Of',
		name: 'changesOf',
		type: 'options',
		displayOptions,
		options: [
			{ name: 'All', value: 'all', description: 'Buckets, grades and stages' },
			{ name: 'Buckets', value: 'bucket', description: 'Such as cold, warm and hot' },
			{ name: 'Grades', value: 'grade', description: 'A to F, by fit' },
			{ name: 'Stages', value: 'stage', description: 'Such as lead and customer; only of a person, in all models' },
		],
		default: 'all',
		description: 'Which changes to list',
	},
	...limitFields(displayOptions),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const of = this.getNodeParameter('historyOf', index) as string;
		const kind = this.getNodeParameter('changesOf', index) as LevelKind | 'all';
		const filter = {
			...(of === 'model' ? {} : { whose: identityOf(this, index) }),
			...(of === 'person' ? {} : { model: chosenModel(this, index) }),
			...(kind === 'all' ? {} : { kind }),
		};
		return await pages(engine, filter, limitOf(this, index));
	});
}

async function pages(engine: Engine, filter: Parameters<Engine['scores']['history']>[0], limit: number): Promise<IDataObject[]> {
	const rows: LevelChange[] = [];
	let before: number | undefined;
	while (rows.length < limit) {
		const page = await engine.scores.history({ ...filter, limit: Math.min(PAGE, limit - rows.length), ...(before === undefined ? {} : { before }) });
		rows.push(...page.changes);
		if (page.next === null) break;
		before = page.next;
	}
	return rows.map(({ profile, id: _place, ...change }) => ({ profileId: profile, ...change }) as unknown as IDataObject);
}
