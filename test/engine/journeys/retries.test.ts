import { DATABASES } from '../databases';
import { HOUR_MS, World } from './world';

describe.each(DATABASES)('trying people again after a failure, on %s', (kind) => {
	let world: World;
	let profiles: number[];

	async function open(retries?: number): Promise<void> {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, onFailure: 'retry', ...(retries === undefined ? {} : { retries }) });
		profiles = await world.people(3);
		await world.track('Signed Up', profiles);
	}
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const states = async () => (await world.tokens()).map(({ state }) => state);
	/** Fails whoever is due until nobody is any more; answers with the sizes of the batches and the pauses in seconds before each. */
	async function failAll(): Promise<{ sizes: number[]; pauses: number[] }> {
		const [sizes, pauses]: [number[], number[]] = [[], []];
		let last = world.clock.nowMs();
		for (;;) {
			const waiting = (await world.tokens()).filter(({ state }) => state === 'parked');
			if (waiting.length === 0) return { sizes, pauses };
			const due = Math.min(...waiting.map(({ due_at }) => due_at));
			world.clock.advance(Math.max(0, due - world.clock.nowMs()));
			const leg = await world.walk.start(trigger());
			if (sizes.length > 0 && world.clock.nowMs() > last) pauses.push((world.clock.nowMs() - last) / 1000);
			last = world.clock.nowMs();
			sizes.push(leg.people.length);
			await world.walk.settle(leg, { kind: 'failed', reason: 'HTTP Request: 503' });
		}
	}

	it.each([[0], [1], [5]])('takes the batch apart and tries each person alone %d times before they are held (rule 10)', async (retries) => {
		await open(retries);

		const { sizes } = await failAll();

		expect(sizes).toEqual([3, ...Array.from({ length: 3 * retries }, () => 1)]);
		expect(await states()).toEqual(['held', 'held', 'held']);
		expect((await world.tokens())[0]?.reason).toBe('HTTP Request: 503');
	});

	it('tries three times where the journey does not say how often', async () => {
		await open();

		expect((await failAll()).sizes).toHaveLength(1 + 3 * 3);
	});

	it('waits longer each time, an hour at most, and the twentieth try is no death of n8n (rule 10)', async () => {
		await open(20);

		const { sizes, pauses } = await failAll();

		expect(sizes).toHaveLength(1 + 3 * 20);
		expect(pauses.slice(0, 4)).toEqual([1, 2, 4, 8]);
		expect(Math.max(...pauses)).toBe(HOUR_MS / 1000);
		expect((await world.tokens())[0]).toMatchObject({ state: 'held', reason: 'HTTP Request: 503' });
	});

	it('lets a person go on whose next try succeeds, and does not take retries for crashes afterwards', async () => {
		await open(15);
		for (let n = 0; n < 13; n += 1) {
			world.clock.advance(HOUR_MS);
			for (let person = 0; person < (n === 0 ? 1 : 3); person += 1) await world.walk.settle(await world.walk.start(trigger()), { kind: 'failed', reason: '503' });
		}
		world.clock.advance(HOUR_MS);
		const died = await world.walk.start(trigger());
		world.clock.advance(HOUR_MS);
		const replayed = await world.walk.start(trigger());

		expect(replayed.people.map(({ stamp }) => stamp.token)).toEqual(died.people.map(({ stamp }) => stamp.token));
		expect(await world.walk.settle(replayed)).toMatchObject({ settled: 1 });
	});

	it('refuses a number of retries that could not be meant', async () => {
		await open();

		for (const retries of [-1, 1.5, 21]) await expect(world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'X' } }, onFailure: 'retry', retries })).rejects.toThrow('no whole number from 0 to 20');
	});
});
