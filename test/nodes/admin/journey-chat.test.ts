import type { ICredentialDataDecryptedObject, ICredentialTestFunctions, ICredentialType, IDataObject, INodeParameters } from 'n8n-workflow';

import { JourneyDiscordApi } from '../../../credentials/JourneyDiscordApi.credentials';
import { JourneyLineApi } from '../../../credentials/JourneyLineApi.credentials';
import { JourneySlackApi } from '../../../credentials/JourneySlackApi.credentials';
import { JourneySolapiApi } from '../../../credentials/JourneySolapiApi.credentials';
import { JourneyTelegramApi } from '../../../credentials/JourneyTelegramApi.credentials';
import { JourneyViberApi } from '../../../credentials/JourneyViberApi.credentials';
import { JourneyChat } from '../../../nodes/JourneyChat/JourneyChat.node';
import { CHAT_PROVIDERS, credentialTest } from '../../../nodes/JourneyChat/providers';
import { httpService, type Answer, type Service } from '../../engine/channels/http-service';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { defaulted, Desk, giveCredentials, SUBJECT } from './desk';
import type { DeskOptions } from './desk';

const SENT = 0;
const NOT_SENT = 1;
const ANN = '1111111';
const TAKEN: Answer = { status: 200, json: { ok: true, result: { message_id: 7 } } };

let world: World;
let service: Service;

beforeEach(async () => {
	world = await createWorld({ [`${PREFIX}journeyChat`]: new JourneyChat() });
	service = await httpService(TAKEN);
});
afterEach(async () => {
	await world.close();
	await service.close();
});

const telegram = (): ICredentialDataDecryptedObject => ({ botToken: '1:token', baseUrl: service.url });
const desk = (parameters: INodeParameters = {}, more: Partial<DeskOptions> = {}) =>
	new Desk({ type: 'journeyChat', node: new JourneyChat(), parameters, credentials: { journeyTelegramApi: telegram() }, ...more });
const transactional = { purpose: 'transactional', contactChatId: '={{ $json.chat }}' };
const chatOf = ({ json }: { json: IDataObject }) => json.chat as IDataObject;
const bodies = () => service.calls.map(({ json }) => json as Record<string, unknown>);

async function profile(identities: Record<string, string>, attributes: Record<string, string> = {}): Promise<number> {
	const report = await world.engine.profiles.upsert([{ identities: Object.entries(identities).map(([kind, value]) => ({ kind, value })), attributes }], { source: 'test' });
	return Number(report.profiles[0]);
}

describe('a manual run of Journey Chat', () => {
	it('renders the message as the chosen profile, sends nothing and records nothing', async () => {
		const ann = await profile({ telegram: ANN }, { name: 'A*n<n' });
		await world.engine.consent.set([{ profile: ann, channel: 'chat', topic: '', state: 'unsubscribed', source: 'form' }]);
		const before = await world.rows();
		const parameters = { format: 'markdown', text: '**Hi** {{ profile.name }}', buttons: { values: [{ label: 'Order {{ item.order }}', url: 'https://shop.example/{{ item.order }}' }] }, imageUrl: 'https://cdn.example/{{ item.order }}.jpg' };

		const run = await desk(parameters).run([{ order: 7, _journey: { manual: true, profile: ann } }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect(chatOf(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({
			status: 'rendered', sentTo: null, text: '<b>Hi</b> A*n&lt;n', characters: 8, imageUrl: 'https://cdn.example/7.jpg', buttons: [{ label: 'Order 7', url: 'https://shop.example/7' }], reachable: true, guards: { verdict: 'skip', guard: 'consent' },
		});
		expect(service.calls).toEqual([]);
		expect(await world.rows()).toEqual(before);
	});

	it.each<[string, INodeParameters, RegExp]>([
		['a text that is empty for the person', { text: '{{ item.none }}' }, /text is empty for this person/],
		['a picture of no web address', { text: 'Hi', imageUrl: 'javascript:alert(1)' }, /no http or https address for this person/],
	])('refuses in the words of the send what would be held: %s', async (_what, parameters, message) => {
		await profile({ telegram: ANN });

		const looked = await desk({ ...transactional, ...parameters }).run([{ chat: ANN }], 'manual');
		const sent = await desk({ ...transactional, ...parameters }).run([{ chat: ANN }]);

		expect(errorOf(looked)?.message).toMatch(message);
		expect(String(chatOf(outputOf(sent, SUBJECT, 1)[0]).reason)).toMatch(message);
	});

	it('sends the first three to the test recipient', async () => {
		const ann = await profile({ telegram: ANN });

		const run = await desk({ ...transactional, text: 'Hi', testRecipient: '999' }).run(Array.from({ length: 4 }, () => ({ _journey: { manual: true, profile: ann } })), 'manual');

		expect(bodies()).toMatchObject(Array.from({ length: 3 }, () => ({ chat_id: '999', text: 'Hi' })));
		expect(outputOf(run, SUBJECT, SENT).map((item) => chatOf(item).status)).toEqual(['test', 'test', 'test', 'rendered']);
	});

	it('finds the profile of an item from elsewhere by its chat, and says that somebody is not reachable', async () => {
		await profile({ telegram: ANN }, { firstName: 'Ann' });
		const ben = await profile({ line: 'U1' }, { firstName: 'Ben' });

		const run = await desk({ ...transactional, text: 'Hi {{ profile.firstName }}' }).run([{ chat: ANN }], 'manual');
		const other = await desk({ ...transactional, text: 'Hi {{ profile.firstName }}' }).run([{ _journey: { manual: true, profile: ben } }], 'manual');

		expect(chatOf(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({ text: 'Hi Ann', reachable: true });
		expect(chatOf(outputOf(other, SUBJECT, SENT)[0])).toMatchObject({ text: 'Hi Ben', reachable: false, guards: { guard: 'address', reason: 'no Telegram chat' } });
	});
});

describe('Journey Chat outside a journey', () => {
	it('sends to the chat of each item, and says on it what became of it', async () => {
		service.answer = ({ json }) => ((json as { chat_id: string }).chat_id === ANN ? TAKEN : { status: 403, json: { ok: false, error_code: 403, description: 'Forbidden: bot was blocked by the user' } });

		const run = await desk({ ...transactional, text: 'Order {{ item.order }}', options: { silent: true } }).run([{ chat: ANN, order: 7 }, { chat: '222', order: 8 }]);

		expect(bodies()[0]).toMatchObject({ chat_id: ANN, text: 'Order 7', disable_notification: true });
		expect(chatOf(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({ status: 'sent', reason: null });
		expect(chatOf(outputOf(run, SUBJECT, NOT_SENT)[0])).toMatchObject({ status: 'failed', reason: expect.stringContaining('has blocked the bot') as string });
		expect(await world.engine.messages.list({})).toMatchObject([{ channel: 'chat', provider: 'telegram' }, { channel: 'chat', provider: 'telegram' }]);
	});

	it('tells apart IDs that differ by the case of a letter', async () => {
		service.answer = { status: 200, text: '{"status":0,"status_message":"ok","message_token":5741311803571721087}' };
		const viber = { authToken: 't', senderName: 'Shop', baseUrl: service.url };

		await desk({ ...transactional, provider: 'viber', text: 'Hi' }, { credentials: { journeyViberApi: viber } }).run([{ chat: '01234567890A=' }, { chat: '01234567890a=' }]);

		expect(bodies().map(({ receiver }) => receiver).sort()).toEqual(['01234567890A=', '01234567890a=']);
	});

	it('fills in a template of Kakao, and its number in whichever way it is written', async () => {
		await world.engine.settings.set({ defaultCountry: 'KR' });
		service.answer = { status: 200, json: { statusCode: '2000', messageId: 'M1' } };
		const parameters = { ...transactional, provider: 'kakao', pfId: 'KA01PF', templateId: 'KA01TP', variables: { values: [{ name: 'order', value: '{{ item.order }}' }, { name: '#{name}', value: '{{ profile.firstName | default: "-" }}' }] } };

		await desk(parameters, { credentials: { journeySolapiApi: { apiKey: 'k', apiSecret: 's', baseUrl: service.url } } }).run([{ chat: '010-1234-5678', order: 7 }]);

		expect(bodies()).toMatchObject([{ message: { to: '01012345678', type: 'ATA', kakaoOptions: { pfId: 'KA01PF', templateId: 'KA01TP', variables: { '#{order}': '7', '#{name}': '-' }, disableSms: true } } }]);
	});

	it('takes the text of each item from an expression', async () => {
		await desk({ ...transactional, contentSource: 'expression', textExpression: '={{ $json.text }}' }).run([{ chat: ANN, text: 'One' }]);

		expect(bodies()).toMatchObject([{ text: 'One' }]);
	});

	it.each<[string, INodeParameters, RegExp]>([
		['a text that is empty', { text: ' ' }, /^The message has no text/],
		['Liquid that is wrong', { text: 'Hello {% if %}' }, /^Text, line 1/],
		['half a button', { text: 'Hi', buttons: { values: [{ label: 'Shop', url: '' }] } }, /^A button has no label or no address/],
		['a provider that is not known', { text: 'Hi', provider: 'pigeon' }, /'Provider' is none/],
		['an item without a chat', { text: 'Hi', contactChatId: '' }, /Nothing says to whom/],
	])('says what is wrong with %s', async (_what, parameters, message) => {
		const run = await desk({ ...transactional, ...parameters }).run([{ chat: ANN }]);

		expect(errorOf(run)?.message).toMatch(message);
		expect(service.calls).toEqual([]);
	});
});

describe('Journey Chat in a journey', () => {
	it('makes people wait while the service takes no more, and sends to them after it', async () => {
		await world.engine.settings.set({ quietHours: null, caps: [] });
		const ann = await profile({ telegram: ANN }, { firstName: 'Ann' });
		service.answer = { status: 429, json: { ok: false, error_code: 429, description: 'Too Many Requests: retry after 14', parameters: { retry_after: 14 } } };
		const n8n = world.draw({
			nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up' } }, { name: 'Chat', type: `${PREFIX}journeyChat`, parameters: {} }],
			edges: [['Start', 'Chat']],
		});
		giveCredentials(n8n, 'Chat', { journeyTelegramApi: telegram() });
		n8n.nodeNamed('Chat').parameters = defaulted(new JourneyChat(), { purpose: 'transactional', text: 'Hello {{ profile.firstName }}' }, n8n.nodeNamed('Chat'));
		await n8n.publish();
		await world.engine.events.ingest([{ type: 'track', event: 'Signed Up', profileId: ann }], { source: 'test' });
		await eventually(async () => (await world.engine.messages.list({}))[0]?.state === 'deferred');
		const [held] = await world.engine.messages.list({});
		service.answer = TAKEN;

		world.clock.advance(15_000);
		await eventually(async () => {
			world.clock.advance(1_000);
			return (await world.engine.journeys.status({ workflow: 'workflow-1' }))[0]?.completed === 1;
		});
		await n8n.close();

		expect(held).toMatchObject({ reason: expect.stringContaining('takes no more messages for now') as string });
		expect(bodies().map(({ text }) => text)).toEqual(['Hello Ann', 'Hello Ann']);
		expect(await world.engine.messages.list({})).toMatchObject([{ state: 'sent', provider: 'telegram' }]);
	});
});

describe('the credentials of Journey Chat', () => {
	const ALL: ICredentialType[] = [new JourneyDiscordApi(), new JourneyLineApi(), new JourneySlackApi(), new JourneySolapiApi(), new JourneyTelegramApi(), new JourneyViberApi()];
	const context = {} as ICredentialTestFunctions;
	const run = (credential: string, data: ICredentialDataDecryptedObject) => credentialTest[credential.replace(/Api$/, 'Test')]!.call(context, { id: '1', name: 'Test', type: credential, data });
	const dataOf = (credential: string): ICredentialDataDecryptedObject => Object.fromEntries((ALL.find(({ name }) => name === credential)?.properties ?? []).map(({ name, typeOptions }) => [name, name === 'baseUrl' ? service.url : typeOptions?.password === true ? 'secret-of-ours' : 'x']));

	it.each(CHAT_PROVIDERS.map(({ name, credential }) => [name, credential]))('of %s is tested by a call that sends nothing, and a wrong key is told without repeating it', async (_name, credential) => {
		service.answer = { status: 200, json: { ok: true, status: 0 } };
		const right = await run(credential, dataOf(credential));
		const paths = service.calls.map(({ path }) => path);
		service.answer = { status: 401, json: { ok: false, error: 'invalid_auth', message: 'who are you, secret-of-ours?', description: 'secret-of-ours' } };
		const wrong = await run(credential, dataOf(credential));
		const empty = await run(credential, {});

		expect(right).toMatchObject({ status: 'OK' });
		expect(paths).toHaveLength(1);
		expect(paths[0]).not.toMatch(/send|push|messages|postMessage/i);
		expect(wrong.status).toBe('Error');
		expect(wrong.message).not.toContain('secret-of-ours');
		expect(empty).toMatchObject({ status: 'Error', message: expect.stringMatching(/credential has no .+\. Fill it in\./) as string });
	});

	it.each(ALL)('$name explains each field and hides its secrets', ({ properties }) => {
		for (const property of properties) {
			expect(property.description).toBeTruthy();
			if (/secret|token|^apiKey$/i.test(property.name)) expect(property.typeOptions?.password).toBe(true);
		}
	});
});
