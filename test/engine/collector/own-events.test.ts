import { ENGAGEMENT_EVENTS } from '../../../engine/events';
import { DATABASES } from '../databases';
import { HOUR_MS, World } from '../journeys/world';
import { basic, WRITE_KEY } from './parts';

/** A write key stands in every web page: whoever has it must not be able to speak for people's mail programs. */
describe.each(DATABASES)("the engine's own events, posted to the collector on %s", (kind) => {
	let world: World;
	let address: string;
	const trigger = () => world.walk.step('trigger', 'trigger');
	const wait = () => world.walk.step('wait', 'wait');

	beforeEach(async () => {
		world = await World.open(kind);
		const { port } = await world.engine.collector.configure({
			writeKeys: { [WRITE_KEY]: 'shop' }, publicUrl: 'https://t.example.com', port: 0, host: '127.0.0.1', workflow: 'collector',
		});
		address = `http://127.0.0.1:${port}/v1`;
	});
	afterEach(() => world.close());

	const post = async (route: string, body: object) => {
		const response = await fetch(`${address}/${route}`, { method: 'POST', headers: { authorization: basic(WRITE_KEY) }, body: JSON.stringify(body) });
		return { status: response.status, answer: (await response.json()) as { code?: string; message?: string; rejected?: Array<{ index: number; reason: string }> } };
	};
	const names = async () => (await world.rows<{ name: string }>("select name from event where name <> 'Signed Up' order by id")).map(({ name }) => name);

	/** One person who waits for the event in a journey that the event also ends. */
	async function waitingFor(event: string): Promise<void> {
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		const people = await world.people(1);
		await world.track('Signed Up', people);
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait(), leg.people, HOUR_MS, { event });
		await world.walk.settle(leg);
	}

	it.each(ENGAGEMENT_EVENTS)('"%s" is refused by its place in the batch, the others are stored, and nobody\'s wait or consent moves', async (event) => {
		await waitingFor(event);

		const { status, answer } = await post('batch', { batch: [
			{ type: 'track', userId: 'u0', event: 'Order Completed', messageId: 'a' },
			{ type: 'track', userId: 'u0', event, messageId: 'b' },
			{ type: 'track', userId: 'u0', event: ` ${event}\t`, messageId: 'c' },
			{ type: 'track', userId: 'u0', event: `${event}\0`, messageId: 'd' },
			{ type: 'track', userId: 'u0', event: `\0${event.slice(0, 3)}\0${event.slice(3)}`, messageId: 'e' },
			{ type: 'track', userId: 'u0', event: ` \0 ${event} \0`, messageId: 'f' },
			{ type: 'track', userId: 'u0', event: `My ${event}`, messageId: 'g' },
		] });

		expect(status).toBe(200);
		expect(answer.rejected?.map(({ index }) => index)).toEqual([1, 2, 3, 4, 5]);
		for (const { reason } of answer.rejected ?? []) expect(reason).toBe(`"${event}" is written by the engine itself when it happens. Choose another name for an event of your own.`);
		expect(await names()).toEqual(['Order Completed', `My ${event}`]);
		expect((await world.tokens()).map(({ step, state, outcome }) => [step, state, outcome])).toEqual([['wait', 'parked', null]]);
		expect((await world.walk.start(wait())).people).toEqual([]);
		expect(await world.rows('select * from consent')).toEqual([]);
	});

	it.each(ENGAGEMENT_EVENTS)('"%s" ends nobody\'s journey that has it as its exit', async (event) => {
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, exitOn: { event } });
		await world.track('Signed Up', await world.people(1));

		await post('track', { userId: 'u0', event });

		expect((await world.enrollments()).map(({ state }) => state)).toEqual(['active']);
	});

	it('a name that is no text, or nothing but NUL characters, is refused by itself too', async () => {
		const { status, answer } = await post('batch', { batch: [
			{ type: 'track', userId: 'u0', event: { toString: 1, valueOf: 1 } },
			{ type: 'track', userId: 'u0', event: ['Unsubscribed'] },
			{ type: 'track', userId: 'u0', event: '\0' },
			{ type: 'track', userId: 'u0', event: 'Order Completed' },
		] });

		expect(status).toBe(200);
		expect(answer.rejected?.map(({ index, reason }) => [index, reason])).toEqual([0, 1, 2].map((index) => [index, 'event, the name of the event, is missing.']));
		expect(await names()).toEqual(['Order Completed']);
	});

	it('as a single call gets 400 with the reason, and makes no person', async () => {
		const { status, answer } = await post('track', { userId: 'stranger', event: 'Unsubscribed' });

		expect([status, answer.code]).toEqual([400, 'invalid_message']);
		expect(answer.message).toMatch(/written by the engine itself/);
		expect(await world.engine.profiles.count()).toBe(0);
	});
});
