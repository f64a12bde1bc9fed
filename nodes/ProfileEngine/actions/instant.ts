import { DateTime } from 'luxon';
import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions } from 'n8n-workflow';

import { epochMs } from '../../../engine';

/** A time without an offset is meant in the workflow's time zone. ISO 8601, or a number of milliseconds or seconds since 1970, as the collector reads it. */
export function instantOf(context: IExecuteFunctions, value: unknown, field: string, itemIndex: number, problem = `The time in '${field}' cannot be read`): string {
	const text = String(value);
	const isNumber = /^-?\d+(\.\d+)?$/.test(text);
	const ms = isNumber ? epochMs(Number(text)) : DateTime.fromISO(text.replace(' ', 'T'), { zone: context.getTimezone() }).toMillis();
	if (ms !== undefined && !Number.isNaN(ms)) return new Date(ms).toISOString();
	throw new NodeOperationError(context.getNode(), problem, {
		itemIndex,
		description: `Give '${field}' in ISO 8601, for example 2026-03-01T10:00:00+01:00, or as milliseconds or seconds since 1970.`,
	});
}
