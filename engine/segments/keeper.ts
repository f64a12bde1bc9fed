import { sql } from 'kysely';

import { iso, type JsonValue } from '../kernel';
import type { PersonKeeper } from '../profiles';
import { noteBrought } from './brought';

/** By way of the segments the primary key leads to a person's rows; there is no index by person, every change of one would pay for it. */
const anySegment = (column = 'segment') => sql<boolean>`${sql.ref(column)} in (select id from segment)`;

interface Undo {
	/** Memberships of the profile that went; `new`: the one that stays had them not. */
	members: Array<{ segment: number; entered_at: number; new: boolean }>;
	changes: number[];
}

/**
 * Memberships of segments and lists, and their history. A merged person is in whatever either was; the look at every segment
 * that follows a merge (ProfileChange.looked) takes out of the rule segments who does not belong there, and makes new appointments.
 */
export const segmentsKeeper: PersonKeeper = {
	name: 'segments',
	tables: ['segment_member', 'segment_recheck', 'segment_change'],
	merge: async (tx, { into, from }) => {
		const rows = await tx.all(
			sql<{ segment: number; entered_at: number; had: number | boolean }>`select f.segment, f.entered_at, (i.profile is not null) as had from segment_member f
				left join segment_member i on i.segment = f.segment and i.profile = ${into} where f.profile = ${from} and ${anySegment('f.segment')} order by f.segment`,
		);
		const changes = await tx.all(sql<{ id: number }>`select id from segment_change where profile = ${from} order by id`);
		await tx.run(sql`insert into segment_member (segment, profile, entered_at) select f.segment, cast(${into} as ${sql.raw(tx.dialect.types.int)}), f.entered_at from segment_member f
			where f.profile = ${from} and ${anySegment('f.segment')} on conflict (segment, profile) do nothing`);
		await tx.run(sql`delete from segment_member where profile = ${from} and ${anySegment()}`);
		await tx.run(sql`delete from segment_recheck where profile = ${from} and ${anySegment()}`);
		await tx.run(sql`update segment_change set profile = ${into} where profile = ${from}`);
		noteBrought(tx, into, rows.flatMap(({ segment, had }) => (had ? [] : [segment])));
		const undo: Undo = { members: rows.map(({ segment, entered_at, had }) => ({ segment, entered_at, new: !had })), changes: changes.map((row) => row.id) };
		return undo as unknown as JsonValue;
	},
	unmerge: async (tx, { into, from }, given) => {
		const { members, changes } = given as unknown as Undo;
		const back = tx.dialect.rows(members, { segment: 'integer', entered_at: 'integer' }, 'b');
		const added = members.filter((member) => member.new).map((member) => member.segment);
		if (members.length > 0) {
			await tx.run(sql`insert into segment_member (segment, profile, entered_at) select b.segment, cast(${from} as ${sql.raw(tx.dialect.types.int)}), b.entered_at
				from ${back} join segment s on s.id = b.segment where s.kind <> 'gone' on conflict (segment, profile) do nothing`);
		}
		if (added.length > 0) await tx.run(sql`delete from segment_member where profile = ${into} and ${tx.dialect.anyOf(sql.ref('segment'), added)}`);
		if (changes.length > 0) await tx.run(sql`update segment_change set profile = ${from} where profile = ${into} and ${tx.dialect.anyOf(sql.ref('id'), changes)}`);
	},
	export: async (reader, profile) => {
		const members = await reader.all(
			sql<{ name: string; kind: string; entered_at: number }>`select s.name, s.kind, m.entered_at from segment s cross join segment_member m
				where m.segment = s.id and m.profile = ${profile} and s.kind <> 'gone' order by s.name`,
		);
		const changes = await reader.all(
			sql<{ name: string; change: string; why: string; at: number }>`select s.name, c.change, c.why, c.at from segment_change c join segment s on s.id = c.segment
				where c.profile = ${profile} and s.kind <> 'gone' order by c.id`,
		);
		return {
			memberships: members.map((row) => ({ name: row.name, kind: row.kind === 'list' ? 'list' : 'segment', since: iso(row.entered_at) })),
			changes: changes.map((row) => ({ name: row.name, change: row.change, why: row.why, at: iso(row.at) })),
		};
	},
	eraseAll: async (tx, profiles) => {
		const mine = tx.dialect.anyOf(sql.ref('profile'), profiles);
		for (const table of ['segment_member', 'segment_recheck']) await tx.run(sql`delete from ${sql.table(table)} where ${mine} and ${anySegment()}`);
		await tx.run(sql`delete from segment_change where ${mine}`);
	},
};
