import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';

import { startEngine, type Engine } from '../engine';
import { createEvents, type Events, type Reactions } from '../engine/events';
import { silentLog, systemClock } from '../engine/kernel';
import { createSegments, type SegmentRule } from '../engine/segments';
import { openStore, type Store } from '../engine/store';
import { PRAGMAS } from '../engine/store/sqlite/pragmas';
// Only so that the thread's own file is compiled with this one.
import type {} from '../engine/thread/worker';
import { EVENT_NAMES, fillProfiles } from './ingest/raw';
import { SEGMENTS } from './ingest/segments';
import type { BenchResult } from './ingest';

const nothing: Reactions = { eventsStored: async () => ({ entered: 0 }), segmentsEntered: async () => ({ entered: 0 }), segmentsLeft: async () => ({ entered: 0 }) };
const DAY_MS = 86_400_000;
const EVENTS_EACH = 10;
const SAMPLES = 2_000;

/** A question, and how one would write it by hand: whom it holds for, and (for time) until when. */
interface Question {
	name: string;
	rule: SegmentRule;
	/** $now: milliseconds. */
	members: string;
	due?: string;
}

const QUESTIONS: Question[] = [
	{
		name: 'attribute', rule: { attribute: 'city', operator: 'equals', value: 'Berlin' },
		members: `insert into hand_member select p.id, $now from profile p where p.attributes ->> '$.city' = 'Berlin'`,
	},
	{
		name: 'did, with a filter', rule: { event: 'Order Completed', filters: [{ path: 'price', operator: 'greater', value: 40 }] },
		members: `insert into hand_member select p.id, $now from profile p where exists (select 1 from event e where e.profile = p.id and e.name = 'Order Completed' and e.properties ->> '$.price' > 40)`,
	},
	{
		name: 'twice in 30 days', rule: { event: 'Order Completed', count: { operator: 'atLeast', value: 2 }, withinSeconds: 30 * 86_400 },
		members: `insert into hand_member select p.id, $now from profile p where (select count(*) from event e where e.profile = p.id and e.name = 'Order Completed' and e.occurred_at > $now - 2592000000) >= 2`,
		due: `insert into hand_due select id, at + 2592000000 from (select p.id, (select e.occurred_at from event e where e.profile = p.id and e.name = 'Order Completed' and e.occurred_at > $now - 2592000000
			order by e.occurred_at desc limit 1 offset 1) as at from profile p) where at is not null`,
	},
	{
		name: 'none for 30 days', rule: { event: 'Order Completed', count: { operator: 'exactly', value: 0 }, withinSeconds: 30 * 86_400 },
		members: `insert into hand_member select p.id, $now from profile p where not exists (select 1 from event e where e.profile = p.id and e.name = 'Order Completed' and e.occurred_at > $now - 2592000000)`,
		due: `insert into hand_due select id, at + 2592000000 from (select p.id, (select max(e.occurred_at) from event e where e.profile = p.id and e.name = 'Order Completed' and e.occurred_at > $now - 2592000000) as at from profile p) where at is not null`,
	},
];

/**
 * Segments on SQLite. Full builds of four rules against the SQL that one would write by hand for the same question (who belongs, and when
 * time changes that), in one transaction; how long one event takes with 20 live segments; and how long n8n's own thread is held up
 * meanwhile. Options: profiles (1,000,000; ten events each), rounds (3). Of the rounds, the one in the middle counts for times; for the
 * thread's longest wait the least: another process can hold it up too, while what the engine does to it, it does each time.
 */
export default async function segments(options: Record<string, string> = {}): Promise<BenchResult> {
	const profiles = Number(options.profiles ?? 1_000_000);
	const rounds = Number(options.rounds ?? 3);
	const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-'));
	const file = join(folder, 'journeys.sqlite');
	try {
		await (await openStore({ database: { kind: 'sqlite', file }, log: silentLog })).close();
		fillProfiles(file, profiles, EVENTS_EACH);
		const builds: Build[] = [];
		for (const question of QUESTIONS) builds.push(await inTheMiddle(file, question, rounds));
		const { store, events } = await openWithSegments(file);
		const [p99s, held]: [Array<{ median: number; p99: number; raw: number }>, Blocked[]] = [[], []];
		for (let round = 0; round < rounds; round += 1) p99s.push(await oneEvent(events, { file, profiles, round }));
		await store.close();
		const p99 = middle(p99s, (one) => one.p99);
		const idle = await blocked(() => setTimeout(5_000));
		for (let round = 0; round < rounds; round += 1) held.push(await mainThread(file, profiles, 45 - round));
		const ours = builds.reduce((sum, build) => sum + build.ours, 0);
		const hand = builds.reduce((sum, build) => sum + build.hand, 0);
		return {
			bench: 'segments', unit: 'profiles/s', ours: Math.round((profiles * builds.length) / ours), baseline: Math.round((profiles * builds.length) / hand), ratio: Number((hand / ours).toFixed(3)),
			details: {
				profiles, events: profiles * EVENTS_EACH, rounds,
				...Object.fromEntries(builds.map((build) => [`build: ${build.name} (s; by hand; times)`, `${build.ours.toFixed(2)}; ${build.hand.toFixed(2)}; ${(build.ours / build.hand).toFixed(2)}`])),
				'one raw insert, 99 % (ms)': p99.raw, 'one event, 20 segments, median (ms)': p99.median, 'one event, 20 segments, 99 % (ms)': p99.p99,
				'main thread blocked at most (ms)': Math.min(...held.map(({ wallMs }) => wallMs)), 'the same in each round': held.map(({ wallMs }) => wallMs).join(' '), 'the same for 5 s without the engine (ms)': idle.wallMs,
				'of it its own work, in each round (ms of CPU)': held.map(({ ownMs }) => ownMs).join(' '),
			},
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

interface Build {
	name: string;
	/** Seconds. */
	ours: number;
	hand: number;
}

async function inTheMiddle(file: string, question: Question, rounds: number): Promise<Build> {
	const all: Build[] = [];
	for (let round = 0; round < rounds; round += 1) all.push({ name: question.name, hand: byHand(file, question), ours: await byEngine(file, question) });
	return middle(all, ({ ours, hand }) => ours / hand);
}

function middle<T>(list: readonly T[], by: (one: T) => number): T {
	const one = list.toSorted((a, b) => by(a) - by(b))[Math.floor(list.length / 2)];
	if (one === undefined) throw new Error('At least one round is needed: --rounds=1.');
	return one;
}

/** Seconds. */
function byHand(file: string, { members, due }: Question): number {
	const database = new DatabaseSync(file);
	database.exec(`${PRAGMAS}
		create table hand_member (profile integer primary key, at integer not null) without rowid;
		create table hand_due (profile integer primary key, due_at integer not null) without rowid; create index hand_due_at on hand_due (due_at)`);
	const nowMs = systemClock.nowMs();
	const startedMs = performance.now();
	database.exec('begin immediate');
	database.prepare(members).run({ $now: nowMs });
	if (due !== undefined) database.prepare(due).run({ $now: nowMs });
	database.exec('commit');
	const seconds = (performance.now() - startedMs) / 1000;
	database.exec('drop table hand_member; drop table hand_due; pragma wal_checkpoint(truncate)');
	database.close();
	return seconds;
}

/** Seconds. */
async function byEngine(file: string, { name, rule }: Question): Promise<number> {
	const store = await openStore({ database: { kind: 'sqlite', file }, log: silentLog });
	const engine = createSegments({ store, reactions: nothing });
	const startedMs = performance.now();
	await engine.save({ name, rule, wait: true });
	const seconds = (performance.now() - startedMs) / 1000;
	await engine.delete(name);
	await store.close();
	const database = new DatabaseSync(file);
	database.exec('pragma wal_checkpoint(truncate)');
	database.close();
	return seconds;
}

async function openWithSegments(file: string): Promise<{ store: Store; events: Events }> {
	const store = await openStore({ database: { kind: 'sqlite', file }, log: silentLog });
	const segments = createSegments({ store, reactions: nothing });
	for (const segment of SEGMENTS) await segments.save({ ...segment, wait: true });
	return { store, events: createEvents({ store, segments, reactions: nothing }) };
}

async function oneEvent(events: Events, { file, profiles, round }: { file: string; profiles: number; round: number }): Promise<{ median: number; p99: number; raw: number }> {
	const times: number[] = [];
	for (let n = 0; n < SAMPLES + 200; n += 1) {
		const startedMs = performance.now();
		await events.ingest([{ type: 'track', userId: `user-${((n + round * SAMPLES) * 104_729) % profiles}`, event: EVENT_NAMES[n % EVENT_NAMES.length] ?? '', properties: { price: n % 80 } }], { source: 'shop' });
		// The first ones prepare the statements.
		if (n >= 200) times.push(performance.now() - startedMs);
	}
	const at = (list: number[], part: number): number => Number((list.sort((a, b) => a - b)[Math.floor(list.length * part)] ?? 0).toFixed(2));
	return { median: at(times, 0.5), p99: at(times, 0.99), raw: at(rawTimes(file), 0.99) };
}

/** One row and its commit, nothing else: what the disk and the other programs of the machine make of it. */
function rawTimes(file: string): number[] {
	const database = new DatabaseSync(file);
	database.exec(`${PRAGMAS} create table raw (id integer primary key, at integer)`);
	const insert = database.prepare('insert into raw (at) values (?)');
	const times = Array.from({ length: SAMPLES }, (_none, n) => {
		const startedMs = performance.now();
		insert.run(n);
		return performance.now() - startedMs;
	});
	database.exec('drop table raw');
	database.close();
	return times;
}

/** The engine in its own thread rebuilds a segment and takes events, while this thread does nothing but ask. */
async function mainThread(file: string, profiles: number, days: number): Promise<Blocked> {
	const engine = await startEngine({ database: { kind: 'sqlite', file }, log: silentLog });
	await engine.segments.get('Buyers');
	const longest = await blocked(() => work(engine, profiles, days));
	await engine.close();
	return longest;
}

async function work(engine: Engine, profiles: number, days: number): Promise<void> {
	const saving = engine.segments.save({ name: 'Buyers', rule: { event: 'Order Completed', withinSeconds: days * DAY_MS / 1000 }, wait: true });
	for (let batch = 0; batch < 20; batch += 1) {
		await engine.events.ingest(
			Array.from({ length: 500 }, (_none, n) => ({ type: 'track' as const, userId: `user-${(batch * 500 + n) * 7919 % profiles}`, event: EVENT_NAMES[n % EVENT_NAMES.length] ?? '', properties: { price: n % 80 } })),
			{ source: 'shop' },
		);
	}
	await saving;
}

interface Blocked {
	/** The longest time between two turns of this thread, less the millisecond it asks for. */
	wallMs: number;
	/** The most it worked itself between two turns: what the engine does to it, and not the other programs of the machine. */
	ownMs: number;
}

async function blocked(during: () => Promise<unknown>): Promise<Blocked> {
	const longest: Blocked = { wallMs: 0, ownMs: 0 };
	let [wall, own] = [performance.now(), ownCpuMs()];
	const turn = setInterval(() => {
		const [wallNow, ownNow] = [performance.now(), ownCpuMs()];
		longest.wallMs = Math.max(longest.wallMs, Number((wallNow - wall - 1).toFixed(2)));
		longest.ownMs = Math.max(longest.ownMs, Number((ownNow - own).toFixed(2)));
		[wall, own] = [wallNow, ownNow];
	}, 1);
	await during();
	clearInterval(turn);
	return longest;
}

function ownCpuMs(): number {
	const { user, system } = process.threadCpuUsage();
	return (user + system) / 1000;
}
