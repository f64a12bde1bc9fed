import { Readable } from 'node:stream';

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
	await Container.get(BinaryDataService).init();
});
afterEach(async () => await test.close());

const desk = (parameters: INodeParameters, more: Partial<DeskOptions> = {}) => new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters, ...more });

const fileItem = (text: string): INodeExecutionData => ({
	json: {},
	binary: { data: { data: Buffer.from(text).toString('base64'), mimeType: 'text/csv', fileName: 'people.csv' } },
});

/** The file of an item, whether n8n keeps it in the item or elsewhere. */
async function textOf(item: INodeExecutionData, property = 'data'): Promise<string> {
	const binary = item.binary?.[property];
	if (binary === undefined) throw new Error('The item has no such file.');
	const bytes = binary.id ? await Container.get(BinaryDataService).getAsBuffer(binary) : Buffer.from(binary.data, 'base64');
	return bytes.toString('utf8');
}

const importProfiles: INodeParameters = { resource: 'profile', operation: 'import' };
const get = (email: string) => test.engine.profiles.get({ kind: 'email', value: email });

describe('Profile Engine: Import', () => {
	it('takes the export of another system by its preset, with consent', async () => {
		const run = await desk({ ...importProfiles, preset: 'shopify-customers' }).run([
			fileItem("Customer ID,First Name,Email,Accepts Email Marketing,Phone,Tags\n'123,Ada,Ada@x.org,no,'+4917012345678,\"vip, eu\"\n"),
		]);

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT)[0].json).toMatchObject({ created: 1, consents: 1, rejectedCount: 0 });
		expect(await get('ada@x.org')).toMatchObject({ attributes: { firstName: 'Ada', tags: ['vip', 'eu'] }, consents: [{ channel: 'email', state: 'unsubscribed' }] });
	});

	it('stores nothing in a dry run and gives the same report', async () => {
		const csv = 'email\nada@x.org\nnobody\n';

		const [dry] = outputOf(await desk({ ...importProfiles, dryRun: true }).run([fileItem(csv)]), SUBJECT);

		expect(dry.json).toMatchObject({ dryRun: true, created: 1, rejectedCount: 1 });
		expect(await test.engine.profiles.count()).toBe(0);
	});

	it('maps columns to consent and suppression, and gives all rejected rows as a file', async () => {
		const columns = { values: [{ header: 'news', use: 'consent', name: 'email:news' }, { header: 'bad', use: 'suppression', name: '' }] };
		const rows = Array.from({ length: 1500 }, () => 'nobody,,');

		const run = await desk({ ...importProfiles, columns, rejectedAs: 'file', mode: 'create' }).run([fileItem(`email,news,bad\nada@x.org,yes,complaint\n${rows.join('\n')}\n`)]);

		expect(errorOf(run)).toBeUndefined();
		const [report] = outputOf(run, SUBJECT);
		expect(report.json).toMatchObject({ created: 1, consents: 1, suppressed: 1, rejectedCount: 1500 });
		expect(report.binary?.rejected).toMatchObject({ fileName: 'rejected-rows.csv', mimeType: 'text/csv' });
		const lines = (await textOf(report, 'rejected')).trim().split('\r\n');
		expect(lines).toHaveLength(1501);
		expect(lines[0]).toBe('line,reason');
	});

	it('stores events and orders, each once', async () => {
		const shop = { resource: 'event', operation: 'import', preset: 'shopify-orders' };
		const file = 'Name,Email,Financial Status,Total,Currency,Created at,Lineitem quantity,Lineitem name,Lineitem price,Id\n#1001,ada@x.org,paid,30.00,EUR,2026-01-02 10:00:00 +0100,1,Mug,10.00,77\n#1001,ada@x.org,,,,,2,Cap,10.00,\n';

		const [first] = outputOf(await desk(shop).run([fileItem(file)]), SUBJECT);
		const [second] = outputOf(await desk(shop).run([fileItem(file)]), SUBJECT);
		const plain = await desk({ resource: 'event', operation: 'import', options: { event: { __rl: true, mode: 'list', value: 'Read' } } }).run([fileItem('email,when,page\nada@x.org,2026-01-03T00:00:00Z,/a\n')]);
		const mapped = await desk({ resource: 'event', operation: 'import', options: { event: 'Read' }, columns: { values: [{ header: 'when', use: 'event:timestamp', name: '' }] } })
			.run([fileItem('email,when,page\nada@x.org,2026-01-03T00:00:00Z,/a\n')]);

		expect(first.json).toMatchObject({ rows: 1, events: 1, created: 1 });
		expect(second.json).toMatchObject({ events: 0, duplicates: 1, created: 0 });
		expect(errorOf(plain)?.message).toContain('says when it happened. Its columns: email, when, page.');
		expect(outputOf(mapped, SUBJECT)[0].json).toMatchObject({ events: 1 });
		expect((await get('ada@x.org'))?.events).toMatchObject([{ name: 'Read', properties: { page: '/a' } }, { name: 'Order Completed', properties: { total: 30, products: [{ name: 'Mug' }, { name: 'Cap', quantity: 2 }] } }]);
	});

	it('says how far it is and takes it back', async () => {
		const [report] = outputOf(await desk(importProfiles).run([fileItem('email\nada@x.org\n')]), SUBJECT);
		const byId = '={{ $json.importId }}';

		const [progress] = outputOf(await desk({ resource: 'profile', operation: 'importProgress', importId: byId }).run([report.json]), SUBJECT);
		const [latest] = outputOf(await desk({ resource: 'profile', operation: 'importProgress' }).run([{}]), SUBJECT);
		const [undone] = outputOf(await desk({ resource: 'profile', operation: 'undoImport', importId: byId }).run([report.json]), SUBJECT);
		const empty = await desk({ resource: 'profile', operation: 'undoImport', importId: byId }).run([{}]);

		expect(progress.json).toMatchObject({ state: 'done', rows: 1, created: 1, percent: 100 });
		expect(latest.json.importId).toBe(report.json.importId);
		expect(undone.json).toMatchObject({ removed: 1 });
		expect(await get('ada@x.org')).toBeNull();
		expect(errorOf(empty)?.message).toBe("'Import ID' is empty");
	});
});

describe('Profile Engine: Import, when something is wrong with the file', () => {
	const columns = (...values: Array<{ header: string; use: string; name: string }>) => ({ ...importProfiles, columns: { values } });

	it('says what its first line names, what is needed and how to say it', async () => {
		const run = await desk(importProfiles).run([fileItem('foo,bar\nemail,name\na@x.org,Ann\n')]);

		expect(errorOf(run)?.message).toContain('Its columns: foo, bar. Needed: one named email');
	});

	it('keeps the whole name of a topic, and refuses a column of which two things are said', async () => {
		const run = await desk(columns({ header: 'news', use: 'consent', name: 'email:eu:weekly' })).run([fileItem('email,news\na@x.org,no\n')]);
		const twice = await desk(columns({ header: 'news', use: 'consent', name: '' }, { header: 'news', use: 'attribute', name: '' })).run([fileItem('email,news\na@x.org,no\n')]);

		expect(errorOf(run)).toBeUndefined();
		expect((await get('a@x.org'))?.consents).toMatchObject([{ channel: 'email', topic: 'eu:weekly', state: 'unsubscribed' }]);
		expect(errorOf(twice)?.message).toBe(`The column "news" stands twice under 'Columns'`);
	});

	it('tells the import IDs of the files before the one that failed', async () => {
		const run = await desk(importProfiles).run([fileItem('email\na@x.org\n'), fileItem('name\nAnn\n')]);

		const done = (await test.engine.transfer.imports()).find(({ state }) => state === 'done');
		expect(errorOf(run)?.description).toBe(`The files before this one are imported: ${done?.importId ?? '?'} (import IDs, for Undo Import).`);
	});

	it('ends an import whose file breaks off, which can be undone at once', async () => {
		const service = Container.get(BinaryDataService);
		const file = async function* () {
			yield Buffer.from(`email\n${Array.from({ length: 600 }, (_none, n) => `u${n}@x.org\n`).join('')}`);
			await Promise.reject(new Error('the disk is gone'));
		};
		const [stream, metadata] = [jest.spyOn(service, 'getAsStream').mockImplementation(async () => Readable.from(file())), jest.spyOn(service, 'getMetadata').mockResolvedValue({ fileSize: 10_000 })];

		const run = await desk(importProfiles).run([{ json: {}, binary: { data: { id: 'filesystem-v2:x', data: 'filesystem-v2', mimeType: 'text/csv' } } }]);
		stream.mockRestore();
		metadata.mockRestore();
		const [broken] = await test.engine.transfer.imports();

		expect(errorOf(run)?.message).toContain('could not be read to its end: the disk is gone');
		expect(errorOf(run)?.description).toContain(broken?.importId ?? '?');
		expect(broken).toMatchObject({ state: 'failed', created: 500 });
		expect(await test.engine.transfer.importUndo(broken?.importId ?? '', { source: 'test' })).toMatchObject({ removed: 500 });
	});
});

describe('Profile Engine: Export', () => {
	beforeEach(async () => {
		const people = Array.from({ length: 2500 }, (_, n) => ({ identities: [{ kind: 'email', value: `p${n}@x.org` }], attributes: { plan: n < 10 ? 'pro' : 'free' } }));
		await test.engine.profiles.upsert(people, { source: 'test' });
		await test.engine.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
		await test.engine.lists.create('VIP');
		await test.engine.lists.add('VIP', [{ kind: 'email', value: 'p3@x.org' }]);
	});

	it('writes everybody, a segment or a list as a file that can be imported again', async () => {
		const base = { resource: 'profile', operation: 'export' };

		const [all] = outputOf(await desk(base).run([{}]), SUBJECT);
		const [segment] = outputOf(await desk({ ...base, whom: 'segment', format: 'ndjson', segment: { mode: 'name', value: 'Pro', __rl: true } }).run([{}]), SUBJECT);
		const [list] = outputOf(await desk({ ...base, whom: 'list', list: 'VIP', options: { outputBinaryProperty: 'vip' } }).run([{}]), SUBJECT);
		const missing = await desk({ ...base, whom: 'list', list: 'Nope' }).run([{}]);

		expect(all.json).toEqual({ rows: 2500 });
		expect(all.binary?.data).toMatchObject({ fileName: 'profiles.csv', mimeType: 'text/csv' });
		expect((await textOf(all)).trim().split('\r\n')).toHaveLength(2501);
		expect((await textOf(segment)).trim().split('\n')).toHaveLength(10);
		expect(await textOf(list, 'vip')).toContain('p3@x.org');
		expect(errorOf(missing)?.message).toContain('no list "Nope"');
		const again = await desk(importProfiles).run([{ json: {}, binary: all.binary ?? {} }]);
		expect(outputOf(again, SUBJECT)[0].json).toMatchObject({ created: 0, updated: 2500, rejectedCount: 0 });
	});

	it('leaves out who asked not to be sold or shared, when that is switched on, and else tells it in a column', async () => {
		await test.engine.consent.setDoNotSell([{ whose: { kind: 'email', value: 'p3@x.org' }, active: true, source: 'gpc' }]);
		await test.engine.events.ingest(['p2@x.org', 'p3@x.org'].map((value) => ({ type: 'track' as const, event: 'Bought', identities: [{ kind: 'email', value }] })), { source: 'shop' });
		const pro = { resource: 'profile', operation: 'export', whom: 'segment', segment: { mode: 'name', value: 'Pro', __rl: true } };
		const fileOf = async (parameters: INodeParameters) => await textOf(outputOf(await desk(parameters).run([{}]), SUBJECT)[0]);

		const told = await fileOf(pro);
		const shared = await fileOf({ ...pro, leaveOutDoNotSell: true });
		const list = await fileOf({ ...pro, whom: 'list', list: 'VIP', leaveOutDoNotSell: true });
		const events = await fileOf({ resource: 'event', operation: 'export', format: 'ndjson', leaveOutDoNotSell: true });
		const unclear = await desk({ ...pro, leaveOutDoNotSell: '={{ $json.unknown }}' }).run([{}]);

		expect(told.split('\r\n')[0]).toContain('journeys_do_not_sell');
		expect([told, shared, list].map((text) => [text.trim().split('\r\n').length - 1, text.includes('p3@x.org')])).toEqual([[10, true], [9, false], [0, false]]);
		expect([events.includes('p2@x.org'), events.includes('p3@x.org')]).toEqual([true, false]);
		expect(errorOf(unclear)?.message).toBe("'Leave Out Who Said Do Not Sell' is neither true nor false");
	});

	it('writes events of some names and times', async () => {
		await test.engine.events.ingest(
			['Bought', 'Read'].map((event) => ({ type: 'track' as const, event, timestamp: '2026-03-01T12:00:00Z', identities: [{ kind: 'email', value: 'p1@x.org' }] })), { source: 'shop' },
		);
		const base = { resource: 'event', operation: 'export', format: 'ndjson' };

		const [all] = outputOf(await desk(base).run([{}]), SUBJECT);
		const [some] = outputOf(await desk({ ...base, options: { names: { rows: [{ event: { __rl: true, mode: 'list', value: 'Bought' } }] }, since: '2026-03-01T12:00:00', until: '2026-03-02T00:00:00' } }, { timezone: 'Europe/Helsinki' }).run([{}]), SUBJECT);
		const [late] = outputOf(await desk({ ...base, options: { since: '2026-03-01T12:00:01Z' } }).run([{}]), SUBJECT);

		expect([all.json.rows, some.json.rows, late.json.rows]).toEqual([2, 1, 0]);
		expect(JSON.parse(await textOf(some))).toMatchObject({ event: 'Bought', source: 'shop', identities: [{ kind: 'email', value: 'p1@x.org' }] });
	});
});

describe('Profile Engine: one person', () => {
	beforeEach(async () => {
		await test.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ada@x.org' }], attributes: { plan: 'pro' } }], { source: 'test' });
	});

	it('exports everything held on them, as a file or as the item', async () => {
		const base = { resource: 'profile', operation: 'exportPerson', identifyBy: 'email', identityValue: 'ada@x.org' };

		const [file] = outputOf(await desk(base).run([{}]), SUBJECT);
		const [item] = outputOf(await desk({ ...base, outputAs: 'item' }).run([{}]), SUBJECT);
		const nobody = await desk({ ...base, identityValue: 'no@x.org' }).run([{}]);

		expect(JSON.parse(await textOf(file))).toMatchObject({ sections: { profile: { attributes: { plan: 'pro' }, identities: [{ kind: 'email', value: 'ada@x.org' }] } } });
		expect(item.json).toHaveProperty('sections.consent');
		expect(errorOf(nobody)?.message).toBe('There is no such person');
	});

	it('erases them, once, and the audit log tells it', async () => {
		const erase = { resource: 'profile', operation: 'erase', identifyBy: 'email', identityValue: 'ada@x.org' };

		const [first] = outputOf(await desk(erase).run([{}]), SUBJECT);
		const [second] = outputOf(await desk(erase).run([{}]), SUBJECT);
		const log = outputOf(await desk({ resource: 'auditLog', operation: 'getMany', returnAll: true, filters: { action: 'person.erase', since: '2026-01-01T00:00:00Z' } }).run([{}]), SUBJECT);
		const none = outputOf(await desk({ resource: 'auditLog', operation: 'getMany', filters: { profile: 999 } }).run([{}]), SUBJECT);

		expect(first.json).toMatchObject({ erased: true, addressesKept: 1, executions: [{ workflow: 'workflow-1', ids: ['1'], mayHold: [] }] });
		expect(second.json).toMatchObject({ erased: false });
		expect(await get('ada@x.org')).toBeNull();
		expect(log.map(({ json }) => [json.action, json.who])).toEqual([['person.erase', 'n8n workflow workflow-1, node "Subject"']]);
		expect(JSON.stringify(log)).not.toContain('ada@x.org');
		expect(none).toEqual([]);
	});
});
