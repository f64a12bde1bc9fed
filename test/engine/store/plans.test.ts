import { token } from '../messages/push-service';
import { Shop } from '../onsite/shop';
import { planned } from './plans';

/** From 50 rows on, what all say alike is bound once, and SQLite may plan otherwise. */
const MANY = Array.from({ length: 60 }, (_, n) => n);
const ANN = 'a0000000-anonymous-of-ann';
const FORM = { fields: ['email' as const], consentText: 'I want the newsletter.', topics: ['news'], submitLabel: 'Join', thanks: 'Look into your mailbox' };

/** What a batch costs at each step of a journey stands in journeys/statements.test.ts. */
describe('on sqlite what happens all the time reads no large table in whole', () => {
	let shop: Shop;
	let ann: number;
	let ben: number;
	beforeEach(async () => {
		shop = await Shop.open('sqlite');
		ann = await shop.visitor(ANN);
		ben = await shop.visitor('b', { userId: 'ben', email: 'ben@example.com' });
	});
	afterEach(() => shop.close());

	const email = (value: string) => ({ kind: 'email', value });
	const device = (name: string) => ({ kind: 'device', value: token(name) });
	const row = (n: number, reason: 'manual' | 'complaint') => ({ channel: 'email', address: `p${n}@example.com`, reason });
	it.each<[string, () => Promise<unknown>]>([
		['an address that is taken away', async () => {
			for (const address of ['ben@new.example', null]) await shop.world.engine.profiles.upsert([{ profileId: ben, identities: [], attributes: { email: address } }], { source: 'test' });
		}],
		['addresses that are suppressed, and again for a graver reason', async () => {
			for (const reason of ['manual', 'complaint'] as const) await shop.world.engine.suppression.add(MANY.map((n) => row(n, reason)));
		}],
		['people who are put on a list by their addresses', () => shop.world.engine.lists.add('Press', MANY.map((n) => email(`p${n}@example.com`)))],
		['a sign-up on a page', async () => {
			await shop.queue(ann, {}, { form: FORM, buttons: [] });
			const overlay = (await shop.visit(ANN)).overlay as { token: string };
			expect(await shop.call('onsite', { token: overlay.token, url: 'https://shop.example/', do: 'signUp', fields: { email: 'ann@example.com' } })).toMatchObject({ status: 200 });
		}],
		['two people with devices who are found to be one', async () => {
			await shop.world.engine.profiles.upsert([{ profileId: ann, identities: [device('a')] }, { profileId: ben, identities: [device('b')] }], { source: 'test' });
			await shop.world.engine.profiles.upsert([{ identities: [{ kind: 'anonymous_id', value: ANN }, { kind: 'user_id', value: 'ben' }] }], { source: 'test' });
			expect((await shop.world.engine.profiles.get({ kind: 'anonymous_id', value: ANN }))?.id).toBe((await shop.world.engine.profiles.get({ kind: 'user_id', value: 'ben' }))?.id);
		}],
		['a minute in which nothing is due', async () => {
			for (let second = 0; second < 60; second += 1) await shop.world.engine.tick();
		}],
	])('%s', async (_what, happens) => {
		await shop.world.engine.lists.create('Press');
		const { store, large } = planned({ ...shop.world.engine.store });
		Object.assign(shop.world.engine.store, store);

		await happens();

		expect(large).toEqual([]);
	});
});
