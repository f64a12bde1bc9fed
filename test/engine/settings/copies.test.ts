import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { createEngine, type LocalEngine } from '../../../engine/engine';
import { ManualClock } from '../../../engine/kernel';
import { COPIED_REASON, MOVED_REASON, RESTORED_REASON } from '../../../engine/settings';
import type { DatabaseConfig } from '../../../engine/store';
import { markerFileOf } from '../../../nodes/shared/database';
import { DATABASES, TEST_START_MS, type DatabaseKind } from '../databases';
import { Walk } from '../journeys/walk';
import { Mailbox } from '../messages/mailbox';
import { postgresUrl } from '../postgres-server';

/** Databases as their server or file system has them: whole ones, copied byte by byte, as a backup and a dump are. */
class Shelf {
	private readonly folder = mkdtempSync(join(tmpdir(), 'journeys-copies-'));
	private readonly made = new Set<string>();
	private readonly stem = `c${process.pid}${Math.round(performance.now())}`;

	constructor(private readonly kind: DatabaseKind) {}

	private file(name: string): string {
		return join(this.folder, name, 'journeys.sqlite');
	}

	/** Where this package keeps the marker of a database in the user folder of a host. */
	marker(host: string, database: DatabaseConfig): string {
		return markerFileOf(database, { N8N_USER_FOLDER: join(this.folder, `${host}-user-folder`) });
	}

	async make(name: string): Promise<DatabaseConfig> {
		if (this.kind === 'postgres') await this.admin(`create database ${this.stem}${name}`);
		return await this.open(name);
	}

	async open(name: string): Promise<DatabaseConfig> {
		this.made.add(name);
		if (this.kind === 'sqlite') {
			mkdirSync(dirname(this.file(name)), { recursive: true });
			return { kind: 'sqlite', file: this.file(name) };
		}
		const url = new URL(await postgresUrl());
		url.pathname = `/${this.stem}${name}`;
		return { kind: 'postgres', url: String(url) };
	}

	/** Puts a whole copy of `from` in the place of `to`. Nobody may be connected. */
	async copy(from: string, to: string): Promise<void> {
		await this.remove(to);
		this.made.add(to);
		if (this.kind === 'postgres') return await this.admin(`create database ${this.stem}${to} template ${this.stem}${from}`);
		mkdirSync(dirname(this.file(to)), { recursive: true });
		for (const end of ['', '-wal', '-shm']) if (existsSync(this.file(from) + end)) copyFileSync(this.file(from) + end, this.file(to) + end);
	}

	/** Another name for the same database, then all that its server or file system does to keep it in order. */
	async rename(from: string, to: string): Promise<DatabaseConfig> {
		if (this.kind === 'postgres') await this.admin(`alter database ${this.stem}${from} rename to ${this.stem}${to}`);
		else renameSync(dirname(this.file(from)), dirname(this.file(to)));
		const database = await this.open(to);
		if (database.kind === 'postgres') await this.admin('vacuum full setting, message, enrollment', database.url);
		else {
			const file = new DatabaseSync(database.file);
			file.exec('vacuum');
			file.close();
		}
		return database;
	}

	private async remove(name: string): Promise<void> {
		if (this.kind === 'postgres') await this.admin(`drop database if exists ${this.stem}${name} with (force)`);
		else rmSync(dirname(this.file(name)), { recursive: true, force: true });
	}

	private async admin(statement: string, url?: string): Promise<void> {
		const { Client } = await import('pg');
		const client = new Client({ connectionString: url ?? (await postgresUrl()) });
		await client.connect();
		await client.query(statement);
		await client.end();
	}

	async close(): Promise<void> {
		for (const name of this.made) await this.remove(name);
		rmSync(this.folder, { recursive: true, force: true });
	}
}

describe.each(DATABASES)('whole databases that were copied or restored, on %s', (kind) => {
	let shelf: Shelf;
	let mailbox: Mailbox;
	let clock: ManualClock;
	beforeEach(async () => {
		shelf = new Shelf(kind);
		mailbox = await Mailbox.open();
		clock = new ManualClock(TEST_START_MS);
	});
	afterEach(async () => {
		await mailbox.close();
		await shelf.close();
	});

	/** An n8n of this instance id and user folder works with a database, then ends. */
	async function life<Result>(database: DatabaseConfig, who: { instance: string; host: string }, work: (engine: LocalEngine) => Promise<Result>): Promise<Result> {
		clock.advance(60_000);
		const engine = await createEngine({ database, clock, instanceId: who.instance, markerFile: shelf.marker(who.host, database) });
		try {
			return await work(engine);
		} finally {
			await engine.close();
		}
	}
	/** Somebody signs up and is mailed; answers with what became of the mail. */
	async function signUp(engine: LocalEngine, email: string): Promise<string | undefined> {
		const walk = new Walk(engine);
		await walk.register(walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await engine.events.ingest([{ type: 'track', event: 'Signed Up', identities: [{ kind: 'email', value: email }] }], { source: 'test' });
		const leg = await walk.start(walk.step('trigger', 'trigger'));
		const { results } = await walk.email(walk.step('mail', 'email'), leg.people, mailbox.mail());
		await walk.settle(leg);
		return results[0]?.outcome;
	}
	const reason = async (engine: LocalEngine) => (await engine.journeys.sendingStopped()).reason;
	const production = { instance: 'production', host: 'a' };
	const staging = { instance: 'staging', host: 'b' };

	it('a copy under another n8n sends nothing until somebody resumes there, and the original goes on', async () => {
		const original = await shelf.make('live');
		const first = await life(original, production, (engine) => signUp(engine, 'anna@example.com'));
		await shelf.copy('live', 'copy');
		const copy = await shelf.open('copy');

		const copied = await life(copy, staging, async (engine) => [await reason(engine), await signUp(engine, 'ben@example.com')]);
		const again = await life(copy, staging, (engine) => reason(engine));
		const onward = await life(original, production, async (engine) => [await reason(engine), await signUp(engine, 'cleo@example.com')]);
		const resumed = await life(copy, staging, async (engine) => {
			await engine.journeys.resumeSending();
			return [await reason(engine), await signUp(engine, 'dora@example.com')];
		});
		const settled = await life(copy, staging, (engine) => reason(engine));

		expect(first).toBe('sent');
		expect(copied).toEqual([COPIED_REASON, 'parked']);
		expect([again, onward, resumed, settled]).toEqual([COPIED_REASON, [null, 'sent'], [null, 'sent'], null]);
		expect(mailbox.accepted.map(({ to }) => to)).toEqual(['anna@example.com', 'cleo@example.com', 'dora@example.com']);
	});

	it('a backup put back under the same n8n sends nothing, though the file is whole and the id is right', async () => {
		const live = await shelf.make('live');
		await life(live, production, (engine) => signUp(engine, 'anna@example.com'));
		await shelf.copy('live', 'backup');
		await life(live, production, (engine) => signUp(engine, 'ben@example.com'));
		await shelf.copy('backup', 'live');

		const restored = await life(live, production, async (engine) => [await reason(engine), await signUp(engine, 'ben@example.com')]);
		const resumed = await life(live, production, async (engine) => {
			await engine.journeys.resumeSending();
			return await signUp(engine, 'cleo@example.com');
		});

		expect(restored).toEqual([RESTORED_REASON, 'parked']);
		expect(resumed).toBe('sent');
		expect(mailbox.accepted.map(({ to }) => to).filter((to) => to === 'ben@example.com')).toHaveLength(1);
	});

	it('a backup restored as a new database, whose address this n8n is then given, sends nothing, and goes on once resumed', async () => {
		const live = await shelf.make('live');
		await life(live, production, (engine) => signUp(engine, 'anna@example.com'));
		await shelf.copy('live', 'backup');
		await life(live, production, (engine) => signUp(engine, 'ben@example.com'));
		await shelf.copy('backup', 'restored');
		const other = await shelf.open('restored');

		const restored = await life(other, production, async (engine) => [await reason(engine), await signUp(engine, 'ben@example.com')]);
		const resumed = await life(other, production, async (engine) => {
			await engine.journeys.resumeSending();
			return await signUp(engine, 'cleo@example.com');
		});
		const settled = await life(other, production, (engine) => reason(engine));

		expect(restored).toEqual([RESTORED_REASON, 'parked']);
		expect([resumed, settled]).toEqual(['sent', null]);
		expect(mailbox.accepted.map(({ to }) => to)).toEqual(['anna@example.com', 'ben@example.com', 'cleo@example.com']);
	});

	it('a backup put back before this n8n noted anything else, or moved to a new host of it, sends nothing until somebody resumes', async () => {
		const live = await shelf.make('live');
		await life(live, production, (engine) => signUp(engine, 'anna@example.com'));
		await shelf.copy('live', 'backup');
		await shelf.copy('backup', 'live');
		// The database is level with the marker, as it is where both were restored together.
		const level = await life(live, production, async (engine) => [await reason(engine), await signUp(engine, 'ben@example.com')]);
		// The same id, and no marker there: a new container. What it was restored from cannot be known.
		await shelf.copy('backup', 'moved');
		const there = { instance: 'production', host: 'new' };
		const moved = await life(await shelf.open('moved'), there, async (engine) => {
			const stopped = [await reason(engine), await signUp(engine, 'ben@example.com')];
			await engine.journeys.resumeSending();
			return [...stopped, await signUp(engine, 'cleo@example.com')];
		});
		const settled = await life(await shelf.open('moved'), there, (engine) => reason(engine));

		expect(level).toEqual([MOVED_REASON, 'parked']);
		expect([moved, settled]).toEqual([[MOVED_REASON, 'parked', 'sent'], null]);
	});

	it('the same database under another name, put in order meanwhile, sends on; so does a copy of one that holds no journeys', async () => {
		const live = await shelf.make('live');
		await life(live, production, (engine) => reason(engine));
		await shelf.copy('live', 'fresh');
		const fresh = await life(await shelf.open('fresh'), production, (engine) => signUp(engine, 'anna@example.com'));
		const again = await life(await shelf.rename('fresh', 'renamed'), production, async (engine) => [await reason(engine), await signUp(engine, 'ben@example.com')]);

		expect([fresh, again]).toEqual(['sent', [null, 'sent']]);
	});

	it('a restored copy on another n8n gives both reasons when it is one of its own that was put back', async () => {
		const live = await shelf.make('live');
		await life(live, production, (engine) => signUp(engine, 'anna@example.com'));
		await shelf.copy('live', 'copy');
		await life(await shelf.open('copy'), staging, async (engine) => {
			await engine.journeys.resumeSending();
			return await signUp(engine, 'ben@example.com');
		});
		// The copy is replaced by a fresh one of production, as staging systems are every week.
		await shelf.copy('live', 'copy');

		const refreshed = await life(await shelf.open('copy'), staging, (engine) => reason(engine));

		expect(refreshed).toContain(COPIED_REASON);
		expect(refreshed).toContain(RESTORED_REASON);
	});
});
