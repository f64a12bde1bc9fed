import type { IDisplayOptions, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { SegmentRule } from '../../../../engine';
import { readRuleJson, readSegmentRule, ruleJsonField, rulePreviewField, segmentRuleFields } from '../../../shared/fields';

/** `from` names the choices of the parameter `ruleFrom` that the operation offers besides builder and JSON. */
export function ruleFields(displayOptions: IDisplayOptions): INodeProperties[] {
	const shown = (from: string): IDisplayOptions => ({ show: { ...displayOptions.show, ruleFrom: [from] } });
	return [...segmentRuleFields(shown('builder')), ruleJsonField(shown('json')), rulePreviewField({ show: { ...displayOptions.show, ruleFrom: ['builder', 'json'] } })];
}

export function ruleOf(context: IExecuteFunctions, itemIndex: number): SegmentRule {
	return context.getNodeParameter('ruleFrom', itemIndex) === 'builder'
		? readSegmentRule(context.getNodeParameter('combineGroups', itemIndex), context.getNodeParameter('rule', itemIndex))
		: readRuleJson(context.getNodeParameter('ruleJson', itemIndex));
}

/** Whom an operation is about: a saved segment or a rule that is not saved. */
export function ruleFromField(displayOptions: IDisplayOptions, displayName: string): INodeProperties {
	return {
		displayName,
		name: 'ruleFrom',
		type: 'options',
		noDataExpression: true,
		displayOptions,
		options: [
			{ name: 'A Rule', value: 'builder', description: 'Try a rule without saving it' },
			{ name: 'A Rule as JSON', value: 'json', description: 'Try a rule in JSON without saving it' },
			{ name: 'A Segment', value: 'segment', description: 'A saved segment' },
		],
		default: 'segment',
		description: 'A saved segment, or a rule to try',
	};
}
