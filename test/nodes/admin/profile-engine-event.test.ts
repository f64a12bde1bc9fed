import type { INodeParameters } from 'n8n-workflow';

import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import type { DeskOptions } from './desk';
import { openTestEngine } from './engine';
import type { TestEngine } from './engine';

let test: TestEngine;

beforeEach(async () => {
	test = await openTestEngine();
	const nowMs = test.clock.nowMs();
	await test.engine.events.ingest([
		{ type: 'track', identities: [{ kind: 'email', value: 'anna@example.com' }], event: 'Ordered', properties: { total: 12, plan: { name: 'pro' } }, timestamp: nowMs - 3_600_000, messageId: 'm1' },
		{ type: 'track', identities: [{ kind: 'email', value: 'anna@example.com' }], event: 'Viewed', timestamp: nowMs - 7_200_000 },
		{ type: 'track', identities: [{ kind: 'email', value: 'ben@example.com' }], event: 'Ordered', properties: { total: 90 } },
	], { source: 'shop' });
	await test.engine.tick();
});
afterEach(async () => await test.close());

const desk = (parameters: INodeParameters, more: Partial<DeskOptions> = {}) => new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters: { resource: 'event', ...parameters }, ...more });
const named = (value: string) => ({ __rl: true, mode: 'name', value });
const person: INodeParameters = { operation: 'getMany', eventsOf: 'person', identifyBy: 'email', identityValue: '={{ $json.email }}' };

describe('Profile Engine: Event: Get Many', () => {
	it('gives the events of the person of each item, the latest first, paired to the item', async () => {
		const run = await desk(person).run([{ email: 'ben@example.com' }, { email: 'ANNA@example.com' }, { email: 'nobody@example.com' }]);

		expect(errorOf(run)).toBeUndefined();
		const items = outputOf(run, SUBJECT);
		expect(items.map(({ json, pairedItem }) => [json.name, pairedItem])).toEqual([['Ordered', { item: 0 }], ['Ordered', { item: 1 }], ['Viewed', { item: 1 }]]);
		expect(items[1]?.json).toMatchObject({ profileId: 1, properties: { total: 12 }, occurredAt: '2026-03-02T08:00:00.000Z', source: 'shop', messageId: 'm1', historical: false });
	});

	it("gives everybody's by name, property and time, in the workflow's zone", async () => {
		const everybody: INodeParameters = { operation: 'getMany', eventsOf: 'everybody', event: named('Ordered') };
		const large = await desk({ ...everybody, filters: { filter: [{ path: named('total'), operator: 'greater', value: '20' }] } }).run([{}]);
		const nested = await desk({ ...everybody, event: named(''), filters: { filter: [{ path: named('plan.name'), operator: 'equals', value: 'pro' }] } }).run([{}]);
		const early = await desk({ ...everybody, eventOptions: { to: '2026-03-02T08:30:00Z' } }).run([{}]);

		expect(outputOf(large, SUBJECT).map(({ json }) => json.profileId)).toEqual([2]);
		expect(outputOf(nested, SUBJECT).map(({ json }) => json.messageId)).toEqual(['m1']);
		expect(outputOf(early, SUBJECT).map(({ json }) => json.profileId)).toEqual([1]);
	});

	it('stops at the limit and returns all over pages', async () => {
		await test.engine.events.ingest(Array.from({ length: 1_200 }, (_none, n) => ({ type: 'track' as const, userId: `u${n % 3}`, event: 'Clicked' })), { source: 'shop' });

		const limited = await desk({ operation: 'getMany', eventsOf: 'everybody', event: named('Clicked'), limit: 7 }).run([{}]);
		const all = await desk({ operation: 'getMany', eventsOf: 'everybody', event: named('Clicked'), returnAll: true }).run([{}]);

		expect(outputOf(limited, SUBJECT)).toHaveLength(7);
		expect(new Set(outputOf(all, SUBJECT).map(({ json }) => json.id)).size).toBe(1_200);
	});

	it('names the field whose time cannot be read, and goes on with the others when told to', async () => {
		const run = await desk({ ...person, eventOptions: { from: '={{ $json.from }}' } }, { onError: 'continueRegularOutput' }).run([{ email: 'anna@example.com', from: 'yesterday' }, { email: 'ben@example.com', from: '' }]);

		const items = outputOf(run, SUBJECT);
		expect(items[0]?.json.error).toContain("'Since'");
		expect(items[1]?.json.name).toBe('Ordered');
	});
});

describe('Profile Engine: Event: Get Catalogue', () => {
	it('gives the names seen with counts, and their properties when asked', async () => {
		const plain = await desk({ operation: 'catalog' }).run([{}]);
		const found = await desk({ operation: 'catalog', search: 'ORDER', withProperties: true }).run([{}]);

		expect(errorOf(plain)).toBeUndefined();
		expect(outputOf(plain, SUBJECT).map(({ json }) => [json.name, json.count])).toEqual([['Ordered', 2], ['Viewed', 1]]);
		expect(outputOf(found, SUBJECT).map(({ json }) => json)).toEqual([{
			name: 'Ordered', count: 2, firstSeenAt: '2026-03-02T09:00:00.000Z', lastSeenAt: '2026-03-02T09:00:00.000Z',
			properties: [
				expect.objectContaining({ name: 'plan', types: ['object'] }), expect.objectContaining({ name: 'plan.name', types: ['text'] }),
				expect.objectContaining({ name: 'total', types: ['number'], counts: { number: 2 } }),
			],
		}]);
	});
});
