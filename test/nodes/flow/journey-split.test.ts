import { JourneySplit } from '../../../nodes/JourneySplit/JourneySplit.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import type { Canvas } from '../harness/n8n';

let world: World;
beforeEach(async () => {
	world = await createWorld({ [`${PREFIX}journeySplit`]: new JourneySplit() });
});
afterEach(async () => await world.close());

const HOUR_MS = 3_600_000;
const paths = (...list: Array<[name: string, percent?: number]>) => ({ path: list.map(([name, percent = 50]) => ({ name, percent })) });
const split = (parameters: object) => ({ name: 'Split', type: `${PREFIX}journeySplit`, parameters: { paths: paths(['Short', 50], ['Long', 50]), ...parameters } as never });
const journey = (parameters: object = {}, more: Canvas['nodes'] = []): Canvas => ({
	nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', reEntry: 'anyTime' } }, split(parameters), ...more],
	edges: [['Start', 'Split']],
});
const emails = (count: number) => Array.from({ length: count }, (_none, n) => `p${n}@example.com`);
const completed = async (count: number) => await eventually(async () => (await world.engine.journeys.status())[0]?.completed === count);
const status = async () => (await world.engine.experiments.status({ workflow: 'workflow-1' }))[0];

describe('Journey Split', () => {
	it('has an output for each path, by its name, as the editor draws it', () => {
		const n8n = world.draw(journey({ paths: paths(['Short'], ['']) }));

		const drawn = n8n.workflow.expression.getSimpleParameterValue(n8n.nodeNamed('Split'), String(new JourneySplit().description.outputs), 'internal', {}) as unknown;

		expect(drawn).toEqual(['Short', 'Path 2'].map((displayName) => ({ type: 'main', displayName })));
	});

	it('divides people by percentages, the same people the same way when they come again', async () => {
		const n8n = await world.publish(journey({ options: { pathField: 'path' } }));

		await world.happens('Signed Up', emails(60));
		await completed(60);
		await world.happens('Signed Up', emails(60));
		await completed(120);

		const ways = new Map<unknown, Set<string>>();
		for (const [output, name] of ['Short', 'Long'].entries()) {
			for (const { json } of n8n.runs.flatMap((run) => outputOf(run, 'Split', output))) {
				expect(json.path).toBe(name);
				ways.set(json.profileId, (ways.get(json.profileId) ?? new Set()).add(name));
			}
		}
		expect([...ways.values()].map(({ size }) => size)).toEqual(Array<number>(60).fill(1));
		const passed = (await world.engine.journeys.status())[0]?.steps.find(({ name }) => name === 'Split')?.passed ?? {};
		expect(Object.values(passed).reduce((sum, people) => sum + people, 0)).toBe(120);
		expect(Math.min(...Object.values(passed))).toBeGreaterThan(20);
	});

	it('measures an experiment by a goal of the run, and tells the engine how it is set when it is published', async () => {
		const goal = (name: string) => ({ name, type: `${PREFIX}journeyGoal`, parameters: { goal: 'Order' } });
		const canvas = journey({ mode: 'experiment', metric: 'goal', goal: { __rl: true, mode: 'list', value: 'Order' }, window: 2, windowUnit: 'hours', sendToWinner: true, options: { minimumPeople: 10, riskPercent: 10 } }, [goal('Order')]);
		await world.publish({ ...canvas, edges: [...canvas.edges, ['Split', 'Order', 1]] });
		expect(await status()).toMatchObject({ stepName: 'Split', mode: 'experiment', metric: { kind: 'goal', goal: 'Order' }, windowMs: 2 * HOUR_MS, alpha: 0.1, minimumPeople: 10, sendsToWinner: true, paths: [{ name: 'Short', people: 0 }, { name: 'Long', people: 0 }] });

		await world.happens('Signed Up', emails(100));
		await completed(100);
		world.clock.advance(2 * HOUR_MS);
		await world.engine.tick();

		const now = await status();
		expect(now?.paths).toMatchObject([{ name: 'Short', conversions: 0 }, { name: 'Long', rate: 1 }]);
		expect(now?.paths.reduce((sum, { matured }) => sum + matured, 0)).toBe(100);
		expect(now?.winner?.name).toBe('Long');
	});

	it.each<[string, object, object]>([
		['a click in a message of a step, by the name of its node', { metric: 'message', happened: 'clicked', messageStep: { __rl: true, mode: 'name', value: 'Start' } }, { kind: 'message', happened: 'clicked', step: 'id-Start' }],
		['an answer to a message', { metric: 'message', happened: 'replied' }, { kind: 'message', happened: 'replied' }],
		['any message opened', { metric: 'message', happened: 'opened' }, { kind: 'message', happened: 'opened' }],
		['an event with a filter', { metric: 'event', event: { __rl: true, mode: 'name', value: 'Bought' }, filters: { filter: [{ path: { __rl: true, mode: 'name', value: 'total' }, operator: 'greater', value: '10' }] } }, { kind: 'event', match: { event: 'Bought', filters: [{ path: 'total', operator: 'greater', value: 10 }] } }],
	])('takes as the metric of a bandit %s', async (_what, parameters, metric) => {
		await world.publish(journey({ mode: 'bandit', ...parameters, options: { floorPercent: 10 } }));

		expect(await status()).toMatchObject({ mode: 'bandit', metric, windowMs: 7 * 24 * HOUR_MS, paths: [{ allocation: expect.closeTo(0.5, 6) as number }, { allocation: expect.closeTo(0.5, 6) as number }] });
	});

	it('sends a replay the way that was taken first, out of the output that is called so by then', async () => {
		const step = { workflow: 'workflow-1', step: 'id-Start', name: 'Start', type: 'trigger' };
		await world.engine.journeys.register(step, { name: 'A journey', entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'never', fields: [], carryEvent: false, onFailure: 'hold' });
		await world.happens('Signed Up', emails(30));
		const { items, nonce } = await world.engine.journeys.claim(step, { limit: 30, leaseMs: 60_000 });
		await world.engine.journeys.begin({ nonce, workflow: 'workflow-1', steps: ['id-Split'], foreignEffects: false });
		const run = async (parameters: object) => await world.draw({ nodes: [{ name: 'Begin', type: 'n8n-nodes-base.start' }, split(parameters)], edges: [['Begin', 'Split']] }).execute('Begin', items.map(({ stamp }) => ({ json: { _journey: { ...stamp } } })));
		const people = (of: Awaited<ReturnType<typeof run>>, output: number) => outputOf(of, 'Split', output).map(({ json }) => (json._journey as { profile: number }).profile).sort((a, b) => a - b);

		const first = await run({});
		const turned = await run({ paths: paths(['Long', 99], ['Short', 1]) });

		expect([errorOf(first), errorOf(turned)]).toEqual([undefined, undefined]);
		expect(people(first, 0).length * people(first, 1).length).toBeGreaterThan(0);
		expect([people(turned, 1), people(turned, 0)]).toEqual([people(first, 0), people(first, 1)]);
	});

	it('runs in the editor by the path that the person would take, and stores nothing', async () => {
		const { profiles } = await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ada@example.com' }] }], { source: 'test', test: true });
		const before = await world.rows();
		const [way] = await world.engine.experiments.preview({ workflow: 'workflow-1', step: 'id-Split' }, profiles, { mode: 'percentages', unit: 'person', paths: [{ name: 'Short', percent: 50 }, { name: 'Long', percent: 50 }] });

		const run = await world.draw(journey()).execute('Start', [{ json: {} }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, 'Split', way?.output ?? 9)).toMatchObject([{ json: { _journey: { manual: true, profile: profiles[0] } } }]);
		expect(await world.rows()).toEqual(before);
	});

	it.each<[string, object, string]>([
		['percentages do not add up', { paths: paths(['A', 50], ['B', 40]) }, 'The percentages add up to 90, not to 100'],
		['two paths have one name', { paths: paths(['A'], ['A']) }, 'Two paths are named "A"'],
		['the goal is empty', { mode: 'experiment', metric: 'goal' }, 'Goal is empty'],
		['the event is empty', { mode: 'experiment', metric: 'event' }, 'Event is empty'],
		['the time is none', { mode: 'bandit', metric: 'goal', goal: 'x', window: 0 }, 'Within is not a number above 0'],
	])('is not published when %s, and says what to do when it is run', async (_what, parameters, message) => {
		await expect(world.publish(journey(parameters))).rejects.toThrow(message);
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ada@example.com' }] }], { source: 'test', test: true });

		const run = await world.draw(journey(parameters)).execute('Start', [{ json: {} }], 'manual');

		expect(errorOf(run)?.message).toContain(message);
	});

	it('says of items of no journey that they belong to nobody', async () => {
		const run = await world.draw({ nodes: [{ name: 'Begin', type: 'n8n-nodes-base.start' }, split({})], edges: [['Begin', 'Split']] }).execute('Begin', [{ json: {} }]);

		expect(errorOf(run)?.message).toBe('This item belongs to no person of a journey');
	});
});
