import type { INodeProperties } from 'n8n-workflow';

import { batchSizeField } from '../shared/fields';

export const options: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		batchSizeField,
		{
			displayName: 'Journey Name',
			name: 'journeyName',
			type: 'string',
			default: '',
			placeholder: 'e.g. Welcome Series',
			description: 'Name under which the journey is reported. Empty: the name of the workflow.',
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
		{
			displayName: 'Test People: Seconds a Day',
			name: 'virtualDaySeconds',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 10,
			placeholder: 'e.g. 10',
			description: 'For test people only, a day of waiting takes this many seconds. 0: real time.',
		},
	],
};
