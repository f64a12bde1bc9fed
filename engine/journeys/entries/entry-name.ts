import { sql } from 'kysely';

import { CHANNELS, isChannel, normaliseTopic } from '../../consent';
import { checkEventMatch, checkPropertyFilter } from '../../events';
import { EngineError } from '../../kernel';
import type { Tx } from '../../store';
import { scoreEntryName } from '../enter-score';
import type { JourneyEntry, StepRef } from '../types';

/** A century: beyond it somebody has mistaken the unit. */
const MOST_DAYS = 36_525;
const LONGEST_SILENCE_MS = 365 * 86_400_000;

/**
 * What a journey is found by when something happens that may start it (journey.entry_name), after a check of its settings: one that can never
 * start is told when it is published. Throws BAD_INPUT, RULE_INVALID, NOT_FOUND.
 */
export async function entryName(tx: Tx, step: StepRef, entry: JourneyEntry): Promise<string> {
	switch (entry.kind) {
		case 'event': {
			const name = entry.match.event.trim();
			if (name === '') throw new EngineError('BAD_INPUT', `"${step.name}" needs the name of the event that starts the journey.`);
			return name;
		}
		case 'segment': {
			const found = await tx.first(sql`select id from segment where name = ${entry.segment}`);
			if (found === undefined) throw new EngineError('NOT_FOUND', `There is no segment "${entry.segment}". Create it with Profile Engine (Segment: Create or Update), then publish the journey again.`);
			return entry.segment;
		}
		case 'score':
		case 'stage': return await scoreEntryName(tx, entry);
		case 'attribute':
			checkPropertyFilter({ path: entry.attribute, operator: 'exists' });
			for (const test of [entry.from, entry.to]) if (test !== undefined) checkPropertyFilter({ path: entry.attribute, ...test });
			return firstOf(entry.attribute);
		case 'consent':
			if (!isChannel(entry.channel)) throw bad(step, `names no channel of consent. There are ${CHANNELS.join(', ')}`);
			if (!['subscribed', 'unsubscribed', 'pending'].includes(entry.state)) throw bad(step, 'needs the state that starts the journey: subscribed, unsubscribed or pending');
			return `${entry.channel} ${normaliseTopic(entry.topic ?? '')}`;
		case 'message': return messageName(step, entry);
		case 'date': return firstOf(checkDate(step, entry).attribute);
		case 'area': return areaName(step, entry);
		case 'schedule':
		case 'enroll': return '';
	}
}

function messageName(step: StepRef, { happened, workflow, step: node, withinMs }: Extract<JourneyEntry, { kind: 'message' }>): string {
	if (!['delivered', 'opened', 'clicked', 'replied', 'bounced', 'notOpened', 'notClicked'].includes(happened)) throw bad(step, 'needs what becomes of the message: delivered, opened, clicked, replied, bounced, notOpened or notClicked');
	if (node !== undefined && workflow === undefined) throw bad(step, 'names a sender without its workflow: node ids repeat among workflows');
	if (withinMs !== undefined && !(withinMs > 0 && withinMs <= LONGEST_SILENCE_MS)) throw bad(step, 'waits for an answer longer than a year, or for no time at all');
	return happened;
}

function checkDate(step: StepRef, entry: Extract<JourneyEntry, { kind: 'date' }>): Extract<JourneyEntry, { kind: 'date' }> {
	checkPropertyFilter({ path: entry.attribute, operator: 'exists' });
	if (!Number.isInteger(entry.offsetDays) || Math.abs(entry.offsetDays) > MOST_DAYS) throw bad(step, `starts a number of days before or after the date: a whole number from -${MOST_DAYS} to ${MOST_DAYS}`);
	if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(entry.at)) throw bad(step, 'needs the time of day as HH:MM, such as 09:00');
	return entry;
}

function areaName(step: StepRef, { lat, lon, km, attribute, event, property }: Extract<JourneyEntry, { kind: 'area' }>): string {
	const within = (value: number, most: number): boolean => typeof value === 'number' && Math.abs(value) <= most;
	if (!within(lat, 90) || !within(lon, 180)) throw bad(step, 'needs a place: lat from -90 to 90, lon from -180 to 180');
	if (!(typeof km === 'number' && km > 0 && km <= 20_000)) throw bad(step, 'needs a radius of more than 0 and at most 20,000 km');
	if (event === undefined) {
		checkPropertyFilter({ path: attribute ?? LOCATION, operator: 'exists' });
		return firstOf(attribute ?? LOCATION);
	}
	if (attribute !== undefined) throw bad(step, 'names an attribute and an event: a place is read off one of the two');
	checkEventMatch({ event });
	if (property !== undefined) checkPropertyFilter({ path: property, operator: 'exists' });
	return event;
}

/** Where a person is, unless another attribute is named. */
export const LOCATION = 'location';

/** Changes are told by the first name of a path. */
export function firstOf(path: string): string {
	return path.split('.')[0] ?? path;
}

function bad({ name }: StepRef, what: string): EngineError {
	return new EngineError('BAD_INPUT', `"${name}" ${what}. Correct it, then publish the journey again.`);
}
