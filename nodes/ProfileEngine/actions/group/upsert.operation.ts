import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, GroupInput } from '../../../../engine';
import { errorItem } from '../../../shared/errors';
import { sourceOf } from '../../../shared/source';
import { groupBy } from '../../../shared/step';
import { objectFields, objectOf } from '../attributes';
import { inCalls, readItems } from '../batch';
import { isHistorical, journeyStartsField } from '../journeyStarts';
import { operationFields, operationsOf } from '../operations';
import { groupKeyField, groupKeyOf } from './groupKey';

const displayOptions = { show: { resource: ['group'], operation: ['upsert'] } };

export const description: INodeProperties[] = [
	groupKeyField(displayOptions),
	...objectFields('attributes', { one: 'Attribute', many: 'Attributes', example: 'industry', list: 'searchGroupAttributes' }, displayOptions),
	operationFields(displayOptions, 'group'),
	journeyStartsField(displayOptions),
];

/** One item out for each item in. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const read = readItems(this, (index): GroupInput => {
		const attributes = objectOf(this, 'attributes', index);
		const operations = operationsOf(this, index);
		return { key: groupKeyOf(this, index), ...(attributes === undefined ? {} : { attributes }), ...(operations.length === 0 ? {} : { operations }) };
	});
	const report = await inCalls(this, read, async (part) => {
		const { rejected, left = [] } = await engine.groups.upsert(part, { historical: isHistorical(this), source: sourceOf(this) });
		const leftBy = groupBy(left, ({ index }) => index, String);
		const rows: Array<Array<{ kind: string; reason: string }>> = part.map(() => []);
		for (const { key, items } of leftBy) rows[key] = items.map(({ kind, reason }) => ({ kind, reason }));
		return { rows, rejected };
	});
	const [first] = report.rejected;
	if (first !== undefined && !this.continueOnFail()) {
		throw new NodeOperationError(this.getNode(), first.reason, {
			itemIndex: read.indexes[first.index],
			description: `${report.rejected.length} of ${read.values.length} items were rejected; the others are stored. Correct the item, or set 'On Error' to continue.`,
		});
	}
	const reasons = new Map(report.rejected.map(({ index, reason }) => [index, reason]));
	const input = this.getInputData();
	const written = read.indexes.map((item, index): INodeExecutionData => {
		const reason = reasons.get(index);
		if (reason !== undefined) return errorItem(new NodeOperationError(this.getNode(), reason, { itemIndex: item }), item);
		const left = report.rows[index] ?? [];
		return { json: { ...input[item]?.json, groupKey: read.values[index]?.key ?? '', ...(left.length === 0 ? {} : { attributesLeft: left }) }, pairedItem: { item } };
	});
	return [...written, ...read.failed];
}
