import { sql } from 'kysely';

import { ManualClock, systemRandom } from '../../../engine/kernel';
import { auditIn } from '../../../engine/privacy';
import { createSettings, DEFAULT_SETTINGS, type SettingsPatch } from '../../../engine/settings';
import { openStore, type Store } from '../../../engine/store';
import { silentLog } from '../../../engine/kernel';
import { DATABASES, emptyDatabase, TEST_START_MS } from '../databases';

describe.each(DATABASES)('versions of the settings, on %s', (kind) => {
	let stores: Store[];
	let clock: ManualClock;
	let drop: () => Promise<void>;
	const settingsOf = (store: Store) => createSettings({ store, random: systemRandom, audit: auditIn });

	beforeEach(async () => {
		const empty = await emptyDatabase(kind);
		drop = empty.drop;
		clock = new ManualClock(TEST_START_MS);
		stores = [await openStore({ database: empty.database, clock, log: silentLog }), await openStore({ database: empty.database, clock, log: silentLog })];
	});
	afterEach(async () => {
		await Promise.all(stores.map((store) => store.close()));
		await drop();
	});

	it('are the defaults until somebody chooses: a cap, quiet hours from 21 to 8, and nothing that stores more than it must', async () => {
		const settings = settingsOf(stores[0]!);

		expect(await settings.api.get()).toEqual({ version: 0, values: DEFAULT_SETTINGS, chosen: [] });
		expect(await settings.current()).toMatchObject({ zone: 'UTC', quietHours: { from: '21:00', to: '08:00' }, storeIps: false, guardedPurposes: 'marketing' });
		expect((await settings.current()).caps.length).toBeGreaterThan(0);
		expect(await settings.api.history()).toEqual([]);
	});

	it('change by what is given only, and say who, when and what', async () => {
		const settings = settingsOf(stores[0]!);
		await settings.api.set({ zone: 'Europe/Berlin', currency: 'eur' }, { by: 'Set up' });
		clock.advance(1000);
		const changed = await settings.api.set({ quietHours: null, languages: ['de', 'en', 'de'] }, { by: 'Workflow 7' });

		expect(changed).toEqual({ version: 2, values: { ...DEFAULT_SETTINGS, zone: 'Europe/Berlin', currency: 'EUR', quietHours: null, languages: ['de', 'en'] }, chosen: ['zone', 'currency', 'languages', 'quietHours'] });
		expect(await settings.api.history()).toEqual([
			{ version: 2, at: '2026-03-02T09:00:01.000Z', by: 'Workflow 7', changed: ['languages', 'quietHours'], changes: [
				{ setting: 'languages', before: ['en'], after: ['de', 'en'] }, { setting: 'quietHours', before: { from: '21:00', to: '08:00' }, after: null },
			], restoredFrom: null, values: changed.values },
			{ version: 1, at: '2026-03-02T09:00:00.000Z', by: 'Set up', changed: ['zone', 'currency'], changes: [
				{ setting: 'zone', before: 'UTC', after: 'Europe/Berlin' }, { setting: 'currency', before: 'USD', after: 'EUR' },
			], restoredFrom: null, values: { ...DEFAULT_SETTINGS, zone: 'Europe/Berlin', currency: 'EUR' } },
		]);
		const audit = await stores[0]!.read((reader) => reader.all<{ action: string; actor: string; detail: unknown }>(sql<{ action: string; actor: string; detail: unknown }>`select action, actor, detail from audit order by id`));
		expect(audit.map(({ action, actor, detail }) => [action, actor, typeof detail === 'string' ? JSON.parse(detail) : detail])).toEqual([
			['settings.set', 'Set up', { version: 1, changed: ['zone', 'currency'] }],
			['settings.set', 'Workflow 7', { version: 2, changed: ['languages', 'quietHours'] }],
		]);
	});

	it('make no version of what changes nothing, and go back to a default that is asked for', async () => {
		const settings = settingsOf(stores[0]!);
		await settings.api.set({ zone: 'Asia/Seoul', caps: [] });
		const same = await settings.api.set({ zone: 'Asia/Seoul' });
		const byNull = await settings.api.set({ caps: null });
		const byReset = await settings.api.set({}, { reset: ['zone'] });

		expect([same.version, byNull.version, byReset.version]).toEqual([1, 2, 3]);
		expect(byNull.values.caps).toEqual(DEFAULT_SETTINGS.caps);
		expect(byReset).toMatchObject({ values: DEFAULT_SETTINGS, chosen: [] });
	});

	it('are seen by another process at its next look, and kept between looks', async () => {
		const [here, there] = stores.map(settingsOf);
		await there!.current();
		await here!.api.set({ zone: 'Asia/Seoul' });
		const seen = await there!.current();

		expect(seen.zone).toBe('Asia/Seoul');
		expect(await there!.current()).toBe(seen);
		expect((await stores[1]!.tx('send', (tx) => there!.current(tx))).zone).toBe('Asia/Seoul');
	});

	it('refuse a change that was made from an older version, and of two at once one waits for the other', async () => {
		const [here, there] = stores.map(settingsOf);
		await here!.api.set({ zone: 'Asia/Seoul' }, { ifVersion: 0 });
		await expect(there!.api.set({ zone: 'Europe/Paris' }, { ifVersion: 0 })).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('version 1') });
		await Promise.all([here!.api.set({ currency: 'KRW' }), there!.api.set({ defaultCountry: 'kr' }), here!.api.set({ behindAfter: 5 }), there!.api.set({ storeIps: true })]);

		expect(await here!.api.get()).toMatchObject({ version: 5, values: { zone: 'Asia/Seoul', currency: 'KRW', defaultCountry: 'KR', behindAfter: 5, storeIps: true } });
		expect((await here!.api.history({ limit: 2 })).map(({ version }) => version)).toEqual([5, 4]);
	});

	it('are restored by a version that says from which; 0 is all defaults', async () => {
		const settings = settingsOf(stores[0]!);
		await settings.api.set({ zone: 'Asia/Seoul' });
		await settings.api.set({ zone: 'Europe/Paris', storeIps: true });
		const restored = await settings.api.restore(1, { ifVersion: 2, by: 'Workflow 7' });
		const defaults = await settings.api.restore(0);

		expect(restored).toMatchObject({ version: 3, values: { zone: 'Asia/Seoul', storeIps: false }, chosen: ['zone'] });
		expect(defaults).toEqual({ version: 4, values: DEFAULT_SETTINGS, chosen: [] });
		expect((await settings.api.history())[1]).toMatchObject({ version: 3, by: 'Workflow 7', changed: ['zone', 'storeIps'], restoredFrom: 1 });
		await expect(settings.api.restore(17)).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await expect(settings.api.restore(1, { ifVersion: 2 })).rejects.toMatchObject({ code: 'CONFLICT' });
	});

	it('lead links to the address that is set, as long as a collector answers at all', async () => {
		const settings = settingsOf(stores[0]!);
		await settings.api.set({ publicUrl: 'https://links.shop.example/j/' });
		const without = await settings.trackingAddress();
		await settings.saveCollector({ workflow: 'c', keys: [], publicUrl: 'https://n8n.shop.example/webhook', port: null, host: '0.0.0.0' });

		expect([without, await settings.trackingAddress()]).toEqual([null, 'https://links.shop.example/j']);
	});

	it.each<[string, unknown, RegExp]>([
		['zone', 'Berlin', /IANA.*Europe\/Berlin/],
		['defaultCountry', 'Germany', /two letters/],
		['defaultCountry', 'EU', /code of a country/],
		['defaultCountry', 'XX', /code of a country/],
		['currency', 'Euro', /three letters/],
		['currency', 'EUX', /code of a currency/],
		['topics', [{ key: 'news', channels: ['emial'] }], /names a channel that there is not; use one of email, sms/],
		['caps', [{ channel: 'emial', max: 1, perSeconds: 60 }], /names a channel that there is not/],
		['senders', [{ key: 'a', channel: 'mail', address: 'a@b.example' }], /names a channel that there is not/],
		['languages', [], /at least one/],
		['languages', ['deutsch sprache'], /language codes/],
		['topics', [{ name: 'News' }, { key: ' ' }], /key/],
		['topics', [{ key: 'News' }, { key: 'news ' }], /twice/],
		['topics', [{ key: 'x'.repeat(201) }], /keys of at most 200 characters/],
		['topics', [{ key: 'a\0b' }], /a key for every topic/],
		['caps', [{ max: 0, perSeconds: 60 }], /"max".*Stop Sending/],
		['caps', [{ max: 1, perSeconds: 'a day' }], /"perSeconds".*86400/],
		['caps', [{ max: 1, perSeconds: 60 }, { channel: 'all', max: 2, perSeconds: 60 }], /twice/],
		['quietHours', '21-8', /object/],
		['quietHours', { from: '21', to: '8:00' }, /24-hour/],
		['quietHours', { from: '8:00', to: '08:00' }, /same time/],
		['blackoutDates', ['25.12.'], /every year/],
		['blackoutDates', [{ date: '2027-02-29' }], /calendar/],
		['guardedPurposes', 'none', /"marketing"/],
		['holdAtMostHours', -1, /whole number/],
		['senders', [{ key: 'a', address: 'Shop <a@b.example>' }], /email address/],
		['publicUrl', 'links.example.com', /https:\/\//],
		['publicUrl', 'ftp://links.example.com', /web address/],
		['retention', { 'Page Viewed': 0 }, /Page Viewed/],
		['identityLimits', { user_id: 2 }, /user_id/],
		['blockedIdentities', { email: 'test@example.com' }, /list/],
		['corsOrigins', ['https://shop.example.com/checkout'], /without a path/],
		['corsOrigins', ['https://*.example.com'], /every origin by itself/],
		['retention', { ' ': 30 }, /without the name of an event/],
		['behindAfter', 1.5, /whole number/],
		['storeIps', 'yes', /true or false/],
		['conversions', [{ name: 'Orders' }], /name of an event/],
		['conversions', [{ name: 'a', event: 'A' }, { name: 'A', event: 'B' }], /twice/],
		['conversions', [{ event: 'A', refund: 'B' }], /refund without an order/],
		['conversions', [{ event: 'A', order: 'id', refund: 'A' }], /negative value/],
		['conversions', [{ event: 'A', order: 'ids.0' }], /path of a property/],
		['attribution', { model: 'lsat' }, /one of last, first, linear/],
		['attribution', { clickDays: 400 }, /from 0 to 365/],
		['attribution', { clickDays: 0 }, /neither clicks nor opens/],
		['attribution', { halfLifeDays: 0 }, /above 0/],
		['attribution', { window: 7 }, /has no "window"/],
		['quietTimes', {}, /no setting "quietTimes".*quietHours/],
	])('refuse %s = %j and say what to write', async (name, value, message) => {
		const settings = settingsOf(stores[0]!);

		await expect(settings.api.set({ [name]: value } as SettingsPatch)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(message) });
		expect((await settings.api.get()).version).toBe(0);
	});

	it('say who messages come from: the sender of a key, or the first of the channel', async () => {
		const settings = settingsOf(stores[0]!);
		const none = await settings.api.sender('email');
		await settings.api.set({ senders: [{ key: 'texts', channel: 'sms', address: '+491701234567' }, { key: 'News', channel: 'email', address: 'news@shop.example', name: 'The Shop' }, { key: 'help', channel: 'email', address: 'help@shop.example' }] });

		expect(none).toBeNull();
		expect((await settings.api.sender('email'))?.key).toBe('News');
		expect(await settings.api.sender('email', ' news ')).toEqual({ key: 'News', channel: 'email', address: 'news@shop.example', name: 'The Shop' });
		await expect(settings.api.sender('email', 'texts')).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringMatching(/"texts".*There are: News, help\./) });
		await expect(settings.api.sender('push', 'x')).rejects.toMatchObject({ message: expect.stringContaining('There are none for push yet') });
	});

	it('are not restored with what is refused today', async () => {
		const settings = settingsOf(stores[0]!);
		await settings.api.set({ caps: [{ channel: 'email', max: 1, perSeconds: 60 }] });
		await stores[0]!.tx('older', (tx) => tx.run(sql`update settings_version set chosen = ${tx.dialect.json({ caps: [{ channel: 'emial', max: 1, perSeconds: 60 }] })} where version = 1`));
		await settings.api.set({ caps: [] });

		await expect(settings.api.restore(1)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('channel') });
		expect((await settings.api.get()).version).toBe(2);
	});

	it('show of each version what it changed, also of the oldest one listed', async () => {
		const settings = settingsOf(stores[0]!);
		await settings.api.set({ zone: 'Asia/Seoul' });
		await settings.api.set({ zone: 'Europe/Paris' });
		await settings.api.restore(1);

		expect((await settings.api.history({ limit: 2 })).map(({ version, changes }) => [version, changes])).toEqual([
			[3, [{ setting: 'zone', before: 'Europe/Paris', after: 'Asia/Seoul' }]], [2, [{ setting: 'zone', before: 'Asia/Seoul', after: 'Europe/Paris' }]],
		]);
	});

	it('are stored in one spelling', async () => {
		const { values } = await settingsOf(stores[0]!).api.set({
			topics: [{ key: ' Offers ', name: 'Offers', description: ' ', channels: ['email', 'email'] }],
			caps: [{ channel: 'sms', max: '1' as unknown as number, perSeconds: 86_400 }],
			quietHours: { from: '9:05', to: '7:00' }, defaultCountry: 'uk', currency: 'eur',
			blackoutDates: ['12-25' as unknown as { date: string }, { date: '2027-04-05', name: 'Easter Monday' }],
			senders: [{ key: 'news', channel: 'email', address: 'news@shop.example', replyTo: 'help@shop.example' }],
			retention: { 'Page Viewed': 90, '*': 730 },
			identityLimits: { user_id: 1, email: 3 },
			blockedIdentities: { user_id: [0 as unknown as string, 'Guest'] },
			corsOrigins: ['https://Shop.example.com/', 'http://localhost:3000'],
			publicUrl: '',
		} as SettingsPatch);

		expect(values).toMatchObject({
			topics: [{ key: 'offers', name: 'Offers', channels: ['email'] }], caps: [{ channel: 'sms', max: 1, perSeconds: 86_400 }],
			quietHours: { from: '09:05', to: '07:00' }, blackoutDates: [{ date: '12-25' }, { date: '2027-04-05', name: 'Easter Monday' }],
			defaultCountry: 'GB', currency: 'EUR', blockedIdentities: { user_id: ['0', 'guest'] }, corsOrigins: ['https://shop.example.com', 'http://localhost:3000'], publicUrl: null,
		});
	});
});
