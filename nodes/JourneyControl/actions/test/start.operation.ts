import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine } from '../../../../engine';
import { canonicalJson } from '../../../../engine';
import { identityFields, identityOf } from '../../../ProfileEngine/actions/identity';
import { failItem } from '../../../shared/errors';
import { jsonObjectOf } from '../../../shared/json';
import { askedOf } from '../../../shared/settings';
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
	const { asked, failed: output } = askedOf(this, (index) => {
		const journey = triggerOf(this, index);
		const properties = jsonObjectOf(this, index, { name: 'eventProperties', displayName: 'Event Properties', example: '{"plan": "pro"}' });
		return { who: identityOf(this, index), request: { workflow: oneWorkflowOf(this, index), ...(journey === undefined ? {} : { journey }), properties } };
	});
	for (const { key: request, items } of groupBy(asked, (one) => one.request, canonicalJson)) {
		try {
			const { people, ...about } = await engine.insights.startTest({ ...request, people: items.map(({ who }) => who) });
			const pairedItem = items.map(({ index }) => ({ item: index }));
			for (const [n, { profile, entered, enrollment, reason }] of people.entries()) {
				const json: IDataObject = { profileId: profile, entered, reason, enrollmentId: enrollment, ...about, workflowId: request.workflow };
				// Items of the same person start one run.
				output.push({ json, pairedItem: people.length === items.length ? pairedItem[n] : pairedItem });
			}
		} catch (error) {
			for (const { index } of items) output.push(failItem(this, error, index));
		}
	}
	return output;
}
