import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { sql } from 'kysely';

import { createEngine } from '../../../engine';
import { ManualClock, silentLog } from '../../../engine/kernel';
import { openStore, type DatabaseConfig } from '../../../engine/store';
import { DATABASES, bareDatabase, TEST_START_MS } from '../databases';

const clock = new ManualClock(TEST_START_MS);
let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'journeys-failure-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (database: DatabaseConfig) => openStore({ database, clock, log: silentLog });

describe('a full disk', () => {
	it('is said with what to do, keeps what was stored, and stores again once there is room', async () => {
		const file = join(folder, 'journeys.sqlite');
		const small = await createEngine({ database: { kind: 'sqlite', file, maxBytes: 1_400_000 }, clock });
		const before = await small.events.ingest([{ type: 'track', event: 'Signed Up', userId: 'first', messageId: 'm1' }], { source: 'test' });
		const flood = Array.from({ length: 400 }, (_, n) => ({ type: 'track' as const, event: 'Viewed', userId: `u${n}`, messageId: `f${n}`, properties: { text: 'x'.repeat(4000) } }));

		const refused = small.events.ingest(flood, { source: 'test' });

		await expect(refused).rejects.toMatchObject({ code: 'DATABASE_FULL', message: expect.stringContaining('free some space') as string });
		await expect(small.profiles.count()).resolves.toBe(1);
		await small.close();
		const roomy = await createEngine({ database: { kind: 'sqlite', file }, clock });
		const again = await roomy.events.ingest([...flood, { type: 'track', event: 'Signed Up', userId: 'first', messageId: 'm1' }], { source: 'test' });
		expect(before.accepted).toBe(1);
		expect(again).toMatchObject({ accepted: 400, duplicates: 1 });
		await roomy.close();
	});
});

describe('an unreadable database', () => {
	it('says that the file is no journeys database and does not touch it', async () => {
		const file = join(folder, 'journeys.sqlite');
		writeFileSync(file, 'this is a letter, not a database\n'.repeat(500));

		await expect(open({ kind: 'sqlite', file })).rejects.toMatchObject({ code: 'DATABASE_UNREADABLE', message: expect.stringContaining('Restore it from a backup') as string });
	});

	it('says that the file cannot be opened when a folder has its name', async () => {
		const file = join(folder, 'journeys.sqlite');
		mkdirSync(file);

		await expect(open({ kind: 'sqlite', file })).rejects.toMatchObject({ code: 'DATABASE_UNREADABLE', message: expect.stringContaining('read and write') as string });
	});

	it('says that PostgreSQL cannot be reached, without its password', async () => {
		const refused = open({ kind: 'postgres', url: 'postgres://someone:secret-word@127.0.0.1:1/nothing' });

		await expect(refused).rejects.toMatchObject({ code: 'DATABASE_UNREADABLE', message: expect.stringContaining('JOURNEYS_DATABASE_URL') as string });
		await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('secret-word') as string });
	});
});

describe.each(DATABASES)('a database of a newer version on %s', (kind) => {
	it('is refused when its change is breaking, and taken when it is not', async () => {
		const { database, drop } = await bareDatabase(kind);
		const first = await open(database);
		await first.tx('future', (tx) => tx.run(sql`insert into schema_version (version, breaking, applied_at) values (998, 0, 0)`));
		await first.close();

		const compatible = await open(database);
		const version = compatible.schemaVersion;
		await compatible.tx('future', (tx) => tx.run(sql`insert into schema_version (version, breaking, applied_at) values (999, 1, 0)`));
		await compatible.close();

		expect(version).toBe(998);
		await expect(open(database)).rejects.toMatchObject({ code: 'DATABASE_NEWER', message: expect.stringContaining('Install the newer version') as string });
		await drop();
	});

	it('is opened again and again without a migration running twice', async () => {
		const { database, drop } = await bareDatabase(kind);
		const stores = await Promise.all([open(database), open(database)]);

		const versions = await stores[0].read((reader) => reader.all<{ version: number }>(sql<{ version: number }>`select version from schema_version order by version`));

		const numbers = versions.map((row) => row.version);
		// Numbers are given out before they are used: one may be missing, none may be there twice.
		expect(numbers).toEqual([...new Set(numbers)]);
		expect(numbers.at(-1)).toBe(stores[0].schemaVersion);
		for (const store of stores) await store.close();
		await drop();
	});
});

it('a busy embedded database is said to belong to one process only', async () => {
	const file = join(folder, 'journeys.sqlite');
	const store = await open({ kind: 'sqlite', file });
	const other = new DatabaseSync(file);
	other.exec('begin immediate');

	const written = store.tx('t', (tx) => tx.run(sql`delete from setting`));

	await expect(written).rejects.toMatchObject({ code: 'DATABASE_BUSY', message: expect.stringContaining('JOURNEYS_DATABASE_URL') as string });
	other.exec('rollback');
	other.close();
	await store.close();
}, 120_000);
