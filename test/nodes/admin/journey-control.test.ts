import { sql } from 'kysely';

import { JourneyControl } from '../../../nodes/JourneyControl/JourneyControl.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import type { DeskOptions } from './desk';

const HOUR_MS = 3_600_000;

let world: World;

beforeEach(async () => {
	world = await createWorld();
	await world.publish({
		id: 'welcome',
		nodes: [
			{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', fields: [] } },
			{ name: 'Wait', type: `${PREFIX}journeyWait`, parameters: { amount: 2, unit: 'hours' } },
			{ name: 'Service', type: 'n8n-nodes-base.service' },
		],
		edges: [['Start', 'Wait'], ['Wait', 'Service']],
	});
	await world.happens('Signed Up', ['ada@example.com', 'grace@example.com']);
	await eventually(async () => (await world.engine.journeys.status())[0]?.steps.some(({ waiting }) => waiting === 2) ?? false);
});
afterEach(async () => await world.close());

const desk = (parameters: DeskOptions['parameters'], more: Partial<DeskOptions> = {}) =>
	new Desk({ type: 'journeyControl', node: new JourneyControl(), parameters, ...more });

const rowsOf = async (parameters: DeskOptions['parameters']) => {
	const run = await desk(parameters).run([{}]);
	expect(errorOf(run)).toBeUndefined();
	return outputOf(run, SUBJECT);
};

describe('Journey Control: Journey', () => {
	it('gives one row a step, each with the same flat columns', async () => {
		const rows = await rowsOf({ resource: 'journey', operation: 'status' });

		expect(rows.find(({ json }) => json.step === 'Wait')).toMatchObject({
			json: { type: 'wait', waiting: 2, due: 0, held: 0, stranded: 0, sent: 0, problem: null, workflowId: 'welcome', stepId: 'id-Wait' },
			pairedItem: { item: 0 },
		});
		const columns = rows.map(({ json }) => Object.keys(json).join());
		expect(new Set(columns).size).toBe(1);
		expect(rows.flatMap(({ json }) => Object.values(json)).filter((value) => typeof value === 'object' && value !== null)).toEqual([]);
	});

	it('lists messages with why they were kept back and until when', async () => {
		const { people } = await world.engine.store.read(async (reader) => ({ people: await reader.all<{ id: number }>(sql<{ id: number }>`select id from profile order by id`) }));
		await world.engine.store.tx('test', async (tx) => {
			for (const [n, { id }] of people.entries()) {
				await tx.run(sql`insert into message (id, token, step, trail, item_key, workflow, profile, channel, purpose, topic, state, guard, reason, deferred_until, reserved_at)
					values (${`m${n}`}, ${`t${n}`}, 'id-Wait', '', '', 'welcome', ${id}, 'email', 'marketing', '', ${n === 0 ? 'deferred' : 'skipped'}, ${n === 0 ? 'quiet hours' : 'consent'}, 'why', ${n === 0 ? tx.nowMs + HOUR_MS : null}, ${tx.nowMs + n})`);
			}
		});

		const all = await rowsOf({ resource: 'journey', operation: 'messages' });
		const held = await rowsOf({ resource: 'journey', operation: 'messages', messageState: 'deferred', scope: 'id', workflowId: 'welcome', returnAll: true });
		const status = await rowsOf({ resource: 'journey', operation: 'status' });

		expect(all.map(({ json }) => [json.profileId, json.state, json.guard])).toEqual([[people[1]?.id, 'skipped', 'consent'], [people[0]?.id, 'deferred', 'quiet hours']]);
		expect(held).toMatchObject([{ json: { step: 'Wait', reason: 'why', until: new Date(world.clock.nowMs() + HOUR_MS).toISOString(), messageId: 'm0' }, pairedItem: { item: 0 } }]);
		expect(await rowsOf({ resource: 'journey', operation: 'messages', messageProfile: people[1]?.id ?? 0 })).toHaveLength(1);
		expect(status.find(({ json }) => json.step === 'Wait')?.json.guards).toBe('consent: 1 skipped, quiet hours: 1 waiting');
	});

	it('lists the steps of a workflow once, also when two journeys start in it', async () => {
		const trigger = { workflow: 'welcome', step: 'id-Second', name: 'Second', type: 'trigger' };
		const entry = { kind: 'event' as const, match: { event: 'Came Back' } };
		await world.engine.journeys.register(trigger, { name: 'Come Back', entry, reEntry: 'anyTime', fields: [], carryEvent: false, onFailure: 'hold' });

		const rows = await rowsOf({ resource: 'journey', operation: 'status' });

		const steps = rows.map(({ json }) => json.stepId);
		expect(new Set(steps).size).toBe(steps.length);
		expect(rows[0].json.journey).toBe('A journey + Come Back');
	});

	it('gives one row a journey with its people and sums', async () => {
		const [row, ...others] = await rowsOf({ resource: 'journey', operation: 'status', output: 'journeys', scope: 'id', workflowId: 'welcome' });

		expect(others).toEqual([]);
		expect(row.json).toMatchObject({ entered: 2, active: 2, completed: 0, exited: 0, waiting: 2, goals: [], sendingStopped: false });
	});

	it('counts runs of test people, who is away, and messages held back or in doubt, each apart from the others, a step and a journey', async () => {
		const states = ['deferred', 'deferred', 'deferred', 'unknown', 'unknown', 'failed'];
		await world.engine.store.tx('test', async (tx) => {
			for (const [n, state] of states.entries()) {
				await tx.run(sql`insert into message (id, token, step, trail, item_key, workflow, profile, channel, purpose, topic, state, reserved_at)
					values (${`m${n}`}, ${`t${n}`}, 'id-Wait', '', '', 'welcome', 1, 'email', 'marketing', '', ${state}, ${tx.nowMs})`);
			}
			await tx.run(sql`update token set state = 'away', lease_until = ${tx.nowMs + HOUR_MS} where profile = (select min(id) from profile)`);
			await tx.run(sql`update profile set is_test = 1 where id = (select max(id) from profile)`);
		});

		const [journey] = await rowsOf({ resource: 'journey', operation: 'status', output: 'journeys' });
		const step = (await rowsOf({ resource: 'journey', operation: 'status' })).find(({ json }) => json.step === 'Wait');

		const counted = { waiting: 1, away: 1, deferred: 3, unknown: 2, failed: 1, sent: 0, skipped: 0 };
		expect(step?.json).toMatchObject(counted);
		expect(journey?.json).toMatchObject({ ...counted, entered: 2, testRuns: 1 });
	});

	it('adds up segments and cost of text messages, a step and a journey, and tells neither of what was not sent', async () => {
		const messages: Array<[step: string, state: string, segments: number | null, millionths: number | null]> = [
			['id-Wait', 'sent', 2, 150_000], ['id-Wait', 'unknown', 1, 75_000], ['id-Wait', 'failed', 9, 9_000_000], ['id-Start', 'sent', 3, 1_000_000], ['id-Start', 'sent', 4, null],
		];
		await world.engine.store.tx('test', async (tx) => {
			for (const [n, [step, state, segments, cost]] of messages.entries()) {
				await tx.run(sql`insert into message (id, token, step, trail, item_key, workflow, profile, channel, purpose, topic, state, reserved_at, segments, cost)
					values (${`m${n}`}, ${`t${n}`}, ${step}, '', '', 'welcome', 1, 'sms', 'marketing', '', ${state}, ${tx.nowMs}, ${segments}, ${cost})`);
			}
		});
		const billed = (rows: Awaited<ReturnType<typeof rowsOf>>) => rows.map(({ json: { segments, cost } }) => [segments, cost]);

		const steps = await rowsOf({ resource: 'journey', operation: 'status' });

		expect(billed(steps.filter(({ json }) => json.step === 'Wait'))).toEqual([[3, '0.225']]);
		expect(billed(await rowsOf({ resource: 'journey', operation: 'status', output: 'journeys' }))).toEqual([[10, '1.225']]);
		await world.engine.store.tx('test', async (tx) => await tx.run(sql`update message set cost = null`));
		expect(billed(await rowsOf({ resource: 'journey', operation: 'status', output: 'journeys' }))).toEqual([[10, null]]);
	});

	it('tells who stands where, since when and when they are due', async () => {
		const people = { resource: 'journey', operation: 'people', scope: 'id', workflowId: 'welcome' };

		const all = await rowsOf(people);
		const first = await rowsOf({ ...people, limit: 1 });
		const elsewhere = await rowsOf({ ...people, step: 'id-Service' });

		const since = new Date(world.clock.nowMs()).toISOString();
		const dueAt = new Date(world.clock.nowMs() + 2 * HOUR_MS).toISOString();
		expect(all.map(({ json }) => json)).toMatchObject([
			{ profileId: expect.any(Number) as number, step: 'Wait', state: 'parked', since, dueAt },
			{ step: 'Wait', state: 'parked', since, dueAt },
		]);
		expect(first.map(({ json }) => json.profileId)).toEqual([all[0].json.profileId]);
		expect(elsewhere).toEqual([]);
	});

	it('lists each broadcast of a schedule: how many were meant, entered and were refused why, and the next one', async () => {
		const trigger = { workflow: 'news', step: 'id-News', name: 'News', type: 'trigger' };
		const people = { rule: { none: [{ attribute: 'left_us', operator: 'exists' as const }] } };
		await world.engine.journeys.register(trigger, { name: 'News', entry: { kind: 'schedule', when: { cron: '0 * * * *' }, people, localTime: false }, reEntry: 'never', fields: [], carryEvent: false, onFailure: 'hold' });
		for (let hour = 0; hour < 2; hour += 1) {
			world.clock.advance(HOUR_MS);
			await world.engine.journeys.enterDue();
		}

		const all = await rowsOf({ resource: 'journey', operation: 'broadcasts' });
		const some = await rowsOf({ resource: 'journey', operation: 'broadcasts', scope: 'id', workflowId: 'news', limit: 2 });
		const none = await rowsOf({ resource: 'journey', operation: 'broadcasts', scope: 'id', workflowId: 'welcome', returnAll: true });

		expect(all.map(({ json }) => json)).toMatchObject([
			{ journey: 'News', state: 'planned', meant: null, entered: 0 },
			{ state: 'done', meant: 2, entered: 0, refused: 2, refusedBy: 'has been in this journey before: 2', toCome: 0, workflowId: 'news', stepId: 'id-News' },
			{ state: 'done', meant: 2, entered: 2, refused: 0, refusedBy: '' },
		]);
		expect(new Set(all.map(({ json }) => Object.keys(json).join())).size).toBe(1);
		expect([some.length, none.length]).toEqual([2, 0]);
	});

	it('lets held people go on', async () => {
		const start = { workflow: 'orders', step: 'id-Start', name: 'Start', type: 'trigger' };
		await world.engine.journeys.register(start, {
			name: 'Orders',
			entry: { kind: 'event', match: { event: 'Ordered' } },
			reEntry: 'anyTime',
			fields: [],
			carryEvent: false,
			onFailure: 'hold',
		});
		await world.happens('Ordered', ['ada@example.com']);
		const { nonce } = await world.engine.journeys.claim(start, { limit: 10, leaseMs: 30_000 });
		await world.engine.journeys.begin({ nonce, workflow: 'orders', steps: ['id-Start'], foreignEffects: true });
		await world.engine.journeys.settle(nonce, { kind: 'failed', reason: 'The service is down' });
		const held = await rowsOf({ resource: 'journey', operation: 'status' });

		const retried = await rowsOf({ resource: 'journey', operation: 'retryHeld', scope: 'id', workflowId: 'orders' });

		expect(held.map(({ json }) => [json.held, json.problem])).toContainEqual([1, expect.stringContaining('The service is down')]);
		expect(retried.map(({ json }) => json)).toEqual([{ workflowId: 'orders', retried: 1 }]);
		expect((await rowsOf({ resource: 'journey', operation: 'status' })).map(({ json }) => json.held)).not.toContain(1);
	});

	it('says that no journey is chosen, or puts the error out when it continues on fail', async () => {
		const people = { resource: 'journey', operation: 'people', scope: 'id', workflowId: '={{ $json.id }}' };

		const stopped = await desk(people).run([{ id: '' }]);
		const continued = await desk(people, { onError: 'continueRegularOutput' }).run([{ id: '' }, { id: 'welcome' }]);

		expect(errorOf(stopped)).toMatchObject({ message: 'No journey is chosen', context: { itemIndex: 0 } });
		const items = outputOf(continued, SUBJECT);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 1 }]);
		expect(items[0].json.error).toBe('No journey is chosen');
	});
});

describe('Journey Control: Sending', () => {
	it('stops all sending with a reason and resumes it, also by hand in the editor', async () => {
		const stop = await desk({ resource: 'sending', operation: 'stop', reason: 'Wrong prices' }).run([{}, {}], 'manual');
		const status = await world.engine.journeys.sendingStopped();
		const resume = await desk({ resource: 'sending', operation: 'resume' }).run([{}], 'manual');

		expect(outputOf(stop, SUBJECT).map(({ json }) => json)).toEqual([{ stopped: true, reason: 'Wrong prices' }]);
		expect(status).toEqual({ stopped: true, reason: 'Wrong prices' });
		expect(outputOf(resume, SUBJECT).map(({ json }) => json)).toEqual([{ stopped: false, wasStopped: true, reason: 'Wrong prices' }]);
		expect((await world.engine.journeys.sendingStopped()).stopped).toBe(false);
	});

	it('does not stop without a reason', async () => {
		const run = await desk({ resource: 'sending', operation: 'stop', reason: ' ' }).run([{}]);

		expect(errorOf(run)?.message).toBe('Say why sending is stopped');
		expect((await world.engine.journeys.sendingStopped()).stopped).toBe(false);
	});
});
