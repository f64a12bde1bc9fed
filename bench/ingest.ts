import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEvents, type Events, type Reactions, type TrackingMessage } from '../engine/events';
import { createJourneys, reactions } from '../engine/journeys';
import { silentLog, systemClock, systemRandom, type JsonObject } from '../engine/kernel';
import { createSegments, type Segments } from '../engine/segments';
import { createSettings } from '../engine/settings';
import { openStore, type Store } from '../engine/store';
import { copyDatabase, EVENT_NAMES, fillProfiles, propertiesOf, rawInserts, rawRounds } from './ingest/raw';
import { JOURNEYS, SEGMENTS } from './ingest/segments';

export interface BenchResult {
	bench: string;
	unit: string;
	ours: number;
	baseline: number;
	/** Speed of ours over speed of the baseline, in the same run. */
	ratio: number;
	details: Record<string, string | number>;
}

const BATCH = 500;
const nothing: Reactions = { eventsStored: async () => ({ entered: 0 }), segmentsEntered: async () => ({ entered: 0 }), segmentsLeft: async () => ({ entered: 0 }) };

/**
 * Events a second through the engine on SQLite, in batches of 500, against node:sqlite inserting the same event rows alone into a copy of
 * the database: the same tables, indexes, pragmas, sizes and rows a transaction. Both start with everybody's profile and five events each.
 *
 * Options: events (50,000), profiles (100,000), rounds (3). segments: 20 live segments (10 on attributes, 5 that count in a window, 5
 * "none for 30 days") and 5 journeys that events start. flat: the cost of an event with 1M profiles against 10k, segments included
 * with `segments`; ours is then the speed at 1M and the baseline that at 10k. The same 10,000 people are active in both, so that only
 * the size differs and not how many memberships change; what raw inserts pay for the size is told beside.
 */
export default async function ingest(options: Record<string, string> = {}): Promise<BenchResult> {
	const events = Number(options.events ?? 50_000);
	const rounds = Number(options.rounds ?? 3);
	const live = options.segments !== undefined && options.segments !== 'false';
	const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-'));
	try {
		if (options.flat !== undefined) return await flatness(folder, { events, rounds, live, large: Number(options.profiles ?? 1_000_000) });
		const profiles = Number(options.profiles ?? 100_000);
		await throughEngine(join(folder, 'warm-up.sqlite'), makeMessages(10_000, 1_000, 0), { profiles: 1_000, live }, join(folder, 'warm-up-copy.sqlite'));
		const results: Array<{ ours: number; baseline: number; ratio: number }> = [];
		for (let round = 0; round < rounds; round += 1) {
			const [file, copy] = [join(folder, `ours-${round}.sqlite`), join(folder, `raw-${round}.sqlite`)];
			const ours = await throughEngine(file, makeMessages(events, profiles, 0), { profiles, live }, copy);
			const baseline = rawInserts(file, copy, events, BATCH);
			for (const old of [file, copy]) for (const end of ['', '-wal', '-shm']) rmSync(`${old}${end}`, { force: true });
			results.push({ ours: Math.round(ours), baseline: Math.round(baseline), ratio: Number((ours / baseline).toFixed(3)) });
		}
		// The round in the middle: one that another process disturbed, on either side, then decides nothing.
		results.sort((a, b) => a.ratio - b.ratio);
		const middle = results[Math.floor(rounds / 2)] ?? { ours: 0, baseline: 0, ratio: 0 };
		return {
			bench: live ? 'ingest with 20 segments and 5 journeys' : 'ingest', unit: 'events/s', ...middle,
			details: { events, profiles, batch: BATCH, segments: live ? SEGMENTS.length : 0, journeys: live ? JOURNEYS.length : 0, rounds: results.map((one) => one.ratio).join(' '), database: 'node:sqlite, WAL, synchronous=full' },
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

const SMALL = 10_000;

interface Sized {
	profiles: number;
	file: string;
	/** The database as it was before the first event. */
	copy: string;
	store: Store;
	events: Events;
	speeds: number[];
}

/** Rounds with few and with many profiles take turns, so that a disturbance meets both. */
async function flatness(folder: string, { events, rounds, live, large }: { events: number; rounds: number; live: boolean; large: number }): Promise<BenchResult> {
	const engines: Sized[] = [];
	for (const profiles of [SMALL, large]) {
		const [file, copy] = [join(folder, `${profiles}.sqlite`), join(folder, `${profiles}-raw.sqlite`)];
		await (await openEngine(file, profiles, live)).store.close();
		copyDatabase(file, copy);
		engines.push({ profiles, file, copy, ...(await openDomains(file, live)), speeds: [] });
	}
	for (let round = 0; round <= rounds; round += 1) {
		for (const { profiles, speeds, events: engine } of engines) {
			const speed = await ingestAll(engine, makeMessages(events, profiles, round, SMALL));
			// The first round fills caches and names.
			if (round > 0) speeds.push(speed);
		}
	}
	for (const { store } of engines) await store.close();
	const median = (speeds: number[]): number => speeds.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
	const [few = 0, many = 0] = engines.map(({ speeds }) => median(speeds));
	const [rawFew = 0, rawMany = 0] = rawFlatness(engines, { events, rounds }).map(median);
	return {
		bench: 'ingest, flat from 10,000 profiles on', unit: 'events/s', ours: Math.round(many), baseline: Math.round(few), ratio: Number((many / few).toFixed(3)),
		details: {
			events, profiles: `${SMALL} and ${large}`, segments: live ? SEGMENTS.length : 0, 'cost of an event, times that with 10,000': Number((few / many).toFixed(3)),
			'the same of raw inserts': Number((rawFew / rawMany).toFixed(3)), 'ours against raw inserts, times that with 10,000': Number(((few / many) / (rawFew / rawMany)).toFixed(3)),
		},
	};
}

/** The same rounds by raw inserts, taking turns as well, the first not counted. */
function rawFlatness(engines: readonly Sized[], { events, rounds }: { events: number; rounds: number }): number[][] {
	const raws = engines.map(({ file, copy }) => ({ raw: rawRounds(file, copy, { events: events * (rounds + 1), batch: BATCH, rounds: rounds + 1 }), speeds: [] as number[] }));
	for (let round = 0; round <= rounds; round += 1) {
		for (const { raw, speeds } of raws) {
			const speed = raw.next();
			if (round > 0) speeds.push(speed);
		}
	}
	for (const { raw } of raws) raw.close();
	return raws.map(({ speeds }) => speeds);
}

/** Each round tells of other events, of `active` people from all over the table, who do now one thing and now another. */
function makeMessages(events: number, profiles: number, round: number, active = profiles): TrackingMessage[] {
	const startMs = systemClock.nowMs() - 60_000;
	return Array.from({ length: events }, (_none, n): TrackingMessage => ({
		type: 'track',
		messageId: `node-next-${round}-${n.toString(36)}-${((n * 2_654_435_761) >>> 0).toString(36)}`,
		userId: `user-${(((n + round * events) * 7919) % active) * Math.floor(profiles / active)}`,
		event: EVENT_NAMES[(n + Math.floor((n * 7919) / active)) % EVENT_NAMES.length] ?? '',
		timestamp: new Date(startMs + n).toISOString(),
		properties: JSON.parse(propertiesOf(n)) as JsonObject,
	}));
}

async function openDomains(file: string, live: boolean): Promise<{ store: Store; events: Events; segments: Segments }> {
	const store = await openStore({ database: { kind: 'sqlite', file }, log: silentLog });
	const segments = createSegments({ store, reactions: live ? reactions : nothing });
	return { store, segments, events: createEvents({ store, segments, reactions: live ? reactions : nothing }) };
}

async function openEngine(file: string, profiles: number, live: boolean): Promise<{ store: Store; events: Events; segments: Segments }> {
	const domains = await openDomains(file, live);
	fillProfiles(file, profiles);
	if (live) {
		const { store, segments } = domains;
		for (const segment of SEGMENTS) await segments.save({ ...segment, wait: true });
		const journeys = createJourneys({ store, random: systemRandom, segments, settings: createSettings({ store, random: systemRandom }) });
		for (const { step, config } of JOURNEYS) await journeys.register(step, config);
	}
	return domains;
}

async function ingestAll(events: Events, messages: TrackingMessage[]): Promise<number> {
	const startedMs = performance.now();
	for (let from = 0; from < messages.length; from += BATCH) {
		const report = await events.ingest(messages.slice(from, from + BATCH), { source: 'shop' });
		if (report.accepted !== Math.min(BATCH, messages.length - from)) throw new Error(`Not all messages were accepted: ${JSON.stringify(report.rejected[0])}`);
	}
	return messages.length / ((performance.now() - startedMs) / 1000);
}

/** `copy`: the database as it is when the measuring begins. */
async function throughEngine(file: string, messages: TrackingMessage[], { profiles, live }: { profiles: number; live: boolean }, copy: string): Promise<number> {
	const before = await openEngine(file, profiles, live);
	await before.store.close();
	copyDatabase(file, copy);
	const { store, events } = await openDomains(file, live);
	const speed = await ingestAll(events, messages);
	await store.close();
	return speed;
}
