import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { ICredentialTestFunctions, ICredentialType } from 'n8n-workflow';

import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { credentialTest, EMAIL_PROVIDERS } from '../../../nodes/JourneyEmail/providers';
import { chosen } from '../../../nodes/shared/fields';
import { httpService } from '../../engine/channels/http-service';
import { createWorld, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { openInbox } from './inbox';
import type { Inbox } from './inbox';

const root = join(__dirname, '..', '..', '..');
const { credentials = [], properties } = new JourneyEmail().description;
const tests = new JourneyEmail().methods.credentialTest;
const text = { purpose: 'transactional', contactEmail: '={{ $json.email }}', contentSource: 'text', subject: 'Hello', text: 'Hello' };

async function credentialNamed(name: string): Promise<ICredentialType> {
	const type = `${name[0]?.toUpperCase() ?? ''}${name.slice(1)}`;
	const module = (await import(join(root, 'credentials', `${type}.credentials`))) as Record<string, new () => ICredentialType>;
	return new (module[type] as new () => ICredentialType)();
}

describe('the providers of Journey Email', () => {
	it('are those that have a file, each with a credential that is asked for when it is chosen and tested by a test that exists', () => {
		const files = readdirSync(join(root, 'nodes', 'JourneyEmail', 'providers')).filter((name) => !['choice.ts', 'credentialFields.ts'].includes(name)).map((name) => name.replace('.ts', '')).sort();

		expect(EMAIL_PROVIDERS.map(({ value }) => value as string).sort()).toEqual(files);
		for (const { value, credential } of EMAIL_PROVIDERS) {
			const asked = credentials.filter(({ displayOptions }) => JSON.stringify(displayOptions) === JSON.stringify(chosen('provider', value)));
			expect(asked).toMatchObject([{ name: credential, required: true, testedBy: expect.stringMatching(/./) as string }]);
			expect(Object.keys(credentialTest)).toContain(asked[0]?.testedBy);
		}
		expect(credentials.filter(({ displayOptions }) => displayOptions?.hide?.provider !== undefined).map(({ testedBy }) => testedBy).filter((test) => typeof test !== 'string' || !Object.hasOwn(tests, test))).toEqual([]);
	});

	it('are offered by name, SMTP first and chosen where nothing was', () => {
		const field = properties.find(({ name }) => name === 'provider');

		expect(field?.default).toBe('smtp');
		const names = (field?.options ?? []).map(({ name }) => name);
		expect(names).toHaveLength(EMAIL_PROVIDERS.length + 2);
		expect(names).toEqual(['SMTP', ...names.slice(1).sort()]);
	});

	it.each(EMAIL_PROVIDERS.map(({ name, credential }) => [name, credential] as const))('%s: its credential has a sender, explains each field and hides its secrets', async (_name, credential) => {
		const { name, properties: fields } = await credentialNamed(credential);
		const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { n8n: { credentials: string[] } };

		expect(name).toBe(credential);
		expect(manifest.n8n.credentials.some((file) => file.toLowerCase().includes(`/${credential.toLowerCase()}.`))).toBe(true);
		expect(fields.map((field) => field.name)).toEqual(expect.arrayContaining(['fromName', 'fromAddress']));
		for (const field of fields) {
			if (field.type !== 'notice') expect(field.description).toBeTruthy();
			if (/password|secret|key$|token/i.test(field.name)) expect(field.typeOptions?.password).toBe(true);
		}
	});
});

describe('the credentials of services', () => {
	const config = (name: string, credential: Record<string, string | number>, connections?: number) => EMAIL_PROVIDERS.find(({ value }) => value === name)?.configOf(credential, connections);

	it('give the engine key, place and connections; those of the node win', () => {
		expect(config('resend', { apiKey: ' re_1 ', connections: 3 })).toEqual({ kind: 'resend', apiKey: 're_1', connections: 3 });
		expect(config('brevo', { apiKey: 'xkeysib-1' }, 7)).toEqual({ kind: 'brevo', apiKey: 'xkeysib-1', connections: 7 });
		expect(config('sparkpost', { apiKey: 'k' })).toEqual({ kind: 'sparkpost', apiKey: 'k', baseUrl: 'https://api.sparkpost.com/api', connections: 5 });
		expect(config('sparkpost', { apiKey: 'k', region: 'eu' })).toMatchObject({ baseUrl: 'https://api.eu.sparkpost.com/api' });
		expect(config('sparkpost', { apiKey: 'k', region: 'enterprise', host: 'shop.api.e.sparkpost.com/api/v1/' })).toMatchObject({ baseUrl: 'https://shop.api.e.sparkpost.com/api' });
	});

	it('say what they lack', async () => {
		expect(() => config('resend', { apiKey: ' ' })).toThrow('The Journey Resend credential has no API key');
		expect(() => config('sparkpost', { apiKey: 'k', region: 'enterprise' })).toThrow('names no host');
		const test = credentialTest.journeyBrevoTest;
		expect(await test?.call({} as ICredentialTestFunctions, { id: '1', name: 'Test', type: '', data: {} })).toEqual({ status: 'Error', message: 'The Journey Brevo credential has no API key. Fill it in.' });
	});

	it('are tested by a call with the key, and the sender of a mail is the credential\'s', async () => {
		const service = await httpService({ status: 422, json: { errors: [{ message: 'required field is missing', code: '1400' }] } });
		const credential = { apiKey: 'k', region: 'enterprise', host: service.url, fromAddress: 'news@shop.example' };

		const tested = await credentialTest.journeySparkPostTest?.call({} as ICredentialTestFunctions, { id: '1', name: 'Test', type: '', data: credential });

		expect(tested).toEqual({ status: 'OK', message: `Connected to ${new URL(service.url).host}` });
		expect(service.calls[0]?.headers.authorization).toBe('k');

		service.answer = { status: 200, json: { results: { total_accepted_recipients: 1, id: '7' } } };
		const world = await createWorld({ [`${PREFIX}journeyEmail`]: new JourneyEmail() });
		const desk = new Desk({ type: 'journeyEmail', node: new JourneyEmail(), parameters: { ...text, provider: 'sparkpost' }, credentials: { journeySparkPostApi: credential } });
		const run = await desk.run([{ email: 'anna@example.com' }]);
		await world.close();
		await service.close();

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT, 0)).toHaveLength(1);
		expect(service.calls[1]?.json).toMatchObject({ recipients: [{ address: { email: 'anna@example.com' } }], content: { from: { email: 'news@shop.example' } } });
	});
});

describe('a Journey Email', () => {
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

	it('that was saved before there was a choice goes by SMTP', async () => {
		const desk = new Desk({ type: 'journeyEmail', node: new JourneyEmail(), parameters: text, credentials: { journeySmtpApi: inbox.credential } });

		const run = await desk.run([{ email: 'anna@example.com' }]);

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, SUBJECT, 0)).toHaveLength(1);
		expect(text).not.toHaveProperty('provider');
		expect(desk.node.parameters.provider).toBe('smtp');
		expect(inbox.received.map(({ to }) => to)).toEqual([['anna@example.com']]);
	});

	it('with a provider of a later version says which there are', async () => {
		const desk = new Desk({ type: 'journeyEmail', node: new JourneyEmail(), parameters: text, credentials: { journeySmtpApi: inbox.credential } });
		desk.node.parameters.provider = 'pigeon';

		const run = await desk.run([{ email: 'anna@example.com' }]);

		expect(errorOf(run)).toMatchObject({ message: expect.stringContaining('pigeon') as string, description: expect.stringContaining('SMTP') as string });
		expect(inbox.received).toEqual([]);
	});
});
