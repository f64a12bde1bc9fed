import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import type { Engine } from '../../../engine/api';
import { EngineError, type Log } from '../../../engine/kernel';
import type { DatabaseConfig } from '../../../engine/store';
import { startEngine } from '../../../engine/thread';
import { DATABASES, emptyDatabase } from '../databases';

const run = promisify(execFile);
const WORKER = join(__dirname, 'source-worker.cjs');
const CRASHING = join(__dirname, 'crashing-worker.cjs');
const WAITING = join(__dirname, 'waiting-worker.cjs');
const CLIENT = join(__dirname, 'client-process.ts');
const SOURCE = join(__dirname, 'from-source.cjs');
const person = (userId: string) => ({ identities: [{ kind: 'user_id', value: userId }], attributes: { plan: 'pro' } });

/** Remembers log lines; `until` resolves at the first that contains the text, also one that came before. */
function listeningLog(): Log & { lines: string[]; until(text: string): Promise<void> } {
	const lines: string[] = [];
	const waiting: Array<{ text: string; resolve(): void }> = [];
	const line: Log['info'] = (message, facts) => {
		lines.push(`${message} ${JSON.stringify(facts ?? {})}`);
		for (const { text, resolve } of waiting) if (lines.at(-1)?.includes(text)) resolve();
	};
	return {
		info: line, warn: line, error: line, lines,
		until: (text) => new Promise((resolve) => (lines.some((known) => known.includes(text)) ? resolve() : waiting.push({ text, resolve }))),
	};
}

describe.each(DATABASES)('the engine in its own thread on %s', (kind) => {
	let database: DatabaseConfig;
	let drop: () => Promise<void>;
	let engine: Engine;
	beforeEach(async () => {
		({ database, drop } = await emptyDatabase(kind));
		engine = await startEngine({ database, workerFile: WORKER });
	});
	afterEach(async () => {
		await engine.close();
		await drop();
	});

	it('answers calls of any number at once, each with its own result', async () => {
		await engine.profiles.upsert(Array.from({ length: 50 }, (_, n) => person(`u${n}`)), { source: 'test' });

		const views = await Promise.all(Array.from({ length: 50 }, (_, n) => engine.profiles.get({ kind: 'user_id', value: `u${n}` })));

		expect(views.map((view) => view?.identities[0]?.value)).toEqual(Array.from({ length: 50 }, (_, n) => `u${n}`));
		expect(await engine.health()).toMatchObject({ database: kind, profiles: 50 });
	});

	it('hands errors over with code, message and details, as EngineErrors of this side', async () => {
		const refused = engine.consent.set([{ profile: 4711, channel: 'email', topic: '', state: 'unsubscribed', source: 'test' }]);

		await expect(refused).rejects.toBeInstanceOf(EngineError);
		await expect(refused).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('4711') as string, details: { profile: 4711 } });
	});

	it('refuses methods that do not exist and arguments that cannot cross', async () => {
		const api = engine as unknown as Record<string, Record<string, (...args: unknown[]) => Promise<unknown>>>;

		await expect(api.profiles?.dance?.()).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await expect(api.profiles?.hasOwnProperty?.('get')).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await expect(api.profiles?.upsert?.([() => 1], {})).rejects.toMatchObject({ code: 'BAD_INPUT' });
		expect(api.store).toBeUndefined();
		expect(await engine.profiles.count()).toBe(0);
	});

	it('takes a piece of a larger buffer, and leaves it to the caller', async () => {
		const file = Buffer.from('x'.repeat(1000) + 'user_id,plan\nu1,pro\nu2,free\n');
		const piece = file.subarray(1000);

		const { importId } = await engine.transfer.importStart({ source: 'import' });
		await engine.transfer.importChunk(importId, piece);
		const report = await engine.transfer.importEnd(importId);

		expect(report).toMatchObject({ rows: 2, created: 2, rejectedCount: 0 });
		expect(piece.toString()).toContain('u2,free');
	});

	it('answers with bytes', async () => {
		const response = await engine.collector.handle({ method: 'GET', route: 'open', query: { t: 'forged' }, headers: {}, body: new Uint8Array() });

		expect(Buffer.from(response.body as Uint8Array).subarray(0, 6).toString()).toBe('GIF89a');
	});

	it('passes on who became due at a step', async () => {
		const step = { workflow: 'w1', step: 's1', name: 'Journey Trigger', type: 'trigger' };
		const woken = new Promise((resolve) => engine.onWake(resolve));
		await engine.journeys.register(step, {
			name: 'Welcome', entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'never', fields: [], carryEvent: false, onFailure: 'hold',
		});

		const report = await engine.events.ingest([{ type: 'track', userId: 'u1', event: 'Signed Up' }], { source: 'test' });

		expect(report.entered).toBe(1);
		expect(await woken).toEqual({ workflow: 'w1', step: 's1' });
	});

	it('finishes calls in flight before it closes, and refuses later ones', async () => {
		const inFlight = engine.profiles.upsert([person('u1')], { source: 'test' });

		const closing = engine.close();

		await expect(inFlight).resolves.toMatchObject({ created: 1 });
		await expect(engine.profiles.count()).rejects.toMatchObject({ code: 'CLOSED' });
		await closing;
		await engine.close();
	});
});

describe('the engine thread', () => {
	let database: DatabaseConfig & { kind: 'sqlite' };
	let drop: () => Promise<void>;
	beforeEach(async () => {
		const empty = await emptyDatabase('sqlite');
		if (empty.database.kind !== 'sqlite') throw new Error('unexpected');
		({ database, drop } = { database: empty.database, drop: empty.drop });
	});
	afterEach(() => drop());

	const crashAt = (order: string): void => writeFileSync(join(dirname(database.file), 'crash'), order);

	it.each([
		['before its commit', 'exit upsert:before-commit', 0],
		['after its commit', 'exit upsert:after-commit', 1],
	])('that dies in a call %s rejects every pending call, and starts again at the next', async (_when, order, stored) => {
		const log = listeningLog();
		const engine = await startEngine({ database, workerFile: CRASHING, log });
		crashAt(order);

		const results = await Promise.allSettled([engine.profiles.upsert([person('u1')], { source: 'test' }), engine.profiles.upsert([person('u2')], { source: 'test' })]);

		expect(results.map((result) => (result.status === 'rejected' ? (result.reason as EngineError).code : 'fulfilled'))).toEqual(['THREAD_DIED', 'THREAD_DIED']);
		expect(await engine.profiles.count()).toBe(stored);
		await expect(engine.profiles.upsert([person('u1'), person('u2')], { source: 'test' })).resolves.toMatchObject({ created: 2 - stored });
		expect(log.lines.filter((line) => line.startsWith('started'))).toHaveLength(2);
		await engine.close();
	});

	it('hears of a call that is given up, in its middle or before it began, and goes on with the others', async () => {
		const engine = await startEngine({ database, workerFile: WAITING });
		const request = {} as Parameters<Engine['messages']['estimateSms']>[0];
		const [one, other] = [new AbortController(), new AbortController()];
		const [told, goesOn] = [engine.messages.estimateSms(request, one.signal), engine.messages.estimateSms(request, other.signal)];
		let isOver = false;
		void goesOn.catch(() => (isOver = true));
		await engine.profiles.count();

		one.abort();

		await expect(told).rejects.toMatchObject({ code: 'CANCELLED' });
		await expect(engine.messages.estimateSms(request, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
		expect(isOver).toBe(false);
		other.abort();
		await expect(goesOn).rejects.toMatchObject({ code: 'CANCELLED' });
		await engine.close();
	});

	it('that throws what nobody catches takes neither the process nor personal data with it', async () => {
		const log = listeningLog();
		const engine = await startEngine({ database, workerFile: CRASHING, log });
		crashAt('throw upsert:before-commit');

		await engine.profiles.upsert([person('u1')], { source: 'test' }).catch(() => undefined);
		await log.until('thread ended');

		expect(await engine.profiles.count()).toBe(1);
		expect(log.lines.join('\n')).toContain('TypeError');
		expect(log.lines.join('\n')).not.toContain('secret@example.com');
		await engine.close();
	});

	it('lives on after a rejected promise that nobody handles, and logs the place without personal data', async () => {
		const log = listeningLog();
		const engine = await startEngine({ database, workerFile: CRASHING, log });
		crashAt('reject upsert:before-commit');

		await expect(engine.profiles.upsert([person('u1')], { source: 'test' })).resolves.toMatchObject({ created: 1 });
		await log.until('not handled');

		expect(log.lines.filter((line) => line.startsWith('started'))).toHaveLength(1);
		expect(log.lines.join('\n')).toContain('crashing-worker.ts');
		expect(log.lines.join('\n')).not.toContain('secret@example.com');
		await engine.close();
	});

	it('brings its own collector listener back by itself, without any call', async () => {
		const log = listeningLog();
		const engine = await startEngine({ database, workerFile: CRASHING, log });
		const config = { writeKeys: { key: 'shop' }, publicUrl: 'https://t.example.com', host: '127.0.0.1', workflow: 'w1' };
		const { port } = await engine.collector.configure({ ...config, port: 0 });
		await engine.collector.configure({ ...config, port });
		crashAt('exit upsert:before-commit');
		await engine.profiles.upsert([person('u1')], { source: 'test' }).catch(() => undefined);

		await log.until('runs again');

		expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
		await engine.close();
		await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
	});

	it('says why it cannot start, and can be closed while it is dead', async () => {
		writeFileSync(database.file, 'this is no database, but it is long enough to be read as one. '.repeat(50));
		await expect(startEngine({ database, workerFile: WORKER })).rejects.toMatchObject({ code: 'DATABASE_UNREADABLE' });

		const other = { ...database, file: `${database.file}.other` };
		const engine = await startEngine({ database: other, workerFile: CRASHING });
		crashAt('exit upsert:before-commit');
		await engine.profiles.upsert([person('u1')], { source: 'test' }).catch(() => undefined);
		await engine.close();
		await expect(engine.health()).rejects.toMatchObject({ code: 'CLOSED' });
	});

	it.each([['closed', 'close'], ['forgotten', 'forget']])('does not keep a process alive when it is %s', async (_how, order) => {
		const { stdout } = await run(process.execPath, ['--require', SOURCE, CLIENT, database.file, order], { timeout: 30_000 });

		expect(stdout).toBe('1 profile\n');
	});
});
