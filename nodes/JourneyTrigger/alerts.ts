import type { INodeProperties } from 'n8n-workflow';

import type { AlertMeasure, JourneyAlerts } from '../../engine';
import { EngineError } from '../../engine';
import { ALERT_LIMITS, alertFields, entriesIn, FIRST_AT_LEAST, firstAlertValues, FIRST_BRAKES, type AlertNames } from '../shared/fields';

const NAMES: AlertNames = { limit: (measure) => (measure === 'entries' ? 'entriesPerHour' : `${measure}Percent`), brake: 'brakeOn' };

export const alertsField: INodeProperties = {
	displayName: 'Alerts and Brake',
	name: 'alerts',
	type: 'fixedCollection',
	default: { values: firstAlertValues(NAMES) },
	description: 'When this journey calls for attention and pauses itself, in place of what the settings say. Journey Alert Trigger tells of it; Journey Control resumes.',
	options: [{ displayName: 'Limits', name: 'values', values: alertFields(NAMES) }],
};

/** null: the option was not added. Throws BAD_INPUT. */
export function readAlerts(value: unknown): JourneyAlerts | null {
	const [raw] = entriesIn(value, 'values');
	if (raw === undefined) return null;
	return {
		limits: Object.fromEntries(ALERT_LIMITS.map(({ measure, displayName, initial }) => [measure, limitIn(raw[NAMES.limit(measure)] ?? initial, displayName)])),
		atLeast: Number(raw.atLeast ?? FIRST_AT_LEAST),
		learn: raw.learn !== false,
		brake: (Array.isArray(raw.brakeOn) ? raw.brakeOn : [...FIRST_BRAKES]) as AlertMeasure[],
	};
}

function limitIn(value: unknown, label: string): number {
	const limit = Number(value);
	if (Number.isFinite(limit) && limit >= 0) return limit;
	throw new EngineError('BAD_INPUT', `"${label}" of Alerts and Brake is no number from 0 on. Enter a limit, or 0 for none.`);
}
