import { sql } from 'kysely';

import { lockProfiles } from '../../profiles';
import type { Store, Tx } from '../../store';
import { refuse } from '../admission/refuse';
import type { DateEntry } from './date-days';
import { dateKey, deleteDates, nextTurn, readDates, waitingFor, writeDates, type DateRow, type Turn } from './date-plan';
import { enterWith } from './enter-with';
import { journeysWhere, startsBy, type ListeningBy } from './listening';
import { TOO_LATE_MS } from './too-late';
import { whereaboutsOf, type Whereabouts } from '../whereabouts';

const BATCH = 500;

/** Lets those in whose day and hour has come; answers with how many were looked at. One transaction a batch. */
export async function enterByDate(store: Store, zone: (tx: Tx) => Promise<string>): Promise<number> {
	return await store.tx('date-entries', async (tx) => {
		const due = await tx.all(sql<Pick<DateRow, 'journey' | 'profile'>>`select journey, profile from date_entry where due_at <= ${tx.nowMs} order by due_at, profile, journey limit ${sql.lit(BATCH)}`);
		if (due.length === 0) return 0;
		const profiles = [...new Set(due.map(({ profile }) => profile))];
		await lockProfiles(tx, profiles);
		// Again, now that nobody else can: another process may have done them, a merge may have taken them elsewhere.
		const known = await readDates(tx, profiles);
		const rows = due.flatMap((row) => known.get(dateKey(row)) ?? []).filter((row) => row.due_at !== null && row.due_at <= tx.nowMs);
		const journeys = new Map((await journeysWhere(tx, tx.dialect.anyOf(sql.ref('j.id'), [...new Set(rows.map(({ journey }) => journey))]))).flatMap((one) => (startsBy(one, 'date') ? [[one.id, one] as const] : [])));
		const people = await whereaboutsOf(tx, tx.dialect.anyOf(sql.ref('p.id'), profiles), await zone(tx));
		await deleteDates(tx, rows.filter(({ journey, profile }) => !journeys.has(journey) || !people.has(profile)));
		for (const journey of journeys.values()) await turns(tx, journey, rows.filter((row) => row.journey === journey.id && people.has(row.profile)), people);
		return due.length;
	});
}

/** Whoever is late by a day is refused: a birthday mail of last week is worse than none. The turn is over either way. */
async function turns(tx: Tx, journey: ListeningBy<'date'>, rows: readonly DateRow[], people: ReadonlyMap<number, Whereabouts>): Promise<void> {
	const { entry } = journey.config;
	const looks = rows.flatMap((row) => {
		const person = people.get(row.profile);
		return person === undefined ? [] : [{ row, person, turn: nextTurn(entry, person, row, tx.nowMs) }];
	});
	const come = looks.filter((look): look is typeof look & { turn: Turn } => look.turn !== null && look.turn.atMs <= tx.nowMs);
	const late = come.filter(({ turn }) => tx.nowMs - turn.atMs >= TOO_LATE_MS);
	const entrants = come.filter((look) => !late.includes(look)).map(({ row, turn }) => ({ profile: row.profile, data: { name: 'Date Reached', properties: { attribute: entry.attribute, day: turn.day } } }));
	await enterWith(tx, journey, entrants, 'date');
	await refuse(tx, journey, late.map(({ row: { profile } }) => ({ profile, reason: 'their date was more than a day ago when n8n came back' })));
	await writeDates(tx, looks.map(({ row, person, turn }) => {
		if (turn === null || turn.atMs > tx.nowMs) return waitingFor(journey.id, row.profile, turn, row.done_day, tx.nowMs);
		return waitingFor(journey.id, row.profile, afterTurn(entry, person, turn, tx.nowMs), turn.day, tx.nowMs);
	}));
}

function afterTurn(entry: DateEntry, person: Whereabouts, { day }: Turn, nowMs: number): Turn | null {
	return nextTurn(entry, person, { day: null, done_day: day }, nowMs);
}
