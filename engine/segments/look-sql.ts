import { sql, type RawBuilder } from 'kysely';

import type { Reader, Tx } from '../store';
import type { KnownSegment } from './known-segments';
import { changeSql, holdsSql, windowColumns } from './rule-sql';
import type { TotalsOfNow } from './totals';

/** What a look found about one person that is not as it is kept. */
export interface Found {
	profile: number;
	member: number | boolean;
	holds: number | boolean;
	/** When to look again, as kept and as it is now. */
	had: number | null;
	due: number | null;
}

/**
 * Looks at the people of `who` (a condition on `p.id`) in one segment, and answers with those of whom something is to be written:
 * membership, or an appointment that is not kept early enough. One that is too early stays: whoever is looked at then gets the
 * next one, and an active person's every event would otherwise move an appointment that never comes.
 */
export async function look(reader: Reader, segment: KnownSegment, who: RawBuilder<boolean>, totals: TotalsOfNow): Promise<Found[]> {
	const { dialect, nowMs } = reader;
	if (!segment.reach.timed) {
		return reader.all(
			sql<Found>`select p.id as profile, (m.profile is not null) as member, (m.profile is null) as holds, null as had, null as due
				from profile p left join segment_member m on m.segment = ${segment.id} and m.profile = p.id
				where ${who} and (${holdsSql({ dialect, nowMs, alias: 'p', totals }, segment.rule)}) <> (m.profile is not null)`,
		);
	}
	return reader.all(
		sql<Found>`with ${lookedSql(reader, segment, who, totals)} select profile, member, holds, had, due from looked
			where holds <> member or had <= ${nowMs} or (due is not null and (had is null or due < had))`,
	);
}

/** The common table expressions of a look: `looked` has profile, member, had, holds, due for each person. */
function lookedSql({ dialect, nowMs }: Reader, segment: KnownSegment, who: RawBuilder<boolean>, totals: TotalsOfNow): RawBuilder<unknown> {
	const { columns, windows } = windowColumns({ dialect, nowMs, alias: 'p' }, segment.rule);
	const asked = { dialect, nowMs, alias: 'q', windows, totals };
	const attributes = segment.reach.attributes.size > 0 ? [sql`p.attributes`] : [];
	return sql`q as materialized (
			select p.id, (m.profile is not null) as member, r.due_at as had, ${sql.join([sql`1 as one`, ...attributes, ...columns])}
			from profile p left join segment_member m on m.segment = ${segment.id} and m.profile = p.id
			left join segment_recheck r on r.segment = ${segment.id} and r.profile = p.id where ${who}
		), looked as materialized (
			select q.id as profile, q.member, q.had, ${holdsSql(asked, segment.rule)} as holds, ${changeSql(asked, segment.rule) ?? sql`cast(null as ${sql.raw(dialect.types.int)})`} as due from q
		)`;
}

/** Removes those members of a range for whom the rule does not hold; answers with their profiles. */
export async function takeOut(tx: Tx, segment: KnownSegment, who: RawBuilder<boolean>, totals: TotalsOfNow): Promise<number[]> {
	const asked = { dialect: tx.dialect, nowMs: tx.nowMs, alias: 'p', totals };
	const rows = await tx.all(sql<{ profile: number }>`delete from segment_member where segment = ${segment.id} and profile in (
		select m.profile from segment_member m join profile p on p.id = m.profile where m.segment = ${segment.id} and ${who} and not ${holdsSql(asked, segment.rule)}) returning profile`);
	return rows.map((row) => row.profile).sort((a, b) => a - b);
}

/**
 * Takes those people of a range who belong into a new segment, without a row leaving the database: there is nothing to tell anybody.
 * Through the engine's memory, as changes of a rule go, it took three times as long as the SQL that one would write by hand.
 */
export async function takeIn(tx: Tx, segment: KnownSegment, who: RawBuilder<boolean>, totals: TotalsOfNow): Promise<void> {
	const { dialect, nowMs } = tx;
	const int = sql.raw(dialect.types.int);
	const id = sql`cast(${segment.id} as ${int})`;
	const at = sql`cast(${nowMs} as ${int})`;
	if (!segment.reach.timed) {
		await tx.run(sql`insert into segment_member (segment, profile, entered_at) select ${id}, p.id, ${at} from profile p where ${who} and ${holdsSql({ dialect, nowMs, alias: 'p', totals }, segment.rule)} on conflict do nothing`);
		return;
	}
	const members = (from: string) => sql`insert into segment_member (segment, profile, entered_at) select ${id}, l.profile, ${at} from ${sql.table(from)} l where l.holds on conflict do nothing`;
	const appointments = (from: string) => sql`insert into segment_recheck (segment, profile, due_at) select ${id}, l.profile, l.due from ${sql.table(from)} l where l.due is not null
		on conflict (segment, profile) do update set due_at = excluded.due_at where excluded.due_at < segment_recheck.due_at`;
	if (dialect.name === 'postgres') {
		await tx.run(sql`with ${lookedSql(tx, segment, who, totals)}, entering as (${members('looked')}) ${appointments('looked')}`);
		return;
	}
	// SQLite writes one table a statement, and asking twice would take twice as long.
	await tx.run(sql`create temp table if not exists segment_look (profile integer primary key, holds integer, due integer)`);
	await tx.run(sql`delete from segment_look`);
	await tx.run(sql`insert into segment_look (profile, holds, due) with ${lookedSql(tx, segment, who, totals)} select profile, holds, due from looked where holds or due is not null`);
	await tx.run(members('segment_look'));
	await tx.run(appointments('segment_look'));
}
