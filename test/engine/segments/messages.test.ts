import { createEvents } from '../../../engine/events';
import { tally } from '../../../engine/journeys';
import { createSegments, type SegmentRule } from '../../../engine/segments';
import { createTracking } from '../../../engine/tracking';
import { sentMessage, settled, startParts } from '../collector/parts';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';
import { Mailbox } from '../messages/mailbox';

const PERSON = { method: 'GET', headers: { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' } };
const DAY_S = 86_400;

describe.each(DATABASES)('segments that ask for messages on %s', (kind) => {
	it('take in who is sent to, who is skipped and who is failed at once, start journeys by it, and scores follow as well', async () => {
		const mailbox = await Mailbox.open({ refuse: (to) => (to.startsWith('p2@') ? 550 : undefined) });
		const world = await World.open(kind);
		const { segments, scores, suppression } = world.engine;
		const trigger = world.walk.step('trigger', 'trigger');
		const thanks = world.walk.step('thanks', 'trigger');
		await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		const [p0 = 0, p1 = 0, p2 = 0] = await world.people(3);
		await suppression.add([{ channel: 'email', address: 'p1@customer.example' }]);
		for (const message of ['sent', 'skipped', 'failed'] as const) await segments.save({ name: message, rule: { message } });
		await segments.save({ name: 'Silence', rule: { none: [{ message: 'sent', channel: 'email', withinSeconds: 30 * DAY_S }] } });
		await scores.saveModel({ name: 'Reached', rules: [{ name: 'sent', group: 'engagement', points: 7, when: { message: 'sent' } }] });
		await world.walk.register(thanks, { entry: { kind: 'segment', segment: 'sent' } });
		await world.track('Signed Up', [p0, p1, p2]);
		const leg = await world.walk.start(trigger);
		const inside = async () => Object.fromEntries(await Promise.all(['sent', 'skipped', 'failed', 'Silence'].map(async (name) => [name, (await segments.members(name)).map(({ profile }) => profile)] as const)));
		expect(await inside()).toEqual({ sent: [], skipped: [], failed: [], Silence: [p0, p1, p2] });

		await world.walk.email(world.walk.step('email', 'email'), leg.people, mailbox.mail());

		expect(await inside()).toEqual({ sent: [p0], skipped: [p1], failed: [p2], Silence: [p1, p2] });
		expect((await world.walk.claim(thanks)).people.map(({ stamp }) => stamp.profile)).toEqual([p0]);
		expect((await scores.of('Reached', [p0, p1])).map(({ total }) => total)).toEqual([7, 0]);
		world.clock.advance(30 * DAY_S * 1000 - 1);
		await world.engine.tick();
		expect((await inside()).Silence).toEqual([p1, p2]);
		world.clock.advance(1);
		await world.engine.tick();
		expect((await inside()).Silence).toEqual([p0, p1, p2]);
		await world.close();
		await mailbox.close();
	});

	it('do not call a message skipped whose person left the journey before it was sent', async () => {
		const world = await World.open(kind);
		const trigger = world.walk.step('trigger', 'trigger');
		await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } }, exitOn: { event: 'Ordered' } });
		const people = await world.people(1);
		await world.engine.segments.save({ name: 'Skipped', rule: { message: 'skipped' } });
		await world.track('Signed Up', people);
		const leg = await world.walk.start(trigger);
		await world.engine.journeys.stopSending('a test');
		const mailbox = await Mailbox.open();
		await world.walk.email(world.walk.step('email', 'email'), leg.people, mailbox.mail());
		await world.change("update message set guard = 'quiet-hours'");

		await world.track('Ordered', people);

		expect(await world.messages()).toMatchObject([{ state: 'skipped', reason: 'left the journey' }]);
		expect(await world.engine.segments.count({ rule: { message: 'skipped' } })).toBe(0);
		expect(await world.engine.segments.members('Skipped')).toEqual([]);
		await world.close();
		await mailbox.close();
	});

	it.each<[string, SegmentRule, 'o' | 'c' | 'u']>([
		['opens', { message: 'opened' }, 'o'], ['clicks', { message: 'clicked' }, 'c'], ['opens by a click', { message: 'opened' }, 'c'], ['unsubscribes', { message: 'unsubscribed' }, 'u'],
	])('take in whoever %s, in the transaction that records it', async (_what, rule, k) => {
		const parts = await startParts(kind);
		await sentMessage(parts.store, { id: 'm1', profile: 1, topic: 'news' });
		await sentMessage(parts.store, { id: 'm2', profile: 2, topic: 'news' });
		const segments = createSegments({ store: parts.store, reactions: { eventsStored: async () => ({ entered: 0 }), segmentsEntered: async () => ({ entered: 0 }), segmentsLeft: async () => ({ entered: 0 }) } });
		await segments.save({ name: 'S', rule });

		if (k === 'o') await parts.tracking.open(await parts.token({ k, m: 'm1' }), PERSON);
		else if (k === 'c') await parts.tracking.click(await parts.token({ k, m: 'm1', u: 'https://shop.example/', l: 0 }), PERSON);
		else await parts.tracking.unsubscribe(await parts.token({ k, m: 'm1' }), { source: 'page' });
		await settled(parts.clock, parts.tracking);

		expect((await segments.members('S')).map(({ profile }) => profile)).toEqual([1]);
		await parts.close();
	});

	it.each<[string, 'opened' | 'clicked', string]>([['opened', 'opened', 'Email Opened'], ['clicked', 'clicked', 'Email Link Clicked']])('keep whoever %s it again as long as the newest time is in the window, as the event does, and let them go then', async (_what, message, event) => {
		const parts = await startParts(kind);
		await sentMessage(parts.store, { id: 'm1', profile: 1, topic: 'news' });
		const left: number[] = [];
		const segments = createSegments({ store: parts.store, reactions: { eventsStored: async () => ({ entered: 0 }), segmentsEntered: async () => ({ entered: 0 }), segmentsLeft: async (_tx, gone) => {
			left.push(...gone.map(() => parts.clock.nowMs()));
			return { entered: 0 };
		} } });
		const tracking = createTracking({ store: parts.store, settings: parts.settings, events: createEvents({ store: parts.store, segments, reactions: { eventsStored: async () => ({ entered: 0 }), segmentsEntered: async () => ({ entered: 0 }), segmentsLeft: async () => ({ entered: 0 }) } }), consent: parts.consent, segments, tally });
		const rules: SegmentRule[] = [{ message, withinSeconds: 7 * DAY_S }, { event, withinSeconds: 7 * DAY_S }];
		for (const [n, rule] of rules.entries()) await segments.save({ name: `S${n}`, rule });
		const again = async () => {
			if (message === 'opened') await tracking.open(await parts.token({ k: 'o', m: 'm1' }), PERSON);
			else await tracking.click(await parts.token({ k: 'c', m: 'm1', u: 'https://shop.example/', l: 0 }), PERSON);
			await settled(parts.clock, tracking);
		};
		const inside = async () => {
			await segments.recheckDue(100);
			return await Promise.all(rules.map(async (rule, n) => [(await segments.members(`S${n}`)).length, await segments.count({ rule })]));
		};
		const start = parts.clock.nowMs();
		await again();
		parts.clock.set(start + 5 * DAY_S * 1000);

		await again();

		// Past the appointment of the first, which the second has put off.
		parts.clock.set(start + 8 * DAY_S * 1000);
		expect(await inside()).toEqual([[1, 1], [1, 1]]);
		parts.clock.set(start + 12 * DAY_S * 1000 - 1);
		expect(await inside()).toEqual([[1, 1], [1, 1]]);
		parts.clock.set(start + 12 * DAY_S * 1000);
		expect(await inside()).toEqual([[0, 0], [0, 0]]);
		expect(left).toEqual([start + 12 * DAY_S * 1000, start + 12 * DAY_S * 1000]);
		await again();
		expect(await inside()).toEqual([[1, 1], [1, 1]]);
		await parts.close();
	});

	it('take a second opt-out by the same mail for one of its own, and the repetition of a click on it for none', async () => {
		const parts = await startParts(kind);
		await sentMessage(parts.store, { id: 'm1', profile: 1, topic: 'news' });
		const rule: SegmentRule = { message: 'unsubscribed', withinSeconds: 7 * DAY_S };
		const token = await parts.token({ k: 'u', m: 'm1' });
		const start = parts.clock.nowMs();
		await parts.tracking.unsubscribe(token, { source: 'page' });
		parts.clock.set(start + 8 * DAY_S * 1000);
		await parts.tracking.unsubscribe(token, { source: 'page' });
		const repeated = await parts.segments.count({ rule });

		await parts.tracking.resubscribe(token, { source: 'page' });
		await parts.tracking.unsubscribe(token, { source: 'page' });

		expect([repeated, await parts.segments.count({ rule })]).toEqual([0, 1]);
		await parts.close();
	});
});
