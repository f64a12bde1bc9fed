import type { IDataObject } from 'n8n-workflow';

import { JourneyControl } from '../../../nodes/JourneyControl/JourneyControl.node';
import type { Bundle } from '../../../nodes/JourneyControl/bundle/format';
import { errorOf, outputOf } from '../harness/n8n';
import { callTool } from './agent';
import { Desk, SUBJECT } from './desk';
import type { DeskOptions } from './desk';
import { openTestEngine } from './engine';
import { openWorld } from './world';

const OURS = 'n8n-nodes-journeys.';
const WORKFLOW = {
	id: 'w1', name: 'Spring', active: true, pinData: { Start: [{ json: { email: 'ada@example.com' } }] }, staticData: { secret: 1 }, settings: { executionOrder: 'v1' },
	nodes: [
		{ id: 'a', name: 'Start', type: `${OURS}journeyTrigger`, typeVersion: 1, position: [0, 0], parameters: { entry: 'segment', segment: { __rl: true, mode: 'name', value: 'Warm Pros' } } },
		{
			id: 'b', name: 'Call', type: 'n8n-nodes-base.httpRequest', typeVersion: 4, position: [200, 0], credentials: { httpHeaderAuth: { id: '17', name: 'CRM of Ada' } },
			parameters: { url: 'https://crm.example', headerParameters: { parameters: [{ name: 'Authorization', value: 'Bearer hunter2' }, { name: 'X-Trace', value: 'spring' }] }, apiKey: '={{ $vars.key }}' },
		},
		{ id: 'c', name: 'Mail', type: `${OURS}journeyEmail`, typeVersion: 1, position: [400, 0], credentials: { journeyResendApi: { id: '18', name: 'Resend of Ada' } }, parameters: { provider: 'resend', subject: 'Hello' } },
	],
	connections: { Start: { main: [[{ node: 'Call', type: 'main', index: 0 }]] } },
};

async function run(parameters: DeskOptions['parameters'], item: IDataObject = {}) {
	return await new Desk({ type: 'journeyControl', node: new JourneyControl(), parameters: { resource: 'bundle', ...parameters } }).run([item]);
}

async function exported(): Promise<Bundle> {
	const world = await openWorld();
	const { engine } = world;
	await engine.segments.save({ name: 'Warm Pros', rule: { all: [{ segment: 'Pro' }, { bucket: 'Leads', in: ['warm'] }, { list: 'Press' }, { stage: { in: ['lead'] } }] } });
	await engine.segments.save({ name: 'Unrelated', rule: { attribute: 'x', operator: 'exists' } });
	await engine.settings.set({ holdout: { percent: 5 }, alerts: { limits: { complaints: 0.1 } } as never, publicUrl: 'https://links.example.com' });
	const done = await run({ operation: 'export', workflowFrom: 'item' }, WORKFLOW);
	await world.close();
	expect(errorOf(done)).toBeUndefined();
	return outputOf(done, SUBJECT)[0]?.json.bundle as unknown as Bundle;
}

async function imported(bundle: Bundle, more: DeskOptions['parameters'] = {}): Promise<IDataObject[]> {
	const done = await run({ operation: 'import', bundle: '={{ $json.bundle }}', ...more }, { bundle: bundle as unknown as IDataObject });
	expect(errorOf(done)).toBeUndefined();
	return outputOf(done, SUBJECT).map(({ json }) => json);
}

const actions = (rows: IDataObject[]) => rows.map(({ kind, name, action }) => `${String(kind)} ${String(name)}: ${String(action)}`);

describe('Journey Control: Bundle', () => {
	it('exports a journey with all it names, and what that names in turn, and nothing else', async () => {
		const bundle = await exported();

		expect(bundle).toMatchObject({ format: 'n8n-nodes-journeys/bundle', version: 1, lists: ['Press'], settings: { zone: 'Europe/Berlin', holdout: { percent: 5 }, alerts: { limits: { complaints: 0.1 } } } });
		expect(bundle.settings).not.toHaveProperty('publicUrl');
		expect(bundle.segments.map(({ name }) => name)).toEqual(['Pro', 'Warm Pros']);
		expect(bundle.scoreModels.map(({ name }) => name)).toEqual(['Leads']);
		expect(bundle.stages?.stages.map(({ name }) => name)).toContain('lead');
		expect(bundle.workflow).toMatchObject({ name: 'Spring', settings: { executionOrder: 'v1' }, connections: WORKFLOW.connections });
	});

	it('holds no credential, no pinned person, and nothing typed into a field for secrets', async () => {
		const bundle = await exported();

		const text = JSON.stringify(bundle);
		for (const secret of ['hunter2', 'CRM of Ada', 'ada@example.com', 'staticData']) expect(text).not.toContain(secret);
		expect(bundle.workflow.nodes[2]).toMatchObject({ parameters: { provider: 'resend', subject: 'Hello' } });
		expect(bundle.workflow.nodes[2]).not.toHaveProperty('credentials');
		expect(bundle.workflow.nodes[1]?.parameters).toEqual({
			url: 'https://crm.example', headerParameters: { parameters: [{ name: 'Authorization', value: '' }, { name: 'X-Trace', value: 'spring' }] }, apiKey: '={{ $vars.key }}',
		});
	});

	it('says in a dry run what it would do and changes nothing; the import then does that, and does nothing the second time', async () => {
		const bundle = await exported();
		const { engine, close } = await openTestEngine();
		const expected = ['list Press: create', 'segment Pro: create', 'score model Leads: create', 'stages stages: same', 'segment Warm Pros: create', 'setting zone: create', 'setting holdout: create', 'setting alerts: create', 'workflow Spring: create'];

		const dry = await imported(bundle);
		const before = { segments: await engine.segments.list(), lists: await engine.lists.list(), models: await engine.scores.models(), version: (await engine.settings.get()).version };
		const done = await imported(bundle, { dryRun: false });
		const again = await imported(bundle, { dryRun: false });

		expect(actions(dry).sort()).toEqual(expected.sort());
		expect(before).toEqual({ segments: [], lists: [], models: [], version: 0 });
		expect(actions(done)).toEqual(actions(dry));
		expect(await engine.segments.get('Warm Pros')).toMatchObject({ rule: bundle.segments[1]?.rule });
		expect((await engine.settings.get()).values.zone).toBe('Europe/Berlin');
		expect(actions(again).filter((line) => !line.endsWith('same'))).toEqual(['workflow Spring: create']);
		expect(done.at(-1)?.workflow).toEqual(bundle.workflow);
		expect((await engine.privacy.audit({ action: 'segment.save' })).entries[0]?.who).toContain(`node "${SUBJECT}"`);
		await close();
	});

	it('keeps what differs here unless told to replace it, and names what cannot be brought in', async () => {
		const bundle = await exported();
		const { engine, close } = await openTestEngine();
		await engine.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'premium' } });
		await engine.segments.save({ name: 'Press', rule: { attribute: 'x', operator: 'exists' } });

		const kept = actions(await imported(bundle, { dryRun: false }));
		expect(kept).toContain('segment Pro: keep');
		expect(kept).toContain('list Press: conflict');
		expect(kept).toContain('segment Warm Pros: conflict');
		expect(await engine.segments.get('Pro')).toMatchObject({ rule: { value: 'premium' } });

		const replaced = await imported(bundle, { dryRun: false, existing: 'replace' });
		expect(replaced.find(({ name }) => name === 'Pro')).toMatchObject({ action: 'change', detail: expect.stringContaining('premium') as string });
		expect(await engine.segments.get('Pro')).toMatchObject({ rule: { value: 'pro' } });
		await close();
	});

	it('says whose people are on a list that is here already, and that a journey of the same name would take people in beside the new one', async () => {
		const bundle = await exported();
		const { engine, close } = await openTestEngine();
		await engine.lists.create('Press');
		await engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'eve@example.com' }] }], { source: 'test' });
		await engine.lists.add('Press', [{ kind: 'email', value: 'eve@example.com' }]);
		const alone = (await imported(bundle)).at(-1);
		await engine.journeys.register({ workflow: 'old', step: 's', name: 'Start', type: 'trigger' }, { name: 'Spring', entry: { kind: 'enroll' }, reEntry: 'never', fields: [], carryEvent: false, onFailure: 'hold' });

		const rows = await imported(bundle);
		const named = async (type: string, options: object, more: object = {}) => (await imported({ ...bundle, workflow: { ...bundle.workflow, nodes: [{ id: 'a', name: 'Start', type: `${OURS}${type}`, parameters: { options }, ...more }] } })).at(-1)?.detail;

		expect(await named('journeyTrigger', { journeyName: 'Autumn' })).not.toContain('is here already');
		expect(await named('journeyTrigger', { journeyName: ' Spring ' })).toContain('A journey "Spring" is here already');
		expect(await named('journeyTrigger', {}, { disabled: true })).not.toContain('is here already');
		expect(await named('journeyControl', {})).not.toContain('is here already');
		expect(rows.find(({ kind }) => kind === 'list')).toMatchObject({ action: 'same', detail: 'With 1 people on it here: the journey goes by these.' });
		expect(alone?.detail).not.toContain('is here already');
		expect(rows.at(-1)?.detail).toContain('A journey "Spring" is here already (workflow old): published beside it, this one takes people in as well, and they get both.');
		await close();
	});

	it('names what points to a workflow by its id, which another instance has not, and leaves behind settings that do', async () => {
		const { engine, close } = await openTestEngine();
		await engine.segments.save({ name: 'Openers', rule: { message: 'opened', workflow: 'w0' } });
		const workflow = {
			...WORKFLOW, settings: { executionOrder: 'v1', errorWorkflow: 'w8', callerPolicy: 'workflowsFromAList', callerIds: 'w9' },
			nodes: [
				{ ...WORKFLOW.nodes[0], parameters: { entry: 'message', messageStep: { __rl: true, mode: 'id', value: 'w1/n1' }, exit: { messageStep: 'w1/n2' }, audience: { people: { by: 'saved', segment: { __rl: true, mode: 'name', value: 'Openers' } } } } },
				{ id: 'c', name: 'Enroll', type: `${OURS}journeyControl`, typeVersion: 1, position: [0, 0], parameters: { operation: 'enroll', scope: 'list', journey: 'w7' } },
				{ id: 'e', name: 'Sub', type: 'n8n-nodes-base.executeWorkflow', typeVersion: 1, position: [0, 0], parameters: { workflowId: { __rl: true, mode: 'list', value: 'w5' } } },
				{ id: 'f', name: 'Count', type: `${OURS}profileEngine`, typeVersion: 1, position: [0, 0], parameters: { rule: '{"message": "opened", "workflow": "w6"}', note: '{{ no rule }}' } },
				{ id: 'd', name: 'Status', type: `${OURS}journeyControl`, typeVersion: 1, position: [0, 0], parameters: { scope: 'id', workflowId: '={{ $json.id }}' } },
			],
		};
		const bundle = outputOf(await run({ operation: 'export', workflowFrom: 'item' }, workflow), SUBJECT)[0]?.json.bundle as unknown as Bundle;
		await engine.journeys.register({ workflow: 'w7', step: 's', name: 'Start', type: 'trigger' }, { name: 'Other', entry: { kind: 'enroll' }, reEntry: 'never', fields: [], carryEvent: false, onFailure: 'hold' });

		const rows = (await imported(bundle)).filter(({ kind }) => kind === 'reference');

		expect(bundle.workflow.settings).toEqual({ executionOrder: 'v1' });
		expect(rows.map(({ name, action, detail }) => [name, action, String(detail).split(' names')[0]])).toEqual([
			['w1', 'conflict', 'The node "Start"'], ['w7', 'same', 'The node "Enroll"'], ['w5', 'conflict', 'The node "Sub"'], ['w6', 'conflict', 'The node "Count"'], ['w0', 'conflict', 'The segment "Openers"'],
		]);
		await close();
	});

	it('refuses what is no bundle, and one of a newer version', async () => {
		const { close } = await openTestEngine();

		expect(errorOf(await run({ operation: 'import', bundle: '{}' }))?.message).toContain('no bundle of a journey');
		expect(errorOf(await run({ operation: 'import', bundle: JSON.stringify({ format: 'n8n-nodes-journeys/bundle', version: 2 }) }))?.message).toContain('newer version');
		expect(await callTool(new JourneyControl(), { resource: 'bundle', operation: 'import', bundle: '{}' })).toEqual({ error: expect.stringContaining('not allowed') as string });
		await close();
	});
});
