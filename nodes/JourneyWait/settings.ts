import type { IExecuteFunctions } from 'n8n-workflow';

import type { WaitTime } from '../../engine';
import { EngineError } from '../../engine';
import { nameIn, toMs } from '../shared/fields';
import type { WaitSetting } from '../shared/park';

/** Parameters whose values may be another for each item. */
export const WAIT_SETTINGS: readonly string[] = [
	'wait', 'amount', 'unit', 'timeOfDay', 'weekdays', 'date', 'attribute', 'offset', 'offsetAmount', 'offsetUnit', 'dayTime', 'ifPassed', 'ifMissing', 'withinHours', 'audience', 'elseAt', 'ifLate', 'lateAfterHours',
];

/** Throws BAD_INPUT for what is missing; whatever else cannot be, the engine says. */
export function readWait(context: IExecuteFunctions, index: number): WaitSetting {
	const read = (name: string, fallback?: unknown): unknown => context.getNodeParameter(name, index, fallback as never);
	const kind = read('wait', 'duration');
	const late = read('ifLate', 'continue') === 'continue' ? {} : { overdue: { afterMs: lateMs(read('lateAfterHours', 2)) } };
	if (kind === 'duration') return { shared: { delayMs: toMs(read('amount'), read('unit'), 'Wait For'), ...late } };
	const shared = { delayMs: 0, until: timeOf(String(kind), read), ...late };
	return kind === 'date' ? { shared, date: textOf(read('date', '')) } : { shared };
}

function timeOf(kind: string, read: (name: string, fallback?: unknown) => unknown): WaitTime {
	switch (kind) {
		case 'time':
			return { kind, at: String(read('timeOfDay', '')).trim(), weekdays: weekdaysIn(read('weekdays', [])) };
		case 'best': {
			const [segment, at] = [nameIn(read('audience', '')), String(read('elseAt', '')).trim()];
			return { kind, withinHours: Number(read('withinHours', 24)), ...(segment === '' ? {} : { segment }), ...(at === '' ? {} : { at }) };
		}
		case 'date':
			return { kind, ...dateOf(read) };
		case 'attribute':
			return { kind, attribute: nameIn(read('attribute', '')), missing: read('ifMissing', 'wait') === 'wait' ? 'wait' : 'goOn', ...dateOf(read) };
		default:
			throw new EngineError('BAD_INPUT', 'Wait says no kind of wait that there is. Choose one.');
	}
}

function dateOf(read: (name: string, fallback?: unknown) => unknown): Pick<Extract<WaitTime, { kind: 'date' }>, 'offset' | 'at' | 'passed'> {
	const direction = read('offset', 'on');
	const at = String(read('dayTime', '')).trim();
	return {
		...(direction === 'before' || direction === 'after' ? { offset: { amount: amountOf(read('offsetAmount', 1)), unit: unitOf(read('offsetUnit', 'days')), direction } } : {}),
		...(at === '' ? {} : { at }),
		passed: read('ifPassed', 'continue') === 'nextYear' ? 'nextYear' : 'goOn',
	};
}

function amountOf(value: unknown): number {
	const amount = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof amount === 'number' && Number.isFinite(amount) && amount >= 0) return amount;
	throw new EngineError('BAD_INPUT', 'By is not a number of 0 or more. Enter how long before or after the date, or check the expression.');
}

function unitOf(value: unknown): 'minutes' | 'hours' | 'days' | 'weeks' {
	if (value === 'minutes' || value === 'hours' || value === 'days' || value === 'weeks') return value;
	throw new EngineError('BAD_INPUT', 'The unit before or after the date is unknown. Use minutes, hours, days or weeks.');
}

function weekdaysIn(value: unknown): number[] {
	return (Array.isArray(value) ? value : [value]).map(Number);
}

function lateMs(value: unknown): number {
	const hours = Number(value);
	if (Number.isFinite(hours) && hours >= 0 && value !== '') return hours * 3_600_000;
	throw new EngineError('BAD_INPUT', 'Late From is not a number of hours. Enter one, for example 2.');
}

/** Expressions give texts, numbers, JavaScript's dates and n8n's own. */
function textOf(value: unknown): string {
	if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
	if (typeof value === 'object' && value !== null && 'toISO' in value && typeof value.toISO === 'function') return String(value.toISO());
	return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
