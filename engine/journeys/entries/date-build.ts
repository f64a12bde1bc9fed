import { sql, type RawBuilder } from 'kysely';

import { lockProfiles } from '../../profiles';
import type { Store, Tx } from '../../store';
import { dateKey, nextTurn, readDates, waitingFor, writeDates } from './date-plan';
import { journeysWhere, startsBy } from './listening';
import { whereaboutsOf } from '../whereabouts';

/** Profile ids a transaction: some tenths of a second where everybody has a date. */
const SLICE = 2000;

interface Build {
	journey: string;
	next_id: number;
	last_id: number;
}

/** Everybody there is is to be looked at, in slices; whoever changes meanwhile goes by the published settings already. */
export async function startDateBuild(tx: Tx, journey: string): Promise<void> {
	const last = (await tx.first(sql<{ last: number | null }>`select max(id) as last from profile`))?.last ?? 0;
	await tx.run(sql`insert into date_build (journey, next_id, last_id) values (${journey}, 1, ${last}) on conflict (journey) do update set next_id = 1, last_id = excluded.last_id`);
}

/** Works at the builds there are, at most so many slices; a process that dies is followed by any other. */
export async function buildDates(store: Store, slices: number, zone: (tx: Tx) => Promise<string>): Promise<void> {
	for (let n = 0; n < slices; n += 1) {
		const build = await store.read((reader) => reader.first(sql<{ journey: string }>`select journey from date_build order by journey limit 1`));
		if (build === undefined) return;
		await store.tx('date-build', (tx) => slice(tx, build.journey, zone));
	}
}

/** Locks as everybody who changes people: profiles, then the build. */
async function slice(tx: Tx, journey: string, zone: (tx: Tx) => Promise<string>): Promise<void> {
	const read = (lock: RawBuilder<unknown>) => tx.first(sql<Build>`select journey, next_id, last_id from date_build where journey = ${journey} ${lock}`);
	const build = await read(sql``);
	if (build === undefined) return;
	const to = Math.min(build.last_id, build.next_id + SLICE - 1);
	const range = sql`p.id between ${build.next_id} and ${to}`;
	const ids = await tx.all(sql<{ id: number }>`select p.id from profile p where ${range} order by p.id`);
	await lockProfiles(tx, ids.map(({ id }) => id));
	const still = await read(tx.dialect.forUpdate);
	// Another process did this slice, or the journey was published with other settings: the next look says where to go on.
	if (still?.next_id !== build.next_id || still.last_id !== build.last_id) return;
	const [found] = await journeysWhere(tx, sql`j.id = ${journey}`);
	if (found === undefined || !startsBy(found, 'date')) return void (await tx.run(sql`delete from date_build where journey = ${journey}`));
	const people = await whereaboutsOf(tx, range, await zone(tx));
	const known = await readDates(tx, [...people.keys()]);
	await writeDates(tx, [...people].flatMap(([profile, person]) => {
		const before = known.get(dateKey({ journey, profile })) ?? { day: null, done_day: null };
		const turn = nextTurn(found.config.entry, person, before, tx.nowMs);
		return turn === null && before.day === null && before.done_day === null ? [] : [waitingFor(journey, profile, turn, before.done_day, tx.nowMs)];
	}));
	if (to >= build.last_id) await tx.run(sql`delete from date_build where journey = ${journey}`);
	else await tx.run(sql`update date_build set next_id = ${to + 1} where journey = ${journey}`);
}
