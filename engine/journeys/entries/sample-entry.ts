import { sql } from 'kysely';

import { eventMatchSql } from '../../events';
import type { EventMatch } from '../../events/types';
import { normaliseTopic, valueAtPath, type JsonObject, type JsonValue } from '../../kernel';
import type { Reader } from '../../store';
import { isByPerson } from '../engagement';
import type { AttributeTest, JourneyEntry } from '../types';
import { fromJsonColumn } from '../watch';
import { whereaboutsOf } from '../whereabouts';
import { nextTurn } from './date-plan';
import type { EntryData } from './enter-with';
import { LOCATION } from './entry-name';
import { TOLD_BY } from './message';
import { checkSchedule, nextPlanned } from './schedule-times';

interface Sampled {
	/** Its name, for errors. */
	journey: string;
	profile: number;
	attributes: JsonObject;
	/** Of the settings. */
	zone: string;
}

/**
 * What a person's item would show as having brought them in, if they entered now: the newest of their own that fits, else what is known of
 * it without them. null: entries of this kind carry nothing. Reads only; the names and properties are those of the real entries beside this file.
 */
export async function sampleEntry(reader: Reader, entry: JourneyEntry, person: Sampled): Promise<EntryData | null> {
	switch (entry.kind) {
		case 'event': return await newestEvent(reader, person, entry.match);
		case 'attribute': return changedAttribute(entry, person);
		case 'consent': return await changedConsent(reader, entry, person);
		case 'message': return await ofMessage(reader, entry, person);
		case 'date': {
			const whereabouts = (await whereaboutsOf(reader, sql`p.id = ${person.profile}`, person.zone)).get(person.profile);
			const turn = whereabouts === undefined ? null : nextTurn(entry, whereabouts, { day: null, done_day: null }, reader.nowMs);
			return { name: 'Date Reached', properties: { attribute: entry.attribute, day: turn?.day ?? null } };
		}
		case 'schedule': {
			checkSchedule({ name: person.journey }, entry);
			const next = nextPlanned(entry, entry.zone ?? person.zone, reader.nowMs);
			return { name: 'Broadcast', properties: { at: next === null ? null : new Date(next.occursAtMs).toISOString() } };
		}
		case 'area': return entry.event === undefined
			? { name: 'Area Entered', properties: { location: valueAtPath(person.attributes, entry.attribute ?? LOCATION) } }
			: await newestEvent(reader, person, { event: entry.event });
		// Whoever enrolls gives the data or none; nobody does here.
		case 'enroll':
		case 'segment':
		case 'score':
		case 'stage': return null;
	}
}

/** The newest that the journey would start by; of a person who has done none the name alone. */
async function newestEvent(reader: Reader, { profile }: Sampled, match: EventMatch): Promise<EntryData> {
	const event = match.event.trim() === '' ? undefined : await reader.first(sql<{ name: string; properties: JsonObject | string }>`select ev.name, ev.properties from event ev
		where ev.profile = ${profile} and ${eventMatchSql(reader.dialect, match, 'ev')} order by ev.occurred_at desc limit 1`);
	return { name: match.event, properties: event === undefined ? {} : fromJsonColumn<JsonObject>(event.properties) };
}

/** The value of now is what it became; what it was before is kept nowhere, save where the journey asks for one value. */
function changedAttribute({ attribute, from, to }: Extract<JourneyEntry, { kind: 'attribute' }>, { attributes }: Sampled): EntryData {
	const now = valueAtPath(attributes, attribute);
	return { name: 'Attribute Changed', properties: { attribute, from: only(from), to: now ?? only(to) } };
}

function only(test: AttributeTest | undefined): JsonValue {
	return test?.operator === 'equals' ? ((test.value as JsonValue | undefined) ?? null) : null;
}

async function changedConsent(reader: Reader, { channel, topic: given, state }: Extract<JourneyEntry, { kind: 'consent' }>, { profile }: Sampled): Promise<EntryData> {
	const topic = normaliseTopic(given ?? '');
	const now = await reader.first(sql<{ state: string }>`select state from consent where profile = ${profile} and channel = ${channel} and topic = ${topic}`);
	return { name: 'Consent Changed', properties: { channel, topic, from: now === undefined || now.state === state ? 'none' : now.state, to: state } };
}

/** The newest event of a message of these, or, of one that is not answered, the newest message. */
async function ofMessage(reader: Reader, entry: Extract<JourneyEntry, { kind: 'message' }>, { profile }: Sampled): Promise<EntryData> {
	const { happened, ...of } = entry;
	const theirs = [sql`m.profile = ${profile}`, ...Object.entries({ workflow: of.workflow, step: of.step, channel: of.channel }).flatMap(([name, value]) => (value === undefined ? [] : [sql`${sql.ref(`m.${name}`)} = ${value}`]))];
	if (happened === 'notOpened' || happened === 'notClicked') {
		const message = await reader.first(sql<{ id: string; workflow: string; step: string }>`select m.id, m.workflow, m.step from message m where ${sql.join(theirs, sql` and `)} order by m.reserved_at desc limit 1`);
		return {
			name: happened === 'notOpened' ? 'Message Not Opened' : 'Message Not Clicked',
			properties: { message: message?.id ?? null, workflow: message?.workflow ?? of.workflow ?? null, step: message?.step ?? of.step ?? null },
		};
	}
	const names = TOLD_BY[happened];
	const event = await reader.first(sql<{ name: string; properties: JsonObject | string }>`select ev.name, ev.properties from event ev join message m on m.id = ev.message
		where ev.profile = ${profile} and ${reader.dialect.anyOf(sql.ref('ev.name'), names)} and ${isByPerson(reader.dialect, 'ev')} and ${sql.join(theirs, sql` and `)} order by ev.occurred_at desc limit 1`);
	return { name: event?.name ?? names[0] ?? '', properties: event === undefined ? {} : fromJsonColumn<JsonObject>(event.properties) };
}
