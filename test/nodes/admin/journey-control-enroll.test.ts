import type { IDataObject } from 'n8n-workflow';

import { JourneyControl } from '../../../nodes/JourneyControl/JourneyControl.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import type { TestN8n } from '../harness/n8n';
import { callTool } from './agent';
import { Desk, SUBJECT } from './desk';
import type { DeskOptions } from './desk';

let world: World;
let n8n: TestN8n;
let ada: number;
let ben: number;

beforeEach(async () => {
	world = await createWorld();
	[ada = 0, ben = 0] = (await world.engine.profiles.upsert(['ada', 'ben'].map((name) => ({ identities: [{ kind: 'email', value: `${name}@example.com` }], attributes: { plan: name === 'ada' ? 'pro' : 'free' } })), { source: 'test' })).profiles.map(Number);
	n8n = await world.publish({
		id: 'welcome',
		nodes: [
			{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { entry: 'enroll', audience: { people: { by: 'json', ruleJson: '{ "attribute": "plan", "operator": "equals", "value": "pro" }' } } } },
			{ name: 'Wait', type: `${PREFIX}journeyWait`, parameters: { amount: 2, unit: 'hours' } },
		],
		edges: [['Start', 'Wait']],
	});
});
afterEach(async () => await world.close());

const journey = { resource: 'journey', scope: 'id', workflowId: 'welcome' };
const byEmail = { ...journey, operation: 'enroll', identifyBy: 'email', identityValue: '={{ $json.email }}', enrollData: '={{ { coupon: $json.coupon } }}' };

async function run(parameters: DeskOptions['parameters'], items: IDataObject[] = [{}], more: Partial<DeskOptions> = {}) {
	return await new Desk({ type: 'journeyControl', node: new JourneyControl(), parameters, ...more }).run(items);
}

async function rowsOf(parameters: DeskOptions['parameters'], items: IDataObject[] = [{}]): Promise<IDataObject[]> {
	const done = await run(parameters, items);
	expect(errorOf(done)).toBeUndefined();
	return outputOf(done, SUBJECT).map(({ json }) => json);
}

const status = async () => (await world.engine.journeys.status({ workflow: 'welcome' }))[0];
const waiting = async () => (await status())?.steps.find(({ name }) => name === 'Wait')?.waiting ?? 0;

describe('Journey Control: Enroll', () => {
	it('puts the people of all items in with their own data, and says of each who is not let in why', async () => {
		const done = await run(byEmail, [{ email: 'ada@example.com', coupon: 'A' }, { email: 'ben@example.com', coupon: 'B' }, { email: 'nobody@example.com', coupon: 'C' }]);
		await eventually(async () => (await waiting()) === 1);

		expect(outputOf(done, SUBJECT)).toEqual([
			{ json: { profileId: ada, entered: true, reason: null, enrollmentId: expect.any(Number) as number, repeated: false, workflowId: 'welcome' }, pairedItem: { item: 0 } },
			{ json: { profileId: ben, entered: false, reason: 'is not in the audience of the journey', enrollmentId: null, repeated: false, workflowId: 'welcome' }, pairedItem: { item: 1 } },
			{ json: { profileId: null, entered: false, reason: expect.any(String) as string, enrollmentId: null, repeated: false, workflowId: 'welcome' }, pairedItem: { item: 2 } },
		]);
		expect(n8n.runs.flatMap((one) => outputOf(one, 'Start')).map(({ json }) => [json.profileId, json.event])).toEqual([[ada, { name: 'Enrolled', properties: { coupon: 'A' } }]]);
		expect(await world.engine.profiles.get({ kind: 'email', value: 'nobody@example.com' })).toBeNull();
	});

	it('lets nobody in twice by one request, and by another one as Enter Again says', async () => {
		const asked = [{ email: 'ada@example.com', coupon: 'A' }];
		const [first] = await rowsOf({ ...byEmail, requestId: 'import-7' }, asked);
		const [again] = await rowsOf({ ...byEmail, requestId: 'import-7' }, asked);
		const [other] = await rowsOf({ ...byEmail, requestId: 'import-8' }, asked);

		expect(again).toEqual({ ...first, repeated: true });
		expect(other).toMatchObject({ entered: false, reason: 'is in this journey already' });
		expect((await status())?.entered).toBe(1);
	});

	it('takes the trigger that is chosen where a workflow has several journeys, by name or id, and else says that one is to be chosen', async () => {
		await world.publish({ id: 'welcome', nodes: [{ name: 'Second', type: `${PREFIX}journeyTrigger`, parameters: { entry: 'enroll' } }], edges: [] });
		const person = { ...journey, operation: 'enroll', identifyBy: 'profileId', identityValue: String(ben) };

		const [none] = await rowsOf(person);
		const [byName] = await rowsOf({ ...person, journeyTrigger: 'Second' });
		const [byId] = await rowsOf({ ...person, journeyTrigger: 'id-Start' });
		const [missing] = await rowsOf({ ...person, journeyTrigger: 'Third' });

		expect(none).toMatchObject({ entered: false, reason: expect.stringContaining('the workflow has several journeys') as string });
		expect(byName).toMatchObject({ entered: true, profileId: ben });
		expect(byId).toMatchObject({ entered: false, reason: 'is not in the audience of the journey' });
		expect(missing).toMatchObject({ entered: false, reason: expect.stringContaining('there is no such journey') as string });
	});

	it('fails the item whose data is none, and enrolls the others', async () => {
		const done = await run({ ...byEmail, enrollData: '={{ $json.coupon }}' }, [{ email: 'ada@example.com', coupon: '[1]' }, { email: 'ada@example.com', coupon: '{"a": 1}' }], { onError: 'continueRegularOutput' });

		expect(outputOf(done, SUBJECT).map(({ json, pairedItem }) => [json.error ?? json.entered, pairedItem])).toEqual([["'Data' is no JSON object", { item: 0 }], [true, { item: 1 }]]);
	});
});

describe('Journey Control: Pause and Resume', () => {
	const statusRows = async () => await rowsOf({ ...journey, operation: 'status', output: 'journeys' });

	it('stop and let go on the people of a journey, and Get Status shows since when and why', async () => {
		expect(await statusRows()).toMatchObject([{ paused: '', pausedSince: null }]);
		const paused = await rowsOf({ ...journey, operation: 'pause', pauseReason: 'The shop is down' });
		await rowsOf({ ...byEmail }, [{ email: 'ada@example.com', coupon: 'A' }]);
		world.clock.advance(10_000);
		const during = await statusRows();
		const steps = await rowsOf({ ...journey, operation: 'status', output: 'steps' });
		const out = n8n.runs.length;
		const resumed = await rowsOf({ ...journey, operation: 'resume' });
		await eventually(async () => (await waiting()) === 1);

		expect(paused).toEqual([{ workflowId: 'welcome', paused: 1, reason: 'The shop is down' }]);
		expect(during).toMatchObject([{ active: 1, due: 1, paused: 'The shop is down', pausedSince: '2026-03-02T09:00:00.000Z' }]);
		expect(steps.map((row) => [row.step, row.due, row.paused]).sort()).toEqual([['Start', 1, 'The shop is down'], ['Wait', 0, 'The shop is down']]);
		expect(out).toBe(0);
		expect(resumed).toEqual([{ workflowId: 'welcome', resumed: 1 }]);
		expect(await rowsOf({ ...journey, operation: 'resume' })).toEqual([{ workflowId: 'welcome', resumed: 0 }]);
		expect(await statusRows()).toMatchObject([{ paused: '', pausedSince: null }]);
		expect((await world.engine.privacy.audit({ action: 'journey.pause' })).entries[0]?.who).toContain(`node "${SUBJECT}"`);
	});

	it('are about one of several journeys of a workflow where its trigger is chosen', async () => {
		await world.publish({ id: 'welcome', nodes: [{ name: 'Second', type: `${PREFIX}journeyTrigger`, parameters: { entry: 'enroll', options: { journeyName: 'Second' } } }], edges: [] });

		await rowsOf({ ...journey, operation: 'pause', pauseReason: 'x', journeyTrigger: 'Second' });

		expect(new Set((await rowsOf({ ...journey, operation: 'status', output: 'steps' })).map((row) => row.paused))).toEqual(new Set(['Second: x']));
		expect((await statusRows()).map((row) => [row.journey, row.paused]).sort()).toEqual([['A journey', ''], ['Second', 'x']]);
		expect(await rowsOf({ ...journey, operation: 'resume', journeyTrigger: 'id-Second' })).toEqual([{ workflowId: 'welcome', resumed: 1 }]);
	});

	it('want a reason and a journey that there is', async () => {
		expect(errorOf(await run({ ...journey, operation: 'pause', pauseReason: ' ' }))?.message).toBe('Say why the journey is paused');
		expect(errorOf(await run({ ...journey, workflowId: 'gone', operation: 'resume' }))?.message).toContain('There is no journey in the workflow gone');
	});

	it('an agent may pause at any time, and resume or enroll only where that is allowed', async () => {
		expect(await callTool(new JourneyControl(), { ...journey, operation: 'pause', pauseReason: 'odd numbers' })).toMatchObject({ answer: [{ paused: 1 }] });
		for (const operation of ['resume', 'enroll']) {
			expect(await callTool(new JourneyControl(), { ...journey, operation, identifyBy: 'profileId', identityValue: String(ada) })).toEqual({ error: expect.stringContaining('not allowed') as string });
		}
		expect(await status()).toMatchObject({ entered: 0, paused: { reason: 'odd numbers' } });
	});
});
