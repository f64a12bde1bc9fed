import { sql } from 'kysely';

import { JourneyCollectorTrigger } from '../../../nodes/JourneyCollectorTrigger/JourneyCollectorTrigger.node';
import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { outputOf, TestN8n } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { TOUR } from './tour';
import { openWorld } from './world';
import type { World } from './world';

let world: World;

beforeEach(async () => {
	world = await openWorld();
});
afterEach(async () => await world.close());

const desk = (resource: string, operation: string, parameters: object = {}): Desk => new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters: { resource, operation, ...parameters } });
const person = (email: string) => ({ identifyBy: 'email', identityValue: email });
/** Whom the notes name, and whether one says that it may hold anybody. */
const noted = async () => ({
	people: (await world.engine.store.read((reader) => reader.all(sql<{ profile: number }>`select distinct profile from execution_person order by profile`))).map(({ profile }) => profile),
	anybody: (await world.engine.store.read((reader) => reader.all(sql<{ n: number }>`select id from execution where many = 1 and execution <> ''`))).length > 0,
});

/** What each operation's execution has to be found by; every other one is about nobody. */
const ADA = { people: [1], anybody: false };
const ANYBODY = { people: [], anybody: true };
const NOTED: Record<string, object> = {
	...Object.fromEntries(['auditLog: getMany', 'consent: doNotSell', 'consent: get', 'consent: link', 'consent: request', 'consent: set', 'consent: setPreferences', 'event: track', 'event: getMany', 'group: members', 'group: removeMembers',
		'list: members', 'list: remove', 'profile: exportPerson', 'profile: get', 'scoreModel: explain', 'scoreModel: history', 'segment: members', 'segment: preview', 'stage: get', 'stage: set'].map((pair) => [pair, ADA])),
	...Object.fromEntries(['consent: history', 'event: export', 'event: import', 'event: trackReply', 'profile: export', 'profile: import', 'suppression: add', 'suppression: check', 'suppression: getMany', 'suppression: import', 'suppression: remove'].map((pair) => [pair, ANYBODY])),
	'group: addMembers': { people: [2], anybody: false }, 'list: add': { people: [2], anybody: false },
	// Of the half that went nobody is left.
	'profile: merge': ADA, 'profile: unmerge': { people: [1, 3], anybody: false }, 'profile: upsert': { people: [5], anybody: false },
};

describe('Profile Engine notes which execution read or wrote whom', () => {
	it.each(Object.entries(TOUR))('%s', async (pair, stop) => {
		const [resource = '', operation = ''] = pair.split(': ');
		await stop.before?.(world);

		await desk(resource, operation, stop.parameters?.(world)).run([stop.item ?? { json: {} }]);

		expect(await noted()).toEqual(NOTED[pair] ?? { people: [], anybody: false });
	});

	it('so that Erase names it by workflow and id, the execution that erases too', async () => {
		const reading = desk('profile', 'get', person('ada@example.com'));
		await reading.run([{}]);
		await reading.run([{}], 'manual');

		const run = await desk('profile', 'erase', person('ada@example.com')).run([{}]);

		expect(outputOf(run, SUBJECT)[0]?.json.executions).toEqual([
			{ workflow: 'workflow-1', from: expect.any(String) as string, until: expect.any(String) as string, ids: ['2', '1'], mayHold: [], more: 0, onlyFailed: false },
		]);
		expect((await noted()).people).toEqual([]);
	});

	it('names whoever called it as a sub-workflow, where its items go', async () => {
		const one = desk('profile', 'get', person('ada@example.com'));
		one.n8n.parentExecution = { executionId: '77', workflowId: 'caller' };
		await one.run([{}]);

		const rows = await world.engine.store.read((reader) => reader.all(sql`select workflow, execution from execution order by workflow`));

		expect(rows).toEqual([{ workflow: 'caller', execution: '77' }, { workflow: 'workflow-1', execution: '1' }]);
	});

	it('one note for a whole batch, and one that names nobody of very many', async () => {
		const notes = jest.spyOn(world.engine.privacy, 'noteExecutions');
		const emails = (count: number) => Array.from({ length: count }, (_none, n) => ({ email: `p${n}@example.com` }));
		const upsert = () => desk('profile', 'upsert', { identifyBy: 'email', identityValue: '={{ $json.email }}' });

		await upsert().run(emails(3));
		await upsert().run(emails(101));

		expect(notes.mock.calls.map(([, people]) => people?.length ?? null)).toEqual([3, null]);
	});

	it('only when, of a workflow whose successful executions n8n does not keep', async () => {
		const one = desk('profile', 'get', person('ada@example.com'));
		one.n8n.workflow.settings.saveDataSuccessExecution = 'none';
		await one.run([{}]);

		expect(await noted()).toEqual({ people: [], anybody: false });
		expect(await world.engine.store.read((reader) => reader.all(sql`select workflow, execution from execution`))).toEqual([{ workflow: 'workflow-1', execution: '' }]);
	});
});

describe('Journey Collector Trigger notes which execution an emission started', () => {
	it('with the people of its events, which go on as they are', async () => {
		const n8n = new TestN8n({ nodes: [{ name: 'Collector', type: 'n8n-nodes-journeys.journeyCollectorTrigger' }], edges: [] }, { 'n8n-nodes-journeys.journeyCollectorTrigger': new JourneyCollectorTrigger() });
		const items = [1, 2, null].map((profileId) => ({ json: { event: 'A', profileId } }));

		const run = await n8n.execute('Collector', items);

		expect(outputOf(run, 'Collector').map(({ json }) => json)).toEqual(items.map(({ json }) => json));
		expect(await noted()).toEqual({ people: [1, 2], anybody: false });
	});
});
