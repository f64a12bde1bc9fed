import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import type { Engine, JsonObject } from '../../../../engine';
import { canonicalJson, isJsonObject } from '../../../../engine';
import { identityFields, identityOf } from '../../../ProfileEngine/actions/identity';
import { failItem } from '../../../shared/errors';
import { groupBy } from '../../../shared/step';
import { oneWorkflowOf, scopeFields } from '../scope';
import { triggerField, triggerOf } from '../triggerField';

const displayOptions = { show: { resource: ['test'], operation: ['start'] } };

export const description: INodeProperties[] = [
	{
		displayName:
			"Test people go through the published journey, and their messages really leave. How fast their days pass is set in the Journey Trigger's option for test people: with 2 seconds a day, thirty days take a minute.",
		name: 'notice',
		type: 'notice',
		displayOptions,
		default: '',
	},
	...scopeFields(displayOptions, { all: false }),
	triggerField(displayOptions, 'the first'),
	...identityFields(displayOptions, 'of the test person'),
	{
		displayName: 'Event Properties',
		name: 'eventProperties',
		type: 'json',
		displayOptions,
		default: '{}',
		description: 'Properties of the event that starts the journey, such as the Journey Trigger asks for. Where no event starts it, the test people are enrolled, and these travel with them.',
	},
];

/** One item a person: entered, or why not. The people of all items that ask for the same start together. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const output: INodeExecutionData[] = [];
	const asked = [];
	for (let index = 0; index < this.getInputData().length; index++) {
		try {
			const journey = triggerOf(this, index);
			asked.push({ index, who: identityOf(this, index), request: { workflow: oneWorkflowOf(this, index), ...(journey === undefined ? {} : { journey }), properties: propertiesOf(this, index) } });
		} catch (error) {
			output.push(failItem(this, error, index));
		}
	}
	for (const { key: request, items } of groupBy(asked, (one) => one.request, canonicalJson)) {
		try {
			const { people, ...about } = await engine.insights.startTest({ ...request, people: items.map(({ who }) => who) });
			const pairedItem = items.map(({ index }) => ({ item: index }));
			for (const { profile, entered, enrollment, reason } of people) {
				const json: IDataObject = { profileId: profile, entered, reason, enrollmentId: enrollment, ...about, workflowId: request.workflow };
				output.push({ json, pairedItem: people.length === items.length ? pairedItem[people.findIndex((one) => one.profile === profile)] : pairedItem });
			}
		} catch (error) {
			for (const { index } of items) output.push(failItem(this, error, index));
		}
	}
	return output;
}

function propertiesOf(context: IExecuteFunctions, itemIndex: number): JsonObject {
	const given = context.getNodeParameter('eventProperties', itemIndex, '{}') as unknown;
	const value = typeof given === 'string' ? parsed(given.trim() === '' ? '{}' : given) : given;
	if (isJsonObject(value)) return value;
	throw new NodeOperationError(context.getNode(), "'Event Properties' is no JSON object", { itemIndex, description: 'Write for example {"plan": "pro"}, or leave it empty.' });
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}
