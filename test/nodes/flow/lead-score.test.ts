import { Workflow } from 'n8n-workflow';

import type { ScoreModel } from '../../../engine';
import { LeadScore } from '../../../nodes/LeadScore/LeadScore.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import type { Canvas } from '../harness/n8n';

let world: World;

beforeEach(async () => {
	world = await createWorld({ [`${PREFIX}leadScore`]: new LeadScore() });
	await world.engine.scores.saveModel(LEADS);
});
afterEach(async () => await world.close());

const LEADS: ScoreModel = { name: 'Leads', rules: [{ name: 'Visits', group: 'engagement', points: 40, when: { event: 'Visited' }, mode: 'perOccurrence' }] };
const score = (parameters: object = {}) => ({ name: 'Score', type: `${PREFIX}leadScore`, parameters: { model: 'Leads', buckets: ['cold', 'warm', 'hot'], ...parameters } });
const journey: Canvas = { nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up' } }, score()], edges: [['Start', 'Score']] };
const outside = (parameters: object): Canvas => ({
	nodes: [{ name: 'Start', type: 'n8n-nodes-base.start' }, score({ options: { identityKind: 'email', identityValue: '={{ $json.mail }}' }, ...parameters })],
	edges: [['Start', 'Score']],
});

describe('Lead Score', () => {
	it('has an output for each chosen bucket and one for everybody else, as the editor draws it', () => {
		const { outputs } = new LeadScore().description;
		const n8n = world.draw(journey);
		const node = n8n.nodeNamed('Score');

		const drawn = n8n.workflow.expression.getSimpleParameterValue(node, String(outputs), 'internal', {}) as unknown;

		expect(n8n.workflow).toBeInstanceOf(Workflow);
		expect(drawn).toEqual(['cold', 'warm', 'hot', 'Other'].map((displayName) => ({ type: 'main', displayName })));
	});

	it('sends people of a journey by the bucket they are in, with the score on the item', async () => {
		await world.happens('Visited', ['warm@example.com', 'hot@example.com']);
		await world.happens('Visited', ['hot@example.com']);
		const n8n = await world.publish(journey);

		await world.happens('Signed Up', ['cold@example.com', 'warm@example.com', 'hot@example.com']);
		await eventually(async () => (await world.engine.journeys.status())[0]?.completed === 3);

		const scores = (output: number) => n8n.runs.flatMap((run) => outputOf(run, 'Score', output)).map(({ json }) => json.score);
		expect([0, 1, 2, 3].map(scores)).toEqual([
			[{ total: 0, fit: 0, engagement: 0, grade: 'F', bucket: 'cold' }],
			[{ total: 40, fit: 0, engagement: 40, grade: 'F', bucket: 'warm' }],
			[{ total: 80, fit: 0, engagement: 80, grade: 'F', bucket: 'hot' }],
			[],
		]);
		expect((await world.engine.journeys.status())[0]?.steps.find(({ name }) => name === 'Score')?.passed).toEqual({ cold: 1, warm: 1, hot: 1 });
	});

	it('sends a replay the way that was taken first, whatever the score is by then', async () => {
		const step = { workflow: 'workflow-1', step: 'id-Start', name: 'Start', type: 'trigger' };
		await world.engine.journeys.register(step, { name: 'A journey', entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'never', fields: [], carryEvent: false, onFailure: 'hold' });
		await world.happens('Signed Up', ['ada@example.com']);
		const { items: [item], nonce } = await world.engine.journeys.claim(step, { limit: 1, leaseMs: 60_000 });
		const { stamp } = item ?? {};
		await world.engine.journeys.begin({ nonce, workflow: 'workflow-1', steps: ['id-Score'], foreignEffects: false });
		const n8n = world.draw({ nodes: [{ name: 'Start', type: 'n8n-nodes-base.start' }, score()], edges: [['Start', 'Score']] });
		const given = [{ json: { _journey: { ...stamp } } }];

		const first = await n8n.execute('Start', given);
		for (let visit = 0; visit < 2; visit += 1) await world.happens('Visited', ['ada@example.com']);
		const second = await n8n.execute('Start', given);

		expect(errorOf(second)).toBeUndefined();
		expect([outputOf(first, 'Score', 0), outputOf(second, 'Score', 0)].map((items) => items.length)).toEqual([1, 1]);
		expect(outputOf(second, 'Score', 2)).toEqual([]);
	});

	it('sends a replay out of the same bucket, though the outputs stand in another order by then', async () => {
		const step = { workflow: 'workflow-1', step: 'id-Start', name: 'Start', type: 'trigger' };
		await world.engine.journeys.register(step, { name: 'A journey', entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'never', fields: [], carryEvent: false, onFailure: 'hold' });
		await world.happens('Visited', ['warm@example.com']);
		await world.happens('Signed Up', ['warm@example.com', 'cold@example.com']);
		const { items, nonce } = await world.engine.journeys.claim(step, { limit: 2, leaseMs: 60_000 });
		await world.engine.journeys.begin({ nonce, workflow: 'workflow-1', steps: ['id-Score'], foreignEffects: false });
		const given = items.map(({ stamp }) => ({ json: { _journey: { ...stamp } } }));
		const run = async (buckets: string[]) => await world.draw({ nodes: [{ name: 'Start', type: 'n8n-nodes-base.start' }, score({ buckets })], edges: [['Start', 'Score']] }).execute('Start', given);
		const bucketsOf = (of: Awaited<ReturnType<typeof run>>, outputs: number) => Array.from({ length: outputs }, (_none, output) => outputOf(of, 'Score', output).map(({ json }) => (json.score as { bucket: string }).bucket));

		expect(bucketsOf(await run(['cold', 'warm', 'hot']), 4)).toEqual([['cold'], ['warm'], [], []]);
		expect(bucketsOf(await run(['warm', 'hot']), 3)).toEqual([['warm'], [], ['cold']]);
		expect(bucketsOf(await run(['hot', 'warm', 'cold']), 4)).toEqual([[], ['warm'], ['cold'], []]);
	});

	it('keeps the model from being deleted while it is published, and is named when the model loses a bucket that it asks for', async () => {
		await world.publish(journey);

		await expect(world.engine.scores.deleteModel('Leads')).rejects.toThrow('used by the step "Score" of the workflow workflow-1');
		const { warnings } = await world.engine.scores.saveModel({ ...LEADS, buckets: [{ name: 'cold' }, { name: 'hot', from: 60 }] });

		expect(warnings).toEqual(['The step "Score" of the workflow workflow-1 asks for the bucket "warm", which there is no more: nobody has it. Change one of the two.']);
	});

	it('holds its people with the reason when a model that an expression names is gone, and lets them go on when there is one again', async () => {
		const n8n = await world.publish({ ...journey, nodes: [...journey.nodes.slice(0, 1), score({ model: "={{ 'Leads' }}" })] });
		await world.engine.scores.deleteModel('Leads');
		const start = async () => (await world.engine.journeys.status())[0]?.steps.find(({ name }) => name === 'Start');

		await world.happens('Signed Up', ['ada@example.com']);
		await eventually(async () => (await start())?.held === 1);

		expect((await start())?.problem ?? '').toContain('There is no score model "Leads"');
		expect(n8n.runs.flatMap((run) => [0, 1, 2, 3].flatMap((output) => outputOf(run, 'Score', output)))).toEqual([]);
		await world.engine.scores.saveModel(LEADS);
		await world.engine.journeys.retryHeld({ workflow: 'workflow-1' });
		await eventually(async () => (await world.engine.journeys.status())[0]?.completed === 1);
		expect(n8n.runs.flatMap((run) => outputOf(run, 'Score', 0))).toHaveLength(1);
	});

	it('tells whoever tries it out of outputs that nobody will leave by, and sends people of new buckets by Other', async () => {
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ada@example.com' }] }], { source: 'test', test: true });
		await world.happens('Visited', ['ada@example.com']);
		await world.engine.scores.saveModel({ ...LEADS, buckets: [{ name: 'cold' }, { name: 'mild', from: 20 }] });

		const run = await world.draw(journey).execute('Start', [{ json: {} }], 'manual');

		expect(outputOf(run, 'Score', 3)).toMatchObject([{ json: { score: { bucket: 'mild' } } }]);
		expect(run.data.resultData.runData.Score?.[0]?.hints?.map(({ message }) => message)).toEqual(['The score model "Leads" has no bucket "warm", "hot": nobody leaves there. It has cold, mild; choose them under Buckets.']);
	});

	it('works on items of no journey by identity; people and buckets it has no output for leave by Other', async () => {
		await world.happens('Visited', ['warm@example.com']);
		const items = ['warm@example.com', 'nobody@example.com'].map((mail) => ({ json: { mail } }));

		const all = await world.draw(outside({})).execute('Start', items);
		const without = await world.draw(outside({ buckets: ['hot'], options: { identityKind: 'email', identityValue: '={{ $json.mail }}', scoreField: '' } })).execute('Start', items);

		expect(errorOf(all)).toBeUndefined();
		expect(outputOf(all, 'Score', 1)).toMatchObject([{ json: { mail: 'warm@example.com', score: { total: 40 } }, pairedItem: { item: 0 } }]);
		expect(outputOf(all, 'Score', 3)).toEqual([{ json: { mail: 'nobody@example.com' }, pairedItem: { item: 1 } }]);
		expect(outputOf(without, 'Score', 1).map(({ json }) => json)).toEqual(items.map(({ json }) => json));
	});

	it('runs in the editor as the person the trigger acts as, and stores nothing', async () => {
		const { profiles } = await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ada@example.com' }] }], { source: 'test', test: true });
		await world.happens('Visited', ['ada@example.com']);
		const before = await world.rows();

		const run = await world.draw(journey).execute('Start', [{ json: {} }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, 'Score', 1)).toMatchObject([{ json: { score: { bucket: 'warm' }, _journey: { manual: true, profile: profiles[0] } } }]);
		expect(await world.rows()).toEqual(before);
	});

	it.each<[string, object, string, string]>([
		['no model is chosen', { model: "={{ '' }}" }, 'Score Model is empty', ''],
		['the model does not exist', { model: 'Nope' }, 'There is no score model "Nope"', ''],
		['an item names nobody', { options: {} }, 'This item names no person to score', 'Identity Value'],
	])('says what to do when %s', async (_what, parameters, message, description) => {
		const run = await world.draw(outside(parameters)).execute('Start', [{ json: { mail: 'ada@example.com' } }]);

		expect(errorOf(run)?.message).toContain(message);
		expect(errorOf(run)?.description ?? '').toContain(description);
	});
});
