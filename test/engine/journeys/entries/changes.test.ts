import type { Consent } from '../../../../engine/consent';
import type { JourneyEntry } from '../../../../engine/journeys/types';
import type { JsonObject } from '../../../../engine/kernel';
import { DATABASES } from '../../databases';
import { World } from '../world';

const TO_PRO: JourneyEntry = { kind: 'attribute', attribute: 'plan', from: { operator: 'notEquals', value: 'trial' }, to: { operator: 'in', value: ['pro', 'max'] } };

describe.each(DATABASES)('journeys that start by a change of a person on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const trigger = (step = 'trigger') => world.walk.step(step, 'trigger');
	const set = async (profileId: number, attributes: Record<string, unknown>, historical = false) => await world.engine.profiles.upsert([{ profileId, attributes: attributes as never }], { source: 'test', historical });
	const entered = async () => (await world.rows<{ profile: number }>('select profile from enrollment order by id')).map(({ profile }) => profile);

	it('start when an attribute becomes another value that passes both tests, and not when it is set to what it was', async () => {
		await world.walk.register(trigger(), { entry: TO_PRO, carryEvent: true });
		const [ann = 0, ben = 0] = await world.people(2, { attributes: { plan: 'free' } });
		await set(ben, { plan: 'trial' });

		await set(ann, { plan: 'pro', city: 'Rome' });
		await set(ann, { plan: 'pro' });
		await set(ann, { plan: 'free' });
		await set(ben, { plan: 'pro' });
		const { people } = await world.walk.start(trigger());

		expect(await entered()).toEqual([ann]);
		expect(people.map(({ json }) => json)).toEqual([{ profileId: ann, event: { name: 'Attribute Changed', properties: { attribute: 'plan', from: 'free', to: 'pro' } } }]);
	});

	it('start by tracking, operations and a value within an object too, and by an import only when it is asked to', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'attribute', attribute: 'address.city', to: { operator: 'equals', value: 'Rome' } } });
		await world.walk.register(trigger('visits'), { entry: { kind: 'attribute', attribute: 'visits', to: { operator: 'greater', value: 1 } } });
		const [ann = 0, ben = 0, cid = 0] = await world.people(3);

		await world.engine.events.ingest([{ type: 'identify', profileId: ann, traits: { address: { city: 'Rome', street: 'Via' } } }], { source: 'test' });
		await set(ann, { address: { city: 'Rome', street: 'Corso' } });
		for (let n = 0; n < 2; n += 1) await world.engine.profiles.upsert([{ profileId: ben, operations: [{ attribute: 'visits', operation: 'increment', value: 1 }] }], { source: 'test' });
		await set(cid, { address: { city: 'Rome' } }, true);

		expect(await entered()).toEqual([ann, ben]);
	});

	it('count each change of one person in one batch, as they would in batches of their own', async () => {
		await world.walk.register(trigger(), { entry: TO_PRO });
		const [ann = 0] = await world.people(1, { attributes: { plan: 'free' } });

		await world.engine.profiles.upsert(['pro', 'free', 'max'].map((plan) => ({ profileId: ann, attributes: { plan } })), { source: 'test' });

		expect(await entered()).toEqual([ann, ann]);
		expect(await world.rows('select reason from refusal')).toEqual([]);
	});

	it('start with the same number of statements for 500 people as for one, and refuse whoever is inside', async () => {
		await world.walk.register(trigger(), { entry: TO_PRO, reEntry: 'afterLeaving' });
		const people = await world.people(500, { attributes: { plan: 'free' } });

		for (const plan of ['pro', 'free', 'max']) await world.engine.profiles.upsert(people.map((profileId) => ({ profileId, attributes: { plan } })), { source: 'test' });

		expect(await entered()).toHaveLength(500);
		expect(await world.rows('select reason, count(*) as n from refusal group by reason')).toEqual([{ reason: 'is in this journey already', n: 500 }]);
	});

	it('start in the transaction of the change: of a process that dies before its end nothing is left (rule 19)', async () => {
		let dies = false;
		await world.close();
		world = await World.open(kind, { atPoint: (point) => {
			if (dies && point === 'upsert:before-commit') throw new Error('the process dies here');
		} });
		await world.walk.register(trigger(), { entry: TO_PRO });
		const [ann = 0] = await world.people(1, { attributes: { plan: 'free' } });

		dies = true;
		await expect(set(ann, { plan: 'pro' })).rejects.toThrow('the process dies here');
		const after = await entered();
		dies = false;
		await set(ann, { plan: 'pro' });

		expect([after, await entered()]).toEqual([[], [ann]]);
	});

	it('do not start because two people become one, whatever the one now has, nor when that is taken back', async () => {
		await world.walk.register(trigger(), { entry: TO_PRO });
		const { profiles: [one = 0, two = 0] } = (await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'a@customer.example' }] }, { identities: [{ kind: 'email', value: 'b@customer.example' }], attributes: { plan: 'pro' } }], { source: 'test', historical: true })) as { profiles: number[] };

		await world.engine.profiles.merge({ profileId: one }, { profileId: two });
		await world.engine.profiles.unmerge({ profileId: one });

		expect(await entered()).toEqual([]);
	});

	it('start when a person comes to say yes, no or nothing yet to a channel or topic, by whatever way, once a change', async () => {
		await world.walk.register(trigger('yes'), { entry: { kind: 'consent', channel: 'email', topic: 'News', state: 'subscribed' } });
		await world.walk.register(trigger('no'), { entry: { kind: 'consent', channel: 'email', state: 'unsubscribed' } });
		await world.walk.register(trigger('asked'), { entry: { kind: 'consent', channel: 'sms', state: 'pending' }, carryEvent: true });
		const [ann = 0] = await world.people(1);
		const say = async (channel: string, topic: string, state: 'subscribed' | 'unsubscribed' | 'pending', source = 'test') => await world.engine.consent.set([{ profile: ann, channel, topic, state, source }]);
		const who = async () => (await world.rows<{ journey: string }>('select journey from enrollment order by id')).map(({ journey }) => journey);

		await say('email', 'news', 'subscribed');
		await say('email', 'news', 'subscribed', 'another form');
		await say('email', 'offers', 'subscribed');
		await say('email', '', 'unsubscribed');
		await say('sms', '', 'pending');
		await world.engine.consent.setFor([{ whose: { profileId: ann }, channel: 'email', topic: 'news', state: 'unsubscribed', source: 'import' }, { whose: { profileId: ann }, channel: 'email', topic: 'news', state: 'subscribed', source: 'import' }], { historical: true });
		const { people } = await world.walk.start(trigger('asked'));

		expect(await who()).toEqual(['yes', 'no', 'asked'].map((step) => world.journey(step)));
		expect(people[0]?.json.event).toEqual({ name: 'Consent Changed', properties: { channel: 'sms', topic: '', from: 'none', to: 'pending' } });
	});

	it('start by a confirmed double opt-in, by an import that is asked to, and not by a merge that takes the stricter of two words', async () => {
		await world.engine.collector.configure({ writeKeys: { key: 'site' }, publicUrl: 'https://n8n.example/webhook/journeys', port: null, workflow: 'collector' });
		await world.walk.register(trigger('yes'), { entry: { kind: 'consent', channel: 'email', topic: 'news', state: 'subscribed' } });
		await world.walk.register(trigger('no'), { entry: { kind: 'consent', channel: 'email', topic: 'news', state: 'unsubscribed' } });
		const made = await world.engine.profiles.upsert(['a', 'b', 'c'].map((value) => ({ identities: [{ kind: 'email', value: `${value}@customer.example` }] })), { source: 'test' });
		const [ann = 0, ben = 0, cid = 0] = made.profiles.map(Number);
		const { requests } = await world.engine.consent.request([{ whose: { profileId: ann }, channel: 'email', topic: 'news', textVersion: 'form 1', source: 'form' }]);
		const asked = await entered();
		const token = new URL(requests[0]?.confirmUrl ?? '').searchParams.get('t') ?? '';

		await (world.engine.consent as Consent).optIn.confirm(token, { language: 'en' });
		await world.engine.consent.setFor([{ whose: { profileId: ben }, channel: 'email', topic: 'news', state: 'unsubscribed', source: 'import' }], { historical: false });
		await world.engine.profiles.merge({ profileId: cid }, { profileId: ben });

		expect(asked).toEqual([]);
		expect(await world.rows('select journey, profile from enrollment order by id')).toEqual([{ journey: world.journey('yes'), profile: ann }, { journey: world.journey('no'), profile: ben }]);
	});

	it('start when a location comes into a circle, from outside or from nowhere known, and not when it moves within', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'area', lat: 52.52, lon: 13.405, km: 10 } });
		const [ann = 0, ben = 0] = await world.people(2);

		await set(ann, { location: { lat: 52.5, lon: 13.4 } });
		await set(ann, { location: { lat: 52.51, lon: 13.41 } });
		await set(ben, { location: { lat: 48.1, lon: 11.6 } });
		await set(ben, { location: '52.53, 13.39' });
		await set(ben, { location: { lat: 48.1, lon: 11.6 } });
		await set(ben, { location: { latitude: 52.53, lng: 13.39 } });

		expect(await entered()).toEqual([ann, ben, ben]);
	});

	it('read a location as Profile: Get does: also latitude and longitude that stand alone, where the attribute holds no place', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'area', lat: 52.52, lon: 13.405, km: 10, attribute: 'location' }, carryEvent: true });
		const [ann = 0, ben = 0, cid = 0, dan = 0, eve = 0] = await world.people(5);
		const move = async (...moves: Array<[number, JsonObject]>) => {
			const before = (await entered()).length;
			await world.engine.profiles.upsert(moves.map(([profileId, attributes]) => ({ profileId, attributes })), { source: 'test' });
			return (await entered()).slice(before);
		};

		expect(await move([ann, { lat: 48.1, lon: 13.4 }])).toEqual([]);
		// Taken one after the other, the first of the two would lead into the circle.
		expect(await move([ann, { lat: 52.5, lon: 2.3 }])).toEqual([]);
		expect(await move([ann, { lon: '13.4' }], [ben, { latitude: 52.5, lng: 13.4 }])).toEqual([ann, ben]);
		// The attribute counts more than the two.
		expect(await move([cid, { location: { lat: 48.1, lon: 11.6 }, lat: 52.5, lon: 13.4 }])).toEqual([]);
		expect(await move([cid, { location: null }])).toEqual([cid]);
		expect(await move([cid, { location: '52.51, 13.41' }])).toEqual([]);
		// Out and in again within one batch is an entering.
		expect(await move([ann, { lat: 48.1 }], [ann, { lat: 52.51 }], [dan, { location: 'home', lat: 52.5, lon: 13.4 }])).toEqual([ann, dan]);
		expect(await move([eve, { place: { lat: 52.5, lon: 13.4 } }])).toEqual([]);
		expect((await world.rows<{ entered_by: unknown }>(`select entered_by from enrollment where profile in (${ben}, ${cid}) order by id`)).map(({ entered_by: by }) => (typeof by === 'string' ? JSON.parse(by) : by) as object)).toEqual([
			{ name: 'Area Entered', properties: { location: { lat: 52.5, lon: 13.4 } } }, { name: 'Area Entered', properties: { location: { lat: 52.5, lon: 13.4 } } },
		]);
	});

	it('start when an event tells of a place within a circle after one outside of it, by the events\' own times', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'area', lat: 52.52, lon: 13.405, km: 10, event: 'Checked In', property: 'place' }, carryEvent: true });
		const [ann = 0] = await world.people(1);
		const at = async (lat: number, lon: number, minutesAgo: number) => (await world.engine.events.ingest([{ type: 'track', event: 'Checked In', profileId: ann, properties: { place: { lat, lon } }, timestamp: world.clock.nowMs() - minutesAgo * 60_000 }], { source: 'test' })).entered;

		const told = [await at(48.1, 11.6, 50), await at(52.5, 13.4, 40), await at(52.51, 13.4, 30), await at(48.1, 11.6, 45), await at(48.1, 11.6, 20), await at(52.5, 13.4, 10), await at(52.5, 13.4, 60)];
		const { people } = await world.walk.start(trigger());

		// The place of an hour ago is handed in last: nothing is known of before, so it is an entering too.
		expect(told).toEqual([0, 1, 0, 0, 0, 1, 1]);
		expect(people[0]?.json.event).toMatchObject({ name: 'Checked In', properties: { place: { lat: 52.5 } } });
	});

	it.each<[string, JourneyEntry]>([
		['an attribute\'s test', { kind: 'attribute', attribute: 'plan', to: { operator: 'greater' } }], ['a channel', { kind: 'consent', channel: 'fax', state: 'subscribed' }],
		['a place', { kind: 'area', lat: 120, lon: 0, km: 1 }], ['a radius', { kind: 'area', lat: 1, lon: 0, km: 0 }], ['what a message did', { kind: 'message', happened: 'lost' as never }],
		['a sender\'s workflow', { kind: 'message', happened: 'opened', step: 'mail' }], ['a time of day', { kind: 'date', attribute: 'birthday', yearly: true, offsetDays: 0, at: '9 am' }],
		['a number of days', { kind: 'date', attribute: 'birthday', yearly: true, offsetDays: 0.5, at: '09:00' }], ['a cron expression', { kind: 'schedule', when: { cron: '0 0 9 * * 1' }, people: { rule: { all: [] } }, localTime: false }],
		['a time', { kind: 'schedule', when: { at: 'soon' }, people: { rule: { all: [] } }, localTime: false }], ['a segment that there is', { kind: 'schedule', when: { cron: '0 9 * * 1' }, people: { name: 'Nobody' }, localTime: false }],
	])('are not published without %s', async (_what, entry) => {
		await expect(world.walk.register(trigger(), { entry })).rejects.toMatchObject({ code: expect.stringMatching(/BAD_INPUT|RULE_INVALID|NOT_FOUND/) as string });
		expect(await world.rows('select id from journey')).toEqual([]);
	});
});
