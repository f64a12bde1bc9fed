import { sql } from 'kysely';

import { createConsent } from '../../../engine/consent';
import { createDownload } from '../../../engine/downloads';
import { createEvents } from '../../../engine/events';
import { consentReactions, createJourneys, heardByWaits, reactions } from '../../../engine/journeys';
import type { WaitUntil } from '../../../engine/journeys/types';
import { systemRandom } from '../../../engine/kernel';
import { createTemplates } from '../../../engine/content';
import { createMessages, createPictures } from '../../../engine/messages';
import type { BestChannelRequest } from '../../../engine/messages/types';
import { createProducts } from '../../../engine/products';
import { createProfiles } from '../../../engine/profiles';
import { createSegments } from '../../../engine/segments';
import { createSettings } from '../../../engine/settings';
import type { Reader, Store } from '../../../engine/store';
import { DATABASES, testStore } from '../databases';
import { Mailbox, smtp } from '../messages/mailbox';
import { planned } from '../store/plans';
import { Walk, type Person } from './walk';
import { HOUR_MS } from './world';

/** The same store, counting every statement that is asked through it. */
function counting(store: Store): { store: Store; count: () => number } {
	let statements = 0;
	const counted = <R extends Reader>(reader: R): R => new Proxy(reader, {
		get: (target, key) => {
			const value = target[key as keyof R];
			if (key !== 'all' && key !== 'first' && key !== 'run') return value;
			statements += 1;
			return value;
		},
	});
	return {
		store: { ...store, tx: (name, work) => store.tx(name, (tx) => work(counted(tx))), read: (work) => store.read((reader) => work(counted(reader))) },
		count: () => statements,
	};
}

describe.each(DATABASES)('the cost of a batch on %s', (kind) => {
	it('is the same number of statements for 10 people as for 500, at every step', async () => {
		const mailbox = await Mailbox.open();
		const costs: Array<Record<string, number>> = [];
		for (const size of [10, 500]) costs.push(await costOf(size, mailbox));
		await mailbox.close();

		expect(mailbox.accepted).toHaveLength(1_020);
		expect(costs[1]).toEqual(costs[0]);
		expect(Math.min(...Object.values(costs[0] ?? {}))).toBeGreaterThan(0);
	});

	if (kind === 'sqlite') {
		it('depends on the people of the batch and not on how many there are: no step reads a large table in whole', async () => {
			const mailbox = await Mailbox.open();
			const large: string[] = [];

			// From 50 rows on, what all say alike is bound once, and SQLite may plan otherwise.
			for (const size of [10, 60]) await costOf(size, mailbox, large);

			expect(large).toEqual([]);
			await mailbox.close();
		});
	}

	async function costOf(size: number, mailbox: Mailbox, large?: string[]): Promise<Record<string, number>> {
		const { store: plain, close } = await testStore(kind);
		const looked = large === undefined ? undefined : planned(plain);
		const { store, count } = counting(looked?.store ?? plain);
		const settings = createSettings({ store, random: systemRandom });
		const segments = createSegments({ store, reactions });
		const people = heardByWaits(segments, async (reader) => (await settings.current(reader)).zone);
		const events = createEvents({ store, segments, reactions });
		const profiles = createProfiles({ store, segments: people });
		const journeys = createJourneys({ store, random: systemRandom, segments, settings });
		const messages = createMessages({ store, audience: segments, content: createTemplates({ store, settings, profiles, audit: () => Promise.resolve() }).live, random: systemRandom, settings, profiles, segments, events, consent: createConsent({ store }), products: createProducts({ store, random: systemRandom, download: createDownload(), identityOptions: () => Promise.resolve({}) }), pictures: createPictures({ store, download: createDownload(), address: () => Promise.resolve(null) }), onPoint: () => undefined });
		const walk = new Walk({ journeys, messages });
		const trigger = walk.step('trigger', 'trigger');
		const wait = walk.step('wait', 'waitForEvent');
		await segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' }, wait: true });
		await walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } }, exitOn: { event: 'Ordered' }, goals: [{ name: 'Bought', match: { event: 'Bought' }, valueProperty: 'total', withinMs: HOUR_MS }], exits: { segments: [{ segment: 'Pro', change: 'entered' }], consent: [{ channel: 'sms' }], afterMs: HOUR_MS } });
		await walk.register(walk.step('gated', 'trigger'), {
			entry: { kind: 'event', match: { event: 'Booked' }, key: 'booking.id' }, reEntry: 'anyTime', minGapMs: HOUR_MS, holdout: { percent: 10 },
			audience: { rule: { attribute: 'plan', operator: 'notEquals', value: 'pro' } }, entryRate: { people: 10, perMs: 1_000 }, entryCap: { people: 5, perMs: HOUR_MS },
		});
		const { profiles: ids } = await profiles.upsert(Array.from({ length: size }, (_, n) => ({ identities: [{ kind: 'email', value: `p${n}@customer.example` }] })), { source: 'test' });
		await settings.signingSecret();
		await createConsent({ store }).set([{ profile: Number(ids[0]), channel: 'email', topic: 'news', state: 'unsubscribed', source: 'test' }]);

		const costs: Record<string, number> = {};
		async function cost<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
			const before = count();
			const result = await work();
			costs[name] = count() - before;
			return result;
		}
		const track = (event: string) => events.ingest(ids.map((id) => ({ type: 'track', event, profileId: Number(id) })), { source: 'test' });

		await cost('enter', () => track('Signed Up'));
		await cost('enter by every condition, above the cap', () => track('Booked'));
		await cost('be refused', () => track('Booked'));
		const claim = await cost('claim', () => walk.claim(trigger));
		const leg = await cost('begin', () => walk.begin(claim.nonce, claim.people));
		expect(leg.people).toHaveLength(size);
		await cost('route', () => walk.route(walk.step('branch', 'filter'), leg.people));
		await cost('filter', () => walk.filter(walk.step('filter', 'filter'), leg.people, { rule: { attribute: 'plan', operator: 'equals', value: 'pro' } }));
		await cost('goal', () => walk.goal(walk.step('goal', 'goal'), leg.people, { name: 'Seen' }));
		// Whoever begins later than the guards' answer holds is asked about anew: on a loaded machine that would be more statements.
		const stopwatch = jest.spyOn(performance, 'now').mockReturnValue(performance.now());
		const { results } = await cost('email', () => walk.email(walk.step('email', 'email'), leg.people, mailbox.mail({ provider: smtp(mailbox.port, { connections: 500 }) })));
		stopwatch.mockRestore();
		expect(results.filter(({ outcome }) => outcome === 'sent')).toHaveLength(size);
		await cost('throttle', () => walk.throttle(walk.step('slow', 'throttle'), leg.people, { people: 100, perMs: 60_000 }));
		await cost('first path', () => walk.join(walk.step('join', 'join'), leg.people, 'a'));
		await cost('last path', () => walk.join(walk.step('join', 'join'), leg.people, 'b'));
		const gate = { step: walk.step('gate', 'anyChannel'), channel: 'chat', service: '', purpose: 'marketing' as const, topic: '', answerWithinMs: 60_000 };
		await cost('come to the gate', () => messages.gateEnter(gate.step, leg.people.map(({ stamp, json }, index) => ({ index, stamp, item: json }))));
		const gated = await walk.start(gate.step);
		const opened = await cost('open the gate', () => messages.gateOpen(gate, gated.people.map(({ stamp, json }, index) => ({ index, stamp, item: json }))));
		expect(opened.filter(({ outcome }) => outcome === 'ready')).toHaveLength(size);
		const best: BestChannelRequest = {
			step: walk.step('best', 'bestChannel'), channels: [{ channel: 'email' }, { channel: 'sms' }], purpose: 'transactional', topic: '', order: 'engaged', engagedWithinMs: 90 * 24 * HOUR_MS, deliveryWithinMs: HOUR_MS, unknown: 'asSent',
		};
		const itemsOf = (people: readonly Person[]) => people.map(({ stamp, json }, index) => ({ index, stamp, item: json }));
		const chosen = await cost('choose a channel', () => messages.bestChannel(best, itemsOf(leg.people)));
		expect(chosen.filter(({ channel }) => channel === 'email')).toHaveLength(size);
		const mailed = await walk.email(walk.step('best mail', 'email'), leg.people.map((person, n) => ({ ...person, stamp: chosen[n]?.stamp ?? person.stamp })), mailbox.mail({ provider: smtp(mailbox.port, { connections: 500 }) }));
		await plain.tx('test-change', (tx) => tx.run(sql`update message set provider = 'postmark' where step = 'best mail'`));
		const back = await cost('come back from a channel', () => messages.bestChannel(best, itemsOf(mailed.sent)));
		expect(back.filter(({ outcome }) => outcome === 'parked')).toHaveLength(size);
		await cost('claim at a throttle', () => walk.claim(walk.step('slow', 'throttle')));
		await cost('park', () => walk.park(wait, leg.people, HOUR_MS, { event: 'Clicked' }));
		const zones = ['Europe/Berlin', 'Asia/Tokyo', 'UTC'];
		await profiles.upsert(ids.map((id, n) => ({ profileId: Number(id), attributes: { renewal: '2026-05-01', timezone: zones[n % zones.length] ?? '' } })), { source: 'test' });
		await segments.save({ name: 'Early', rule: { attribute: 'renewal', operator: 'equals', value: '2026-04-01' }, wait: true });
		const waits: Record<string, WaitUntil> = {
			time: { kind: 'time', at: '09:00', weekdays: [1] }, date: { kind: 'date' }, attribute: { kind: 'attribute', attribute: 'renewal', at: '09:00' }, best: { kind: 'best' },
			segment: { kind: 'segment', segment: 'Early', change: 'entered' }, consent: { kind: 'consent', channel: 'email', state: 'subscribed' }, message: { kind: 'message', happened: 'clicked' },
		};
		for (const [name, until] of Object.entries(waits)) await cost(`park until ${name}`, () => walk.wait(walk.step(name, 'wait'), leg.people, { until, delayMs: HOUR_MS }, ids.map(() => '2026-05-01')));
		await cost('attribute of a wait', () => profiles.upsert(ids.map((id) => ({ profileId: Number(id), attributes: { renewal: '2026-04-01' } })), { source: 'test' }));
		await cost('settle', () => walk.settle(leg));
		await cost('awaited event', () => track('Clicked'));
		const woken = await walk.start(wait);
		expect(woken.people).toHaveLength(size);
		await cost('fail', () => walk.settle(woken, { kind: 'failed', reason: 'broken' }));
		await cost('goal event', () => events.ingest(ids.map((id) => ({ type: 'track', event: 'Bought', profileId: Number(id), properties: { total: 5 } })), { source: 'test' }));
		await cost('exit event', () => track('Ordered'));
		await track('Signed Up');
		await cost('exit by a segment', () => profiles.upsert(ids.map((id) => ({ profileId: Number(id), attributes: { plan: 'pro' } })), { source: 'test' }));
		await track('Signed Up');
		const saying = createConsent({ store, segments, reactions: consentReactions });
		await cost('exit by consent', () => saying.set(ids.map((id) => ({ profile: Number(id), channel: 'sms', topic: '', state: 'unsubscribed', source: 'test' }))));
		large?.push(...(looked?.large ?? []));
		await close();
		return costs;
	}
});
