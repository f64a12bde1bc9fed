import { DATABASES } from '../databases';
import { visits } from '../journeys/walk';
import { DAY_MS, MINUTE_MS, World } from '../journeys/world';
import { ChatGateway } from '../messages/chat-gateway';
import { BERLIN, MetaNumber, NUMBER } from '../messages/meta-number';

interface Told {
	name: string;
	message: string | null;
	enrollment: number | null;
	properties: string | { match?: string; guess?: boolean };
}

const REPLIES = "select name, message, enrollment, properties from event where name in ('WhatsApp Replied', 'Chat Replied') order by id";

async function told(world: World): Promise<Array<[message: string | null, match: string | undefined, guess: boolean, bound: boolean]>> {
	const rows = await world.rows<Told>(REPLIES);
	return rows.map(({ message, enrollment, properties }) => {
		const { match, guess = false } = typeof properties === 'string' ? (JSON.parse(properties) as { match?: string; guess?: boolean }) : properties;
		return [message, match, guess, enrollment !== null];
	});
}

describe.each(DATABASES)('answers by WhatsApp, on %s', (kind) => {
	let number: MetaNumber;
	let ann: number;
	beforeEach(async () => {
		number = await MetaNumber.open(kind);
		ann = await number.person(BERLIN);
		await number.writes(BERLIN);
	});
	afterEach(() => number.close());

	async function say(given: Parameters<MetaNumber['message']>[0] = {}): Promise<string> {
		number.world.clock.advance(MINUTE_MS);
		const leg = await number.enter(ann);
		const { results } = await number.world.walk.whatsApp(number.step(), leg.people, number.message(given));
		await number.world.walk.settle(leg);
		expect(results).toHaveLength(1);
		return results[0]?.message ?? '';
	}
	const quoting = (id: string) => ({ type: 'text', text: { body: 'This one' }, context: { id } });

	it('name the message that they quote, and its run; without a quote it is the newest, and for no run', async () => {
		const [quoted, newest] = [await say(), await say()];

		await number.writes(BERLIN, quoting(`wamid.${quoted}`));
		await number.writes(BERLIN);

		expect((await told(number.world)).slice(1)).toEqual([[quoted, 'quoted', false, true], [newest, 'latest', true, false]]);
	});

	it('that quote what is no message of ours are about none of them', async () => {
		await say();

		await number.writes(BERLIN, quoting('wamid.of somebody at a desk'));

		expect((await told(number.world)).slice(1)).toEqual([[null, undefined, false, false]]);
	});

	it('are about the newest from the number that was written to', async () => {
		const first = await say();
		await number.writes(BERLIN, undefined, { phoneNumberId: '999999999999999' });
		const other = await say({ provider: number.config({ phoneNumberId: '999999999999999' }) });

		await number.writes(BERLIN, undefined, { phoneNumberId: NUMBER });
		await number.writes(BERLIN, undefined, { phoneNumberId: '999999999999999' });

		expect((await told(number.world)).slice(2).map(([message]) => message)).toEqual([first, other]);
	});

	it('that came before the message, and are told after it, are not about it', async () => {
		await say();

		await number.writes(BERLIN, undefined, { agoMs: 5 * MINUTE_MS });

		expect((await told(number.world)).slice(1)).toEqual([[null, undefined, false, false]]);
	});
});

describe.each(DATABASES)('answers in a chat, on %s', (kind) => {
	const CHAT = '4711';
	let world: World;
	let gateway: ChatGateway;
	beforeEach(async () => {
		[world, gateway] = [await World.open(kind), await ChatGateway.open()];
		await world.engine.settings.set({ caps: [], quietHours: null });
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c', callbacks: { telegram: { webhookSecret: 'secret' } } });
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
	});
	afterEach(async () => {
		await world.close();
		await gateway.close();
	});

	/** https://core.telegram.org/bots/api#message */
	async function write(messageId: number, more: object = {}): Promise<void> {
		const body = Buffer.from(JSON.stringify({ update_id: messageId, message: { message_id: messageId, date: Math.floor(world.clock.nowMs() / 1000), chat: { id: Number(CHAT), type: 'private' }, text: 'Yes', ...more } }));
		expect((await world.engine.collector.handle({ route: 'callbacks/telegram', method: 'POST', query: {}, headers: { 'x-telegram-bot-api-secret-token': 'secret' }, body, ip: '192.0.2.1' })).status).toBe(200);
	}

	it('name what they quote, else the newest there; a wait for an answer to it ends, and the step counts it', async () => {
		const { profiles: [ann] } = await world.engine.profiles.upsert([{ identities: [{ kind: 'telegram', value: CHAT }] }], { source: 'test' });
		await world.track('Signed Up', [Number(ann)]);
		const leg = await world.walk.start(world.walk.step('trigger', 'trigger'));
		const first = await world.walk.chat(world.walk.step('first', 'chat'), leg.people, gateway.chat());
		world.clock.advance(MINUTE_MS);
		const second = await world.walk.chat(world.walk.step('second', 'chat'), first.sent, gateway.chat());
		await world.engine.journeys.park({ step: world.walk.step('wait', 'waitForEvent'), items: visits(second.sent), delayMs: DAY_MS, until: { kind: 'message', happened: 'replied', step: 'second' } });
		await world.walk.settle(leg);

		await write(900, { reply_to_message: { message_id: 1 } });
		const early = (await world.walk.claim(world.walk.step('wait', 'waitForEvent'))).people.length;
		await write(901);
		await write(901);

		expect(await told(world)).toEqual([[first.results[0]?.message, 'quoted', false, true], [second.results[0]?.message, 'latest', true, false]]);
		expect([early, (await world.walk.claim(world.walk.step('wait', 'waitForEvent'))).people.map(({ outcome }) => outcome)]).toEqual([0, ['event']]);
		expect((await world.engine.journeys.status())[0]?.steps.filter(({ type }) => type === 'chat').map(({ step, messages }) => [step, messages?.replied]).sort()).toEqual([['first', 1], ['second', 1]]);
	});
});
