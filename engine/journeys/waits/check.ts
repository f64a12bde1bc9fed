import { sql } from 'kysely';

import { EngineError, isChannel, isTopic, normaliseTopic } from '../../kernel';
import { clockMinutes } from '../../kernel/local-time';
import type { Reader } from '../../store';
import type { WaitHappening, WaitOffset, WaitTime, WaitUntil } from './types';

/** 100 years: beyond it a wait is a mistake in the unit. */
const LONGEST_OFFSET: Record<WaitOffset['unit'], number> = { minutes: 52_596_000, hours: 876_600, days: 36_525, weeks: 5_218 };
/** Beyond two weeks it is a wait for a date. */
const LONGEST_WITHIN_HOURS = 336;

const TIMES: ReadonlySet<string> = new Set<WaitTime['kind']>(['time', 'sameTime', 'date', 'attribute', 'best']);
const HAPPENINGS: ReadonlySet<string> = new Set<WaitHappening['kind']>(['segment', 'consent', 'message']);

export function isWaitTime(until: WaitUntil | undefined): until is WaitTime {
	return until !== undefined && 'kind' in until && TIMES.has(until.kind);
}

export function isHappening(until: WaitUntil | undefined): until is WaitHappening {
	return until !== undefined && 'kind' in until && HAPPENINGS.has(until.kind);
}

/** Throws BAD_INPUT for a wait that could never end, or that nobody could mean. */
export function checkUntil(until: WaitUntil | undefined): void {
	if (until === undefined || !('kind' in until)) return;
	if (!isWaitTime(until) && !isHappening(until)) throw bad('This is no kind of wait that there is.');
	switch (until.kind) {
		case 'time':
			checkTime(until.at);
			if ((until.weekdays ?? []).some((day) => !Number.isInteger(day) || day < 1 || day > 7)) throw bad('Weekdays are numbers from 1 (Monday) to 7 (Sunday).');
			return;
		case 'attribute':
			if (until.attribute.trim() === '') throw bad('The attribute with the date to wait for is empty. Choose one.');
			return checkDate(until);
		case 'date':
			return checkDate(until);
		case 'best':
			if (until.at !== undefined) checkTime(until.at);
			if (until.withinHours !== undefined && !(until.withinHours >= 1 && until.withinHours <= LONGEST_WITHIN_HOURS)) throw bad(`The best time to send is looked for within 1 to ${LONGEST_WITHIN_HOURS} hours.`);
			return;
		case 'consent':
			if (!isChannel(until.channel)) throw bad('The channel of the awaited consent is none of those there are. Choose one.');
			if (until.topic !== undefined && !isTopic(until.topic)) throw bad('The topic of the awaited consent is no text of at most 200 characters.');
			return;
		default:
	}
}

function checkDate({ at, offset }: Extract<WaitTime, { kind: 'date' | 'attribute' }>): void {
	if (at !== undefined) checkTime(at);
	if (offset === undefined) return;
	const most = LONGEST_OFFSET[offset.unit];
	if (most === undefined || !(offset.amount >= 0 && offset.amount <= most)) throw bad('The time before or after the date is no number from 0 to 100 years. Check the amount and the unit.');
	if ((offset.unit === 'days' || offset.unit === 'weeks') && !Number.isInteger(offset.amount)) throw bad('Days and weeks before or after the date are whole numbers; use hours for less.');
}

function checkTime(at: string): void {
	if (clockMinutes(at) === null) throw bad(`"${at.slice(0, 20)}" is no time of day. Write hours and minutes, for example 09:30.`);
}

function bad(message: string): EngineError {
	return new EngineError('BAD_INPUT', message);
}

/** Of a segment or list. Throws NOT_FOUND. */
export async function segmentNamed(reader: Reader, name: string): Promise<number> {
	const row = await reader.first(sql<{ id: number }>`select id from segment where name = ${name} and kind in ('rule', 'list')`);
	if (row === undefined) throw new EngineError('NOT_FOUND', `There is no segment or list "${name}". Create it with Profile Engine, or choose another one in this step.`);
	return row.id;
}

/** As it is kept: by the segment's id, so that one may be renamed while people wait. reported: whatever tells that a message has arrived, or that it has not. */
export type Happening =
	| { kind: 'segment'; segment: number; change: 'entered' | 'left'; already: boolean }
	| { kind: 'consent'; channel: string; topic: string; state: 'subscribed' | 'unsubscribed'; already: boolean }
	| { kind: 'message'; happened: 'delivered' | 'opened' | 'clicked' | 'replied' | 'reported'; already: boolean };

export async function happeningOf(reader: Reader, until: WaitHappening): Promise<Happening> {
	const already = until.already !== false;
	if (until.kind === 'segment') return { kind: 'segment', segment: await segmentNamed(reader, until.segment), change: until.change, already };
	if (until.kind === 'consent') return { kind: 'consent', channel: until.channel, topic: normaliseTopic(until.topic ?? ''), state: until.state, already };
	return { kind: 'message', happened: until.happened, already };
}
