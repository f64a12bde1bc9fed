import { sql, type RawBuilder } from 'kysely';
import { IANAZone } from 'luxon';

import { big, type Asked } from './event-sql';
import type { AnniversaryRule } from './types';

const DAY_MS = 86_400_000;
/** Digits of an instant in the table; enough until the year 2286. */
const WIDTH = 13;
const MONTH = 31;

/** For each day of the year (month * 31 + day): whether it holds now, and when that changes next. */
interface Table {
	holds: string;
	changes: string;
}

const tables = new Map<string, Table>();
const MOST_TABLES = 200;

/**
 * The answer depends on month and day only, so it is worked out once a day for all 372 of them, and the databases look it up by
 * position: neither has to know zones or leap years, and both must agree.
 */
export function anniversarySql(asked: Asked, rule: AnniversaryRule): RawBuilder<boolean> {
	return sql<boolean>`(coalesce(substr(cast(${tableOf(asked.nowMs, rule).holds} as text), ${place(asked, rule)}, 1), '0') = '1')`;
}

/** The next instant at which it begins or ends; null for who has no such date. */
export function anniversaryChangeSql(asked: Asked, rule: AnniversaryRule): RawBuilder<number | null> {
	const text = sql`substr(cast(${tableOf(asked.nowMs, rule).changes} as text), (${place(asked, rule)} - 1) * ${sql.lit(WIDTH)} + 1, ${sql.lit(WIDTH)})`;
	return sql<number | null>`nullif(cast(${text} as ${sql.raw(asked.dialect.types.int)}), ${big(asked.dialect, 0)})`;
}

/** Where month and day stand in the table, from 1; null for what is no date. */
function place({ dialect, alias }: Asked, rule: AnniversaryRule): RawBuilder<number | null> {
	const path = rule.anniversary.split('.');
	const column = sql.ref(`${alias}.attributes`);
	const text = dialect.jsonText(column, path);
	const isDate = dialect.name === 'sqlite'
		? sql`${text} glob '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]*' and substr(${text}, 6, 2) between '01' and '12' and substr(${text}, 9, 2) between '01' and '31'`
		: sql`${text} ~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'`;
	return sql<number | null>`case when ${dialect.jsonType(column, path)} = 'text' and ${isDate}
		then (cast(substr(${text}, 6, 2) as integer) - 1) * ${sql.lit(MONTH)} + cast(substr(${text}, 9, 2) as integer) end`;
}

function tableOf(nowMs: number, { inDays = 0, forDays = 1, zone = 'UTC' }: AnniversaryRule): Table {
	const today = localDay(nowMs, IANAZone.create(zone));
	const key = `${zone} ${inDays} ${forDays} ${today}`;
	let table = tables.get(key);
	if (table === undefined) {
		if (tables.size >= MOST_TABLES) tables.clear();
		tables.set(key, (table = makeTable(today, inDays, forDays, IANAZone.create(zone))));
	}
	return table;
}

function makeTable(today: number, inDays: number, forDays: number, zone: IANAZone): Table {
	const year = new Date(today * DAY_MS).getUTCFullYear();
	let holds = '';
	let changes = '';
	for (let month = 1; month <= 12; month += 1) {
		for (let day = 1; day <= MONTH; day += 1) {
			// Two years each way: half a year before or after reaches over the turn of the year.
			const starts = [-2, -1, 0, 1, 2].flatMap((more) => dayOf(year + more, month, day)).map((returns) => returns - inDays);
			const running = starts.find((start) => start <= today && today < start + forDays);
			const next = running === undefined ? starts.find((start) => start > today) : running + forDays;
			holds += running === undefined ? '0' : '1';
			changes += String(next === undefined ? 0 : startOfDay(next, zone)).padStart(WIDTH, '0');
		}
	}
	return { holds, changes };
}

/** Day number of the return in that year; 29 February is the 28th in a year without one. None for 30 February and the like. */
function dayOf(year: number, month: number, day: number): number[] {
	const leap = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
	const at = Date.UTC(year, month - 1, month === 2 && day === 29 && !leap ? 28 : day);
	return new Date(at).getUTCMonth() === month - 1 ? [at / DAY_MS] : [];
}

/** The number of days since 1970-01-01 of the calendar day there. */
function localDay(atMs: number, zone: IANAZone): number {
	return Math.floor((atMs + zone.offset(atMs) * 60_000) / DAY_MS);
}

/**
 * The first instant of a day. Where midnight is skipped that is the first instant after the gap, where it comes twice the first one: of
 * the two offsets around it, the earliest that lies in that day.
 */
function startOfDay(day: number, zone: IANAZone): number {
	const midnight = day * DAY_MS;
	const candidates = [midnight - DAY_MS, midnight + DAY_MS].map((around) => midnight - zone.offset(around) * 60_000).sort((a, b) => a - b);
	return candidates.find((at) => localDay(at, zone) >= day) ?? midnight;
}
