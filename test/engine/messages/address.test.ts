import { DATABASES } from '../databases';
import type { Leg } from '../journeys/walk';
import { HOUR_MS, World } from '../journeys/world';
import { Mailbox } from './mailbox';

/** Ways in which a person could get another's mail, none, or one against their word; each was found by attacking the engine. */
describe.each(DATABASES)('whom a mail goes to, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = (name: string) => world.walk.step('email', name);
	const source = { source: 'test' };

	beforeEach(async () => {
		mailbox = await Mailbox.open();
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime' });
	});
	afterEach(async () => {
		await world.close();
		await mailbox.close();
	});

	async function enter(profiles: number[]): Promise<Leg> {
		await world.track('Signed Up', profiles);
		return await world.walk.start(trigger());
	}

	it('never at an address that somebody replaced by one that belongs to another profile', async () => {
		// A user id of its own: without one the two would be one person.
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'new@x.example' }, { kind: 'user_id', value: 'u2' }] }], source);
		const [person] = (await world.engine.events.ingest([{ type: 'identify', userId: 'u1', traits: { email: 'typo@x.example' } }], source)).profiles;
		await world.engine.events.ingest([{ type: 'identify', userId: 'u1', traits: { email: 'new@x.example' } }], source);
		const leg = await enter([Number(person)]);

		const { results } = await world.walk.email(step('email'), leg.people, mailbox.mail());

		expect(results).toMatchObject([{ outcome: 'skipped', reason: 'the email address belongs to another profile' }]);
		expect(mailbox.accepted).toEqual([]);
	});

	it.each([['unset', null], ['emptied', ''], ['overwritten by no address', 'none']])('never at an address that was %s', async (_how, email) => {
		const [person] = (await world.engine.events.ingest([{ type: 'identify', userId: 'u1', traits: { email: 'Gone@x.example' } }], source)).profiles;
		await world.engine.events.ingest([{ type: 'identify', userId: 'u1', traits: { email } }], source);
		const leg = await enter([Number(person)]);

		const { results } = await world.walk.email(step('email'), leg.people, mailbox.mail());

		expect(results).toMatchObject([{ outcome: 'skipped', reason: 'no email address' }]);
		expect(mailbox.accepted).toEqual([]);
	});

	it('never at an older address when the newer one that replaced it is unset', async () => {
		const identify = async (email: string | null) => (await world.engine.events.ingest([{ type: 'identify', userId: 'u1', traits: { email } }], source)).profiles[0];
		const person = await identify('old@x.example');
		await identify('new@x.example');
		await identify(null);
		const leg = await enter([Number(person)]);

		const { results } = await world.walk.email(step('email'), leg.people, mailbox.mail());

		expect(results).toMatchObject([{ outcome: 'skipped', reason: 'no email address' }]);
		expect(mailbox.accepted).toEqual([]);
	});

	it('at the address that was set again, or anew, right after it was unset', async () => {
		const identify = (userId: string, email: string | null) => ({ type: 'identify' as const, userId, traits: { email } });
		await world.engine.events.ingest([identify('u1', 'one@x.example'), identify('u2', 'two@x.example')], source);
		const { profiles } = await world.engine.events.ingest([identify('u1', null), identify('u2', null), identify('u1', 'one@x.example'), identify('u2', 'new@x.example')], source);
		const leg = await enter(profiles.slice(0, 2).map(Number));

		await world.walk.email(step('email'), leg.people, mailbox.mail());

		expect(mailbox.accepted.map(({ to }) => to).sort()).toEqual(['new@x.example', 'one@x.example']);
		expect(await world.engine.profiles.get({ kind: 'email', value: 'two@x.example' })).toBeNull();
	});

	it('outside a journey at the address that was given, though the person has another one too', async () => {
		await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'u1' }, { kind: 'email', value: 'work@x.example' }], attributes: { email: 'private@x.example' } }], source);

		await world.engine.messages.sendEmail({ ...mailbox.mail(), step: step('email'), items: [{ index: 0, contact: { email: 'work@x.example', key: 'k' }, item: {} }] });

		expect(mailbox.accepted.map(({ to }) => to)).toEqual(['work@x.example']);
	});

	it('an opt-out holds when the step got its topic while the person waited there', async () => {
		const people = await world.people(2);
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		await world.engine.consent.set([{ profile: Number(people[0]), channel: 'email', topic: 'newsletter', state: 'unsubscribed', source: 'one-click' }]);
		await world.engine.journeys.stopSending('The topic is missing');
		const leg = await enter(people);
		await world.walk.email(step('email'), leg.people, mailbox.mail({ purpose: 'marketing', topic: '' }));
		await world.walk.settle(leg);

		await world.engine.journeys.resumeSending();
		const again = await world.walk.start(step('email'));
		const { results } = await world.walk.email(step('email'), again.people, mailbox.mail({ purpose: 'marketing', topic: 'Newsletter' }));

		expect(results.map(({ outcome, reason }) => `${outcome} ${reason}`).sort()).toEqual(['sent null', 'skipped no consent: unsubscribed from the topic']);
		expect((await world.rows<{ topic: string }>('select topic from message')).map(({ topic }) => topic)).toEqual(['newsletter', 'newsletter']);
	});

	it('an opt-out holds when the step became marketing while the person waited there', async () => {
		const [person] = await world.people(1);
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		await world.engine.consent.set([{ profile: Number(person), channel: 'email', topic: 'offers', state: 'unsubscribed', source: 'page' }]);
		const leg = await enter([Number(person)]);
		await mailbox.die();
		await world.walk.email(step('email'), leg.people, mailbox.mail({ purpose: 'transactional', topic: '' }));
		await mailbox.revive();
		await world.walk.settle(leg);
		world.clock.advance(HOUR_MS);

		const again = await world.walk.start(step('email'));
		const { results } = await world.walk.email(step('email'), again.people, mailbox.mail({ purpose: 'marketing', topic: 'offers' }));

		expect(results).toMatchObject([{ outcome: 'skipped', reason: 'no consent: unsubscribed from the topic' }]);
		expect(mailbox.accepted).toEqual([]);
	});

	it('an opt-out of a topic holds however its name is spelled', async () => {
		const [person] = await world.people(1);
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		await world.engine.consent.set([{ profile: Number(person), channel: 'email', topic: 'newsletter', state: 'unsubscribed', source: 'page' }]);
		const leg = await enter([Number(person)]);

		const { results } = await world.walk.email(step('email'), leg.people, mailbox.mail({ purpose: 'marketing', topic: ' Newsletter' }));

		expect(results).toMatchObject([{ outcome: 'skipped', reason: 'no consent: unsubscribed from the topic' }]);
	});

	it('a mail that was deferred is not taken for the next mail of the same leg: both arrive', async () => {
		const people = await world.people(2);
		await world.engine.journeys.stopSending('a check');
		const stopped = await enter(people);
		await world.walk.email(step('first'), stopped.people, mailbox.mail());
		await world.walk.settle(stopped);
		await world.engine.journeys.resumeSending();
		const leg = await world.walk.start(step('first'));

		const first = await world.walk.email(step('first'), leg.people, mailbox.mail());
		const second = await world.walk.email(step('second'), first.sent, mailbox.mail());

		expect([...first.results, ...second.results].map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent', 'sent']);
		expect(new Set([...first.results, ...second.results].map(({ message }) => message)).size).toBe(4);
		expect(mailbox.accepted).toHaveLength(4);
	});

	it('one person whose mail cannot be made is held; the others of the batch get theirs', async () => {
		const people = await world.people(4);
		const unusual = { deep: '<b>'.repeat(10_000), link: `https://x.example/${'\\'.repeat(7_900)}` };
		for (const [name, value] of Object.entries(unusual)) await world.engine.profiles.upsert([{ profileId: Number(people[1]), attributes: { [name]: value } }], source);
		const leg = await enter(people);
		const content = { subject: 's', body: { kind: 'html' as const, source: '<p>{{ profile.deep | raw }}</p><a href="{{ profile.link }}">x</a>' } };

		const { results } = await world.walk.email(step('email'), leg.people, mailbox.mail({ content }));

		expect(results.map(({ outcome }) => outcome).sort()).toEqual(['parked', 'sent', 'sent', 'sent']);
		expect((await world.messages()).map(({ state }) => state).sort()).toEqual(['reserved', 'sent', 'sent', 'sent']);
		expect(await world.engine.journeys.people({ workflow: trigger().workflow })).toEqual(expect.arrayContaining([expect.objectContaining({ profile: people[1], state: 'held' })]));
	});
});

describe.each(DATABASES)('what happens between the steps, on %s', (kind) => {
	let world: World;
	const trigger = () => world.walk.step('trigger', 'trigger');
	const wait = () => world.walk.step('wait', 'wait');
	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Cart' } } });
	});
	afterEach(() => world.close());

	it('an order in the same batch as the cart ends the wait for it', async () => {
		const [person] = await world.people(1);
		const profileId = Number(person);
		await world.engine.events.ingest([{ type: 'track', event: 'Cart', profileId }, { type: 'track', event: 'Order', profileId }], { source: 'test' });
		const leg = await world.walk.start(trigger());

		await world.walk.park(wait(), leg.people, 4 * HOUR_MS, { event: 'Order' });
		await world.walk.settle(leg);
		const resumed = await world.walk.start(wait());

		expect(resumed.people).toHaveLength(1);
		expect((await world.walk.resume(wait(), resumed.people)).map((people) => people.length)).toEqual([1, 0]);
	});

	it('after n8n was down, what arrives while it publishes one journey after the other still enters all of them', async () => {
		const [person] = await world.people(1);
		world.clock.advance(HOUR_MS);
		const { engine } = await world.another();
		await engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });

		const early = await engine.events.ingest([{ type: 'track', event: 'Cart', profileId: Number(person) }], { source: 'test' });

		expect(early.entered).toBe(1);
	});

	it('a journey that nobody serves, though n8n has been up for long, takes nobody and records the refusal', async () => {
		const people = await world.people(1);
		await world.upFor(7);

		const late = await world.track('Cart', people);

		expect(late).toBe(0);
		expect(await world.rows<{ reason: string }>('select reason from refusal')).toEqual([{ reason: 'the journey is not published' }]);
	});
});
