import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { ENGAGEMENT_EVENTS } from '../../../engine';
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
const WORKFLOWS = join(__dirname, '../../../workflows');

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
	it('knows a template that is missing, of another channel or not published, of each sender by its own words', async () => {
		const { engine } = world;
		await engine.templates.save({ key: 'draft', channel: 'push', content: { title: 'x', body: 'y' } });
		await engine.templates.save({ key: 'live', channel: 'webpush', content: { title: 'x {{ profile.nothing }}', body: 'y' } });
		await engine.templates.publish('live');

		const rows = await found(workflow({
			Start: ['journeyTrigger', {}],
			Mail: ['journeyEmail', { contentSource: 'template', template: named('gone') }], Push: ['journeyPush', { contentSource: 'template', template: named('draft') }], Site: ['journeyOnSite', { content: 'template', template: named('live') }],
			WhatsApp: ['journeyWhatsApp', { contentSource: 'contentTemplate', contentTemplate: named('') }], Approved: ['journeyWhatsApp', { contentSource: 'template', template: named('promo') }],
			Fine: ['journeyWebPush', { contentSource: 'template', template: named('live') }], Later: ['journeySms', { contentSource: 'template', template: '={{ $json.template }}' }],
			Varied: ['journeyWebPush', { variants: 'abn', variantList: { variant: [{ name: 'A' }, { name: 'B', template: named('live') }, { name: 'C', template: named('gone') }] } }],
			// As it stands in a file that was written elsewhere: n8n itself leaves out what is hidden.
			Once: ['journeyWebPush', { variants: 'none', variantList: { variant: [{ name: 'A', template: named('gone') }] } }],
		}, [['Start', 'Mail'], ['Mail', 'Push'], ['Push', 'Site'], ['Site', 'WhatsApp'], ['WhatsApp', 'Approved'], ['Approved', 'Fine'], ['Fine', 'Later'], ['Later', 'Varied'], ['Varied', 'Once']]));

		expect(rows.filter(({ check }) => check === 'template').map(({ node, message }) => [node, String(message).replace(/^.*?: /, '').replace(/\. People.*/, '')])).toEqual([
			['Mail', 'there is no template "gone"'], ['Push', 'the template "draft" is not published'], ['Site', 'the template "live" is one of the channel webpush'], ['WhatsApp', 'no template is chosen'], ['Varied', 'there is no template "gone"'],
		]);
		expect(about(rows, 'missing data')).toEqual([]);
	});

	it('a template that the workflow itself publishes is a note, unless that node is off, and only where there is none', async () => {
		const asked = async (disabled: boolean) => {
			const given = workflow({ Start: ['journeyTrigger', {}], Mail: ['journeyEmail', { contentSource: 'template', template: named('welcome') }], Publish: ['journeyContent', { resource: 'template', operation: 'publish', template: named('welcome') }] }, [['Start', 'Mail']]);
			const nodes = (given.nodes as IDataObject[]).map((node) => (node.name === 'Publish' ? { ...node, disabled } : node));
			return about(await found({ ...given, nodes }), 'template').map(([level]) => level);
		};

		const levels = [await asked(false), await asked(true)];
		await world.engine.templates.save({ key: 'welcome', channel: 'sms', content: { text: 'Hi' } });

		expect([...levels, await asked(false)]).toEqual([['note'], ['problem'], ['problem']]);
	});

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

	it('counts whose event lacks what a mail shows of it, and finds a mail that shows an event where none starts the journey', async () => {
		const mail = (text: string): [string, object] => ['journeyEmail', { contentSource: 'text', subject: 'Hello', text }];
		const byEvent = await found(workflow({ Start: ['journeyTrigger', { event: 'Order Completed' }], Mail: mail('{{ event.properties.total }} {{ event.properties.coupon }} {{ event.properties.gift | default: "none" }}') }, [['Start', 'Mail']]));
		const byName = await found(workflow({ Start: ['journeyTrigger', { entry: 'enroll' }], Mail: mail('{{ event.properties.total }}') }, [['Start', 'Mail']]));
		const byNobody = await found(workflow({ Start: ['journeyTrigger', { event: 'Never Heard Of' }], Mail: mail('{{ event.properties.total }}') }, [['Start', 'Mail']]));
		const byList = await found(workflow({ Start: ['journeyTrigger', { entry: 'segment', segment: named('Pro') }], Mail: mail('{{ event.properties.total }}') }, [['Start', 'Mail']]));

		expect(about(byEvent, 'missing data')).toEqual([['problem', 'Mail', 1]]);
		expect(byEvent[0]?.message).toBe('1 of 1 people have never done "Order Completed" with a "coupon", which "Mail" writes into the message: there would be nothing in its place.');
		for (const rows of [byList, byName]) expect(rows.find(({ check }) => check === 'missing data')?.message).toContain('no event starts this journey');
		expect(about(byNobody, 'missing data')).toEqual([]);
	});

	it('finds an attribute that nobody at all has also where nobody can be counted yet', async () => {
		const mail = ['journeyEmail', { contentSource: 'text', subject: '{{ profile.frist_name }}', text: '{{ profile.first_name }}' }] as [string, object];

		for (const start of [{ event: 'Never Heard Of' }, { entry: 'enroll' }]) {
			const rows = await found(workflow({ Start: ['journeyTrigger', start], Mail: mail }, [['Start', 'Mail']]));
			expect(rows.filter(({ check }) => check === 'missing data').map(({ level, message }) => [level, message])).toEqual([['warning', 'Nobody at all has a "frist_name", which "Mail" writes into the message: there would be nothing in its place.']]);
		}
	});

	it('finds a mail that shows a field of the item which no item has behind a wait', async () => {
		const nodes = (shown: string): Record<string, [string, object]> => ({
			Start: ['journeyTrigger', { event: 'Order Completed', fields: 'first_name' }], Code: ['n8n-nodes-base.set', {}], Wait: ['journeyWait', { amount: 1, unit: 'days' }],
			Mail: ['journeyEmail', { contentSource: 'text', subject: 'Hello', text: shown }],
		});
		const shown = '{{ item.headline }} {{ item.first_name }} {{ item.event.properties.total }}';

		const lost = await found(workflow(nodes(shown), [['Start', 'Code'], ['Code', 'Wait'], ['Wait', 'Mail']]));
		const made = await found(workflow(nodes(shown), [['Start', 'Wait'], ['Wait', 'Code'], ['Code', 'Mail']]));

		expect(lost.filter(({ check }) => check === 'missing data').map(({ level, node, message }) => [level, node, message])).toEqual([['problem', 'Mail', '"Mail" writes "item.headline" into the message, which no item has there: at a trigger and behind a wait people carry only what the Journey Trigger lets travel.']]);
		expect(about(made, 'missing data')).toEqual([]);
		const off = workflow(nodes(shown), [['Start', 'Wait'], ['Wait', 'Code'], ['Code', 'Mail']]);
		const offRows = await found({ ...off, nodes: (off.nodes as IDataObject[]).map((node) => (node.name === 'Code' ? { ...node, disabled: true } : node)) });
		expect(about(offRows, 'missing data')).toEqual([['problem', 'Mail', null]]);
		const untold = await found(workflow({ ...nodes(shown), Start: ['journeyTrigger', { event: '' }] }, [['Start', 'Wait'], ['Wait', 'Mail']]));
		expect([about(untold, 'missing data'), about(untold, 'trigger')]).toEqual([[], [['problem', 'Start', null]]]);
	});

	it('finds a wait until a day that is over, and says what people do there', async () => {
		const until = (date: string, more: object = {}): [string, object] => ['journeyWait', { wait: 'date', date, ...more }];

		const rows = await found(workflow({
			Start: ['journeyTrigger', { event: 'Order Completed' }], Over: until('2020-05-01T09:00:00'), Out: until('2020-05-01', { ifPassed: 'exit' }), By: until('2020-05-01', { ifPassed: 'output' }),
			Yearly: until('2020-12-24', { ifPassed: 'nextYear' }), Ahead: until('2999-01-01'), Item: until('={{ $json.day }} 2020'), After: until('2020-05-01', { offset: 'after', offsetAmount: 99_999, offsetUnit: 'weeks' }),
		}, [['Start', 'Over'], ['Over', 'Out'], ['Out', 'By'], ['By', 'Yearly'], ['Yearly', 'Ahead'], ['Ahead', 'Item'], ['Item', 'After']]));

		expect(rows.filter(({ check }) => check === 'wait that is over').map(({ node, message }) => [node, message])).toEqual([
			['Over', '"Over" waits until 2020-05-01, which is over: nobody waits there.'], ['Out', '"Out" waits until 2020-05-01, which is over: everybody leaves the journey there.'],
			['By', '"By" waits until 2020-05-01, which is over: everybody leaves by Passed.'],
		]);
	});

	it('asks for no exit where a wait for an event lets only those on to the next message who have not done it', async () => {
		const drawn = workflow({
			Start: ['journeyTrigger', { event: 'Order Completed' }], Mail: ['journeyEmail', { contentSource: 'expression' }], Await: ['journeyWaitForEvent', { event: 'Order Completed', timeout: 2, timeoutUnit: 'days' }],
			Next: ['journeyEmail', { contentSource: 'expression' }], Goal: ['journeyGoal', { goal: 'Again' }],
		}, [['Start', 'Mail'], ['Mail', 'Await']]);
		const outputs = (continued: string, timedOut: string) => ({ ...drawn, connections: { ...(drawn.connections as IDataObject), Await: { main: [[{ node: continued, type: 'main', index: 0 }], [{ node: timedOut, type: 'main', index: 0 }]] } } });

		expect(about(await found(outputs('Goal', 'Next')), 'no exit')).toEqual([]);
		expect(about(await found(outputs('Next', 'Goal')), 'no exit')).toEqual([]);
		expect(about(await found(outputs('Next', 'Next')), 'no exit')).toEqual([['warning', 'Start', null]]);
	});

	it.each(['.', 'demo', 'journeys'].flatMap((folder) => readdirSync(join(WORKFLOWS, folder)).filter((file) => file.endsWith('.json')).map((file) => join(folder, file))))('finds nothing wrong with the journey to import %s once its people are there', async (file) => {
		const given = JSON.parse(readFileSync(join(WORKFLOWS, file), 'utf8')) as { nodes: Array<{ type: string; parameters: { event?: { value?: string } } }> };
		const seen = given.nodes.flatMap(({ parameters: { event } }) => (event?.value === undefined || (ENGAGEMENT_EVENTS as readonly string[]).includes(event.value) ? [] : [event.value]));
		await world.engine.events.ingest(seen.map((event) => ({ type: 'track' as const, userId: 'ada', event, properties: { name: 'Sencha' } })), { source: 'shop' });
		// Whom the journeys by birthday, place, spending and silence are for.
		await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'bob' }], attributes: { birthday: '1990-05-01', location: '52.52, 13.405' } }], { source: 'shop' });
		const longAgo = (await world.engine.store.read((reader) => Promise.resolve(reader.nowMs))) - 120 * 86_400_000;
		await world.engine.events.ingest([{ type: 'track', userId: 'bob', event: 'Order Completed', properties: { total: '900' } }, { type: 'track', userId: 'cy', event: 'Order Completed', timestamp: longAgo, properties: { total: '20' } }], { source: 'shop' });

		const rows = await found(given as unknown as IDataObject);

		const expected: Record<string, unknown[]> = { 'demo/welcome-series.json': [['warning', 'no exit']], 'collector.json': [['problem', 'no journey']], 'import-contacts.json': [['problem', 'no journey']] };
		expect(rows.filter(({ level }) => level !== 'note').map(({ level, check }) => [level, check])).toEqual(expected[file] ?? []);
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
