import type { JsonObject } from '../../../engine/kernel';
import { DATABASES } from '../databases';
import { Shop, WRITE_KEY } from './shop';

const ANN = 'a0000000-anonymous-of-ann';
const EVE = 'e0000000-anonymous-of-eve';

describe.each(DATABASES)('who may read messages of a page, on %s', (kind) => {
	let shop: Shop;
	beforeEach(async () => {
		shop = await Shop.open(kind);
	});
	afterEach(() => shop.close());

	const nothing = { overlay: null, slots: {}, watch: [], unread: 0 };
	const isShown = async (anonymousId: string, more = {}) => (await shop.visit(anonymousId, {}, more)).overlay !== null;

	it('is whoever holds the anonymous id, as long as they are known by nothing else', async () => {
		await shop.queue(await shop.visitor(ANN));

		expect(await isShown(EVE)).toBe(false);
		expect(await isShown(ANN)).toBe(true);
	});

	it.each([
		['user id', { userId: 'ann' }], ['email address', { email: 'ann@example.com' }],
	])('is nobody who only names somebody\'s %s, however they tie their browser to them', async (_what, known) => {
		await shop.queue(await shop.visitor(ANN, known));
		await shop.queue(await shop.visitor(ANN, known), { kind: 'inbox' });
		const named: JsonObject = 'userId' in known ? { userId: String(known.userId) } : { traits: { email: String(known.email) } };

		const identified = await shop.call('identify', { anonymousId: EVE, ...named });
		const decided = await shop.call('track', { anonymousId: EVE, ...named, event: 'Looked', decide: true });
		const inbox = await shop.call('onsite', { do: 'inbox', anonymousId: EVE, ...named, open: true });

		expect(identified.status).toBe(200);
		// The call has done what it does: her browser is one of Ann's now.
		expect((await shop.world.engine.profiles.get({ kind: 'anonymous_id', value: EVE }))?.identities).toHaveLength(3);
		expect(await shop.visit(EVE, {}, named)).toEqual(nothing);
		expect(decided.body.onSite).toEqual(nothing);
		expect(inbox.body.inbox).toEqual({ messages: [], unread: 0 });
	});

	it('is somebody who is signed in, as the site has proved, in whichever browser', async () => {
		await shop.queue(await shop.visitor(ANN, { userId: 'ann' }), { mostShows: 0 });

		expect(await isShown(ANN)).toBe(false);
		expect(await isShown(EVE, shop.signed('ann'))).toBe(true);
		expect(await isShown(EVE, { ...shop.signed('bob'), userId: 'ann' })).toBe(false);
		expect(await isShown(EVE, shop.signed('ann', 'another secret'))).toBe(false);
		expect(await isShown(EVE, { userId: 'ann', userToken: '' })).toBe(false);
	});

	it('is nobody by a proof, where the site has no secret', async () => {
		await shop.queue(await shop.visitor(ANN, { userId: 'ann' }));
		await shop.world.engine.collector.configure({ writeKeys: { 'wk_a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });

		expect(await isShown(EVE, shop.signed('ann'))).toBe(false);
		expect(await isShown(EVE, shop.signed('ann', ''))).toBe(false);
		// As it comes with a call of n8n's webhook.
		const body = { writeKey: WRITE_KEY, do: 'decide', anonymousId: EVE, ...shop.signed('ann', '') };
		const answer = await shop.world.engine.collector.handle({ method: 'POST', route: 'onsite', query: {}, headers: {}, body: new Uint8Array(Buffer.from(JSON.stringify(body))), userSecret: '' });
		expect(JSON.parse(String(answer.body))).toMatchObject({ onSite: nothing });
	});

	it('is any browser, of messages that hold nothing personal and were made for it', async () => {
		await shop.queue(await shop.visitor(ANN, { userId: 'ann' }), { anyBrowser: true }, { headline: 'Free delivery', buttons: [] });

		expect(await isShown(ANN)).toBe(true);
	});

	it('needs a write key that is known', async () => {
		await shop.queue(await shop.visitor(ANN));

		expect(await shop.call('onsite', { writeKey: 'another', do: 'decide', anonymousId: ANN })).toMatchObject({ status: 401, body: { code: 'unknown_write_key' } });
	});
});
