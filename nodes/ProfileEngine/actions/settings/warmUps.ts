import type { SettingField } from './groups';

/** A table of plans, one a sender. */
export const warmUps: SettingField = {
	read: (value) => ((value as { rows?: unknown[] } | undefined)?.rows ?? []),
	field: {
		displayName: 'Warm-Up Plans',
		name: 'warmUps',
		type: 'fixedCollection',
		typeOptions: { multipleValues: true },
		placeholder: 'Add Plan',
		default: {},
		description: 'How many marketing mails a new sender may send a day, more each day, while mailbox providers learn to know it. What is too much waits for the next day. Remove all rows for no plan.',
		options: [
			{
				displayName: 'Plan',
				name: 'rows',
				values: [
					{
						displayName: 'First Day',
						name: 'from',
						type: 'string',
						default: '',
						placeholder: 'e.g. 2026-09-01',
						description: 'YYYY-MM-DD;	days are those of the time zone in these settings',
					},
					{
						displayName: 'Growth a Day',
						name: 'growth',
						type: 'number',
						default: 1.3,
						description: 'Each day allows so many times the mails of the day before:	1.3 is 30%	more',
					},
					{
						displayName: 'Mails a Day at Most',
						name: 'final',
						type: 'number',
						default: 50000,
						description: 'Where it stops growing, and stays until the plan is removed',
					},
					{
						displayName: 'Mails on the First Day',
						name: 'first',
						type: 'number',
						default: 50,
						description: 'How many may leave on the first day',
					},
					{
						displayName: 'Sender',
						name: 'sender',
						type: 'string',
						default: '',
						placeholder: 'e.g. example.com',
						description: 'A From address, or a domain for all addresses at it without a plan of their own',
					},
				],
			},
		],
	},
};
