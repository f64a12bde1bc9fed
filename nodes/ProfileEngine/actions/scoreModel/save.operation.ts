import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import { isJsonObject } from '../../../../engine';
import type { Engine, ScoreModel } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { nameIn, nameLocator } from '../../../shared/fields';
import { sourceOf } from '../../../shared/source';
import { levelFields, readLevels } from './levelFields';
import { readRules, ruleFields } from './ruleFields';

const displayOptions = { show: { resource: ['scoreModel'], operation: ['save'] } };
const shown = (from: string) => ({ show: { ...displayOptions.show, modelFrom: [from] } });
const EXAMPLE = '{ "rules": [ { "name": "Visited pricing", "group": "engagement", "points": 20, "when": { "event": "Page Viewed" }, "mode": "perOccurrence", "cap": { "points": 60 }, "decay": { "halfLifeDays": 14 } } ] }';

export const description: INodeProperties[] = [
	nameLocator({
		displayName: 'Name', name: 'modelName', list: 'searchScoreModels', typed: 'By Name', displayOptions, required: true, placeholder: 'e.g. Lead Score',
		description: 'Name of the model. One that exists gets a new version; people keep their score until they are scored by it.',
	}),
	{
		displayName: 'Model From',
		name: 'modelFrom',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Builder', value: 'builder', description: 'Rules one by one' },
			{ name: 'JSON', value: 'json', description: 'Rules with any condition of the segment language' },
		],
		default: 'builder',
		description: 'How the model is written',
	},
	...ruleFields(shown('builder')),
	...levelFields(shown('builder')),
	{
		displayName: 'Model as JSON',
		name: 'modelJson',
		type: 'json',
		typeOptions: { rows: 12 },
		displayOptions: shown('json'),
		default: `${EXAMPLE}\n`,
		placeholder: `e.g. ${EXAMPLE}`,
		description: 'An object with "rules", and if you like "description", "grades", "buckets" and "bucketBy"',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const name = nameIn(this.getNodeParameter('modelName', index, ''));
		if (name === '') {
			throw new NodeOperationError(this.getNode(), 'The score model has no name', { itemIndex: index, description: "Fill in 'Name', for example Lead Score." });
		}
		return [(await engine.scores.saveModel({ ...read(this, index), name }, { source: sourceOf(this) })) as unknown as IDataObject];
	});
}

/** What Score Model: Get adds to a model: what it gave may be changed and saved again as it is. */
const OF_THE_VIEW = ['version', 'updatedAt', 'building', 'warnings', 'versions'];

/** The engine checks the model itself and names what is wrong with it. */
function read(context: IExecuteFunctions, index: number): Omit<ScoreModel, 'name'> {
	if (context.getNodeParameter('modelFrom', index) !== 'json') {
		return { rules: readRules(context.getNodeParameter('rules', index, {})), ...readLevels((name, fallback) => context.getNodeParameter(name, index, fallback)) };
	}
	const raw = context.getNodeParameter('modelJson', index) as unknown;
	const model = typeof raw === 'string' ? parsed(context, raw, index) : raw;
	if (isJsonObject(model)) return Object.fromEntries(Object.entries(model).filter(([key]) => !OF_THE_VIEW.includes(key))) as unknown as Omit<ScoreModel, 'name'>;
	throw new NodeOperationError(context.getNode(), 'The model is not a JSON object', { itemIndex: index, description: `It looks like ${EXAMPLE}.` });
}

function parsed(context: IExecuteFunctions, text: string, itemIndex: number): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch (error) {
		throw new NodeOperationError(context.getNode(), `The model is not valid JSON: ${(error as Error).message}`, { itemIndex, description: 'Check quotes, commas and braces at that place.' });
	}
}
