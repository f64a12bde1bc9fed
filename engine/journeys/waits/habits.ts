import { sql, type RawBuilder } from 'kysely';

import { timeAt } from '../../kernel/local-time';
import type { Reader, Tx } from '../../store';
import { CLICKED, isByPerson, OPENED } from '../engagement';
import { fromJsonColumn } from '../watch';
import { whereaboutsOf } from '../whereabouts';
import { NO_HOURS, type HourCounts } from './best-hour';

const HOUR_MS = 3_600_000;
/** No zone's offset is finer than a quarter of an hour. */
const QUARTER_MS = 900_000;
const HABIT_MS = 90 * 24 * HOUR_MS;
/** Fewer opens and clicks are chance, not a habit. */
const OWN_LEAST = 3;
const OTHERS_LEAST = 10;
/** Of more people a sample says the same. Spread over all, since those who came last may all live in one country. */
const SAMPLE = 2000;
const SAMPLED_AGAIN_MS = HOUR_MS;

interface Quarter {
	profile: number;
	quarter: number;
	n: number;
}

/** When these people opened and clicked, by quarters of an hour since 1970. A constant number of statements, along the index of each person's events. */
async function engagement(reader: Reader, profiles: RawBuilder<boolean>): Promise<Quarter[]> {
	const { dialect, nowMs } = reader;
	return await reader.all(sql<Quarter>`select ev.profile, ev.occurred_at / ${sql.lit(QUARTER_MS)} as quarter, count(*) as n from event ev
		where ${profiles} and ${dialect.anyOf(sql`ev.name`, [...OPENED, ...CLICKED])} and ev.occurred_at >= ${nowMs - HABIT_MS} and ev.historical < 2
		and ${isByPerson(dialect, 'ev')} group by 1, 2`);
}

/** At which local hours each of them opens and clicks; left out: who does so too rarely. */
export async function ownHours(reader: Reader, zones: ReadonlyMap<number, string>): Promise<Map<number, HourCounts>> {
	const all = countHours(await engagement(reader, reader.dialect.anyOf(sql`ev.profile`, [...zones.keys()])), (profile) => zones.get(profile));
	return new Map([...all].filter(([, hours]) => sum(hours) >= OWN_LEAST));
}

/**
 * At which local hours a segment (null: everybody) opens and clicks; null: too rarely. By a sample, worked out again when somebody asks and the last is an hour old:
 * counts that follow every open would make one row that everybody waits for. Nobody is named in what is kept.
 */
export async function othersHours(tx: Tx, segment: number | null, fallbackZone: string): Promise<HourCounts | null> {
	const scope = segment === null ? '' : String(segment);
	const kept = await tx.first(sql<{ hours: number[] | string }>`select hours from send_hour where scope = ${scope} and made_at > ${tx.nowMs - SAMPLED_AGAIN_MS}`);
	const hours = kept === undefined ? await sampleHours(tx, segment, fallbackZone) : fromJsonColumn<number[]>(kept.hours);
	if (kept === undefined) {
		await tx.run(sql`insert into send_hour (scope, hours, made_at) values (${scope}, ${tx.dialect.json(hours)}, ${tx.nowMs})
			on conflict (scope) do update set hours = excluded.hours, made_at = excluded.made_at`);
	}
	return sum(hours) >= OTHERS_LEAST ? hours : null;
}

async function sampleHours(tx: Tx, segment: number | null, fallbackZone: string): Promise<HourCounts> {
	const people = await withoutTests(tx, segment === null ? await spread(tx) : await newestMembers(tx, segment));
	const quarters = await engagement(tx, tx.dialect.anyOf(sql`ev.profile`, people));
	const where = await whereaboutsOf(tx, tx.dialect.anyOf(sql`p.id`, [...new Set(quarters.map(({ profile }) => profile))]), fallbackZone);
	const total = [...NO_HOURS];
	for (const hours of countHours(quarters, (profile) => where.get(profile)?.zone).values()) hours.forEach((n, hour) => (total[hour] = (total[hour] ?? 0) + n));
	return total;
}

/** Whoever tests a journey opens within minutes what is meant for weeks. */
async function withoutTests(reader: Reader, profiles: readonly number[]): Promise<number[]> {
	const tests = await reader.all(sql<{ id: number }>`select id from profile where ${reader.dialect.anyOf(sql.ref('id'), profiles)} and is_test = 1`);
	const left = new Set(tests.map(({ id }) => id));
	return profiles.filter((id) => !left.has(id));
}

/** Every n-th id there may be. */
async function spread(tx: Tx): Promise<number[]> {
	const range = await tx.first(sql<{ low: number | null; high: number | null }>`select min(id) as low, max(id) as high from profile`);
	const [low, high] = [Number(range?.low ?? 0), Number(range?.high ?? -1)];
	const step = Math.max(1, (high - low + 1) / SAMPLE);
	return [...new Set(Array.from({ length: Math.min(SAMPLE, high - low + 1) }, (_none, n) => Math.floor(low + n * step)))];
}

async function newestMembers(tx: Tx, segment: number): Promise<number[]> {
	const rows = await tx.all(sql<{ profile: number }>`select profile from segment_member where segment = ${segment} order by profile desc limit ${sql.lit(SAMPLE)}`);
	return rows.map(({ profile }) => profile);
}

function countHours(quarters: readonly Quarter[], zoneOf: (profile: number) => string | undefined): Map<number, number[]> {
	const found = new Map<number, number[]>();
	for (const { profile, quarter, n } of quarters) {
		const zone = zoneOf(profile);
		if (zone === undefined) continue;
		const hours = found.get(profile) ?? [...NO_HOURS];
		const hour = Math.floor(timeAt(Number(quarter) * QUARTER_MS, zone) / HOUR_MS);
		hours[hour] = (hours[hour] ?? 0) + Number(n);
		found.set(profile, hours);
	}
	return found;
}

function sum(hours: HourCounts): number {
	return hours.reduce((total, n) => total + n, 0);
}
