import { createHmac } from 'node:crypto';

import { DATABASES } from '../databases';
import { World } from '../journeys/world';
import { ChatGateway } from '../messages/chat-gateway';

const SECRET = 'secret-of-the-webhook';
const TELEGRAM = 5550001;
const STRANGER = 6660002;
const DAY_MS = 86_400_000;
const source = { source: 'test' };

describe.each(DATABASES)('conversations that people open with a bot, on %s', (kind) => {
	let world: World;
	let gateway: ChatGateway;
	let updates = 0;
	beforeEach(async () => {
		gateway = await ChatGateway.open();
		world = await World.open(kind);
		await world.engine.settings.set({ quietHours: null, caps: [] });
		await world.engine.collector.configure({
			writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c', callbacks: { telegram: { webhookSecret: SECRET }, line: { channelSecret: SECRET }, viber: { authToken: SECRET } },
		});
	});
	afterEach(async () => {
		await world.close();
		await gateway.close();
	});

	const secondsNow = () => Math.floor(world.clock.nowMs() / 1000);
	const tell = async (route: string, body: object, headers: Record<string, string>) => (await world.engine.collector.handle({ method: 'POST', route: `callbacks/${route}`, query: {}, headers, body: Buffer.from(JSON.stringify(body)) })).status;
	const telegram = (update: object) => tell('telegram', { update_id: (updates += 1), ...update }, { 'x-telegram-bot-api-secret-token': SECRET });
	const write = (from: number, text: string, date = secondsNow()) => telegram({ message: { message_id: (updates += 1), date, chat: { id: from, type: 'private' }, text } });
	const member = (from: number, status: string, date = secondsNow()) => telegram({ my_chat_member: { chat: { id: from, type: 'private' }, date, new_chat_member: { status } } });

	async function known(name: string, identities: Record<string, string> = {}): Promise<number> {
		const { profiles } = await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: name }, ...Object.entries(identities).map(([one, value]) => ({ kind: one, value }))] }], source);
		return Number(profiles[0]);
	}

	/** As a marketer gets it into a message: links.chatStart of one that goes to this person. */
	async function tokenOf(profile: number): Promise<string> {
		const phone = `+82101234567${profile}`;
		await world.engine.profiles.upsert([{ profileId: profile, identities: [{ kind: 'phone', value: phone }] }], source);
		const content = { format: 'plain' as const, text: '', kakao: { pfId: 'P', templateId: 'T', variables: { code: '{{ links.chatStart }}' } } };
		await world.engine.messages.sendChat({ ...gateway.chat({ provider: gateway.kakao, content }), step: world.walk.step('k', 'chat'), items: [{ index: 0, contact: { phone, key: `${(updates += 1)}` }, item: {} }] });
		const { message } = gateway.sent.at(-1)?.json as { message: { kakaoOptions: { variables: Record<string, string> } } };
		return message.kakaoOptions.variables['#{code}'] ?? '';
	}

	const owner = async (value: number | string, of = 'telegram') => (await world.engine.profiles.get({ kind: of, value: String(value) }))?.id;
	const events = () => world.rows<{ profile: number; name: string; properties: object | string }>('select profile, name, properties from event order by id').then((rows) => rows.map(({ properties, ...row }) => ({ ...row, profile: Number(row.profile), properties: typeof properties === 'string' ? (JSON.parse(properties) as object) : properties })));
	const suppressed = () => world.rows('select address, reason, source from suppression order by address');

	it('make the chat the person\'s whose link was followed, and give no consent', async () => {
		const ann = await known('ann');
		const token = await tokenOf(ann);

		expect(token).toMatch(/^[\w-]{1,64}$/);
		expect(await write(TELEGRAM, `/start ${token}`)).toBe(200);

		expect(await owner(TELEGRAM)).toBe(ann);
		expect(await events()).toEqual([{ profile: ann, name: 'Chat Started', properties: { channel: 'chat', provider: 'telegram', linked: true } }]);
		expect(await world.rows('select profile from consent')).toEqual([]);
	});

	it('of a stranger who was forwarded the link are the stranger\'s own', async () => {
		const ann = await known('ann');
		const token = await tokenOf(ann);
		await write(TELEGRAM, `/start ${token}`);

		await write(STRANGER, `/start ${token}`);
		await write(STRANGER, 'STOP');

		expect(await owner(TELEGRAM)).toBe(ann);
		expect(await owner(STRANGER)).not.toBe(ann);
		expect((await events()).map(({ profile, properties }) => [profile === ann, 'linked' in properties && properties.linked])).toEqual([[true, true], [false, false], [false, false]].map(([mine, linked], n) => [mine, n === 2 ? false : linked]));
		expect(await world.rows<{ profile: number }>('select profile, state from consent').then((rows) => rows.map(({ profile }) => Number(profile) === ann))).toEqual([false]);
	});

	it.each([
		['nothing', () => ''], ['words of somebody\'s own', () => 'campaign-7'], ['a token with another profile in it', (token: string) => token.replace(/^j[0-9a-z]+/, 'j1')], ['a token with another end', (token: string) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`],
	])('with %s are of somebody new', async (_what, payload) => {
		const [other, ann] = [await known('other'), await known('ann')];
		const token = await tokenOf(ann);

		await write(TELEGRAM, `/start ${payload(token)}`.trim());

		expect([ann, other]).not.toContain(await owner(TELEGRAM));
		expect(await owner(TELEGRAM)).toBeDefined();
		expect((await events())[0]).toMatchObject({ name: 'Chat Started', properties: { linked: false } });
		expect((await events())[0]?.properties).toEqual({ channel: 'chat', provider: 'telegram', linked: false, ...(payload('') === 'campaign-7' ? { payload: 'campaign-7' } : {}) });
	});

	it('with a link of more than 30 days ago are of somebody new', async () => {
		const ann = await known('ann');
		const token = await tokenOf(ann);
		world.clock.advance(31 * DAY_MS);

		await write(TELEGRAM, `/start ${token}`);

		expect(await owner(TELEGRAM)).not.toBe(ann);
	});

	it('leave a chat with whose it is, when more is known of them; who was nobody becomes one with the person', async () => {
		const [ann, ben] = [await known('ann'), await known('ben', { telegram: String(STRANGER) })];
		const token = await tokenOf(ann);
		await write(TELEGRAM, '/start');
		const nobody = await owner(TELEGRAM);

		const { profiles: [carl] } = await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'carl@shop.example' }, { kind: 'telegram', value: '777' }] }], source);

		await write(STRANGER, `/start ${token}`);
		await write(777, `/start ${token}`);
		await write(TELEGRAM, `/start ${token}`);

		expect([await owner(STRANGER), await owner(777), await owner('carl@shop.example', 'email')]).toEqual([ben, carl, carl]);
		expect(nobody).not.toBe(ann);
		expect(await owner(TELEGRAM)).toBe(ann);
	});

	it('are told once, however often the service tells', async () => {
		const update = { message: { message_id: 7, date: secondsNow(), chat: { id: TELEGRAM, type: 'private' }, text: '/start' } };

		await telegram(update);
		await telegram(update);

		expect((await events()).map(({ name }) => name)).toEqual(['Chat Started']);
	});

	it('end by a block of this address alone, which an unblock takes back', async () => {
		const ann = await known('ann', { telegram: String(TELEGRAM), line: 'U1' });

		await member(TELEGRAM, 'kicked');
		const blocked = await suppressed();
		const foreseen = async (addressedBy: 'telegram' | 'line') => (await world.engine.messages.foresee({ profiles: [ann], channel: 'chat', addressedBy, purpose: 'marketing', topic: '' }))[0]?.verdict;
		const during = [await foreseen('telegram'), await foreseen('line')];
		world.clock.advance(60_000);
		await member(TELEGRAM, 'member');

		expect(blocked).toEqual([{ address: String(TELEGRAM), reason: 'hard-bounce', source: 'telegram' }]);
		expect(during).toEqual(['skip', 'send']);
		expect([await suppressed(), await foreseen('telegram')]).toEqual([[], 'send']);
		expect((await events()).map(({ name, properties }) => [name, 'category' in properties && properties.category])).toEqual([['Chat Bounced', 'blocked']]);
	});

	it('at Viber, by opening it alone, take back no opt-out: only a subscription, or a message of theirs, does', async () => {
		const ann = await known('ann', { viber: 'VIBER-ANN' });
		const viber = async (event: string, more: object = {}) => {
			world.clock.advance(60_000);
			const body = { event, timestamp: world.clock.nowMs(), message_token: (updates += 1), user: { id: 'VIBER-ANN' }, ...more };
			return await tell('viber', body, { 'x-viber-content-signature': createHmac('sha256', SECRET).update(JSON.stringify(body)).digest('hex') });
		};
		const foreseen = async () => (await world.engine.messages.foresee({ profiles: [ann], channel: 'chat', addressedBy: 'viber', purpose: 'marketing', topic: '' }))[0]?.verdict;

		expect(await viber('unsubscribed', { user_id: 'VIBER-ANN' })).toBe(200);
		expect(await viber('conversation_started', { type: 'open', context: 'campaign-7', subscribed: false })).toBe(200);
		const opened = [await foreseen(), await suppressed(), (await events()).map(({ name }) => name)];
		await viber('subscribed');
		const subscribed = await foreseen();
		await viber('unsubscribed', { user_id: 'VIBER-ANN' });
		await viber('message', { sender: { id: 'VIBER-ANN' }, message: { type: 'text', text: 'Hello' } });

		expect(opened).toEqual(['skip', [{ address: 'VIBER-ANN', reason: 'hard-bounce', source: 'viber' }], ['Chat Bounced', 'Chat Started']]);
		expect([subscribed, await foreseen()]).toEqual(['send', 'send']);
	});

	it('take back no block by hand, none that somebody else told of, and no later one', async () => {
		await known('ann', { telegram: String(TELEGRAM) });
		await known('ben', { telegram: String(STRANGER) });
		await known('carl', { telegram: '777' });
		await world.engine.suppression.add([{ channel: 'chat', address: String(TELEGRAM), reason: 'manual', source: 'telegram' }, { channel: 'chat', address: '777', reason: 'hard-bounce', source: 'desk' }]);
		const before = secondsNow();
		world.clock.advance(3_600_000);
		await member(STRANGER, 'kicked');

		await write(TELEGRAM, '/start');
		await write(777, '/start');
		await member(STRANGER, 'member', before);

		expect(await suppressed()).toEqual([
			{ address: String(TELEGRAM), reason: 'manual', source: 'telegram' }, { address: String(STRANGER), reason: 'hard-bounce', source: 'telegram' }, { address: '777', reason: 'hard-bounce', source: 'desk' },
		]);
	});

	it('of somebody who shuts and opens it within one call end as they did last', async () => {
		await known('ann', { line: 'U1' });
		await known('ben', { line: 'U2' });
		const event = (type: string, userId: string, afterMs: number) => ({ type, timestamp: world.clock.nowMs() - 60_000 + afterMs, source: { type: 'user', userId }, webhookEventId: `${type}${userId}` });
		const body = { destination: 'x', events: [event('follow', 'U1', 2_000), event('unfollow', 'U1', 1_000), event('unfollow', 'U2', 4_000), event('follow', 'U2', 3_000)] };

		await tell('line', body, { 'x-line-signature': createHmac('sha256', SECRET).update(JSON.stringify(body)).digest('base64') });

		expect(await suppressed()).toEqual([{ address: 'U2', reason: 'hard-bounce', source: 'line' }]);
	});

	it('by an answer of somebody unknown make them known, and an opt-out counts for them', async () => {
		await write(TELEGRAM, 'Is this the shop?');
		await write(STRANGER, '/stop');

		const [asked, left] = [await owner(TELEGRAM), await owner(STRANGER)];
		expect(await events()).toMatchObject([{ profile: asked, name: 'Chat Replied', properties: { text: 'Is this the shop?', channel: 'chat' } }, { profile: left, name: 'Unsubscribed' }]);
		expect(await world.rows('select channel, topic, state, source from consent')).toEqual([{ channel: 'chat', topic: '', state: 'unsubscribed', source: 'telegram' }]);
	});

	it('start a journey', async () => {
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Chat Started' } } });

		await write(TELEGRAM, '/start');

		expect((await world.walk.claim(world.walk.step('trigger', 'trigger'))).people).toHaveLength(1);
	});

	it('are nothing that a public call can tell', async () => {
		const report = await world.engine.events.ingest([{ type: 'track', event: 'Chat Started', anonymousId: 'a' }], source);

		expect(report.rejected).toHaveLength(1);
	});
});
