import type { AlertFilter } from '../../../engine/alerts/types';
import type { JourneyConfig } from '../../../engine/journeys/types';
import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from '../journeys/world';
import { Mailbox } from '../messages/mailbox';

const SIGNED_UP = { kind: 'event', match: { event: 'Signed Up' } } as const;
const ALL: AlertFilter = { kinds: [], workflows: [], resolved: true };
const LISTENER = { workflow: 'ops', step: 'alerts' };

describe.each(DATABASES)('alerts on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let fails: string | null;
	beforeEach(async () => {
		fails = null;
		world = await World.open(kind, { atPoint: (point) => {
			if (point === fails) throw new Error('the process dies here');
		} });
		mailbox = await Mailbox.open();
		await world.engine.collector.configure({ workflow: 'collector', writeKeys: { key: 'shop' }, publicUrl: 'https://links.shop.example', port: null, host: '127.0.0.1' });
		await world.engine.settings.set({ caps: [], quietHours: null });
	});
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, mailbox.accepted, { entryEvent: 'Signed Up', atRest: false })).toEqual({});
		await world.close();
		await mailbox.close();
	});

	const trigger = () => world.walk.step('trigger', 'trigger');
	const email = () => world.walk.step('email', 'email');
	const register = (more: Partial<JourneyConfig> = {}) => world.walk.register(trigger(), { entry: SIGNED_UP, ...more });
	const alerts = async () => (await world.engine.alerts.list()).map(({ kind: what, number, paused, overAt }) => [what, number, paused, overAt !== null]).reverse();
	const paused = async () => (await world.engine.journeys.status({ workflow: 'wf' }))[0]?.paused ?? null;
	const tick = () => world.engine.tick();
	/** Twenty ticks: the looks that come every 20 seconds have been. */
	const look = async () => {
		for (let n = 0; n < 20; n += 1) await tick();
	};
	const told = async (engine = world.engine) => {
		const { nonce, news } = await engine.alerts.next(LISTENER, { leaseMs: 60_000 });
		return { nonce, news: news.map(({ alert }) => `${alert.kind} ${alert.news}`) };
	};
	/** So many people enter and get their mail. */
	const send = async (people: readonly number[]) => {
		await world.track('Signed Up', people);
		const leg = await world.walk.start(trigger());
		const { results } = await world.walk.email(email(), leg.people, mailbox.mail());
		await world.walk.settle(leg);
		return results;
	};
	const comesBack = async (event: string, count: number) => {
		const messages = (await world.rows<{ id: string; profile: number }>('select id, profile from message order by profile, id')).slice(0, count);
		await world.engine.events.ingest(messages.map(({ id, profile }) => ({ type: 'track', event, profileId: profile, message: id })), { source: 'test', own: true });
	};

	it('a journey whose complaints cross the limit pauses itself in the same transaction, says so once, and is audited', async () => {
		await register();
		await world.engine.alerts.listen(LISTENER, ALL);
		await send(await world.people(60));
		await tick();
		const before = [await alerts(), await paused()];

		await comesBack('Email Marked as Spam', 3);
		await comesBack('Email Marked as Spam', 3);
		await tick();
		await look();

		expect(before).toEqual([[], null]);
		expect(await alerts()).toEqual([['complaints', 5, true, false]]);
		expect((await world.engine.alerts.list())[0]).toMatchObject({ of: 60, limit: 0.3, usual: null, journey: { name: 'Welcome', workflow: 'wf', step: 'trigger' } });
		expect((await paused())?.reason).toBe('"Welcome": 5 % of 60 messages of the last 24 hours were marked as spam; the limit is 0.3. It paused itself: nobody in it goes on or is sent anything. Look at what it sends and to whom, then let it go on with Journey Control: Resume.');
		expect((await world.engine.privacy.audit({ action: 'journey.pause' })).entries).toMatchObject([{ who: 'alert', detail: { workflow: 'wf', journeyStep: 'trigger' } }]);
		expect((await told()).news).toEqual(['complaints raised']);
	});

	it('what becomes of test people on a virtual clock brakes no journey: neither their mails, nor what comes back, nor that they are held', async () => {
		await register({ virtualDaySeconds: 60, alerts: { limits: { failures: 1, complaints: 0.1, unsubscribes: 0.1, bounces: 0.1 } } });
		const results = await send(await world.people(60, { test: true }));
		await comesBack('Email Marked as Spam', 9);
		await comesBack('Email Bounced', 9);
		await world.track('Signed Up', (await world.engine.profiles.upsert(Array.from({ length: 30 }, (_, n) => ({ identities: [{ kind: 'user_id', value: `more${n}` }] })), { source: 'test', test: true })).profiles.map(Number));
		const leg = await world.walk.start(trigger());
		await world.walk.settle(leg, { kind: 'failed', reason: 'The service is down.' });
		const counted = await world.rows('select kind, people from journey_tally_new');
		await look();

		expect([results.filter(({ outcome }) => outcome === 'sent').length, leg.people.length]).toEqual([60, 30]);
		expect((await alerts()).filter(([what]) => what !== 'held')).toEqual([]);
		expect(await paused()).toBeNull();
		expect(counted).toEqual([]);
		expect((await world.engine.journeys.status())[0]).toMatchObject({ entered: 90, tests: 90 });
	});

	it('a process that dies between alert and pause leaves neither; the next tick makes both', async () => {
		await register({ alerts: { limits: { entries: 5 } } });
		await world.track('Signed Up', await world.people(6));
		fails = 'follow-alerts:before-commit';
		await expect(tick()).rejects.toThrow();
		const between = [await alerts(), await paused(), (await world.rows('select * from journey_tally')).length];
		fails = null;
		await tick();

		expect(between).toEqual([[], null, 0]);
		expect(await alerts()).toEqual([['entries', 6, true, false]]);
		expect(await paused()).not.toBeNull();
	});

	it('small journeys do not cry wolf: neither too few messages nor one or two of many', async () => {
		await register();
		const people = await world.people(60);
		await send(people.slice(0, 40));
		await comesBack('Email Marked as Spam', 3);
		await tick();
		const few = await alerts();
		await world.change('delete from journey_tally');
		await send(people.slice(40));
		await send(people.slice(0, 40));
		await world.engine.events.ingest((await world.rows<{ id: string; profile: number }>('select id, profile from message order by profile, id')).slice(-2).map(({ id, profile }) => ({ type: 'track', event: 'Email Marked as Spam', profileId: profile, message: id })), { source: 'test', own: true });
		await tick();

		expect([few, await alerts()]).toEqual([[], []]);
	});

	it('learns how many enter in an hour, from four weeks of its own, and brakes far above it; a journey of its own choice goes on', async () => {
		await register();
		const people = await world.people(400);
		for (let hour = 0; hour < 30; hour += 1) {
			await world.track('Signed Up', people.slice(0, 60 + (hour % 7)));
			await tick();
			world.clock.advance(HOUR_MS);
		}
		await world.track('Signed Up', people.slice(0, 150));
		await tick();
		const atFloor = await alerts();
		await world.track('Signed Up', people.slice(0, 100));
		await tick();
		const braked = [await alerts(), (await world.engine.alerts.list())[0]?.usual];
		await world.engine.journeys.resume({ workflow: 'wf' });
		await world.track('Signed Up', people.slice(0, 20));
		await look();
		const resumed = [await alerts(), await paused()];
		world.clock.advance(2 * HOUR_MS);
		await look();

		expect(atFloor).toEqual([]);
		expect(braked).toEqual([[['entries', 250, true, false]], 189]);
		expect(resumed).toEqual([[['entries', 250, true, false]], null]);
		expect(await alerts()).toEqual([['entries', 250, true, true]]);
	});

	it('failures only tell, unless the journey says otherwise', async () => {
		const failures = async () => (await alerts()).filter(([what]) => what === 'failures');
		await register();
		await world.track('Signed Up', await world.people(60));
		const leg = await world.walk.start(trigger());
		await world.walk.settle(leg, { kind: 'failed', reason: 'The service is down' });
		await tick();
		const only = [await failures(), await paused()];
		await world.change('delete from alert');
		await register({ alerts: { brake: ['failures'] } });
		await world.engine.journeys.retryHeld({ workflow: 'wf' });
		await world.walk.settle(await world.walk.start(trigger(), { limit: 1 }), { kind: 'failed', reason: 'The service is down' });
		await tick();

		expect(only).toEqual([[['failures', 100, false, false]], null]);
		expect(await failures()).toEqual([['failures', 100, true, false]]);
		expect(await paused()).not.toBeNull();
	});

	it('of two processes that look at the same crossing at once one raises it, and each piece of news is handed to one', async () => {
		await register({ alerts: { limits: { entries: 5 } } });
		await world.engine.alerts.listen(LISTENER, ALL);
		const { engine } = await world.another();
		for (const person of await world.people(8)) await world.track('Signed Up', [person]);
		await Promise.all([world.engine.tick(), engine.tick()]);
		const news = await Promise.all([told(), told(engine)]);

		expect(await alerts()).toHaveLength(1);
		expect(await world.rows('select people from journey_tally')).toEqual([{ people: 8 }]);
		expect(news.flatMap((one) => one.news)).toEqual(['entries raised']);
	});

	it('news is told anew when its process died, dropped by the late one, and gone when it was told', async () => {
		await world.engine.alerts.listen(LISTENER, ALL);
		await world.engine.journeys.stopSending('a wrong price');
		await look();
		const first = await world.engine.alerts.next(LISTENER, { leaseMs: 60_000 });
		const during = (await told()).news;
		world.clock.advance(MINUTE_MS);
		const second = await world.engine.alerts.next(LISTENER, { leaseMs: 60_000 });
		const ids = first.news.map(({ delivery }) => delivery);
		const late = [await world.engine.alerts.held(first.nonce, ids), await world.engine.alerts.held(second.nonce, ids)];
		await world.engine.alerts.settle(first.nonce, true);
		await world.engine.alerts.settle(second.nonce, true);
		world.clock.advance(HOUR_MS);

		expect([first.news.map(({ alert }) => alert.reason), during]).toEqual([['All sending is stopped: a wrong price Messages wait until somebody uses Journey Control: Resume Sending.'], []]);
		expect(late).toEqual([[], ids]);
		expect((await told()).news).toEqual([]);
		await world.engine.journeys.resumeSending();
		await look();
		expect((await told()).news).toEqual(['sendingStopped resolved']);
	});

	it('tells a listener only the kinds and journeys it asked for, and the end only where it wants it', async () => {
		await world.engine.alerts.listen(LISTENER, { kinds: ['entries'], workflows: ['wf'], resolved: false });
		await world.engine.alerts.listen({ workflow: 'other', step: 'alerts' }, { kinds: ['entries'], workflows: ['elsewhere'], resolved: true });
		await register({ alerts: { limits: { entries: 2 } } });
		await world.engine.journeys.stopSending('by hand');
		await world.track('Signed Up', await world.people(3));
		await look();
		world.clock.advance(3 * HOUR_MS);
		await look();

		expect(await alerts()).toEqual([['entries', 3, true, true], ['sendingStopped', null, false, false]]);
		expect((await told()).news).toEqual(['entries raised']);
		expect((await world.engine.alerts.next({ workflow: 'other', step: 'alerts' }, { leaseMs: 1000 })).news).toEqual([]);
	});

	it('held people, an entry cap and a refused account are alerts until they are over', async () => {
		await register({ entryCap: { people: 2, perMs: HOUR_MS } });
		const people = await world.people(4);
		await world.track('Signed Up', people.slice(0, 2));
		const leg = await world.walk.start(trigger());
		mailbox.options = { refuse: () => 530 };
		await world.walk.email(email(), leg.people.slice(0, 1), mailbox.mail());
		await world.walk.settle(leg, { kind: 'failed', reason: 'The service is down' });
		await world.track('Signed Up', people.slice(2));
		await look();
		const raised = await alerts();
		mailbox.options = {};
		await world.engine.journeys.resume({ workflow: 'wf' });
		await world.engine.journeys.retryHeld({ workflow: 'wf' });
		await look();
		const after = await alerts();
		world.clock.advance(HOUR_MS);
		const again = await world.walk.start(email());
		await world.walk.email(email(), again.people, mailbox.mail());
		await look();

		expect(raised.sort()).toEqual([['account', null, false, false], ['entryCap', null, true, false], ['held', 2, false, false]]);
		expect(after.sort().map(([what, , , over]) => [what, over])).toEqual([['account', false], ['entryCap', true], ['held', true]]);
		expect(again.people).toHaveLength(1);
		expect((await alerts()).every(([, , , over]) => over)).toBe(true);
	});

	it('people who are due and do not move are stalled; after a downtime, and while others still move, nobody is', async () => {
		await register();
		await world.engine.journeys.beat(trigger());
		const people = await world.people(40);
		await world.track('Signed Up', people);
		world.clock.advance(DAY_MS);
		const up = async (minutes: number, each: () => Promise<void> = () => Promise.resolve()) => {
			for (let minute = 0; minute < minutes; minute += 1) {
				await world.upFor(1);
				await each();
				await look();
			}
		};
		await up(30, async () => {
			const leg = await world.walk.start(trigger(), { limit: 1 });
			await world.walk.settle(leg);
		});
		const moving = await alerts();
		await up(10);
		const soon = await alerts();
		await up(10);

		expect([moving, soon]).toEqual([[], []]);
		expect(await alerts()).toEqual([['stalled', null, false, false]]);
		expect((await world.engine.alerts.list())[0]?.reason).toContain('No published workflow serves this step');
		await world.walk.settle(await world.walk.start(trigger()));
		await up(2);
		expect((await alerts())[0]?.[3]).toBe(true);
	});

	it.each([
		[{ alerts: { limits: { complaints: 200 } } }, 'limit of complaints'],
		[{ alerts: { brake: ['moods'] } }, 'names a measure that there is not'],
		[{ alerts: { stalledMinutes: 0 } }, 'stalledMinutes'],
		[{ alerts: { typo: 1 } }, 'has no "typo"'],
	])('settings %p are refused', async (patch, message) => {
		await expect(world.engine.settings.set(patch as never)).rejects.toThrow(message);
		await expect(register({ alerts: { brake: ['moods'] as never } })).rejects.toThrow('names a measure that there is not');
	});
});
