import { sql } from 'kysely';

import { bucketOf } from '../../../../engine/journeys/control/step-time';
import { readWay, shortStep, STAYED } from '../../../../engine/journeys/control/way';
import type { StepStatus } from '../../../../engine/journeys/types';
import { DATABASES } from '../../databases';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from '../world';

describe.each(DATABASES)('the statistics of a journey on %s', (kind) => {
	let world: World;
	let profiles: number[];

	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, exitOn: { event: 'Ordered' }, virtualDaySeconds: 60 });
		profiles = await world.people(10);
		await world.track('Signed Up', profiles);
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const wait = () => world.walk.step('wait', 'wait');
	const branch = () => world.walk.step('branch', 'branch');
	const step = async (name: string): Promise<StepStatus | undefined> => (await world.engine.journeys.status())[0]?.steps.find((one) => one.step === name);

	async function toTheWait(delayMs = DAY_MS): Promise<void> {
		const leg = await world.walk.start(trigger());
		const [going = []] = await world.walk.route(trigger(), leg.people);
		await world.walk.park(wait(), going, delayMs);
		await world.walk.settle(leg);
	}

	it('say who came to each step and how long they stood there, exactly where all stood equally long', async () => {
		await toTheWait();
		expect(await step('wait')).toMatchObject({ entered: 10, timeInStep: null });
		expect(await step('trigger')).toMatchObject({ entered: 10, timeInStep: { people: 10, medianMs: 0, p90Ms: 0 } });

		world.clock.advance(DAY_MS);
		const leg = await world.walk.start(wait());
		const [out = []] = await world.walk.route(wait(), leg.people);
		await world.walk.route(branch(), out, ({ stamp }) => stamp.profile % 2);
		await world.walk.settle(leg);

		expect(await step('wait')).toMatchObject({ entered: 10, timeInStep: { people: 10, medianMs: DAY_MS, p90Ms: DAY_MS }, passed: { entered: 10, 0: 10 } });
		expect(await step('branch')).toMatchObject({ entered: 10, timeInStep: null });
	});

	it('tell the median from the ninetieth percentile, each within nine in a hundred', async () => {
		await toTheWait(HOUR_MS);
		for (let gone = 1; gone <= 10; gone += 1) {
			world.clock.advance(HOUR_MS);
			const leg = await world.walk.start(wait(), { limit: 1 });
			await world.walk.settle(leg);
		}

		const { timeInStep } = (await step('wait')) ?? {};
		expect(timeInStep?.people).toBe(10);
		expect(Math.abs((timeInStep?.medianMs ?? 0) / (5 * HOUR_MS) - 1)).toBeLessThan(0.09);
		expect(Math.abs((timeInStep?.p90Ms ?? 0) / (9 * HOUR_MS) - 1)).toBeLessThan(0.09);
	});

	it('count nobody who was taken out, and no test people, as having gone on', async () => {
		const [test] = (await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'test@customer.example' }] }], { source: 'test', test: true })).profiles;
		await world.track('Signed Up', [Number(test)]);
		await toTheWait();
		await world.track('Ordered', profiles.slice(0, 4));
		world.clock.advance(MINUTE_MS);
		const virtual = await world.walk.start(wait());
		await world.walk.settle(virtual);

		expect(virtual.people.map(({ stamp }) => stamp.profile)).toEqual([test]);
		expect(await step('wait')).toMatchObject({ entered: 11, timeInStep: null });
		expect((await world.engine.journeys.status())[0]).toMatchObject({ exited: { Ordered: 4 }, completed: 1 });
	});

	it('keep a row a bucket, however many people go on', async () => {
		await toTheWait();
		world.clock.advance(DAY_MS);
		await world.walk.settle(await world.walk.start(wait()));

		expect(await world.rows("select bucket, people, total_ms from step_time where step = 'wait'")).toEqual([{ bucket: bucketOf(DAY_MS), people: 10, total_ms: 10 * DAY_MS }]);
	});

	it('name delivered, bounced and unsubscribed mails of a step', async () => {
		const rows = profiles.slice(0, 4).map((profile, n) => ({ id: `m${n}`, profile, at: n }));
		await world.engine.store.tx('test', async (tx) => {
			for (const { id, profile, at } of rows) {
				await tx.run(sql`insert into message (id, token, step, trail, item_key, workflow, profile, channel, purpose, topic, state, reserved_at, delivered_at, bounced_at, unsubscribed_at)
					values (${id}, ${id}, 'trigger', '', '', 'wf', ${profile}, 'email', 'marketing', '', 'sent', 1, ${at > 0 ? 2 : null}, ${at === 0 ? 2 : null}, ${at === 3 ? 3 : null})`);
			}
		});

		expect((await step('trigger'))?.messages).toMatchObject({ sent: 4, delivered: 3, bounced: 1, unsubscribed: 1 });
	});

	it('remember the way that each person took, step by step, also of those who leave in the middle of a leg', async () => {
		await toTheWait(HOUR_MS);
		world.clock.advance(HOUR_MS);
		const leg = await world.walk.start(wait());
		const [out = []] = await world.walk.route(wait(), leg.people);
		const [even = [], odd = []] = await world.walk.route(branch(), out, ({ stamp }) => stamp.profile % 2);
		await world.walk.park(world.walk.step('again', 'wait'), even, DAY_MS);
		await world.track('Ordered', odd.map(({ stamp }) => stamp.profile));
		await world.walk.settle(leg);

		const ways = await world.rows<{ profile: number; way: string }>('select profile, way from enrollment order by id');
		const told = (way: string) => readWay(way).map(({ step: short, outcome }) => [short, outcome]);
		const begin = [[shortStep('trigger'), '0'], [shortStep('wait'), STAYED], [shortStep('wait'), '0']];
		expect(told(ways.find(({ profile }) => profile % 2 === 0)?.way ?? '')).toEqual([...begin, [shortStep('branch'), '0'], [shortStep('again'), STAYED]]);
		expect(told(ways.find(({ profile }) => profile % 2 === 1)?.way ?? '')).toEqual([...begin, [shortStep('branch'), '1']]);
		expect(readWay(ways[0]?.way ?? '')[0]?.atMs).toBe(world.clock.nowMs() - HOUR_MS);
	});

	it('hand the way out with the copy of a person, and erase it with them', async () => {
		await toTheWait();
		const [person] = profiles;
		const copy = await world.engine.privacy.exportPerson({ profileId: Number(person) }, { source: 'test' });
		expect(JSON.stringify(copy)).toContain('"step":"The wait","outcome":"waits"');

		await world.engine.privacy.erasePerson({ profileId: Number(person) }, { source: 'test' });

		expect(await world.rows('select way from enrollment where profile = 0')).toEqual([{ way: null }]);
	});
});
