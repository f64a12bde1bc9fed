import { sql } from 'kysely';

import type { LocalEngine } from '../../../engine/engine';
import { DATABASES } from '../databases';
import { imported, openEngine } from './fixture';

const undo = (engine: LocalEngine, importId: string) => engine.transfer.importUndo(importId, { source: 'test' });
const get = (engine: LocalEngine, email: string) => engine.profiles.get({ kind: 'email', value: email });
const leftovers = (engine: LocalEngine) =>
	engine.store.read((reader) => reader.first<{ n: number }>(sql<{ n: number }>`select (select count(*) from import_person) + (select count(*) from import_event) + (select count(*) from import_consent) + (select count(*) from import_suppression) + (select count(*) from import_preference) as n`));

describe.each(DATABASES)('undoing an import on %s', (kind) => {
	it('removes the people it made and gives the others their old values, identities and consents back', async () => {
		const { engine, close } = await openEngine(kind);
		await engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: '1' }, { kind: 'email', value: 'ada@x.org' }], attributes: { plan: 'free', city: 'Bern' } }], { source: 'test' });
		const ada = (await get(engine, 'ada@x.org'))?.id ?? 0;
		await engine.consent.set([{ profile: ada, channel: 'email', topic: '', state: 'subscribed', source: 'form' }]);
		await engine.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
		const before = await get(engine, 'ada@x.org');
		const file = 'email,user_id,crm,plan,age,news,bad\nada@x.org,1,c1,pro,36,no,\nbob@x.org,2,c2,pro,,yes,bounce\nada@x.org,1,c1,team,,,\n';

		const report = await imported(engine.transfer, file, { columns: { crm: { identity: 'crm' }, news: { consent: 'email' }, bad: { suppression: 'email' } } });
		const between = await get(engine, 'ada@x.org');
		const undone = await undo(engine, report.importId);

		expect(between?.attributes).toMatchObject({ plan: 'team', age: 36 });
		expect(undone).toMatchObject({ removed: 1, kept: 0, reverted: 1, attributesKept: 0, consentsReverted: 2, consentsKept: 0, suppressionsRemoved: 1, lost: 0 });
		expect({ ...(await get(engine, 'ada@x.org')), updatedAt: '' }).toEqual({ ...before, updatedAt: '' });
		expect(await get(engine, 'bob@x.org')).toBeNull();
		expect(await engine.profiles.get({ kind: 'crm', value: 'c1' })).toBeNull();
		expect(await engine.suppression.check([{ channel: 'email', address: 'bob@x.org' }])).toEqual([null]);
		expect(await leftovers(engine)).toEqual({ n: 0 });
		expect(await engine.transfer.importProgress(report.importId)).toMatchObject({ state: 'undone' });
		expect(await undo(engine, report.importId)).toMatchObject({ removed: 0, reverted: 0 });
		expect((await engine.privacy.audit({ action: 'import.undo' })).entries).toHaveLength(1);
		await close();
	});

	it('lets stay what has changed since, and says so', async () => {
		const { engine, clock, close } = await openEngine(kind);
		await imported(engine.transfer, 'email,plan,city\nold@x.org,free,Bern\n');
		const columns = { news: { consent: 'email' } };
		const report = await imported(engine.transfer, 'email,plan,city,news\nold@x.org,pro,Rome,no\nused@x.org,pro,,\nchanged@x.org,pro,,\nlisted@x.org,pro,,\nnamed@x.org,pro,,\nfresh@x.org,pro,,\n', { columns });
		clock.advance(60_000);
		await engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'old@x.org' }], attributes: { plan: 'team' } }, { identities: [{ kind: 'email', value: 'changed@x.org' }], attributes: { plan: 'team' } },
			{ identities: [{ kind: 'email', value: 'named@x.org' }, { kind: 'user_id', value: '9' }] }], { source: 'test' });
		await engine.events.ingest([{ type: 'track', event: 'Bought', identities: [{ kind: 'email', value: 'used@x.org' }] }], { source: 'shop' });
		await engine.lists.create('VIP');
		await engine.lists.add('VIP', [{ kind: 'email', value: 'listed@x.org' }]);
		const old = (await get(engine, 'old@x.org'))?.id ?? 0;
		await engine.consent.set([{ profile: old, channel: 'email', topic: '', state: 'subscribed', source: 'page' }]);

		const undone = await undo(engine, report.importId);

		expect(undone).toMatchObject({ removed: 1, kept: 4, reverted: 1, attributesKept: 1, consentsReverted: 0, consentsKept: 1, lost: 0 });
		expect(await get(engine, 'old@x.org')).toMatchObject({ attributes: { plan: 'team', city: 'Bern' }, consents: [{ state: 'subscribed' }] });
		expect(await get(engine, 'fresh@x.org')).toBeNull();
		for (const email of ['used', 'changed', 'listed', 'named']) expect(await get(engine, `${email}@x.org`)).not.toBeNull();
		await close();
	});

	it('gives wishes for fewer messages back, also of people it made; the quieter one won, and one chosen since stays', async () => {
		const { engine, close } = await openEngine(kind);
		await imported(engine.transfer, 'email\nold@x.org\nlater@x.org\n');
		await engine.preferences.set([{ whose: { kind: 'email', value: 'old@x.org' }, maxPerWeek: 3, pausedUntil: '2026-05-01T00:00:00.000Z', source: 'page' }]);
		const wish = (email: string, maxPerWeek: number) => JSON.stringify({ identities: [{ kind: 'email', value: email }], attributes: {}, maxPerWeek, pausedUntil: '2026-04-01T00:00:00Z' });
		const wishes = () => engine.store.read((reader) => reader.all(sql`select i.value, p.max_per_week, p.paused_until from preference p join identity i on i.profile = p.profile order by i.value`));

		const report = await imported(engine.transfer, [wish('old@x.org', 1), wish('old@x.org', 2), wish('new@x.org', 1), wish('later@x.org', 1), wish('bad@x.org', 0)].join('\n'));
		const between = await wishes();
		await engine.preferences.set([{ whose: { kind: 'email', value: 'later@x.org' }, maxPerWeek: 5, source: 'page' }]);
		const undone = await undo(engine, report.importId);

		const [april, may] = [Date.UTC(2026, 3, 1), Date.UTC(2026, 4, 1)];
		expect(report).toMatchObject({ created: 1, rejected: [{ line: 5 }] });
		expect(between).toEqual([{ value: 'later@x.org', max_per_week: 1, paused_until: april }, { value: 'new@x.org', max_per_week: 1, paused_until: april }, { value: 'old@x.org', max_per_week: 1, paused_until: may }]);
		expect(undone).toMatchObject({ removed: 1, kept: 0 });
		expect(await wishes()).toEqual([{ value: 'later@x.org', max_per_week: 5, paused_until: april }, { value: 'old@x.org', max_per_week: 3, paused_until: may }]);
		expect(await engine.store.read((reader) => reader.all(sql`select * from import_preference`))).toEqual([]);
		await close();
	});

	it('takes its events back, and people out of the segments that counted them', async () => {
		const { engine, close } = await openEngine(kind);
		await imported(engine.transfer, 'email\nada@x.org\n');
		await engine.segments.save({ name: 'Buyers', rule: { event: 'Bought' } });
		const file = 'email,event,timestamp,messageId\nada@x.org,Bought,2026-02-01T10:00:00Z,m1\nbob@x.org,Bought,2026-02-01T10:00:00Z,m2\n';
		const report = await imported(engine.transfer, file, { about: 'events' });
		const members = await engine.segments.count({ name: 'Buyers' });

		const undone = await undo(engine, report.importId);

		expect(members).toBe(2);
		expect(undone).toMatchObject({ removed: 1, eventsRemoved: 2, kept: 0 });
		expect(await engine.segments.count({ name: 'Buyers' })).toBe(0);
		expect((await get(engine, 'ada@x.org'))?.events).toEqual([]);
		expect(await imported(engine.transfer, file, { about: 'events' })).toMatchObject({ events: 2, duplicates: 0 });
		await close();
	});

	it('does not touch events that were there before, though the file had them too', async () => {
		const { engine, close } = await openEngine(kind);
		await engine.events.ingest([{ type: 'track', event: 'Bought', messageId: 'm1', identities: [{ kind: 'email', value: 'ada@x.org' }] }], { source: 'shop' });

		const report = await imported(engine.transfer, 'email,event,timestamp,messageId\nada@x.org,Bought,2026-02-01T10:00:00Z,m1\n', { about: 'events', source: 'shop' });
		const undone = await undo(engine, report.importId);

		expect(report).toMatchObject({ events: 0, duplicates: 1 });
		expect(undone).toMatchObject({ eventsRemoved: 0 });
		expect((await get(engine, 'ada@x.org'))?.events).toHaveLength(1);
		await close();
	});

	it('waits for the end of the import, and one that failed can be undone too', async () => {
		const { engine, close } = await openEngine(kind);
		const { importId } = await engine.transfer.importStart({ source: 'crm' });
		await engine.transfer.importChunk(importId, Buffer.from('email\nada@x.org\n'));

		await expect(undo(engine, importId)).rejects.toMatchObject({ code: 'CONFLICT' });
		await engine.transfer.importEnd(importId);

		expect(await undo(engine, importId)).toMatchObject({ removed: 1 });
		expect(await engine.profiles.count()).toBe(0);
		await close();
	});
});
