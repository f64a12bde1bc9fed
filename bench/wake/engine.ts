import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { ManualClock } from '../../engine/kernel';
import type { Held } from './hold';
import { BATCH, EngineSide, type Cost } from './legs';
import { openEngine, parkedDatabase, START_MS } from './parked';
import { rawDatabase, RawSide } from './raw';

/** What the figures are held against. */
const LIMITS = { ratio: 0.5, flat: 1.3, bytes: 400, megabytes: 30 };

interface Round {
	ours: Cost;
	raw: Cost;
}

/**
 * Claim + settle + re-park in the engine alone, on SQLite, against the same by hand (raw.ts), in turns, with few and with many people parked; the
 * round in the middle of each. Then what a parked contact costs on disk and in memory.
 * Options: parked (5,000,000), few (10,000), contacts (10,000; a round), rounds (5), held (1,000,000: whose disk and memory are measured; 0: not).
 */
export async function wakeEngine(options: Record<string, string> = {}) {
	const people = Number(options.parked ?? 5_000_000);
	const few = Number(options.few ?? 10_000);
	const contacts = Math.ceil(Number(options.contacts ?? 10_000) / BATCH) * BATCH;
	const rounds = Number(options.rounds ?? 5);
	const held = Number(options.held ?? 1_000_000);
	const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-park-'));
	try {
		const small = middle(await inTurns(folder, { people: few, contacts: Math.min(contacts, few), rounds }));
		const large = middle(await inTurns(folder, { people, contacts, rounds }));
		const flat = { wall: large.ours.wallMs / large.ours.contacts / (small.ours.wallMs / small.ours.contacts), cpu: large.ours.cpuMs / large.ours.contacts / (small.ours.cpuMs / small.ours.contacts) };
		const rawFlat = large.raw.wallMs / large.raw.contacts / (small.raw.wallMs / small.raw.contacts);
		return {
			bench: 'wake, the engine alone', unit: 'contacts/s', ours: Math.round(speedOf(large.ours)), baseline: Math.round(speedOf(large.raw)), ratio: ratioOf(large),
			details: {
				database: 'node:sqlite, WAL, synchronous=full, on both sides',
				measured: `claim, begin, park again, settle, ${BATCH} a batch; ${contacts} contacts a round, ${rounds} rounds in turns, the one in the middle`,
				skipped: 'people were parked by set-based SQL, as copies of one who really was: no identities, entry events or counts of their own',
				[`ours with ${few} parked`]: told(small.ours), [`raw with ${few} parked`]: told(small.raw), [`ratio with ${few} parked`]: kept(ratioOf(small), ratioOf(small) >= LIMITS.ratio, `at least ${LIMITS.ratio}`),
				[`ours with ${people} parked`]: told(large.ours), [`raw with ${people} parked`]: told(large.raw), [`ratio with ${people} parked`]: kept(ratioOf(large), ratioOf(large) >= LIMITS.ratio, `at least ${LIMITS.ratio}`),
				'ratio by CPU time': `${(small.raw.cpuMs / small.ours.cpuMs).toFixed(3)} and ${(large.raw.cpuMs / large.ours.cpuMs).toFixed(3)}`,
				'cost of a contact, times that with few': `${kept(flat.wall, flat.wall <= LIMITS.flat, `at most ${LIMITS.flat}`)}; by CPU time ${flat.cpu.toFixed(3)}; raw ${rawFlat.toFixed(3)}`,
				...(held === 0 ? {} : await costOfHolding(folder, held)),
			},
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

async function inTurns(folder: string, { people, contacts, rounds }: { people: number; contacts: number; rounds: number }): Promise<Round[]> {
	const [file, rawFile] = [join(folder, 'ours.sqlite'), join(folder, 'raw.sqlite')];
	await parkedDatabase(file, people);
	rawDatabase(rawFile, people);
	const clock = new ManualClock(START_MS);
	const engine = await openEngine(file, clock);
	const [ours, raw] = [new EngineSide(engine, clock, people), new RawSide(rawFile, people)];
	const all: Round[] = [];
	try {
		// The first round fills caches and compiles.
		for (let round = 0; round <= rounds; round += 1) {
			const one = { ours: await ours.wake(contacts), raw: await raw.wake(contacts) };
			if (round > 0) all.push(one);
		}
	} finally {
		await engine.close();
		raw.close();
		for (const old of [file, rawFile]) for (const end of ['', '-wal', '-shm']) rmSync(`${old}${end}`, { force: true });
	}
	return all;
}

/** By ratio: a round that another process disturbed, on either side, then decides nothing. */
function middle(rounds: Round[]): Round {
	const sorted = [...rounds].sort((a, b) => ratioOf(a) - ratioOf(b));
	const one = sorted[Math.floor(sorted.length / 2)];
	if (one === undefined) throw new Error('At least one round is needed.');
	return one;
}

function speedOf({ contacts, wallMs }: Cost): number {
	return (contacts / wallMs) * 1_000;
}

function ratioOf({ ours, raw }: Round): number {
	return Number((speedOf(ours) / speedOf(raw)).toFixed(3));
}

function told(cost: Cost): string {
	return `${Math.round(speedOf(cost))} contacts/s, ${((cost.cpuMs / cost.contacts) * 1_000).toFixed(1)} µs of CPU each`;
}

function kept(value: number, holds: boolean, limit: string): string {
	return `${Number(value.toFixed(3))} (${limit}: ${holds ? 'kept' : 'BROKEN'})`;
}

/** Disk: pages of the tables and their indexes. Memory: of processes that have the engine open as n8n has, with nobody and with everybody parked. */
async function costOfHolding(folder: string, people: number): Promise<Record<string, string>> {
	const [empty, full] = [join(folder, 'empty.sqlite'), join(folder, 'full.sqlite')];
	await parkedDatabase(empty, 1);
	await parkedDatabase(full, people);
	const bytes = bytesOf(full, people);
	const all = Object.values(bytes).reduce((sum, one) => sum + one, 0);
	const runs = Array.from({ length: 3 }, () => ({ none: hold(empty), all: hold(full) }));
	const difference = (pick: (held: Held) => number) => runs.map(({ none, all: some }) => (pick(some) - pick(none)) / 2 ** 20).sort((a, b) => a - b)[1] ?? Number.NaN;
	const megabytes = difference(({ rssBytes }) => rssBytes);
	return {
		[`disk of a parked contact, of ${people}`]: `${kept(Math.round(all), all < LIMITS.bytes, `under ${LIMITS.bytes} bytes`)}: ${Object.entries(bytes).map(([name, one]) => `${name} ${one.toFixed(0)}`).join(', ')}`,
		[`memory for ${people} parked`]: `${kept(megabytes, megabytes < LIMITS.megabytes, `under ${LIMITS.megabytes} MB`)} MB resident, ${difference(({ heapBytes }) => heapBytes).toFixed(1)} MB of heap`,
	};
}

function bytesOf(file: string, people: number): Record<string, number> {
	const database = new DatabaseSync(file, { readOnly: true });
	const rows = database.prepare(`select s.name, sum(d.pgsize) as bytes from sqlite_schema s join dbstat d on d.name = s.name
		where s.tbl_name in ('enrollment', 'token') group by s.name having sum(d.pgsize) > ${people} order by bytes desc`).all() as Array<{ name: string; bytes: number }>;
	database.close();
	return Object.fromEntries(rows.map(({ name, bytes }) => [name, bytes / people]));
}

function hold(file: string): Held {
	const child = join(__dirname, 'hold.js');
	return JSON.parse(execFileSync(process.execPath, ['--expose-gc', '--disable-warning=ExperimentalWarning', child, file], { encoding: 'utf8' })) as Held;
}
