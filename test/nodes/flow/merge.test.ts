import { outputOf } from '../harness/n8n';
import type { Canvas } from '../harness/n8n';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';

const HOUR_MS = 3_600_000;
const PEOPLE = ['ada@example.com', 'grace@example.com'];

describe('n8n\'s Merge in a journey', () => {
	let world: World;
	beforeEach(async () => {
		world = await createWorld();
	});
	afterEach(() => world.close());

	const journey = async () => (await world.engine.journeys.status())[0];
	const goal = (name: string) => ({ name, type: `${PREFIX}journeyGoal`, parameters: { goal: name } });
	/** Start -> Left and Start -> (`between` ->) Right, both into the Merge, behind which is a goal. */
	const canvas = (between: Canvas['nodes']): Canvas => ({
		nodes: [
			{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up' } },
			goal('Left'), ...between, goal('Right'),
			{ name: 'Merge', type: 'n8n-nodes-base.merge', typeVersion: 3, parameters: { mode: 'append' } },
			goal('Joined'),
		],
		edges: [
			['Start', 'Left'], ['Start', between[0]?.name ?? 'Right'], ...between.map((node): [string, string] => [node.name, 'Right']),
			['Left', 'Merge', 0, 0], ['Right', 'Merge', 0, 1], ['Merge', 'Joined'],
		],
	});
	const goals = async () => Object.fromEntries((await journey())?.goals.map(({ name, count }) => [name, count]) ?? []);

	it('rule 25: joins the branches of one hop: each person comes by two items and is counted once behind it', async () => {
		const n8n = await world.publish(canvas([]));
		await world.happens('Signed Up', PEOPLE);
		await eventually(async () => (await journey())?.completed === 2);

		expect(n8n.runs.map((run) => outputOf(run, 'Merge').length)).toEqual([4]);
		expect(await goals()).toEqual({ Left: 2, Right: 2, Joined: 2 });
	});

	it('rule 25: joins nothing after a park: the branches come in executions of their own, each counted by itself, and the journey ends with the last', async () => {
		const n8n = await world.publish(canvas([{ name: 'Wait', type: `${PREFIX}journeyWait`, parameters: { amount: 1, unit: 'hours' } }]));
		await world.happens('Signed Up', PEOPLE);
		await eventually(async () => (await journey())?.steps.find(({ name }) => name === 'Wait')?.waiting === 2 && !n8n.isRunning);
		const before = await goals();
		const active = (await journey())?.active;

		world.clock.advance(HOUR_MS);
		await eventually(async () => (await journey())?.completed === 2);

		expect([before, active]).toEqual([{ Left: 2, Joined: 2 }, 2]);
		expect(n8n.runs.filter((run) => outputOf(run, 'Merge').length > 0).map((run) => [outputOf(run, 'Left').length, outputOf(run, 'Right').length, outputOf(run, 'Merge').length])).toEqual([[2, 0, 2], [0, 2, 2]]);
		expect(await goals()).toEqual({ Left: 2, Right: 2, Joined: 4 });
	});
});
