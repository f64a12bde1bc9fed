import { systemRandom, type JsonObject } from '../../../engine/kernel';
import { countSignUp } from '../../../engine/onsite/sign-up-limits';
import type { InboxMessage, ShownMessage, Survey } from '../../../engine/onsite/types';
import { createSettings } from '../../../engine/settings';
import { signToken } from '../../../engine/tracking';
import { DATABASES } from '../databases';
import { Shop, WRITE_KEY } from './shop';

const ANN = 'a0000000-anonymous-of-ann';
const SURVEY: Survey = { question: 'How likely?', scale: 'nps', choices: [], lowLabel: '', highLabel: '', followUp: 'Why?', thanks: 'Thank you' };
const FORM = { fields: ['email' as const, 'firstName' as const], consentText: 'I want the newsletter.', topics: ['news'], submitLabel: 'Join', thanks: 'Look into your mailbox' };

describe.each(DATABASES)('what somebody does with a message of a page, on %s', (kind) => {
	let shop: Shop;
	let ann: number;
	beforeEach(async () => {
		shop = await Shop.open(kind);
		ann = await shop.visitor(ANN);
	});
	afterEach(() => shop.close());

	async function shown(...queued: Parameters<Shop['queue']> extends [number, ...infer Rest] ? Rest : never): Promise<ShownMessage> {
		await shop.queue(ann, ...queued);
		return (await shop.visit(ANN)).overlay as ShownMessage;
	}
	const act = ({ token }: { token: string }, what: JsonObject) => shop.call('onsite', { token, url: 'https://shop.example/cart', ...what });
	const inbox = async (open = false): Promise<{ messages: InboxMessage[]; unread: number }> => (await shop.call('onsite', { do: 'inbox', anonymousId: ANN, open })).body.inbox as never;

	it('clicks one of its links: an event, counted in the ledger, and it is over', async () => {
		const message = await shown();

		const answer = await act(message, { do: 'click', button: 0 });

		expect(answer).toMatchObject({ status: 200, body: { success: true } });
		expect(await shop.events('On-Site Clicked')).toMatchObject([{ profile: ann, properties: { url: 'https://shop.example/pro', button: 'Shop', page: 'https://shop.example/cart' } }]);
		expect(await shop.world.rows('select clicks from message where clicked_at is not null')).toEqual([{ clicks: 1 }]);
		expect((await shop.visit(ANN)).overlay).toBeNull();
	});

	it('dismisses it: told once, and it does not come again', async () => {
		const message = await shown();

		await act(message, { do: 'dismiss' });
		await act(message, { do: 'dismiss' });

		expect(await shop.events('On-Site Dismissed')).toMatchObject([{ profile: ann }]);
		expect((await shop.visit(ANN)).overlay).toBeNull();
	});

	it('says nothing by a token that is not the engine\'s, or of another kind', async () => {
		const message = await shown();

		expect(await act({ token: `${message.token.slice(0, -1)}${message.token.endsWith('A') ? 'B' : 'A'}` }, { do: 'dismiss' })).toMatchObject({ status: 404 });
		const secret = await createSettings({ store: shop.world.engine.store, random: systemRandom }).signingSecret();
		const [sent] = await shop.queued();
		for (const k of ['o', 'u'] as const) expect(await act({ token: signToken({ k, m: sent?.message ?? '' }, secret) }, { do: 'dismiss' })).toMatchObject({ status: 404 });
		expect(await act(message, { do: 'click', button: 7 })).toMatchObject({ status: 400 });
		expect(await act(message, { do: 'shout' })).toMatchObject({ status: 400, body: { code: 'unknown_call' } });
		expect(await shop.events('On-Site Dismissed')).toEqual([]);
	});

	it('nobody but the engine may say that a survey was answered, a message shown, clicked or dismissed', async () => {
		for (const event of ['Survey Answered', 'On-Site Shown', 'On-Site Clicked', 'On-Site Dismissed']) {
			expect(await shop.call('track', { anonymousId: ANN, event })).toMatchObject({ status: 400 });
		}
	});

	it('answers a survey: the score at once, words as an addition, each once', async () => {
		const message = await shown({}, { survey: SURVEY, buttons: [] });

		await act(message, { do: 'answer', score: 9 });
		await act(message, { do: 'answer', score: 2 });
		await act(message, { do: 'answer', score: 9, comment: ' Because. ' });
		await act(message, { do: 'answer', score: 9, comment: 'Again' });

		expect((await shop.events('Survey Answered')).map(({ properties }) => properties)).toMatchObject([
			{ question: 'How likely?', scale: 'nps', score: 9 }, { score: 9, comment: 'Because.', addition: true },
		]);
		expect((await shop.visit(ANN)).overlay).toBeNull();
	});

	it.each<[Survey['scale'], number[], number[]]>([
		['nps', [0, 10], [-1, 11, 1.5]], ['csat', [1, 5], [0, 6]], ['stars', [1, 5], [0, 6]], ['thumbs', [0, 1], [2]], ['choice', [0, 2], [3]],
	])('answers on the scale %s, and with nothing that is not on it', async (scale, on, off) => {
		const message = await shown({}, { survey: { ...SURVEY, scale, choices: scale === 'choice' ? ['Red', 'Green', 'Blue'] : [] }, buttons: [] });

		for (const score of [...off, null, 'x']) expect(await act(message, { do: 'answer', score })).toMatchObject({ status: 400, body: { code: 'refused' } });
		for (const score of on) expect(await act(message, { do: 'answer', score })).toMatchObject({ status: 200 });

		expect(await shop.events('Survey Answered')).toMatchObject([{ properties: scale === 'choice' ? { score: 0, answer: 'Red' } : { score: on[0] } }]);
	});

	describe('signs up by a form', () => {
		const consents = () => shop.world.rows<{ profile: number; channel: string; topic: string; state: string; text_version: string }>('select profile, channel, topic, state, text_version from consent order by profile');
		const signUp = (message: ShownMessage, fields: JsonObject) => act(message, { do: 'signUp', fields });

		it('with an address that is nobody\'s: it becomes theirs, and consent waits to be confirmed', async () => {
			const message = await shown({}, { form: FORM, buttons: [] });

			const answer = await signUp(message, { email: ' Ann@Example.com ', firstName: 'Anna' });

			expect(answer).toMatchObject({ status: 200, body: { success: true } });
			expect(await consents()).toMatchObject([{ profile: ann, channel: 'email', topic: 'news', state: 'pending', text_version: expect.stringMatching(/^on-site form .{8}$/) as string }]);
			expect(await shop.world.engine.profiles.get({ kind: 'email', value: 'ann@example.com' })).toMatchObject({ id: ann, attributes: { firstName: 'Anna' } });
			expect(await shop.world.rows('select profile, address from consent_request')).toEqual([{ profile: ann, address: 'ann@example.com' }]);
			expect((await shop.visit(ANN)).overlay).toBeNull();
		});

		it('with somebody else\'s address: that one is asked, nothing of them changes, and the answer tells nothing', async () => {
			const { profiles: [bob] } = await shop.world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'bob@example.com' }], attributes: { firstName: 'Bob' } }], { source: 'test' });
			const message = await shown({}, { form: FORM, buttons: [] });

			const answer = await signUp(message, { email: 'bob@example.com', firstName: 'Eve' });

			expect(answer.body).toEqual({ success: true });
			expect(await consents()).toMatchObject([{ profile: bob, state: 'pending' }]);
			expect(await shop.world.engine.profiles.get({ kind: 'email', value: 'bob@example.com' })).toMatchObject({ id: bob, attributes: { firstName: 'Bob' } });
			expect((await shop.world.engine.profiles.get({ kind: 'anonymous_id', value: ANN }))?.id).toBe(ann);
		});

		it('with an address whose owner has said no: that stays a no until they confirm', async () => {
			const { profiles: [bob] } = await shop.world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'bob@example.com' }] }], { source: 'test' });
			await shop.world.engine.consent.set([{ profile: Number(bob), channel: 'email', topic: 'news', state: 'unsubscribed', source: 'page' }]);

			await signUp(await shown({}, { form: FORM, buttons: [] }), { email: 'bob@example.com', firstName: 'Eve' });

			expect(await consents()).toMatchObject([{ profile: bob, state: 'unsubscribed' }]);
		});

		it('again after a no, or after a mail that was lost: an event tells it, by which a journey can mail the link, once an hour for each person', async () => {
			const { profiles: [bob] } = await shop.world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'bob@example.com' }] }], { source: 'test' });
			await shop.world.engine.consent.set([{ profile: Number(bob), channel: 'email', topic: 'news', state: 'unsubscribed', source: 'page' }]);
			const message = await shown({}, { form: FORM, buttons: [] });
			const send = () => signUp(message, { email: 'bob@example.com', firstName: 'Eve' });

			await send();
			await send();
			const once = await shop.events('Double Opt-In Requested');
			shop.world.clock.advance(3_600_000);
			await send();

			expect(once).toMatchObject([{ profile: bob, properties: { channel: 'email', topic: 'news' } }]);
			expect(await shop.events('Double Opt-In Requested')).toHaveLength(2);
		});

		it('with what they have said yes to: nobody is asked again', async () => {
			const { profiles: [bob] } = await shop.world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'bob@example.com' }] }], { source: 'test' });
			await shop.world.engine.consent.set([{ profile: Number(bob), channel: 'email', topic: 'news', state: 'subscribed', source: 'page' }]);

			await signUp(await shown({}, { form: FORM, buttons: [] }), { email: 'bob@example.com', firstName: 'Eve' });

			expect(await shop.events('Double Opt-In Requested')).toEqual([]);
		});

		it('at most five times by one message, so that nobody has mails sent to one address after another', async () => {
			const message = await shown({}, { form: FORM, buttons: [] });
			const answers: number[] = [];

			for (let n = 0; n < 6; n += 1) answers.push((await signUp(message, { email: `victim${n}@example.com`, firstName: 'A' })).status);

			expect(answers).toEqual([200, 200, 200, 200, 200, 400]);
			expect(await shop.world.rows('select id from consent_request')).toHaveLength(5);
		});

		describe('is limited', () => {
			/** Each visitor has a form of their own. */
			const visitors: string[] = [];
			async function form(): Promise<ShownMessage> {
				const visitor = `visitor-${visitors.push('') + 1000}-of-the-shop`;
				await shop.queue(await shop.visitor(visitor), {}, { form: FORM, buttons: [] });
				return (await shop.visit(visitor)).overlay as ShownMessage;
			}
			const send = async (email: string, ip?: string) => {
				const body = { writeKey: WRITE_KEY, do: 'signUp', fields: { email, firstName: 'A' }, token: (await form()).token, url: 'https://shop.example/' };
				const answer = await shop.world.engine.collector.handle({ method: 'POST', route: 'onsite', query: {}, headers: {}, body: new Uint8Array(Buffer.from(JSON.stringify(body))), ...(ip === undefined ? {} : { ip }) });
				return { status: answer.status, retryAfter: answer.headers['retry-after'], body: JSON.parse(String(answer.body)) as JsonObject };
			};
			const asked = () => shop.world.rows('select id from consent_request');

			it('to five a day for one address, by however many visitors, and told so', async () => {
				const answers: number[] = [];
				for (let n = 0; n < 5; n += 1) answers.push((await send('victim@example.com', `203.0.113.${n + 1}`)).status);
				shop.world.clock.advance(3_600_000);

				const sixth = await send(' Victim@Example.com ', '203.0.113.99');
				const another = await send('honest@example.com', '203.0.113.99');
				shop.world.clock.advance(23 * 3_600_000);
				const nextDay = await send('victim@example.com', '203.0.113.99');

				expect(answers).toEqual([200, 200, 200, 200, 200]);
				expect(sixth).toEqual({ status: 429, retryAfter: String(23 * 3_600), body: { success: false, code: 'too_many', field: 'email', message: expect.stringContaining('Look for the message') as string } });
				expect([another.status, nextDay.status]).toEqual([200, 200]);
				expect(await asked()).toHaveLength(7);
			});

			it('to sixty an hour from one network, whose honest visitors lose nothing by it', async () => {
				const { store } = shop.world.engine;
				const secret = await createSettings({ store, random: systemRandom }).signingSecret();
				const identity = (n: number) => ({ kind: 'email', value: `victim${n}@example.com` });
				for (let n = 0; n < 59; n += 1) await store.tx('onsite-sign-up', (tx) => countSignUp(tx, secret, '2001:db8:7:7::1', [identity(n)]));

				const last = await send('victim59@example.com', '2001:db8:7:7:ffff::2');
				const refused = await send('honest@example.com', '2001:db8:7:7::3');
				const elsewhere = [await send('other@example.com', '2001:db8:7:8::1'), await send('unknown@example.com')].map(({ status }) => status);
				shop.world.clock.advance(3_600_000);
				const later = await send('honest@example.com', '2001:db8:7:7::3');

				expect([last.status, elsewhere, later.status]).toEqual([200, [200, 200], 200]);
				expect(refused).toEqual({ status: 429, retryAfter: '3600', body: { success: false, code: 'too_many', message: expect.stringContaining('Try again later') as string } });
				expect(await asked()).toHaveLength(4);
			});

			it('where another address of the same form is over its five, whose own are left as they were', async () => {
				const { store } = shop.world.engine;
				const secret = await createSettings({ store, random: systemRandom }).signingSecret();
				const [email, phone] = [{ kind: 'email', value: 'eve@example.com' }, { kind: 'phone', value: '+4915112345678' }];
				const counted = async (identities: Array<typeof email>, times: number) => {
					const over: Array<string | undefined> = [];
					for (let n = 0; n < times; n += 1) over.push((await store.tx('onsite-sign-up', (tx) => countSignUp(tx, secret, null, identities)))?.identity?.kind);
					return over;
				};

				await counted([email], 5);

				expect(await counted([email, phone], 6)).toEqual(Array.from({ length: 6 }, () => 'email'));
				expect(await counted([phone], 6)).toEqual([...Array.from({ length: 5 }, () => undefined), 'phone']);
				expect(await counted([email], 1)).toEqual(['email']);
			});

			it('under names that say nothing of anybody, which are gone when they are over', async () => {
				await send('ann@example.com', '203.0.113.7');
				const kept = JSON.stringify(await shop.world.rows('select * from sign_up_count'));
				shop.world.clock.advance(24 * 3_600_000);
				for (let n = 0; n < 20; n += 1) await shop.world.engine.tick();

				expect(kept).not.toMatch(/ann|203\.0\.113/);
				expect(JSON.parse(kept)).toHaveLength(2);
				expect(await shop.world.rows('select * from sign_up_count')).toEqual([]);
			});
		});

		it.each([[{ firstName: 'A' }, /email address/], [{ email: 'nobody', firstName: 'A' }, /email address/], [{ email: 'a@b.example' }, /first name/]])('never with %j', async (fields, words) => {
			const message = await shown({}, { form: FORM, buttons: [] });

			expect(await signUp(message, fields)).toMatchObject({ status: 400, body: { code: 'refused', field: expect.any(String) as string, message: expect.stringMatching(words) as string } });
			expect(await consents()).toEqual([]);
		});
	});

	it('has an inbox: newest first, unread until it is read, clicked without being over, gone when dismissed', async () => {
		for (const headline of ['First', 'Second']) {
			await shop.queue(ann, { kind: 'inbox' }, { headline });
			shop.world.clock.advance(1000);
		}
		const unopened = await inbox();
		const opened = await inbox(true);
		const [second, first] = opened.messages as [InboxMessage, InboxMessage];
		await inbox(true);
		await act(second, { do: 'read' });
		await act(second, { do: 'click', button: 0 });
		await act(first, { do: 'dismiss' });

		const after = await inbox();

		expect([unopened.unread, opened.unread, after.unread]).toEqual([2, 2, 0]);
		expect(opened.messages.map(({ content }) => content.headline)).toEqual(['Second', 'First']);
		expect(after.messages).toMatchObject([{ content: { headline: 'Second' }, read: true }]);
		expect(await shop.events('On-Site Shown')).toHaveLength(2);
		expect((await shop.visit(ANN)).unread).toBe(0);
	});

	it('does something on the page, and the same request brings the best message for it back', async () => {
		await shop.queue(ann, { priority: 10 }, { headline: 'Any time' });
		await shop.queue(ann, { priority: 90, rules: { trigger: { on: 'event', event: 'Cart Left' }, urls: [], notUrls: [] } }, { headline: 'Your cart' });
		const page = { url: 'https://shop.example/' };

		const single = await shop.call('track', { anonymousId: ANN, event: 'Cart Left', properties: { value: 9 }, decide: { page } });
		const batch = await shop.call('batch', { batch: [{ type: 'track', anonymousId: ANN, event: 'Looked' }, { type: 'track', anonymousId: ANN, event: 'Cart Left' }], decide: { page } });
		const plain = await shop.call('track', { anonymousId: ANN, event: 'Cart Left' });

		expect(single.body).toMatchObject({ success: true, onSite: { overlay: { content: { headline: 'Your cart' } } } });
		expect(batch.body).toMatchObject({ success: true, onSite: { overlay: { content: { headline: 'Your cart' } } } });
		expect(plain.body).not.toHaveProperty('onSite');
		expect(await shop.events('Cart Left')).toHaveLength(3);
	});
});
