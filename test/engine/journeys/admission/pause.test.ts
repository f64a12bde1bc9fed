import { DATABASES } from '../../databases';
import { Mailbox } from '../../messages/mailbox';
import { protocolViolations } from '../protocol-checks';
import { DAY_MS, HOUR_MS, World } from '../world';
import type { Mail } from '../walk';

const SIGNED_UP = { kind: 'event', match: { event: 'Signed Up' } } as const;

describe.each(DATABASES)('a journey that is paused on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	beforeEach(async () => {
		world = await World.open(kind);
		mailbox = await Mailbox.open();
		await world.engine.collector.configure({ workflow: 'collector', writeKeys: { key: 'shop' }, publicUrl: 'https://links.shop.example', port: null, host: '127.0.0.1' });
	});
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, mailbox.accepted, { entryEvent: 'Signed Up', atRest: false })).toEqual({});
		await world.close();
		await mailbox.close();
	});

	const trigger = (name = 'trigger') => world.walk.step(name, 'trigger');
	const wait = () => world.walk.step('wait', 'wait');
	const email = () => world.walk.step('email', 'email');
	const pause = () => world.engine.journeys.pause({ workflow: 'wf' }, 'a wrong price in the mail');
	const resume = () => world.engine.journeys.resume({ workflow: 'wf' });
	const profilesOf = (people: ReadonlyArray<{ stamp: { profile: number } }>) => people.map(({ stamp }) => stamp.profile).sort((a, b) => a - b);
	const states = async () => (await world.engine.messages.list({ limit: 100 })).map(({ state, guard, reason }) => [state, guard, reason]);

	it('hands out nobody at any of its steps, takes people in, lets events and exits act, and goes on where it was', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, exitOn: { event: 'Ordered' } });
		const [ann, ben, cid, dan] = await world.people(4);
		await world.track('Signed Up', [Number(ann), Number(ben), Number(cid)]);
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait(), leg.people, HOUR_MS, { event: 'Clicked' });
		await world.walk.settle(leg);
		await pause();
		world.clock.advance(30 * 60_000);
		await world.track('Clicked', [Number(ann)]);
		await world.track('Ordered', [Number(ben)]);
		const entered = await world.track('Signed Up', [Number(dan)]);
		world.clock.advance(DAY_MS);
		const while_ = [await world.walk.claim(trigger()), await world.walk.claim(wait())];
		const status = (await world.engine.journeys.status())[0];
		await resume();

		expect(while_.map(({ people, nextDueMs }) => [people, nextDueMs])).toEqual([[[], null], [[], null]]);
		expect([entered, status?.active, status?.exited]).toEqual([1, 3, { Ordered: 1 }]);
		expect(status?.paused).toEqual({ since: new Date(world.clock.nowMs() - DAY_MS - 30 * 60_000).toISOString(), reason: 'a wrong price in the mail' });
		const woken = await world.walk.claim(wait());
		expect(woken.people.map(({ stamp, outcome }) => [stamp.profile, outcome]).sort()).toEqual([[ann, 'event'], [cid, 'timeout']].sort());
		expect(profilesOf((await world.walk.claim(trigger())).people)).toEqual([dan]);
		expect((await world.engine.journeys.status())[0]?.paused).toBeNull();
	});

	it('what runs goes on to its park; its messages wait at their step and leave once, after the resume', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP });
		const people = await world.people(3);
		await world.track('Signed Up', people);
		const leg = await world.walk.start(trigger());
		await pause();
		const parked = await world.walk.park(wait(), leg.people.slice(0, 1), HOUR_MS);
		const { results } = await world.walk.email(email(), leg.people, mailbox.mail());
		const settled = await world.walk.settle(leg);
		world.clock.advance(10 * DAY_MS);
		const during = [await states(), (await world.walk.claim(email())).people, mailbox.accepted.length];
		await resume();
		const again = await world.walk.start(email());
		const sent = await world.walk.email(email(), again.people, mailbox.mail());
		await world.walk.settle(again);

		expect(parked).toHaveLength(1);
		expect(results.map(({ outcome, reason }) => `${outcome}: ${reason}`)).toEqual(Array.from({ length: 3 }, () => 'parked: the journey is paused'));
		expect(settled).toMatchObject({ settled: 3 });
		expect(during).toEqual([Array.from({ length: 3 }, () => ['deferred', 'journey pause', 'the journey is paused']), [], 0]);
		expect(sent.sent).toHaveLength(3);
		expect(mailbox.accepted).toHaveLength(3);
	});

	it('a leg that died before the pause is taken up again after the resume, and mails nobody twice', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP });
		await world.track('Signed Up', await world.people(2));
		const leg = await world.walk.start(trigger());
		await world.walk.email(email(), leg.people.slice(0, 1), mailbox.mail());
		await pause();
		world.clock.advance(HOUR_MS);
		const during = await world.walk.claim(trigger());
		await resume();
		const replay = await world.walk.start(trigger());
		const { results } = await world.walk.email(email(), replay.people, mailbox.mail());

		expect(during.people).toEqual([]);
		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
		expect(mailbox.accepted).toHaveLength(2);
	});

	it('nobody is skipped for the hour or a cap while it is paused, and the pause does not count as their waiting', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP });
		await world.engine.settings.set({ holdAtMostHours: 12, caps: [{ channel: 'all', max: 1, perSeconds: 86_400 }] });
		await world.track('Signed Up', await world.people(1));
		const leg = await world.walk.start(trigger());
		const marketing: Mail = mailbox.mail({ purpose: 'marketing' });
		await world.walk.email(world.walk.step('first', 'email'), leg.people, marketing);
		await pause();
		const capped = await world.walk.email(email(), leg.people, marketing);
		await world.walk.settle(leg);
		world.clock.advance(3 * DAY_MS + 13 * HOUR_MS);
		await resume();
		const atNight = await world.walk.start(email());
		const held = await world.walk.email(email(), atNight.people, marketing);

		expect(capped.results).toMatchObject([{ outcome: 'parked', reason: 'the journey is paused' }]);
		expect(held.results).toMatchObject([{ outcome: 'parked', reason: expect.stringContaining('quiet hours') }]);
	});

	it('who may not be written to at all is skipped while it is paused as well', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP });
		const [ann] = await world.people(1);
		await world.track('Signed Up', [Number(ann)]);
		const leg = await world.walk.start(trigger());
		await world.engine.consent.set([{ profile: Number(ann), channel: 'email', topic: '', state: 'unsubscribed', source: 'test' }]);
		await pause();

		expect((await world.walk.email(email(), leg.people, mailbox.mail({ purpose: 'marketing' }))).results).toMatchObject([{ outcome: 'skipped' }]);
	});

	it('with all sending stopped as well, a message goes on only when both are lifted', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP });
		await world.track('Signed Up', await world.people(1));
		const leg = await world.walk.start(trigger());
		await pause();
		await world.engine.journeys.stopSending('stop');
		await world.walk.email(email(), leg.people, mailbox.mail());
		await world.walk.settle(leg);
		await world.engine.journeys.resumeSending();
		const stillPaused = await world.walk.claim(email());
		await resume();
		const again = await world.walk.start(email());
		await world.walk.email(email(), again.people, mailbox.mail());

		expect(stillPaused.people).toEqual([]);
		expect(mailbox.accepted).toHaveLength(1);
	});

	it('is one of a workflow: the others go on, also at steps that they share', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP });
		await world.walk.register(trigger('other'), { entry: { kind: 'event', match: { event: 'Booked' } } });
		const [ann, ben] = await world.people(2);
		await world.track('Signed Up', [Number(ann)]);
		await world.track('Booked', [Number(ben)]);
		for (const step of [trigger(), trigger('other')]) {
			const leg = await world.walk.start(step);
			await world.walk.park(wait(), leg.people, HOUR_MS);
			await world.walk.settle(leg);
		}
		await world.engine.journeys.pause({ workflow: 'wf', journeyStep: 'The trigger' }, 'x');
		await world.track('Signed Up', [Number(ann)]);
		await world.track('Booked', [Number(ben)]);
		world.clock.advance(2 * HOUR_MS);

		expect((await world.walk.claim(trigger())).people).toEqual([]);
		expect(profilesOf((await world.walk.claim(trigger('other'))).people)).toEqual([ben]);
		const shared = await world.walk.claim(wait());
		expect(profilesOf(shared.people)).toEqual([ben]);
		expect(shared.nextDueMs).toBeNull();
		expect((await world.engine.journeys.status()).map(({ paused }) => paused !== null)).toEqual([false, true].sort());
		await world.engine.journeys.resume({ workflow: 'wf', journeyStep: 'trigger' });
		expect(profilesOf((await world.walk.claim(wait())).people)).toEqual([ann]);
	});

	it('stays paused over publishing and a restart, is in the audit log, and says whose journey there is none', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP });
		await world.engine.journeys.pause({ workflow: 'wf' }, 'x', { by: 'n8n workflow 7, node "Control"' });
		await world.walk.register(trigger(), { entry: SIGNED_UP });
		const again = await world.another();
		const status = (await again.engine.journeys.status())[0];
		await world.engine.journeys.resume({ workflow: 'wf' }, { by: 'Ops' });

		expect(status?.paused?.reason).toBe('x');
		expect((await world.engine.privacy.audit({})).entries.map(({ action, who, detail }) => [action, who, detail])).toEqual([
			['journey.resume', 'Ops', { workflow: 'wf', journeyStep: 'trigger' }], ['journey.pause', 'n8n workflow 7, node "Control"', { workflow: 'wf', journeyStep: 'trigger', reason: 'x' }],
		]);
		await expect(world.engine.journeys.pause({ workflow: 'nowhere' }, 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await expect(world.engine.journeys.resume({ workflow: 'wf', journeyStep: 'gone' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
	});

	it('a crash around a pause or a resume leaves it done or not done, never half', async () => {
		await world.close();
		let dying = '';
		world = await World.open(kind, { atPoint: (point) => {
			if (point === dying) throw new Error('the process dies here');
		} });
		await world.walk.register(trigger(), { entry: SIGNED_UP, entryRate: { people: 1, perMs: HOUR_MS }, entryCap: { people: 1, perMs: HOUR_MS } });
		const people = await world.people(3);
		dying = 'ingest:before-commit';
		await expect(world.track('Signed Up', people)).rejects.toThrow('dies');
		dying = '';
		const before = [await world.rows('select slot_base, window_people, capped_at from journey_gate'), await world.rows('select paused_at from journey'), await world.rows("select 1 as one from audit where action like 'journey.%'")];
		await world.track('Signed Up', people);
		world.clock.advance(DAY_MS);
		dying = 'resume-journey:before-commit';
		await expect(resume()).rejects.toThrow('dies');
		dying = '';
		const dues = (await world.tokens()).map(({ due_at: due }) => due - world.clock.nowMs());
		await resume();

		expect(before).toEqual([[{ slot_base: null, window_people: 0, capped_at: null }], [{ paused_at: null }], []]);
		expect(dues).toEqual([0, 1, 2].map((n) => n * HOUR_MS - DAY_MS));
		expect((await world.tokens()).map(({ due_at: due }) => due - world.clock.nowMs())).toEqual([0, HOUR_MS, 2 * HOUR_MS]);
	});
});
