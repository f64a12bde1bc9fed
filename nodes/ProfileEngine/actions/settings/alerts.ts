import type { SettingField } from './groups';

const percent = (displayName: string, name: string, initial: number, description: string) => ({ displayName, name, type: 'number' as const, typeOptions: { minValue: 0, maxValue: 100 }, default: initial, description: `${description}. 0: no limit.` });

/** One setting of several numbers: what is not added keeps to its default. */
export const alerts: SettingField = {
	read: (value) => {
		const { values = {} } = (value ?? {}) as { values?: Record<string, unknown> };
		const { atLeast, learn, brake, stalledMinutes, ...limits } = values;
		return Object.fromEntries(Object.entries({ limits, atLeast, learn, brake, stalledMinutes }).filter(([, given]) => given !== undefined));
	},
	field: {
		displayName: 'Alerts and Brake',
		name: 'alerts',
		type: 'fixedCollection',
		default: { values: { bounces: 5, complaints: 0.3, entries: 0, failures: 20, unsubscribes: 5, atLeast: 50, brake: ['complaints', 'bounces', 'entries'], learn: true, stalledMinutes: 15 } },
		description: 'For every journey whose Journey Trigger has no such option of its own. Journey Alert Trigger tells of what crosses a limit or leaves its usual range.',
		options: [
			{
				displayName: 'Limits',
				name: 'values',
				values: [
					{ displayName: 'At Least (Messages)', name: 'atLeast', type: 'number', typeOptions: { minValue: 1, numberPrecision: 0 }, default: 50, description: 'With fewer messages in 24 hours percentages are not looked at' },
					percent('Bounces (%)', 'bounces', 5, 'Of the messages of the last 24 hours'),
					{
						displayName: 'Brake On',
						name: 'brake',
						type: 'multiOptions',
						options: [
							{ name: 'Bounces', value: 'bounces' }, { name: 'Complaints', value: 'complaints' }, { name: 'Entries', value: 'entries' },
							{ name: 'Failures', value: 'failures' }, { name: 'Unsubscribes', value: 'unsubscribes' },
						],
						default: ['complaints', 'bounces', 'entries'],
						description: 'What makes a journey pause itself; the others only tell',
					},
					percent('Complaints (%)', 'complaints', 0.3, 'Messages marked as spam, of those of the last 24 hours'),
					{ displayName: 'Entries an Hour', name: 'entries', type: 'number', typeOptions: { minValue: 0 }, default: 0, description: 'How many people may enter a journey within an hour. 0: no limit.' },
					percent('Failures (%)', 'failures', 20, 'Messages that failed and people who are held, of those of the last 24 hours'),
					{ displayName: 'Learn What Is Usual', name: 'learn', type: 'boolean', default: true, description: 'Whether a number far above what a journey had in the last four weeks is an alert too' },
					{ displayName: 'Stalled After (Minutes)', name: 'stalledMinutes', type: 'number', typeOptions: { minValue: 1, numberPrecision: 0 }, default: 15, description: 'People who are due and do not move for so long are an alert' },
					percent('Unsubscribes (%)', 'unsubscribes', 5, 'After how many of the messages of the last 24 hours somebody may unsubscribe'),
				],
			},
		],
	},
};
