import type { INodeProperties } from 'n8n-workflow';

import { EngineError } from '../../../engine';

const SECOND_MS = 1_000;

const UNIT_MS = {
	seconds: SECOND_MS,
	minutes: 60 * SECOND_MS,
	hours: 3_600 * SECOND_MS,
	days: 86_400 * SECOND_MS,
	weeks: 604_800 * SECOND_MS,
} as const;

export type DurationUnit = keyof typeof UNIT_MS;

/** Beyond a century a wait is a mistake in the unit, and dates run out of what databases hold. */
const LONGEST_MS = 36_525 * UNIT_MS.days;

const unitOptions: INodeProperties['options'] = [
	{ name: 'Days', value: 'days' },
	{ name: 'Hours', value: 'hours' },
	{ name: 'Minutes', value: 'minutes' },
	{ name: 'Seconds', value: 'seconds' },
	{ name: 'Weeks', value: 'weeks' },
];

export interface DurationFieldTexts {
	/** Parameter names; their values are read with toMs. */
	amount: { name: string; displayName: string; description: string; default: number };
	unit: { name: string; displayName: string; description: string; default: DurationUnit };
	displayOptions?: INodeProperties['displayOptions'];
}

export function durationFields({ amount, unit, displayOptions }: DurationFieldTexts): INodeProperties[] {
	const shown = displayOptions ? { displayOptions } : {};
	return [
		{ ...amount, type: 'number', typeOptions: { minValue: 0 }, placeholder: 'e.g. 3', ...shown },
		{ ...unit, type: 'options', options: unitOptions, ...shown },
	];
}

/**
 * Milliseconds of an amount and a unit. Days are of 24 hours.
 * Throws BAD_INPUT when the amount is no positive number or the time is longer than 100 years.
 */
export function toMs(amount: unknown, unit: unknown, label: string): number {
	const number = typeof amount === 'string' && amount.trim() !== '' ? Number(amount) : amount;
	if (typeof number !== 'number' || !Number.isFinite(number) || number <= 0) {
		throw new EngineError('BAD_INPUT', `${label} is not a number above 0. Enter how long, for example 3, or check the expression.`);
	}
	if (typeof unit !== 'string' || !Object.hasOwn(UNIT_MS, unit)) {
		throw new EngineError('BAD_INPUT', `${label} has an unknown unit. Use seconds, minutes, hours, days or weeks.`);
	}
	const ms = Math.round(number * UNIT_MS[unit as DurationUnit]);
	if (ms > LONGEST_MS) throw new EngineError('BAD_INPUT', `${label} is longer than 100 years. Check the amount and the unit.`);
	// A time below one millisecond would round to none.
	return Math.max(1, ms);
}
