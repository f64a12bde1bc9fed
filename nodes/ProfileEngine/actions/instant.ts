import { DateTime } from 'luxon';
import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions } from 'n8n-workflow';

/** A time without an offset is meant in the workflow's time zone. ISO 8601, or a number of milliseconds. */
export function instantOf(context: IExecuteFunctions, value: unknown, field: string, itemIndex: number): string {
	const text = String(value);
	const zone = context.getTimezone();
	const time = /^\d+$/.test(text) ? DateTime.fromMillis(Number(text)) : DateTime.fromISO(text.replace(' ', 'T'), { zone });
	const iso = time.toUTC().toISO();
	if (iso !== null) return iso;
	throw new NodeOperationError(context.getNode(), `The time in '${field}' cannot be read`, {
		itemIndex,
		description: `Give '${field}' in ISO 8601, for example 2026-03-01T10:00:00+01:00, or as milliseconds since 1970.`,
	});
}
