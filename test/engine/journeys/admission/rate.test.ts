import { DATABASES } from '../../databases';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from '../world';
import { dice } from './dice';

const SIGNED_UP = { kind: 'event', match: { event: 'Signed Up' } } as const;

describe.each(DATABASES)('the entry rate of a journey on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const dues = () => world.rows<{ profile: number; due_at: number; entered_at: number }>('select t.profile, t.due_at, e.entered_at from token t join enrollment e on e.id = t.enrollment order by e.id');

	it('hands people out evenly in the order in which they entered, never more than the rate in any such time, and loses nobody', async () => {
		const rate = { people: 4, perMs: 10_000 };
		await world.walk.register(trigger(), { entry: SIGNED_UP, entryRate: rate });
		const people = await world.people(90);
		const roll = dice(7);
		for (let at = 0; at < people.length;) {
			const batch = people.slice(at, at + 1 + roll(20));
			at += batch.length;
			expect(await world.track('Signed Up', batch)).toBe(batch.length);
			world.clock.advance(roll(4) === 0 ? roll(60_000) : roll(900));
		}

		const given = await dues();
		expect(given.map(({ profile }) => profile)).toEqual(people);
		expect(given.map(({ due_at: due }) => due)).toEqual(given.map(({ due_at: due }) => due).sort((a, b) => a - b));
		expect(given.filter(({ due_at: due }, n) => n >= rate.people && due - (given[n - rate.people]?.due_at ?? 0) < rate.perMs)).toEqual([]);
		expect(given.filter(({ due_at: due, entered_at: entered }) => due < entered)).toEqual([]);

		world.clock.advance(HOUR_MS);
		expect((await world.walk.claim(trigger())).people).toHaveLength(90);
	});

	it('lets through whose slot has come, tells the pump when the next one does, and exits act on those who wait', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, exitOn: { event: 'Ordered' }, entryRate: { people: 1, perMs: MINUTE_MS } });
		const people = await world.people(4);
		await world.track('Signed Up', people);

		const through = async () => {
			const leg = await world.walk.start(trigger());
			if (leg.people.length > 0) await world.walk.settle(leg);
			return leg.people.map(({ stamp }) => stamp.profile);
		};
		const first = await through();
		const next = (await world.walk.claim(trigger())).nextDueMs;
		await world.track('Ordered', [Number(people[1])]);
		world.clock.advance(MINUTE_MS);
		const second = await through();
		world.clock.advance(MINUTE_MS);
		const third = await through();

		expect([first, second, third]).toEqual([[people[0]], [], [people[2]]]);
		expect(next).toBe(world.clock.nowMs() - MINUTE_MS);
		expect(await world.enrollments()).toMatchObject([{ state: 'completed' }, { state: 'exited', end_reason: 'Ordered' }, { state: 'completed' }, { state: 'active' }]);
	});

	it('leaves test people on a virtual clock to their own time, also where the cap counts', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, virtualDaySeconds: 60, entryRate: { people: 1, perMs: HOUR_MS }, entryCap: { people: 2, perMs: HOUR_MS } });
		const [ann, ben] = await world.people(2);
		const { profiles: testers } = await world.engine.profiles.upsert([1, 2].map((n) => ({ identities: [{ kind: 'email', value: `t${n}@customer.example` }] })), { source: 'test', test: true });
		await world.track('Signed Up', [Number(testers[0]), Number(ann), Number(testers[1]), Number(ben)]);

		expect((await dues()).map(({ profile, due_at: due }) => [profile, due - world.clock.nowMs()])).toEqual([[testers[0], 0], [ann, 0], [testers[1], 0], [ben, HOUR_MS]]);
		expect((await world.engine.journeys.status())[0]?.paused).toBeNull();
	});

	it('a changed rate acts on those who enter from then on, and a removed one lets them through at once', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, entryRate: { people: 1, perMs: HOUR_MS } });
		const people = await world.people(5);
		const start = world.clock.nowMs();
		await world.track('Signed Up', people.slice(0, 2));
		await world.walk.register(trigger(), { entry: SIGNED_UP, entryRate: { people: 1, perMs: MINUTE_MS } });
		await world.track('Signed Up', people.slice(2, 4));
		await world.walk.register(trigger(), { entry: SIGNED_UP });
		await world.track('Signed Up', people.slice(4));

		expect((await dues()).map(({ due_at: due }) => due - start)).toEqual([0, HOUR_MS, HOUR_MS + MINUTE_MS, HOUR_MS + 2 * MINUTE_MS, 0]);
	});

	it('a pause stops the clock of the slots: after the resume nobody is due at once, the order and the pace stay', async () => {
		const rate = { people: 1, perMs: MINUTE_MS };
		await world.walk.register(trigger(), { entry: SIGNED_UP, entryRate: rate });
		const people = await world.people(6);
		await world.track('Signed Up', people.slice(0, 3));
		expect((await world.walk.claim(trigger())).people).toHaveLength(1);
		world.clock.advance(10_000);
		await world.engine.journeys.pause({ workflow: 'wf' }, 'a look at the mail');
		world.clock.advance(DAY_MS);
		await world.track('Signed Up', people.slice(3, 5));
		world.clock.advance(DAY_MS);
		await world.engine.journeys.resume({ workflow: 'wf' });
		const now = world.clock.nowMs();
		await world.track('Signed Up', people.slice(5));

		const waiting = (await world.tokens()).filter(({ state }) => state === 'parked').map(({ profile, due_at: due }) => [profile, due - now]);
		expect(waiting).toEqual([1, 2, 3, 4, 5].map((n) => [people[n], n * MINUTE_MS - 10_000]));
	});

	it('a resume puts off nobody who has no slot: who was handed out before, is on a virtual clock, or entered after the rate was taken away', async () => {
		const rate = { entryRate: { people: 1, perMs: MINUTE_MS }, entryCap: { people: 1000, perMs: HOUR_MS } };
		const publish = (more: object) => world.walk.register(trigger(), { entry: SIGNED_UP, virtualDaySeconds: 60, onFailure: 'retry', ...more });
		await publish(rate);
		const [ann = 0, ben = 0] = await world.people(2);
		const report = await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'test@shop.example' }] }], { source: 'test', test: true });
		const test = Number(report.profiles[0]);
		await world.track('Signed Up', [ann]);
		const leg = await world.walk.start(trigger());
		await world.engine.journeys.pause({ workflow: 'wf' }, 'a wrong price');
		world.clock.advance(DAY_MS);
		await world.walk.settle(leg, { kind: 'failed', reason: 'the mail server is away' });
		await world.track('Signed Up', [test]);
		await publish({ entryCap: rate.entryCap });
		await world.track('Signed Up', [ben]);
		world.clock.advance(MINUTE_MS);
		await world.engine.journeys.resume({ workflow: 'wf' });

		const due = await dues();
		expect(due.filter(({ due_at: at }) => at > world.clock.nowMs())).toEqual([]);
		expect(due.map(({ profile }) => profile)).toEqual([ann, test, ben]);
	});

	it('a second resume moves nobody again', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, entryRate: { people: 1, perMs: MINUTE_MS } });
		const people = await world.people(3);
		await world.track('Signed Up', people);
		await world.engine.journeys.pause({ workflow: 'wf' }, 'x');
		world.clock.advance(HOUR_MS);
		const resumed = [await world.engine.journeys.resume({ workflow: 'wf' }), await world.engine.journeys.resume({ workflow: 'wf' })];

		expect(resumed).toEqual([{ resumed: 1 }, { resumed: 0 }]);
		expect((await dues()).map(({ due_at: due }) => due - world.clock.nowMs())).toEqual([0, MINUTE_MS, 2 * MINUTE_MS]);
	});
});
