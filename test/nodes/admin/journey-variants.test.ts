import type { INodeParameters, INodeProperties, INodePropertyCollection, IRun } from 'n8n-workflow';

import { JourneyChat } from '../../../nodes/JourneyChat/JourneyChat.node';
import { JourneyDirectMail } from '../../../nodes/JourneyDirectMail/JourneyDirectMail.node';
import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { JourneyOnSite } from '../../../nodes/JourneyOnSite/JourneyOnSite.node';
import { JourneyPush } from '../../../nodes/JourneyPush/JourneyPush.node';
import { JourneySms } from '../../../nodes/JourneySms/JourneySms.node';
import { JourneyWebPush } from '../../../nodes/JourneyWebPush/JourneyWebPush.node';
import { JourneyWhatsApp } from '../../../nodes/JourneyWhatsApp/JourneyWhatsApp.node';
import { PushService, token } from '../../engine/messages/push-service';
import { createWorld, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { openInbox, type Inbox } from './inbox';

const SENDERS = { journeyEmail: new JourneyEmail(), journeySms: new JourneySms(), journeyWhatsApp: new JourneyWhatsApp(), journeyChat: new JourneyChat(), journeyPush: new JourneyPush(), journeyWebPush: new JourneyWebPush(), journeyOnSite: new JourneyOnSite(), journeyDirectMail: new JourneyDirectMail() };

describe('the panel of every sender', () => {
	it.each(Object.entries(SENDERS))('of %s asks for variants, which are off, and takes no expression for them', (_name, node) => {
		const { properties } = node.description;
		const variants = properties.find(({ name }) => name === 'variants');
		const list = properties.find(({ name }) => name === 'variantList');
		const [collection] = (list?.options ?? []) as INodePropertyCollection[];

		expect(variants).toMatchObject({ default: 'none', noDataExpression: true });
		expect(list?.displayOptions).toEqual({ show: { variants: ['abn', 'multivariate'] } });
		const fields = collection?.values ?? [];
		expect(fields.map(({ name }) => name)).toEqual(expect.arrayContaining(['factor', 'name', 'share', 'at']));
		expect(fields.length).toBeGreaterThan(4);
		expect(fields.filter(({ noDataExpression, type }: INodeProperties) => noDataExpression !== true && type !== 'resourceLocator')).toEqual([]);
		expect(fields.filter(({ displayOptions }) => Object.keys(displayOptions?.show ?? {}).some((of) => !properties.some(({ name }) => `/${name}` === of)))).toEqual([]);
	});
});

describe('variants of a sender on the canvas', () => {
	let world: World;
	let inbox: Inbox;
	beforeEach(async () => {
		world = await createWorld(Object.fromEntries(Object.entries(SENDERS).map(([name, node]) => [`${PREFIX}${name}`, node])));
		inbox = await openInbox();
	});
	afterEach(async () => {
		await world.close();
		await inbox.close();
	});

	const rows = Array.from({ length: 20 }, (_, n) => ({ email: `p${n}@example.com`, userId: `u${n}` }));
	const ledger = async () => (await world.engine.messages.list({ limit: 100 })).map(({ profile, variant }) => ({ profile, variant }));
	const mailDesk = (more: object) => new Desk({
		type: 'journeyEmail', node: new JourneyEmail(), credentials: { journeySmtpApi: inbox.credential },
		parameters: { purpose: 'transactional', contactEmail: '={{ $json.email }}', contentSource: 'text', subject: 'Plain', text: 'Body', ...more },
	});

	it('go to the engine as the panel has them: what differs, shares, metric, options', async () => {
		const desk = mailDesk({
			variants: 'abn', variantMetric: 'converted', variantWindow: 2, variantWindowUnit: 'days', sendWinner: false, variantOptions: { goal: 'Order', minimumPeople: 50, riskPercent: 1, guarded: false },
			variantList: { variant: [{ name: 'A', share: 40 }, { name: 'B', share: 60, subject: 'Other {{ profile.email }}', senderName: 'Ann', body: 'Written' }] },
		});

		const run = await desk.run(rows);

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT, 0)).toHaveLength(20);
		expect(await world.engine.experiments.status({})).toMatchObject([{
			mode: 'variants', metric: { kind: 'own', happened: 'converted', goal: 'Order' }, windowMs: 172_800_000, alpha: 0.01, minimumPeople: 50, sendsToWinner: false,
			paths: [{ name: 'A', allocation: 0.4 }, { name: 'B', allocation: 0.6 }],
		}]);
		expect(new Set((await ledger()).map(({ variant }) => variant))).toEqual(new Set(['A', 'B']));
		const [status] = await world.engine.experiments.status({});
		const subjects = inbox.received.map(({ raw }) => /^Subject: (.*)$/m.exec(raw)?.[1]?.trim() ?? '');
		expect(subjects.filter((subject) => subject === 'Plain')).toHaveLength(status?.paths[0]?.people ?? -1);
		expect(subjects.filter((subject) => /^Other p\d+@example.com$/.test(subject))).toHaveLength(status?.paths[1]?.people ?? -1);
		expect(inbox.received.filter(({ raw }) => /^From: Ann </m.test(raw) && raw.includes('Written'))).toHaveLength(status?.paths[1]?.people ?? -1);
	});

	it('of several factors are read by their lines', async () => {
		const run = await mailDesk({ variants: 'multivariate', variantList: { variant: [{ factor: 'Subject', name: 'A' }, { factor: 'Subject', name: 'B', subject: 'S-b' }, { factor: 'Sender', name: 'Shop' }, { factor: 'Sender', name: 'Ann', senderName: 'Ann' }] } }).run(rows);

		expect(errorOf(run)).toBeUndefined();
		const [status] = await world.engine.experiments.status({});
		expect(status?.paths.map(({ name }) => name)).toEqual(['Subject A, Sender Shop', 'Subject A, Sender Ann', 'Subject B, Sender Shop', 'Subject B, Sender Ann']);
		expect(status?.factors?.map(({ name }) => name)).toEqual(['Subject', 'Sender']);
	});

	it.each([
		['one only', { variant: [{ name: 'A' }] }, 'There are 1 variants'],
		['shares that do not add up', { variant: [{ name: 'A', share: 10 }, { name: 'B', share: 10 }] }, 'add up to 20, not to 100'],
		['a time outside of a journey', { variant: [{ name: 'A' }, { name: 'B', at: '18:00' }] }, 'only people in a journey can wait'],
	])('are refused with what to do: %s', async (_what, variantList, message) => {
		const run = await mailDesk({ variants: 'abn', variantList }).run(rows.slice(0, 2));

		expect(`${errorOf(run)?.message} ${String((errorOf(run) as { description?: string } | undefined)?.description)}`).toContain(message);
		expect(inbox.received).toEqual([]);
	});

	it('of a notification change its title, text, picture and link', async () => {
		const service = await PushService.open();
		await world.engine.profiles.upsert(rows.map(({ userId }) => ({ identities: [{ kind: 'user_id', value: userId }, { kind: 'device', value: token(userId) }] })), { source: 'test' });
		const desk = new Desk({
			type: 'journeyPush', node: new JourneyPush(), credentials: { journeyExpoApi: { baseUrl: service.service.url } },
			parameters: { provider: 'expo', purpose: 'transactional', contactUserId: '={{ $json.userId }}', title: 'Plain', message: 'Text', variants: 'abn', variantList: { variant: [{ name: 'A' }, { name: 'B', title: 'Other', text: 'More for {{ journey.variant }}' }] } },
		});

		const run = await desk.run(rows);
		await service.close();

		expect(errorOf(run)).toBeUndefined();
		const told = service.sent as unknown as Array<{ title: string; body: string }>;
		expect(new Set(told.map(({ title, body }) => `${title}: ${body}`))).toEqual(new Set(['Plain: Text', 'Other: More for B']));
	});

	it('are shown each in a manual run, as they would be sent, by their names; the test recipient gets the first', async () => {
		const run = await mailDesk({
			testRecipient: 'me@shop.example', variants: 'multivariate',
			variantList: { variant: [{ factor: 'Subject', name: 'A', senderName: 'Ann' }, { factor: 'Subject', name: 'B', subject: 'Other for {{ profile.email }}' }, { factor: 'Body', name: 'Short' }, { factor: 'Body', name: 'Long', body: 'Of {{ journey.variant }}' }] },
		}).run(rows.slice(0, 1), 'manual');
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'p0@example.com' }] }], { source: 'test' });
		const ofSomebody = await mailDesk({ variants: 'abn', variantList: { variant: [{ name: 'A', subject: 'Hi {{ profile.email }}' }, { name: 'B' }] } }).run(rows.slice(0, 1), 'manual');
		const mailOf = (result: IRun) => outputOf(result, SUBJECT, 0)[0]?.json.mail;

		expect([errorOf(run), errorOf(ofSomebody)]).toEqual([undefined, undefined]);
		expect(mailOf(run)).toMatchObject({
			status: 'test', subject: 'Plain', text: 'Body', variant: 'Subject A, Body Short',
			otherVariants: [
				{ variant: 'Subject A, Body Long', subject: 'Plain', text: 'Of Subject A, Body Long' }, { variant: 'Subject B, Body Short', subject: 'Other for p0@example.com', text: 'Body' }, { variant: 'Subject B, Body Long', subject: 'Other for p0@example.com', text: 'Of Subject B, Body Long' },
			],
		});
		expect(mailOf(ofSomebody)).toMatchObject({ subject: 'Hi p0@example.com', variant: 'A', otherVariants: [{ variant: 'B', subject: 'Plain' }] });
		expect(inbox.received.map(({ raw }) => /^From: (.*) <[^]*^Subject: (.*)$/m.exec(raw)?.slice(1).map((word) => word.trim()))).toEqual([['Ann', '[Test] Plain']]);
		expect(await ledger()).toEqual([]);
	});

	it.each<[string, Record<string, unknown>, string]>([
		['journeySms', { provider: 'http', from: 'SHOP', contentSource: 'text', text: 'Plain' }, 'sms'], ['journeyPush', { provider: 'expo', title: 'Plain', message: 'Text' }, 'push'], ['journeyOnSite', { title: 'Plain', text: 'Text' }, 'onSite'],
	])('of %s are shown in its manual run too', async (name, parameters, field) => {
		const node = SENDERS[name as keyof typeof SENDERS];
		const desk = new Desk({
			type: name, node, credentials: { journeyHttpSmsApi: { url: 'https://gateway.example' }, journeyExpoApi: {} },
			parameters: { purpose: 'transactional', ...parameters, variants: 'abn', variantList: { variant: [{ name: 'A' }, { name: 'B', title: 'Other', text: 'Other of {{ journey.variant }}' }] } } as INodeParameters,
		});

		const run = await desk.run(rows.slice(0, 1), 'manual');

		const shown = outputOf(run, SUBJECT, 0)[0]?.json[field] as { variant: string; otherVariants: object[] } | undefined;
		expect(errorOf(run)).toBeUndefined();
		expect(shown?.variant).toBe('A');
		expect(shown?.otherVariants).toMatchObject([{ variant: 'B' }]);
		expect(JSON.stringify(shown?.otherVariants)).toContain('Other of B');
		expect(JSON.stringify({ ...shown, otherVariants: [] })).not.toContain('Other of');
	});

	it('stand with the numbers of each in Journey Control', async () => {
		await mailDesk({ variants: 'abn', variantList: { variant: [{ name: 'A' }, { name: 'B', subject: 'Other' }] } }).run(rows);
		const [status] = await world.engine.experiments.status({});

		expect(status?.paths.reduce((total, { messages }) => total + (messages?.sent ?? 0), 0)).toBe(20);
		expect(status?.paths.every(({ messages, people }) => messages?.sent === people)).toBe(true);
	});
});
