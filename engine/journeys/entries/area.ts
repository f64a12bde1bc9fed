import { sql } from 'kysely';

import type { StoredEvent } from '../../events';
import { valueAtPath, type JsonObject, type JsonValue } from '../../kernel';
import { LOCATION_FROM, locationOf, readLocation, storedObject, type AttributeStep } from '../../profiles';
import type { Tx } from '../../store';
import { fromJsonColumn } from '../watch';
import { stepsAt, type ValueStep } from './attribute';
import { isInside } from './circle';
import { enterWith, inRounds } from './enter-with';
import { LOCATION } from './entry-name';
import type { ListeningBy } from './listening';

/** Lets those in whose location has just come into the circle, from outside or from nowhere known. */
export async function enterByArea(tx: Tx, journey: ListeningBy<'area'>, steps: readonly AttributeStep[]): Promise<number> {
	const { attribute = LOCATION, ...circle } = journey.config.entry;
	const moves = attribute === LOCATION ? await movesOf(tx, steps) : stepsAt(attribute, steps);
	const coming = moves.filter(({ from, to }) => isInside(circle, to) === true && isInside(circle, from) !== true);
	let entered = 0;
	for (const round of inRounds(coming)) {
		const entrants = round.map(({ profile, to }) => ({ profile, data: { name: 'Area Entered', properties: { location: to } } }));
		entered += (await enterWith(tx, journey, entrants, 'area')).size;
	}
	return entered;
}

/**
 * Where people were and are by what Profile: Get calls their location: latitude and longitude standing alone count where `location` holds
 * no place. A change that sets both is one move; what it leaves as it was is in the profile, which stands as after all of them.
 */
async function movesOf(tx: Tx, all: readonly AttributeStep[]): Promise<ValueStep[]> {
	const steps = all.filter(({ name }) => LOCATION_FROM.includes(name));
	if (steps.length === 0) return [];
	const rows = await tx.all(sql<{ id: number; attributes: unknown }>`select id, attributes from profile where ${tx.dialect.anyOf(sql.ref('id'), [...new Set(steps.map(({ profile }) => profile))])}`);
	const at = new Map(rows.map(({ id, attributes }) => [id, storedObject(attributes)]));
	for (const { profile, name, from } of steps.toReversed()) at.set(profile, { ...at.get(profile), [name]: from });
	const changes = new Map<number, AttributeStep[]>();
	for (const step of steps) changes.set(step.change, [...(changes.get(step.change) ?? []), step]);
	return [...changes.values()].map((together) => {
		const profile = together[0]?.profile ?? 0;
		const was = at.get(profile) ?? {};
		const now = { ...was, ...Object.fromEntries(together.map(({ name, to }) => [name, to])) };
		at.set(profile, now);
		return { profile, from: placeIn(was), to: placeIn(now) };
	});
}

/** As it stands in the attribute; else the two that stand alone. */
function placeIn(attributes: JsonObject): JsonValue {
	const place = readLocation(attributes.location) === null ? locationOf(attributes) : null;
	return place === null ? (attributes.location ?? null) : { ...place };
}

interface Placed {
	id: number;
	properties: JsonObject | string;
	before: JsonObject | string | null;
}

/**
 * Which of these events tell of a place within the circle after one outside of it, or the first: one statement for all. The one before is the
 * newest by its own time, whichever arrived first, since a phone hands in what it has kept.
 */
export async function eventsIntoArea(tx: Tx, journey: ListeningBy<'area'>, events: readonly StoredEvent[]): Promise<number[]> {
	const { event: name, property, ...circle } = journey.config.entry;
	const mine = events.filter((event) => event.name === name && !event.historical);
	if (mine.length === 0) return [];
	const rows = await tx.all(sql<Placed>`select ev.id, ev.properties, (select old.properties from event old where old.profile = ev.profile and old.name = ev.name
			and (old.occurred_at < ev.occurred_at or (old.occurred_at = ev.occurred_at and old.event_no < ev.event_no)) and old.historical < 2
			order by old.occurred_at desc, old.event_no desc limit 1) as before
		from event ev where ${tx.dialect.anyOf(sql.ref('ev.id'), mine.map(({ id }) => id))}`);
	const inside = (column: JsonObject | string | null): boolean => {
		if (column === null) return false;
		const properties = fromJsonColumn<JsonObject>(column);
		return isInside(circle, property === undefined ? properties : valueAtPath(properties, property)) === true;
	};
	return rows.filter(({ properties, before }) => inside(properties) && !inside(before)).map(({ id }) => id);
}
