import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { ClaimedItem, Stamp } from '../../engine';

/** Where the stamp rides in an item's JSON. */
export const STAMP_KEY = '_journey';

/** Items of a manual run in the editor: they name a profile and belong to no enrollment. */
export interface ManualMark {
	manual: true;
	profile: number | null;
}

export type Mark = { kind: 'stamp'; stamp: Stamp } | { kind: 'manual'; profile: number | null };

/** The mark in an item's JSON; null when there is none that can be used. */
export function markOf(json: IDataObject | undefined): Mark | null {
	const value = json?.[STAMP_KEY];
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
	const mark = value as IDataObject;
	if (mark.manual === true) return { kind: 'manual', profile: typeof mark.profile === 'number' ? mark.profile : null };
	const { token, epoch, nonce, trail, enrollment, profile } = mark;
	if (
		typeof token !== 'string' ||
		typeof epoch !== 'number' ||
		typeof nonce !== 'string' ||
		typeof trail !== 'string' ||
		typeof enrollment !== 'number' ||
		typeof profile !== 'number'
	) {
		return null;
	}
	return { kind: 'stamp', stamp: { token, epoch, nonce, trail, enrollment, profile } };
}

const OUTCOMES: ReadonlyArray<ClaimedItem['outcome']> = ['due', 'event', 'timeout', 'passed', 'missing', 'late'];

/** Why the park ended, as the pump wrote it beside the stamp. */
export function outcomeOf(json: IDataObject): ClaimedItem['outcome'] {
	const value = json[STAMP_KEY];
	const outcome = typeof value === 'object' && value !== null ? (value as IDataObject).outcome : undefined;
	return OUTCOMES.find((known) => known === outcome) ?? 'due';
}

/** The item with its outcome where whoever draws the journey finds it; a field of the person by that name stays what it is. */
export function tellOutcome(item: INodeExecutionData): INodeExecutionData {
	return 'outcome' in item.json ? item : { ...item, json: { ...item.json, outcome: outcomeOf(item.json) } };
}

/** An output item: the JSON that came in, the contact's mark as it is now, and the pairing. */
export function stamped(item: INodeExecutionData, index: number, mark: Stamp | ManualMark, extra: IDataObject = {}): INodeExecutionData {
	return {
		json: { ...item.json, ...extra, [STAMP_KEY]: { ...mark } },
		...(item.binary ? { binary: item.binary } : {}),
		pairedItem: { item: index },
	};
}
