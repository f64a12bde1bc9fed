import { DATABASES } from '../databases';
import { imported, openEngine } from './fixture';

const rows = (...lines: object[]): string => lines.map((line) => JSON.stringify(line)).join('\n');

describe.each(DATABASES)('an import on %s', (kind) => {
	it('creates only, updates only or does both, as it is told, also for two rows about one person', async () => {
		const { engine, close } = await openEngine(kind);
		await imported(engine.transfer, 'email,plan\nada@x.org,free\n');
		const file = 'email,plan\nada@x.org,pro\nbob@x.org,pro\nbob@x.org,team\n';

		const created = await imported(engine.transfer, file, { mode: 'create' });
		const bob = (await engine.profiles.get({ kind: 'email', value: 'bob@x.org' }))?.attributes.plan;
		const updated = await imported(engine.transfer, 'email,plan\nada@x.org,team\neve@x.org,pro\n', { mode: 'update' });

		expect(created).toMatchObject({ rows: 3, created: 1, updated: 0, skipped: 2, rejectedCount: 0 });
		expect(bob).toBe('pro');
		expect(updated).toMatchObject({ rows: 2, created: 0, updated: 1, skipped: 1 });
		expect((await engine.profiles.get({ kind: 'email', value: 'ada@x.org' }))?.attributes.plan).toBe('team');
		expect(await engine.profiles.get({ kind: 'email', value: 'eve@x.org' })).toBeNull();
		await close();
	});

	it('reads NDJSON, flat or as it exports it, keeps types and refuses broken lines by themselves', async () => {
		const { engine, close } = await openEngine(kind);
		const file = [
			rows({ email: 'ada@x.org', age: 36, zip: '01234', tags: ['a', 'b'] }), '{"email": "bob@x.org", ', '', '[1, 2]', 'null',
			rows({ identities: [{ kind: 'user_id', value: '7' }], attributes: { plan: 'pro', since: null }, consents: [{ channel: 'email', topic: 'News', state: 'subscribed' }] }),
			rows({ identities: [{ kind: 'user_id', value: '8' }], attributes: {}, consents: [{ channel: 'smoke', state: 'subscribed' }] }), rows({ name: 'Nobody' }),
			`{"email":"long@x.org","text":"${'x'.repeat(200_000)}"}`, rows({ email: 'eve@x.org' }),
		].join('\r\n');

		const report = await imported(engine.transfer, file, {}, 1000);

		expect(report).toMatchObject({ rows: 9, created: 3, consents: 1, rejectedCount: 6 });
		expect([...report.rejected].sort((a, b) => a.line - b.line).map(({ line }) => line)).toEqual([2, 4, 5, 7, 8, 9]);
		expect((await engine.profiles.get({ kind: 'email', value: 'ada@x.org' }))?.attributes).toEqual({ email: 'ada@x.org', age: 36, zip: '01234', tags: ['a', 'b'] });
		expect((await engine.profiles.get({ kind: 'user_id', value: '7' }))?.consents).toMatchObject([{ channel: 'email', topic: 'news', state: 'subscribed' }]);
		await close();
	});

	it('reads a file in an encoding that is named, and says when there is no such encoding', async () => {
		const { engine, close } = await openEngine(kind);

		await imported(engine.transfer, Buffer.from('email;name\nada@x.org;J\xfcrgen\n', 'latin1'), { encoding: 'windows-1252' }, 3);

		expect((await engine.profiles.get({ kind: 'email', value: 'ada@x.org' }))?.attributes.name).toBe('Jürgen');
		await expect(imported(engine.transfer, 'email\n', { encoding: 'klingon' })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('no encoding') as string });
		await expect(imported(engine.transfer, '[{"email": "a@x.org"}]')).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('NDJSON') as string });
		await close();
	});

	it('stores events with their people, once each, whether or not the file gives them ids', async () => {
		const { engine, close } = await openEngine(kind);
		const file = 'email,event,timestamp,messageId,total\nada@x.org,Bought,2026-02-01T10:00:00Z,m1,12.5\nbob@x.org,Bought,2026-02-02T10:00:00Z,,7\nbob@x.org,Bought,2026-02-02T10:00:00Z,,7\n'
			+ 'bob@x.org,,2026-02-02T10:00:00Z,,\nbob@x.org,Bought,,,\nbob@x.org,Bought,yesterday,,\n';

		const first = await imported(engine.transfer, file, { about: 'events' });
		const second = await imported(engine.transfer, file, { about: 'events', event: 'Sold' });
		const onlyKnown = await imported(engine.transfer, 'email,event,timestamp\nnew@x.org,Bought,2026-02-01T10:00:00Z\nada@x.org,Read,2026-02-01T10:00:00Z\n', { about: 'events', mode: 'update' });

		expect(first).toMatchObject({ rows: 6, created: 2, events: 2, duplicates: 1, rejectedCount: 3 });
		expect(first.rejected.map(({ line }) => line).sort()).toEqual([5, 6, 7]);
		expect(second).toMatchObject({ created: 0, events: 1, duplicates: 3, rejectedCount: 2 });
		expect(onlyKnown).toMatchObject({ skipped: 1, events: 1, created: 0 });
		const ada = await engine.profiles.get({ kind: 'email', value: 'ada@x.org' });
		expect(ada?.events.map(({ name, at, properties }) => [name, at, properties])).toEqual([['Bought', '2026-02-01T10:00:00.000Z', { total: 12.5 }], ['Read', '2026-02-01T10:00:00.000Z', {}]].reverse());
		await close();
	});

	it('never undoes an opt-out: the stricter state stays, within the file and against what is stored', async () => {
		const { engine, close } = await openEngine(kind);
		await imported(engine.transfer, 'email\nada@x.org\n');
		const ada = (await engine.profiles.get({ kind: 'email', value: 'ada@x.org' }))?.id ?? 0;
		await engine.consent.set([{ profile: ada, channel: 'email', topic: '', state: 'unsubscribed', source: 'one-click' }]);
		const columns = { news: { consent: 'email' } };

		const report = await imported(engine.transfer, 'email,news\nada@x.org,yes\nbob@x.org,no\nbob@x.org,subscribed\neve@x.org,perhaps\nzoe@x.org,\n', { columns });

		expect(report).toMatchObject({ consents: 1, consentsKept: 1, rejected: [{ line: 5 }] });
		const stateOf = async (email: string) => (await engine.profiles.get({ kind: 'email', value: email }))?.consents.map(({ state }) => state);
		expect([await stateOf('ada@x.org'), await stateOf('bob@x.org'), await stateOf('zoe@x.org')]).toEqual([['unsubscribed'], ['unsubscribed'], []]);
		await expect(imported(engine.transfer, 'email,x\na@x.org,yes', { columns: { x: { consent: 'smoke' } } })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await close();
	});

	it('suppresses addresses, and gives rows without a state the one that is asked for', async () => {
		const { engine, close } = await openEngine(kind);

		const report = await imported(engine.transfer, 'email,bad\nAda@X.org,hard bounce\nbob@x.org,no\n', { columns: { bad: { suppression: 'email' } }, consent: 'pending' });

		expect(report).toMatchObject({ suppressed: 1, consents: 2 });
		expect(await engine.suppression.check([{ channel: 'email', address: 'ada@x.org' }, { channel: 'email', address: 'bob@x.org' }])).toEqual(['hard-bounce', null]);
		await close();
	});

	it('tells how far it is, and gives out every rejected row, not only the first thousand', async () => {
		const { engine, close } = await openEngine(kind);
		const { importId } = await engine.transfer.importStart({ source: 'crm', totalBytes: 160_000 });
		const bad = Array.from({ length: 6000 }, (_none, n) => `no address ${n}`);

		await engine.transfer.importChunk(importId, Buffer.from(`email\nada@x.org\n${bad.join('\n')}\n`));
		const under = await engine.transfer.importProgress(importId);
		const report = await engine.transfer.importEnd(importId);
		const first = await engine.transfer.importRejected(importId, 'csv');
		const second = await engine.transfer.importRejected(importId, 'csv', first.next ?? '');
		const lines = Buffer.concat([first.bytes, second.bytes]).toString().trim().split('\r\n');

		expect(under).toMatchObject({ state: 'running', about: 'profiles', source: 'crm', created: 1, percent: 59 });
		expect(under.rows).toBeGreaterThanOrEqual(3000);
		expect(report.rejected).toHaveLength(1000);
		expect(lines).toHaveLength(6001);
		expect(lines[0]).toBe('line,reason');
		expect(lines.at(-1)).toMatch(/^6002,The email is not/);
		expect(lines.join()).not.toContain('no address');
		expect(second.next).toBeNull();
		expect(await engine.transfer.importProgress(importId)).toMatchObject({ state: 'done', rows: 6001, rejectedCount: 6000, percent: 100 });
		expect((await engine.transfer.imports()).map((one) => one.importId)).toEqual([importId]);
		await expect(engine.transfer.importProgress('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await close();
	});

	it('goes on when nothing but unreadable rows comes, without keeping them', async () => {
		const { engine, close } = await openEngine(kind);
		const broken = Array.from({ length: 3000 }, () => '{broken').join('\n');

		const report = await imported(engine.transfer, `{"email":"ada@x.org"}\n${broken}\n`, {}, 64 * 1024);

		expect(report).toMatchObject({ rows: 3001, created: 1, rejectedCount: 3000 });
		await close();
	});
});
