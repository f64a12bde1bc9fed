import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { openTestEngine } from './engine';
import type { TestEngine } from './engine';

let test: TestEngine;

beforeEach(async () => {
	test = await openTestEngine();
});
afterEach(async () => await test.close());

const desk = (parameters: INodeParameters) => new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters });

describe('Profile Engine: Suppression', () => {
	const suppression = (operation: string, parameters: INodeParameters = {}): INodeParameters => ({ resource: 'suppression', operation, channel: 'email', ...parameters });
	const address = { address: '={{ $json.email }}' };
	const list = async (parameters: INodeParameters = {}) => outputOf(await desk(suppression('getMany', { channel: 'all', ...parameters })).run([{}]), SUBJECT).map(({ json }) => json);

	it('adds, checks, lists and removes', async () => {
		const added = await desk(suppression('add', { ...address, reason: 'complaint' })).run([{ email: 'Anna@example.com' }]);
		const checked = await desk(suppression('check', address)).run([{ email: 'anna@example.com' }, { email: 'ben@example.com' }]);
		const listed = await list();
		await desk(suppression('remove', address)).run([{ email: 'anna@example.com' }]);

		expect(outputOf(added, SUBJECT)[0]?.json).toEqual({ email: 'Anna@example.com', suppressed: true });
		expect(outputOf(checked, SUBJECT).map(({ json }) => json.suppressionReason)).toEqual(['complaint', null]);
		expect(listed).toMatchObject([{ channel: 'email', address: 'anna@example.com', reason: 'complaint', source: 'n8n workflow workflow-1, node "Subject"' }]);
		expect(await list()).toEqual([]);
	});

	it('keeps who lifted an address in the audit log', async () => {
		await desk(suppression('add', { ...address, reason: 'complaint' })).run([{ email: 'anna@example.com' }]);
		await desk(suppression('remove', { ...address, source: 'ticket 4711' })).run([{ email: 'anna@example.com' }]);

		const [entry] = outputOf(await desk({ resource: 'auditLog', operation: 'getMany', filters: { action: 'suppression.remove' } }).run([{}]), SUBJECT);
		expect(entry?.json).toMatchObject({ action: 'suppression.remove', who: 'ticket 4711', detail: { reasons: { complaint: 1 } } });
	});

	it('names an address that is none, and adds the others', async () => {
		const run = await desk(suppression('add', address)).run([{ email: 'no address' }, { email: 'ben@example.com' }]);

		expect(errorOf(run)).toMatchObject({ context: { itemIndex: 0 } });
		expect(await list({ returnAll: true })).toHaveLength(1);
	});

	it('imports a list from a CSV file', async () => {
		const csv = 'email,reason\nanna@example.com,spam complaint\nno address,\nben@example.com,Hard bounce\n';
		const item: INodeExecutionData = { json: {}, binary: { data: { data: Buffer.from(csv).toString('base64'), mimeType: 'text/csv' } } };

		const run = await desk(suppression('import', { channel: 'column', source: 'mailchimp' })).run([item]);

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT)[0]?.json).toMatchObject({ rows: 3, added: 2, known: 0, rejectedCount: 1, rejected: [{ line: 3 }] });
		expect((await list()).map(({ address: one, reason }) => [one, reason])).toEqual([['anna@example.com', 'complaint'], ['ben@example.com', 'hard-bounce']]);
	});
});
