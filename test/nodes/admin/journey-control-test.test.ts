import type { IDataObject } from 'n8n-workflow';

import { JourneyControl } from '../../../nodes/JourneyControl/JourneyControl.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import type { DeskOptions } from './desk';

let world: World;

beforeEach(async () => {
	world = await createWorld();
	await world.publish({
		id: 'welcome',
		nodes: [
			{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', fields: [], options: { virtualDaySeconds: 2 } } },
			{ name: 'A Month', type: `${PREFIX}journeyWait`, parameters: { amount: 30, unit: 'days' } },
			{ name: 'Done', type: `${PREFIX}journeyGoal`, parameters: { goal: 'Done' } },
		],
		edges: [['Start', 'A Month'], ['A Month', 'Done']],
	});
	await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'test@example.com' }] }], { source: 'test', test: true });
});
afterEach(async () => await world.close());

const journey = { resource: 'test', scope: 'id', workflowId: 'welcome' };

async function run(parameters: DeskOptions['parameters'], items: IDataObject[] = [{}]) {
	return await new Desk({ type: 'journeyControl', node: new JourneyControl(), parameters: { ...journey, ...parameters } }).run(items);
}

describe('Journey Control: Test', () => {
	it('runs test people through the published journey, thirty days in sixty seconds, and shows the timeline', async () => {
		const started = outputOf(await run({ operation: 'start', identifyBy: 'email', identityValue: '={{ $json.email }}' }, [{ email: 'test@example.com' }]), SUBJECT);
		expect(started).toMatchObject([{ json: { entered: true, reason: null, journey: 'A journey', daySeconds: 2 }, pairedItem: { item: 0 } }]);
		await eventually(async () => (await world.engine.journeys.status())[0]?.steps.some(({ name, waiting }) => name === 'A Month' && waiting === 1) ?? false);
		const during = outputOf(await run({ operation: 'timeline' }), SUBJECT);
		world.clock.advance(60_000);
		await eventually(async () => (await world.engine.journeys.status())[0]?.completed === 1);

		const rows = outputOf(await run({ operation: 'timeline' }), SUBJECT).map(({ json }) => [json.day, json.kind, json.step, json.text]);

		expect(during.at(-1)?.json).toMatchObject({ kind: 'stands', step: 'A Month', day: 1 });
		expect(rows).toEqual([
			[1, 'entered', null, 'entered by the event "Signed Up"'],
			[31, 'passed', 'A Month', 'waited'],
			[31, 'passed', 'Done', 'goal reached'],
			[31, 'goal', null, 'goal "Done"'],
			[31, 'ended', 'Done', 'came to the end'],
		]);
	});

	it('starts nobody who is real, nor with properties that are no object', async () => {
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'real@example.com' }] }], { source: 'test' });

		expect(errorOf(await run({ operation: 'start', identifyBy: 'email', identityValue: 'real@example.com' }))?.message).toContain('is no test person');
		expect(errorOf(await run({ operation: 'start', identifyBy: 'email', identityValue: 'test@example.com', eventProperties: '[1]' }))?.message).toContain('no JSON object');
		expect((await world.engine.journeys.status())[0]?.entered).toBe(0);
	});
});
