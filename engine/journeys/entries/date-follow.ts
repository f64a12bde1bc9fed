import { sql } from 'kysely';

import { ZONE_FROM } from '../../profiles';
import type { ProfileChange } from '../../segments';
import type { Tx } from '../../store';
import { dateKey, nextTurn, readDates, waitingFor, writeDates } from './date-plan';
import type { ListeningBy } from './listening';
import { whereaboutsOf } from '../whereabouts';

/** Whether anybody's date, or the zone they are in, may be another than before. */
export function mayMoveDates({ attributes, looked }: ProfileChange): boolean {
	return attributes.size > 0 || (looked?.size ?? 0) > 0;
}

/**
 * Turns by date follow what was changed about people, who are locked, in its transaction: a constant number of statements for all journeys
 * and people. Also where no journey may start by it (an import): that a date is known is not its turn.
 */
export async function followDates(tx: Tx, journeys: ReadonlyArray<ListeningBy<'date'>>, change: ProfileChange, zone: () => Promise<string>): Promise<void> {
	const whom = journeys.map((journey) => ({ journey, people: concerned(journey, change) }));
	const all = [...new Set(whom.flatMap(({ people }) => [...people]))];
	if (all.length === 0) return;
	const where = await whereaboutsOf(tx, tx.dialect.anyOf(sql.ref('p.id'), all), await zone());
	const known = await readDates(tx, all);
	await writeDates(tx, whom.flatMap(({ journey, people }) => [...people].flatMap((profile) => {
		const person = where.get(profile);
		if (person === undefined) return [];
		const before = known.get(dateKey({ journey: journey.id, profile })) ?? { day: null, done_day: null };
		const turn = nextTurn(journey.config.entry, person, before, tx.nowMs);
		return turn === null && before.day === null && before.done_day === null ? [] : [waitingFor(journey.id, profile, turn, before.done_day, tx.nowMs)];
	})));
}

function concerned({ entry_name: name }: ListeningBy<'date'>, { attributes, looked }: ProfileChange): Set<number> {
	const people = new Set([...(attributes.get(name) ?? []), ...(looked ?? [])]);
	for (const [changed, profiles] of attributes) if (ZONE_FROM.has(changed)) for (const profile of profiles) people.add(profile);
	return people;
}
