import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { DEFAULT_MJML, DEFAULT_SUBJECT } from '../../../nodes/JourneyEmail/defaultTemplate';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { defaulted, Desk, giveCredentials, SUBJECT } from './desk';
import type { DeskOptions } from './desk';
import { openInbox } from './inbox';
import type { Inbox } from './inbox';

const SENT = 0;
const NOT_SENT = 1;

let world: World;
let inbox: Inbox;

beforeEach(async () => {
	world = await createWorld({ [`${PREFIX}journeyEmail`]: new JourneyEmail() });
	inbox = await openInbox();
});
afterEach(async () => {
	await world.close();
	await inbox.close();
});

const desk = (parameters: INodeParameters = {}, more: Partial<DeskOptions> = {}) =>
	new Desk({
		type: 'journeyEmail',
		node: new JourneyEmail(),
		parameters,
		credentials: { journeySmtpApi: inbox.credential },
		...more,
	});

const transactional = { purpose: 'transactional', contactEmail: '={{ $json.email }}' };
const text = { ...transactional, contentSource: 'text', subject: 'Hello {{ profile.firstName }}', text: 'Order {{ item.order }}' };

const emailOf = ({ json }: { json: IDataObject }) => json.mail as IDataObject;

async function profile(email: string, attributes: Record<string, string> = {}): Promise<number> {
	const report = await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: email }], attributes }], { source: 'test' });
	return Number(report.profiles[0]);
}

describe('a manual run of Journey Email', () => {
	it('renders the mail as the chosen profile, mails nobody and records nothing', async () => {
		const anna = await profile('anna@example.com', { firstName: 'Anna' });
		const before = await world.rows();

		const run = await desk({ purpose: 'marketing' }).run([{ _journey: { manual: true, profile: anna } }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		const [item] = outputOf(run, SUBJECT, SENT);
		expect(emailOf(item)).toMatchObject({ status: 'rendered', sentTo: null, subject: 'Welcome, Anna' });
		expect(emailOf(item).html).toContain('Hello Anna,');
		expect(emailOf(item).text).toContain('Take the first step');
		expect(item.binary?.mail).toMatchObject({ fileName: 'mail.html', mimeType: 'text/html' });
		expect(item.json._journey).toEqual({ manual: true, profile: anna });
		expect(inbox.received).toEqual([]);
		expect(await world.rows()).toEqual(before);
	});

	it('says on the item and in a hint what the guards would do with this mail now', async () => {
		await world.engine.settings.set({ blackoutDates: [{ date: new Date(world.clock.nowMs()).toISOString().slice(0, 10) }], quietHours: null });
		const [anna, ben] = [await profile('anna@example.com'), await profile('ben@example.com')];
		await world.engine.consent.set([{ profile: ben, channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }]);
		const items = [anna, ben].map((id) => ({ _journey: { manual: true, profile: id } }));

		const marketing = await desk({ purpose: 'marketing', options: { whenQuiet: 'skip' } }).run(items, 'manual');
		const order = await desk(text).run(items, 'manual');

		expect(outputOf(marketing, SUBJECT, SENT).map((item) => emailOf(item).guards)).toMatchObject([
			{ verdict: 'skip', guard: 'blackout date' },
			{ verdict: 'skip', guard: 'consent' },
		]);
		const hints = marketing.data.resultData.runData[SUBJECT]?.[0]?.hints?.map(({ message }) => message) ?? [];
		expect(hints.join()).toMatch(/would now be 1 of 2 skipped \(blackout date.*Profile Engine: Settings/);
		expect(outputOf(order, SUBJECT, SENT).map((item) => emailOf(item).guards)).toMatchObject([{ verdict: 'send' }, { verdict: 'send' }]);
		expect(emailOf(outputOf(marketing, SUBJECT, SENT)[0]).limits).toEqual([
			'at most 2 marketing messages in 24 hours over all channels', 'at most 7 marketing messages in 7 days over all channels', 'blackout date 2026-03-02', 'held for at most 36 hours in all, then skipped',
		]);
		expect(emailOf(outputOf(order, SUBJECT, SENT)[0]).limits).toEqual([]);
	});

	it('mails the test recipient and nobody else, five times at most', async () => {
		const anna = await profile('anna@example.com', { firstName: 'Anna' });
		const before = await world.rows();
		const items = Array.from({ length: 7 }, () => ({ _journey: { manual: true, profile: anna } }));

		const run = await desk({ ...text, testRecipient: 'me@shop.example' }).run(items, 'manual');

		expect(inbox.received.map(({ to }) => to)).toEqual(Array.from({ length: 5 }, () => ['me@shop.example']));
		expect(outputOf(run, SUBJECT, SENT).map((item) => emailOf(item).status)).toEqual(['test', 'test', 'test', 'test', 'test', 'rendered', 'rendered']);
		expect(await world.rows()).toEqual(before);
	});

	it('looks as the person whose stamp is pinned, and touches nothing of theirs', async () => {
		const anna = await profile('anna@example.com', { firstName: 'Anna' });
		const stamp = { token: 't', epoch: 1, nonce: 'n', trail: '', enrollment: 1, profile: anna };

		const run = await desk(text).run([{ _journey: stamp }], 'manual');

		expect(emailOf(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({ subject: 'Hello Anna', sentTo: null });
		expect(inbox.received).toEqual([]);
	});

	it('finds the profile of an item from elsewhere by its address', async () => {
		await profile('anna@example.com', { firstName: 'Anna' });
		await profile('ben@example.com', { firstName: 'Ben' });

		const run = await desk(text).run([{ email: 'anna@example.com', order: 7 }], 'manual');

		expect(emailOf(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({ subject: 'Hello Anna', text: expect.stringContaining('Order 7') as string });
	});
});

describe('what is wrong with the content', () => {
	it('shows an MJML error with its line', async () => {
		const mjml = '<mjml>\n  <mj-body>\n    <mj-nonsense />\n  </mj-body>\n</mjml>';

		const run = await desk({ ...transactional, mjml }).run([{ email: 'anna@example.com' }]);

		expect(errorOf(run)?.message).toMatch(/^Body, line 3: /);
		expect(inbox.received).toEqual([]);
	});

	it('shows a Liquid error with its field and line', async () => {
		const run = await desk({ ...transactional, subject: 'Hello {% if %}' }).run([{ email: 'anna@example.com' }], 'manual');

		expect(errorOf(run)?.message).toMatch(/^Subject, line 1: /);
	});

	it('takes Liquid as Liquid, even where a workflow file marks the field as an expression', async () => {
		const anna = await profile('anna@example.com', { firstName: 'Anna' });
		const parameters = { ...text, subject: '=Hello {{ profile.firstName | upcase }}' };

		const run = await desk(parameters).run([{ _journey: { manual: true, profile: anna } }], 'manual');

		expect(emailOf(outputOf(run, SUBJECT, SENT)[0]).subject).toBe('Hello ANNA');
	});

	it('names the item whose expression gives no body, and sends to nobody', async () => {
		const parameters = { ...transactional, contentSource: 'expression', subjectExpression: 'Hi', bodyExpression: '={{ $json.html }}' };

		const run = await desk(parameters).run([{ email: 'anna@example.com', html: '<p>1</p>' }, { email: 'ben@example.com', html: '' }]);

		expect(errorOf(run)).toMatchObject({ message: 'The mail has no body', context: { itemIndex: 1 } });
		expect(inbox.received).toEqual([]);
	});

	it('has a default template that compiles without a warning', async () => {
		await expect(world.engine.messages.check({ subject: DEFAULT_SUBJECT, body: { kind: 'mjml', source: DEFAULT_MJML } })).resolves.toBeUndefined();
	});
});

describe('Journey Email outside a journey', () => {
	it('finds or makes the profile, sends one mail an item and puts it out as sent', async () => {
		await profile('anna@example.com', { firstName: 'Anna' });

		const run = await desk(text).run([{ email: 'anna@example.com', order: 1 }, { email: 'ben@example.com', order: 2 }]);

		expect(errorOf(run)).toBeUndefined();
		const items = outputOf(run, SUBJECT, SENT);
		expect(items.map(({ json, pairedItem }) => [json.order, emailOf({ json }).status, pairedItem])).toEqual([
			[1, 'sent', { item: 0 }],
			[2, 'sent', { item: 1 }],
		]);
		expect(inbox.received.map(({ to }) => to[0]).sort()).toEqual(['anna@example.com', 'ben@example.com']);
		expect(inbox.received.find(({ to }) => to[0] === 'anna@example.com')?.raw).toContain('Subject: Hello Anna');
		expect(await world.engine.profiles.get({ kind: 'email', value: 'ben@example.com' })).not.toBeNull();
	});

	it('mails nobody a second time when the execution is retried, and retried again, with its rows in another order', async () => {
		const [anna, ben, cleo] = ['anna', 'ben', 'cleo'].map((name) => ({ email: `${name}@example.com` }));
		const email = desk(text);

		const first = await email.run([anna, ben]);
		const second = await email.retry(first, [ben, anna]);
		const third = await email.retry(second, [cleo, ben, anna]);

		expect(outputOf(second, SUBJECT, SENT)).toHaveLength(2);
		expect(outputOf(third, SUBJECT, SENT)).toHaveLength(3);
		expect(inbox.received.map(({ to }) => to[0]).sort()).toEqual([anna.email, ben.email, cleo.email]);
	});

	it('mails one person as often as items say something else to them in one run, a row that stands twice once, and again in the next run', async () => {
		const anna = { email: 'anna@example.com', order: 1 };
		const email = desk(text);

		const run = await email.run([anna, { email: 'Anna@Example.com', order: 2 }, { email: 'Anna@Example.com', order: 1 }]);
		const mails = inbox.received.length;
		await email.run([anna]);

		expect([mails, inbox.received.length]).toEqual([2, 3]);
		expect(outputOf(run, SUBJECT, SENT).map((item) => emailOf(item).status)).toEqual(['sent', 'sent', 'alreadySent']);
	});

	it('takes subject and body of each item from expressions', async () => {
		const parameters = {
			...transactional,
			contentSource: 'expression',
			subjectExpression: '=Order {{ $json.order }}',
			bodyFormat: 'text',
			bodyExpression: '=No. {{ $json.order }}',
		};

		await desk(parameters).run([{ email: 'anna@example.com', order: 1 }, { email: 'ben@example.com', order: 2 }]);

		const subjects = inbox.received.map(({ to, raw }) => [to[0], /^Subject: (.*)\r$/m.exec(raw)?.[1]]);
		expect(subjects.sort()).toEqual([['anna@example.com', 'Order 1'], ['ben@example.com', 'Order 2']]);
	});

	it('puts an item that cannot be sent out as Not Sent when it continues on fail, and sends the others', async () => {
		const run = await desk(text, { onError: 'continueRegularOutput' }).run([
			{ email: '' },
			{ email: 'no address' },
			{ email: 'anna@example.com' },
		]);

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT, SENT).map(({ pairedItem }) => pairedItem)).toEqual([{ item: 2 }]);
		expect(outputOf(run, SUBJECT, NOT_SENT).map(({ pairedItem, json }) => [pairedItem, typeof json.error])).toEqual([
			[{ item: 0 }, 'string'],
			[{ item: 1 }, 'string'],
		]);
		expect(inbox.received.map(({ to }) => to)).toEqual([['anna@example.com']]);
	});

	it('sends no marketing mail while no address for unsubscribe links is known', async () => {
		const run = await desk({ ...text, purpose: 'marketing' }).run([{ email: 'anna@example.com' }]);

		expect(errorOf(run)?.message).toContain('no address for unsubscribe links is known');
		expect(inbox.received).toEqual([]);
	});

	it('puts people who unsubscribed out as Not Sent, with the reason', async () => {
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		const anna = await profile('anna@example.com');
		await world.engine.consent.set([{ profile: anna, channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }]);

		const run = await desk({ ...text, purpose: 'marketing' }).run([{ email: 'anna@example.com' }]);

		expect(outputOf(run, SUBJECT, SENT)).toEqual([]);
		expect(emailOf(outputOf(run, SUBJECT, NOT_SENT)[0])).toMatchObject({ status: 'skipped', reason: expect.any(String) as string });
		expect(inbox.received).toEqual([]);
	});

	describe('comes from', () => {
		const settings = { senders: [{ key: 'news', channel: 'email', address: 'news@brand.example', name: 'The Brand', replyTo: 'help@brand.example' }, { key: 'team', channel: 'email', address: 'team@brand.example' }] };
		const nameless = () => ({ ...inbox.credential, fromAddress: '', fromName: '' });
		const heads = () => [/^From: (.*)$/im, /^Reply-To: (.*)$/im].map((head) => head.exec(inbox.received.at(-1)?.raw ?? '')?.[1]?.trim() ?? null);

		it.each<[string, INodeParameters, 'named' | 'nameless', [string, string | null]]>([
			['the sender that is chosen, with its Reply To', { sender: { __rl: true, mode: 'list', value: 'news' } }, 'named', ['The Brand <news@brand.example>', 'help@brand.example']],
			['the sender that is written in other letters', { sender: { __rl: true, mode: 'name', value: 'TEAM' } }, 'named', ['team@brand.example', null]],
			['the credential, when none is chosen', {}, 'named', ['The Shop <news@shop.example>', null]],
			['the first in Settings, when the credential names none', {}, 'nameless', ['The Brand <news@brand.example>', 'help@brand.example']],
			["the node's own fields before all of them", { sender: { __rl: true, mode: 'list', value: 'news' }, fromName: 'Anna', fromAddress: 'anna@brand.example', options: { replyTo: 'me@brand.example' } }, 'named', ['Anna <anna@brand.example>', 'me@brand.example']],
			['its own address without the name of another', { fromAddress: 'anna@brand.example' }, 'nameless', ['anna@brand.example', null]],
		])('%s', async (_what, parameters, credential, expected) => {
			await world.engine.settings.set(settings);

			const run = await desk({ ...text, ...parameters }, { credentials: { journeySmtpApi: credential === 'named' ? inbox.credential : nameless() } }).run([{ email: 'anna@example.com' }]);

			expect(errorOf(run)).toBeUndefined();
			expect(heads()).toEqual(expected);
		});

		it('nobody, when the sender that was chosen is gone: the error names those there are', async () => {
			await world.engine.settings.set(settings);

			const run = await desk({ ...text, sender: { __rl: true, mode: 'list', value: 'gone' } }).run([{ email: 'anna@example.com' }]);

			expect(errorOf(run)?.message).toMatch(/no sender "gone".*news, team/);
			expect(inbox.received).toEqual([]);
		});

		it('one of the list that the panel offers, by key, name and address', async () => {
			await world.engine.settings.set(settings);
			const search = new JourneyEmail().methods.listSearch.searchEmailSenders;

			const { results } = await search.call({ getNode: () => ({ name: 'Email' }) } as never, 'brand <');

			expect(results).toEqual([{ name: 'news: The Brand <news@brand.example>', value: 'news' }]);
		});
	});

	it('says which field lacks the sender', async () => {
		const credential = { ...inbox.credential, fromAddress: '' };

		const run = await desk(text, { credentials: { journeySmtpApi: credential } }).run([{ email: 'anna@example.com' }]);

		expect(errorOf(run)).toMatchObject({ message: 'The mail has no sender', description: expect.stringContaining("'From Address'") as string });
	});
});

describe('Journey Email in a published journey', () => {
	const canvas = (parameters: INodeParameters) => {
		const node = new JourneyEmail();
		const email = { name: 'Email', type: `${PREFIX}journeyEmail`, parameters: {} as INodeParameters };
		const n8n = world.draw({
			nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up' } }, email],
			edges: [['Start', 'Email']],
		});
		giveCredentials(n8n, 'Email', { journeySmtpApi: inbox.credential });
		n8n.nodeNamed('Email').parameters = defaulted(node, parameters, n8n.nodeNamed('Email'));
		return n8n;
	};
	const status = async () => (await world.engine.journeys.status({ workflow: 'workflow-1' }))[0];

	it('mails everyone who entered once, and counts them at its step', async () => {
		const n8n = canvas(text);
		await n8n.publish();

		await world.happens('Signed Up', ['ada@example.com', 'grace@example.com']);
		await eventually(async () => (await status())?.completed === 2);

		expect(inbox.received.map(({ to }) => to[0]).sort()).toEqual(['ada@example.com', 'grace@example.com']);
		expect((await status()).steps.find(({ type }) => type === 'email')?.messages).toMatchObject({ sent: 2 });
		await n8n.close();
	});

	it('holds people back while sending is stopped, and sends from its own place in the flow afterwards', async () => {
		const n8n = canvas(text);
		await n8n.publish();
		await world.engine.journeys.stopSending('Wrong prices');
		await world.happens('Signed Up', ['ada@example.com']);
		await eventually(async () => (await status())?.steps.some(({ type, waiting, due }) => type === 'email' && waiting + due > 0) ?? false);
		expect(inbox.received).toEqual([]);

		await world.engine.journeys.resumeSending();
		await eventually(async () => {
			world.clock.advance(60_000);
			return (await status()).completed === 1;
		});

		expect(inbox.received.map(({ to }) => to[0])).toEqual(['ada@example.com']);
		const resumed = n8n.runs.filter((run) => outputOf(run, 'Email', SENT).length > 0);
		expect(resumed.map((run) => Object.keys(run.data.resultData.runData))).toEqual([['Email']]);
		await n8n.close();
	});
});
