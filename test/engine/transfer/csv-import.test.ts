import type { ImportOptions, ImportReport } from '../../../engine/transfer';
import { createEngine, ManualClock } from '../../../engine';
import { DATABASES, emptyDatabase, TEST_START_MS } from '../databases';
import { openWorld, type World } from './fixture';

async function imported(world: World, file: string | Uint8Array, options: Partial<ImportOptions> = {}, chunk = 7): Promise<ImportReport> {
	const bytes = typeof file === 'string' ? new TextEncoder().encode(file) : file;
	const { importId } = await world.transfer.importStart({ source: 'import', ...options });
	for (let from = 0; from < bytes.length; from += chunk) await world.transfer.importChunk(importId, bytes.subarray(from, from + chunk));
	return world.transfer.importEnd(importId);
}

describe.each(DATABASES)('a CSV import on %s', (kind) => {
	it('takes the good rows and reports each bad one with its line and the reason', async () => {
		const world = await openWorld(kind);
		const file = ['\ufeffemail,first name,user_id,plan,age', 'ada@x.org,Ada,1,pro,36', 'not-an-email,Bob,2,pro,1', 'carl@x.org,Carl', '', '"eve@x.org","Eve, ""the"" one",3,"multi', 'line",40',
			',Nobody,,pro,', 'dan@x.org,Dan,4,,007', 'zoe@x.org,Zoe,null,pro,1'].join('\r\n');

		const report = await imported(world, file);

		expect(report).toMatchObject({ rows: 7, created: 3, updated: 0, rejectedCount: 4 });
		expect(report.rejected.sort((a, b) => a.line - b.line)).toEqual([
			{ line: 3, reason: expect.stringContaining('e-mail address') as string }, { line: 4, reason: expect.stringContaining('2 columns, the header has 5') as string },
			{ line: 8, reason: expect.stringContaining('Nothing says whose') as string }, { line: 10, reason: expect.stringContaining('placeholder') as string },
		]);
		expect((await world.profiles.get({ kind: 'user_id', value: '3' }))?.attributes).toEqual({ email: 'eve@x.org', 'first name': 'Eve, "the" one', plan: 'multi\r\nline', age: 40 });
		expect((await world.profiles.get({ kind: 'email', value: 'dan@x.org' }))?.attributes).toEqual({ email: 'dan@x.org', 'first name': 'Dan', age: '007' });
		await world.close();
	});

	it('reports the row whose address belongs to somebody else, and leaves the address with its owner', async () => {
		const { database, drop } = await emptyDatabase(kind);
		const engine = await createEngine({ database, clock: new ManualClock(TEST_START_MS) });
		const { importId } = await engine.transfer.importStart({ source: 'import' });
		await engine.transfer.importChunk(importId, new TextEncoder().encode('user_id,email,plan\nu1,one@x.org,a\nu2,two@x.org,b\nu2,one@x.org,c\n'));

		const report = await engine.transfer.importEnd(importId);

		expect(report.rejected).toEqual([{ line: 4, reason: 'Taken in part: The email belongs to a person with another user id, so it was left there.' }]);
		expect((await engine.profiles.get({ kind: 'email', value: 'one@x.org' }))?.identities).toContainEqual({ kind: 'user_id', value: 'u1' });
		await engine.close();
		await drop();
	});

	it.each([[';'], ['\t'], ['|']])('finds out the delimiter %j', async (delimiter) => {
		const world = await openWorld(kind);

		const report = await imported(world, [['email', '"a,b"', 'plan'], ['ada@x.org', 'x', 'pro']].map((row) => row.join(delimiter)).join('\n'));

		expect(report).toMatchObject({ rows: 1, created: 1, rejectedCount: 0 });
		expect((await world.profiles.get({ profileId: 1 }))?.attributes).toEqual({ email: 'ada@x.org', 'a,b': 'x', plan: 'pro' });
		await world.close();
	});

	it('reads UTF-16 by its mark and says so when rows are in another encoding', async () => {
		const world = await openWorld(kind);

		const wide = await imported(world, Buffer.from('\ufeffemail,name\nada@x.org,Jürgen\n', 'utf16le'));
		const latin = await imported(world, Buffer.from('email,name\nbob@x.org,J\xfcrgen\neve@x.org,Eve\n', 'latin1'));

		expect(wide).toMatchObject({ created: 1, rejectedCount: 0 });
		expect((await world.profiles.get({ profileId: 1 }))?.attributes.name).toBe('Jürgen');
		expect(latin).toMatchObject({ created: 1, rejected: [{ line: 2, reason: expect.stringContaining('UTF-8') as string }] });
		await world.close();
	});

	it('follows the given use of columns', async () => {
		const world = await openWorld(kind);

		await imported(world, 'Kunde,Mail,company_id,secret\nK1,a@x.org,77,s', { columns: { Kunde: { identity: 'crm' }, Mail: { attribute: 'email' }, secret: 'skip' }, test: true });

		expect(await world.profiles.get({ kind: 'crm', value: 'K1' })).toMatchObject({ attributes: { email: 'a@x.org', company_id: 77 }, identities: [{ kind: 'crm', value: 'K1' }, { kind: 'email', value: 'a@x.org' }], test: true });
		await world.close();
	});

	it('starts no journey unless asked', async () => {
		const world = await openWorld(kind);
		await world.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });

		await imported(world, 'email,plan\na@x.org,pro');
		await imported(world, 'email,plan\nb@x.org,pro', { startJourneys: true });

		expect(world.told.entries.map((entry) => entry.historical)).toEqual([true, false]);
		await world.close();
	});

	it.each<[string, string, Partial<ImportOptions>]>([
		['is empty', '', {}], ['No column', 'name,plan\nAda,pro', {}], ['same name', 'email,plan,plan\na@x.org,1,2', {}], ['no column "Mail"', 'email\na@x.org', { columns: { Mail: 'skip' } }],
	])('says what is wrong with the file as a whole: %s', async (message, file, options) => {
		const world = await openWorld(kind);

		await expect(imported(world, file, options)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining(message) as string });

		await expect(world.transfer.importEnd('gone')).rejects.toMatchObject({ code: 'NOT_FOUND' });
		expect(await world.profiles.count()).toBe(0);
		await world.close();
	});

	it.each<[string, Record<number, string>, number[]]>([
		['never closes', { 100: 'u100@x.org,"Ann' }, [102]], ['a later row seems to close', { 100: 'u100@x.org,"Ann', 110: 'u110@x.org,Screen 15"' }, [102]],
		['a later row opens again', { 100: 'u100@x.org,"Ann', 900: 'u900@x.org,"Bob, jr"' }, [102]],
	])('refuses the row with a quote that %s, by its line, and loses nobody else', async (_how, odd, lines) => {
		const world = await openWorld(kind);
		const rows = Array.from({ length: 3000 }, (_none, n) => odd[n] ?? `u${n}@x.org,Name ${n}`);

		const report = await imported(world, `email,name\n${rows.join('\n')}\n`, {}, 50_000);

		expect(report).toMatchObject({ rows: 3000, created: 2999, rejectedCount: 1, rejected: lines.map((line) => ({ line, reason: expect.stringContaining('opens a quote that is not closed') as string })) });
		expect(await world.profiles.get({ kind: 'email', value: 'u100@x.org' })).toBeNull();
		expect((await world.profiles.get({ kind: 'email', value: 'u105@x.org' }))?.attributes).toMatchObject({ name: 'Name 105' });
		await world.close();
	});

	it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('takes a column named %s like any other', async (name) => {
		const world = await openWorld(kind);

		const people = await imported(world, `email,${name}\na@x.org,Ferrari\n`);
		const events = await imported(world, `email,event,timestamp,${name}\na@x.org,Bought,2026-01-01T00:00:00Z,Ferrari\n`, { about: 'events' });
		const lines = await imported(world, `{"email":"b@x.org","${name}":"Ferrari"}\n`, { format: 'ndjson' });

		expect([people, events, lines].map(({ rejected }) => rejected)).toEqual([[], [], []]);
		if (name !== '__proto__') expect((await world.profiles.get({ kind: 'email', value: 'a@x.org' }))?.attributes).toMatchObject({ [name]: 'Ferrari' });
		await world.close();
	});

	it('reads a large file in any chunks with flat memory, and the same file again changes nobody', async () => {
		const world = await openWorld(kind);
		const { importId } = await world.transfer.importStart({ source: 'import' });
		await world.transfer.importChunk(importId, Buffer.from('email,name,plan\n'));
		global.gc?.();
		const before = process.memoryUsage().heapUsed;
		let most = 0;
		for (let part = 0; part < 20; part += 1) {
			const rows = Array.from({ length: 500 }, (_none, n) => `user${part * 500 + n}@example.com,Name ${'x'.repeat(100)},pro`);
			await world.transfer.importChunk(importId, Buffer.from(`${rows.join('\n')}\n`));
			most = Math.max(most, process.memoryUsage().heapUsed - before);
		}
		const report = await world.transfer.importEnd(importId);
		const again = await imported(world, 'email,name,plan\nuser1@example.com,,pro\n');

		expect(report).toMatchObject({ rows: 10_000, created: 10_000, updated: 0, rejectedCount: 0 });
		expect(again).toMatchObject({ created: 0, updated: 1 });
		expect(most).toBeLessThan(150 * 1024 * 1024);
		await world.close();
	});
});
