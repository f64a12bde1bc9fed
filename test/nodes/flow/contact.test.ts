import type { IRun } from 'n8n-workflow';

import { errorOf, outputOf } from '../harness/n8n';
import type { NodeSpec } from '../harness/n8n';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';

const PEOPLE = ['ada@example.com', 'grace@example.com', 'mary@example.com'];

let world: World;
/** email -> profile id */
let profiles: Map<string, number>;

beforeEach(async () => {
	world = await createWorld();
	profiles = new Map();
});

afterEach(async () => {
	await world.close();
});

/** Publishes Start -> `between` -> Goal, lets the people in at once, and gives the run that they came in by. */
async function runThrough(between: NodeSpec[], people = PEOPLE): Promise<IRun> {
	await world.engine.profiles.upsert(people.map((value) => ({ identities: [{ kind: 'email', value }], attributes: { name: value } })), { source: 'test' });
	const nodes: NodeSpec[] = [
		{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', fields: 'name' } },
		...between,
		{ name: 'Goal', type: `${PREFIX}journeyGoal`, parameters: { goal: 'Reached' } },
	];
	const edges = nodes.slice(1).map((node, place): [string, string] => [nodes[place]?.name ?? '', node.name]);
	const n8n = await world.publish({ nodes, edges });
	const ids = await world.happens('Signed Up', people);
	people.forEach((email, place) => profiles.set(email, ids[place] ?? 0));
	await eventually(() => n8n.runs.length > 0 && !n8n.isRunning);
	const [run] = n8n.runs;
	if (!run) throw new Error('Nothing ran');
	return run;
}

/** Each person at the goal by what the item says, and whose stamp it carries. */
function pairsAtGoal(run: IRun): Array<[unknown, unknown]> {
	const pairs = outputOf(run, 'Goal').map(({ json }): [unknown, unknown] => [json.who, (json._journey as { profile: number }).profile]);
	// In which order people come in is the engine's own business.
	return pairs.sort(([a], [b]) => String(a).localeCompare(String(b)));
}

const expectedPairs = (people = PEOPLE) => people.map((email) => [email, profiles.get(email)]);

async function goals(): Promise<number> {
	const [status] = await world.engine.journeys.status({ workflow: 'workflow-1' });
	return status?.goals[0]?.count ?? 0;
}

const NAME = '={{ Object.values($json).flatMap((value) => typeof value === "object" ? Object.values(value) : [value]).find((value) => String(value).includes("@")) }}';

describe('who an item is', () => {
	it('is known behind Edit Fields that left nothing of the JSON (rule 18)', async () => {
		const run = await runThrough([{ name: 'Edit Fields', type: 'n8n-nodes-base.set', parameters: { fields: { who: NAME } } }]);

		expect(errorOf(run)).toBeUndefined();
		expect(pairsAtGoal(run)).toEqual(expectedPairs());
		expect(await goals()).toBe(3);
	});

	it('is known behind Code that runs once for each item and returns new JSON', async () => {
		const jsCode = 'return { who: JSON.stringify($json).match(/[a-z]+@example.com/)[0] };';
		const run = await runThrough([{ name: 'Code', type: 'n8n-nodes-base.code', parameters: { mode: 'runOnceForEachItem', jsCode } }]);

		expect(pairsAtGoal(run)).toEqual(expectedPairs());
	});

	it('is known through several nodes that replaced the JSON', async () => {
		const run = await runThrough([
			{ name: 'Code', type: 'n8n-nodes-base.code', parameters: { mode: 'runOnceForEachItem', jsCode: 'return { mail: JSON.stringify($json).match(/[a-z]+@example.com/)[0] };' } },
			{ name: 'If', type: 'n8n-nodes-base.if', parameters: { condition: true } },
			{ name: 'Edit Fields', type: 'n8n-nodes-base.set', parameters: { fields: { who: '={{ $json.mail }}' } } },
		]);

		expect(pairsAtGoal(run)).toEqual(expectedPairs());
	});

	it('is an error that names the node when Code reversed rewritten items, and never somebody else (rule 18)', async () => {
		const jsCode = 'return items.map((item) => ({ json: { who: JSON.stringify(item.json).match(/[a-z]+@example.com/)[0] } })).reverse();';
		const run = await runThrough([{ name: 'Reverse', type: 'n8n-nodes-base.code', parameters: { jsCode } }]);

		expect(errorOf(run)).toMatchObject({
			message: 'The person of this item was lost in "Reverse"',
			description: expect.stringContaining('set Mode to "Run Once for Each Item"'),
		});
		expect(outputOf(run, 'Goal')).toEqual([]);
		expect(await goals()).toBe(0);
		await eventually(async () => (await world.engine.journeys.status())[0]?.steps.find((step) => step.name === 'Start')?.held === 3);
	});

	it('follows the stamp when Code reversed items that kept it (rule 18)', async () => {
		const jsCode = 'return items.map((item) => ({ json: { who: JSON.stringify(item.json).match(/[a-z]+@example.com/)[0], _journey: item.json._journey } })).reverse();';
		const run = await runThrough([{ name: 'Reverse', type: 'n8n-nodes-base.code', parameters: { jsCode } }]);

		expect(pairsAtGoal(run)).toEqual(expectedPairs());
	});

	it('is the only contact of the execution, whatever a node in between did (rule 18)', async () => {
		const run = await runThrough([{ name: 'Code', type: 'n8n-nodes-base.code', parameters: { jsCode: 'return [{ json: { who: "ada@example.com" } }];' } }], ['ada@example.com']);

		expect(pairsAtGoal(run)).toEqual(expectedPairs(['ada@example.com']));
	});

	it('is an error for an item that a node made of several people (rule 18)', async () => {
		const run = await runThrough([{ name: 'Sum', type: 'n8n-nodes-base.code', parameters: { jsCode: 'return [{ json: { count: items.length } }];' } }]);

		expect(errorOf(run)?.message).toBe('The person of this item was lost in "Sum"');
		expect(await goals()).toBe(0);
	});

	it('is an error when a Merge laid two people on each other (rule 18)', async () => {
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ada@example.com' }], attributes: { city: 'London' } }], { source: 'test' });
		const londoners = { group: [{ conditions: { attribute: [{ attribute: 'city', operator: 'equals', value: 'London' }] } }] };
		const n8n = await world.publish({
			nodes: [
				{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up' } },
				{ name: 'Filter', type: `${PREFIX}segmentFilter`, parameters: { by: 'rule', rule: londoners } },
				{ name: 'Merge', type: 'n8n-nodes-base.merge', typeVersion: 3, parameters: { mode: 'combine', combineBy: 'combineByPosition' } },
				{ name: 'Goal', type: `${PREFIX}journeyGoal`, parameters: { goal: 'Reached' } },
			],
			edges: [['Start', 'Filter'], ['Filter', 'Merge', 0, 0], ['Filter', 'Merge', 1, 1], ['Merge', 'Goal']],
		});

		await world.happens('Signed Up', ['ada@example.com', 'grace@example.com']);
		await eventually(() => n8n.runs.length > 0 && !n8n.isRunning);

		expect(n8n.runs[0] && errorOf(n8n.runs[0])?.message).toBe('"Merge" made one item out of several people');
		expect(await goals()).toBe(0);
	});

	it('lets the others pass when the step continues on fail, and says what was wrong on the item', async () => {
		const n8n = world.draw({
			nodes: [{ name: 'Rows', type: 'n8n-nodes-base.start' }, { name: 'Goal', type: `${PREFIX}journeyGoal`, parameters: { goal: 'Reached' }, onError: 'continueRegularOutput' }],
			edges: [['Rows', 'Goal']],
		});

		const run = await n8n.execute('Rows', [{ json: { row: 1 } }]);

		expect(run.data.resultData.error).toBeUndefined();
		expect(outputOf(run, 'Goal')).toMatchObject([{ json: { error: 'This item belongs to no person of a journey' }, pairedItem: { item: 0 } }]);
	});
});

describe('Segment Filter outside a journey', () => {
	it('finds people by the identity given and sends the unknown out', async () => {
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ada@example.com' }], attributes: { city: 'London' } }], { source: 'test' });
		const n8n = world.draw({
			nodes: [
				{ name: 'Rows', type: 'n8n-nodes-base.start' },
				{
					name: 'Filter',
					type: `${PREFIX}segmentFilter`,
					parameters: {
						by: 'rule',
						rule: { group: [{ conditions: { attribute: [{ attribute: 'city', operator: 'equals', value: 'London' }] } }] },
						options: { identityKind: 'email', identityValue: '={{ $json.mail }}' },
					},
				},
			],
			edges: [['Rows', 'Filter']],
		});

		const run = await n8n.execute('Rows', [{ json: { mail: 'ada@example.com' } }, { json: { mail: 'nobody@example.com' } }]);

		expect(outputOf(run, 'Filter', 0).map(({ json }) => json.mail)).toEqual(['ada@example.com']);
		expect(outputOf(run, 'Filter', 1).map(({ json }) => json.mail)).toEqual(['nobody@example.com']);
		expect(await world.engine.profiles.count()).toBe(1);
	});

	it('says what to set when no identity is given', async () => {
		const n8n = world.draw({
			nodes: [{ name: 'Rows', type: 'n8n-nodes-base.start' }, { name: 'Filter', type: `${PREFIX}segmentFilter`, parameters: { by: 'saved', segment: 'VIP' } }],
			edges: [['Rows', 'Filter']],
		});

		const run = await n8n.execute('Rows', [{ json: {} }]);

		expect(errorOf(run)).toMatchObject({ message: 'This item names no person to check', description: expect.stringContaining('Identity Value') });
	});
});
