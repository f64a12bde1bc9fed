import { JourneyThrottle } from '../../../nodes/JourneyThrottle/JourneyThrottle.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import type { Canvas } from '../harness/n8n';

const MINUTE_MS = 60_000;

describe('Journey Throttle', () => {
	let world: World;
	beforeEach(async () => {
		world = await createWorld({ [`${PREFIX}journeyThrottle`]: new JourneyThrottle() });
	});
	afterEach(() => world.close());

	const journey = (parameters: object): Canvas => ({
		nodes: [
			{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up' } },
			{ name: 'Slow', type: `${PREFIX}journeyThrottle`, parameters: parameters as never },
			{ name: 'Through', type: `${PREFIX}journeyGoal`, parameters: { goal: 'Through' } },
		],
		edges: [['Start', 'Slow'], ['Slow', 'Through']],
	});
	const emails = (count: number) => Array.from({ length: count }, (_none, n) => `p${n}@example.com`);
	const status = async () => (await world.engine.journeys.status())[0];
	const completed = async (people: number) => await eventually(async () => (await status())?.completed === people);
	const waiting = async (people: number) => await eventually(async () => (await status())?.steps.find(({ name }) => name === 'Slow')?.waiting === people);

	it('lets so many people go on in each minute', async () => {
		await world.publish(journey({ people: 4, per: 'minute' }));
		await world.happens('Signed Up', emails(10));
		await completed(1);
		await waiting(9);

		for (const through of [5, 9, 10]) {
			world.clock.advance(MINUTE_MS);
			await completed(through);
		}

		expect((await status())?.goals).toMatchObject([{ name: 'Through', count: 10 }]);
	});

	it('counts by the hour as well, and keeps to it when n8n comes back after a day', async () => {
		const n8n = await world.publish(journey({ people: 3, per: 'hour' }));
		await world.happens('Signed Up', emails(7));
		await completed(1);
		await waiting(6);
		await n8n.close();
		world.clock.advance(24 * 60 * MINUTE_MS);
		await n8n.publish();

		await completed(4);
		world.clock.advance(60 * MINUTE_MS - 1);
		await eventually(() => !n8n.isRunning);
		expect((await status())?.completed).toBe(4);
		world.clock.advance(1);
		await completed(7);
	});

	it('passes at once in the editor and stores nothing', async () => {
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'p0@example.com' }] }], { source: 'test', test: true });
		const before = await world.rows();

		const run = await world.draw(journey({ people: 1 })).execute('Start', [{ json: {} }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, 'Slow')).toHaveLength(1);
		expect(await world.rows()).toEqual(before);
	});

	it.each([0, 1.5, 1_000_001, 'many'])('is not published with %p people', async (people) => {
		await expect(world.publish(journey({ people }))).rejects.toThrow('People is not a whole number between 1 and 1,000,000');
	});

	it('says of items of no journey that they belong to nobody', async () => {
		const run = await world.draw({ nodes: [{ name: 'Begin', type: 'n8n-nodes-base.start' }, { name: 'Slow', type: `${PREFIX}journeyThrottle` }], edges: [['Begin', 'Slow']] }).execute('Begin', [{ json: {} }]);

		expect(errorOf(run)?.message).toBe('This item belongs to no person of a journey');
	});
});
