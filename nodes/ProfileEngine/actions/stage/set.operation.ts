import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { errorItem } from '../../../shared/errors';
import { nameIn, nameLocator } from '../../../shared/fields';
import { sourceOf } from '../../../shared/source';
import { readItems } from '../batch';
import { identityFields, identityOf } from '../identity';
import { isHistorical, journeyStartsField } from '../journeyStarts';

const displayOptions = { show: { resource: ['stage'], operation: ['set'] } };

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'to move'),
	nameLocator({
		displayName: 'Stage',
		name: 'stage',
		description: 'Where the person is to stand. People move forward freely; back only where the list of stages allows it.',
		placeholder: 'e.g. customer',
		list: 'searchStages',
		required: true,
		displayOptions,
	}),
	{
		displayName: 'When Refused',
		name: 'whenRefused',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'Error', value: 'error', description: 'Stop with the reason; the others are moved' },
			{ name: 'Tell in the Item', value: 'tell', description: 'The item has moved: false and the reason' },
		],
		default: 'error',
		description: 'What to do with moves that are not allowed, and with people who are not known',
	},
	journeyStartsField(displayOptions),
];

export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const input = this.getInputData();
	const read = readItems(this, (index) => {
		const stage = nameIn(this.getNodeParameter('stage', index, ''));
		if (stage === '') throw new NodeOperationError(this.getNode(), 'No stage is chosen', { itemIndex: index, description: "Choose one under 'Stage', or give its name." });
		return { whose: identityOf(this, index), stage };
	});
	const tells = this.getNodeParameter('whenRefused', 0, 'error') === 'tell';
	const moves = read.values.length === 0 ? [] : await engine.scores.setStages(read.values, { who: sourceOf(this), historical: isHistorical(this) });
	const items = moves.map((move): INodeExecutionData => {
		const itemIndex = read.indexes[move.index] ?? 0;
		if (move.reason !== null && !tells) return refused(this, move.reason, itemIndex, moves.filter(({ moved }) => moved).length);
		return {
			json: { ...input[itemIndex]?.json, profileId: move.profile, stage: move.moved || move.reason === null ? move.to : move.from, stageBefore: move.from, moved: move.moved, ...(move.reason === null ? {} : { reason: move.reason }) },
			pairedItem: { item: itemIndex },
		};
	});
	return [...items, ...read.failed].sort((a, b) => itemOf(a) - itemOf(b));
}

function refused(context: IExecuteFunctions, reason: string, itemIndex: number, moved: number): INodeExecutionData {
	const error = new NodeOperationError(context.getNode(), reason, {
		itemIndex,
		description: `${moved} of the other items were moved. To go on with such items, choose 'Tell in the Item' under 'When Refused'.`,
	});
	if (!context.continueOnFail()) throw error;
	return errorItem(error, itemIndex);
}

function itemOf({ pairedItem }: INodeExecutionData): number {
	return typeof pairedItem === 'object' && !Array.isArray(pairedItem) ? pairedItem.item : 0;
}
