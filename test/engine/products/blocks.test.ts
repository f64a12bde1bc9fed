import type { ProductBlock } from '../../../engine/products/types';
import { DATABASES } from '../databases';
import type { Leg } from '../journeys/walk';
import { DAY_MS, World } from '../journeys/world';
import { Mailbox, smtp } from '../messages/mailbox';
import { importRows } from './shop';

describe.each(DATABASES)('products for people, on %s', (kind) => {
	let world: World;
	let people: number[];
	beforeEach(async () => {
		world = await World.open(kind);
		people = await world.people(6);
		await importRows(world.engine, [
			{ id: 'boots', category: 'Shoes' }, { id: 'sandals', category: 'Shoes' }, { id: 'slippers', category: 'Shoes', availability: 'out_of_stock' }, { id: 'clogs', category: 'Shoes' },
			{ id: 'hat-s', category: 'Hats', item_group_id: 'hat', availability: 'out_of_stock' }, { id: 'hat-m', category: 'Hats', item_group_id: 'hat' }, { id: 'cap', category: 'Hats' }, { id: 'polish', category: 'Care' },
		]);
	});
	afterEach(() => world.close());

	const viewed = async (n: number, ...products: string[]) => {
		for (const product of products) {
			world.clock.advance(1000);
			await world.track('Product Viewed', [people[n] ?? 0], { properties: { product_id: product } });
		}
	};
	const ordered = async (n: number, ...products: string[]) => {
		world.clock.advance(1000);
		await world.track('Order Completed', [people[n] ?? 0], { properties: { products: products.map((id) => ({ product_id: id })) } });
	};
	const counted = async () => {
		world.clock.advance(DAY_MS);
		await world.engine.tick();
	};
	const shown = async (n: number, block: ProductBlock, limit = 12) => (await world.engine.products.recommend({ people: [{ profileId: people[n] ?? 0 }], block, limit }))[0]?.products.map(({ id }) => id);

	it('are what they looked at last, newest first, without what they bought, in any variant, and what cannot be had', async () => {
		await viewed(0, 'boots', 'hat', 'slippers', 'sandals', 'boots', 'unknown', 'clogs');
		await ordered(0, 'clogs');

		expect(await shown(0, 'viewed')).toEqual(['boots', 'sandals', 'hat-m']);
		await ordered(0, 'hat-s');
		expect(await shown(0, 'viewed')).toEqual(['boots', 'sandals']);
		expect(await shown(0, 'bought')).toEqual(['hat-s', 'clogs']);
		expect(await shown(1, 'viewed')).toEqual([]);
	});

	it('keep what somebody bought when it has left the feed, and show it to nobody else', async () => {
		await ordered(0, 'cap');
		await viewed(1, 'cap');
		await importRows(world.engine, ['boots', 'sandals', 'slippers', 'clogs', 'hat-s', 'hat-m', 'polish'].map((id) => ({ id })));
		await counted();

		expect(await shown(0, 'bought')).toEqual(['cap']);
		expect([await shown(1, 'viewed'), await shown(1, 'popular')]).toEqual([[], []]);
	});

	it('are popular by what everybody looked at and bought, a purchase saying more than a look and the last days more than before, without what this person has', async () => {
		await viewed(1, 'cap');
		await viewed(2, 'cap', 'boots');
		await ordered(3, 'sandals');
		await ordered(4, 'polish');
		await ordered(5, 'slippers');
		world.clock.advance(40 * DAY_MS);
		await ordered(3, 'polish');
		await counted();

		expect(await shown(0, 'popular')).toEqual(['polish', 'sandals', 'cap', 'boots']);
		expect(await shown(4, 'popular')).toEqual(['sandals', 'cap', 'boots']);
	});

	it('are what others ordered with theirs, the more often the earlier; of the same category; and filled up with what is popular', async () => {
		await ordered(1, 'boots', 'polish');
		await ordered(2, 'boots', 'polish');
		await ordered(3, 'boots', 'cap');
		await ordered(0, 'boots');
		await viewed(4, 'sandals');
		await counted();

		expect((await shown(0, 'also_bought'))?.slice(0, 2)).toEqual(['polish', 'cap']);
		expect((await shown(4, 'same_category'))?.slice(0, 2)).toEqual(['boots', 'clogs']);
		expect(await shown(5, 'also_bought', 3)).toEqual(['boots', 'polish', 'cap']);
		expect(await shown(4, 'recommended', 3)).toEqual(['sandals', 'boots', 'clogs']);
		expect(await shown(0, 'recommended')).not.toContain('boots');
	});

	it('count each event once, whichever process counts it, and go on where the last one stopped', async () => {
		const other = await world.another();
		await viewed(1, 'cap');
		world.clock.advance(DAY_MS);
		await Promise.all([world.engine.tick(), other.engine.tick()]);
		await viewed(2, 'cap');
		world.clock.advance(DAY_MS);
		await Promise.all([world.engine.tick(), other.engine.tick()]);

		expect(await world.rows('select product, kind, sum(n) as n from product_count group by product, kind')).toMatchObject([{ product: 'cap', kind: 1 }]);
		expect((await world.rows<{ n: number | string }>('select sum(n) as n from product_count')).map(({ n }) => Number(n))).toEqual([2]);
	});

	it('are those of the feed in the person\'s language', async () => {
		await importRows(world.engine, [{ id: 'boots', title: 'Stiefel' }], { feed: 'german', language: 'de' });
		await world.engine.profiles.upsert([{ profileId: people[1], attributes: { language: 'de-CH' } }] as never, { source: 'test' });
		await viewed(0, 'boots');
		await viewed(1, 'boots');
		const titles = async (n: number) => (await world.engine.products.recommend({ people: [{ profileId: people[n] ?? 0 }], block: 'viewed' }))[0]?.products.map(({ title }) => title);

		expect([await titles(0), await titles(1)]).toEqual([['Product boots'], ['Stiefel']]);
	});

	describe('in mails', () => {
		let mailbox: Mailbox;
		let leg: Leg;
		beforeEach(async () => {
			mailbox = await Mailbox.open();
			const trigger = world.walk.step('trigger', 'trigger');
			await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
			await viewed(0, 'boots', 'sandals');
			await viewed(1, 'cap');
			await world.track('Signed Up', people);
			leg = await world.walk.start(trigger);
		});
		afterEach(() => mailbox.close());
		const mail = (source: string) => mailbox.mail({ content: { subject: 'x', body: { kind: 'html', source } }, provider: smtp(mailbox.port) });

		it('are each person\'s own, with their links, prices and names as text, and the template says what to show to who has none', async () => {
			await world.walk.email(world.walk.step('email', 'email'), leg.people, mail('[{% for p in products.viewed limit: 1 %}<a href="{{ p.link }}">{{ p.title }}</a> {{ p.price }} {{ p.currency }}{% else %}nothing{% endfor %}]'));

			const bodies = new Map(mailbox.accepted.map(({ to, raw }) => [to, /\[[^\]]*\]/.exec(raw.slice(raw.indexOf('text/html')).replace(/=\r?\n/g, '').replace(/=3D/g, '='))?.[0]]));
			expect(bodies.get('p0@customer.example')).toBe('[<a href="https://shop.example/sandals">Product sandals</a> 5 EUR]');
			expect(bodies.get('p1@customer.example')).toBe('[<a href="https://shop.example/cap">Product cap</a> 5 EUR]');
			expect(bodies.get('p2@customer.example')).toBe('[nothing]');
		});

		it('are read once a batch, and not at all for a template that asks for none', async () => {
			const reads: string[] = [];
			const original = world.engine.store.tx.bind(world.engine.store);
			// Each goes through to the real one, counted.
			jest.spyOn(world.engine.store, 'tx').mockImplementation((name, work) => original(name, (tx) => work(name !== 'attempt' ? tx : new Proxy(tx, { get: (target, key: keyof typeof tx) => {
				if (key === 'all') reads.push(key);
				const value = target[key];
				return typeof value === 'function' ? value.bind(target) : value;
			} }))));
			const count = async (step: string, who: Leg['people'], source: string) => {
				reads.length = 0;
				await world.walk.email(world.walk.step(step, 'email'), who, { ...mail(source), provider: smtp(mailbox.port, { connections: 10 }) });
				return reads.length;
			};
			const asking = '{% for p in products.recommended %}{{ p.id }}{% endfor %}';
			const none = await count('a', leg.people, 'no products');
			// What is popular is read every ten minutes.
			await count('b', leg.people, asking);
			const one = await count('c', leg.people.slice(0, 1), asking);
			const all = await count('d', leg.people, asking);

			expect(all).toBe(one);
			expect(one).toBeGreaterThan(none);
		});
	});
});
