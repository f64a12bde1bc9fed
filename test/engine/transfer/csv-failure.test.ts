import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sql } from 'kysely';

import { createEngine, type LocalEngine } from '../../../engine/engine';
import { isEngineError, ManualClock } from '../../../engine/kernel';
import { DATABASES, emptyDatabase, TEST_START_MS } from '../databases';

const PEOPLE = 1300;
const LETTERS = 'x'.repeat(500);
const FILE = ['email,number,letters', ...Array.from({ length: PEOPLE }, (_none, n) => `p${n}@customer.example,${n},${LETTERS}`)].join('\n');
/** For one transaction of people and not for three. */
const ROOM_BYTES = 900_000;
/** 500 rows a transaction, the header is line 1. */
const FIRST_BATCH_ENDS = 501;

async function imported(engine: LocalEngine) {
	const { importId } = await engine.transfer.importStart({ source: 'import' });
	const bytes = Buffer.from(FILE);
	for (let from = 0; from < bytes.length; from += 64 * 1024) await engine.transfer.importChunk(importId, bytes.subarray(from, from + 64 * 1024));
	return await engine.transfer.importEnd(importId);
}

const failureOf = async (engine: LocalEngine): Promise<unknown> => await imported(engine).then(() => undefined, (error: unknown) => error);

/** Everybody of the file once, with what the file says. */
async function expectWhole(engine: LocalEngine): Promise<void> {
	expect(await engine.profiles.count()).toBe(PEOPLE);
	const identities = await engine.store.read((reader) => reader.all<{ n: number; people: number }>(sql<{ n: number; people: number }>`select count(*) as n, count(distinct profile) as people from identity`));
	expect(identities).toEqual([{ n: PEOPLE, people: PEOPLE }]);
	for (const n of [0, 499, 500, 999, 1000, PEOPLE - 1]) {
		expect((await engine.profiles.get({ kind: 'email', value: `p${n}@customer.example` }))?.attributes).toMatchObject({ number: n, letters: LETTERS });
	}
}

describe.each(DATABASES)('a CSV import in the middle of which the database fails, on %s', (kind) => {
	it('says after which line it stopped and what to do, keeps what it stored, and the same file completes it without doubles', async () => {
		const { database, drop } = await emptyDatabase(kind);
		const clock = new ManualClock(TEST_START_MS);
		let commits = 0;
		const engine: LocalEngine = await createEngine({ database, clock, onPoint: (point) => {
			if (point !== 'import:after-commit') return;
			commits += 1;
			// The second batch finds the database gone.
			if (commits === 1) void engine.store.close();
		} });

		const failure = await failureOf(engine);

		expect(failure).toMatchObject({ code: 'CLOSED', details: { line: FIRST_BATCH_ENDS, created: 500, updated: 0 } });
		expect(isEngineError(failure) && failure.message).toMatch(/^The import stopped after line 501 of the file; the rows up to it are stored \(500 created, 0 updated\)\. .*import the same file again: nobody is doubled\. Cause: The engine is closed\.$/);
		const again = await createEngine({ database, clock });
		expect(await again.profiles.count()).toBe(500);
		expect(await imported(again)).toMatchObject({ rows: PEOPLE, created: PEOPLE - 500, updated: 500, rejectedCount: 0 });
		await expectWhole(again);
		expect(await imported(again)).toMatchObject({ rows: PEOPLE, created: 0, updated: PEOPLE });
		await again.close();
		await engine.close();
		await drop();
	});

	it('that failed is over: a later piece of the file is not taken as if nothing had happened', async () => {
		const { database, drop } = await emptyDatabase(kind);
		const engine = await createEngine({ database, clock: new ManualClock(TEST_START_MS), onPoint: (point) => {
			if (point === 'import:before-commit') throw new Error('the disk is gone');
		} });
		const { importId } = await engine.transfer.importStart({ source: 'import' });

		const first = engine.transfer.importChunk(importId, Buffer.from(FILE));

		await expect(first).rejects.toMatchObject({ code: 'DATABASE_FAILED', message: expect.stringContaining('The import stopped before any row was stored. ') as string });
		await expect(engine.transfer.importChunk(importId, Buffer.from('\nlate@customer.example,1,x'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await expect(engine.transfer.importEnd(importId)).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('will not be doubled') as string });
		expect(await engine.profiles.count()).toBe(0);
		await engine.close();
		await drop();
	});
});

it('a CSV import onto a full disk says so and where, and goes on from there once there is room', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'journeys-import-'));
	const file = join(folder, 'journeys.sqlite');
	const clock = new ManualClock(TEST_START_MS);
	await (await createEngine({ database: { kind: 'sqlite', file }, clock })).close();
	const small = await createEngine({ database: { kind: 'sqlite', file, maxBytes: statSync(file).size + ROOM_BYTES }, clock });

	const failure = await failureOf(small);
	const stored = await small.profiles.count();
	await small.close();

	expect(stored).toBeGreaterThan(0);
	expect(stored).toBeLessThan(PEOPLE);
	expect(failure).toMatchObject({ code: 'DATABASE_FULL', details: { line: stored + 1, created: stored, updated: 0 }, message: expect.stringMatching(/free some space/) as string });
	const roomy = await createEngine({ database: { kind: 'sqlite', file }, clock });
	expect(await imported(roomy)).toMatchObject({ created: PEOPLE - stored, updated: stored, rejectedCount: 0 });
	await expectWhole(roomy);
	await roomy.close();
	rmSync(folder, { recursive: true, force: true });
});

it('a CSV import whose connection to PostgreSQL breaks within a transaction says how far it came, and the next one uses another connection', async () => {
	const { database, drop } = await emptyDatabase('postgres');
	const engine = await createEngine({ database, clock: new ManualClock(TEST_START_MS) });
	const change = (text: string) => engine.store.tx('test-change', (tx) => tx.run(sql.raw(text)));
	// The server ends the connection itself, as it does when it is restarted, at the 700th person.
	await change("create function cut() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$");
	await change("create trigger cut before insert on identity for each row when (new.value = 'p700@customer.example') execute function cut()");

	const failure = await failureOf(engine);

	expect(failure).toMatchObject({ details: { line: FIRST_BATCH_ENDS, created: 500, updated: 0 }, message: expect.stringMatching(/^The import stopped after line 501 .*Cause: PostgreSQL/) as string });
	expect(await engine.profiles.count()).toBe(500);
	await change('drop trigger cut on identity');
	expect(await imported(engine)).toMatchObject({ created: PEOPLE - 500, updated: 500, rejectedCount: 0 });
	await expectWhole(engine);
	await engine.close();
	await drop();
});
