import type { JsonObject, SendResult, TestSendRequest } from '../../../engine';
import { httpService, type Service } from '../channels/http-service';
import { DATABASES } from '../databases';
import type { Leg } from '../journeys/walk';
import { World } from '../journeys/world';
import { ChatGateway } from '../messages/chat-gateway';
import { BERLIN, MetaNumber, SEOUL } from '../messages/meta-number';
import { PushService, token } from '../messages/push-service';

const HOME = { street: '210 King St', city: 'San Francisco', state: 'CA', postalCode: '94107' };
const POSTAL = { name: '{{ profile.name }}', company: '', line1: '{{ profile.address.street }}', line2: '', city: '{{ profile.address.city }}', state: '{{ profile.address.state }}', postalCode: '{{ profile.address.postalCode }}', country: 'US' };
const PRINT = { mailType: 'usps_first_class' as const, postcard: { size: '4x6' as const }, letter: { size: 'us_letter' as const, color: false, doubleSided: true, addressPlacement: 'top_first_page' as const, extraService: null } };
const SHOWING = { kind: 'modal' as const, slot: '', anyBrowser: false, recall: true, priority: 50, mostShows: 3, gapHours: 24, expiresAfterHours: 168, rules: { trigger: { on: 'load' as const }, urls: [], notUrls: [] }, style: { accent: '', theme: 'auto' as const, position: 'end' as const } };

describe.each(DATABASES)('A template of any channel, on %s', (kind) => {
	let world: World;
	let chat: ChatGateway;
	let push: PushService;
	let lob: Service;
	let leg: Leg;
	const trigger = () => world.walk.step('trigger', 'trigger');

	beforeEach(async () => {
		chat = await ChatGateway.open();
		push = await PushService.open();
		lob = await httpService(() => ({ status: 200, json: { id: 'psc_1' } }));
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.engine.settings.set({ quietHours: null, caps: [], currency: 'EUR' });
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		await world.engine.brand.set({ name: 'Lamps & Co' });
		await world.engine.blocks.save({ key: 'sign', content: { format: 'text', source: '{{ brand.name }}, {{ profile.name }}' } });
		await world.engine.blocks.publish('sign');
		const of = (n: number, locale: string) => ({ identities: [{ kind: 'user_id', value: `u${n}` }, { kind: 'telegram', value: `11111${n}` }, { kind: 'device', value: token(`d${n}`) }], attributes: { name: `P${n}`, locale, address: HOME } });
		const { profiles } = await world.engine.profiles.upsert([of(1, 'de-AT'), of(2, 'fr')], { source: 't' });
		await world.track('Signed Up', profiles.map(Number));
		leg = await world.walk.start(trigger());
	});
	afterEach(async () => {
		await world.close();
		await chat.close();
		await push.close();
		await lob.close();
	});

	async function published(channel: 'chat' | 'push' | 'onsite' | 'directmail', of: (hello: string) => JsonObject): Promise<void> {
		await world.engine.templates.save({ key: 'hello', channel, language: 'en', content: of('Hello') });
		await world.engine.templates.save({ key: 'hello', language: 'de', content: of('Hallo') });
		await world.engine.templates.publish('hello');
	}
	const batch = (type: string) => ({ step: world.walk.step('send', type), template: 'hello', purpose: 'transactional' as const, topic: '', items: leg.people.map(({ stamp, json }, index) => ({ index, stamp, item: json })) });
	const languages = async () => (await world.engine.messages.list({})).map(({ template }) => `${template?.key ?? ''} ${template?.version ?? ''} ${template?.language ?? ''}`).sort();
	const sign = "{% render 'sign' %} {{ 2.5 | money }}";
	const spaced = (text: unknown) => String(text).replace(/[\u00a0\u202f]/g, ' ');

	const WAYS: ReadonlyArray<[channel: 'chat' | 'push' | 'onsite' | 'directmail', content: (hello: string) => JsonObject, send: () => Promise<SendResult[]>, got: () => Promise<string[]> | string[], escaped: boolean]> = [
		['chat', (hello) => ({ format: 'html', text: `${hello} ${sign}`, buttons: [{ label: hello, url: 'https://shop.ch' }] }), () => world.engine.messages.sendChat({ ...batch('chat'), trackClicks: false, provider: chat.telegram }), () => chat.sent.map(({ json }) => String(json.text)), true],
		['push', (hello) => ({ title: hello, body: `${hello} ${sign}` }), () => world.engine.messages.sendPush({ ...batch('push'), trackClicks: false, priority: 'high', provider: push.config }), () => push.sent.map(({ body }) => body), false],
		['onsite', (hello) => ({ headline: hello, text: `${hello} ${sign}`, buttons: [] }), () => world.engine.messages.sendOnSite({ ...batch('onSite'), showing: SHOWING, provider: { kind: 'onSite' } }), async () => (await world.rows<{ content: string | { text: string } }>('select content from onsite_message')).map(({ content }) => (typeof content === 'string' ? (JSON.parse(content) as { text: string }) : content).text), false],
		['directmail', (hello) => ({ kind: 'postcard', front: { kind: 'html', source: `${hello} ${sign}` }, back: { kind: 'html', source: '<p>Bye</p>' } }), () => world.engine.messages.sendDirectMail({ ...batch('directMail'), address: POSTAL, from: null, print: PRINT, provider: { kind: 'lob', apiKey: 'live_key', baseUrl: lob.url } }), () => lob.calls.map(({ json }) => (json as { front: string }).front), true],
	];

	it.each(WAYS)('is sent to each in their language, with blocks, brand and what filters need (%s)', async (channel, content, send, got, escaped) => {
		await published(channel, content);

		const results = await send();

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
		const name = escaped ? 'Lamps &amp; Co' : 'Lamps & Co';
		expect((await got()).map(spaced).sort()).toEqual([`Hallo ${name}, P1 € 2,50`, `Hello ${name}, P2 €2.50`]);
		expect(await languages()).toEqual(['hello 2 de', 'hello 2 en'].map((line) => line.replace('2', '1')));
	});

	it.each(WAYS)('lets people wait at the step while it is not published, and goes on when it is (%s)', async (channel, content, send) => {
		await published(channel, content);
		await world.engine.templates.unpublish('hello');

		expect(await send()).toMatchObject([{ outcome: 'parked', reason: expect.stringContaining('The template "hello" is not published') as string }, { outcome: 'parked' }]);
		expect([...chat.sent, ...push.sent, ...lob.calls]).toEqual([]);
	});

	const BY: Record<(typeof WAYS)[number][0], () => TestSendRequest['by']> = {
		chat: () => ({ channel: 'chat', provider: chat.telegram }), push: () => ({ channel: 'push', provider: push.config }), onsite: () => ({ channel: 'onsite', showing: SHOWING }),
		directmail: () => ({ channel: 'directmail', address: POSTAL, from: null, print: PRINT, provider: { kind: 'lob', apiKey: 'live_key', baseUrl: lob.url } }),
	};

	it.each(WAYS)('goes as a test to a test person, blocks and brand filled in and nothing rendered twice (%s)', async (channel, content, _send, got, escaped) => {
		await published(channel, content);
		const { profiles } = await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'tess' }, { kind: 'telegram', value: '999999' }, { kind: 'device', value: token('tess') }], attributes: { name: '{{ 7 }}', locale: 'de-AT', address: HOME } }], { source: 't', test: true });
		const tester = Number(profiles[0]);

		const result = await world.engine.messages.sendTest({ step: world.walk.step('content', 'content'), key: 'k', as: { key: 'hello', profileId: tester }, to: { profile: tester }, by: BY[channel]() });

		expect(result).toMatchObject({ outcome: 'sent', channel, language: 'de', profile: tester });
		const mark = channel === 'chat' ? '[Test] ' : '';
		expect((await got()).map(spaced)).toEqual([`${mark}Hallo ${escaped ? 'Lamps &amp; Co' : 'Lamps & Co'}, {{ 7 }} € 2,50`]);
	});

	it('shows nothing of a person in any browser, in a block and in another language either', async () => {
		await published('onsite', (hello) => ({ headline: hello, text: hello === 'Hallo' ? "{% render 'sign' %}" : 'Nothing of anybody', buttons: [] }));

		await expect(world.engine.messages.sendOnSite({ ...batch('onSite'), showing: { ...SHOWING, anyBrowser: true }, provider: { kind: 'onSite' } })).rejects.toThrow(/must not hold personal data/);
	});

	it('is one kind of message in all languages: what the guards ask depends on it', async () => {
		await world.engine.templates.save({ key: 'wa', channel: 'whatsapp', language: 'en', content: { kind: 'text', text: 'Hello' } });
		const { problems } = await world.engine.templates.save({ key: 'wa', language: 'de', content: { kind: 'template', id: 'hallo', language: 'de' } });

		expect(problems).toMatchObject([{ language: 'de', message: expect.stringContaining('another kind') as string }]);
		await expect(world.engine.templates.publish('wa')).rejects.toThrow(/another kind/);
	});
});

describe.each(DATABASES)('A template of WhatsApp, on %s', (kind) => {
	let number: MetaNumber;
	beforeEach(async () => {
		number = await MetaNumber.open(kind);
	});
	afterEach(() => number.close());

	async function published(content: (language: string) => JsonObject): Promise<void> {
		for (const language of ['en', 'de']) await number.world.engine.templates.save({ key: 'hello', channel: 'whatsapp', language, content: content(language) });
		await number.world.engine.templates.publish('hello');
	}
	const send = async (leg: Leg, more: object = {}) => {
		const { content: _own, ...message } = number.message();
		return await number.world.engine.messages.sendWhatsApp({ ...message, ...more, template: 'hello', step: number.step(), items: leg.people.map(({ stamp, json }, index) => ({ index, stamp, item: json })) });
	};

	it('names the approved template of each language, whenever people last wrote', async () => {
		await published((language) => ({ kind: 'template', id: 'order', language: language === 'de' ? 'de' : 'en_US', body: [{ text: '{{ profile.firstName }}' }] }));
		const leg = await number.enter(await number.person(BERLIN, { locale: 'de' }), await number.person(SEOUL));

		expect((await send(leg)).map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
		expect(number.sent.map(({ to, template }) => [to, (template as { language: { code: string } }).language.code]).sort()).toEqual([[BERLIN, 'de'], [SEOUL, 'en_US']]);
	});

	it('lets people wait at the step while it is not published, as those of other channels do', async () => {
		await published(() => ({ kind: 'text', text: 'Hello' }));
		await number.world.engine.templates.unpublish('hello');
		const leg = await number.enter(await number.person(BERLIN));

		expect(await send(leg, { whenClosed: { kind: 'template', id: 'promo', language: 'en_US' } })).toMatchObject([{ outcome: 'parked', reason: expect.stringContaining('The template "hello" is not published') as string }]);
		expect(number.sent).toEqual([]);
	});

	it('of free text goes only to whoever has written, and to the others what the step has instead', async () => {
		await published((language) => ({ kind: 'text', text: language === 'de' ? 'Hallo {{ profile.firstName }}' : 'Hello {{ profile.firstName }}' }));
		const leg = await number.enter(await number.person(BERLIN, { locale: 'de' }), await number.person(SEOUL));
		await number.writes(BERLIN);

		await send(leg, { whenClosed: { kind: 'template', id: 'promo', language: 'en_US', body: [{ text: '{{ 2.5 | money: "EUR" }}' }] } });

		expect(number.sent.map(({ to, text, template }) => [to, text?.body ?? template?.name]).sort()).toEqual([[BERLIN, expect.stringContaining('Hallo')], [SEOUL, 'promo']]);
	});
});
