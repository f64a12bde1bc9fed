import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

export const MODEL_OPTIONS: INodePropertyOptions[] = [
	{ name: 'First Touch', value: 'first', description: 'All to the first message' },
	{ name: 'Last Touch', value: 'last', description: 'All to the last message' },
	{ name: 'Linear', value: 'linear', description: 'The same to each message' },
	{ name: 'Position Based', value: 'position', description: '40% to the first, 40% to the last, 20% to those between; of two, half each' },
	{ name: 'Time Decay', value: 'timeDecay', description: 'The later, the more: half as much for each half-life earlier' },
];

const DAYS: INodeProperties['typeOptions'] = { minValue: 0, maxValue: 365, numberPrecision: 2 };

/** What makes a message a touch, and for how long; each shows the default of the settings. */
export const WINDOW_FIELDS: INodeProperties[] = [
	{ displayName: 'Click Window (Days)', name: 'clickDays', type: 'number', typeOptions: DAYS, default: 7, description: 'How long before the conversion a person\'s click on a message counts. 0: clicks do not count.' },
	{ displayName: 'Half-Life (Days)', name: 'halfLifeDays', type: 'number', typeOptions: { ...DAYS, minValue: 0.01 }, default: 7, description: 'Of the model Time Decay: a touch so much earlier than the last one gets half as much' },
	{ displayName: 'Only Marketing', name: 'onlyMarketing', type: 'boolean', default: false, description: 'Whether transactional messages get no credit' },
	{ displayName: 'Open Window (Days)', name: 'openDays', type: 'number', typeOptions: DAYS, default: 0, description: 'How long before the conversion it counts that a person opened a message; what machines open never does. 0: opens do not count.' },
	{ displayName: 'Sent Window (Days)', name: 'sentDays', type: 'number', typeOptions: DAYS, default: 0, description: 'How long before the conversion it counts that a message was sent and did not bounce. 0: it does not count.' },
];
