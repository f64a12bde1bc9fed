import '../harness/environment';

import { createHmac } from 'node:crypto';

import { LoadOptionsContext } from 'n8n-core';
import type { ICredentialDataDecryptedObject, ICredentialTestFunctions, IDataObject, ILoadOptionsFunctions, INodeParameters } from 'n8n-workflow';

import { JourneyWhatsAppApi } from '../../../credentials/JourneyWhatsAppApi.credentials';
import { JourneyWhatsApp } from '../../../nodes/JourneyWhatsApp/JourneyWhatsApp.node';
import { credentialTest } from '../../../nodes/JourneyWhatsApp/providers';
import { templateLists } from '../../../nodes/JourneyWhatsApp/templateLists';
import { listSearch } from '../../../nodes/shared/fields';
import { httpService, type Service } from '../../engine/channels/http-service';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { additionalDataOf, defaulted, Desk, giveCredentials, SUBJECT } from './desk';
import type { DeskOptions } from './desk';

const SENT = 0;
const NOT_SENT = 1;
const BERLIN = '+4915112345678';
const SEOUL = '+821012345678';
const NUMBER = '106540352242922';
const PROMO = { name: 'promo', language: 'en_US', status: 'APPROVED', category: 'UTILITY', components: [{ type: 'BODY', text: 'Hi {{1}}, order {{2}}' }] };
const CONTENT = { sid: `HX${'a'.repeat(32)}`, friendly_name: 'Order', language: 'en', types: { 'twilio/text': { body: 'Hi {{name}}' } }, approval_requests: { category: 'UTILITY', status: 'approved' } };

let world: World;
let service: Service;
let templates: object[];

beforeEach(async () => {
	world = await createWorld({ [`${PREFIX}journeyWhatsApp`]: new JourneyWhatsApp() });
	templates = [PROMO];
	service = await httpService(({ method, path }) => {
		if (method === 'GET') return path.startsWith('/v1/Content') ? { status: 200, json: path.includes('AndApprovals') ? { contents: templates } : path.endsWith('ApprovalRequests') ? { whatsapp: CONTENT.approval_requests } : CONTENT } : { status: 200, json: { data: templates } };
		return path.includes('/Messages.json') ? { status: 201, json: { sid: 'SM1' } } : { status: 200, json: { messages: [{ id: 'wamid.1' }] } };
	});
});
afterEach(async () => {
	await world.close();
	await service.close();
});

const meta = (given: IDataObject = {}): ICredentialDataDecryptedObject => ({ accessToken: 'secret-token', phoneNumberId: NUMBER, businessAccountId: '102290129340398', version: 'v23.0', baseUrl: service.url, ...given } as ICredentialDataDecryptedObject);
const twilio = (): ICredentialDataDecryptedObject => ({ accountSid: 'AC1', authToken: 'secret-token', from: '+15005550006', baseUrl: service.url });
const desk = (parameters: INodeParameters = {}, more: Partial<DeskOptions> = {}) =>
	new Desk({ type: 'journeyWhatsApp', node: new JourneyWhatsApp(), parameters, credentials: { journeyWhatsAppApi: meta(), journeyTwilioApi: twilio() }, ...more });
const list = (value: string) => ({ __rl: true, mode: 'list', value });
const transactional = { purpose: 'transactional', contactPhone: '={{ $json.phone }}' };
const promo = { template: list('promo'), language: list('en_US'), parameters: { values: [{ name: '', value: '{{ profile.firstName }}' }, { name: '', value: '{{ item.order }}' }] } };
const shownOf = ({ json }: { json: IDataObject }) => json.whatsapp as IDataObject;
const sent = () => service.calls.filter(({ method }) => method === 'POST');

async function profile(phone: string, firstName = 'Anna'): Promise<number> {
	const report = await world.engine.profiles.upsert([{ identities: [{ kind: 'phone', value: phone }], attributes: { firstName } }], { source: 'test' });
	const id = Number(report.profiles[0]);
	await world.engine.consent.set([{ profile: id, channel: 'whatsapp', topic: '', state: 'subscribed', source: 'form' }]);
	return id;
}

describe('a manual run of Journey WhatsApp', () => {
	it('shows the template as the person reads it and what its buttons are given, sends nothing and records nothing', async () => {
		const anna = await profile(BERLIN);
		templates = [{ ...PROMO, components: [...PROMO.components, { type: 'HEADER', format: 'DOCUMENT' }, { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY' }, { type: 'URL', url: 'https://shop.example/{{1}}' }] }] }];
		const before = await world.rows();

		const run = await desk({
			purpose: 'transactional', ...promo, headerType: 'document', headerUrl: 'https://cdn.example/{{ item.order }}.pdf', headerFileName: 'Order {{ item.order }}.pdf',
			buttons: { values: [{ place: 2, type: 'url', value: 'orders/{{ item.order }}' }] },
		}).run([{ _journey: { manual: true, profile: anna }, order: 7 }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect(shownOf(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({
			status: 'rendered', sentTo: null, from: NUMBER, kind: 'template', text: 'Hi Anna, order 7', guards: { verdict: 'send' },
			template: { id: 'promo', language: 'en_US', header: { kind: 'document', url: 'https://cdn.example/7.pdf', fileName: 'Order 7.pdf' }, body: [{ text: 'Anna' }, { text: '7' }], buttons: [{ index: 1, kind: 'url', text: 'orders/7' }] },
		});
		expect(sent()).toEqual([]);
		expect(await world.rows()).toEqual(before);
	});

	it.each<[string, INodeParameters, RegExp]>([
		['a text that is empty for the person', { contentSource: 'text', text: '{{ item.none }}' }, /text is empty for this person/],
		['media of no web address', { contentSource: 'media', mediaUrl: 'javascript:alert(1)' }, /media URL is no web address for this person/],
	])('refuses what the send would hold: %s', async (_what, parameters, message) => {
		const anna = await profile(BERLIN);

		const run = await desk({ purpose: 'transactional', ...parameters }).run([{ _journey: { manual: true, profile: anna } }], 'manual');

		expect(errorOf(run)?.message).toMatch(message);
	});

	it('says of a text that the window is closed, and shows what would go instead', async () => {
		const anna = await profile(BERLIN);
		const text = { purpose: 'transactional', contentSource: 'text', text: 'Hello {{ profile.firstName }}' };

		const skipped = await desk(text).run([{ _journey: { manual: true, profile: anna } }], 'manual');
		const instead = await desk({ ...text, whenClosed: 'template', ...promo }).run([{ _journey: { manual: true, profile: anna }, order: 7 }], 'manual');

		expect(shownOf(outputOf(skipped, SUBJECT, SENT)[0])).toMatchObject({ kind: 'text', text: 'Hello Anna', guards: { verdict: 'skip', guard: 'service window' } });
		expect(shownOf(outputOf(instead, SUBJECT, SENT)[0])).toMatchObject({ kind: 'text', text: 'Hello Anna', whenClosed: { kind: 'template', text: 'Hi Anna, order 7' }, guards: { verdict: 'send' } });
	});

	it('sends the first three to the test recipient', async () => {
		const anna = await profile(BERLIN);

		const run = await desk({ purpose: 'transactional', ...promo, testRecipient: '+82 10 1234 5678' }).run(Array.from({ length: 4 }, () => ({ _journey: { manual: true, profile: anna }, order: 7 })), 'manual');

		expect(sent().map(({ json }) => (json as IDataObject).to)).toEqual([SEOUL, SEOUL, SEOUL]);
		expect(outputOf(run, SUBJECT, SENT).map((item) => shownOf(item).status)).toEqual(['test', 'test', 'test', 'rendered']);
	});
});

describe('Journey WhatsApp outside a journey', () => {
	it('sends the template to the number of each item, and skips who never signed up', async () => {
		await profile(BERLIN);

		const run = await desk({ ...transactional, ...promo }).run([{ phone: BERLIN, order: 7 }, { phone: SEOUL, order: 8 }]);

		expect(sent().map(({ path, json }) => [path, (json as IDataObject).to])).toEqual([[`/v23.0/${NUMBER}/messages`, BERLIN]]);
		expect(shownOf(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({ status: 'sent', reason: null });
		expect(shownOf(outputOf(run, SUBJECT, NOT_SENT)[0])).toMatchObject({ status: 'skipped', reason: 'no consent: never subscribed to whatsapp' });
	});

	it('sends a picture with its caption, or the template where the window is closed', async () => {
		await profile(BERLIN);
		const media = { ...transactional, contentSource: 'media', mediaType: 'image', mediaUrl: 'https://cdn.example/{{ item.order }}.jpg', caption: 'For {{ profile.firstName }}' };

		const skipped = await desk(media).run([{ phone: BERLIN, order: 7 }]);
		await profile(SEOUL);
		const instead = await desk({ ...media, whenClosed: 'template', ...promo }).run([{ phone: SEOUL, order: 8 }]);

		expect(shownOf(outputOf(skipped, SUBJECT, NOT_SENT)[0])).toMatchObject({ status: 'skipped', reason: expect.stringContaining('service window') as string });
		expect(shownOf(outputOf(instead, SUBJECT, SENT)[0])).toMatchObject({ status: 'sent', reason: 'the 24-hour window was closed: the template was sent instead' });
		expect(sent().map(({ json }) => (json as IDataObject).type)).toEqual(['template']);
	});

	it('sends a one-time code', async () => {
		await profile(BERLIN);
		templates = [{ name: 'login', language: 'en_US', status: 'APPROVED', category: 'AUTHENTICATION', components: [{ type: 'BODY', text: '*{{1}}* is your code.' }, { type: 'BUTTONS', buttons: [{ type: 'OTP' }] }] }];

		const run = await desk({ ...transactional, template: list('login'), templateType: 'code', code: '{{ item.code }}' }).run([{ phone: BERLIN, code: 4711 }]);

		expect(errorOf(run)).toBeUndefined();
		expect(JSON.stringify(sent()[0]?.json)).toContain('"sub_type":"url","index":"0","parameters":[{"type":"text","text":"4711"}]');
	});

	it('through Twilio sends content by its SID and variables, from the node, the chosen sender or the first in Settings', async () => {
		await world.engine.settings.set({ senders: [{ key: 'sms', channel: 'sms', address: '+15005550001' }, { key: 'shop', channel: 'whatsapp', address: '+14155238886' }, { key: 'bank', channel: 'whatsapp', address: 'whatsapp:+14155238887' }] });
		let last = 4915112345670;
		// To another number each time: a second run of the same item sends nothing.
		const send = async (parameters: INodeParameters) => {
			await profile(`+${(last += 1)}`);
			const run = await desk({ ...transactional, provider: 'twilio', template: list(CONTENT.sid), parameters: { values: [{ name: 'name', value: '{{ profile.firstName }}' }] }, ...parameters }).run([{ phone: `+${last}` }]);
			expect(errorOf(run)).toBeUndefined();
			return sent().at(-1)?.form;
		};

		const form = await send({});

		expect([form?.get('To'), form?.get('From'), form?.get('ContentSid'), form?.get('ContentVariables')]).toEqual(['whatsapp:+4915112345671', 'whatsapp:+14155238886', CONTENT.sid, '{"name":"Anna"}']);
		expect((await send({ sender: list('bank') }))?.get('From')).toBe('whatsapp:+14155238887');
		expect((await send({ sender: list('bank'), from: '+14155238888' }))?.get('From')).toBe('whatsapp:+14155238888');
	});

	it.each<[string, INodeParameters, RegExp]>([
		['no template', { template: list('') }, /^No template is chosen/],
		['a text that is empty', { contentSource: 'text', text: ' ' }, /^The message has no text/],
		['no media', { contentSource: 'media' }, /^The message has no media/],
		['Liquid that is wrong', { ...promo, parameters: { values: [{ value: '{% if %}' }] } }, /^Parameter, line 1/],
		['parameters that are missing', { template: list('promo'), language: list('en_US') }, /has 2 parameters, and the step gives 0/],
		['no sender at Twilio', { provider: 'twilio', template: list(CONTENT.sid) }, /^The message has no sender/],
		['a sender that is not there', { ...promo, sender: list('gone') }, /no sender "gone"/],
		['a provider that is not known', { provider: 'pigeon' }, /'Provider' is none/],
	])('says what is wrong with %s', async (_what, parameters, message) => {
		await profile(BERLIN);

		const run = await desk({ ...transactional, ...parameters }).run([{ phone: BERLIN }]);

		expect(errorOf(run)?.message).toMatch(message);
		expect(sent()).toEqual([]);
	});
});

describe('Journey WhatsApp in a journey', () => {
	it('holds people over the night, and in the morning sends the template, since the window has closed', async () => {
		await world.engine.settings.set({ zone: 'UTC', quietHours: { from: '21:00', to: '08:00' }, caps: [] });
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c', callbacks: { meta: { appSecret: 's', verifyToken: 'v' } } });
		const anna = await profile(SEOUL);
		// 22:00 in Seoul.
		const nightMs = Date.parse('2026-03-03T13:00:00Z');
		world.clock.set(nightMs - 20 * 3_600_000);
		const body = Buffer.from(JSON.stringify({ object: 'whatsapp_business_account', entry: [{ changes: [{ field: 'messages', value: { metadata: { phone_number_id: NUMBER }, messages: [{ from: SEOUL.slice(1), id: 'wamid.in', type: 'text', text: { body: 'Hi' } }] } }] }] }));
		const told = await world.engine.collector.handle({ route: 'callbacks/meta', method: 'POST', query: {}, headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', 's').update(body).digest('hex')}` }, body });
		world.clock.set(nightMs);
		const n8n = world.draw({
			nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up' } }, { name: 'Chat', type: `${PREFIX}journeyWhatsApp`, parameters: {} }],
			edges: [['Start', 'Chat']],
		});
		giveCredentials(n8n, 'Chat', { journeyWhatsAppApi: meta() });
		n8n.nodeNamed('Chat').parameters = defaulted(new JourneyWhatsApp(), { purpose: 'marketing', contentSource: 'text', text: 'Hello {{ profile.firstName }}', whenClosed: 'template', ...promo, parameters: { values: [{ value: '{{ profile.firstName }}' }, { value: '7' }] } }, n8n.nodeNamed('Chat'));
		await n8n.publish();
		// Before anybody has come by.
		await eventually(async () => (await listSearch.searchMessageSteps.call(stepsContext())).results.length === 1);
		await world.engine.events.ingest([{ type: 'track', event: 'Signed Up', profileId: anna }], { source: 'test' });
		await eventually(async () => (await world.engine.messages.list({}))[0]?.state === 'deferred');
		const atNight = sent().length;

		world.clock.set(Date.parse('2026-03-03T23:00:00Z'));
		await eventually(async () => {
			world.clock.advance(1_000);
			return (await world.engine.journeys.status({ workflow: 'workflow-1' }))[0]?.completed === 1;
		});
		await n8n.close();

		expect([told.status, atNight]).toEqual([200, 0]);
		expect(sent().map(({ json }) => [(json as IDataObject).to, (json as IDataObject).type])).toEqual([[SEOUL, 'template']]);
		expect(await world.engine.messages.list({})).toMatchObject([{ channel: 'whatsapp', provider: 'meta', state: 'sent', reason: 'the 24-hour window was closed: the template was sent instead' }]);
	});

	/** A rule's field for the step of a message, beside the workflow. */
	function stepsContext(): ILoadOptionsFunctions {
		const parameters: INodeParameters = { rule: { group: [{ combine: 'all', conditions: { message: [{ workflow: list('workflow-1') }] } }] } };
		const { n8n } = desk();
		return new LoadOptionsContext(n8n.workflow, n8n.nodeNamed(SUBJECT), { ...additionalDataOf(n8n, 'manual'), currentNodeParameters: parameters } as never, 'parameters.rule.group[0].conditions.message[0].step') as unknown as ILoadOptionsFunctions;
	}
});

describe('the lists of Journey WhatsApp', () => {
	const offered = async (method: keyof typeof templateLists, parameters: INodeParameters, filter?: string) => {
		const { n8n } = desk(parameters);
		const additional = { ...additionalDataOf(n8n, 'manual'), currentNodeParameters: parameters } as never;
		const context = new LoadOptionsContext(n8n.workflow, n8n.nodeNamed(SUBJECT), additional, 'parameters.template');
		return (await templateLists[method].call(context as unknown as ILoadOptionsFunctions, filter)).results.map(({ name, value }) => [value, name]);
	};

	it('offer the templates of the account, each once, with what keeps them from being sent, and its languages', async () => {
		templates = [PROMO, { ...PROMO, language: 'de' }, { ...PROMO, name: 'sale', category: 'MARKETING', status: 'PAUSED', components: [] }];

		expect(await offered('searchWhatsAppTemplates', { provider: 'meta' })).toEqual([['promo', 'promo (utility; 2 parameters; en_US, de)'], ['sale', 'sale (marketing; 0 parameters; en_US; paused)']]);
		expect(await offered('searchWhatsAppTemplates', { provider: 'meta' }, 'SAL')).toHaveLength(1);
		expect(await offered('searchWhatsAppLanguages', { provider: 'meta', template: list('promo') })).toEqual([['de', 'de'], ['en_US', 'en_US']]);
	});

	it('offer Twilio\'s contents by SID', async () => {
		templates = [CONTENT];

		expect(await offered('searchWhatsAppTemplates', { provider: 'twilio' })).toEqual([[CONTENT.sid, 'Order (utility; 1 parameter; en)']]);
	});

	it('say why there are none', async () => {
		service.answer = { status: 401, json: { error: { code: 190, message: 'expired' } } };

		await expect(offered('searchWhatsAppTemplates', { provider: 'meta' })).rejects.toThrow(/WhatsApp refused the login/);
	});
});

describe('the Journey WhatsApp credential', () => {
	const test = async (data: IDataObject) => await credentialTest.journeyWhatsAppTest!.call({} as ICredentialTestFunctions, { id: '1', name: 'Test', type: '', data: data as ICredentialDataDecryptedObject });

	it('is tested by reading the number and its templates, and a wrong token is told without repeating it', async () => {
		const right = await test(meta());
		const paths = service.calls.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
		service.answer = { status: 401, json: { error: { code: 190, message: 'Malformed access token secret-token' } } };
		const wrong = await test(meta());

		expect(right).toEqual({ status: 'OK', message: 'Connected to Meta Cloud API' });
		expect(paths).toEqual([`GET /v23.0/${NUMBER}`, 'GET /v23.0/102290129340398/message_templates']);
		expect(wrong.status).toBe('Error');
		expect(wrong.message).not.toContain('secret-token');
		expect(await test({})).toMatchObject({ status: 'Error', message: 'The Meta Cloud API credential has no Access Token. Fill it in.' });
	});

	it('explains each field and hides its secrets', () => {
		for (const property of new JourneyWhatsAppApi().properties) {
			expect(property.description).toBeTruthy();
			if (/secret|token/i.test(property.name)) expect(property.typeOptions?.password).toBe(true);
		}
	});
});
