import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import { isJsonObject } from '../../../../engine';
import type { Engine, StageDefinition } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { entriesIn, nameIn, nameLocator } from '../../../shared/fields';
import { sourceOf } from '../../../shared/source';

const displayOptions = { show: { resource: ['stage'], operation: ['define'] } };
const shown = (from: string) => ({ show: { ...displayOptions.show, stagesFrom: [from] } });
const EXAMPLE = '{ "stages": [ { "name": "lead" }, { "name": "MQL", "when": { "bucket": "Lead Score", "in": ["hot"] } }, { "name": "customer", "when": { "event": "Order Completed" } } ], "alsoAllowed": [ { "from": "customer", "to": "lead" } ] }';

export const description: INodeProperties[] = [
	{
		displayName: 'Stages From',
		name: 'stagesFrom',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Builder', value: 'builder', description: 'Stages one by one' },
			{ name: 'JSON', value: 'json', description: 'Rules with any condition of the segment language, scores included' },
		],
		default: 'builder',
		description: 'How the list is written. It takes the place of the one there is.',
	},
	{
		displayName: 'Stages',
		name: 'stages',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, sortable: true },
		placeholder: 'Add Stage',
		displayOptions: shown('builder'),
		default: { stage: ['subscriber', 'lead', 'MQL', 'SQL', 'customer', 'evangelist'].map((name) => ({ name })) },
		description: 'First to last. People move forward freely.',
		options: [
			{
				displayName: 'Stage',
				name: 'stage',
				values: [
					{ displayName: 'Name', name: 'name', type: 'string', default: '', placeholder: 'e.g. customer', description: 'Name of the stage' },
					nameLocator({
						displayName: 'Moves Up by Segment',
						name: 'segment',
						description: 'People for whom the rule of this segment holds move up to the stage by themselves, never down. Empty: by hand only.',
						placeholder: 'e.g. Qualified Leads',
						list: 'searchSegments',
					}),
				],
			},
		],
	},
	{
		displayName: 'Moves Back',
		name: 'moves',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Move',
		displayOptions: shown('builder'),
		default: {},
		description: 'Moves that are allowed besides those forward',
		options: [
			{
				displayName: 'Move',
				name: 'move',
				values: [
					nameLocator({ displayName: 'From', name: 'from', list: 'searchStages', placeholder: 'e.g. SQL', description: 'Stage that people leave' }),
					nameLocator({ displayName: 'To', name: 'to', list: 'searchStages', placeholder: 'e.g. lead', description: 'Earlier stage that they may go back to' }),
				],
			},
		],
	},
	{
		displayName: 'Stages as JSON',
		name: 'stagesJson',
		type: 'json',
		typeOptions: { rows: 10 },
		displayOptions: shown('json'),
		default: `${EXAMPLE}\n`,
		placeholder: `e.g. ${EXAMPLE}`,
		description: 'An object with "stages", first to last, and if you like "alsoAllowed"',
	},
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => [(await engine.scores.defineStages(read(this, index), { source: sourceOf(this) })) as unknown as IDataObject]);
}

/** The engine checks the list itself and names what is wrong with it. */
function read(context: IExecuteFunctions, itemIndex: number): StageDefinition {
	if (context.getNodeParameter('stagesFrom', itemIndex) !== 'json') {
		return {
			stages: entriesIn(context.getNodeParameter('stages', itemIndex, {}), 'stage').map((raw) => {
				const segment = nameIn(raw.segment);
				return { name: String(raw.name ?? '').trim(), ...(segment === '' ? {} : { when: { segment } }) };
			}),
			alsoAllowed: entriesIn(context.getNodeParameter('moves', itemIndex, {}), 'move').map(({ from, to }) => ({ from: nameIn(from), to: nameIn(to) })),
		};
	}
	const raw = context.getNodeParameter('stagesJson', itemIndex) as unknown;
	const definition = typeof raw === 'string' ? parsed(context, raw, itemIndex) : raw;
	if (isJsonObject(definition)) return definition as unknown as StageDefinition;
	throw new NodeOperationError(context.getNode(), 'The list of stages is not a JSON object', { itemIndex, description: `It looks like ${EXAMPLE}.` });
}

function parsed(context: IExecuteFunctions, text: string, itemIndex: number): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch (error) {
		throw new NodeOperationError(context.getNode(), `The list of stages is not valid JSON: ${(error as Error).message}`, { itemIndex, description: 'Check quotes, commas and braces at that place.' });
	}
}
