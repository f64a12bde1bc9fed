import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { sql } from 'kysely';

import { createEngine } from '../../../engine/engine';
import { ManualClock, silentLog, systemRandom, type Log } from '../../../engine/kernel';
import { COPIED_REASON, createSettings, RESTORED_REASON } from '../../../engine/settings';
import { openStore, type DatabaseConfig, type Store } from '../../../engine/store';
import { startEngine } from '../../../engine/thread';
import { DATABASES, emptyDatabase, TEST_START_MS } from '../databases';

describe.each(DATABASES)('the marker beside a database, on %s', (kind) => {
	let database: DatabaseConfig;
	let drop: () => Promise<void>;
	let folder: string;
	let clock: ManualClock;
	let lines: string[];
	const opened: Store[] = [];
	const log: Log = { ...silentLog, warn: (message) => void lines.push(message), error: (message) => void lines.push(message) };

	beforeEach(async () => {
		({ database, drop } = await emptyDatabase(kind));
		folder = mkdtempSync(join(tmpdir(), 'journeys-marker-'));
		clock = new ManualClock(TEST_START_MS);
		lines = [];
	});
	afterEach(async () => {
		await Promise.all(opened.splice(0).map((store) => store.close()));
		chmodSync(folder, 0o700);
		rmSync(folder, { recursive: true, force: true });
		await drop();
	});

	const file = (host = 'n8n', marker = 'marker.json') => join(folder, host, marker);

	/** A process of this host starts; `beats` later it ends. */
	async function run({ host = 'n8n', marker = 'marker.json', beats = 0 } = {}): Promise<{ restored: boolean; stopped: boolean; reason: string | null }> {
		const store = await openStore({ database, clock, log: silentLog });
		const settings = createSettings({ store, random: systemRandom, log });
		const watching = await settings.watchRestores(file(host, marker));
		let { restored } = watching;
		for (let n = 0; n < beats; n += 1) restored = (await watching.beat()).restored || restored;
		const { stopped, reason } = await settings.stopSwitch();
		await store.close();
		return { restored, stopped, reason };
	}
	async function use<Result>(work: (store: Store) => Promise<Result>): Promise<Result> {
		const store = await openStore({ database, clock, log: silentLog });
		try {
			return await work(store);
		} finally {
			await store.close();
		}
	}
	const send = () => use((store) => store.tx('test', (tx) => tx.run(sql`insert into message (id, token, step, trail, item_key, workflow, profile, channel, purpose, topic, state, reserved_at)
		values (${`m${String(clock.nowMs())}`}, '', 's', '', ${String(clock.nowMs())}, 'w', 1, 'email', 'marketing', '', 'sent', 0)`)));
	/** What a backup of the database holds of the markers, and putting it back. */
	const backup = () => use((store) => store.read((reader) => reader.all<{ key: string; value: unknown }>(sql<{ key: string; value: unknown }>`select key, value from setting where key like 'marker:%' or key = 'stop-switch'`)));
	const restore = (rows: Array<{ key: string; value: unknown }>) => use((store) => store.tx('test', async (tx) => {
		await tx.run(sql`delete from setting where key like 'marker:%' or key = 'stop-switch'`);
		for (const { key, value } of rows) await tx.run(sql`insert into setting (key, value, updated_at) values (${key}, ${tx.dialect.json(typeof value === 'string' ? JSON.parse(value) : value)}, 0)`);
	}));
	const resume = () => use((store) => createSettings({ store, random: systemRandom }).resume());

	it('stops nothing at the first start, at later ones, or after a crash between its two writes', async () => {
		const first = await run();
		await send();
		const later = await run({ beats: 3 });
		const old = readFileSync(file(), 'utf8');
		await run({ beats: 2 });
		writeFileSync(file(), old);
		const afterCrash = await run();

		expect([first, later, afterCrash].map(({ restored, stopped }) => [restored, stopped])).toEqual([[false, false], [false, false], [false, false]]);
	});

	it('stops sending in a database that was put back to an earlier state, and says why, until somebody resumes', async () => {
		await run();
		await send();
		const rows = await backup();
		await run();
		await restore(rows);
		const found = await run();
		const again = await run();
		await resume();
		const resumed = await run();

		expect(found).toEqual({ restored: true, stopped: true, reason: RESTORED_REASON });
		expect(again).toEqual({ restored: false, stopped: true, reason: RESTORED_REASON });
		expect(resumed).toMatchObject({ restored: false, stopped: false });
		expect(lines.filter((line) => line.includes('restored from a backup'))).toHaveLength(1);
	});

	it('notices the backup of last night although n8n had run since before it', async () => {
		const store = await openStore({ database, clock, log: silentLog });
		const settings = createSettings({ store, random: systemRandom });
		const { beat } = await settings.watchRestores(file());
		await send();
		await beat();
		const lastNight = await backup();
		await beat();
		await store.close();
		await restore(lastNight);

		expect(await run()).toMatchObject({ restored: true, stopped: true });
	});

	it('notices a database that is put back under a running n8n at its next beat', async () => {
		const store = await openStore({ database, clock, log: silentLog });
		opened.push(store);
		const settings = createSettings({ store, random: systemRandom });
		const rows = await backup();
		const { beat } = await settings.watchRestores(file());
		await send();
		await beat();
		await restore(rows);

		expect(await beat()).toEqual({ restored: true });
		expect((await settings.stopSwitch()).stopped).toBe(true);
		expect(await beat()).toEqual({ restored: false });
	});

	it('notices a backup from before this n8n first used the database, and lets an emptied one be', async () => {
		await send();
		const rows = await backup();
		await run();
		await restore(rows);
		const older = await run();
		await resume();
		await use((store) => store.tx('test', async (tx) => {
			await tx.run(sql`delete from message`);
			await tx.run(sql`delete from setting where key like 'marker:%'`);
		}));
		const emptied = await run();

		expect([older.restored, emptied.restored, emptied.stopped]).toEqual([true, false, false]);
	});

	it('hosts of one database never stop each other, in whatever order they start, nor does a new container or a worker without the folder', async () => {
		await send();
		for (const host of ['a', 'b', 'a', 'c', 'b', 'c', 'a']) expect(await run({ host, beats: 2 })).toMatchObject({ restored: false, stopped: false });
		rmSync(join(folder, 'a'), { recursive: true });
		expect(await run({ host: 'a' })).toMatchObject({ restored: false, stopped: false });
	});

	it('of several hosts each notices a restore by itself', async () => {
		await send();
		await run({ host: 'a' });
		const rows = await backup();
		await run({ host: 'b' });
		await restore(rows);

		expect(await run({ host: 'a' })).toMatchObject({ restored: false });
		expect(await run({ host: 'b' })).toMatchObject({ restored: true, stopped: true });
	});

	it('processes that share the file of one host, and hosts that were cloned with it, stop nothing', async () => {
		await send();
		await run();
		const stores = [await openStore({ database, clock, log: silentLog }), await openStore({ database, clock, log: silentLog })];
		const watched = [];
		for (const store of stores) watched.push(await createSettings({ store, random: systemRandom }).watchRestores(file()));
		for (let n = 0; n < 5; n += 1) {
			const beats = await Promise.all(watched.map(({ beat }) => beat()));
			expect(beats).toEqual([{ restored: false }, { restored: false }]);
		}
		await Promise.all(stores.map((store) => store.close()));
		await run({ host: 'clone-to-be' });
		copyFileSync(file(), file('clone-to-be'));
		await run({ beats: 4 });

		expect(await run({ host: 'clone-to-be' })).toMatchObject({ restored: false, stopped: false });
		expect(await run()).toMatchObject({ restored: false, stopped: false });
	});

	it('of one n8n, the file of another address notices a database that comes back under a new one; then the two live side by side', async () => {
		await run({ marker: 'journeys-marker-old.json' });
		await send();
		const rows = await backup();
		await run({ marker: 'journeys-marker-old.json' });
		await restore(rows);
		const found = await run({ marker: 'journeys-marker-new.json' });
		const again = await run({ marker: 'journeys-marker-new.json' });
		await resume();
		// The old address goes on with its own database.
		const old = JSON.parse(readFileSync(file('n8n', 'journeys-marker-old.json'), 'utf8')) as { count: number };
		writeFileSync(file('n8n', 'journeys-marker-old.json'), JSON.stringify({ ...old, count: old.count + 50 }));
		const besides = await run({ marker: 'journeys-marker-new.json', beats: 2 });
		const switched = await run({ marker: 'journeys-marker-old.json' });

		expect(found).toEqual({ restored: true, stopped: true, reason: RESTORED_REASON });
		expect([again.restored, besides.restored, besides.stopped]).toEqual([false, false, false]);
		expect(switched.restored).toBe(true);
	});

	it('a database that this n8n knows by two addresses is never stopped, nor by files of databases it is not, nor by broken ones', async () => {
		await send();
		for (const marker of ['journeys-marker-a.json', 'journeys-marker-b.json', 'journeys-marker-a.json', 'journeys-marker-a.json', 'journeys-marker-b.json']) {
			expect(await run({ marker, beats: 2 })).toMatchObject({ restored: false, stopped: false });
		}
		writeFileSync(file('n8n', 'journeys-marker-other.json'), JSON.stringify({ name: 'of-another-database', count: 9000 }));
		writeFileSync(file('n8n', 'journeys-marker-broken.json'), '{"name":');

		expect(await run({ marker: 'journeys-marker-a.json' })).toMatchObject({ restored: false, stopped: false });
		expect(lines).toEqual([]);
	});

	it('a file that cannot be read is made anew, one that cannot be written is done without; both are said', async () => {
		await run();
		await send();
		writeFileSync(file(), '{"name":');
		const unreadable = await run();
		writeFileSync(join(folder, 'blocked'), 'a file where the folder should be');
		const unwritable = await run({ host: 'blocked' });

		expect([unreadable, unwritable].map(({ restored, stopped }) => [restored, stopped])).toEqual([[false, false], [false, false]]);
		expect(lines).toEqual([expect.stringContaining('made anew'), expect.stringContaining('cannot be kept')]);
		expect(existsSync(join(folder, 'blocked', 'marker.json'))).toBe(false);
	});

	it('is kept by the engine: a start in its own thread makes it, the timer raises it, a restore stops that start', async () => {
		const count = (): number => (JSON.parse(readFileSync(file(), 'utf8')) as { count: number }).count;
		const thread = await startEngine({ database, markerFile: file(), workerFile: join(__dirname, '..', 'thread', 'source-worker.cjs') });
		await thread.close();
		const [first, rows] = [count(), await backup()];
		await send();
		const engine = await createEngine({ database, clock, markerFile: file() });
		const second = count();
		await engine.tick();
		const beaten = count();
		await engine.close();
		await restore(rows);
		const restored = await createEngine({ database, clock, markerFile: file() });
		const { stopped, reason } = await restored.journeys.sendingStopped();
		await restored.close();

		expect([first, second, beaten]).toEqual([1, 2, 3]);
		expect({ stopped, reason }).toEqual({ stopped: true, reason: RESTORED_REASON });
	});

	it('keeps both reasons when a restored database is a copy as well', async () => {
		await send();
		await use((store) => createSettings({ store, random: systemRandom }).claimInstance('production'));
		const rows = await backup();
		await run();
		await restore(rows);
		await use((store) => createSettings({ store, random: systemRandom }).claimInstance('staging'));
		await run();
		const { reason } = await use(async (store) => {
			const settings = createSettings({ store, random: systemRandom });
			await settings.stop('Wrong prices');
			return await settings.stopSwitch();
		});

		expect(reason).toContain(COPIED_REASON);
		expect(reason).toContain(RESTORED_REASON);
		expect(reason).toContain('Wrong prices');
	});
});
