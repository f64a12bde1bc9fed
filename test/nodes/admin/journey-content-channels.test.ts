import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { TemplateContent } from '../../../engine';
import { JourneyContent } from '../../../nodes/JourneyContent/JourneyContent.node';
import { JourneyOnSite } from '../../../nodes/JourneyOnSite/JourneyOnSite.node';
import { JourneyWebPush } from '../../../nodes/JourneyWebPush/JourneyWebPush.node';
import { errorOf, outputOf } from '../harness/n8n';
import { callTool } from './agent';
import { Desk, SUBJECT } from './desk';
import { openInbox, type Inbox } from './inbox';
import { openWorld, type World } from './world';

let world: World;
let inbox: Inbox;

beforeEach(async () => {
	world = await openWorld();
	inbox = await openInbox();
});
afterEach(async () => {
	await world.close();
	await inbox.close();
});

const content = async (operation: string, parameters: object = {}, credentials: object = {}) => await new Desk({ type: 'journeyContent', node: new JourneyContent(), credentials, parameters: { resource: 'template', operation, ...parameters } } as never).run([{}]);
const run = async (operation: string, parameters: object = {}) => {
	const ran = await content(operation, parameters);
	expect(errorOf(ran)).toBeUndefined();
	return outputOf(ran, SUBJECT).map(({ json }) => json);
};

describe('Journey Content: templates in the fields of their senders', () => {
	const values = (...lines: object[]) => ({ values: lines });

	it.each<[channel: string, parameters: object, content: object]>([
		['push', { title: 'Hi {{ profile.name }}', message: 'Look', image: 'https://shop.ch/a.png', link: 'shop://a', data: values({ name: 'id', value: '{{ item.id }}' }) }, { title: 'Hi {{ profile.name }}', body: 'Look', image: 'https://shop.ch/a.png', link: 'shop://a', data: { id: '{{ item.id }}' } }],
		['webpush', { title: 'Hi {{ profile.name }}', message: 'Look', link: 'https://shop.ch', buttons: values({ title: 'Buy', link: 'https://shop.ch/buy' }) }, { title: 'Hi {{ profile.name }}', body: 'Look', link: 'https://shop.ch', actions: [{ title: 'Buy', link: 'https://shop.ch/buy' }] }],
		['onsite', { content: 'survey', headline: 'Hi {{ profile.name }}', question: 'How was it?', scale: 'nps' }, { headline: 'Hi {{ profile.name }}', survey: { scale: 'nps', question: 'How was it?' } }],
		['chat', { provider: 'telegram', format: 'markdown', text: '**Hi** {{ profile.name }}', imageUrl: 'https://shop.ch/a.png', buttons: values({ label: 'Buy', url: 'https://shop.ch' }) }, { format: 'markdown', text: '**Hi** {{ profile.name }}', imageUrl: 'https://shop.ch/a.png', buttons: [{ label: 'Buy', url: 'https://shop.ch' }] }],
		['chat', { provider: 'kakao', pfId: 'KA01PF', templateId: 'KA01TP', variables: values({ name: 'name', value: '{{ profile.name }}' }) }, { kakao: { pfId: 'KA01PF', templateId: 'KA01TP', variables: { name: '{{ profile.name }}' } } }],
		['whatsapp', { provider: 'meta', contentSource: 'text', text: 'Hi {{ profile.name }}' }, { kind: 'text', text: 'Hi {{ profile.name }}' }],
		['whatsapp', { provider: 'meta', contentSource: 'template', template: 'order', language: 'de', parameters: values({ name: '', value: '{{ profile.name }}' }) }, { kind: 'template', id: 'order', language: 'de', body: [{ name: '', text: '{{ profile.name }}' }] }],
		['directmail', { piece: 'postcard', frontSource: 'html', frontHtml: '<p>{{ profile.name }}</p>', backSource: 'url', backUrl: 'https://shop.ch/b.pdf' }, { kind: 'postcard', front: { kind: 'html', source: '<p>{{ profile.name }}</p>' }, back: { kind: 'url', url: 'https://shop.ch/b.pdf' } }],
	])('saves one of %s, shows it and publishes it', async (channel, parameters, wanted) => {
		const [saved] = await run('save', { templateKey: 'one', channel, ...parameters });
		await run('testData', { template: 'one', sampleName: 'Ann', profile: '{ "name": "Ann" }' });
		const [shown] = await run('preview', { template: 'one', pictures: false });
		const [published] = await run('publish', { template: 'one' });

		expect(saved).toMatchObject({ channel, problems: [], languages: { en: wanted } });
		expect(JSON.stringify(shown?.fields)).not.toContain('{{ profile.name }}');
		if (JSON.stringify(wanted).includes('profile.name')) expect(JSON.stringify(shown?.fields)).toContain('Ann');
		expect(published).toMatchObject({ state: 'published' });
	});

	it('takes JSON in place of the fields, as before there were fields', async () => {
		const [saved] = await run('save', { templateKey: 'one', channel: 'push', title: 'Not this', fields: '{ "title": "Hi", "body": "Look", "sound": "bell" }' });

		expect(saved).toMatchObject({ languages: { en: { title: 'Hi', body: 'Look', sound: 'bell' } } });
	});
});

describe('Senders with a template of Journey Content', () => {
	it.each<[channel: string, type: string, node: () => object, field: string, parameters: object, shown: object]>([
		['webpush', 'journeyWebPush', () => new JourneyWebPush(), 'webPush', { contentSource: 'template', template: 'one' }, { notification: { title: 'Hallo de', options: { body: 'Lamp Shop' } } }],
		['onsite', 'journeyOnSite', () => new JourneyOnSite(), 'onSite', { content: 'template', template: 'one', kind: 'modal' }, { headline: 'Hallo de', text: 'Lamp Shop' }],
	])('show it in a manual run in the language of the person, blocks and brand filled in (%s)', async (channel, type, node, field, parameters, shown) => {
		await world.engine.brand.set({ name: 'Lamp Shop' });
		await world.engine.blocks.save({ key: 'sign', content: { format: 'text', source: '{{ brand.name }}' } });
		await world.engine.blocks.publish('sign');
		const of = (text: string): TemplateContent => (channel === 'onsite' ? { headline: text, text: "{% render 'sign' %}", buttons: [] } : { title: text, body: "{% render 'sign' %}" });
		await world.engine.templates.save({ key: 'one', channel: channel as never, language: 'en', content: of('Hello {{ profile.name }}') });
		await world.engine.templates.save({ key: 'one', language: 'de', content: of('Hallo {{ profile.name }}') });
		await world.engine.templates.publish('one');
		const { profiles } = await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'de' }, { kind: 'email', value: 'de@example.com' }], attributes: { name: 'de', locale: 'de-AT' } }], { source: 't' });

		const ran = await new Desk({ type, node: node(), parameters: { contactUserId: 'de', contactEmail: 'de@example.com', ...parameters } } as never).run([{}], 'manual');

		expect(errorOf(ran)).toBeUndefined();
		expect(profiles[0]).not.toBeNull();
		expect(outputOf(ran, SUBJECT)[0]?.json[field]).toMatchObject(shown);
	});
});

describe('Journey Content: Send Test', () => {
	const byMail = { resource: 'template', template: 'hello', testChannel: 'email', provider: 'smtp', fromAddress: 'shop@example.com' };
	const send = async (parameters: object) => await content('sendTest', { ...byMail, ...parameters }, { journeySmtpApi: inbox.credential });

	beforeEach(async () => {
		await world.engine.templates.save({ key: 'hello', channel: 'email', content: { subject: 'Hello {{ profile.name }}', body: { kind: 'text', source: 'Code {{ item.code }}' } } });
		await world.engine.templates.saveSample('hello', 'Ann', { profile: { name: 'Ann' }, item: { code: '7' } });
	});

	it("mails a test person the draft with test data, by the provider's credential, and says what became of it", async () => {
		const { profiles } = await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'tess@example.com' }], attributes: { name: 'Tess' } }], { source: 't', test: true });

		const ran = await send({ testTo: 'person', testProfileId: String(profiles[0]), options: { item: '{ "code": "9" }' } });

		expect(errorOf(ran)).toBeUndefined();
		expect(outputOf(ran, SUBJECT)[0]?.json).toMatchObject({ outcome: 'sent', template: 'hello', channel: 'email', version: null });
		expect(inbox.received.map(({ raw }) => [/^Subject: (.*)$/m.exec(raw)?.[1]?.trim(), /^To: (.*)$/m.exec(raw)?.[1]?.trim(), raw.includes('Code 9')])).toEqual([['[Test] Hello Ann', 'tess@example.com', true]]);
	});

	it('mails nobody else, and an address on the list of the settings', async () => {
		expect(errorOf(await send({ testTo: 'address', testAddress: 'someone@example.com' }))?.message).toContain('neither on the list');
		await world.engine.settings.set({ testAddresses: ['someone@example.com'] });
		expect(errorOf(await send({ testTo: 'address', testAddress: 'someone@example.com', options: { mark: false } }))).toBeUndefined();
		expect(inbox.received.map(({ raw }) => /^Subject: (.*)$/m.exec(raw)?.[1]?.trim())).toEqual(['Hello Ann']);
	});
});

describe('Journey Content as a tool of an agent', () => {
	it('shows a preview without files, asks no links, and sends a test only where that is allowed', async () => {
		const asked: string[] = [];
		const server = createServer(({ url }, answer) => {
			asked.push(String(url));
			answer.end();
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		const { profiles } = await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'tess@example.com' }] }], { source: 't', test: true });
		await world.engine.templates.save({ key: 'hello', channel: 'email', content: { subject: 'Hello', body: { kind: 'html', source: `<a href="http://127.0.0.1:${(server.address() as AddressInfo).port}/x">x</a><a href="http://169.254.169.254/y">y</a>` } } });

		const shown = await callTool(new JourneyContent(), { resource: 'template', operation: 'preview', template: 'hello', options: { loadPictures: true } });
		const checked = await callTool(new JourneyContent(), { resource: 'template', operation: 'check', template: 'hello', checkLinks: true });
		const sent = await callTool(new JourneyContent(), { resource: 'template', operation: 'sendTest', template: 'hello', testTo: 'person', testProfileId: String(profiles[0]) });
		await new Promise((resolve) => server.close(resolve));

		expect(shown).toMatchObject({ answer: [{ subject: 'Hello', pictures: 'none: agents take no files' }] });
		expect(JSON.stringify(checked)).not.toContain('private-link');
		expect(sent).toEqual({ error: expect.stringContaining('The agent is not allowed to do this') as string });
		expect([asked, inbox.received]).toEqual([[], []]);
	});
});
