import { sql } from 'kysely';

import { iso, type JsonValue } from '../../kernel';
import type { Merge, PersonKeeper } from '../../profiles';
import type { Reader, Tx } from '../../store';
import { UNBOUNDED } from './broadcast';

interface DateRow {
	journey: string;
	profile: number;
	day: string | null;
	enters_at: number | null;
	done_day: string | null;
}

interface TurnRow {
	journey: string;
	occurs_at: number;
	profile: number;
	due_at: number;
}

interface Undo {
	requests: number[];
	messages: string[];
	dates: Array<Omit<DateRow, 'profile'>>;
	turns: Array<Omit<TurnRow, 'profile'>>;
}

const TABLES = ['enroll_request', 'date_entry', 'silence_entry', 'broadcast_person'] as const;

/**
 * What is to let people into journeys later, and requests to enroll them. Two people who are one have one turn; dates are worked out again
 * by the look that follows a merge (ProfileChange.looked), and what is over for either half is over for both.
 */
export const entriesKeeper: PersonKeeper = {
	name: 'entries',
	tables: TABLES,
	merge: async (tx, merge) => (await mergeAll(tx, [merge]))[0] ?? {},
	mergeAll,
	unmerge: (tx, merge, undo) => unmerge(tx, merge, undo as unknown as Undo),
	export: exportEntries,
	eraseAll: async (tx, profiles) => {
		for (const table of TABLES) await tx.run(sql`delete from ${sql.table(table)} where ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	},
};

async function mergeAll(tx: Tx, merges: readonly Merge[]): Promise<JsonValue[]> {
	const mine = tx.dialect.anyOf(sql.ref('profile'), merges.map(({ from }) => from));
	const requests = await tx.all(sql<{ id: number; profile: number }>`select id, profile from enroll_request where ${mine} order by id`);
	const messages = await tx.all(sql<{ message: string; profile: number }>`select distinct message, profile from silence_entry where ${mine} order by message`);
	const dates = await tx.all(sql<DateRow>`select journey, profile, day, enters_at, done_day from date_entry where ${mine} order by journey`);
	const turns = await tx.all(sql<TurnRow>`select journey, occurs_at, profile, due_at from broadcast_person where ${mine} order by journey, occurs_at`);
	const pairs = () => tx.dialect.rows(merges.map(({ into, from }) => ({ into, from })), { into: 'integer', from: 'integer' }, 'm');
	const now = sql`cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})`;
	if (requests.length > 0) await tx.run(sql`update enroll_request set profile = m."into" from ${pairs()} where enroll_request.profile = m."from"`);
	if (messages.length > 0) await tx.run(sql`update silence_entry set profile = m."into" from ${pairs()} where silence_entry.profile = m."from"`);
	if (dates.length > 0) {
		await tx.run(sql`insert into date_entry (journey, profile, day, enters_at, due_at, done_day)
			select d.journey, m."into", min(d.day), min(d.enters_at), ${now}, max(d.done_day) from ${pairs()} join date_entry d on d.profile = m."from" where true group by d.journey, m."into"
			on conflict (journey, profile) do update set due_at = excluded.due_at,
				done_day = case when coalesce(excluded.done_day, '') > coalesce(date_entry.done_day, '') then excluded.done_day else date_entry.done_day end`);
	}
	if (turns.length > 0) {
		await tx.run(sql`insert into broadcast_person (journey, occurs_at, profile, due_at)
			select b.journey, b.occurs_at, m."into", min(b.due_at) from ${pairs()} join broadcast_person b on b.profile = m."from" where true group by b.journey, b.occurs_at, m."into"
			on conflict (journey, occurs_at, profile) do nothing`);
	}
	// Whom a run has still to come to goes into somebody whom it has passed, or who is newer than the run and whom it never comes to: they are looked at by name. Whoever has entered
	// by it is not let in twice (broadcast-slice.ts). How far a run has come is read without a lock: nobody's mark passes either of the two while they are locked here.
	await tx.run(sql`insert into broadcast_person (journey, occurs_at, profile, due_at)
		select distinct r.journey, r.occurs_at, m."into", ${now} from ${pairs()} join broadcast_run r on r.state = 'running'
			and (r.last_id = ${sql.lit(UNBOUNDED)} or ((m."into" < r.next_id or m."into" > r.last_id) and m."from" >= r.next_id and m."from" <= r.last_id))
		where true on conflict (journey, occurs_at, profile) do nothing`);
	for (const table of ['date_entry', 'broadcast_person']) await tx.run(sql`delete from ${sql.table(table)} where ${mine}`);
	return merges.map(({ from }): JsonValue => {
		const undo: Undo = {
			requests: requests.filter(({ profile }) => profile === from).map(({ id }) => id),
			messages: messages.filter(({ profile }) => profile === from).map(({ message }) => message),
			dates: dates.filter(({ profile }) => profile === from).map(({ profile: _of, ...row }) => row),
			turns: turns.filter(({ profile }) => profile === from).map(({ profile: _of, ...row }) => row),
		};
		return undo as unknown as JsonValue;
	});
}

/** What was over for them together stays over for each. A turn that has come meanwhile was for both. */
async function unmerge(tx: Tx, { into, from }: Merge, { requests, messages, dates, turns }: Undo): Promise<void> {
	const { anyOf, rows, types } = tx.dialect;
	const id = (value: number) => sql`cast(${value} as ${sql.raw(types.int)})`;
	if (requests.length > 0) await tx.run(sql`update enroll_request set profile = ${from} where ${anyOf(sql.ref('id'), requests)} and profile = ${into}`);
	if (messages.length > 0) await tx.run(sql`update silence_entry set profile = ${from} where ${anyOf(sql.ref('message'), messages)} and profile = ${into}`);
	if (dates.length > 0) {
		await tx.run(sql`insert into date_entry (journey, profile, day, enters_at, due_at, done_day)
			select r.journey, ${id(from)}, r.day, r.enters_at, ${id(tx.nowMs)}, case when coalesce(d.done_day, '') > coalesce(r.done_day, '') then d.done_day else r.done_day end
			from ${rows(dates, { journey: 'text', day: 'text', enters_at: 'integer', done_day: 'text' }, 'r')} left join date_entry d on d.journey = r.journey and d.profile = ${into}
			where true on conflict (journey, profile) do nothing`);
		await tx.run(sql`update date_entry set due_at = ${tx.nowMs} where profile = ${into}`);
	}
	if (turns.length > 0) {
		await tx.run(sql`insert into broadcast_person (journey, occurs_at, profile, due_at) select r.journey, r.occurs_at, ${id(from)}, r.due_at
			from ${rows(turns, { journey: 'text', occurs_at: 'integer', due_at: 'integer' }, 'r')} join broadcast_person b on b.journey = r.journey and b.occurs_at = r.occurs_at and b.profile = ${into}
			where true on conflict (journey, occurs_at, profile) do nothing`);
	}
}

async function exportEntries(reader: Reader, profile: number): Promise<JsonValue> {
	const name = (alias: string) => sql<string>`coalesce((select j.name from journey j where j.id = ${sql.ref(`${alias}.journey`)}), ${sql.ref(`${alias}.journey`)})`;
	const requests = await reader.all(sql<{ journey: string; request: string; at: number }>`select ${name('e')} as journey, e.request, e.at from enroll_request e where e.profile = ${profile} order by e.id`);
	const dates = await reader.all(sql<{ journey: string; day: string | null; enters_at: number | null; done_day: string | null }>`select ${name('d')} as journey, d.day, d.enters_at, d.done_day from date_entry d where d.profile = ${profile} order by d.journey`);
	const silences = await reader.all(sql<{ journey: string; message: string; due_at: number }>`select ${name('s')} as journey, s.message, s.due_at from silence_entry s where s.profile = ${profile} order by s.due_at, s.message`);
	const turns = await reader.all(sql<{ journey: string; due_at: number }>`select ${name('b')} as journey, b.due_at from broadcast_person b where b.profile = ${profile} order by b.due_at, b.journey`);
	return {
		enrolled: requests.map(({ journey, request, at }) => ({ journey, request, at: iso(at) })),
		dates: dates.map(({ journey, day, enters_at, done_day }) => ({ journey, day, at: iso(enters_at), lastDay: done_day })),
		unlessAnswered: silences.map(({ journey, message, due_at }) => ({ journey, message, at: iso(due_at) })),
		broadcasts: turns.map(({ journey, due_at }) => ({ journey, at: iso(due_at) })),
	};
}
