import { outputOf } from '../harness/n8n';
import type { Canvas } from '../harness/n8n';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';

const DAY_MS = 86_400_000;

let world: World;

beforeEach(async () => {
	world = await createWorld();
});

afterEach(async () => {
	await world.close();
});

const trigger = { name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up' } };
const goal = { name: 'Goal', type: `${PREFIX}journeyGoal`, parameters: { goal: 'Reached', value: '9.90', currency: 'eur' } };

async function journey() {
	const [status] = await world.engine.journeys.status({ workflow: 'workflow-1' });
	if (!status) throw new Error('The journey is not registered');
	return status;
}

const stepOf = async (name: string) => (await journey()).steps.find((step) => step.name === name);

describe('a published journey', () => {
	const waiting: Canvas = {
		nodes: [trigger, { name: 'Wait', type: `${PREFIX}journeyWait`, parameters: { amount: 2, unit: 'days' } }, goal],
		edges: [['Start', 'Wait'], ['Wait', 'Goal']],
	};

	it('takes people who do the entry event, lets them wait, and brings them back from the place of the wait', async () => {
		const n8n = await world.publish(waiting);
		await world.happens('Signed Up', ['ada@example.com', 'grace@example.com']);
		await eventually(async () => (await stepOf('Wait'))?.waiting === 2);

		world.clock.advance(2 * DAY_MS);
		await eventually(async () => (await journey()).completed === 2);

		expect(await journey()).toMatchObject({ entered: 2, active: 0, completed: 2, exited: {} });
		const [resumed] = n8n.runs.filter((run) => outputOf(run, 'Goal').length > 0);
		expect(resumed && Object.keys(resumed.data.resultData.runData)).toEqual(['Wait', 'Goal']);
		expect((await journey()).goals).toEqual([{ name: 'Reached', count: 2, value: expect.stringMatching(/^19\.80?$/), currency: 'EUR' }]);
	});

	it('has its executions named by the erasure of somebody who was in it then', async () => {
		await world.publish(waiting);
		const [ada = 0] = await world.happens('Signed Up', ['ada@example.com']);
		await eventually(async () => (await stepOf('Wait'))?.waiting === 1);

		const { executions } = await world.engine.privacy.erasePerson({ profileId: ada }, { source: 'test' });

		expect(executions).toEqual([expect.objectContaining({ workflow: 'workflow-1', ids: [], mayHold: [expect.stringMatching(/^\d+$/)] })]);
	});

	it('counts a value without a currency in the one of the settings', async () => {
		await world.engine.settings.set({ currency: 'CHF' });
		await world.publish({ nodes: [trigger, { ...goal, parameters: { goal: 'Reached', value: '9.90', currency: '' } }], edges: [['Start', 'Goal']] });
		await world.happens('Signed Up', ['ada@example.com']);
		await eventually(async () => (await journey()).completed === 1);

		expect((await journey()).goals).toMatchObject([{ name: 'Reached', count: 1, currency: 'CHF' }]);
	});

	it('does not let anyone through before the time has come', async () => {
		await world.publish(waiting);
		await world.happens('Signed Up', ['ada@example.com']);
		await eventually(async () => (await stepOf('Wait'))?.waiting === 1);

		world.clock.advance(2 * DAY_MS - 1_000);
		await world.happens('Signed Up', ['grace@example.com']);
		await eventually(async () => (await stepOf('Wait'))?.waiting === 2);

		expect(await journey()).toMatchObject({ active: 2, completed: 0 });
	});

	it('sends people who do the awaited event one way and those who do not the other', async () => {
		const n8n = await world.publish({
			nodes: [
				trigger,
				{ name: 'Wait for Order', type: `${PREFIX}journeyWaitForEvent`, parameters: { event: { __rl: true, mode: 'name', value: 'Ordered' }, timeout: 4, timeoutUnit: 'hours' } },
				goal,
				{ name: 'Give Up', type: `${PREFIX}journeyExit`, parameters: { reason: 'no order' } },
			],
			edges: [['Start', 'Wait for Order'], ['Wait for Order', 'Goal', 0], ['Wait for Order', 'Give Up', 1]],
		});
		const [ada] = await world.happens('Signed Up', ['ada@example.com', 'grace@example.com']);
		await eventually(async () => (await stepOf('Wait for Order'))?.waiting === 2);

		await world.happens('Ordered', ['ada@example.com']);
		await eventually(async () => (await journey()).completed === 1);
		world.clock.advance(DAY_MS / 6);
		await eventually(async () => (await journey()).active === 0);

		expect(n8n.runs.flatMap((run) => outputOf(run, 'Goal')).map((item) => item.json._journey)).toMatchObject([{ profile: ada }]);
		expect(await journey()).toMatchObject({ completed: 1, exited: { 'no order': 1 } });
		expect((await stepOf('Wait for Order'))?.passed).toMatchObject({ 0: 1, 1: 1 });
	});

	it('splits a batch by a rule and keeps each person with their own item', async () => {
		await world.engine.profiles.upsert(
			[
				{ identities: [{ kind: 'email', value: 'ada@example.com' }], attributes: { city: 'London' } },
				{ identities: [{ kind: 'email', value: 'grace@example.com' }], attributes: { city: 'New York' } },
			],
			{ source: 'test' },
		);
		const rule = { group: [{ combine: 'all', conditions: { attribute: [{ attribute: 'city', operator: 'equals', value: 'London' }] } }] };
		const n8n = await world.publish({
			nodes: [{ ...trigger, parameters: { event: 'Signed Up', fields: 'city' } }, { name: 'Filter', type: `${PREFIX}segmentFilter`, parameters: { by: 'rule', rule } }],
			edges: [['Start', 'Filter']],
		});

		await world.happens('Signed Up', ['ada@example.com', 'grace@example.com']);
		await eventually(async () => (await journey()).completed === 2);

		const cities = (output: number) => n8n.runs.flatMap((run) => outputOf(run, 'Filter', output)).map((item) => JSON.stringify(item.json));
		expect(cities(0)).toEqual([expect.stringContaining('London')]);
		expect(cities(1)).toEqual([expect.stringContaining('New York')]);
	});

	it('holds the people of a failed execution where they are, with the reason', async () => {
		await world.publish({
			nodes: [trigger, { name: 'Service', type: 'n8n-nodes-base.service' }, { name: 'Fail', type: 'n8n-nodes-base.code', parameters: { jsCode: 'throw new Error("The service is down")' } }],
			edges: [['Start', 'Service'], ['Service', 'Fail']],
		});

		await world.happens('Signed Up', ['ada@example.com']);
		await eventually(async () => (await stepOf('Start'))?.held === 1);

		expect((await stepOf('Start'))?.problem).toContain('The service is down');
		expect(await journey()).toMatchObject({ active: 1, completed: 0 });
	});

	it('drops people whose lease went to another execution in the meantime', async () => {
		const n8n = world.draw(waiting);
		const start = { workflow: 'workflow-1', step: 'id-Start', name: 'Start', type: 'trigger' };
		await world.engine.journeys.register(start, {
			name: 'A journey', entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'never', fields: [], carryEvent: false, onFailure: 'retry',
		});
		await world.happens('Signed Up', ['ada@example.com']);
		const stale = await world.engine.journeys.claim(start, { limit: 10, leaseMs: 1_000 });
		world.clock.advance(5_000);
		const fresh = await world.engine.journeys.claim(start, { limit: 10, leaseMs: 60_000 });
		const emitted = (claim: typeof stale) => claim.items.map(({ stamp, json, outcome }) => ({ json: { ...json, _journey: { ...stamp, outcome } } }));

		const late = await n8n.execute('Start', emitted(stale));
		const current = await n8n.execute('Start', emitted(fresh));

		expect(outputOf(late, 'Start')).toEqual([]);
		expect(outputOf(current, 'Start')).toHaveLength(1);
		expect((await stepOf('Wait'))?.waiting).toBe(1);
	});

	it('refuses an item that belongs to nobody at a wait', async () => {
		const n8n = world.draw({ nodes: [{ name: 'Rows', type: 'n8n-nodes-base.start' }, { name: 'Wait', type: `${PREFIX}journeyWait`, parameters: { amount: 1, unit: 'days' } }], edges: [['Rows', 'Wait']] });

		const run = await n8n.execute('Rows', [{ json: { email: 'ada@example.com' } }]);

		expect(run.data.resultData.error).toMatchObject({ message: 'This item belongs to no person of a journey', context: { itemIndex: 0 } });
	});
});
