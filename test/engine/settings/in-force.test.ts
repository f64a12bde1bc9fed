import type { SettingsPatch } from '../../../engine/settings/types';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';

describe.each(DATABASES)('settings in words on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const words = async () => Object.fromEntries((await world.engine.settings.inForce()).map(({ setting, lines }) => [setting, lines.join(' | ')]));

	it('there are for each of them', async () => {
		expect(Object.keys(await words()).sort()).toEqual(Object.keys((await world.engine.settings.get()).values).sort());
	});

	it.each<[SettingsPatch, string, string]>([
		[{}, 'caps', 'At most 2 in 24 hours, 7 in 7 days'],
		[{ caps: [{ channel: 'sms', max: 1, perSeconds: 3_600 }] }, 'caps', 'At most 1 in 1 hour by sms'],
		[{ caps: [] }, 'caps', 'No frequency cap'],
		[{ quietHours: { from: '22:00', to: '07:30' } }, 'quietHours', 'Quiet hours: 22:00 to 07:30 where the person is'],
		[{ quietHours: null }, 'quietHours', 'No quiet hours'],
		[{ holdout: { percent: 2.5 } }, 'holdout', '2.5% of all people are held out of marketing'],
		[{ zone: 'Asia/Seoul' }, 'zone', 'Zone of people whose own is not known: Asia/Seoul'],
		[{ senders: [{ key: 'news', channel: 'email', address: 'n@x.org', name: 'News' }] }, 'senders', 'Senders: news (n@x.org)'],
		[{ blackoutDates: [{ date: '12-25', name: 'Christmas' }, { date: '2027-04-05' }] }, 'blackoutDates', 'Blackout dates: 12-25, 2027-04-05'],
		[{ retention: { 'Page Viewed': 90 } }, 'retention', 'Events are kept: Page Viewed 90 days, others for ever'],
		[{ retention: { 'Page Viewed': 90, '*': 400 } }, 'retention', 'Events are kept: Page Viewed 90 days, others 400 days'],
		[{ retention: { '*': 400 } }, 'retention', 'Events are kept: 400 days each'],
		[{}, 'identityLimits', 'Identities of a kind: 5 each'],
		[{ identityLimits: { email: 2 } }, 'identityLimits', 'Identities of a kind: email 2, others 5'],
		[{}, 'alerts', 'Alerts above: complaints 0.3%, bounces 5% | Alerts above: failures 20%, unsubscribes 5% | Entries: no limit. Unusual rates: alert | Stalled: 15 minutes. Brake: complaints, bounces, entries'],
		[{}, 'attribution', 'Credit for conversions: the last of clicked 7 days'],
		[{ attribution: { model: 'position', clickDays: 30, openDays: 1, sentDays: 0, halfLifeDays: 7, onlyMarketing: false } }, 'attribution', 'Credit for conversions: 40/20/40 of clicked 30 days, opened 1 day'],
		[{ conversions: [{ name: 'Orders', event: 'Order Completed' }] }, 'conversions', 'Conversions: Orders'],
		[{ executionDays: 1 }, 'executionDays', 'Executions are noted for 1 day'],
		[{ topics: Array.from({ length: 8 }, (_none, n) => ({ key: `t${n}`, name: 'T' })) }, 'topics', 'Topics: t0, t1, t2, t3, t4, t5 and 2 more'],
		[{ defaultCountry: 'DE' }, 'defaultCountry', 'Phone numbers without a country code: DE'],
	])('%j: %s', async (patch, setting, text) => {
		await world.engine.settings.set(patch);

		expect((await words())[setting]).toBe(text);
	});

	it('tell the tracking address that holds: the setting, else the collector\'s, else none', async () => {
		const before = (await words()).publicUrl;
		await world.engine.collector.configure({ writeKeys: { key: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'c' });
		const ofCollector = (await words()).publicUrl;
		await world.engine.settings.set({ publicUrl: 'https://links.example' });

		expect([before, ofCollector, (await words()).publicUrl]).toEqual([
			'Links have no address: marketing is refused', 'Links lead to https://n8n.example/webhook/j', 'Links lead to https://links.example',
		]);
	});
});
