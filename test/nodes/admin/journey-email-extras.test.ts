import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeParameters, INodeType, INodeTypeDescription } from 'n8n-workflow';

import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { defaulted, Desk, giveCredentials, SUBJECT } from './desk';
import { openInbox } from './inbox';
import type { Inbox } from './inbox';

const FILE_MAKER = 'n8n-nodes-base.convertToFile';

/** Stands for n8n's own: one file an item, of this person. */
class FileMaker implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Convert to File', name: 'convertToFile', group: ['transform'], version: 1, description: 'A file an item', defaults: { name: 'Convert to File' },
		inputs: [NodeConnectionTypes.Main], outputs: [NodeConnectionTypes.Main], properties: [],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [await Promise.all(this.getInputData().map(async ({ json }, item) => ({
			json, pairedItem: { item }, binary: { invoice: await this.helpers.prepareBinaryData(Buffer.from(`invoice of ${String(json.email)}`), 'invoice.txt', 'text/plain') },
		})))];
	}
}

const invoiceOf = (email: string) => Buffer.from(`invoice of ${email}`).toString('base64');

describe('what Journey Email carries besides its content', () => {
	let world: World;
	let inbox: Inbox;
	beforeEach(async () => {
		world = await createWorld({ [`${PREFIX}journeyEmail`]: new JourneyEmail(), [FILE_MAKER]: new FileMaker() });
		inbox = await openInbox();
	});
	afterEach(async () => {
		await world.close();
		await inbox.close();
	});

	const text = { purpose: 'transactional', contactEmail: '={{ $json.email }}', contentSource: 'html', subject: 'Your order', html: '<p>Hello <img src="cid:logo"></p>' };
	const desk = (options: INodeParameters, onError?: 'continueRegularOutput') => new Desk({
		type: 'journeyEmail', node: new JourneyEmail(), parameters: { ...text, options }, credentials: { journeySmtpApi: inbox.credential }, ...(onError ? { onError } : {}),
	});
	const binary = (data: string, fileName: string, mimeType: string) => ({ data: Buffer.from(data).toString('base64'), fileName, mimeType });
	const to = (email: string) => inbox.received.find((mail) => mail.to[0] === email)?.raw ?? '';

	it('attaches the named binary fields of each item, and shows pictures by their content ID', async () => {
		const items = ['ann@example.com', 'ben@example.com'].map((email) => ({
			json: { email }, binary: { invoice: binary(`invoice of ${email}`, 'invoice.txt', 'text/plain'), logo: binary('the logo', 'logo.png', 'image/png') },
		}));

		const run = await desk({ attachments: 'invoice', inlineImages: { values: [{ name: 'logo', value: '' }] } }).run(items);

		expect(errorOf(run)).toBeUndefined();
		for (const { json: { email } } of items) {
			expect(to(email)).toContain(invoiceOf(email));
			expect(to(email)).toMatch(/Content-ID: <logo>/i);
			expect(to(email)).toContain(Buffer.from('the logo').toString('base64'));
		}
		expect(outputOf(run, SUBJECT, 0)[0].binary?.invoice).toBeDefined();
	});

	it('works out copies, files and headers item by item', async () => {
		const options = { cc: '={{ $json.manager }}', attachments: '={{ $json.file }}', headers: { values: [{ name: 'X-Order', value: '={{ $json.order }}' }] } };
		const items = [
			{ json: { email: 'ann@example.com', manager: 'boss@shop.example', file: 'invoice', order: '7' }, binary: { invoice: binary('invoice', 'i.txt', 'text/plain') } },
			{ json: { email: 'ben@example.com', manager: '', file: '', order: '8' } },
		];

		await desk(options).run(items);

		expect(inbox.received.map((mail) => mail.to).sort()).toEqual([['ann@example.com'], ['ben@example.com'], ['boss@shop.example']]);
		expect(to('ann@example.com')).toMatch(/^X-Order: 7\r$/m);
		expect(to('ben@example.com')).toMatch(/^X-Order: 8\r$/m);
		expect(to('ben@example.com')).not.toMatch(/^Cc:|attachment/m);
	});

	it('says which header cannot be set, and sends nothing', async () => {
		const run = await desk({ headers: { values: [{ name: 'Reply-To', value: 'a@b.example' }] } }).run([{ email: 'ann@example.com' }]);

		expect(errorOf(run)?.message).toMatch(/sets the header Reply-To, which the mail sets itself/);
		expect(inbox.received).toEqual([]);
	});

	it('sends no mail without a file that the item does not have: it comes out of Not Sent with the reason', async () => {
		const run = await desk({ attachments: 'invoice' }).run([{ email: 'ann@example.com' }]);

		expect(outputOf(run, SUBJECT, 1)[0].json.mail).toMatchObject({ status: 'failed', reason: expect.stringContaining("no file 'invoice'") as string });
		expect(inbox.received).toEqual([]);
	});

	it('sends the others, by Continue On Fail, when the files of one are too large', async () => {
		const items = [{ json: { email: 'ann@example.com' }, binary: { invoice: binary('x'.repeat(10 * 1024 * 1024 + 1), 'i.txt', 'text/plain') } }, { json: { email: 'ben@example.com' }, binary: { invoice: binary('x', 'i.txt', 'text/plain') } }];

		const run = await desk({ attachments: 'invoice' }, 'continueRegularOutput').run(items);

		expect(inbox.received.map((mail) => mail.to)).toEqual([['ben@example.com']]);
		expect(JSON.stringify(outputOf(run, SUBJECT, 1)[0].json)).toMatch(/at most 10 MB/);
	});

	it('gives the test recipient the files of a manual run, and nobody a copy', async () => {
		const items = [{ json: { email: 'ann@example.com' }, binary: { invoice: binary('the invoice', 'i.txt', 'text/plain') } }];
		const manual = new Desk({ type: 'journeyEmail', node: new JourneyEmail(), parameters: { ...text, testRecipient: 'me@shop.example', options: { attachments: 'invoice', cc: 'boss@shop.example' } }, credentials: { journeySmtpApi: inbox.credential } });

		await manual.run(items, 'manual');

		expect(inbox.received.map((mail) => mail.to)).toEqual([['me@shop.example']]);
		expect(inbox.received[0].raw).toContain(Buffer.from('the invoice').toString('base64'));
	});

	it.each<[string, INodeParameters, RegExp]>([
		['a file that the item has not', { attachments: 'invoice' }, /no file 'invoice'/],
		['a copy to what is no address', { cc: 'x, y' }, /CC or BCC holds something that is not an email address/],
		['a header that the mail sets itself', { headers: { values: [{ name: 'From', value: 'x@y.z' }] } }, /sets the header From, which the mail sets itself/],
		['a header with a line break in its name', { headers: { values: [{ name: 'X-A\r\nBcc: x@y.z', value: '1' }] } }, /a header without a usable name/],
	])('says in a manual run already that no mail would leave with %s', async (_what, options, trouble) => {
		const run = await desk(options).run([{ email: 'ann@example.com' }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect((outputOf(run, SUBJECT, 0)[0].json.mail as { trouble?: string }).trouble).toMatch(trouble);
		expect(run.data.resultData.runData[SUBJECT]?.[0]?.hints?.map(({ type, message }) => `${type} ${message}`)).toContainEqual(expect.stringMatching(trouble));
		expect(inbox.received).toEqual([]);
	});

	it('says nothing of the kind where all is there', async () => {
		const items = [{ json: { email: 'ann@example.com' }, binary: { invoice: binary('the invoice', 'i.txt', 'text/plain') } }];

		const run = await desk({ attachments: 'invoice', cc: 'boss@shop.example' }).run(items, 'manual');

		expect(outputOf(run, SUBJECT, 0)[0].json.mail).not.toHaveProperty('trouble');
	});

	it('sends a mail that was held here with the file of its own person, once it may leave', async () => {
		const node = new JourneyEmail();
		const n8n = world.draw({
			nodes: [
				{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', fields: 'email' } },
				{ name: 'File', type: FILE_MAKER }, { name: 'Email', type: `${PREFIX}journeyEmail`, parameters: {} as INodeParameters },
			],
			edges: [['Start', 'File'], ['File', 'Email']],
		});
		giveCredentials(n8n, 'Email', { journeySmtpApi: inbox.credential });
		n8n.nodeNamed('Email').parameters = defaulted(node, { ...text, options: { attachments: 'invoice' } }, n8n.nodeNamed('Email'));
		await n8n.publish();
		const people = ['ada@example.com', 'grace@example.com'];
		await world.engine.profiles.upsert(people.map((email) => ({ identities: [{ kind: 'email', value: email }], attributes: { email } })), { source: 'test' });
		await world.engine.journeys.stopSending('Wrong prices');
		await world.happens('Signed Up', people);
		const status = async () => (await world.engine.journeys.status({ workflow: 'workflow-1' }))[0];
		await eventually(async () => (await status())?.steps.some(({ type, waiting, due }) => type === 'email' && waiting + due === 2) ?? false);

		await world.engine.journeys.resumeSending();
		await eventually(async () => {
			world.clock.advance(60_000);
			return (await status()).completed === 2;
		});

		expect(inbox.received).toHaveLength(2);
		for (const email of people) expect(to(email)).toContain(invoiceOf(email));
		await n8n.close();
	});
});
