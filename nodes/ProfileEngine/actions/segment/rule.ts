import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import { isJsonObject } from '../../../../engine';
import type { SegmentRule } from '../../../../engine';
import { readSegmentRule, segmentRuleFields } from '../../../shared/fields';

const EXAMPLE = '{ "all": [ { "attribute": "plan", "operator": "equals", "value": "pro" } ] }';

/** `from` names the choices of the parameter `ruleFrom` that the operation offers besides builder and JSON. */
export function ruleFields(displayOptions: IDisplayOptions): INodeProperties[] {
	const shown = (from: string): IDisplayOptions => ({ show: { ...displayOptions.show, ruleFrom: [from] } });
	return [
		...segmentRuleFields(shown('builder')),
		{
			displayName: 'Rule as JSON',
			name: 'ruleJson',
			type: 'json',
			typeOptions: { rows: 8 },
			displayOptions: shown('json'),
			default: `${EXAMPLE}\n`,
			placeholder: `e.g. ${EXAMPLE}`,
			description:
				'Nested "all", "any" and "none" lists of conditions on an "attribute" or an "event"; for example an event with "count" and "withinSeconds"',
		},
	];
}

/** The engine checks the rule itself and names what is wrong with it. */
export function ruleOf(context: IExecuteFunctions, itemIndex: number): SegmentRule {
	if (context.getNodeParameter('ruleFrom', itemIndex) === 'builder') {
		return readSegmentRule(context.getNodeParameter('combineGroups', itemIndex), context.getNodeParameter('rule', itemIndex));
	}
	const raw = context.getNodeParameter('ruleJson', itemIndex) as unknown;
	const rule = typeof raw === 'string' ? parsed(context, raw, itemIndex) : raw;
	if (isJsonObject(rule)) return rule as unknown as SegmentRule;
	throw new NodeOperationError(context.getNode(), 'The rule is not a JSON object', {
		itemIndex,
		description: `It looks like ${EXAMPLE}.`,
	});
}

function parsed(context: IExecuteFunctions, text: string, itemIndex: number): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch (error) {
		throw new NodeOperationError(context.getNode(), `The rule is not valid JSON: ${(error as Error).message}`, {
			itemIndex,
			description: 'Check quotes, commas and braces at that place.',
		});
	}
}
