import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Container } from '@n8n/di';
import { BinaryDataService } from 'n8n-core';
import type { IBinaryData, INodeParameters } from 'n8n-workflow';
import sharp from 'sharp';

import { JourneyContent } from '../../../nodes/JourneyContent/JourneyContent.node';
import { findChrome } from '../../../nodes/JourneyContent/picture';
import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { offered } from './dropdown';
import { openInbox } from './inbox';
import type { Inbox } from './inbox';
import { openWorld } from './world';
import type { World } from './world';

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

const done = async (operation: string, parameters: object = {}) => await new Desk({ type: 'journeyContent', node: new JourneyContent(), parameters: { resource: 'template', operation, ...parameters } }).run([{}]);
const run = async (operation: string, parameters: object = {}) => outputOf(await done(operation, parameters), SUBJECT).map(({ json }) => json);

describe('Journey Content: Template', () => {
	it('saves Liquid as it was written, in one language after the other, and gives it back', async () => {
		await run('save', { templateKey: 'welcome', channel: 'sms', message: 'Hello {{ profile.firstName }}', options: { language: 'en', name: 'Welcome' } });
		await run('save', { templateKey: 'welcome', channel: 'sms', message: 'Hallo {{ profile.firstName }}', options: { language: 'de' } });

		const [found] = await run('get', { template: 'welcome' });

		expect(found).toMatchObject({
			key: 'welcome', name: 'Welcome', channel: 'sms', state: 'draft', defaultLanguage: 'en', savedBy: expect.stringContaining('n8n workflow') as string,
			languages: { en: { text: 'Hello {{ profile.firstName }}' }, de: { text: 'Hallo {{ profile.firstName }}' } },
		});
		expect(await run('getMany')).toMatchObject([{ key: 'welcome', languages: ['de', 'en'] }]);
	});

	it('saves a draft with a mistake and says what keeps it from being published', async () => {
		const [saved] = await run('save', { templateKey: 'broken', channel: 'email', format: 'html', subject: 'Hi', html: '<p>\n{% if profile.vip %}</p>' });

		expect(saved).toMatchObject({ key: 'broken', problems: [{ language: 'en', field: 'body', line: 2, message: expect.stringContaining('not closed') as string }] });
	});

	it('refuses a key that no step could name, and another channel for a template that there is', async () => {
		await run('save', { templateKey: 'code', channel: 'sms', message: 'Your code' });

		expect(errorOf(await done('save', { templateKey: 'My Code!', channel: 'sms', message: 'x' }))?.message).toContain('small letters');
		expect(errorOf(await done('save', { templateKey: 'code', channel: 'email' }))?.message).toContain('of the channel sms');
	});
});

describe('Journey Content: publishing and looking', () => {
	const at = async (resource: string, operation: string, parameters: object = {}) => {
		const ran = await new Desk({ type: 'journeyContent', node: new JourneyContent(), parameters: { resource, operation, ...parameters } }).run([{}]);
		expect(errorOf(ran)).toBeUndefined();
		return outputOf(ran, SUBJECT);
	};

	it('takes a template from its first draft to a version, to a check and back to nothing', async () => {
		await at('brand', 'set', { brandName: 'Lamp Shop', logo: 'https://shop.ch/logo.png', values: '{ "colors": { "main": "#123456" } }' });
		await at('block', 'save', { block: 'footer', blockFormat: 'html', blockSource: '<p>{{ brand.name }} <a href="{{ links.unsubscribeUrl }}">Out</a></p>' });
		await at('block', 'publish', { block: 'footer' });
		await at('template', 'save', { templateKey: 'news', channel: 'email', format: 'html', subject: 'News', html: "<p style=\"color: {{ brand.colors.main }}\">Hi {{ profile.name }}</p>{% render 'footer' %}" });
		const [published] = await at('template', 'publish', { template: 'news' });
		await at('template', 'save', { templateKey: 'news', channel: 'email', format: 'html', subject: 'NEWS OF TODAY', html: '<img src="https://shop.ch/a.png">' });
		const [report] = await at('template', 'check', { template: 'news' });
		const changes = await at('template', 'compare', { template: 'news', before: '1' });
		await at('template', 'publish', { template: 'news' });
		const [back] = await at('template', 'publish', { template: 'news', version: '1' });
		const versions = await at('template', 'versions', { template: 'news' });
		const [stopped] = await at('template', 'unpublish', { template: 'news' });
		const [gone] = await at('template', 'delete', { template: 'news' });

		expect(published?.json).toMatchObject({ state: 'published', published: 1, publishedBy: expect.stringContaining('n8n workflow') as string });
		expect((report?.json.findings as Array<{ rule: string }>).map(({ rule }) => rule)).toEqual(expect.arrayContaining(['missing-alt', 'missing-unsubscribe', 'subject-capitals']));
		expect(changes.map(({ json }) => json.field)).toEqual(expect.arrayContaining(['subject', 'body.source']));
		expect(back?.json).toMatchObject({ published: 1, state: 'changed' });
		expect(versions.map(({ json }) => [json.version, json.published])).toEqual([[2, false], [1, true]]);
		expect(versions[1]?.json).toMatchObject({ blocks: { footer: 1 }, brand: 1 });
		expect(stopped?.json).toMatchObject({ published: null, usedBy: [] });
		expect(gone?.json).toEqual({ deleted: true, template: 'news' });
		expect((await at('block', 'getMany')).map(({ json }) => json.key)).toEqual(['footer']);
		expect((await at('brand', 'get'))[0]?.json).toMatchObject({ version: 1, values: { colors: { main: '#123456' } } });
	});

	it('previews with test data, as a file and, where a browser is found, as pictures of a phone and a computer that load nothing', async () => {
		const asked: string[] = [];
		const server = createServer((request, response) => {
			asked.push(String(request.url));
			response.end();
		}).listen(0, '127.0.0.1');
		await new Promise((resolve) => server.once('listening', resolve));
		const { port } = server.address() as AddressInfo;
		await Container.get(BinaryDataService).init();
		await at('template', 'save', { templateKey: 'news', channel: 'email', format: 'html', subject: 'News', html: `<body style="margin:0;background:rgb(18,52,86)"><p>Hi {{ profile.name }}</p><img src="http://127.0.0.1:${port}/seen.png"><script>document.body.style.background="red"</script></body>` });
		await at('template', 'testData', { template: 'news', sampleName: 'Ann', profile: '{ "name": "Ann" }' });

		const [shown] = await at('template', 'preview', { template: 'news' });
		await new Promise((resolve) => server.close(resolve));

		expect(shown?.json).toMatchObject({ subject: 'News', sample: 'Ann', html: expect.stringContaining('Hi Ann') as string });
		expect(shown?.binary?.mail).toMatchObject({ fileName: 'mail.html', mimeType: 'text/html' });
		if (findChrome() === null) expect(shown?.json.pictures).toContain('no Chrome or Chromium');
		else {
			expect(shown?.json.pictures).toContain('narrow and wide');
			const pixels = await Promise.all(['narrow', 'wide'].map(async (name) => await pictureOf(shown?.binary?.[name])));
			expect(pixels).toEqual([{ width: 375, corners: [[18, 52, 86], [18, 52, 86]] }, { width: 1000, corners: [[18, 52, 86], [18, 52, 86]] }]);
		}
		expect(asked).toEqual([]);
	}, 90_000);

	it('says in the preview that no browser is there, and gives the mail all the same', async () => {
		process.env.JOURNEYS_CHROME = '/nowhere/chrome';
		await at('template', 'save', { templateKey: 'news', channel: 'email', format: 'text', subject: 'News', text: 'Hello' });

		const [shown] = await at('template', 'preview', { template: 'news' }).finally(() => delete process.env.JOURNEYS_CHROME);

		expect(shown?.json).toMatchObject({ text: 'Hello', pictures: expect.stringContaining('there is no Chrome or Chromium on this machine') as string });
		expect(Object.keys(shown?.binary ?? {})).toEqual(['mail']);
	});

	/** Width, and the colours near its left and right edge, below the text. */
	async function pictureOf(binary: IBinaryData | undefined): Promise<object> {
		if (binary === undefined) throw new Error('There is no such picture');
		const { data, info } = await sharp(await Container.get(BinaryDataService).getAsBuffer(binary)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
		const colour = (x: number) => [...data.subarray((1_000 * info.width + x) * 3, (1_000 * info.width + x) * 3 + 3)];
		return { width: info.width, corners: [colour(5), colour(info.width - 5)] };
	}
});

describe('Senders with a template', () => {
	const email = (parameters: INodeParameters) => new Desk({ type: 'journeyEmail', node: new JourneyEmail(), credentials: { journeySmtpApi: inbox.credential }, parameters: { purpose: 'transactional', contactEmail: '={{ $json.email }}', contentSource: 'template', ...parameters } });

	async function published(): Promise<void> {
		await world.engine.templates.save({ key: 'hello', channel: 'email', language: 'en', content: { subject: 'Hello {{ profile.name }}', body: { kind: 'text', source: 'In English' } } });
		await world.engine.templates.save({ key: 'hello', language: 'de', content: { subject: 'Hallo {{ profile.name }}', body: { kind: 'text', source: 'Auf Deutsch' } } });
		await world.engine.templates.publish('hello');
		await world.engine.profiles.upsert(['de', 'fr'].map((locale) => ({ identities: [{ kind: 'email', value: `${locale}@example.com` }], attributes: { name: locale, locale } })), { source: 't' });
	}

	it('send its published version to each person in their language', async () => {
		await published();

		const run = await email({ template: { __rl: true, mode: 'list', value: 'hello' } }).run([{ email: 'de@example.com' }, { email: 'fr@example.com' }]);

		expect(errorOf(run)).toBeUndefined();
		expect(inbox.received.map(({ raw }) => /^Subject: (.*)$/m.exec(raw)?.[1]?.trim()).sort()).toEqual(['Hallo de', 'Hello fr']);
		expect((await world.engine.messages.list({})).map(({ template }) => template?.language).sort()).toEqual(['de', 'en']);
	});

	it('show it in a manual run, and mail it to the test recipient alone', async () => {
		await published();

		const run = await email({ template: 'hello', testRecipient: 'me@shop.example' }).run([{ email: 'de@example.com' }], 'manual');

		expect(outputOf(run, SUBJECT)[0]?.json.mail).toMatchObject({ status: 'test', subject: 'Hallo de', text: 'Auf Deutsch', sentTo: 'me@shop.example' });
		expect(inbox.received.map(({ raw }) => /^To: (.*)$/m.exec(raw)?.[1]?.trim())).toEqual(['me@shop.example']);
	});

	it('say what is missing: no template chosen, or one that is not published', async () => {
		await world.engine.templates.save({ key: 'draft', channel: 'email', content: { subject: 'x', body: { kind: 'text', source: 'x' } } });

		expect(errorOf(await email({ template: '={{ $json.template }}' }).run([{ email: 'a@example.com' }]))?.message).toBe('No template is chosen');
		expect(errorOf(await email({ template: 'draft' }).run([{ email: 'a@example.com' }]))?.message).toContain('The template "draft" is not published');
	});

	it('keep those of their variants from being deleted, while they have variants', async () => {
		await published();
		const made = async (key: string) => {
			await world.engine.templates.save({ key, channel: 'email', content: { subject: 'x', body: { kind: 'text', source: 'x' } } });
			await world.engine.templates.publish(key);
		};
		for (const key of ['b', 'c', 'd']) await made(key);
		const variantList = { variant: [{ name: 'A' }, { name: 'B', template: { __rl: true, mode: 'list', value: 'b' } }, { name: 'C', template: 'c' }, { name: 'D', template: '={{ $json.d }}' }] };

		await (await email({ template: 'hello', variants: 'abn', variantList }).trigger())?.closeFunction?.();

		for (const key of ['hello', 'b', 'c']) await expect(world.engine.templates.delete(key)).rejects.toThrow('is sent by the step');
		await world.engine.templates.delete('d');
		await (await email({ template: 'hello', variants: 'none', variantList }).trigger())?.closeFunction?.();
		await world.engine.templates.delete('b');
	});

	it('keep it from being deleted from when the workflow is published, and offer the published ones of their channel', async () => {
		await published();
		await world.engine.templates.save({ key: 'draft', channel: 'email', content: { subject: 'x', body: { kind: 'text', source: 'x' } } });
		await world.engine.templates.save({ key: 'code', channel: 'sms', content: { text: 'x' } });
		await world.engine.templates.publish('code');
		const served = await email({ template: 'hello' }).trigger();

		await expect(world.engine.templates.delete('hello')).rejects.toThrow('is sent by the step');
		await served?.closeFunction?.();

		expect(await offered('searchEmailTemplates', 'template', {})).toEqual(['hello']);
		expect(await offered('searchSmsTemplates', 'template', {})).toEqual(['code']);
	});
});
