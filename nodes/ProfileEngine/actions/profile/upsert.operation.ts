import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, ProfileInput } from '../../../../engine';
import { nameIn, nameLocator } from '../../../shared/fields/locator';
import { sourceOr } from '../../../shared/source';
import { objectFields, objectOf } from '../attributes';
import { readItems, writtenItems } from '../batch';
import { identityFields, identityOf } from '../identity';
import { isHistorical, journeyStartsField } from '../journeyStarts';
import { operationFields, operationsOf } from '../operations';

const displayOptions = { show: { resource: ['profile'], operation: ['upsert'] } };

export const description: INodeProperties[] = [
	...identityFields(displayOptions, 'to update, or the new one'),
	...objectFields('attributes', { one: 'Attribute', many: 'Attributes', example: 'firstName', list: 'searchAttributes' }, displayOptions),
	operationFields(displayOptions, 'profile'),
	journeyStartsField(displayOptions),
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		displayOptions,
		default: {},
		options: [
			{
				...nameLocator({
					displayName: 'Source', name: 'source', list: 'searchSources', typed: 'By Name', default: 'n8n', placeholder: 'e.g. crm',
					description: 'Where the data comes from; kept with merges that it causes. Left at n8n: the workflow and this node.',
				}),
				noDataExpression: true,
			},
			{
				displayName: 'Test People',
				name: 'test',
				type: 'boolean',
				noDataExpression: true,
				default: true,
				description: 'Whether these are test people, who may run on the virtual clock of a journey. Off takes the flag away and ends what they run on it; without this option a profile keeps its flag.',
			},
		],
	},
];

/** All items in one engine call. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const { source, test } = this.getNodeParameter('options', 0, {}) as { source?: unknown; test?: boolean };
	const read = readItems(this, (index): ProfileInput => {
		const by = identityOf(this, index);
		const attributes = objectOf(this, 'attributes', index);
		const operations = operationsOf(this, index);
		return {
			...('profileId' in by ? by : { identities: [by] }),
			...(attributes === undefined ? {} : { attributes }),
			...(operations.length === 0 ? {} : { operations }),
		};
	});
	const report = await engine.profiles.upsert(read.values, {
		source: sourceOr(this, nameIn(source), 'n8n'),
		...(test === undefined ? {} : { setTest: test }),
		historical: isHistorical(this),
	});
	return withLeft(writtenItems(this, read, report), read.indexes, report.left ?? []);
}

/** An identity that could not be attached is told on its item: everything else of the item is stored. */
function withLeft(items: INodeExecutionData[], indexes: readonly number[], left: ReadonlyArray<{ index: number; kind: string; reason: string }>): INodeExecutionData[] {
	for (const { index, kind, reason } of left) {
		const item = items.find(({ pairedItem }) => typeof pairedItem === 'object' && !Array.isArray(pairedItem) && pairedItem.item === indexes[index]);
		if (item !== undefined) item.json = { ...item.json, identitiesLeft: [...((item.json.identitiesLeft as object[] | undefined) ?? []), { kind, reason }] };
	}
	return items;
}
