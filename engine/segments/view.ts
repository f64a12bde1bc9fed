import { sql, type RawBuilder } from 'kysely';

import { sharableSql } from '../consent';
import { EngineError, iso } from '../kernel';
import { storedObject } from '../profiles';
import type { Reader } from '../store';
import { storedRule } from './known-segments';
import { sentenceOf } from './sentence';
import type { ListView, MembersPage, SegmentChange, SegmentMember, SegmentView } from './types';

const MOST_ROWS = 1000;


export async function viewSegment(reader: Reader, name: string): Promise<SegmentView | null> {
	return (await viewSegments(reader, sql`and s.name = ${name}`))[0] ?? null;
}

export async function viewSegments(reader: Reader, where: RawBuilder<unknown> = sql``): Promise<SegmentView[]> {
	const rows = await reader.all(
		sql<{ id: number; name: string; rule: unknown; updated_at: number; members: number; done: number | null; people: number | null }>`select s.id, s.name, s.rule, s.updated_at,
			(select count(*) from segment_member m where m.segment = s.id) as members, b.done, b.people
			from segment s left join segment_build b on b.segment = s.id where s.kind = 'rule' ${where} order by s.name`,
	);
	return rows.map((row) => {
		const rule = storedRule(row.rule);
		const building = row.done === null || row.people === null ? null : { done: Math.min(row.done, row.people), of: row.people };
		return { id: row.id, name: row.name, rule, sentence: sentenceOf(rule), members: row.members, updatedAt: iso(row.updated_at), building };
	});
}

export async function viewLists(reader: Reader, where: RawBuilder<unknown> = sql``): Promise<ListView[]> {
	const rows = await reader.all(
		sql<{ id: number; name: string; updated_at: number; members: number }>`select s.id, s.name, s.updated_at,
			(select count(*) from segment_member m where m.segment = s.id) as members from segment s where s.kind = 'list' ${where} order by s.name`,
	);
	return rows.map((row) => ({ id: row.id, name: row.name, members: row.members, updatedAt: iso(row.updated_at) }));
}

export async function viewMembers(reader: Reader, segment: number, { afterProfile = 0, limit, sharableOnly = false }: MembersPage): Promise<SegmentMember[]> {
	const rows = await reader.all(
		sql<{ profile: number; entered_at: number; attributes: unknown }>`select m.profile, m.entered_at, p.attributes from segment_member m join profile p on p.id = m.profile
			where m.segment = ${segment} and m.profile > ${afterProfile} and ${sharableOnly ? sharableSql(sql.ref('m.profile')) : sql`true`} order by m.profile limit ${sql.lit(pageSize(limit))}`,
	);
	return rows.map((row) => ({ profile: row.profile, enteredAt: iso(row.entered_at), attributes: storedObject(row.attributes) }));
}

export async function viewChanges(reader: Reader, filter: { name?: string; profile?: number; afterId?: number; limit?: number }): Promise<SegmentChange[]> {
	const { name, profile, afterId = 0 } = filter;
	const rows = await reader.all(
		sql<{ id: number; segment: string; profile: number; change: SegmentChange['change']; why: SegmentChange['why']; at: number }>`select c.id, s.name as segment, c.profile, c.change, c.why, c.at
			from segment_change c join segment s on s.id = c.segment where c.id > ${afterId}
			${name === undefined ? sql`` : sql`and c.segment = (select n.id from segment n where n.name = ${name})`} ${profile === undefined ? sql`` : sql`and c.profile = ${profile}`}
			order by c.id limit ${sql.lit(pageSize(filter.limit))}`,
	);
	return rows.map((row) => ({ id: row.id, segment: row.segment, profile: row.profile, change: row.change, at: iso(row.at), why: row.why }));
}

function pageSize(limit: number | undefined): number {
	return Math.max(1, Math.min(MOST_ROWS, Math.floor(limit ?? 100)));
}

/** The id of a segment or list. Throws NOT_FOUND. */
export async function idOf(reader: Reader, name: string, what: 'segment' | 'list'): Promise<number> {
	const row = await reader.first(sql<{ id: number }>`select id from segment where name = ${name} and kind = ${what === 'list' ? 'list' : 'rule'}`);
	if (row === undefined) throw unknownName(name, what);
	return row.id;
}

export function unknownName(name: string, what: 'segment' | 'list'): EngineError {
	return new EngineError('NOT_FOUND', what === 'segment'
		? `There is no segment "${name}". Choose one that exists, or save it first (Profile Engine: Segment: Create or Update).`
		: `There is no list "${name}". Choose one that exists, or create it first (Profile Engine: List: Create).`);
}

const LONGEST_NAME = 200;

/** Throws BAD_INPUT. */
export function checkSegmentName(name: unknown, what: 'segment' | 'list'): asserts name is string {
	const fits = typeof name === 'string' && name.trim() !== '' && name.length <= LONGEST_NAME && !/[\x00-\x1f]/.test(name);
	if (!fits) throw new EngineError('BAD_INPUT', `A ${what} needs a name of 1 to ${LONGEST_NAME} characters.`);
}
