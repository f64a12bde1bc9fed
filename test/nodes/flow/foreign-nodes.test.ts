import type { IRun } from 'n8n-workflow';

import { JourneyBranch } from '../../../nodes/JourneyBranch/JourneyBranch.node';
import { JourneySplit } from '../../../nodes/JourneySplit/JourneySplit.node';
import { errorOf, outputOf } from '../harness/n8n';
import type { Edge, NodeSpec, TestN8n } from '../harness/n8n';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';

const HOUR_MS = 3_600_000;
const NAMES = ['ada', 'bob', 'cyd', 'dan'];

describe('nodes of other kinds between the steps of a journey', () => {
	let world: World;
	beforeEach(async () => {
		world = await createWorld({ [`${PREFIX}journeySplit`]: new JourneySplit(), [`${PREFIX}journeyBranch`]: new JourneyBranch() });
	});
	afterEach(() => world.close());

	const start: NodeSpec = { name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', fields: 'name, city' } };
	const goal = (name: string): NodeSpec => ({ name, type: `${PREFIX}journeyGoal`, parameters: { goal: name } });
	const split: NodeSpec = { name: 'Split', type: `${PREFIX}journeySplit`, parameters: { paths: { path: [{ name: 'A', percent: 50 }, { name: 'B', percent: 50 }] } } };
	const rest: NodeSpec = { name: 'Rest', type: `${PREFIX}journeyWait`, parameters: { amount: 1, unit: 'hours' } };
	const merge = (parameters: object): NodeSpec => ({ name: 'Merge', type: 'n8n-nodes-base.merge', typeVersion: 3, parameters: { mode: 'combine', ...parameters } });
	const code = (name: string, jsCode: string, mode = 'runOnceForAllItems'): NodeSpec => ({ name, type: 'n8n-nodes-base.code', parameters: { mode, jsCode } });
	const each = (name: string, jsCode: string) => code(name, jsCode, 'runOnceForEachItem');

	async function through(nodes: NodeSpec[], edges: Edge[], names: readonly string[] = NAMES): Promise<{ n8n: TestN8n; run: IRun }> {
		await world.engine.profiles.upsert(names.map((name, n) => ({ identities: [{ kind: 'email', value: `${name}@example.com` }], attributes: { name, city: n < 2 ? 'London' : 'Paris' } })), { source: 'test' });
		const n8n = await world.publish({ nodes: [start, ...nodes], edges });
		await world.happens('Signed Up', names.map((name) => `${name}@example.com`));
		await eventually(() => n8n.runs.length > 0 && !n8n.isRunning);
		const [run] = n8n.runs;
		if (run === undefined) throw new Error('Nothing ran');
		return { n8n, run };
	}
	const journey = async () => (await world.engine.journeys.status())[0];
	const at = async (name: string) => (await journey())?.steps.find((step) => step.name === name);
	const goals = async () => Object.fromEntries((await journey())?.goals.map(({ name, count }) => [name, count]) ?? []);

	it.each([['at once', []], ['though a node that keeps its fields stands behind it', [each('Keep', 'return $json;')]]])('stop a Merge by position behind a split, which lays two people on each other, %s (rule 18)', async (_when, between) => {
		const { run } = await through(
			[split, merge({ combineBy: 'combineByPosition' }), ...between, goal('Reached')],
			[['Start', 'Split'], ['Split', 'Merge', 0, 0], ['Split', 'Merge', 1, 1], ['Merge', between[0]?.name ?? 'Reached'], ...between.map(({ name }): Edge => [name, 'Reached'])],
			Array.from({ length: 20 }, (_, n) => `p${n}`),
		);

		expect(errorOf(run)?.message).toBe('"Merge" made one item out of several people');
		expect(await goals()).toEqual({});
		expect((await at('Start'))?.held).toBe(20);
	});

	it('stop a Merge by position where one branch has dropped somebody, so that places have shifted (rule 18)', async () => {
		const drop: NodeSpec = { name: 'Drop', type: 'n8n-nodes-base.if', parameters: { condition: '={{ $json.name !== "ada" }}' } };
		const { run } = await through([drop, merge({ combineBy: 'combineByPosition' }), goal('Reached')], [['Start', 'Drop'], ['Drop', 'Merge', 0, 0], ['Start', 'Merge', 0, 1], ['Merge', 'Reached']]);

		expect(errorOf(run)?.message).toBe('"Merge" made one item out of several people');
		expect(await goals()).toEqual({});
	});

	it('let a Merge by a field pass that tells people apart, and stop one by a field that several share (rule 18)', async () => {
		const look = each('Look Up', 'return { ...$json, coupon: "for " + $json.name };');
		const by = (field: string, name: string): { nodes: NodeSpec[]; edges: Edge[] } => ({
			nodes: [{ ...merge({ combineBy: 'combineByFields', fields: field }), name }, goal(`Behind ${name}`)],
			edges: [['Look Up', name, 0, 0], ['Start', name, 0, 1], [name, `Behind ${name}`]],
		});
		const byName = by('name', 'By Name');
		const { run } = await through([look, ...byName.nodes], [['Start', 'Look Up'], ...byName.edges]);
		const right = outputOf(run, 'Behind By Name').map(({ json }) => json.coupon === `for ${String(json.name)}`);
		await world.close();

		world = await createWorld();
		const byCity = by('city', 'By City');
		const wrong = await through([look, ...byCity.nodes], [['Start', 'Look Up'], ...byCity.edges]);

		expect(right).toEqual([true, true, true, true]);
		expect(errorOf(wrong.run)?.message).toBe('"By City" made one item out of several people');
		expect(await goals()).toEqual({});
	});

	it('that split a person into several items make one visit of them: one goal, one wait (rules 1, 13)', async () => {
		const { n8n, run } = await through([{ name: 'Parts', type: 'n8n-nodes-base.splitOut', parameters: { fields: '={{ ["x", "y", "z"] }}' } }, goal('Reached'), rest, goal('Rested')], [['Start', 'Parts'], ['Parts', 'Reached'], ['Reached', 'Rest'], ['Rest', 'Rested']]);
		const waiting = (await at('Rest'))?.waiting;
		world.clock.advance(HOUR_MS);
		await eventually(async () => (await journey())?.completed === 4 && !n8n.isRunning);

		expect([outputOf(run, 'Parts').length, waiting]).toEqual([12, 4]);
		expect(await goals()).toEqual({ Reached: 4, Rested: 4 });
	});

	it('that make one item of all stop the way to the next step and hold everybody; on a branch of their own they harm nobody (rule 18)', async () => {
		const sum: NodeSpec = { name: 'Sum', type: 'n8n-nodes-base.aggregate' };
		const beside = await through([sum, rest], [['Start', 'Sum'], ['Start', 'Rest']]);
		const fine = [errorOf(beside.run), (await at('Rest'))?.waiting];
		await world.close();

		world = await createWorld();
		const { run } = await through([sum, rest], [['Start', 'Sum'], ['Sum', 'Rest']]);

		expect(fine).toEqual([undefined, 4]);
		expect(errorOf(run)?.message).toBe('The person of this item was lost in "Sum"');
		expect(await at('Start')).toMatchObject({ held: 4 });
	});

	it('in a loop without a wait that does not end hold whom they turn round for ever, and let the others go (rule 13)', async () => {
		const again: NodeSpec = { name: 'Again', type: 'n8n-nodes-base.if', parameters: { condition: '={{ $json.name === "bob" }}' } };
		const { n8n } = await through([goal('Round'), again, goal('Out')], [['Start', 'Round'], ['Round', 'Again'], ['Again', 'Round', 0], ['Again', 'Out', 1]]);
		await eventually(async () => (await journey())?.completed === 3 && !n8n.isRunning);

		expect(await goals()).toEqual({ Round: 103, Out: 3 });
		expect(await at('Start')).toMatchObject({ held: 1, problem: expect.stringContaining('more than 100 times') as string });
	});

	it('that drop people end their way, and nobody else\'s', async () => {
		const { run } = await through([code('Half', 'return items.filter(({ json }) => json.city === "London");'), goal('Reached')], [['Start', 'Half'], ['Half', 'Reached']]);

		expect(outputOf(run, 'Reached').map(({ json }) => json.name).sort()).toEqual(['ada', 'bob']);
		await eventually(async () => (await journey())?.completed === 4);
	});

	it('that bring people in another order, with items of their own that kept the mark, give each their own', async () => {
		const { run } = await through([code('Turn', 'return items.map(({ json }) => ({ json: { of: json.name, _journey: json._journey } })).reverse();'), goal('Reached')], [['Start', 'Turn'], ['Turn', 'Reached']]);

		expect(outputOf(run, 'Reached').map(({ json }) => json.of).sort()).toEqual(NAMES);
		for (const { json } of outputOf(run, 'Reached')) expect((await world.engine.profiles.get({ kind: 'email', value: `${String(json.of)}@example.com` }))?.id).toBe((json._journey as { profile: number }).profile);
	});

	it.each<[NodeSpec['onError'], string[], string[]]>([['continueRegularOutput', NAMES, []], ['continueErrorOutput', ['ada', 'cyd', 'dan'], ['bob']]])('that fail for one person and go on (%s) lose nobody, and mix nobody up', async (onError, fine, failed) => {
		const broken: NodeSpec = { name: 'Broken', type: 'n8n-nodes-base.httpRequest', onError };
		const { run } = await through([each('Mark', 'return { ...$json, fail: $json.name === "bob" };'), broken, goal('Fine'), goal('Failed')], [['Start', 'Mark'], ['Mark', 'Broken'], ['Broken', 'Fine'], ['Broken', 'Failed', 1]]);
		await eventually(async () => (await journey())?.completed === 4);
		const named = async (step: string) => await Promise.all(outputOf(run, step).map(async ({ json }) => (await world.engine.profiles.get({ profileId: (json._journey as { profile: number }).profile }))?.attributes.name));

		expect([(await named('Fine')).sort(), await named('Failed')]).toEqual([fine, failed]);
	});

	it('that fail and stop hold everybody, once, whatever had been done for them before, and a retry does only what is left (rule 10)', async () => {
		const broken: NodeSpec = { name: 'Broken', type: 'n8n-nodes-base.service' };
		const { n8n } = await through([goal('Before'), each('Mark', 'return { ...$json, fail: $json.name === "bob" };'), broken, goal('Behind')], [['Start', 'Before'], ['Before', 'Mark'], ['Mark', 'Broken'], ['Broken', 'Behind']]);
		await eventually(async () => (await at('Start'))?.held === 4);
		const before = await goals();

		await world.engine.journeys.retryHeld({ workflow: 'workflow-1' });
		await eventually(async () => (await journey())?.completed === 3 && (await at('Start'))?.held === 1 && !n8n.isRunning);

		expect(before).toEqual({ Before: 4 });
		expect(await goals()).toEqual({ Before: 4, Behind: 3 });
	});

	it('a step in a sub-workflow that gets people of a journey refuses them, whatever it is, and they are held (rule 22)', async () => {
		const { items, step, nonce } = await claimed();
		for (const type of ['journeyWait', 'journeyGoal', 'journeySplit', 'journeyBranch', 'journeyExit']) {
			const parameters = { ...rest.parameters, ...split.parameters, goal: 'Reached', reason: 'left', rules: { rule: [{ name: 'All', by: 'item', conditions: { options: { version: 2 }, combinator: 'and', conditions: [{ leftValue: 'a', rightValue: 'a', operator: { type: 'string', operation: 'equals' } }] } }] } };
			const sub = world.draw({ id: 'sub-workflow', nodes: [{ name: 'Called', type: 'n8n-nodes-base.start' }, { name: 'Step', type: PREFIX + type, parameters: parameters as never }], edges: [['Called', 'Step']] });

			const run = await sub.execute('Called', items.map(({ stamp }) => ({ json: { _journey: { ...stamp } } })), 'integrated');

			expect([type, errorOf(run)?.message]).toEqual([type, expect.stringContaining('runs in another workflow than the journey of this contact')]);
		}
		expect([await goals(), (await journey())?.exited, (await journey())?.active]).toEqual([{}, {}, 4]);
		await world.engine.journeys.settle(nonce, { kind: 'failed', reason: 'the sub-workflow failed' });
		expect((await journey())?.steps.find(({ name }) => name === step.name)?.held).toBe(4);
	});

	async function claimed() {
		const step = { workflow: 'workflow-1', step: 'id-Start', name: 'Start', type: 'trigger' };
		await world.engine.journeys.register(step, { name: 'A journey', entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'never', fields: [], carryEvent: false, onFailure: 'hold' });
		await world.happens('Signed Up', NAMES.map((name) => `${name}@example.com`));
		const { items, nonce } = await world.engine.journeys.claim(step, { limit: 30, leaseMs: 60_000 });
		await world.engine.journeys.begin({ nonce, workflow: 'workflow-1', steps: [], foreignEffects: false });
		return { items, step, nonce };
	}
});
