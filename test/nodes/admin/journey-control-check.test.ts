import type { IDataObject } from 'n8n-workflow';

import { JourneyControl } from '../../../nodes/JourneyControl/JourneyControl.node';
import { errorOf, outputOf } from '../harness/n8n';
import { callTool } from './agent';
import { Desk, SUBJECT } from './desk';
import type { DeskOptions } from './desk';
import { openWorld } from './world';
import type { World } from './world';

let world: World;

beforeEach(async () => {
	world = await openWorld();
});
afterEach(async () => await world.close());

const OURS = 'n8n-nodes-journeys.';

function workflow(nodes: Record<string, [type: string, parameters?: object]>, edges: Array<[string, string]>): IDataObject {
	return {
		id: 'w1', name: 'Spring',
		nodes: Object.entries(nodes).map(([name, [type, parameters = {}]]) => ({ id: `id-${name}`, name, type: type.includes('.') ? type : OURS + type, typeVersion: 1, position: [0, 0], parameters })),
		connections: Object.fromEntries([...new Set(edges.map(([from]) => from))].map((from) => [from, { main: [edges.filter(([one]) => one === from).map(([, node]) => ({ node, type: 'main', index: 0 }))] }])),
	};
}

async function run(parameters: DeskOptions['parameters'], items: IDataObject[] = [{}]) {
	return await new Desk({ type: 'journeyControl', node: new JourneyControl(), parameters: { resource: 'journey', operation: 'check', ...parameters } }).run(items);
}

async function found(of: IDataObject): Promise<IDataObject[]> {
	const done = await run({ workflowFrom: 'item' }, [of]);
	expect(errorOf(done)).toBeUndefined();
	return outputOf(done, SUBJECT).map(({ json }) => json);
}

const named = (value: string) => ({ __rl: true, mode: 'name', value });
const about = (rows: IDataObject[], check: string) => rows.filter((row) => row.check === check).map(({ level, node, people }) => [level, node, people]);

describe('Journey Control: Check', () => {
	it('counts the audience, who of it may not be written to, and whose data a mail lacks', async () => {
		const { engine } = world;
		await engine.lists.create('Spring');
		await engine.lists.add('Spring', [{ profileId: world.ada }, { profileId: world.ben }]);
		await engine.consent.set([{ profile: world.ben, channel: 'email', topic: 'news', state: 'unsubscribed', source: 'test' }]);

		const rows = await found(workflow({
			Start: ['journeyTrigger', { entry: 'segment', segment: { __rl: true, mode: 'name', value: 'Spring' } }],
			Mail: ['journeyEmail', { purpose: 'marketing', topic: { __rl: true, mode: 'name', value: 'news' }, contentSource: 'text', subject: 'Hello', text: '{{ profile.favouriteColour }} {{ profile.city | default: "x" }}' }],
		}, [['Start', 'Mail']]));

		expect(about(rows, 'audience')).toEqual([['note', 'Start', 2]]);
		expect(about(rows, 'no consent')).toEqual([['note', 'Mail', 1]]);
		expect(about(rows, 'missing data')).toEqual([['problem', 'Mail', 2]]);
		expect(rows[0]).toMatchObject({ level: 'problem', workflow: 'Spring', workflowId: 'w1', message: expect.stringContaining('2 of 2 people have no "favouriteColour"') as string });
	});

	it('takes a Journey Any Channel for the sender it is: whom its channel may not reach, and that nothing takes people out before it', async () => {
		await world.engine.lists.create('Spring');
		await world.engine.lists.add('Spring', [{ profileId: world.ada }, { profileId: world.ben }]);
		await world.engine.consent.set([{ profile: world.ada, channel: 'whatsapp', topic: '', state: 'subscribed', source: 'test' }]);

		const rows = await found(workflow({
			Start: ['journeyTrigger', { entry: 'segment', segment: named('Spring') }], Wait: ['journeyWait', { amount: 2, unit: 'days' }],
			Chat: ['journeyAnyChannel', { channel: 'whatsapp' }],
		}, [['Start', 'Wait'], ['Wait', 'Chat']]));

		expect(about(rows, 'no consent')).toEqual([['note', 'Chat', 1]]);
		expect(rows.find(({ check }) => check === 'no consent')?.todo).toContain('They go on by Done');
		expect(about(rows, 'no exit')).toEqual([['warning', 'Start', null]]);
	});

	it('finds no exit, a wait for what nobody does, and a wait of more than a year', async () => {
		const rows = await found(workflow({
			Start: ['journeyTrigger', { event: 'Never Heard Of' }], Mail: ['journeyEmail', { contentSource: 'expression' }],
			Await: ['journeyWaitForEvent', { event: 'Never Done', timeout: 2, timeoutUnit: 'days' }], Long: ['journeyWait', { amount: 500, unit: 'days' }], Next: ['journeyEmail', { contentSource: 'expression' }],
		}, [['Start', 'Mail'], ['Mail', 'Await'], ['Await', 'Long'], ['Long', 'Next']]));

		expect(about(rows, 'no exit')).toEqual([['warning', 'Start', null]]);
		expect(about(rows, 'audience')).toEqual([['warning', 'Start', 0]]);
		expect(about(rows, 'wait that cannot end')).toEqual([['warning', 'Await', 0], ['warning', 'Long', null]]);
	});

	it.each<[start: object, people: number | null, words: string]>([
		[{ entry: 'schedule', scheduleWhen: 'cron', scheduleCron: '0 9 * * 1', schedulePeople: { people: { by: 'saved', segment: named('Pro') } } }, 1, 'would enter if it were time now: it is on the schedule 0 9 * * 1'],
		[{ entry: 'schedule', scheduleAt: '2026-12-01T09:00:00', schedulePeople: { people: { by: 'saved', segment: named('Press') } } }, 1, 'it is at 2026-12-01T09:00:00'],
		[{ entry: 'date', dateAttribute: named('plan'), dateYearly: true }, 3, 'have a "plan"; each enters when the day has come, every year'],
		[{ entry: 'segment', segment: named('Pro') }, 1, 'are in "Pro" now; only who comes into it enters'],
		[{ entry: 'segmentLeft', segment: named('Pro') }, 1, 'would enter when they leave it'],
		[{ entry: 'attribute', attribute: named('plan'), attributeChange: { to: { operator: 'equals', value: 'free' } } }, 2, 'have this "plan" now'],
		[{ entry: 'consent', consentChannel: 'email' }, 1, 'have this consent now'],
		[{ entry: 'stage', stage: named('lead') }, 1, 'are at the stage "lead" now'],
		[{ entry: 'score', scoreModel: named('Leads'), scoreBecomes: named('cold') }, 3, 'have this level now'],
		[{ entry: 'message', messageHappened: 'notOpened', messageStep: named('w1/n1'), messageWithin: 3, messageWithinUnit: 'days' }, 0, 'were sent such a message'],
		[{ entry: 'area', areaLat: 52.5, areaLon: 13.4, areaKm: 5, areaAttribute: named('location') }, 0, 'are within the area now'],
		[{ entry: 'area', areaOf: 'event', areaLat: 52.5, areaLon: 13.4, areaKm: 5, areaEvent: named('Moved') }, 0, 'have been within the area by "Moved"'],
		[{ entry: 'enroll' }, null, 'only Journey Control: Enroll puts people in'],
	])('counts the audience of every way in: %j', async (start, people, words) => {
		const [row, ...others] = (await found(workflow({ Start: ['journeyTrigger', start] }, []))).filter(({ check }) => check === 'audience');

		expect(others).toEqual([]);
		expect(row).toMatchObject({ people, message: expect.stringContaining(words) as string });
	});

	it('counts only whom the audience of the trigger holds for as well', async () => {
		const rows = await found(workflow({ Start: ['journeyTrigger', { entry: 'date', dateAttribute: named('plan'), audience: { people: { by: 'saved', segment: named('Pro') } } }] }, []));

		expect(about(rows, 'audience')).toEqual([['note', 'Start', 1]]);
	});

	it('finds waits that end for nobody: an attribute that nobody has, a segment that nobody is in or that there is not', async () => {
		await world.engine.segments.save({ name: 'Empty', rule: { attribute: 'plan', operator: 'equals', value: 'none' }, wait: true });

		const rows = await found(workflow({
			Start: ['journeyTrigger', { event: 'Order Completed' }],
			Renewal: ['journeyWait', { wait: 'attribute', attribute: named('renews_on'), amount: 900, unit: 'days' }], Skips: ['journeyWait', { wait: 'attribute', attribute: named('renews_on'), ifMissing: 'continue' }], Plan: ['journeyWait', { wait: 'attribute', attribute: named('plan') }],
			Enters: ['journeyWaitForEvent', { waitFor: 'segment', segment: named('Empty'), event: named('Left Over') }], Leaves: ['journeyWaitForEvent', { waitFor: 'segment', segment: named('Empty'), change: 'left' }],
			Pros: ['journeyWaitForEvent', { waitFor: 'segment', segment: named('Pro') }], Press: ['journeyWaitForEvent', { waitFor: 'segment', segment: named('Press') }], Gone: ['journeyWaitForEvent', { waitFor: 'segment', segment: named('Gone') }],
		}, [['Start', 'Renewal'], ['Renewal', 'Skips'], ['Skips', 'Plan'], ['Plan', 'Enters'], ['Enters', 'Leaves'], ['Leaves', 'Pros'], ['Pros', 'Press'], ['Press', 'Gone']]));

		expect(about(rows, 'wait that cannot end')).toEqual([['problem', 'Gone', null], ['warning', 'Renewal', 0], ['warning', 'Skips', 0], ['warning', 'Enters', 0]]);
		expect(rows.find(({ node }) => node === 'Renewal')?.message).toContain('everybody would wait there without an end');
	});

	it('says what is wrong with the trigger, and with a segment that does not exist', async () => {
		expect(about(await found(workflow({ Start: ['journeyTrigger', { event: '' }] }, [])), 'trigger')).toEqual([['problem', 'Start', null]]);
		expect(about(await found(workflow({ Start: ['journeyTrigger', { entry: 'segment', segment: 'Gone' }] }, [])), 'audience')).toEqual([['problem', 'Start', null]]);
	});

	it('knows n8n’s own nodes: a Merge after a wait, an effect without a gate, the first person’s data for all', async () => {
		const rows = await found(workflow({
			Start: ['journeyTrigger', { event: 'Signed Up' }], Slack: ['n8n-nodes-base.slack'], Set: ['n8n-nodes-base.set', { text: "={{ $('Start').first().json.name }}" }],
		}, [['Start', 'Slack'], ['Start', 'Set']]));

		expect(about(rows, 'effect without a gate')).toEqual([['warning', 'Slack', null]]);
		expect(about(rows, 'one person’s data for all')).toEqual([['problem', 'Set', null]]);
	});

	it('looks at its own workflow, at pasted JSON and as an agent’s tool, and says what is no workflow', async () => {
		expect(outputOf(await run({ workflowFrom: 'this' }), SUBJECT).map(({ json }) => json.check)).toEqual(['no journey']);
		expect(outputOf(await run({ workflowFrom: 'json', workflowJson: JSON.stringify(workflow({ Start: ['journeyTrigger', { event: '' }] }, [])) }), SUBJECT).map(({ json }) => json.check)).toEqual(['trigger']);
		expect(await callTool(new JourneyControl(), { resource: 'journey', operation: 'check', workflowFrom: 'json', workflowJson: JSON.stringify(workflow({}, [])) })).toMatchObject({ answer: [{ check: 'no journey' }] });
		expect(errorOf(await run({ workflowFrom: 'item' }, [{ name: 'x' }]))?.message).toBe('This is no workflow');
	});
});
