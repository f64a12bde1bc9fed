import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, JsonObject } from '../../../../engine';
import { canonicalJson } from '../../../../engine';
import { identityFields, identityOf } from '../../../ProfileEngine/actions/identity';
import { failItem } from '../../../shared/errors';
import { jsonObjectOf } from '../../../shared/json';
import { askedOf } from '../../../shared/settings';
import { groupBy } from '../../../shared/step';
import { oneWorkflowOf, scopeFields } from '../scope';
import { triggerField, triggerOf } from '../triggerField';

const displayOptions = { show: { resource: ['journey'], operation: ['enroll'] } };

/** People a call of the engine. */
const MOST_PEOPLE = 20_000;

export const description: INodeProperties[] = [
	{
		displayName: 'The people of the items enter the published journey, as far as its Journey Trigger lets them: audience, Enter Again and caps hold. People nobody knows are refused, not made.',
		name: 'notice',
		type: 'notice',
		displayOptions,
		default: '',
	},
	...scopeFields(displayOptions, { all: false }),
	triggerField(displayOptions, 'its only one'),
	...identityFields(displayOptions, 'who enters'),
	{
		displayName: 'Data',
		name: 'enrollData',
		type: 'json',
		displayOptions,
		default: '{}',
		description: 'Travels with the person as the properties of the event at the item, where the Journey Trigger carries it',
	},
	{
		displayName: 'Request ID',
		name: 'requestId',
		type: 'string',
		displayOptions,
		default: '={{ $execution.id }}',
		description: 'Whoever has entered by the same ID does not enter again when this is repeated, for 30 days. By default that of the execution.',
	},
];

type Request = { journey: { workflow: string; step?: string }; requestId: string };
type Asked = { index: number; person: ({ profileId: number } | { kind: string; value: string }) & { data?: JsonObject } };

/** One item a person: entered, or why not. The people of all items enter in one call. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const { asked, failed: output } = askedOf(this, (index) => {
		const data = jsonObjectOf(this, index, { name: 'enrollData', displayName: 'Data', example: '{"coupon": "SPRING"}' });
		const person = { ...identityOf(this, index), ...(Object.keys(data).length === 0 ? {} : { data }) };
		const step = triggerOf(this, index);
		return { person, request: { journey: { workflow: oneWorkflowOf(this, index), ...(step === undefined ? {} : { step }) }, requestId: String(this.getNodeParameter('requestId', index, '') ?? '').trim() } };
	});
	for (const { key, items } of groupBy(asked, ({ request }) => request, canonicalJson)) {
		for (let from = 0; from < items.length; from += MOST_PEOPLE) output.push(...(await enrolled(this, engine, key, items.slice(from, from + MOST_PEOPLE), from)));
	}
	return output;
}

async function enrolled(context: IExecuteFunctions, engine: Engine, { journey, requestId }: Request, items: readonly Asked[], from: number): Promise<INodeExecutionData[]> {
	try {
		// The same person in a later part is another entry of the same request, as in one list.
		const part = from === 0 ? requestId : `${requestId} ${from}`;
		const answers = await engine.journeys.enroll({ journey, people: items.map(({ person }) => person), ...(requestId === '' ? {} : { requestId: part }) });
		return answers.map(({ index, profile, outcome, enrollment, reason, repeated }): INodeExecutionData => {
			const json: IDataObject = { profileId: profile, entered: outcome === 'entered', reason, enrollmentId: enrollment, repeated, workflowId: journey.workflow };
			return { json, pairedItem: { item: items[index].index } };
		});
	} catch (error) {
		return items.map(({ index }) => failItem(context, error, index));
	}
}
