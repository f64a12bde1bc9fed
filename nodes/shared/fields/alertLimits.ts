import type { INodeProperties } from 'n8n-workflow';

import type { AlertMeasure } from '../../../engine';

interface AlertLimit {
	measure: AlertMeasure;
	displayName: string;
	initial: number;
	description: string;
}

/** What a journey may not cross, with the engine's defaults; 0 is no limit. */
export const ALERT_LIMITS: readonly AlertLimit[] = [
	{ measure: 'bounces', displayName: 'Bounces (%)', initial: 5, description: 'Of the messages of the last 24 hours' },
	{ measure: 'complaints', displayName: 'Complaints (%)', initial: 0.3, description: 'Messages marked as spam, of those of the last 24 hours' },
	{ measure: 'entries', displayName: 'Entries an Hour', initial: 0, description: 'How many people may enter a journey within an hour' },
	{ measure: 'failures', displayName: 'Failures (%)', initial: 20, description: 'Messages that failed and people who are held, of those of the last 24 hours' },
	{ measure: 'unsubscribes', displayName: 'Unsubscribes (%)', initial: 5, description: 'After how many of the messages of the last 24 hours somebody may unsubscribe' },
];

export const FIRST_BRAKES: readonly AlertMeasure[] = ['complaints', 'bounces', 'entries'];
export const FIRST_AT_LEAST = 50;

/** Names of the parameters, which differ between the settings and a Journey Trigger. */
export interface AlertNames {
	limit: (measure: AlertMeasure) => string;
	brake: string;
}

export function alertFields({ limit, brake }: AlertNames): INodeProperties[] {
	return [
		{ displayName: 'At Least (Messages)', name: 'atLeast', type: 'number', typeOptions: { minValue: 1, numberPrecision: 0 }, default: FIRST_AT_LEAST, description: 'With fewer messages in 24 hours percentages are not looked at' },
		...ALERT_LIMITS.map(({ measure, displayName, initial, description }): INodeProperties => ({
			displayName, name: limit(measure), type: 'number', typeOptions: { minValue: 0, ...(measure === 'entries' ? {} : { maxValue: 100 }) }, default: initial, description: `${description}. 0: no limit.`,
		})),
		{
			displayName: 'Brake Itself On',
			name: brake,
			type: 'multiOptions',
			options: [
				{ name: 'Bounces', value: 'bounces' },
				{ name: 'Complaints', value: 'complaints' },
				{ name: 'Entries', value: 'entries' },
				{ name: 'Failures', value: 'failures' },
				{ name: 'Unsubscribes', value: 'unsubscribes' },
			],
			default: [...FIRST_BRAKES],
			description: 'What makes a journey pause itself; the others only tell. None chosen: nothing pauses it.',
		},
		{ displayName: 'Learn What Is Usual', name: 'learn', type: 'boolean', default: true, description: 'Whether a number far above what a journey had in the last four weeks is an alert too' },
	];
}

/** What the group holds when it is added: the default of each field. */
export function firstAlertValues({ limit, brake }: AlertNames): Record<string, number | boolean | string[]> {
	return { ...Object.fromEntries(ALERT_LIMITS.map(({ measure, initial }) => [limit(measure), initial])), atLeast: FIRST_AT_LEAST, [brake]: [...FIRST_BRAKES], learn: true };
}
