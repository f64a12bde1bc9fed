import { sql } from 'kysely';
import { LoadOptionsContext } from 'n8n-core';
import type { IDataObject, ILoadOptionsFunctions, INodeParameters, IWorkflowExecuteAdditionalData } from 'n8n-workflow';

import { journeyId } from '../../../engine/journeys';
import { JourneyControl } from '../../../nodes/JourneyControl/JourneyControl.node';
import { sent } from '../../engine/attribution/shop';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { openTestEngine } from './engine';
import type { TestEngine } from './engine';

const DAY_MS = 86_400_000;
const JOURNEY = journeyId({ workflow: 'welcome', step: 'start' });
const EVENT = { conversionFrom: 'event', conversionEvent: { __rl: true, mode: 'name', value: 'Order Completed' }, valueProperty: 'total', currencyProperty: 'currency' };

let test: TestEngine;
let now: number;
let ada: number;

beforeEach(async () => {
	test = await openTestEngine();
	now = test.clock.nowMs();
	const { profiles } = await test.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ada@customer.example' }] }], { source: 'test' });
	ada = Number(profiles[0]);
	await test.engine.journeys.register({ workflow: 'welcome', step: 'start', name: 'Start', type: 'trigger' }, { name: 'Welcome', entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'never', fields: [], carryEvent: true, onFailure: 'hold' });
	await sent(test, ['start', 'other'].map((step, n) => ({
		id: step, step, workflow: step === 'start' ? 'welcome' : 'elsewhere', profile: ada, sentMs: now - 3 * DAY_MS, clicks: [now - (2 - n) * DAY_MS], ...(step === 'start' ? { journey: JOURNEY } : { channel: 'sms' }),
	})));
	await test.engine.events.ingest([{ type: 'track', event: 'Order Completed', profileId: ada, timestamp: now - 1000, properties: { total: '10.00', currency: 'EUR' } }], { source: 'test' });
});
afterEach(async () => await test.close());

const run = async (parameters: INodeParameters, items: IDataObject[] = [{}]) =>
	await new Desk({ type: 'journeyControl', node: new JourneyControl(), parameters: { resource: 'journey', operation: 'conversions', ...parameters } }).run(items);
const rowsOf = async (parameters: INodeParameters) => {
	const ran = await run(parameters);
	expect(errorOf(ran)).toBeUndefined();
	return outputOf(ran, SUBJECT).map(({ json }) => json);
};

describe('Journey Control: Get Conversions', () => {
	it('puts out one item a group, then what no message gets, and all', async () => {
		const rows = await rowsOf({ ...EVENT, model: 'linear' });

		expect(rows).toEqual([
			{ creditedTo: 'message', journey: '', step: 'other', conversions: 0.5, people: 1, value: { EUR: '5' }, assisted: 1, workflowId: 'elsewhere', triggerId: null, stepId: 'other' },
			{ creditedTo: 'message', journey: 'Welcome', step: 'Start', conversions: 0.5, people: 1, value: { EUR: '5' }, assisted: 1, workflowId: 'welcome', triggerId: 'start', stepId: 'start' },
			{ creditedTo: 'no message', conversions: 0, people: 0, value: {} },
			{ creditedTo: 'all', conversions: 1, people: 1, value: { EUR: '10' }, refunded: 0 },
		]);
	});

	it('of one journey tells what its messages get, and what others do', async () => {
		const rows = await rowsOf({ ...EVENT, scope: 'id', workflowId: 'welcome', model: 'timeDecay', groupBy: ['channel'], conversionOptions: { clickDays: 5, halfLifeDays: 1 } });

		expect(rows).toMatchObject([{ channel: 'email', conversions: 0.333333, value: { EUR: '3.333333' } }, { creditedTo: 'other messages', conversions: 0.666667, value: { EUR: '6.666667' } }, { creditedTo: 'no message' }, { creditedTo: 'all', conversions: 1 }]);
	});

	it('of one step tells what its messages get, and what those of other steps do', async () => {
		const rows = await rowsOf({ ...EVENT, scope: 'all', model: 'linear', groupBy: ['channel'], step: 'Start', conversionOptions: {} });

		expect(rows).toMatchObject([{ channel: 'email', conversions: 0.5 }, { creditedTo: 'other messages', conversions: 0.5 }, { creditedTo: 'no message' }, { creditedTo: 'all', conversions: 1 }]);
	});

	it('takes a conversion that Settings name with their model, a time in the workflow’s zone, a channel', async () => {
		await test.engine.settings.set({ conversions: [{ name: 'Orders', event: 'Order Completed' }], attribution: { model: 'first' } as never });

		const named = { conversionFrom: 'settings', conversion: 'Orders', groupBy: ['channel', 'topic', 'template'] };
		expect((await rowsOf(named))[0]).toMatchObject({ channel: 'email', topic: '', template: null, templateKey: null, conversions: 1, value: {} });
		expect(await rowsOf({ ...named, conversionOptions: { channel: 'sms' } })).toMatchObject([{ creditedTo: 'other messages', conversions: 1 }, { creditedTo: 'no message' }, { creditedTo: 'all' }]);
		expect(await rowsOf({ ...named, conversionOptions: { until: new Date(now - DAY_MS).toISOString() } })).toMatchObject([{ creditedTo: 'no message' }, { creditedTo: 'all', conversions: 0 }]);
		expect(errorOf(await run({ conversionFrom: 'settings', conversion: 'Sales' }))?.message).toContain('There are: Orders');
	});

	it('compares those held out with the others, in percent', async () => {
		const entered = now - 10 * DAY_MS;
		const { profiles: [ben] } = await test.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ben@customer.example' }] }], { source: 'test' });
		await test.engine.store.tx('test-change', (tx) => tx.run(sql`insert into enrollment (journey, workflow, profile, entry_key, state, open_tokens, entered_at, started_at, holdout)
			values (${JOURNEY}, 'welcome', ${ada}, '', 'completed', 0, ${entered}, ${entered}, 0), (${JOURNEY}, 'welcome', ${ben}, '', 'completed', 0, ${entered}, ${entered}, 1)`));

		const [row] = await rowsOf({ ...EVENT, conversionOutput: 'holdout', scope: 'id', workflowId: 'welcome', conversionOptions: { withinDays: 10 } });

		expect(row).toMatchObject({ journey: 'Welcome', treated: 1, treatedConverted: 1, treatedRate: 100, treatedTo: 100, heldOut: 1, heldOutConverted: 0, heldOutRate: 0, heldOutFrom: 0, difference: 100, incremental: 1, stillMaturing: 0, withinDays: 10 });
		expect(Number(row.differenceFrom)).toBeLessThan(0);
	});

	it('offers the conversions of the settings, and the goals that the chosen journey reached', async () => {
		await test.engine.settings.set({ conversions: [{ name: 'Orders', event: 'Order Completed' }] });
		await test.engine.store.tx('test-change', (tx) => tx.run(sql`insert into goal (id, enrollment, journey, workflow, step, profile, name, reached_at) values ('g', 1, ${JOURNEY}, 'welcome', 'start', ${ada}, 'Bought', ${now})`));
		const offered = async (method: 'getConversions' | 'getGoals', parameters: INodeParameters) => {
			const node = new JourneyControl();
			const { n8n } = new Desk({ type: 'journeyControl', node, parameters });
			const context = new LoadOptionsContext(n8n.workflow, n8n.nodeNamed(SUBJECT), { currentNodeParameters: parameters } as unknown as IWorkflowExecuteAdditionalData, 'parameters.goal');
			return (await node.methods.loadOptions[method].call(context as unknown as ILoadOptionsFunctions)).map(({ name, value }) => `${name}=${String(value)}`);
		};

		expect(await offered('getConversions', {})).toEqual(['Orders=Orders']);
		expect(await offered('getGoals', { scope: 'list', journey: 'welcome' })).toEqual(['Any Goal=', 'Bought=Bought']);
		expect(await offered('getGoals', { scope: 'list', journey: '' })).toEqual(['Any Goal=']);
		expect((await rowsOf({ conversionFrom: 'goal', goal: 'Bought', scope: 'id', workflowId: 'welcome', groupBy: [] })).map(({ creditedTo, conversions }) => `${String(creditedTo)}: ${String(conversions)}`)).toEqual(['other messages: 1', 'no message: 0', 'all: 1']);
	});

	it.each<[string, INodeParameters, RegExp]>([
		['held out of no journey', { ...EVENT, conversionOutput: 'holdout' }, /No journey is chosen/],
		['a goal of no journey', { conversionFrom: 'goal' }, /No journey is chosen/],
		['a refund of no order', { ...EVENT, refundEvent: { __rl: true, mode: 'name', value: 'Order Refunded' } }, /refund without an order/],
		['windows that count nothing', { ...EVENT, conversionOptions: { clickDays: 0 } }, /neither clicks nor opens/],
	])('refuses %s', async (_what, parameters, message) => {
		expect(errorOf(await run(parameters))?.message).toMatch(message);
	});
});
