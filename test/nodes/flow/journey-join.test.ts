import { JourneyJoin } from '../../../nodes/JourneyJoin/JourneyJoin.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import type { Canvas, Edge, NodeSpec } from '../harness/n8n';

const HOUR_MS = 3_600_000;
const PEOPLE = ['ada@example.com', 'grace@example.com'];

describe('Journey Join', () => {
	let world: World;
	beforeEach(async () => {
		world = await createWorld({ [`${PREFIX}journeyJoin`]: new JourneyJoin() });
	});
	afterEach(() => world.close());

	const start: NodeSpec = { name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', fields: 'plan', reEntry: 'anyTime' } };
	const wait = (name: string, amount: number): NodeSpec => ({ name, type: `${PREFIX}journeyWait`, parameters: { amount, unit: 'hours' } });
	const join = (parameters: object = {}, name = 'Join'): NodeSpec => ({ name, type: `${PREFIX}journeyJoin`, parameters: parameters as never });
	const goal = (name: string): NodeSpec => ({ name, type: `${PREFIX}journeyGoal`, parameters: { goal: name } });
	const canvas = (nodes: NodeSpec[], edges: Edge[]): Canvas => ({ nodes: [start, ...nodes], edges });
	/** Start -> Short and Start -> Long, both into the Join; behind it a goal an output. */
	const twoPaths = (parameters: object = {}, between: NodeSpec[] = [], short = wait('Short', 1)): Canvas => canvas(
		[short, wait('Long', 2), ...between, join(parameters), goal('Met'), goal('Alone')],
		[['Start', 'Short'], ['Start', 'Long'], ['Short', between[0]?.name ?? 'Join'], ...between.map(({ name }): Edge => [name, 'Join']), ['Long', 'Join'], ['Join', 'Met', 0], ['Join', 'Alone', 1]],
	);
	const status = async () => (await world.engine.journeys.status())[0];
	const goals = async () => Object.fromEntries((await status())?.goals.map(({ name, count }) => [name, count]) ?? []);
	const passed = async (name = 'Join') => (await status())?.steps.find((step) => step.name === name)?.passed;
	const waiting = async (name: string, people: number) => await eventually(async () => (await status())?.steps.find((step) => step.name === name)?.waiting === people);
	const completed = async (people: number) => await eventually(async () => (await status())?.completed === people);

	it('rule 25: lets paths that were parked for different times go on as one, each person once, with an item made anew', async () => {
		const n8n = await world.publish(twoPaths());
		await world.happens('Signed Up', PEOPLE);
		await waiting('Short', 2);
		await waiting('Long', 2);
		world.clock.advance(HOUR_MS);
		await waiting('Join', 2);
		expect(await goals()).toEqual({});

		world.clock.advance(HOUR_MS);
		await completed(2);

		expect(await goals()).toEqual({ Met: 2 });
		expect(await passed()).toEqual({ arrived: 4, 0: 2 });
		const items = n8n.runs.flatMap((run) => outputOf(run, 'Join'));
		expect(items.map(({ json }) => Object.keys(json).sort())).toEqual(Array(2).fill(['_journey', 'event', 'plan', 'profileId']));
	});

	it('tells the paths by the line they come by, whatever foreign nodes made of the items, and joins a path that never waited with one that did', async () => {
		const rewrite: NodeSpec = { name: 'Rewrite', type: 'n8n-nodes-base.set', parameters: { fields: { only: 'this' } } };
		const edges: Edge[] = [['Start', 'Rewrite'], ['Rewrite', 'Join'], ['Start', 'Long'], ['Long', 'Join'], ['Join', 'Met']];
		await world.publish(canvas([rewrite, wait('Long', 2), join(), goal('Met')], edges));
		await world.happens('Signed Up', PEOPLE);
		await waiting('Join', 2);
		await waiting('Long', 2);

		world.clock.advance(2 * HOUR_MS);
		await completed(2);

		expect(await goals()).toEqual({ Met: 2 });
	});

	it('joins paths that all come in one execution', async () => {
		const nodes = [{ name: 'One', type: 'n8n-nodes-base.set', parameters: { fields: {} } }, { name: 'Two', type: 'n8n-nodes-base.code', parameters: { mode: 'runOnceForEachItem', jsCode: 'return {};' } }];
		await world.publish(canvas([...nodes, join(), goal('Met')], [['Start', 'One'], ['Start', 'Two'], ['One', 'Join'], ['Two', 'Join'], ['Join', 'Met']]));

		await world.happens('Signed Up', PEOPLE);
		await completed(2);

		expect(await goals()).toEqual({ Met: 2 });
		expect(await passed()).toEqual({ arrived: 4, 0: 2 });
	});

	it('leaves by Timed Out when the time is over, and what comes later ends there', async () => {
		await world.publish(twoPaths({ timeout: 30, timeoutUnit: 'minutes' }));
		await world.happens('Signed Up', PEOPLE);
		await waiting('Long', 2);
		world.clock.advance(HOUR_MS);
		await waiting('Join', 2);

		world.clock.advance(HOUR_MS / 2);
		await eventually(async () => (await goals()).Alone === 2);
		world.clock.advance(HOUR_MS / 2);
		await completed(2);

		expect(await goals()).toEqual({ Alone: 2 });
		expect(await passed()).toEqual({ arrived: 2, late: 2, 1: 2 });
	});

	it('goes on with the first path where that is chosen', async () => {
		await world.publish(twoPaths({ continueWhen: 'first' }));
		await world.happens('Signed Up', PEOPLE);
		await waiting('Long', 2);
		world.clock.advance(HOUR_MS);
		await eventually(async () => (await goals()).Met === 2);
		world.clock.advance(HOUR_MS);
		await completed(2);

		expect(await goals()).toEqual({ Met: 2 });
	});

	it('lets nobody wait for a path that has ended somewhere else', async () => {
		const drop: NodeSpec = { name: 'Drop', type: 'n8n-nodes-base.if', parameters: { condition: false } };
		await world.publish(twoPaths({}, [drop]));
		await world.happens('Signed Up', PEOPLE);
		await waiting('Long', 2);
		world.clock.advance(2 * HOUR_MS);
		await completed(2);

		expect(await goals()).toEqual({ Alone: 2 });
	});

	it('is a meeting of its own each time a loop comes by, where two joins in the loop are reached in one execution', async () => {
		// Left and Slow meet at Inner, Inner and Right at Outer, which leads back to the top.
		const pass = (name: string): NodeSpec => ({ name, type: 'n8n-nodes-base.code', parameters: { mode: 'runOnceForEachItem', jsCode: 'return $json;' } });
		const loop = canvas(
			[pass('Top'), pass('Left'), wait('Slow', 1), pass('Right'), join({}, 'Inner'), join({}, 'Outer'), wait('Rest', 1)],
			[['Start', 'Top'], ['Top', 'Left'], ['Top', 'Slow'], ['Top', 'Right'], ['Left', 'Inner'], ['Slow', 'Inner'], ['Inner', 'Outer'], ['Right', 'Outer'], ['Outer', 'Rest'], ['Rest', 'Top']],
		);
		await world.publish(loop);
		await world.happens('Signed Up', PEOPLE);

		for (let round = 1; round <= 3; round += 1) {
			await waiting('Inner', 2);
			await waiting('Outer', 2);
			await waiting('Slow', 2);
			world.clock.advance(HOUR_MS);
			await waiting('Rest', 2);
			expect(await passed('Outer')).toEqual({ arrived: 4 * round, 0: 2 * round });
			world.clock.advance(HOUR_MS);
		}
		expect((await status())?.active).toBe(2);
	});

	it('passes a person once in the editor, by the output that was chosen, and stores nothing', async () => {
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: PEOPLE[0] ?? '' }] }], { source: 'test', test: true });
		const before = await world.rows();

		const run = await world.draw(twoPaths({ manualOutput: 'timedOut' })).execute('Start', [{ json: {} }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect([outputOf(run, 'Join', 0).length, outputOf(run, 'Join', 1).length]).toEqual([0, 1]);
		expect(await world.rows()).toEqual(before);
	});

	it.each<[object, string]>([
		[{}, 'all paths · 7 days'], [{ continueWhen: 'first', timeout: 1, timeoutUnit: 'hours' }, 'the first path · 1 hour'], [{ continueWhen: 'number', paths: 3 }, '3 paths · 7 days'],
	])('says on the canvas what it waits for: %j', (parameters, said) => {
		expect(world.draw(twoPaths(parameters)).subtitleOf('Join')).toBe(said);
	});

	it.each<[string, object, Edge[], string]>([
		['only one line leads into it', {}, [['Start', 'Short'], ['Short', 'Join']], '"Join" joins nothing: one line leads into it'],
		['it waits for more paths than there are', { continueWhen: 'number', paths: 3 }, [['Start', 'Short'], ['Short', 'Join'], ['Start', 'Long'], ['Long', 'Join']], '"Join" waits for 3 paths, but 2 lines lead into it'],
		['only one of its lines comes from the journey', {}, [['Start', 'Short'], ['Short', 'Join'], ['Long', 'Join']], '"Join" joins nothing: one line leads into it'],
		['its second line comes out of the second output of a node that is off', {}, [['Start', 'Off'], ['Off', 'Join'], ['Off', 'Join', 1]], '"Join" joins nothing: one line leads into it'],
	])('is not published when %s', async (_what, parameters, edges, message) => {
		const off: NodeSpec = { name: 'Off', type: `${PREFIX}segmentFilter`, disabled: true };
		await expect(world.publish(canvas([wait('Short', 1), wait('Long', 2), off, join(parameters)], edges))).rejects.toThrow(message);
	});

	it('says of items of no journey that they belong to nobody', async () => {
		const run = await world.draw({ nodes: [{ name: 'Begin', type: 'n8n-nodes-base.start' }, join()], edges: [['Begin', 'Join']] }).execute('Begin', [{ json: {} }]);

		expect(errorOf(run)?.message).toBe('This item belongs to no person of a journey');
	});
});
