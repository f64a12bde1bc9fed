import { createEngine, type LocalEngine } from '../../../engine/engine';
import { ManualClock } from '../../../engine/kernel';

/**
 * node --expose-gc memory-process.ts <database file> <people> <events>: imports them in one file each, exports the people, refuses a file
 * as long as that of the events, reads the report of it and takes the people back; prints the heap that is in use meanwhile (MB, after a
 * collection). 1,000,000 people and 200,000 events, measured: 19 to 22 MB throughout; import 97 s, export 11 s (160 MB), undo 76 s.
 */
async function main(file: string, sizes: { profiles: number; events: number }): Promise<void> {
	const engine = await createEngine({ database: { kind: 'sqlite', file }, clock: new ManualClock(Date.parse('2026-03-02T09:00:00Z')) });
	const heaps: Record<string, number[]> = { profiles: [], events: [], export: [], rejected: [], undo: [] };
	const measure = (of: string): void => {
		global.gc?.();
		heaps[of]?.push(Math.round(process.memoryUsage().heapUsed / 1024 / 1024 * 10) / 10);
	};
	const seconds: Record<string, number> = {};
	const ids: Record<string, string> = {};
	for (const about of ['profiles', 'events'] as const) {
		const rows = sizes[about];
		const tenth = rows / 10;
		const start = process.hrtime.bigint();
		const { importId } = await engine.transfer.importStart({ source: 'test', about });
		ids[about] = importId;
		const header = about === 'profiles' ? 'email,name,plan,city\n' : 'email,event,timestamp,messageId,total\n';
		await engine.transfer.importChunk(importId, Buffer.from(header));
		for (let part = 0; part < 10; part += 1) {
			for (let from = part * tenth; from < (part + 1) * tenth; from += 1000) {
				const lines = Array.from({ length: 1000 }, (_none, n) => (about === 'profiles' ? `user${from + n}@example.com,Name ${'x'.repeat(60)} ${from + n},pro,Bern` : `user${from + n}@example.com,Bought,2026-01-01T00:00:00Z,m${from + n},${n}`));
				await engine.transfer.importChunk(importId, Buffer.from(`${lines.join('\n')}\n`));
			}
			measure(about);
		}
		const report = await engine.transfer.importEnd(importId);
		if (report.rejectedCount > 0 || report.rows !== rows) throw new Error(`The import went wrong: ${JSON.stringify(report).slice(0, 500)}`);
		seconds[about] = Number(process.hrtime.bigint() - start) / 1e9;
	}
	const start = process.hrtime.bigint();
	const { exportId } = await engine.transfer.exportStart({ about: 'profiles', format: 'csv', source: 'test' });
	let bytes = 0;
	for (let done = false, n = 0; !done; n += 1) {
		const chunk = await engine.transfer.exportChunk(exportId);
		bytes += chunk.bytes.length;
		done = chunk.done;
		if (n % Math.max(1, Math.floor(sizes.profiles / 10_000)) === 0) measure('export');
	}
	const { rows: exported } = await engine.transfer.exportEnd(exportId);
	seconds.export = Number(process.hrtime.bigint() - start) / 1e9;
	const refused = await refuse(engine, sizes.events, () => measure('rejected'));
	const undoing = process.hrtime.bigint();
	measure('undo');
	const { removed } = await engine.transfer.importUndo(ids.profiles ?? '', { source: 'test' });
	measure('undo');
	seconds.undo = Number(process.hrtime.bigint() - undoing) / 1e9;
	process.stdout.write(JSON.stringify({ heaps, seconds, exported, bytes, refused, removed }));
	await engine.close();
}

/** A file of nothing but rows that cannot be taken, and the report of them, piece by piece; answers with its lines. */
async function refuse(engine: LocalEngine, rows: number, measure: () => void): Promise<number> {
	const { importId } = await engine.transfer.importStart({ source: 'test' });
	await engine.transfer.importChunk(importId, Buffer.from('email,name\n'));
	for (let from = 0; from < rows; from += 1000) await engine.transfer.importChunk(importId, Buffer.from(`${Array.from({ length: 1000 }, (_none, n) => `nobody ${from + n},x`).join('\n')}\n`));
	await engine.transfer.importEnd(importId);
	let lines = -1;
	for (let after: string | null | undefined, n = 0; after !== null; n += 1) {
		const piece = await engine.transfer.importRejected(importId, 'csv', after ?? undefined);
		lines += Buffer.from(piece.bytes).toString().split('\n').length - 1;
		after = piece.next;
		if (n % Math.max(1, Math.floor(rows / 50_000)) === 0) measure();
	}
	return lines;
}

void main(process.argv[2] ?? '', { profiles: Number(process.argv[3]), events: Number(process.argv[4]) });
