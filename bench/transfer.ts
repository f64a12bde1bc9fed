import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEngine, type LocalEngine } from '../engine/engine';
import { systemClock, type Clock } from '../engine/kernel';
import type { BenchResult } from './ingest';
import { MemoryWatch } from './transfer/memory';
import { rawPeople } from './transfer/raw';
import { eventLine, PEOPLE_HEADER, personLine } from './transfer/rows';

const BATCH = 500;
/** Lines a chunk of a file. */
const CHUNK = 1000;
/** Looks at memory a stream. */
const PARTS = 10;
/** MB that a stream may hold more than after its first tenth: compiled code, caches of statements and names. 27,000 rows that somebody keeps are twice as much. */
const MORE_MB = 4;
/** People a transaction of an undo, which asks the clock once. */
const UNDO_BATCH = 200;

export interface TransferResult extends BenchResult {
	/** Why it counts as failed: memory grew with the file. */
	failed?: string;
}

/**
 * People a second that come in through an import of CSV on SQLite, against node:sqlite inserting their rows alone into a database of the same schema; and whether
 * memory stays flat while a file of people and one of events come in, both go out, a file of nothing but rows that cannot be taken is refused and its report read,
 * and the people are taken back. What is held is looked at, after a collection, at every tenth of each stream; more than 4 MB above the first look fails.
 *
 * Options: rows (1,000,000), events (a fifth of them). buffer: keeps every row of people that it writes and ends behind their import, to see that the check notices.
 */
export default async function transfer(options: Record<string, string> = {}): Promise<TransferResult> {
	const rows = Number(options.rows ?? 1_000_000);
	const events = Number(options.events ?? Math.floor(rows / 5));
	const watch = new MemoryWatch();
	const kept: string[][] | null = options.buffer === undefined ? null : [];
	const folder = mkdtempSync(join(tmpdir(), 'journeys-bench-'));
	try {
		const clock = new WatchedClock();
		const engine = await createEngine({ database: { kind: 'sqlite', file: join(folder, 'ours.sqlite') }, clock });
		const seconds: Record<string, number> = {};
		const timed = async <Result>(stream: string, work: () => Promise<Result>): Promise<Result> => {
			const startedMs = performance.now();
			const result = await work();
			seconds[stream] = (performance.now() - startedMs) / 1000;
			return result;
		};
		const look = (stream: string): void => watch.look(stream);
		const others = async (people: string): Promise<void> => {
			await timed('events', () => importFile(engine, { about: 'events', rows: events, head: '', line: eventLine, look: () => look('import of events'), kept: null }));
			const exported = await timed('export', () => exportFile(engine, 'profiles', rows, () => look('export of people')));
			const exportedEvents = await exportFile(engine, 'events', events, () => look('export of events'));
			if (exported !== rows || exportedEvents !== events) throw new Error(`Of ${rows} people and ${events} events ${exported} and ${exportedEvents} were exported.`);
			const refused = await refuse(engine, events, () => look('report of refused rows'));
			if (refused !== events) throw new Error(`Of ${events} rows ${refused} were refused.`);
			const undone = await timed('undo', () => undo({ engine, clock, importId: people, every: Math.max(1, Math.floor(rows / UNDO_BATCH / PARTS)), look: () => look('undo') }));
			// Those who have bought something since stay.
			if (undone !== rows - Math.min(rows, events)) throw new Error(`The undo removed ${undone} people.`);
		};
		const people = await timed('import', () => importFile(engine, { about: 'profiles', rows, head: PEOPLE_HEADER, line: personLine, look: () => look('import of people'), kept }));
		if (kept === null) await others(people);
		await engine.close();
		const baseline = await raw(join(folder, 'raw.sqlite'), rows);
		const ours = rows / (seconds.import ?? 1);
		const grown = watch.grown(MORE_MB);
		return {
			bench: 'transfer', unit: 'rows/s', ours: Math.round(ours), baseline: Math.round(baseline), ratio: Number((ours / baseline).toFixed(3)),
			details: {
				rows, events, 'events/s': perSecond(events, seconds.events), 'exported rows/s': perSecond(rows, seconds.export), 'undone rows/s': perSecond(rows, seconds.undo),
				...Object.fromEntries(Object.entries(watch.held()).map(([stream, { first, highest, looks }]) => [`held in the ${stream}`, `${first} MB after its first part, at most ${highest} MB at ${looks} looks`])),
				kept: kept === null ? 'nothing' : `${kept.length * CHUNK} rows`, database: 'node:sqlite, WAL, synchronous=full',
			},
			...(grown.length === 0 ? {} : { failed: `Memory grows with the file: ${grown.join('; ')} (more than ${MORE_MB} MB)` }),
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

interface File {
	about: 'profiles' | 'events';
	rows: number;
	head: string;
	line(n: number): string;
	look(): void;
	/** Where what is written is kept, row by row; null: nowhere. */
	kept: string[][] | null;
}

/** Makes the file as it goes: kept whole, it would be what the heap holds. */
async function importFile(engine: LocalEngine, { about, rows, head, line, look, kept }: File): Promise<string> {
	const { importId } = await engine.transfer.importStart({ source: 'bench', about });
	if (head !== '') await engine.transfer.importChunk(importId, Buffer.from(head));
	const part = Math.max(CHUNK, Math.ceil(rows / PARTS));
	for (let from = 0; from < rows; from += CHUNK) {
		let text = '';
		for (let n = from; n < Math.min(rows, from + CHUNK); n += 1) text += line(n);
		const chunk = Buffer.from(text);
		kept?.push(text.split('\n').map((row) => Buffer.from(row).toString()));
		await engine.transfer.importChunk(importId, chunk);
		if ((from + CHUNK) % part < CHUNK) look();
	}
	const report = await engine.transfer.importEnd(importId);
	if (report.rejectedCount > 0 || report.rows !== rows) throw new Error(`The import went wrong: ${JSON.stringify(report).slice(0, 500)}`);
	look();
	return importId;
}

async function exportFile(engine: LocalEngine, about: 'profiles' | 'events', rows: number, look: () => void): Promise<number> {
	const { exportId } = await engine.transfer.exportStart({ about, format: about === 'profiles' ? 'csv' : 'ndjson', source: 'bench' });
	const part = Math.max(CHUNK, Math.floor(rows / PARTS));
	for (let next = part; ; ) {
		const chunk = await engine.transfer.exportChunk(exportId);
		if (chunk.rows >= next || chunk.done) look();
		while (next <= chunk.rows) next += part;
		if (chunk.done) return (await engine.transfer.exportEnd(exportId)).rows;
	}
}

/** A file of nothing but rows that cannot be taken, and the report of them, piece by piece; answers with its lines. */
async function refuse(engine: LocalEngine, rows: number, look: () => void): Promise<number> {
	const { importId } = await engine.transfer.importStart({ source: 'bench' });
	await engine.transfer.importChunk(importId, Buffer.from('email,name\n'));
	for (let from = 0; from < rows; from += CHUNK) await engine.transfer.importChunk(importId, Buffer.from(Array.from({ length: Math.min(CHUNK, rows - from) }, (_none, n) => `nobody ${from + n},x\n`).join('')));
	await engine.transfer.importEnd(importId);
	let lines = -1;
	for (let after: string | null | undefined; after !== null; ) {
		const piece = await engine.transfer.importRejected(importId, 'csv', after ?? undefined);
		for (const byte of piece.bytes) if (byte === 10) lines += 1;
		after = piece.next;
		look();
	}
	return lines;
}

/** One call, which answers at its end, and on SQLite lets no timer run meanwhile: looked at whenever its transactions have asked the clock `every` times. */
async function undo({ engine, clock, importId, every, look }: { engine: LocalEngine; clock: WatchedClock; importId: string; every: number; look(): void }): Promise<number> {
	look();
	let asked = 0;
	clock.asked = () => void ((asked += 1) % every === 0 && look());
	const { removed } = await engine.transfer.importUndo(importId, { source: 'bench' });
	clock.asked = () => undefined;
	look();
	return removed;
}

/** The system's, which tells when it is asked. */
class WatchedClock implements Clock {
	asked: () => void = () => undefined;

	nowMs(): number {
		this.asked();
		return systemClock.nowMs();
	}
}

async function raw(file: string, rows: number): Promise<number> {
	await (await createEngine({ database: { kind: 'sqlite', file } })).close();
	return rawPeople(file, rows, BATCH);
}

function perSecond(rows: number, seconds: number | undefined): number {
	return seconds === undefined ? 0 : Math.round(rows / seconds);
}
