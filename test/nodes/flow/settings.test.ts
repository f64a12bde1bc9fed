import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { outputOf } from '../harness/n8n';
import type { Edge, NodeSpec, TestN8n } from '../harness/n8n';

const DAY_MS = 86_400_000;
const PEOPLE = ['ada@example.com', 'grace@example.com', 'mary@example.com'];

let world: World;

beforeEach(async () => {
	world = await createWorld();
});
afterEach(async () => {
	await world.close();
});

const start: NodeSpec = { name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', fields: 'name' } };
const goal = (name: string): NodeSpec => ({ name, type: `${PREFIX}journeyGoal`, parameters: { goal: name } });
const wait: NodeSpec = { name: 'Wait', type: `${PREFIX}journeyWait`, parameters: { duration: 1, durationUnit: 'days' } };

async function publish(nodes: NodeSpec[], edges: Edge[]): Promise<TestN8n> {
	return await world.publish({ nodes: [start, ...nodes], edges });
}

async function journey() {
	const [status] = await world.engine.journeys.status({ workflow: 'workflow-1' });
	if (!status) throw new Error('There is no journey');
	return status;
}

async function goals(): Promise<Record<string, number>> {
	return Object.fromEntries((await journey()).goals.map(({ name, count }) => [name, count]));
}

async function atRest(n8n: TestN8n): Promise<void> {
	await eventually(async () => !n8n.isRunning && (await journey()).steps.every(({ due }) => due === 0));
}

describe('Always Output Data', () => {
	it('lets nobody pass a wait before it is over, nor twice', async () => {
		const n8n = await publish([{ ...wait, alwaysOutputData: true }, goal('After the Wait')], [['Start', 'Wait'], ['Wait', 'After the Wait']]);

		await world.happens('Signed Up', ['ada@example.com']);
		await eventually(async () => (await journey()).steps.some(({ waiting }) => waiting === 1));
		await atRest(n8n);
		const before = await goals();
		world.clock.advance(DAY_MS);
		await eventually(async () => (await journey()).active === 0);

		expect(before).toEqual({});
		expect(await goals()).toEqual({ 'After the Wait': 1 });
		expect((await journey()).completed).toBe(1);
	});

	it('parks a whole batch at a wait without an error', async () => {
		const n8n = await publish([{ ...wait, alwaysOutputData: true }, goal('After the Wait')], [['Start', 'Wait'], ['Wait', 'After the Wait']]);

		await world.happens('Signed Up', PEOPLE);
		await eventually(async () => (await journey()).steps.some(({ waiting }) => waiting === 3));
		await atRest(n8n);

		expect((await journey()).steps.filter(({ held }) => held > 0)).toEqual([]);
	});

	it.each<[string, NodeSpec]>([
		['Segment Filter', { name: 'Choice', type: `${PREFIX}segmentFilter`, parameters: { by: 'rule', rule: { group: [{ combine: 'all', conditions: { attribute: [{ attribute: 'city', operator: 'equals', value: 'London' }] } }] } } }],
		['If', { name: 'Choice', type: 'n8n-nodes-base.if', parameters: { condition: false } }],
	])('sends nobody down the first way of %s who took the second', async (_title, choice) => {
		const n8n = await publish([{ ...choice, alwaysOutputData: true }, goal('First'), goal('Second')], [['Start', 'Choice'], ['Choice', 'First', 0], ['Choice', 'Second', 1]]);

		await world.happens('Signed Up', PEOPLE);
		await eventually(async () => (await journey()).active === 0);
		await atRest(n8n);

		expect(await goals()).toEqual({ Second: 3 });
	});

	it('finds nobody behind nodes that changed the made-up item', async () => {
		const n8n = await publish(
			[{ name: 'Choice', type: 'n8n-nodes-base.if', parameters: { condition: false }, alwaysOutputData: true }, { name: 'Edit', type: 'n8n-nodes-base.set', parameters: { fields: { note: 'x' } } }, goal('First')],
			[['Start', 'Choice'], ['Choice', 'Edit', 0], ['Edit', 'First']],
		);

		await world.happens('Signed Up', ['ada@example.com']);
		await eventually(async () => (await journey()).active === 0);
		await atRest(n8n);

		expect(await goals()).toEqual({});
	});

	it('holds people behind a look-up that found nothing, and names the setting', async () => {
		await publish([{ name: 'Look Up', type: 'n8n-nodes-base.code', parameters: { jsCode: 'return [];' }, alwaysOutputData: true }, goal('First')], [['Start', 'Look Up'], ['Look Up', 'First']]);

		await world.happens('Signed Up', ['ada@example.com']);
		await eventually(async () => (await journey()).steps.some(({ held }) => held === 1));

		expect((await journey()).steps.find(({ held }) => held === 1)?.problem).toContain('"Look Up" put out nothing');
		expect(await goals()).toEqual({});
	});
});

describe('Execute Once', () => {
	it.each<[string, NodeSpec[], Edge[]]>([
		['a wait', [{ ...wait, executeOnce: true }], [['Start', 'Wait']]],
		['a goal', [{ ...goal('Once'), executeOnce: true }], [['Start', 'Once']]],
		['a node of another kind between two steps', [{ name: 'Edit', type: 'n8n-nodes-base.set', executeOnce: true }, wait], [['Start', 'Edit'], ['Edit', 'Wait']]],
	])('on %s is refused when the workflow is published', async (_title, nodes, edges) => {
		await expect(publish(nodes, edges)).rejects.toMatchObject({
			message: expect.stringContaining('would handle one person of a batch and lose the others') as string,
			description: expect.stringContaining('Turn off Execute Once') as string,
		});
	});

	it('that was turned on later holds the people instead of losing all but one', async () => {
		const n8n = await publish([goal('Once')], [['Start', 'Once']]);
		n8n.nodeNamed('Once').executeOnce = true;

		await world.happens('Signed Up', PEOPLE);
		await eventually(async () => (await journey()).steps.some(({ held }) => held === 3));

		expect(await goals()).toEqual({});
		expect((await journey()).steps.find(({ held }) => held === 3)?.problem).toContain('"Once" would handle one person');
	});

	it('on a branch of its own, such as one message for a whole batch, is fine', async () => {
		const n8n = await publish([{ name: 'Tell the Team', type: 'n8n-nodes-base.service', executeOnce: true }, goal('Reached')], [['Start', 'Tell the Team'], ['Start', 'Reached']]);

		await world.happens('Signed Up', PEOPLE);
		await eventually(async () => (await journey()).active === 0);

		expect(await goals()).toEqual({ Reached: 3 });
		expect(n8n.runs.flatMap((run) => outputOf(run, 'Tell the Team'))).toHaveLength(1);
	});
});
