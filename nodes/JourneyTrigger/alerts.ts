import type { INodeProperties } from 'n8n-workflow';

import type { AlertMeasure, JourneyAlerts } from '../../engine';
import { EngineError } from '../../engine';
import { entriesIn } from '../shared/fields';

const LIMITS: ReadonlyArray<{ measure: AlertMeasure; field: string; label: string; initial: number; description: string }> = [
	{ measure: 'bounces', field: 'bouncesPercent', label: 'Bounces (%)', initial: 5, description: 'Of the messages of the last 24 hours' },
	{ measure: 'complaints', field: 'complaintsPercent', label: 'Complaints (%)', initial: 0.3, description: 'Messages marked as spam, of those of the last 24 hours' },
	{ measure: 'entries', field: 'entriesPerHour', label: 'Entries an Hour', initial: 0, description: 'How many people may enter within an hour' },
	{ measure: 'failures', field: 'failuresPercent', label: 'Failures (%)', initial: 20, description: 'Messages that failed and people who are held, of those of the last 24 hours' },
	{ measure: 'unsubscribes', field: 'unsubscribesPercent', label: 'Unsubscribes (%)', initial: 5, description: 'After how many of the messages of the last 24 hours somebody may unsubscribe' },
];

export const alertsField: INodeProperties = {
	displayName: 'Alerts and Brake',
	name: 'alerts',
	type: 'fixedCollection',
	default: { values: { brakeOn: ['complaints', 'bounces', 'entries'], bouncesPercent: 5, complaintsPercent: 0.3, entriesPerHour: 0, failuresPercent: 20, unsubscribesPercent: 5, atLeast: 50, learn: true } },
	description: 'When this journey calls for attention and pauses itself, in place of what the settings say. Journey Alert Trigger tells of it; Journey Control resumes.',
	options: [{
		displayName: 'Limits',
		name: 'values',
		values: [
			{ displayName: 'At Least (Messages)', name: 'atLeast', type: 'number', typeOptions: { minValue: 1, numberPrecision: 0 }, default: 50, description: 'With fewer messages in 24 hours percentages are not looked at' },
			...LIMITS.map(({ field, label, initial, description }): INodeProperties => ({ displayName: label, name: field, type: 'number', typeOptions: { minValue: 0 }, default: initial, description: `${description}. 0: no limit.` })),
			{
				displayName: 'Brake Itself On',
				name: 'brakeOn',
				type: 'multiOptions',
				options: [
					{ name: 'Bounces', value: 'bounces' },
					{ name: 'Complaints', value: 'complaints' },
					{ name: 'Entries', value: 'entries' },
					{ name: 'Failures', value: 'failures' },
					{ name: 'Unsubscribes', value: 'unsubscribes' },
				],
				default: ['complaints', 'bounces', 'entries'],
				description: 'What makes the journey pause itself; the others only tell. None chosen: nothing pauses it.',
			},
			{ displayName: 'Learn What Is Usual', name: 'learn', type: 'boolean', default: true, description: 'Whether a number far above what this journey had in the last four weeks is an alert too' },
		],
	}],
};

/** null: the option was not added. Throws BAD_INPUT. */
export function readAlerts(value: unknown): JourneyAlerts | null {
	const [raw] = entriesIn(value, 'values');
	if (raw === undefined) return null;
	const limits = Object.fromEntries(LIMITS.flatMap(({ measure, field, label, initial }) => {
		const limit = Number(raw[field] ?? initial);
		if (!Number.isFinite(limit) || limit < 0) throw new EngineError('BAD_INPUT', `"${label}" of Alerts and Brake is no number from 0 on. Enter a limit, or 0 for none.`);
		return [[measure, limit]];
	}));
	return {
		limits,
		atLeast: Number(raw.atLeast ?? 50),
		learn: raw.learn !== false,
		brake: (Array.isArray(raw.brakeOn) ? raw.brakeOn : ['complaints', 'bounces', 'entries']) as AlertMeasure[],
	};
}
