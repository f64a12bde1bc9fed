import type { SettingField } from './groups';

/** Answers by mail: what is kept of them, and what becomes of those that name no mail of ours. */
export const mailReplies: SettingField = {
	read: (value) => {
		const { replies } = (value ?? {}) as { replies?: { keepCharacters?: number; unmatched?: string; days?: number } };
		return { keepCharacters: replies?.keepCharacters ?? 0, unmatched: replies?.unmatched ?? 'person', days: replies?.days ?? 30 };
	},
	field: {
		displayName: 'Replies by Mail',
		name: 'mailReplies',
		type: 'fixedCollection',
		default: { replies: { keepCharacters: 0, unmatched: 'person', days: 30 } },
		placeholder: 'Add Replies',
		description: 'What is kept of answers by mail, and what those count for that name no mail of ours',
		options: [
			{
				displayName: 'Replies',
				name: 'replies',
				values: [
					{ displayName: 'Characters Kept', name: 'keepCharacters', type: 'number', typeOptions: { minValue: 0, maxValue: 10_000 }, default: 0, description: 'How much of the text is kept with the event. 0: nothing; people write personal things into mails.' },
					{
						displayName: 'Without a Match',
						name: 'unmatched',
						type: 'options',
						options: [
							{ name: 'Count for the Latest Mail', value: 'latest', description: 'For the newest mail to whom the answer says it is from, marked as a guess' },
							{ name: 'Count for the Person', value: 'person', description: 'For whom the answer says it is from, and for no mail' },
							{ name: 'Do Not Count', value: 'none' },
						],
						default: 'person',
						description: 'What an answer counts for that names no mail of ours and came to no signed address. It never changes consent: anybody can write any sender.',
					},
					{ displayName: 'Days', name: 'days', type: 'number', typeOptions: { minValue: 1, maxValue: 365 }, displayOptions: { show: { unmatched: ['latest'] } }, default: 30, description: 'How old the latest mail may be' },
				],
			},
		],
	},
};
