import type { ICredentialDataDecryptedObject, ICredentialTestFunctions, IDataObject, INodeParameters } from 'n8n-workflow';

import * as credentials from './sms-credentials';
import { JourneySms } from '../../../nodes/JourneySms/JourneySms.node';
import { credentialTest, SMS_PROVIDERS } from '../../../nodes/JourneySms/providers';
import { httpService, type Answer, type Service } from '../../engine/channels/http-service';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { defaulted, Desk, giveCredentials, SUBJECT } from './desk';
import type { DeskOptions } from './desk';

const SENT = 0;
const NOT_SENT = 1;
const BERLIN = '+4915112345678';

let world: World;
let gateway: Service;

beforeEach(async () => {
	world = await createWorld({ [`${PREFIX}journeySms`]: new JourneySms() });
	gateway = await httpService({ status: 201, json: { sid: 'SM1' } });
});
afterEach(async () => {
	await world.close();
	await gateway.close();
});

const twilio = (): ICredentialDataDecryptedObject => ({ accountSid: 'AC1', authToken: 'secret-token', from: '+15005550006', baseUrl: gateway.url });
const desk = (parameters: INodeParameters = {}, more: Partial<DeskOptions> = {}) =>
	new Desk({ type: 'journeySms', node: new JourneySms(), parameters, credentials: { journeyTwilioApi: twilio() }, ...more });
const transactional = { purpose: 'transactional', contactPhone: '={{ $json.phone }}' };
const smsOf = ({ json }: { json: IDataObject }) => json.sms as IDataObject;
const texts = () => gateway.calls.map(({ form }) => ({ to: form.get('To'), from: form.get('From'), text: form.get('Body'), media: form.getAll('MediaUrl') }));

async function profile(phone: string, attributes: Record<string, string> = {}): Promise<number> {
	const report = await world.engine.profiles.upsert([{ identities: [{ kind: 'phone', value: phone }], attributes }], { source: 'test' });
	return Number(report.profiles[0]);
}

describe('a manual run of Journey SMS', () => {
	it('renders the message as the chosen profile with encoding, segments and cost, sends nothing and records nothing', async () => {
		const anna = await profile(BERLIN, { firstName: 'Anna' });
		const before = await world.rows();
		const options = { prices: { values: [{ country: 'de', price: '0.075' }, { country: '*', price: '1' }] }, unsubscribeHint: 'Reply STOP, {{ profile.firstName }}' };

		const run = await desk({ text: 'Hello {{ profile.firstName }} – {{ profile.phone }} 😀', purpose: 'marketing', options }).run([{ _journey: { manual: true, profile: anna } }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		const [item] = outputOf(run, SUBJECT, SENT);
		expect(smsOf(item)).toMatchObject({
			status: 'rendered', sentTo: null, text: `Hello Anna - ${BERLIN} 😀\nReply STOP, Anna`, encoding: 'UCS-2', segments: 1, country: 'DE', from: '+15005550006', cost: '0.075',
			guards: { verdict: 'skip', guard: 'consent' },
		});
		expect(gateway.calls).toEqual([]);
		expect(await world.rows()).toEqual(before);
	});

	it('sends the first three to the test recipient, from the sender of that country', async () => {
		const anna = await profile(BERLIN, { firstName: 'Anna' });
		const items = Array.from({ length: 4 }, () => ({ _journey: { manual: true, profile: anna } }));
		const parameters = { ...transactional, text: 'Hi {{ profile.firstName }}', testRecipient: '+82 10 1234 5678', countrySenders: { values: [{ country: 'KR', from: '0212345678' }] } };

		const run = await desk(parameters).run(items, 'manual');

		expect(texts()).toEqual(Array.from({ length: 3 }, () => ({ to: '+821012345678', from: '0212345678', text: 'Hi Anna', media: [] })));
		expect(outputOf(run, SUBJECT, SENT).map((item) => smsOf(item).status)).toEqual(['test', 'test', 'test', 'rendered']);
	});

	it('finds the profile of an item from elsewhere by its number', async () => {
		await profile(BERLIN, { firstName: 'Anna' });

		const run = await desk({ ...transactional, text: 'Hi {{ profile.firstName }}, {{ item.order }}' }).run([{ phone: BERLIN, order: 7 }], 'manual');

		expect(smsOf(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({ text: 'Hi Anna, 7' });
	});
});

describe('what would keep a text message of a journey from leaving', () => {
	it.each<[string, INodeParameters, RegExp]>([
		['a text that is empty for the person', { text: '{{ item.none }}' }, /text is empty for this person/],
		['media of no web address', { text: 'Hi', mediaUrls: ['javascript:alert(1)'] }, /media URL is no http or https address/],
		['a country that has no sender', { text: 'Hi', senders: 'none' }, /no sender for numbers in DE/],
	])('is said in a manual run in the words of the send: %s', async (_what, { senders, ...parameters }, trouble) => {
		await profile(BERLIN);
		const credentials = { journeyTwilioApi: { ...twilio(), ...(senders === 'none' ? { from: '' } : {}) } };
		const own = senders === 'none' ? { countrySenders: { values: [{ country: 'KR', from: '0212345678' }] } } : {};
		const drawn = () => desk({ ...transactional, ...own, ...parameters }, { credentials });

		const looked = await drawn().run([{ phone: BERLIN }], 'manual');
		const sent = await drawn().run([{ phone: BERLIN }]);

		expect(errorOf(looked)).toBeUndefined();
		const said = smsOf(outputOf(looked, SUBJECT, SENT)[0]);
		expect(said).toMatchObject({ status: 'rendered', trouble: expect.stringMatching(trouble) as string });
		expect(looked.data.resultData.runData[SUBJECT]?.[0]?.hints?.map(({ type, message }) => `${type} ${message}`)).toContainEqual(expect.stringMatching(trouble));
		expect(smsOf(outputOf(sent, SUBJECT, NOT_SENT)[0])).toMatchObject({ status: 'failed', reason: said.trouble });
		expect(gateway.calls).toEqual([]);
	});

	it('is nothing where the text or a picture is there', async () => {
		await profile(BERLIN);

		const run = await desk({ ...transactional, text: '{{ item.none }}', mediaUrls: ['https://cdn.example/a.jpg'] }).run([{ phone: BERLIN }], 'manual');

		expect(smsOf(outputOf(run, SUBJECT, SENT)[0])).not.toHaveProperty('trouble');
	});
});

describe('Journey SMS outside a journey', () => {
	it('keeps what each message cost, by its prices', async () => {
		const options = { prices: { values: [{ country: 'DE', price: '0.075' }] } };

		const run = await desk({ ...transactional, text: 'x'.repeat(161), options }).run([{ phone: BERLIN }, { phone: '+821012345678' }]);

		expect(errorOf(run)).toBeUndefined();
		const lines = (await world.engine.messages.list({})).map(({ segments, cost }) => ({ segments, cost }));
		expect(lines).toHaveLength(2);
		expect(lines).toEqual(expect.arrayContaining([{ segments: 2, cost: '0.15' }, { segments: 2, cost: null }]));
	});

	it('leaves links as they are written, unless clicks are to be tracked', async () => {
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		const text = 'See https://shop.example/sale';

		await desk({ ...transactional, text }).run([{ phone: BERLIN }]);
		await desk({ ...transactional, text, options: { trackClicks: true } }).run([{ phone: '+4915112345679' }]);

		expect(texts().map((sent) => sent.text)).toEqual([text, expect.stringMatching(/^See https:\/\/shop\.example\/j\/\S+$/)]);
	});

	it('sends to the number of each item, and says on it what became of it', async () => {
		gateway.answer = ({ form }) => (form.get('To') === BERLIN ? { status: 201, json: { sid: 'SM1' } } : { status: 400, json: { code: 21610, message: 'unsubscribed' } });

		const run = await desk({ ...transactional, text: 'Order {{ item.order }}', mediaUrls: ['https://cdn.example/{{ item.order }}.jpg', ''] }).run([{ phone: BERLIN, order: 7 }, { phone: '+12125550123', order: 8 }]);

		expect(texts()[0]).toEqual({ to: BERLIN, from: '+15005550006', text: 'Order 7', media: ['https://cdn.example/7.jpg'] });
		expect(smsOf(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({ status: 'sent', reason: null });
		expect(smsOf(outputOf(run, SUBJECT, NOT_SENT)[0])).toMatchObject({ status: 'failed', reason: expect.stringContaining('answered STOP') as string });
		expect(await world.engine.messages.list({})).toMatchObject([{ channel: 'sms', provider: 'twilio' }, { channel: 'sms', provider: 'twilio' }]);
	});

	it('sends a picture of the own library by Solapi, which gets it as a file', async () => {
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		const { url } = await world.engine.images.upload({ bytes: Buffer.from('R0lGODlhAQABAIAAAP8AAAAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64'), name: 'dot', alt: '' });
		gateway.answer = ({ method, path }) => ({ status: 200, json: method === 'GET' ? { fileList: [] } : path === '/storage/v1/files' ? { fileId: 'ST01FZ1' } : { statusCode: '2000', messageId: 'M4V1' } });

		const run = await desk({ ...transactional, provider: 'solapi', text: 'Order {{ item.order }}', mediaUrls: [String(url)] }, { credentials: { journeySolapiApi: { apiKey: `KEY of ${gateway.url}`, apiSecret: 'secret', from: '029302266', baseUrl: gateway.url } } }).run([{ phone: '+821012345678', order: 7 }]);

		expect(smsOf(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({ status: 'sent' });
		expect(gateway.calls.map(({ path }) => path.replace(/\?.*/, ''))).toEqual(['/storage/v1/files', '/storage/v1/files', '/messages/v4/send']);
		expect(gateway.calls[2]?.json).toMatchObject({ message: { type: 'MMS', imageId: 'ST01FZ1', text: 'Order 7' } });
	});

	it.each(SMS_PROVIDERS.map(({ value }) => value))('shows Media URLs for %s, as all providers have pictures', (provider) => {
		expect(desk({ provider, mediaUrls: ['https://cdn.example/a.jpg'] }).node.parameters.mediaUrls).toEqual(['https://cdn.example/a.jpg']);
	});

	it('names the item without a number, and sends the others theirs when it goes on at errors', async () => {
		const items = [{ phone: BERLIN }, { phone: 'call me' }, {}];

		const stopped = await desk({ ...transactional, text: 'Hi' }).run([{ phone: BERLIN }, { phone: 'call me' }]);
		const calls = gateway.calls.length;
		const run = await desk({ ...transactional, text: 'Hi' }, { onError: 'continueRegularOutput' }).run(items);

		expect(errorOf(stopped)).toMatchObject({ message: expect.stringContaining('no usable contact phone') as string, context: { itemIndex: 1 } });
		expect(calls).toBe(0);
		expect(texts().map(({ to }) => to)).toEqual([BERLIN]);
		expect(outputOf(run, SUBJECT, NOT_SENT).map(({ json }) => String(json.error))).toHaveLength(2);
	});

	it('takes the text of each item from an expression', async () => {
		await desk({ ...transactional, contentSource: 'expression', textExpression: '={{ $json.text }}' }).run([{ phone: BERLIN, text: 'One' }]);

		expect(texts()).toMatchObject([{ text: 'One' }]);
	});

	it('comes from the node, the sender that it chose, the credential or Settings, in this order', async () => {
		await world.engine.settings.set({ senders: [{ key: 'shop', channel: 'sms', address: 'SHOP' }, { key: 'bank', channel: 'sms', address: 'BANK' }] });
		let last = 4915112345670;
		// To another number each time: a second run of the same item sends nothing.
		const send = async (parameters: INodeParameters, from: string) => {
			await desk({ ...transactional, text: 'Hi', ...parameters }, { credentials: { journeyTwilioApi: { ...twilio(), from } } }).run([{ phone: `+${(last += 1)}` }]);
			return texts().at(-1)?.from;
		};

		expect(await send({ from: 'NODE', sender: 'bank' }, 'CRED')).toBe('NODE');
		expect(await send({ sender: 'bank' }, 'CRED')).toBe('BANK');
		expect(await send({}, 'CRED')).toBe('CRED');
		expect(await send({}, '')).toBe('SHOP');
	});

	it.each<[string, INodeParameters, RegExp]>([
		['a text that is empty', { text: ' ' }, /^The message has no text/],
		['a text and a picture that are empty', { text: '', mediaUrls: [' '] }, /^The message has no text/],
		['Liquid that is wrong', { text: 'Hello {% if %}' }, /^Text, line 1/],
		['a country that is none', { text: 'Hi', countrySenders: { values: [{ country: 'Germany', from: 'X' }] } }, /Senders per Country/],
		['a price that is none', { text: 'Hi', options: { prices: { values: [{ country: 'DE', price: '7 cents' }] } } }, /Prices per Segment/],
		['a provider that is not known', { text: 'Hi', provider: 'pigeon' }, /'Provider' is none/],
		['a purpose that is none', { text: 'Hi', purpose: 'Marketing' }, /'Purpose' is neither Marketing nor Transactional/],
	])('says what is wrong with %s', async (_what, parameters, message) => {
		const run = await desk({ ...transactional, ...parameters }).run([{ phone: BERLIN }]);

		expect(errorOf(run)?.message).toMatch(message);
		expect(gateway.calls).toEqual([]);
	});

	it('says that there is no sender, and where one is chosen', async () => {
		const nobody = await desk({ ...transactional, text: 'Hi' }, { credentials: { journeyTwilioApi: { ...twilio(), from: '' } } }).run([{ phone: BERLIN }]);

		expect(errorOf(nobody)).toMatchObject({ message: 'The message has no sender' });
		expect(gateway.calls).toEqual([]);
	});
});

describe('Journey SMS in a journey', () => {
	it('holds people in the quiet hours where their number is, and sends to them in the morning', async () => {
		await world.engine.settings.set({ zone: 'UTC', quietHours: { from: '21:00', to: '08:00' }, caps: [] });
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		const anna = await profile('+821012345678', { firstName: 'Anna' });
		await world.engine.consent.set([{ profile: anna, channel: 'sms', topic: '', state: 'subscribed', source: 'form' }]);
		// 22:00 in Seoul.
		const nightMs = Date.parse('2026-03-03T13:00:00Z');
		world.clock.set(nightMs);
		const n8n = world.draw({
			nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up' } }, { name: 'Text', type: `${PREFIX}journeySms`, parameters: {} }],
			edges: [['Start', 'Text']],
		});
		giveCredentials(n8n, 'Text', { journeyTwilioApi: twilio() });
		n8n.nodeNamed('Text').parameters = defaulted(new JourneySms(), { purpose: 'marketing', text: 'Hello {{ profile.firstName }}' }, n8n.nodeNamed('Text'));
		await n8n.publish();
		await world.engine.events.ingest([{ type: 'track', event: 'Signed Up', profileId: anna }], { source: 'test' });
		await eventually(async () => (await world.engine.messages.list({}))[0]?.state === 'deferred');
		const [held] = await world.engine.messages.list({});
		const atNight = gateway.calls.length;

		world.clock.set(Date.parse('2026-03-03T23:00:00Z'));
		await eventually(async () => {
			world.clock.advance(1_000);
			return (await world.engine.journeys.status({ workflow: 'workflow-1' }))[0]?.completed === 1;
		});
		await n8n.close();

		expect(held).toMatchObject({ guard: 'quiet hours', reason: 'quiet hours 21:00 to 08:00 in Asia/Seoul' });
		expect(atNight).toBe(0);
		expect(texts()).toMatchObject([{ to: '+821012345678', text: 'Hello Anna' }]);
		expect(n8n.runs.filter((run) => outputOf(run, 'Text', SENT).length > 0)).toHaveLength(1);
	});
});

describe('the credentials of Journey SMS', () => {
	const context = {} as ICredentialTestFunctions;
	const run = (credential: string, data: ICredentialDataDecryptedObject) => credentialTest[credential.replace(/Api$/, 'Test')]!.call(context, { id: '1', name: 'Test', type: credential, data });
	const ok: Answer = { status: 200, json: {} };

	it.each(SMS_PROVIDERS.map(({ name, credential }) => [name, credential]))('of %s is tested by a call that sends nothing, and a wrong key is told without repeating it', async (_name, credential) => {
		const data = credentials.dataOf(credential, gateway.url);
		gateway.answer = ok;
		const right = await run(credential, data);
		const methods = gateway.calls.map(({ method }) => method);
		gateway.answer = { status: 401, json: { message: 'who are you, secret-of-ours?' } };
		const wrong = await run(credential, data);
		const empty = await run(credential, {});

		expect(right).toMatchObject({ status: 'OK' });
		expect(methods).toEqual(['GET']);
		expect(wrong.status).toBe('Error');
		expect(wrong.message).not.toContain('secret-of-ours');
		expect(empty).toMatchObject({ status: 'Error', message: expect.stringMatching(/credential has no .+\. Fill it in\./) as string });
	});

	it.each(credentials.ALL)('$name explains each field and hides its secrets', ({ properties }) => {
		for (const property of properties) {
			expect(property.description).toBeTruthy();
			if (/secret|token|^apiKey$|privateKey/i.test(property.name)) expect(property.typeOptions?.password).toBe(true);
		}
	});
});
