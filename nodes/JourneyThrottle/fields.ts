import type { IExecuteFunctions, INodeProperties, ITriggerFunctions } from 'n8n-workflow';

import type { ThrottleLimit } from '../../engine';
import { EngineError } from '../../engine';
import { batchOptionField } from '../shared/fields';

const PER_MS = { minute: 60_000, hour: 3_600_000 } as const;
const MOST_PEOPLE = 1_000_000;

/** One limit for everybody, so neither field takes an expression. */
export const properties: INodeProperties[] = [
	{
		displayName:
			'People wait in the journeys database for their turn and go on evenly spread, in the order in which they came. What lies behind never gets more of them than this, also after n8n was down. In the editor they pass at once.',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'People',
		name: 'people',
		type: 'number',
		noDataExpression: true,
		typeOptions: { minValue: 1, maxValue: MOST_PEOPLE, numberPrecision: 0 },
		default: 100,
		placeholder: 'e.g. 100',
		description: 'How many people may go on in that time',
	},
	{
		displayName: 'Per',
		name: 'per',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Hour', value: 'hour' },
			{ name: 'Minute', value: 'minute' },
		],
		default: 'minute',
		description: 'The stretch of time. Any one of that length counts, not only from full hour to full hour.',
	},
	batchOptionField,
];

/** Throws BAD_INPUT. */
export function limitOf(context: IExecuteFunctions | ITriggerFunctions): ThrottleLimit {
	const { people = 100, per = 'minute' } = context.getNode().parameters;
	const count = Number(people);
	if (!Number.isInteger(count) || count < 1 || count > MOST_PEOPLE) throw new EngineError('BAD_INPUT', 'People is not a whole number between 1 and 1,000,000. Enter how many may go on.');
	if (typeof per !== 'string' || !Object.hasOwn(PER_MS, per)) throw new EngineError('BAD_INPUT', 'Per has an unknown unit. Choose minute or hour.');
	return { people: count, perMs: PER_MS[per as keyof typeof PER_MS] };
}
