import type { INodeProperties } from 'n8n-workflow';

import { batchSizeField, durationFields } from '../shared/fields';
import { alertsField } from './alerts';

export const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		alertsField,
		batchSizeField,
		{
			...peopleInTime('entryCap', 'Entry Cap', 10_000, 'hour'),
			description: 'More people than this in that time are a mistake: the journey then pauses and asks. Whoever comes in waits at the start; nobody is lost, and nobody is sent anything until Journey Control resumes it.',
		},
		{
			...peopleInTime('entryRate', 'Entry Rate', 100, 'minute'),
			description: 'How many people go on from here in that time at most. The others wait at the start until it is their turn.',
		},
		{
			displayName: 'Holdout (%)',
			name: 'holdoutPercent',
			type: 'number',
			typeOptions: { minValue: 0, maxValue: 100, numberPrecision: 4 },
			default: 10,
			placeholder: 'e.g. 10',
			description: 'So many of the people walk through the journey and get no marketing message, so that the goals of the others can be compared with theirs. 0: none. 100: everybody, to rehearse a journey.',
		},
		{
			displayName: 'Journey Name',
			name: 'journeyName',
			type: 'string',
			default: '',
			placeholder: 'e.g. Welcome Series',
			description: 'Name under which the journey is reported. Empty: the name of the workflow.',
		},
		{
			displayName: 'Minimum Gap',
			name: 'minGap',
			type: 'fixedCollection',
			default: { time: { amount: 30, unit: 'days' } },
			description: 'With Enter Again: Any Time. How long after an entry the same person may enter again at the earliest.',
			options: [{
				displayName: 'Time',
				name: 'time',
				values: durationFields({
					amount: { name: 'amount', displayName: 'Time', default: 30, description: 'How long, counted from the last entry' },
					unit: { name: 'unit', displayName: 'Unit', default: 'days', description: 'Unit of that time' },
				}),
			}],
		},
		{
			displayName: 'Retries',
			name: 'retries',
			type: 'number',
			displayOptions: { show: { onFailure: ['retry'] } },
			typeOptions: { minValue: 0, maxValue: 20, numberPrecision: 0 },
			default: 3,
			description: 'How often each person is tried again, later each time (1 second, then twice as long, at most an hour), before they are held',
		},
		{
			displayName: 'Test People: Seconds a Day',
			name: 'virtualDaySeconds',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 10,
			placeholder: 'e.g. 10',
			description: 'For test people only, a day of waiting takes this many seconds. 0: real time.',
		},
		{
			displayName: 'Time Limit',
			name: 'timeLimit',
			type: 'fixedCollection',
			default: { time: { amount: 90, unit: 'days' } },
			description: 'How long after the entry people leave at the latest, wherever they stand',
			options: [{
				displayName: 'Time',
				name: 'time',
				values: durationFields({
					amount: { name: 'amount', displayName: 'Time', default: 90, description: 'How long, counted from the entry' },
					unit: { name: 'unit', displayName: 'Unit', default: 'days', description: 'Unit of that time' },
				}),
			}],
		},
		{
			displayName: 'When an Execution Fails',
			name: 'onFailure',
			type: 'options',
			options: [
				{ name: 'Hold Its People', value: 'hold', description: 'They wait where they were until somebody has looked and lets them go on' },
				{ name: 'Try Again, One by One', value: 'retry', description: 'What other nodes on the way do may happen twice. Mails of this package never do.' },
			],
			default: 'hold',
			description: 'What becomes of the people whose execution ended with an error',
		},
	],
};

function peopleInTime(name: string, displayName: string, people: number, per: string): INodeProperties {
	return {
		displayName,
		name,
		type: 'fixedCollection',
		default: { limit: { people, per } },
		options: [{
			displayName: 'Limit',
			name: 'limit',
			values: [
				{ displayName: 'People', name: 'people', type: 'number', typeOptions: { minValue: 1, numberPrecision: 0 }, default: people, description: 'How many people at most' },
				{
					displayName: 'Each',
					name: 'per',
					type: 'options',
					options: [{ name: 'Day', value: 'day' }, { name: 'Hour', value: 'hour' }, { name: 'Minute', value: 'minute' }],
					default: per,
					description: 'Time in which they are counted',
				},
			],
		}],
	};
}
