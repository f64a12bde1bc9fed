import { ManualClock, silentLog, systemRandom } from '../../../engine/kernel';
import { COPIED_REASON, createSettings } from '../../../engine/settings';
import { openStore } from '../../../engine/store';
import { DATABASES, emptyDatabase, TEST_START_MS, testStore } from '../databases';

describe.each(DATABASES)('settings on %s', (kind) => {
	it('gives two processes that start together the same signing secret, and the same again after a restart', async () => {
		const { database, drop } = await emptyDatabase(kind);
		const clock = new ManualClock(TEST_START_MS);
		const stores = [await openStore({ database, clock, log: silentLog }), await openStore({ database, clock, log: silentLog })];

		const secrets = await Promise.all(stores.map((store) => createSettings({ store, random: systemRandom }).signingSecret()));
		const [first] = stores;
		const later = await createSettings({ store: first!, random: systemRandom }).signingSecret();

		expect(secrets[0]).toHaveLength(32);
		expect(new Set([...secrets, later].map((secret) => Buffer.from(secret).toString('hex'))).size).toBe(1);
		await Promise.all(stores.map((store) => store.close()));
		await drop();
	});

	it('makes a secret of its own for every database', async () => {
		const [a, b] = [await testStore(kind), await testStore(kind)];

		const secrets = await Promise.all([a, b].map(({ store }) => createSettings({ store, random: systemRandom }).signingSecret()));

		expect(Buffer.from(secrets[0]!).equals(secrets[1]!)).toBe(false);
		await a.close();
		await b.close();
	});

	it('stops all sending in a database that belonged to another instance, until it is resumed there', async () => {
		const { store, close } = await testStore(kind);
		const original = createSettings({ store, random: systemRandom });
		const copy = createSettings({ store, random: systemRandom });

		expect(await original.claimInstance('production')).toEqual({ copied: false });
		expect(await original.claimInstance('production')).toEqual({ copied: false });
		expect(await original.stopSwitch()).toEqual({ stopped: false, reason: null, atMs: null });

		expect(await copy.claimInstance('staging')).toEqual({ copied: true });
		expect(await copy.stopSwitch()).toEqual({ stopped: true, reason: COPIED_REASON, atMs: TEST_START_MS });

		await copy.resume();
		expect(await copy.claimInstance('staging')).toEqual({ copied: false });
		expect((await copy.stopSwitch()).stopped).toBe(false);
		expect(await original.claimInstance('production')).toEqual({ copied: true });
		await close();
	});

	it('keeps the reason somebody gave for stopping when the database turns out to be a copy, and the other way round', async () => {
		const { store, close } = await testStore(kind);
		const settings = createSettings({ store, random: systemRandom });
		await settings.claimInstance('production');

		await settings.stop('Wrong prices in the newsletter');
		await settings.claimInstance('staging');
		const copied = await settings.stopSwitch();
		await settings.stop('Testing');
		const both = await settings.stopSwitch();

		expect(copied.reason).toContain(COPIED_REASON);
		expect(copied.reason).toContain('Wrong prices in the newsletter');
		expect(both.reason).toContain(COPIED_REASON);
		expect(both.reason).toContain('Testing');
		await close();
	});

	it('reads the stop switch inside the transaction that asks', async () => {
		const { store, close } = await testStore(kind);
		const settings = createSettings({ store, random: systemRandom });
		await settings.stop('Maintenance');

		const seen = await store.tx('send', (tx) => settings.stopSwitch(tx));

		expect(seen).toMatchObject({ stopped: true, reason: 'Maintenance' });
		await close();
	});

	it('takes the tracking address of the collector configured last, and knows none when the last one is gone', async () => {
		const clock = new ManualClock(TEST_START_MS);
		const { store, close } = await testStore(kind, clock);
		const settings = createSettings({ store, random: systemRandom });
		const collector = (workflow: string) => ({ workflow, keys: [], publicUrl: `https://${workflow}.example.com`, port: null, host: '0.0.0.0' });

		const before = await settings.trackingAddress();
		await settings.saveCollector(collector('b'));
		clock.advance(1);
		await settings.saveCollector(collector('a'));
		const newest = await settings.trackingAddress();
		await settings.removeCollector('a');
		const older = await store.tx('send', (tx) => settings.trackingAddress(tx));
		await settings.removeCollector('b');

		expect([before, newest, older, await settings.trackingAddress()]).toEqual([null, 'https://a.example.com', 'https://b.example.com', null]);
		await close();
	});
});
