import { errorOf, outputOf } from '../harness/n8n';
import type { Canvas } from '../harness/n8n';
import { createWorld, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';

let world: World;
let ada: number;

beforeEach(async () => {
	world = await createWorld();
	const { profiles } = await world.engine.profiles.upsert(
		[{ identities: [{ kind: 'email', value: 'ada@example.com' }], attributes: { city: 'London' } }],
		{ source: 'test', test: true },
	);
	ada = Number(profiles[0]);
});

afterEach(async () => {
	await world.close();
});

const londoners = { group: [{ conditions: { attribute: [{ attribute: 'city', operator: 'equals', value: 'London' }] } }] };

function canvas(manualOutput: string): Canvas {
	return {
		nodes: [
			{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', fields: 'city' } },
			{ name: 'Wait', type: `${PREFIX}journeyWait`, parameters: { amount: 2, unit: 'weeks' } },
			{ name: 'Replace', type: 'n8n-nodes-base.set', parameters: { fields: { nothing: 'left' } } },
			{ name: 'Filter', type: `${PREFIX}segmentFilter`, parameters: { by: 'rule', rule: londoners } },
			{ name: 'Wait for Order', type: `${PREFIX}journeyWaitForEvent`, parameters: { event: 'Ordered', manualOutput } },
			{ name: 'Goal', type: `${PREFIX}journeyGoal`, parameters: { goal: 'Ordered' } },
			{ name: 'Exit', type: `${PREFIX}journeyExit`, parameters: { reason: 'no order' } },
		],
		edges: [['Start', 'Wait'], ['Wait', 'Replace'], ['Replace', 'Filter'], ['Filter', 'Wait for Order'], ['Wait for Order', 'Goal', 0], ['Wait for Order', 'Exit', 1]],
	};
}

describe('a manual run in the editor', () => {
	it.each([['continued', 'Goal'], ['timedOut', 'Exit']])('goes through every step as the chosen person, by %s, and stores nothing (rule 22)', async (manualOutput, last) => {
		const before = await world.rows();

		const run = await world.draw(canvas(manualOutput)).execute('Start', [{ json: {} }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect(Object.keys(run.data.resultData.runData)).toEqual(['Start', 'Wait', 'Replace', 'Filter', 'Wait for Order', last]);
		expect(outputOf(run, 'Start')).toMatchObject([{ json: { _journey: { manual: true, profile: ada } } }]);
		expect(outputOf(run, 'Filter')).toMatchObject([{ json: { nothing: 'left', _journey: { manual: true, profile: ada } } }]);
		expect(await world.rows()).toEqual(before);
	});

	it('touches nobody when it is fed with items of a real execution (rule 22)', async () => {
		const n8n = world.draw(canvas('continued'));
		const step = { workflow: 'workflow-1', step: 'id-Start', name: 'Start', type: 'trigger' };
		await world.engine.journeys.register(step, {
			name: 'A journey', entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'never', fields: [], carryEvent: false, onFailure: 'hold',
		});
		await world.happens('Signed Up', ['ada@example.com']);
		const claim = await world.engine.journeys.claim(step, { limit: 1, leaseMs: 60_000 });
		const before = await world.rows();

		const run = await n8n.execute('Wait', claim.items.map(({ stamp, json }) => ({ json: { ...json, _journey: { ...stamp } } })), 'manual');

		expect(outputOf(run, 'Wait')).toMatchObject([{ json: { _journey: { manual: true, profile: ada } } }]);
		expect(await world.rows()).toEqual(before);
		expect((await world.engine.journeys.settle(claim.nonce, { kind: 'unproven' })).released).toBe(1);
	});

	it('stays one inside a sub-workflow (rule 22)', async () => {
		const before = await world.rows();

		const run = await world.draw(canvas('continued')).execute('Wait', [{ json: { _journey: { manual: true, profile: ada } } }], 'integrated', 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, 'Goal')).toHaveLength(1);
		expect(await world.rows()).toEqual(before);
	});

	it('stays one when somebody retries it, even where a node replaced the JSON', async () => {
		const before = await world.rows();

		const run = await world.draw(canvas('continued')).execute('Wait', [{ json: { _journey: { manual: true, profile: ada } } }], 'retry');

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, 'Goal')).toMatchObject([{ json: { nothing: 'left', _journey: { manual: true, profile: ada } } }]);
		expect(await world.rows()).toEqual(before);
	});

	it('acts as a person named by identity, and says so when there is none', async () => {
		const asPerson = (identityValue: string): Canvas => ({
			nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', actAs: 'identity', identityKind: 'email', identityValue } }],
			edges: [],
		});

		const known = await world.draw(asPerson('ada@example.com')).execute('Start', [{ json: {} }], 'manual');
		const unknown = await world.draw(asPerson('nobody@example.com')).execute('Start', [{ json: {} }], 'manual');

		expect(outputOf(known, 'Start')).toMatchObject([{ json: { _journey: { manual: true, profile: ada } } }]);
		expect(errorOf(unknown)).toMatchObject({ message: 'There is nobody to act as', description: expect.stringContaining('No profile has this identity') });
	});

	it('shows the mistakes in a step that a published journey would stop at', async () => {
		const n8n = world.draw({
			nodes: [
				{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up' } },
				{ name: 'Wait', type: `${PREFIX}journeyWait`, parameters: { amount: '={{ "soon" }}', unit: 'days' } },
			],
			edges: [['Start', 'Wait']],
		});

		const run = await n8n.execute('Start', [{ json: {} }], 'manual');

		expect(errorOf(run)?.message).toContain('Wait For is not a number above 0');
	});
});
