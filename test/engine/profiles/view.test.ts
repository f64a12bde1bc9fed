import { DATABASES } from '../databases';
import { World } from '../journeys/world';

describe.each(DATABASES)('the full picture of a person on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const ann = { kind: 'user_id', value: 'ann' };
	const view = () => world.engine.profiles.get(ann);

	it('has what they are, belong to, score, agreed to, wish, must not get, did, got and are in', async () => {
		const { engine } = world;
		await engine.segments.save({ name: 'Pros', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
		await engine.scores.saveModel({ name: 'Interest', rules: [{ name: 'bought', group: 'engagement', when: { event: 'Bought' }, points: 10 }] });
		await world.walk.register(world.walk.step('trigger', 'trigger'), { name: 'Welcome', entry: { kind: 'event', match: { event: 'Bought' } } });
		await engine.events.ingest([
			{ type: 'identify', userId: 'ann', anonymousId: 'browser', traits: { email: 'ann@x.org', plan: 'pro' } }, { type: 'group', userId: 'ann', groupId: 'acme', traits: { size: 3 } },
			{ type: 'track', event: 'Bought', userId: 'ann', properties: { total: '9.90' } },
		], { source: 's' });
		await engine.consent.set([{ profile: 1, channel: 'email', topic: 'news', state: 'unsubscribed', source: 'page' }]);
		await engine.consent.setDoNotSell([{ whose: { profileId: 1 }, active: true, source: 'page' }]);
		await engine.suppression.add([{ channel: 'email', address: 'ann@x.org', reason: 'complaint', source: 'test' }]);
		await engine.preferences.set([{ whose: { profileId: 1 }, maxPerWeek: 2, pausedUntil: '2026-03-02T09:00:01.000Z', language: 'de', source: 'page' }]);
		await engine.lists.create('VIP');
		await engine.lists.add('VIP', [{ profileId: 1 }]);

		expect(await view()).toMatchObject({
			id: 1, attributes: { email: 'ann@x.org', plan: 'pro' }, identities: [{ kind: 'anonymous_id' }, { kind: 'email' }, { kind: 'user_id' }], test: false,
			groups: [{ key: 'acme', attributes: { size: 3 } }], segments: ['Pros'], lists: ['VIP'],
			scores: [{ model: 'Interest', value: 10, fit: 0, engagement: 10, grade: expect.any(String) as string, bucket: expect.any(String) as string }],
			consents: [{ channel: 'email', topic: 'news', state: 'unsubscribed', source: 'page' }], doNotSell: true,
			suppressed: [{ channel: 'email', address: 'ann@x.org', reason: 'complaint' }], preferences: { maxPerWeek: 2, pausedUntil: '2026-03-02T09:00:01.000Z', language: 'de' },
			events: [{ name: 'Bought', properties: { total: '9.90' } }], messages: [], enrollments: [{ journey: 'Welcome', state: 'active' }], merges: [], mergedIds: [], apart: [],
		});
	});

	it('has nothing made up of somebody of whom nothing is known', async () => {
		await world.engine.events.ingest([{ type: 'identify', userId: 'ann' }], { source: 's' });

		expect(await view()).toMatchObject({
			attributes: {}, groups: [], segments: [], lists: [], scores: [], stage: null, consents: [], suppressed: [], preferences: { maxPerWeek: null, pausedUntil: null, language: null }, doNotSell: false,
			country: null, countryFrom: null, zone: 'UTC', zoneFrom: 'settings', location: null, events: [], messages: [], enrollments: [], merges: [], mergedIds: [], apart: [],
		});
	});

	it('shows the merges they came of, newest first, and whom they stay apart from', async () => {
		const ingest = (anonymousId: string) => world.engine.events.ingest([{ type: 'track', event: 'Seen', anonymousId }, { type: 'identify', userId: 'ann', anonymousId }], { source: 's' });
		await world.engine.events.ingest([{ type: 'track', event: 'Seen', anonymousId: 'one' }, { type: 'track', event: 'Seen', anonymousId: 'two' }, { type: 'identify', userId: 'ann' }], { source: 's' });
		await ingest('one');
		await ingest('two');
		await world.engine.profiles.unmerge(ann);

		expect(await view()).toMatchObject({ id: 3, mergedIds: [1], apart: [2], merges: [{ from: 2, undoneAt: expect.any(String) as string }, { from: 1, reason: 'anonymous_id', by: 's', undoneAt: null }] });
		expect(await world.engine.privacy.exportPerson(ann, { source: 'test' })).toMatchObject({ sections: { profile: { keptApartFrom: [{ profile: 2 }] } } });
	});

	describe('where the zone and the country are from', () => {
		it.each<[string, object, object]>([
			['an attribute', { timezone: 'Asia/Seoul', country: 'DE' }, { zone: 'Asia/Seoul', zoneFrom: 'timezone', country: 'DE', countryFrom: 'country' }],
			['the country', { address: { country: 'Austria' } }, { zone: 'Europe/Vienna', zoneFrom: 'country', country: 'AT', countryFrom: 'address.country' }],
			['the phone', { phone: '+81312345678' }, { zone: 'Asia/Tokyo', zoneFrom: 'country', country: 'JP', countryFrom: 'phone' }],
			['the settings', { country: 'US' }, { zone: 'UTC', zoneFrom: 'settings', country: 'US', countryFrom: 'country' }],
		])('%s', async (_what, traits, expected) => {
			await world.engine.events.ingest([{ type: 'identify', userId: 'ann', traits: traits as never }], { source: 's' });

			expect(await view()).toMatchObject(expected);
		});
	});

	describe('what the device tells', () => {
		const identify = (device: object, traits: object = {}) => world.engine.events.ingest([{ type: 'identify', userId: 'ann', traits: traits as never, device }], { source: 's' });

		it('becomes the zone and language of somebody who has none, and moves their segments', async () => {
			await world.engine.segments.save({ name: 'Berlin', rule: { attribute: 'timezone', operator: 'equals', value: 'Europe/Berlin' } });

			await identify({ timezone: 'Europe/Berlin', locale: 'de-DE' });

			expect(await view()).toMatchObject({ attributes: { timezone: 'Europe/Berlin', locale: 'de-DE' }, zone: 'Europe/Berlin', zoneFrom: 'timezone', segments: ['Berlin'] });
			expect((await world.engine.profiles.attributes()).map(({ name }) => name)).toEqual(expect.arrayContaining(['timezone', 'locale']));
		});

		it('replaces nothing that somebody has said, under whatever name', async () => {
			await world.engine.events.ingest([{ type: 'identify', userId: 'ann', traits: { time_zone: 'Asia/Seoul', language: 'ko' } }], { source: 's' });

			await identify({ timezone: 'Europe/Berlin', locale: 'de-DE' });
			await identify({ timezone: 'America/New_York' }, { timezone: 'Asia/Tokyo' });
			await identify({ timezone: 'America/New_York' }, { plan: 'pro' });

			expect((await view())?.attributes).toEqual({ time_zone: 'Asia/Seoul', language: 'ko', timezone: 'Asia/Tokyo', plan: 'pro' });
		});

		it('is left out where it can be no zone or language, and the message is taken', async () => {
			const report = await identify({ timezone: 'Mars/Olympus', locale: 'x'.repeat(500) }, { plan: 'pro' });

			expect(report).toMatchObject({ accepted: 1 });
			expect((await view())?.attributes).toEqual({ plan: 'pro' });
		});
	});
});
