import type { INodeParameters } from 'n8n-workflow';

import { JourneyWait } from '../../../nodes/JourneyWait/JourneyWait.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import type { Canvas, TestN8n } from '../harness/n8n';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let world: World;
beforeEach(async () => {
	world = await createWorld();
});
afterEach(async () => await world.close());

const byName = (name: string) => ({ mode: 'name', value: name, __rl: true });
const journey = (parameters: INodeParameters, fields = 'appointment'): Canvas => ({
	nodes: [
		{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', fields } },
		{ name: 'Wait', type: `${PREFIX}journeyWait`, parameters },
		{ name: 'Goal', type: `${PREFIX}journeyGoal`, parameters: { goal: 'Went on' } },
		{ name: 'Late', type: `${PREFIX}journeyGoal`, parameters: { goal: 'Passed' } },
	],
	edges: [['Start', 'Wait'], ['Wait', 'Goal', 0], ['Wait', 'Late', 1]],
});

/** Monday 2 March 2026, 09:00 UTC. People p0, p1, … sign up. */
async function signUp(...attributes: object[]): Promise<number[]> {
	const people = attributes.map((one, n) => ({ identities: [{ kind: 'email', value: `p${n}@example.com` }], attributes: one as never }));
	await world.engine.profiles.upsert(people, { source: 'test' });
	return await world.happens('Signed Up', attributes.map((_one, n) => `p${n}@example.com`));
}

const people = async () => (await world.engine.journeys.people({ workflow: 'workflow-1', step: 'Wait' })).map(({ dueAt, state, reason }) => ({ dueAt, state, reason }));
const waiting = async (count: number) => await eventually(async () => (await people()).filter(({ state }) => state === 'parked').length === count);
const status = async () => (await world.engine.journeys.status())[0];
const gone = (n8n: TestN8n, output = 0) => n8n.runs.flatMap((run) => outputOf(run, 'Wait', output)).map(({ json }) => json);

describe('Journey Wait', () => {
	const drawn = (parameters: INodeParameters) => {
		const n8n = world.draw(journey(parameters));
		const outputs = n8n.workflow.expression.getSimpleParameterValue(n8n.nodeNamed('Wait'), String(new JourneyWait().description.outputs), 'internal', {}) as unknown;
		return [outputs, n8n.subtitleOf('Wait')];
	};

	it('has its one output as ever, a second where people may leave by it, and says on the canvas what it waits for', () => {
		expect(drawn({ amount: 2, unit: 'days' })).toEqual([[{ type: 'main' }], '2 days']);
		expect(drawn({ wait: 'time', timeOfDay: '09:30' })).toEqual([[{ type: 'main' }], 'until 09:30']);
		expect(drawn({ wait: 'date', date: '2026-05-01', offset: 'before', offsetAmount: 1, offsetUnit: 'weeks' })).toEqual([[{ type: 'main' }], '1 week before the date']);
		expect(drawn({ wait: 'attribute', attribute: byName('renewal'), ifPassed: 'output' })).toEqual([[{ type: 'main', displayName: 'On Time' }, { type: 'main', displayName: 'Passed' }], 'until renewal']);
		expect(drawn({ wait: 'attribute', attribute: byName('renewal'), ifMissing: 'output' })[0]).toHaveLength(2);
		expect(drawn({ wait: 'best' })).toEqual([[{ type: 'main' }], 'until the best time']);
	});

	it('lets each person wait for the time of day and weekday where they are, and brings them back with the outcome', async () => {
		const n8n = await world.publish(journey({ wait: 'time', timeOfDay: '08:00', weekdays: [3] }));
		await signUp({ timezone: 'Asia/Tokyo' }, { timezone: 'America/New_York' });
		await waiting(2);
		const due = (await people()).map(({ dueAt }) => dueAt);

		world.clock.set(Date.parse('2026-03-04T00:00:00Z'));
		await eventually(async () => (await status())?.completed === 1);

		expect(due).toEqual(['2026-03-03T23:00:00.000Z', '2026-03-04T13:00:00.000Z']);
		expect(gone(n8n)).toMatchObject([{ outcome: 'due', appointment: null }]);
	});

	it('takes the date of each item, in one call of the engine for all of them', async () => {
		const park = jest.spyOn(world.engine.journeys, 'park');
		await world.publish(journey({ wait: 'date', date: '={{ $json.appointment }}', offset: 'before', offsetAmount: 2, offsetUnit: 'hours' }));
		await signUp({ appointment: '2026-03-05T10:00:00Z' }, { appointment: '2026-03-06 10:00', timezone: 'Europe/Berlin' }, { appointment: '2026-03-07' });
		await waiting(3);

		expect((await people()).map(({ dueAt }) => dueAt)).toEqual(['2026-03-05T08:00:00.000Z', '2026-03-06T07:00:00.000Z', '2026-03-06T22:00:00.000Z']);
		expect(park).toHaveBeenCalledTimes(1);
	});

	it('takes what n8n\'s own date expressions give', async () => {
		await world.publish(journey({ wait: 'date', date: '={{ DateTime.fromISO("2026-03-05T10:00:00+01:00", { setZone: true }) }}' }));
		await signUp({});
		await waiting(1);

		expect((await people())[0]?.dueAt).toBe('2026-03-05T09:00:00.000Z');
	});

	it('holds people whose date cannot be read, with the reason', async () => {
		await world.publish(journey({ wait: 'date', date: '={{ $json.appointment }}' }));
		await signUp({ appointment: 'next week' });
		await eventually(async () => (await status())?.steps.some(({ held }) => held === 1) === true);

		expect((await status())?.steps.map(({ problem }) => problem).find((problem) => problem !== null)).toContain('is no date');
	});

	it.each([
		['continue', { completed: 2, exited: {} }, [['due', 'passed'], []]],
		['output', { completed: 2, exited: {} }, [['due'], ['passed']]],
		['exit', { completed: 1, exited: { 'the date had passed': 1 } }, [['due'], []]],
	])('of a date that has passed: %s', async (ifPassed, ended, outcomes) => {
		const n8n = await world.publish(journey({ wait: 'attribute', attribute: byName('renewal'), ifPassed }));
		await signUp({ renewal: '2026-03-03' }, { renewal: '2026-03-01' });
		await eventually(async () => (await status())?.active === 1);
		world.clock.advance(DAY_MS);
		await eventually(async () => (await status())?.active === 0);

		expect(await status()).toMatchObject(ended);
		expect([0, 1].map((output) => gone(n8n, output).map(({ outcome }) => outcome).sort())).toEqual(outcomes);
	});

	it.each([['continue', 0], ['output', 1]])('without a date: %s', async (ifMissing, output) => {
		const n8n = await world.publish(journey({ wait: 'attribute', attribute: byName('renewal'), ifMissing }));
		await signUp({});
		await eventually(async () => (await status())?.completed === 1);

		expect(gone(n8n, output)).toMatchObject([{ outcome: 'missing' }]);
	});

	it('waits for a missing date and follows one that changes', async () => {
		const n8n = await world.publish(journey({ wait: 'attribute', attribute: byName('renewal') }));
		await signUp({});
		await waiting(1);
		const before = await people();
		await signUp({ renewal: '2026-03-04T09:00:00Z' });
		const known = (await people())[0];
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'p0@example.com' }], attributes: { renewal: '2026-03-02T10:00:00Z' } }], { source: 'test' });
		world.clock.advance(HOUR_MS);
		await eventually(() => gone(n8n).length > 0);

		expect(before).toEqual([{ dueAt: null, state: 'parked', reason: 'waits for a date in the attribute "renewal"' }]);
		expect(known).toMatchObject({ dueAt: '2026-03-04T09:00:00.000Z', reason: null });
		expect(gone(n8n)[0]).toMatchObject({ outcome: 'due' });
	});

	it.each([
		['continue', { completed: 1, exited: {} }],
		['exit', { completed: 0, exited: { 'their time had come too long ago': 1 } }],
	])('whose time came while n8n was down: %s', async (ifLate, ended) => {
		const n8n = await world.publish(journey({ amount: 1, unit: 'hours', ifLate, lateAfterHours: 3 }));
		await signUp({});
		await waiting(1);
		await n8n.close();
		world.clock.advance(5 * HOUR_MS);
		await world.publish(journey({ amount: 1, unit: 'hours', ifLate, lateAfterHours: 3 }));
		await eventually(async () => (await status())?.active === 0);

		expect(await status()).toMatchObject(ended);
	});

	it.each([
		[{ amount: 1, unit: 'hours' }, '2026-03-03T10:00:00.000Z'],
		[{ wait: 'time', timeOfDay: '10:00', weekdays: [1] }, '2026-03-09T10:00:00.000Z'],
	])('whose time came while n8n was down waits for the next such time: %j', async (parameters, due) => {
		const canvas = journey({ ...parameters, ifLate: 'next', lateAfterHours: 3 });
		const n8n = await world.publish(canvas);
		await signUp({ timezone: 'UTC' });
		await waiting(1);
		await n8n.close();
		world.clock.advance(6 * HOUR_MS);
		await world.publish(canvas);
		await eventually(async () => (await people())[0]?.dueAt === due);
		world.clock.set(Date.parse(due));
		await eventually(async () => (await status())?.completed === 1);

		expect((await status())?.steps.find(({ name }) => name === 'Wait')?.passed).toEqual({ 0: 1, entered: 2 });
	});

	it('keeps the segment whose hours it asks for from being deleted while it is published', async () => {
		await world.engine.segments.save({ name: 'Gold', rule: { attribute: 'plan', operator: 'equals', value: 'gold' }, wait: true });
		await world.publish(journey({ wait: 'best', audience: byName('Gold'), elseAt: '11:00' }));
		await signUp({ timezone: 'UTC' });
		await waiting(1);

		expect((await people())[0]?.dueAt).toBe('2026-03-02T11:00:00.000Z');
		await expect(world.engine.segments.delete('Gold')).rejects.toThrow('Gold');
	});

	it.each([
		[{ wait: 'time', timeOfDay: '25:00' }, 'is no time of day'],
		[{ wait: 'attribute', attribute: byName('={{ "" }}') }, 'is empty'],
		[{ wait: 'date', date: '2026-03-05', offset: 'after', offsetAmount: -1 }, 'By is not a number'],
		[{ amount: 1, unit: 'days', ifLate: 'exit', lateAfterHours: '' }, 'Late From is not a number of hours'],
	] as Array<[INodeParameters, string]>)('says what is wrong with %j', async (parameters, message) => {
		await world.publish(journey(parameters));
		await signUp({});
		await eventually(async () => (await status())?.steps.some(({ held }) => held === 1) === true);

		expect((await status())?.steps.map(({ problem }) => problem).find((problem) => problem !== null)).toContain(message);
	});

	it('passes at once in the editor, after its settings have been checked, and stores nothing (rule 22)', async () => {
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ada@example.com' }], attributes: {} }], { source: 'test', test: true });
		const before = await world.rows();
		const run = await world.draw(journey({ wait: 'attribute', attribute: byName('renewal'), ifPassed: 'output' })).execute('Start', [{ json: {} }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect([outputOf(run, 'Wait', 0).length, outputOf(run, 'Wait', 1).length]).toEqual([1, 0]);
		expect(await world.rows()).toEqual(before);
	});
});
