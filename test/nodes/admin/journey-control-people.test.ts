import { LoadOptionsContext } from 'n8n-core';
import type { IDataObject, ILoadOptionsFunctions, INodeParameters, IWorkflowExecuteAdditionalData } from 'n8n-workflow';

import { JourneyControl } from '../../../nodes/JourneyControl/JourneyControl.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { callTool } from './agent';
import { Desk, SUBJECT } from './desk';
import type { DeskOptions } from './desk';

let world: World;
let ada: number;
let grace: number;

beforeEach(async () => {
	world = await createWorld();
	await world.publish({
		id: 'welcome',
		nodes: [
			{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', fields: [] } },
			{ name: 'Wait', type: `${PREFIX}journeyWait`, parameters: { amount: 2, unit: 'hours' } },
			{ name: 'Later', type: `${PREFIX}journeyWait`, parameters: { amount: 2, unit: 'days' } },
			{ name: 'Done', type: `${PREFIX}journeyGoal`, parameters: { goal: 'Done' } },
		],
		edges: [['Start', 'Wait'], ['Wait', 'Later'], ['Later', 'Done']],
	});
	[ada = 0, grace = 0] = await world.happens('Signed Up', ['ada@example.com', 'grace@example.com']);
	await waiting('Wait', 2);
});
afterEach(async () => await world.close());

const step = async (name: string) => (await world.engine.journeys.status())[0]?.steps.find((one) => one.name === name);
const waiting = async (name: string, people: number) => await eventually(async () => (await step(name))?.waiting === people);
const journey = { resource: 'journey', scope: 'id', workflowId: 'welcome' };

async function run(parameters: DeskOptions['parameters'], items: IDataObject[] = [{}], more: Partial<DeskOptions> = {}) {
	return await new Desk({ type: 'journeyControl', node: new JourneyControl(), parameters, ...more }).run(items);
}

async function rowsOf(parameters: DeskOptions['parameters'], items: IDataObject[] = [{}]) {
	const done = await run(parameters, items);
	expect(errorOf(done)).toBeUndefined();
	return outputOf(done, SUBJECT);
}

describe('Journey Control: Explain', () => {
	it('explains the person of each item, found by any identity, in a sentence and as data', async () => {
		const rows = await rowsOf({ ...journey, operation: 'explain', identifyBy: 'email', identityValue: '={{ $json.email }}' }, [{ email: 'ada@example.com' }, { email: 'nobody@example.com' }]);

		expect(rows[0]).toMatchObject({
			json: { profileId: ada, status: 'under way', text: expect.stringContaining('they wait at "Wait"') as string, runs: [{ places: [{ step: 'Wait', state: 'waiting' }] }] }, pairedItem: { item: 0 },
		});
		expect(rows[1]).toMatchObject({ json: { profileId: null, status: 'unknown person' }, pairedItem: { item: 1 } });
	});

	it('says what lies ahead as the canvas is drawn when it is published, and when people have come by it since', async () => {
		const ask = { ...journey, operation: 'explain', identifyBy: 'profileId', identityValue: String(ada) };

		const [{ json }] = await rowsOf(ask) as [{ json: IDataObject }];

		expect((json.ahead as IDataObject[]).map(({ step, steps }) => [step, steps])).toEqual([['Later', 1], ['Done', 2]]);
		expect(json.text).toContain('The next step is "Later". No message lies ahead of them.');
	});

	it('explains the journey whose trigger is chosen where a workflow has several', async () => {
		await world.engine.journeys.register({ workflow: 'welcome', step: 'id-Second', name: 'Second', type: 'trigger' }, { name: 'Come Back', entry: { kind: 'enroll' }, reEntry: 'anyTime', fields: [], carryEvent: false, onFailure: 'hold' });
		const ask = { ...journey, operation: 'explain', identifyBy: 'profileId', identityValue: String(ada) };

		const [first, second] = [await rowsOf(ask), await rowsOf({ ...ask, journeyTrigger: 'id-Second' })];

		expect([first, second].map(([row]) => [row?.json.status, (row?.json.journey as IDataObject).step])).toEqual([['under way', 'id-Start'], ['not entered', 'id-Second']]);
	});

	it('is open to AI agents, who may move and take out people only where that is allowed', async () => {
		const asked = { ...journey, identifyBy: 'profileId', identityValue: String(ada) };

		expect(await callTool(new JourneyControl(), { ...asked, operation: 'explain' })).toMatchObject({ answer: [{ profileId: ada, status: 'under way' }] });
		for (const operation of ['exit', 'move']) {
			expect(await callTool(new JourneyControl(), { ...asked, operation, whom: 'everybody', toStep: 'Later', reason: 'x' })).toEqual({ error: expect.stringContaining('not allowed') as string });
		}
		expect(await step('Wait')).toMatchObject({ waiting: 2 });
	});

	it('says what is not there', async () => {
		const done = await run({ ...journey, operation: 'explain', identifyBy: 'profileId', identityValue: String(ada), step: 'No Such Step' });

		expect(errorOf(done)?.message).toContain('knows no step "No Such Step"');
	});
});

describe('The dropdowns of Journey Control', () => {
	async function offered(method: 'getSteps' | 'getTriggers' | 'getPlaces', parameters: INodeParameters): Promise<string[]> {
		const node = new JourneyControl();
		const { n8n } = new Desk({ type: 'journeyControl', node, parameters });
		const context = new LoadOptionsContext(n8n.workflow, n8n.nodeNamed(SUBJECT), { currentNodeParameters: parameters } as unknown as IWorkflowExecuteAdditionalData, 'parameters.step');
		return (await node.methods.loadOptions[method].call(context as unknown as ILoadOptionsFunctions)).map(({ name, value }) => `${name}=${String(value)}`);
	}

	it('have an entry for an empty value wherever a field may stay empty: n8n shows it in red otherwise', async () => {
		const chosen = { scope: 'list', journey: 'welcome' };

		expect((await offered('getSteps', chosen))[0]).toBe('All Steps=');
		expect(await offered('getTriggers', chosen)).toEqual(['Not Chosen=', 'Start=id-Start']);
		expect((await offered('getPlaces', chosen)).sort()).toEqual(['Later=id-Later', 'Start=id-Start', 'Wait=id-Wait']);
		expect([await offered('getSteps', { scope: 'list', journey: '' }), await offered('getTriggers', { scope: 'list', journey: '' })]).toEqual([['All Steps='], ['Not Chosen=']]);
	});
});

describe('Journey Control: Move', () => {
	it('puts the people of all items to the other step in one call', async () => {
		const [row, ...others] = await rowsOf({ ...journey, operation: 'move', toStep: 'Later', thereThey: 'keep', profileIds: '={{ $json.profileId }}' }, [{ profileId: ada }, { profileId: grace }]);

		expect(others).toEqual([]);
		expect(row).toEqual({ json: { workflowId: 'welcome', moved: 2, refused: [] }, pairedItem: [{ item: 0 }, { item: 1 }] });
		await waiting('Later', 2);
		expect((await world.engine.privacy.audit({ action: 'journey.move' })).entries[0]?.who).toContain(`node "${SUBJECT}"`);
	});

	it('lets them go on at once from there', async () => {
		await rowsOf({ ...journey, operation: 'move', whom: 'everybody', step: 'Wait', toStep: 'Later' });

		await eventually(async () => (await world.engine.journeys.status())[0]?.completed === 2);
		expect((await world.engine.journeys.status())[0]?.goals).toMatchObject([{ name: 'Done', count: 2 }]);
	});

	it('says of an item without a profile that nobody is chosen, and moves the others', async () => {
		const done = await run({ ...journey, operation: 'move', toStep: 'Later', thereThey: 'keep', profileIds: '={{ $json.profileId }}' }, [{ profileId: '' }, { profileId: ada }], { onError: 'continueRegularOutput' });

		expect(outputOf(done, SUBJECT).map(({ json }) => json)).toEqual([{ error: 'Nobody is chosen: Profile IDs is empty' }, { workflowId: 'welcome', moved: 1, refused: [] }]);
	});
});

describe('Journey Control: Exit', () => {
	it('takes chosen people out with the reason, and leaves the others', async () => {
		const rows = await rowsOf({ ...journey, operation: 'exit', reason: 'Cancelled', profileIds: `${ada}` });

		expect(rows.map(({ json }) => json)).toEqual([{ workflowId: 'welcome', exited: 1 }]);
		expect((await world.engine.journeys.status())[0]).toMatchObject({ active: 1, exited: { Cancelled: 1 } });
	});

	it('wants a reason', async () => {
		expect(errorOf(await run({ ...journey, operation: 'exit', whom: 'everybody', reason: ' ' }))?.message).toContain('Say why these people leave');
	});
});

describe('Journey Control: Get Status', () => {
	it('shows who came to a step and how long people stand there', async () => {
		await rowsOf({ ...journey, operation: 'move', whom: 'everybody', step: 'Wait', toStep: 'Later' });
		await eventually(async () => (await world.engine.journeys.status())[0]?.completed === 2);

		const rows = await rowsOf({ resource: 'journey', operation: 'status' });

		expect(rows.map(({ json }) => [json.step, json.entered, json.medianSeconds]).sort()).toEqual([['Done', 2, null], ['Later', 2, 0], ['Start', 2, 0], ['Wait', 2, null]]);
	});
});

describe('Journey Control: experiments', () => {
	const split = { workflow: 'welcome', step: 'id-Split', name: 'Split', type: 'split' };

	beforeEach(async () => {
		await world.engine.experiments.register(split, { mode: 'experiment', unit: 'person', paths: [{ name: 'Red' }, { name: 'Blue' }], metric: { kind: 'goal', goal: 'Done' }, windowMs: 3_600_000 });
		await world.engine.journeys.asks(split, null);
	});

	it('come out one item a path, and in short beside the step', async () => {
		const rows = await rowsOf({ resource: 'journey', operation: 'experiments' });
		const status = await rowsOf({ resource: 'journey', operation: 'status' });

		expect(rows.map(({ json }) => json)).toMatchObject([
			{ step: 'Split', path: 'Red', metric: 'goal "Done"', people: 0, rate: null, getsNow: 50, winner: false, round: 1 },
			{ step: 'Split', path: 'Blue', getsNow: 50 },
		]);
		expect(status.find(({ json }) => json.step === 'Split')?.json.experiment).toBe('Red: nobody yet, Blue: nobody yet');
	});

	it('begin a new round by name or id, and no other step can', async () => {
		const again = { ...journey, operation: 'restartExperiment' };

		expect((await rowsOf({ ...again, step: 'Split' })).map(({ json }) => json)).toMatchObject([{ step: 'Split', round: 2 }]);
		expect(errorOf(await run({ ...again, step: 'Wait' }))?.message).toBe('No published Journey Split and no sender with variants of this workflow is named "Wait"');
	});
});
