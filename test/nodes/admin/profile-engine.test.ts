import { Container } from '@n8n/di';
import { BinaryDataService } from 'n8n-core';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import type { DeskOptions } from './desk';
import { openTestEngine } from './engine';
import type { TestEngine } from './engine';

let test: TestEngine;

beforeEach(async () => {
	test = await openTestEngine();
});
afterEach(async () => await test.close());

const desk = (parameters: INodeParameters, more: Partial<DeskOptions> = {}) =>
	new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters, ...more });

const upsert: INodeParameters = {
	resource: 'profile',
	operation: 'upsert',
	identifyBy: 'email',
	identityValue: '={{ $json.email }}',
	attributesFrom: 'fields',
	attributesFields: { values: [{ name: 'firstName', value: '={{ $json.name }}' }, { name: 'age', value: '={{ $json.age }}' }] },
};

const csvItem = (csv: string): INodeExecutionData => ({
	json: {},
	binary: { data: { data: Buffer.from(csv).toString('base64'), mimeType: 'text/csv', fileName: 'people.csv' } },
});

describe('Profile Engine: Profile', () => {
	it('creates and updates one profile an item and keeps the types of expressions', async () => {
		const run = await desk(upsert).run([
			{ email: 'Anna@Example.com', name: 'Anna', age: 31 },
			{ email: 'ben@example.com', name: 'Ben', age: 25 },
		]);

		expect(errorOf(run)).toBeUndefined();
		const items = outputOf(run, SUBJECT);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		const anna = await test.engine.profiles.get({ kind: 'email', value: 'anna@example.com' });
		expect(anna?.id).toBe(items[0].json.profileId);
		expect(anna?.attributes).toMatchObject({ firstName: 'Anna', age: 31 });
	});

	it('does not take the stamp of a journey for an attribute', async () => {
		await desk({ ...upsert, attributesFrom: 'item' }).run([{ email: 'anna@example.com', city: 'Bern', _journey: { token: 'x' } }]);

		const anna = await test.engine.profiles.get({ kind: 'email', value: 'anna@example.com' });
		expect(anna?.attributes).toMatchObject({ city: 'Bern' });
		expect(anna?.attributes).not.toHaveProperty('_journey');
	});

	it('names the item that was rejected and says that the others are stored', async () => {
		const run = await desk(upsert).run([{ email: 'anna@example.com', name: 'Anna' }, { email: 'no address', name: 'Ben' }]);

		expect(errorOf(run)).toMatchObject({ context: { itemIndex: 1 } });
		expect(errorOf(run)?.description).toContain('1 of 2 items were rejected; the other 1 are stored');
		expect(await test.engine.profiles.count()).toBe(1);
	});

	it('puts a rejected item out with its error when it continues on fail', async () => {
		const run = await desk(upsert, { onError: 'continueRegularOutput' }).run([
			{ email: '' },
			{ email: 'no address' },
			{ email: 'anna@example.com', name: 'Anna' },
		]);

		expect(errorOf(run)).toBeUndefined();
		const items = outputOf(run, SUBJECT);
		expect(items).toHaveLength(3);
		expect(items[0].json.error).toContain('Nothing says whose this item is');
		expect(items[1].json.error).toContain('email');
		expect(items[2].json.profileId).toEqual(expect.any(Number));
	});

	it('gets a profile with its attributes, and says so when there is none', async () => {
		await desk(upsert).run([{ email: 'anna@example.com', name: 'Anna' }]);
		const get = { resource: 'profile', operation: 'get', identifyBy: 'email', identityValue: '={{ $json.email }}' };

		const found = await desk(get).run([{ email: 'ANNA@example.com' }]);
		const missing = await desk(get).run([{ email: 'nobody@example.com' }]);
		const passedBy = await desk({ ...get, whenNotFound: 'nothing' }).run([{ email: 'nobody@example.com' }]);

		expect(outputOf(found, SUBJECT)[0].json).toMatchObject({ attributes: { firstName: 'Anna' }, test: false });
		expect(errorOf(missing)?.message).toBe('No profile has this email');
		expect(outputOf(passedBy, SUBJECT)).toEqual([]);
	});
});

describe('Profile Engine: Import CSV', () => {
	const importCsv = { resource: 'profile', operation: 'import', options: { test: true } };

	it('takes the good rows, lists the bad ones with their line, and flags test people', async () => {
		const run = await desk(importCsv).run([csvItem('email,firstName\nanna@example.com,Anna\nno address,Ben\nclara@example.com,Clara\n')]);

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT)[0].json).toMatchObject({ rows: 3, created: 2, rejectedCount: 1, rejected: [{ line: 3 }] });
		const clara = await test.engine.profiles.get({ kind: 'email', value: 'clara@example.com' });
		expect(clara).toMatchObject({ test: true, attributes: { firstName: 'Clara' } });
	});

	it('gives rejected rows as items, or as a file', async () => {
		const csv = 'email\nanna@example.com\nno address\n';

		const items = outputOf(await desk({ ...importCsv, rejectedAs: 'items' }).run([csvItem(csv)]), SUBJECT);
		const [report] = outputOf(await desk({ ...importCsv, rejectedAs: 'file' }).run([csvItem(csv)]), SUBJECT);

		expect(items).toHaveLength(2);
		expect(items[1].json).toMatchObject({ line: 3, reason: expect.stringContaining('mail') as string });
		expect(report.json).not.toHaveProperty('rejected');
		expect(report.binary?.rejected).toMatchObject({ fileName: 'rejected-rows.csv', mimeType: 'text/csv' });
	});

	it('reads a file that n8n keeps on disk as a stream, in more than one chunk', async () => {
		const binary = Container.get(BinaryDataService);
		await binary.init();
		const rows = Array.from({ length: 20_000 }, (_, row) => `person${row}@example.com,${'x'.repeat(20)}`);
		const stored = await binary.store(
			{ type: 'execution', workflowId: 'workflow-1', executionId: '1' },
			Buffer.from(`email,note\n${rows.join('\n')}\n`),
			{ data: '', mimeType: 'text/csv' },
		);

		const run = await desk(importCsv).run([{ json: {}, binary: { data: stored } }]);

		expect(errorOf(run)).toBeUndefined();
		expect(stored.id).toBeDefined();
		expect(outputOf(run, SUBJECT)[0].json).toMatchObject({ rows: 20_000, created: 20_000, rejectedCount: 0 });
	});

	it('uses columns as they are set', async () => {
		const columns = {
			values: [
				{ header: 'Mail', use: 'identity', name: 'email' },
				{ header: 'Vorname', use: 'attribute', name: 'firstName' },
				{ header: 'Secret', use: 'skip', name: '' },
			],
		};

		await desk({ ...importCsv, columns }).run([csvItem('Mail;Vorname;Secret\nanna@example.com;Anna;x\n')]);

		const anna = await test.engine.profiles.get({ kind: 'email', value: 'anna@example.com' });
		expect(anna?.attributes).toMatchObject({ firstName: 'Anna' });
		expect(anna?.attributes).not.toHaveProperty('Secret');
	});

	it('says which binary field is missing', async () => {
		const run = await desk(importCsv).run([{ json: {} }]);

		expect(errorOf(run)?.message).toContain("'data'");
	});
});

describe('Profile Engine: Event', () => {
	const track = {
		resource: 'event',
		operation: 'track',
		identifyBy: 'user_id',
		identityValue: '={{ $json.id }}',
		event: 'Order Completed',
		propertiesFrom: 'item',
		options: { messageId: '=order-{{ $json.id }}' },
	};

	it('records all items in one call and drops what came before by its message ID', async () => {
		const node = desk(track);

		await node.run([{ id: 'u1', total: 12 }, { id: 'u2', total: 7 }]);
		const again = await node.run([{ id: 'u1', total: 12 }]);

		expect(errorOf(again)).toBeUndefined();
		const profile = await test.engine.profiles.get({ kind: 'user_id', value: 'u1' });
		expect(profile?.events).toHaveLength(1);
		expect(profile?.events[0]).toMatchObject({ name: 'Order Completed', properties: { total: 12 } });
	});

	it('stores nothing twice when a run that failed at one item is retried with that item corrected', async () => {
		const node = desk({ ...track, options: {} });
		const items = [{ id: 'u1', total: 12 }, { id: 'u1', total: 12 }, { id: 'null', total: 7 }];

		const failed = await node.run(items);
		const retried = await node.retry(failed, [...items.slice(0, 2), { id: 'u2', total: 7 }]);

		expect(errorOf(failed)?.message).toContain('null');
		expect(errorOf(retried)).toBeUndefined();
		expect((await test.engine.profiles.get({ kind: 'user_id', value: 'u1' }))?.events).toHaveLength(2);
		expect((await test.engine.profiles.get({ kind: 'user_id', value: 'u2' }))?.events).toHaveLength(1);
	});

	it.each(['Email Link Clicked', 'Email Opened', 'Unsubscribed'])('refuses "%s", which only the engine writes', async (event) => {
		const run = await desk({ ...track, event }).run([{ id: 'u1' }]);

		expect(errorOf(run)?.message).toContain('is written by the engine itself');
		expect(await test.engine.profiles.get({ kind: 'user_id', value: 'u1' })).toBeNull();
	});

	it('takes a time without an offset in the time zone of the workflow, and refuses one that is none', async () => {
		await desk({ ...track, options: { timestamp: '2026-03-01T10:00:00' } }, { timezone: 'Europe/Helsinki' }).run([{ id: 'u1' }]);
		const bad = await desk({ ...track, options: { timestamp: 'yesterday' } }).run([{ id: 'u1' }]);

		const profile = await test.engine.profiles.get({ kind: 'user_id', value: 'u1' });
		expect(profile?.events[0].at).toBe('2026-03-01T08:00:00.000Z');
		expect(errorOf(bad)?.message).toBe("The event's time cannot be read");
	});

	it.each([1_772_355_600, '1772355600', 1_772_355_600_000, '1772355600000', 1_772_355_600.25])('takes %p, seconds or milliseconds, as the collector does', async (given) => {
		const run = await desk({ ...track, options: { timestamp: '={{ $json.at }}' } }).run([{ id: 'u1', at: given }]);

		expect(errorOf(run)).toBeUndefined();
		const profile = await test.engine.profiles.get({ kind: 'user_id', value: 'u1' });
		expect(profile?.events[0].at).toBe(given === 1_772_355_600.25 ? '2026-03-01T09:00:00.250Z' : '2026-03-01T09:00:00.000Z');
	});

	it.each([17, '2026', 99_999_999, -1_772_355_600, '99999999999999999'])('refuses %p as a time instead of storing a wrong one', async (given) => {
		const run = await desk({ ...track, options: { timestamp: '={{ $json.at }}' } }).run([{ id: 'u1', at: given }]);

		expect(errorOf(run)?.message).toBe("The event's time cannot be read");
		expect(await test.engine.profiles.get({ kind: 'user_id', value: 'u1' })).toBeNull();
	});

	it('starts no journey when it is executed in the editor, and does in a published workflow', async () => {
		await test.engine.journeys.register(
			{ workflow: 'welcome', step: 'trigger', name: 'Journey Trigger', type: 'trigger' },
			{
				name: 'Welcome',
				entry: { kind: 'event', match: { event: 'Order Completed' } },
				reEntry: 'anyTime',
				fields: [],
				carryEvent: false,
				onFailure: 'hold',
			},
		);
		await test.engine.journeys.register(
			{ workflow: 'exits', step: 'trigger', name: 'Journey Trigger', type: 'trigger' },
			{ name: 'Exits', entry: { kind: 'event', match: { event: 'Signed Up' } }, exitOn: { event: 'Order Completed' }, reEntry: 'anyTime', fields: [], carryEvent: false, onFailure: 'hold' },
		);
		await test.engine.events.ingest([{ type: 'track', userId: 'u1', event: 'Signed Up' }], { source: 'test' });
		const node = desk({ ...track, options: {} });

		await node.run([{ id: 'u1' }], 'manual');
		expect((await test.engine.journeys.status({ workflow: 'exits' }))[0]?.active).toBe(1);
		const [afterManual] = await test.engine.journeys.status({ workflow: 'welcome' });
		await node.run([{ id: 'u1' }], 'trigger');
		const [afterPublished] = await test.engine.journeys.status({ workflow: 'welcome' });

		expect(afterManual.entered).toBe(0);
		expect(afterPublished.entered).toBe(1);
	});
});

describe('Profile Engine: Segment', () => {
	const save = {
		resource: 'segment',
		operation: 'save',
		segmentName: 'Pro Customers',
		ruleFrom: 'json',
		ruleJson: '{ "attribute": "plan", "operator": "equals", "value": "pro" }',
	};
	const byName = (name: string) => ({ mode: 'name', value: name, __rl: true });

	beforeEach(async () => {
		await test.engine.profiles.upsert(
			['pro', 'free', 'pro'].map((plan, index) => ({ identities: [{ kind: 'user_id', value: `u${index}` }], attributes: { plan } })),
			{ source: 'test' },
		);
	});

	it('creates a segment from JSON, counts it and lists its members', async () => {
		const saved = await desk(save).run([{}]);
		const counted = await desk({ resource: 'segment', operation: 'count', segment: byName('Pro Customers') }).run([{}]);
		const members = await desk({ resource: 'segment', operation: 'members', segment: byName('Pro Customers') }).run([{}]);

		expect(outputOf(saved, SUBJECT)[0].json).toMatchObject({ name: 'Pro Customers', members: 2 });
		expect(outputOf(counted, SUBJECT)[0].json).toEqual({ segment: 'Pro Customers', count: 2 });
		expect(outputOf(members, SUBJECT).map(({ json }) => json.attributes)).toEqual([{ plan: 'pro' }, { plan: 'pro' }]);
	});

	it('creates a segment from the builder', async () => {
		const condition = { attribute: byName('plan'), operator: 'equals', value: 'free' };
		const rule = { group: [{ combine: 'all', conditions: { attribute: [condition] } }] };

		const run = await desk({ ...save, ruleFrom: 'builder', rule }).run([{}]);

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT)[0].json.members).toBe(1);
	});

	it('names the segments there are when there is none of that name', async () => {
		await desk(save).run([{}]);

		const run = await desk({ resource: 'segment', operation: 'count', segment: byName('Pro Custommers') }).run([{}]);

		expect(errorOf(run)?.message).toBe('There is no segment named "Pro Custommers"');
		expect(errorOf(run)?.description).toContain('Known segments: Pro Customers.');
	});

	it('says where a rule in JSON is broken', async () => {
		const run = await desk({ ...save, ruleJson: '{ "attribute": "plan", }' }).run([{}]);

		expect(errorOf(run)?.message).toContain('The rule is not valid JSON');
	});
});
