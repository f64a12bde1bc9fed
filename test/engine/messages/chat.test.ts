import { DATABASES } from '../databases';
import type { Chat, Leg } from '../journeys/walk';
import { World } from '../journeys/world';
import { ChatGateway } from './chat-gateway';

const ANN = '1111111';
const BEN = '2222222';
const LINE = 'U4af4980629aaaabbbbccccddddeeee11';
const BLOCKED = { status: 403, json: { ok: false, error_code: 403, description: 'Forbidden: bot was blocked by the user' } };
const source = { source: 'test' };

describe.each(DATABASES)('chat messages, on %s', (kind) => {
	let world: World;
	let gateway: ChatGateway;
	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = (name = 'chat') => world.walk.step(name, 'chat');

	beforeEach(async () => {
		gateway = await ChatGateway.open();
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime' });
		await world.engine.settings.set({ quietHours: null, caps: [] });
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
	});
	afterEach(async () => {
		await world.close();
		await gateway.close();
	});

	let people = 0;
	async function person(identities: Record<string, string>, attributes: Record<string, string | number> = {}): Promise<number> {
		const all = [{ kind: 'user_id', value: `u${(people += 1)}` }, ...Object.entries(identities).map(([name, value]) => ({ kind: name, value }))];
		const { profiles } = await world.engine.profiles.upsert([{ identities: all, attributes }], source);
		return Number(profiles[0]);
	}

	async function enter(...profiles: number[]): Promise<Leg> {
		await world.track('Signed Up', profiles);
		return await world.walk.start(trigger());
	}

	const marketing = (given: Partial<Chat> = {}) => gateway.chat({ purpose: 'marketing', ...given });
	const ledger = () => world.rows('select channel, state, guard, reason, provider, provider_id from message order by provider');

	it('go to what the service of the step knows the person by', async () => {
		const leg = await enter(await person({ telegram: ANN, line: LINE, phone: '+821012345678' }, { number: 1, telegram: 'an attribute that is no address', line: 'Premium' }));

		const first = await world.walk.chat(step('a'), leg.people, gateway.chat());
		const second = await world.walk.chat(step('b'), first.sent, gateway.chat({ provider: gateway.line, content: { format: 'plain', text: '{{ profile.line }}' } }));
		await world.walk.chat(step('c'), second.sent, gateway.chat({ provider: gateway.kakao, content: { format: 'plain', text: '', kakao: { pfId: 'P', templateId: 'T', variables: { number: '{{ profile.number }}' } } } }));

		expect(gateway.sent).toMatchObject([
			{ to: ANN, json: { text: 'Hello 1' } }, { to: LINE, json: { messages: [{ type: 'text', text: 'Premium' }] } }, { to: '01012345678', json: { message: { kakaoOptions: { variables: { '#{number}': '1' }, disableSms: true } } } },
		]);
		expect(await ledger()).toEqual([
			{ channel: 'chat', state: 'sent', guard: null, reason: null, provider: 'line', provider_id: 'line-2' }, { channel: 'chat', state: 'sent', guard: null, reason: null, provider: 'solapi', provider_id: 'M3' },
			{ channel: 'chat', state: 'sent', guard: null, reason: null, provider: 'telegram', provider_id: `${ANN}:1` },
		]);
	});

	it('go to nobody whom the service does not know', async () => {
		const leg = await enter(await person({ line: LINE, phone: '+821012345678' }));

		const { results } = await world.walk.chat(step(), leg.people, gateway.chat());

		expect(results).toMatchObject([{ outcome: 'skipped', reason: 'no Telegram chat' }]);
		expect(gateway.sent).toEqual([]);
	});

	it('go to the newest of several, also after a merge', async () => {
		const old = await person({ telegram: BEN });
		world.clock.advance(60_000);
		const { profiles } = await world.engine.profiles.upsert([{ identities: [{ kind: 'telegram', value: ANN }] }], source);
		await world.engine.profiles.merge({ profileId: old }, { profileId: Number(profiles[0]) });
		const leg = await enter(old);

		await world.walk.chat(step(), leg.people, gateway.chat());

		expect(gateway.sent.map(({ to }) => to)).toEqual([ANN]);
	});

	it.each<[string, Chat['content'], string]>([
		['plain', { format: 'plain', text: 'Hi {{ profile.name }}' }, 'Hi *A* _b_ [x](https://evil.example) &lt;b&gt;\\'],
		['markdown', { format: 'markdown', text: '**Hi {{ profile.name }}** *you*' }, '<b>Hi *A* _b_ [x](https://evil.example) &lt;b&gt;\\</b> <i>you</i>'],
		['html', { format: 'html', text: '<b>Hi {{ profile.name }}</b>' }, '<b>Hi *A* _b_ [x](https://evil.example) &lt;b&gt;\\</b>'],
	])('show what somebody is called as it is, in %s', async (_format, content, text) => {
		const leg = await enter(await person({ telegram: ANN }, { name: '*A* _b_ [x](https://evil.example) <b>\\' }));

		await world.walk.chat(step(), leg.people, gateway.chat({ content }));

		expect(gateway.sent[0]?.json).toMatchObject({ text, parse_mode: 'HTML' });
	});

	it('end for an address that has blocked the bot, and for no other of the person', async () => {
		gateway.refuse({ [ANN]: BLOCKED });
		const leg = await enter(await person({ telegram: ANN, line: LINE }), await person({ telegram: BEN }));

		const first = await world.walk.chat(step('a'), leg.people, gateway.chat());
		const again = await world.walk.chat(step('b'), [...first.notSent, ...first.sent], gateway.chat());
		const line = await world.walk.chat(step('c'), again.notSent, gateway.chat({ provider: gateway.line }));

		expect(first.results.map(({ outcome }) => outcome).sort()).toEqual(['failed', 'sent']);
		expect(first.results.find(({ outcome }) => outcome === 'failed')?.reason).toContain('has blocked the bot');
		expect(again.results).toMatchObject([{ outcome: 'skipped', reason: 'suppressed: hard-bounce' }, { outcome: 'sent' }]);
		expect(line.results).toMatchObject([{ outcome: 'sent' }]);
		expect(await world.rows('select channel, address, reason, source from suppression')).toEqual([{ channel: 'chat', address: ANN, reason: 'hard-bounce', source: 'telegram' }]);
		expect(await world.rows('select state from consent')).toEqual([]);
	});

	it('are kept back by a block by hand of any of their addresses, Kakao\'s number in any spelling', async () => {
		await world.engine.suppression.add([{ channel: 'chat', address: ANN }, { channel: 'chat', address: '+82 10-1234-5678' }]);
		const [ann, kim] = [await person({ telegram: ANN, line: LINE }), await person({ phone: '+821012345678' })];
		const leg = await enter(ann, kim);

		const line = await world.walk.chat(step('a'), leg.people.filter(({ stamp }) => stamp.profile === ann), gateway.chat({ provider: gateway.line }));
		const kakao = await world.walk.chat(step('b'), leg.people.filter(({ stamp }) => stamp.profile === kim), gateway.chat({ provider: gateway.kakao, content: { format: 'plain', text: '', kakao: { pfId: 'P', templateId: 'T', variables: {} } } }));

		expect([line.results, kakao.results]).toMatchObject([[{ reason: 'suppressed: manual' }], [{ reason: 'suppressed: manual' }]]);
		expect(gateway.sent).toEqual([]);
	});

	it('of marketing reach nobody who left chat', async () => {
		const ann = await person({ telegram: ANN });
		await world.engine.consent.set([{ profile: ann, channel: 'chat', topic: '', state: 'unsubscribed', source: 'form' }]);
		const leg = await enter(ann);

		const { results } = await world.walk.chat(step(), leg.people, marketing());

		expect(results).toMatchObject([{ outcome: 'skipped' }]);
		expect(await ledger()).toMatchObject([{ guard: 'consent' }]);
		expect(await world.engine.messages.foresee({ profiles: [ann], channel: 'chat', addressedBy: 'telegram', purpose: 'transactional', topic: '' })).toMatchObject([{ verdict: 'send' }]);
		expect(await world.engine.messages.foresee({ profiles: [ann], channel: 'chat', addressedBy: 'line', purpose: 'transactional', topic: '' })).toMatchObject([{ guard: 'address', reason: 'no LINE user ID' }]);
	});

	it('carry tracked links in text and buttons when asked, and their clicks count', async () => {
		const leg = await enter(await person({ telegram: ANN }));
		const content: Chat['content'] = { format: 'markdown', text: '[Sale](https://shop.example/sale) https://shop.example/b. {{ links.unsubscribeUrl }}', buttons: [{ label: 'Shop', url: 'https://shop.example/c' }, { label: '', url: 'https://shop.example/d' }, { label: 'None', url: '{{ profile.nothing }}' }] };

		const { results } = await world.walk.chat(step(), leg.people, gateway.chat({ content, trackClicks: true, silent: true }));
		const { json } = gateway.sent[0] ?? { json: {} };
		const click = String(json.text).match(/href="([^"]+)"/)?.[1] ?? '';
		world.clock.advance(5_000);
		const answer = await world.engine.collector.handle({ route: 'click', method: 'GET', query: Object.fromEntries(new URL(click).searchParams), headers: { 'user-agent': 'Mozilla/5.0 (iPhone)' }, body: new Uint8Array() });
		world.clock.advance(3_000);
		await world.engine.tick();

		expect(json.text).toMatch(/^<a href="https:\/\/shop\.example\/j\/click\?t=[\w.-]+">Sale<\/a> https:\/\/shop\.example\/j\/click\?t=[\w.-]+\. https:\/\/shop\.example\/j\/unsubscribe\?t=[\w.-]+$/);
		expect(json.reply_markup).toEqual({ inline_keyboard: [[{ text: 'Shop', url: expect.stringMatching(/^https:\/\/shop\.example\/j\/click\?t=/) as string }]] });
		expect(json.disable_notification).toBe(true);
		expect(answer).toMatchObject({ status: 302, headers: { location: 'https://shop.example/sale' } });
		expect(await world.rows(`select clicks from message where id = '${results[0]?.message}'`)).toEqual([{ clicks: 1 }]);
	});

	it('that the service would not take are held for somebody to look at, the others are sent', async () => {
		const leg = await enter(await person({ telegram: ANN }, { story: 'x'.repeat(4097) }), await person({ telegram: BEN }, { story: 'short' }));

		const { results } = await world.walk.chat(step(), leg.people, gateway.chat({ content: { format: 'plain', text: '{{ profile.story }}' } }));

		expect(results.find(({ outcome }) => outcome === 'parked')?.reason).toMatch(/^The text has 4097 characters, and Telegram takes 4096/);
		expect(gateway.sent.map(({ to }) => to)).toEqual([BEN]);
	});

	it('with a button whose address is too long for the service are held; where only its tracked link would be, it is not tracked', async () => {
		const leg = await enter(await person({ line: LINE }, { path: 'x'.repeat(1000) }), await person({ line: 'U2' }, { path: 'x'.repeat(900) }));
		const content: Chat['content'] = { format: 'plain', text: 'Hi', buttons: [{ label: 'Shop', url: 'https://shop.example/{{ profile.path }}' }] };

		const { results } = await world.walk.chat(step(), leg.people, gateway.chat({ provider: gateway.line, content, trackClicks: true }));

		expect(results.find(({ outcome }) => outcome === 'parked')?.reason).toMatch(/more than the 1000 characters that LINE takes/);
		expect(gateway.sent.map(({ to, json }) => [to, JSON.stringify(json).includes(`https://shop.example/${'x'.repeat(900)}"`)])).toEqual([['U2', true]]);
	});

	it.each<[string, Partial<Chat>, RegExp]>([
		['HTML to LINE', { content: { format: 'html', text: 'x' } }, /written as html, which LINE does not read/],
		['a button of AlimTalk\'s own', { content: { format: 'plain', text: 'x', buttons: [{ label: 'a', url: 'b' }], kakao: { pfId: 'P', templateId: 'T', variables: {} } } }, /has buttons, which are the template's at Kakao/],
		['an AlimTalk without a template', { content: { format: 'plain', text: 'x' } }, /has no Kakao template/],
	])('are not begun with %s', async (what, given, message) => {
		const leg = await enter(await person({ line: LINE, phone: '+821012345678' }));

		await expect(world.walk.chat(step(), leg.people, gateway.chat({ provider: what.includes('LINE') ? gateway.line : gateway.kakao, ...given }))).rejects.toThrow(message);
		expect(await ledger()).toEqual([]);
	});

	it('all wait where the account is wrong, and nobody knocks again', async () => {
		gateway.service.answer = { status: 401, json: { ok: false, error_code: 401, description: 'Unauthorized' } };
		const leg = await enter(await person({ telegram: ANN }), await person({ telegram: BEN }));

		const { results } = await world.walk.chat(step(), leg.people, gateway.chat({ provider: { ...gateway.telegram, connections: 1 } }));

		expect(results.map(({ outcome }) => outcome)).toEqual(['parked', 'parked']);
		expect(gateway.sent).toHaveLength(1);
	});

	it('find or make the person outside a journey', async () => {
		const ann = await person({ telegram: ANN });
		const contact = (telegram: string, index: number) => ({ index, contact: { telegram, key: telegram }, item: {} });

		const results = await world.engine.messages.sendChat({ ...gateway.chat({ content: { format: 'plain', text: 'Hi' } }), step: step(), items: [contact(ANN, 0), contact(BEN, 1)] });

		expect(results).toMatchObject([{ outcome: 'sent', profile: ann }, { outcome: 'sent' }]);
		expect(await world.engine.profiles.get({ kind: 'telegram', value: BEN })).toMatchObject({ id: results[1]?.profile });
		await expect(world.engine.messages.sendChat({ ...gateway.chat(), step: step(), items: [{ index: 0, item: {} }] })).rejects.toThrow(/no contact chat ID. Fill in Contact Chat ID/);
	});

	it('can be looked at as somebody, and are sent to the test recipient only', async () => {
		const ann = await person({ telegram: ANN }, { name: 'A*' });
		const request = { service: 'telegram' as const, profileId: ann, item: {}, content: { format: 'markdown' as const, text: '**Hi** {{ profile.name }} {{ links.chatStart }}' } };

		const shown = await world.engine.messages.previewChat(request);
		const tested = await world.engine.messages.previewChat({ ...request, testRecipient: BEN, provider: gateway.telegram });

		expect(shown).toEqual({ text: '<b>Hi</b> A* a-token-in-real-messages', characters: 30, imageUrl: null, buttons: [], kakao: null, reachable: true, profile: ann, sentTo: null });
		expect([tested.sentTo, gateway.sent.map(({ to }) => to)]).toEqual([BEN, [BEN]]);
		expect(await ledger()).toEqual([]);
		await expect(world.engine.messages.previewChat({ ...request, content: { format: 'plain', text: 'x'.repeat(5000) } })).rejects.toThrow(/Telegram takes 4096/);
	});
});
