import type { IRun } from 'n8n-workflow';

import { errorOf } from '../harness/n8n';
import type { Canvas, Edge, NodeSpec, TestN8n } from '../harness/n8n';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

describe('waits and approvals of n8n\'s own in the middle of a leg', () => {
	let world: World;
	beforeEach(async () => {
		world = await createWorld();
	});
	afterEach(() => world.close());

	const start = (parameters: object = {}): NodeSpec => ({ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', reEntry: 'afterLeaving', ...parameters } as never });
	const goal = (name: string): NodeSpec => ({ name, type: `${PREFIX}journeyGoal`, parameters: { goal: name } });
	const rest: NodeSpec = { name: 'Rest', type: `${PREFIX}journeyWait`, parameters: { amount: 1, unit: 'hours' } };
	const approval: NodeSpec = { name: 'Approval', type: 'n8n-nodes-base.slack', parameters: { operation: 'sendAndWait' } };
	const pause = (name: string, ms: number): NodeSpec => ({ name, type: 'n8n-nodes-base.wait', parameters: { fields: { untilMs: world.clock.nowMs() + ms } } });
	const line = (...names: string[]): Edge[] => names.slice(1).map((name, n) => [names[n] ?? '', name]);
	const publish = (nodes: NodeSpec[], edges: Edge[], trigger: object = {}) => world.publish({ nodes: [start(trigger), ...nodes], edges } satisfies Canvas);

	const journey = async () => (await world.engine.journeys.status())[0];
	const at = async (name: string) => (await journey())?.steps.find((step) => step.name === name);
	const goals = async () => Object.fromEntries((await journey())?.goals.map(({ name, count }) => [name, count]) ?? []);
	const away = async (people: number) => await eventually(async () => (await at('Start'))?.away === people);
	const waits = (n8n: TestN8n): IRun => {
		const run = n8n.runs.filter(({ status }) => status === 'waiting').at(-1);
		if (run === undefined) throw new Error('No execution waits');
		return run;
	};
	const yes = [{ json: { data: { approved: true } } }];

	/** Somebody else comes in: the step's pump has claimed, and looked at what ran out, by the time they are away as well. */
	const knock = async () => {
		const before = (await journey())?.entered ?? 0;
		await world.happens('Signed Up', [`knock${before}@example.com`]);
		await eventually(async () => (await journey())?.entered === before + 1 && (await at('Start'))?.due === 0);
	};

	it('let a person go on whose approval comes after days, and the run is over hours later, not a year: they may enter again', async () => {
		const n8n = await publish([approval, rest, goal('Through')], line('Start', 'Approval', 'Rest', 'Through'));
		await world.happens('Signed Up', ['ada@example.com']);
		await away(1);

		world.clock.advance(3 * DAY_MS);
		const run = await n8n.resume(waits(n8n), yes);
		world.clock.advance(HOUR_MS);
		await eventually(async () => (await goals()).Through === 1 && !n8n.isRunning);
		const during = (await journey())?.completed;
		world.clock.advance(6 * HOUR_MS);
		await knock();
		const after = (await journey())?.completed;
		await world.happens('Signed Up', ['ada@example.com']);
		await eventually(async () => (await journey())?.entered === 3);

		expect([errorOf(run), during, after]).toEqual([undefined, 0, 1]);
	});

	it('hold a batch whose approval brings one answer for all, as soon as it comes, and let each be asked for alone by Retry Held (rules 10, 18)', async () => {
		const n8n = await publish([approval, rest, goal('Through')], line('Start', 'Approval', 'Rest', 'Through'));
		await world.happens('Signed Up', ['ada@example.com', 'bob@example.com', 'cyd@example.com']);
		await away(3);

		const run = await n8n.resume(waits(n8n), yes);
		const held = await at('Start');
		await world.engine.journeys.retryHeld({ workflow: 'workflow-1' });
		await away(3);
		const alone = n8n.runs.filter(({ status }) => status === 'waiting').slice(-3);
		for (const one of alone) await n8n.resume(one, yes);
		await eventually(async () => (await at('Rest'))?.waiting === 3);

		expect(errorOf(run)?.message).toBe('The person of this item was lost in "Approval"');
		expect(held).toMatchObject({ held: 3, away: 0, problem: 'Rest: The person of this item was lost in "Approval"' });
	});

	it.each([
		['go on where the step behind them fails and is tried again by n8n', 1, { waiting: 1 }, { held: 0, away: 1 }],
		['hold whom the step behind them fails for at its last try (rule 10)', 2, undefined, { held: 1, away: 0 }],
	])('%s', async (_title, failures, rested, started) => {
		let left = failures;
		await world.close();
		world = await createWorld({}, { atPoint: (point) => {
			if (point === 'park:before-commit' && left-- > 0) throw new Error('The disk is slow');
		} });
		const n8n = await publish([approval, { ...rest, maxTries: 2 }, goal('Through')], line('Start', 'Approval', 'Rest', 'Through'));
		await world.happens('Signed Up', ['ada@example.com']);
		await away(1);

		await n8n.resume(waits(n8n), yes);

		expect(await at('Start')).toMatchObject(started);
		if (rested !== undefined) expect(await at('Rest')).toMatchObject(rested);
	});

	it.each(['webhook', 'form'])('that end by a %s for a batch are nobody\'s answer, least of all the first person\'s (rule 18)', async (resume) => {
		const n8n = await publish([{ ...pause('Call', DAY_MS), parameters: { resume, fields: { untilMs: world.clock.nowMs() + DAY_MS } } }, goal('Answered')], line('Start', 'Call', 'Answered'));
		await world.happens('Signed Up', ['ada@example.com', 'bob@example.com', 'cyd@example.com']);
		await away(3);

		const run = await n8n.resume(waits(n8n), [{ json: { query: { answer: 'yes' } } }]);

		expect(errorOf(run)?.message).toBe('The person of this item was lost in "Call"');
		expect(await goals()).toEqual({});
		expect(await at('Start')).toMatchObject({ held: 3, away: 0 });
	});

	it('twice in one leg lose nobody between them: n8n tells of the first alone (rule 11)', async () => {
		const n8n = await publish([pause('One', HOUR_MS), goal('Between'), pause('Two', DAY_MS), rest, goal('Through')], line('Start', 'One', 'Between', 'Two', 'Rest', 'Through'));
		await world.happens('Signed Up', ['ada@example.com']);
		await away(1);

		world.clock.advance(HOUR_MS);
		const between = await n8n.resume(waits(n8n));
		world.clock.advance(12 * HOUR_MS);
		await knock();
		world.clock.advance(12 * HOUR_MS);
		const end = await n8n.resume(between);

		expect([between.status, end.status]).toEqual(['waiting', 'success']);
		expect(await at('Rest')).toMatchObject({ waiting: 1 });
		expect(await goals()).toEqual({ Between: 1 });
	});

	it('in a loop ask again as long as the answer is no, each time behind a park of its own', async () => {
		const asked: NodeSpec = { name: 'Yes?', type: 'n8n-nodes-base.if', parameters: { condition: '={{ $json.data.approved }}' } };
		const n8n = await publish([rest, approval, asked, goal('Through')], [...line('Start', 'Rest', 'Approval', 'Yes?', 'Through'), ['Yes?', 'Rest', 1]]);
		await world.happens('Signed Up', ['ada@example.com']);

		for (const [round, approved] of [false, false, true].entries()) {
			await eventually(async () => (await at('Rest'))?.waiting === 1);
			world.clock.advance(HOUR_MS);
			await eventually(async () => (await at('Rest'))?.away === round + 1);
			await n8n.resume(waits(n8n), [{ json: { data: { approved } } }]);
		}

		expect(await goals()).toEqual({ Through: 1 });
		expect(await at('Rest')).toMatchObject({ entered: 3, waiting: 0, held: 0 });
	});

	it('pass by whoever has left meanwhile: the answer comes to nobody (rule 20)', async () => {
		const n8n = await publish([approval, rest, goal('Through')], line('Start', 'Approval', 'Rest', 'Through'), { exitOnEvent: true, exitEvent: { __rl: true, mode: 'name', value: 'Bought' } });
		await world.happens('Signed Up', ['ada@example.com']);
		await away(1);

		await world.happens('Bought', ['ada@example.com']);
		const run = await n8n.resume(waits(n8n), yes);

		expect(errorOf(run)).toBeUndefined();
		expect(await journey()).toMatchObject({ active: 0, steps: expect.not.arrayContaining([expect.objectContaining({ waiting: 1 })]) as unknown });
	});

	it('on one branch of a fork let the other go on meanwhile, and the run ends with the last of them (rules 1, 2)', async () => {
		const n8n = await publish([rest, goal('Rested'), approval, goal('Approved')], [...line('Start', 'Rest', 'Rested'), ...line('Start', 'Approval', 'Approved')]);
		await world.happens('Signed Up', ['ada@example.com']);
		await away(1);

		world.clock.advance(HOUR_MS);
		await eventually(async () => (await goals()).Rested === 1);
		const active = (await journey())?.active;
		await n8n.resume(waits(n8n), yes);
		await eventually(() => !n8n.isRunning);
		world.clock.advance(7 * HOUR_MS);
		await knock();

		expect(active).toBe(1);
		expect(await goals()).toMatchObject({ Rested: 1, Approved: 1 });
		expect((await journey())?.completed).toBe(1);
	});
});
