import { createHash } from 'node:crypto';

import { sql } from 'kysely';

import type { LocalEngine } from '../../../engine/engine';
import { hashId } from '../../../engine/kernel';
import { DATABASES } from '../databases';
import { HOUR_MS, World } from '../journeys/world';
import { Mailbox, smtp } from '../messages/mailbox';
import { imported, openEngine } from '../transfer/fixture';

/** Every text of the whole database. */
async function everyRow(engine: LocalEngine): Promise<string> {
	return await engine.store.read(async (reader) => {
		const tables = reader.dialect.name === 'sqlite'
			? await reader.all<{ name: string }>(sql<{ name: string }>`select name from sqlite_master where type = 'table'`)
			: await reader.all<{ name: string }>(sql<{ name: string }>`select table_name as name from information_schema.tables where table_schema = current_schema()`);
		let all = '';
		for (const { name } of tables) all += JSON.stringify(await reader.all(sql`select * from ${sql.table(name)}`));
		return all;
	});
}

/** Every table and column that names this profile id. */
async function traces(engine: LocalEngine, profile: number): Promise<string[]> {
	return await engine.store.read(async (reader) => {
		const columns = reader.dialect.name === 'sqlite'
			? await reader.all<{ t: string; c: string }>(sql<{ t: string; c: string }>`select m.name as t, i.name as c from sqlite_master m join pragma_table_info(m.name) i where m.type = 'table'`)
			: await reader.all<{ t: string; c: string }>(sql<{ t: string; c: string }>`select table_name as t, column_name as c from information_schema.columns where table_schema = current_schema()`);
		const found: string[] = [];
		for (const { t, c } of columns.filter(({ c: name }) => name === 'profile' || name.endsWith('_profile'))) {
			const row = await reader.first<{ n: number }>(sql<{ n: number }>`select count(*) as n from ${sql.table(t)} where ${sql.ref(c)} = ${profile}`);
			if (row !== undefined && row.n > 0) found.push(`${t}.${c}`);
		}
		return found;
	});
}

const SECRET = 'zz-secret';

async function fill(world: World): Promise<number> {
	const { engine } = world;
	const me = { kind: 'email', value: `${SECRET}@x.org` };
	await imported(engine.transfer, JSON.stringify({ identities: [me, { kind: 'user_id', value: `${SECRET}-id` }], attributes: { name: SECRET, phone: '+4917012345678' } }), {});
	await imported(engine.transfer, JSON.stringify({ identities: [me], attributes: { name: `${SECRET}-new` }, consents: [{ channel: 'email', topic: 'news', state: 'subscribed' }], suppressions: [{ channel: 'email', address: me.value, reason: 'manual' }] }), {});
	const profile = (await engine.profiles.get(me))?.id ?? 0;
	await engine.profiles.upsert([{ identities: [me, { kind: 'crm', value: `${SECRET}-crm` }], attributes: { city: SECRET } }], { source: 'test' });
	await engine.events.ingest([{ type: 'track', event: 'Bought', messageId: `${SECRET}-m`, identities: [me], properties: { note: SECRET } }, { type: 'identify', messageId: `${SECRET}-i`, identities: [me], traits: { plan: SECRET } }], { source: 'shop' });
	await engine.lists.create('VIP');
	await engine.lists.add('VIP', [me]);
	return profile;
}

describe.each(DATABASES)('erasing a person on %s', (kind) => {
	it('leaves nothing that names or describes them in any table, and their id is nobody\'s for ever', async () => {
		const world = await World.open(kind);
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Bought' } }, fields: ['name'], carryEvent: true });
		await imported(world.engine.transfer, 'email\nother@x.org\n');
		const profile = await fill(world);
		const before = await everyRow(world.engine);

		const report = await world.engine.privacy.erasePerson({ profileId: profile }, { source: 'test' });

		expect(before).toContain(SECRET);
		expect(report).toMatchObject({ erased: true, profile, addressesKept: 4, imports: [{ source: 'import' }, { source: 'import' }] });
		expect(await everyRow(world.engine)).not.toContain(SECRET);
		expect(await everyRow(world.engine)).not.toContain('4917012345678');
		expect(await traces(world.engine, profile)).toEqual([]);
		expect(await world.engine.profiles.get({ profileId: profile })).toBeNull();
		await imported(world.engine.transfer, 'email\nnext@x.org\n');
		expect((await world.engine.profiles.get({ kind: 'email', value: 'next@x.org' }))?.id).not.toBe(profile);
		expect(await world.engine.profiles.count()).toBe(2);
		await world.close();
	});

	it('says which workflows may still hold their items, and when; twice is once', async () => {
		const world = await World.open(kind);
		const trigger = world.walk.step('trigger', 'trigger');
		await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		const [profile = 0] = await world.people(1);
		await world.track('Signed Up', [profile]);
		world.clock.advance(HOUR_MS);

		const first = await world.engine.privacy.erasePerson({ kind: 'user_id', value: 'u0' }, { source: 'test' });
		const second = await world.engine.privacy.erasePerson({ kind: 'user_id', value: 'u0' }, { source: 'test' });
		const third = await world.engine.privacy.erasePerson({ profileId: profile }, { source: 'test' });

		expect(first.executions).toEqual([{ workflow: 'wf', from: '2026-03-02T09:00:00.000Z', until: '2026-03-02T10:00:00.000Z', ids: [], mayHold: [], more: 0, onlyFailed: false }]);
		expect([second, third]).toEqual([{ erased: false, profile: null, addressesKept: 0, executions: [], imports: [] }, { erased: false, profile: null, addressesKept: 0, executions: [], imports: [] }]);
		const log = await world.engine.privacy.audit({ action: 'person.erase' });
		expect(log.entries).toMatchObject([{ who: 'test', profile: null, detail: { erased: profile, addresses: 1 } }]);
		await expect(world.engine.privacy.erasePerson({ kind: 'email', value: 'no address' }, { source: 'test' })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await world.close();
	});

	it('in a running journey: what is claimed goes nowhere, and at most the message being attempted leaves (rule 20)', async () => {
		let erased: Promise<unknown> | undefined;
		const mailbox = await Mailbox.open({ beforeAccept: async () => {
			// The first mail is on its way; the person of it and the one whose turn comes next are erased now.
			erased ??= Promise.all(profiles.slice(0, 2).map((profileId) => world.engine.privacy.erasePerson({ profileId }, { source: 'test' })));
			await erased;
		} });
		const world = await World.open(kind);
		const [trigger, step, wait] = [world.walk.step('trigger', 'trigger'), world.walk.step('email', 'email'), world.walk.step('wait', 'wait')];
		await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		const profiles = await world.people(3);
		await world.track('Signed Up', profiles);
		const leg = await world.walk.start(trigger);
		const inOrder = [...leg.people].sort((a, b) => a.stamp.profile - b.stamp.profile);

		const { results, sent } = await world.walk.email(step, inOrder, mailbox.mail({ provider: smtp(mailbox.port, { connections: 1 }) }));
		const parked = await world.walk.park(wait, inOrder, HOUR_MS);

		expect(mailbox.accepted.map(({ to }) => to)).toEqual(['p0@customer.example', 'p2@customer.example']);
		expect(results.map(({ outcome }) => outcome)).toEqual(['dropped', 'dropped', 'sent']);
		expect(sent.map(({ stamp }) => stamp.profile)).toEqual([profiles[2]]);
		expect(parked.map(({ stamp }) => stamp.profile)).toEqual([profiles[2]]);
		expect((await world.tokens()).every(({ profile }) => profile === profiles[2])).toBe(true);
		expect(await traces(world.engine, profiles[0] ?? 0)).toEqual([]);
		expect(await everyRow(world.engine)).not.toContain('p0@customer.example');
		expect((await world.engine.journeys.status())[0]).toMatchObject({ entered: 3, active: 1 });
		// Mail servers answer with ids of their own: the late confirmation counts the mail and says nothing more.
		expect(await world.rows('select state, reason, provider_id from message where profile = 0 order by state')).toEqual([
			{ state: 'sent', reason: 'erased', provider_id: null }, { state: 'skipped', reason: 'erased', provider_id: null },
		]);
		expect(await world.rows('select provider_id from message where profile <> 0')).toEqual([{ provider_id: expect.stringMatching(/./) as string }]);
		await world.close();
		await mailbox.close();
	});

	it('while their mail is being refused: the reason, which may quote them, is not written any more', async () => {
		const world = await World.open(kind);
		const [trigger, step] = [world.walk.step('trigger', 'trigger'), world.walk.step('email', 'email')];
		await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		const [profileId = 0] = await world.people(1);
		const mailbox = await Mailbox.open({ refuse: async () => {
			await world.engine.privacy.erasePerson({ profileId }, { source: 'test' });
			return 550;
		} });
		await world.track('Signed Up', [profileId]);
		const leg = await world.walk.start(trigger);

		await world.walk.email(step, leg.people, mailbox.mail());

		expect(await world.rows('select profile, state, reason, provider_id from message')).toEqual([{ profile: 0, state: 'failed', reason: 'erased', provider_id: null }]);
		await world.close();
		await mailbox.close();
	});

	it('whom a mail went to outside a journey: no hash of the address stays, and a repeated execution mails nobody', async () => {
		const mailbox = await Mailbox.open();
		const world = await World.open(kind);
		const key = `9:node:0:${createHash('sha256').update('ada@x.org').digest('hex').slice(0, 32)}:0`;
		const request = { ...mailbox.mail(), step: world.walk.step('email', 'email'), items: [{ index: 0, contact: { email: 'ada@x.org', key }, item: { word: 'first' } }, { index: 1, contact: { email: 'ada@x.org', key: `${key}b` }, item: { word: 'second' } }] };
		await world.engine.messages.sendEmail(request);

		await world.engine.privacy.erasePerson({ kind: 'email', value: 'ada@x.org' }, { source: 'test' });
		const kept = await everyRow(world.engine);
		await world.engine.messages.sendEmail(request);

		expect(kept).not.toContain(key);
		expect(mailbox.accepted).toHaveLength(2);
		await world.close();
		await mailbox.close();
	});

	it('whom a mail went to outside a journey: nobody finds the mail again by trying addresses against executions, and it is not sent again when they are let back in', async () => {
		const mailbox = await Mailbox.open();
		const [world, elsewhere] = [await World.open(kind), await World.open(kind)];
		const keyOf = (address: string, execution: number) => `${execution}:node:0:${createHash('sha256').update(address).digest('hex').slice(0, 32)}:0`;
		const request = { ...mailbox.mail(), step: world.walk.step('email', 'email'), items: [{ index: 0, contact: { email: 'ada@x.org', key: keyOf('ada@x.org', 9) }, item: {} }] };
		const idsOf = async (of: World) => (await of.rows<{ id: string }>('select id from message')).map(({ id }) => id);
		await world.engine.messages.sendEmail(request);
		await elsewhere.engine.messages.sendEmail(request);
		const kept = await idsOf(world);

		await world.engine.privacy.erasePerson({ kind: 'email', value: 'ada@x.org' }, { source: 'test' });
		const left = await everyRow(world.engine);
		await world.engine.suppression.remove([{ channel: 'email', address: 'ada@x.org' }], { source: 'test' });
		const again = await world.engine.messages.sendEmail(request);

		// What anybody can compute of all executions, and what the same mail is called in another database: none of it is here.
		const guesses = Array.from({ length: 100 }, (_none, n) => hashId('message', '', request.step.workflow, request.step.step, keyOf('ada@x.org', n)));
		expect([...guesses, ...(await idsOf(elsewhere))].filter((id) => left.includes(id))).toEqual([]);
		expect(await idsOf(world)).toEqual(kept);
		expect(again.map(({ outcome }) => outcome)).toEqual(['dropped']);
		expect(mailbox.accepted).toHaveLength(2);
		await elsewhere.close();
		await world.close();
		await mailbox.close();
	});

	it('keeps their devices suppressed too, readable entries becoming hashes, but nothing that belongs to somebody else', async () => {
		const { engine, close } = await openEngine(kind);
		const [device, shared] = ['device-token-7', '+4917012345678'];
		await engine.profiles.upsert([
			{ identities: [{ kind: 'user_id', value: 'owner' }, { kind: 'phone', value: shared }] },
			{ identities: [{ kind: 'user_id', value: 'ada' }, { kind: 'device', value: device }], attributes: { phone: shared } },
		], { source: 'test' });
		await engine.suppression.add([{ channel: 'push', address: device, reason: 'manual' }]);

		const report = await engine.privacy.erasePerson({ kind: 'user_id', value: 'ada' }, { source: 'test' });

		expect(report.addressesKept).toBe(2);
		expect(await everyRow(engine)).not.toContain(device);
		expect(await engine.suppression.check([{ channel: 'push', address: device }, { channel: 'webpush', address: device }, { channel: 'sms', address: shared }])).toEqual(['erased', 'erased', null]);
		await close();
	});

	it('keeps them suppressed when they are imported again, until somebody lifts it', async () => {
		const mailbox = await Mailbox.open();
		const world = await World.open(kind);
		const [trigger, step] = [world.walk.step('trigger', 'trigger'), world.walk.step('email', 'email')];
		await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await imported(world.engine.transfer, 'email\nAda@X.org\n');
		await world.engine.privacy.erasePerson({ kind: 'email', value: 'ada@x.org' }, { source: 'test' });

		await imported(world.engine.transfer, 'email,news\nada@x.org,yes\n', { columns: { news: { consent: 'email' } } });
		const ada = (await world.engine.profiles.get({ kind: 'email', value: 'ada@x.org' }))?.id ?? 0;
		await world.track('Signed Up', [ada]);
		const leg = await world.walk.start(trigger);
		const { results } = await world.walk.email(step, leg.people, mailbox.mail());

		expect(await world.engine.suppression.check([{ channel: 'email', address: 'ada@x.org' }])).toEqual(['erased']);
		expect(results).toMatchObject([{ outcome: 'skipped', reason: expect.stringContaining('erased') as string }]);
		expect(mailbox.accepted).toEqual([]);
		await world.close();
		await mailbox.close();
	});
});
