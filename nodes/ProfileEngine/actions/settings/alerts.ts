import { alertFields, firstAlertValues, type AlertNames } from '../../../shared/fields';
import type { SettingField } from './groups';

const NAMES: AlertNames = { limit: (measure) => measure, brake: 'brake' };
const STALLED_MINUTES = 15;

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
		default: { values: { ...firstAlertValues(NAMES), stalledMinutes: STALLED_MINUTES } },
		description: 'For every journey whose Journey Trigger has no such option of its own. Journey Alert Trigger tells of what crosses a limit or leaves its usual range.',
		options: [
			{
				displayName: 'Limits',
				name: 'values',
				values: [
					...alertFields(NAMES),
					{ displayName: 'Stalled After (Minutes)', name: 'stalledMinutes', type: 'number', typeOptions: { minValue: 1, maxValue: 1440, numberPrecision: 0 }, default: STALLED_MINUTES, description: 'People who are due and do not move for so long are an alert' },
				],
			},
		],
	},
};
