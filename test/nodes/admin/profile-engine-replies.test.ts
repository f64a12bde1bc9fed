import type { Server } from 'node:http';

import type { INodeExecutionData } from 'n8n-workflow';

import { JourneyCollectorTrigger } from '../../../nodes/JourneyCollectorTrigger/JourneyCollectorTrigger.node';
import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { bounce, reply } from '../../engine/channels/email/inbound-mails';
import { errorOf, outputOf } from '../harness/n8n';
import { serveWebhooks } from './collector-webhook';
import { Desk, SUBJECT } from './desk';
import { openTestEngine } from './engine';
import type { TestEngine } from './engine';

const ANN = 'ann@customer.example';
const OF = { from: ANN, to: 'news@shop.example' };
const file = (text: string, mimeType = 'message/rfc822') => ({ data: Buffer.from(text).toString('base64'), mimeType });

let test: TestEngine;
beforeEach(async () => {
	test = await openTestEngine();
	await test.engine.profiles.upsert([{ identities: [{ kind: 'email', value: ANN }] }], { source: 'test' });
});
afterEach(async () => await test.close());

const events = async () => (await test.engine.events.list({})).events.map(({ name, profileId, source }) => [name, profileId, source]);

describe('Profile Engine: Event: Track Mail Reply', () => {
	const desk = (parameters = {}, more = {}) => new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters: { resource: 'event', operation: 'trackReply', ...parameters }, ...more });

	it('takes a whole mail out of a binary field, each once', async () => {
		const items: INodeExecutionData[] = [reply(OF), reply(OF), reply({ ...OF, id: 'r2@mail.example' }, 'gone', { 'Auto-Submitted': 'auto-replied' }), reply({ ...OF, from: 'stranger@elsewhere.example', id: 'r3@mail.example' })].map((raw) => ({ json: {}, binary: { mail: file(raw) } }));
		const run = await desk({ rawField: 'mail' }).run(items);

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT).map(({ json, pairedItem }) => [json.kind, json.outcome, pairedItem])).toEqual([['replied', 'taken', { item: 0 }], ['replied', 'repeated', { item: 1 }], ['autoReplied', 'taken', { item: 2 }], ['replied', 'unknown', { item: 3 }]]);
		expect((await events()).sort()).toEqual([['Email Auto-Replied', 1, 'delivery-report'], ['Email Replied', 1, 'delivery-report']]);
	});

	it.each<[string, INodeExecutionData, string]>([
		['Resolved', { json: { headers: { from: `From: Ann <${ANN}>`, subject: 'Subject: Re: Hello', 'auto-submitted': 'Auto-Submitted: auto-replied' }, text: 'Yes', from: { value: [{ address: ANN }] } } }, 'autoReplied'],
		['Simple', { json: { from: `Ann <${ANN}>`, to: 'news@shop.example', subject: 'Re: Hello', textPlain: 'Yes', metadata: { 'message-id': '<s1@mail.example>' } } }, 'replied'],
	])('takes what Email Trigger (IMAP) gives as %s', async (_format, item, kind) => {
		const run = await desk().run([item]);

		expect(outputOf(run, SUBJECT).map(({ json }) => json)).toEqual([{ kind, outcome: 'taken' }]);
	});

	it('reads the reports of mail servers among the files of a mail, which without a mail of ours prove nothing', async () => {
		const raw = bounce({ ...OF, from: 'mailer-daemon@mx.example' }, { recipient: ANN, status: '5.1.1', diagnostic: '550 5.1.1 unknown' });
		const status = /(Reporting-MTA[\s\S]*?)\r\n--b1/.exec(raw)?.[1] ?? '';
		const run = await desk().run([{ json: { headers: { from: 'From: mailer-daemon@mx.example' }, text: '' }, binary: { attachment_0: file(status, 'message/delivery-status') } }]);

		expect(outputOf(run, SUBJECT).map(({ json }) => json)).toEqual([{ kind: 'bounced', outcome: 'unknown' }]);
		expect(await test.engine.suppression.list()).toEqual([]);
	});

	it('says what to choose where an item has no headers, and goes on with the others when told to', async () => {
		const run = await desk().run([{ json: { raw: 'Yes' } }]);
		const on = await desk({}, { onError: 'continueRegularOutput' }).run([{ json: { raw: 'Yes' } }, { json: { headers: { from: `From: ${ANN}` }, text: 'Yes' } }]);

		expect(errorOf(run)).toMatchObject({ message: 'The item is no mail with its headers', description: expect.stringContaining('Resolved') as string });
		expect(outputOf(on, SUBJECT).map(({ json, pairedItem }) => [json.outcome ?? 'error', pairedItem])).toEqual([['error', { item: 0 }], ['taken', { item: 1 }]]);
	});
});

describe('replies through n8n\'s webhook', () => {
	let server: Server | undefined;
	afterEach(async () => {
		await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
	});

	it('come as the form that n8n has read already', async () => {
		const node = new JourneyCollectorTrigger();
		const credentials = { journeyCollectorApi: { writeKeys: { keys: [{ source: 'web', writeKey: 'wk_a-long-enough-key' }] } }, journeySendGridApi: { apiKey: 'SG.x', webhookVerification: '', inboundSecret: 'of our choice' } };
		const served = await serveWebhooks(node, new Desk({ type: 'journeyCollectorTrigger', node, parameters: { reportsFrom: ['sendgrid'] } as never, credentials, webhookId: 'a-webhook-id' }));
		server = served.server;
		const form = new FormData();
		form.set('envelope', JSON.stringify({ to: ['replies@inbound.example'], from: ANN }));
		form.set('email', reply({ ...OF, to: 'replies@inbound.example' }));

		const [wrong, right] = [await fetch(`${served.url}/callbacks/sendgrid?key=wrong`, { method: 'POST', body: form }), await fetch(`${served.url}/callbacks/sendgrid?key=of%20our%20choice`, { method: 'POST', body: form })];

		expect([wrong.status, right.status]).toEqual([401, 200]);
		expect(await events()).toEqual([['Email Replied', 1, 'delivery-report']]);
	});
});
