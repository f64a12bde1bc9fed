import { DATABASES } from '../databases';
import { DAY_MS, World } from '../journeys/world';

describe.each(DATABASES)('coupon pools, on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());
	const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

	it('take codes from a file, by its column code or a code a line, tell which they have already, and leave out what is none', async () => {
		await world.engine.coupons.createPool({ name: 'welcome10' });
		await world.engine.coupons.createPool({ name: 'other' });
		await world.engine.coupons.addCodes('other', ['TAKEN']);

		const headed = await world.engine.coupons.importFile('welcome10', bytes('\ufeffName;Code\r\nA;ONE\r\nB;two\r\nC;One\r\nD;taken\r\nE;"has blank in it"\r\n'));
		const plain = await world.engine.coupons.importFile('welcome10', bytes('ONE\nTHREE\nTHREE\n'));

		expect(headed).toMatchObject({ added: 2, known: 1, rejectedCount: 2, rejected: expect.arrayContaining([{ line: 5, reason: expect.stringContaining('in the pool "other"') as string }, { line: 6, reason: expect.stringContaining('no code') as string }]) as unknown });
		expect(plain).toMatchObject({ added: 1, known: 2, rejectedCount: 0 });
		expect((await world.engine.coupons.codes({ pool: 'welcome10' })).map(({ code }) => code).sort()).toEqual(['ONE', 'THREE', 'two']);
		expect(await world.engine.coupons.pool('welcome10')).toMatchObject({ codes: 3, left: 3, given: 0, redeemed: 0, state: 'ready' });
	});

	it('generate as many codes as were asked for, each once, without letters that are taken for each other', async () => {
		await world.engine.coupons.createPool({ name: 'spring' });

		const report = await world.engine.coupons.generate({ pool: 'spring', count: 12_000, length: 9, prefix: 'SPRING-' });
		const codes = await world.engine.coupons.codes({ pool: 'spring', limit: 10_000 });

		expect(report).toMatchObject({ added: 12_000, rejectedCount: 0 });
		expect(await world.engine.coupons.pool('spring')).toMatchObject({ codes: 12_000, left: 12_000 });
		expect(codes.every(({ code }) => /^SPRING-[34679ACDEFGHJKMNPQRTWXY]{9}$/.test(code))).toBe(true);
		// Each of the 23 characters at each place as often as the others: by chance alone one is off by a fifth less than once in a billion runs.
		const counts = new Map<string, number>();
		for (const { code } of codes) for (const one of code.slice(7)) counts.set(one, (counts.get(one) ?? 0) + 1);
		expect([...counts.values()].every((n) => Math.abs(n / (10_000 * 9 / 23) - 1) < 0.2)).toBe(true);
	});

	it.each([
		['so few characters that codes are guessed', { count: 10, length: 5 }, /6 to 32/],
		['more codes than are safe at their length', { count: 1_000_000, length: 6 }, /too few/],
		['no number', { count: 0 }, /Between 1 and/],
		['a prefix that would break a template', { count: 1, prefix: '{{' }, /prefix/],
	])('refuse to generate %s', async (_what, plan, message) => {
		await world.engine.coupons.createPool({ name: 'p' });

		await expect(world.engine.coupons.generate({ pool: 'p', ...plan })).rejects.toThrow(message);
		expect(await world.engine.coupons.codes({ pool: 'p' })).toEqual([]);
	});

	it('are made once a name, with an end and days that can be', async () => {
		await world.engine.coupons.createPool({ name: ' Gift ', expiresAt: '2026-12-31T23:59:00+01:00', validDays: 14, lowAt: 5 });

		await expect(world.engine.coupons.createPool({ name: 'Gift' })).rejects.toMatchObject({ code: 'CONFLICT' });
		await expect(world.engine.coupons.createPool({ name: "it's" })).rejects.toThrow(/quotes/);
		await expect(world.engine.coupons.createPool({ name: 'a', expiresAt: 'soon' })).rejects.toThrow(/no date/);
		await expect(world.engine.coupons.createPool({ name: 'a', validDays: 0 })).rejects.toThrow(/whole number/);
		await expect(world.engine.coupons.addCodes('nowhere', ['A'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
		expect(await world.engine.coupons.updatePool('Gift', { validDays: null })).toMatchObject({ expiresAt: '2026-12-31T22:59:00.000Z', validDays: null, lowAt: 5, state: 'empty' });
		expect((await world.engine.coupons.pools()).map(({ name }) => name)).toEqual(['Gift']);
	});

	it('are deleted with their codes, but not by accident where people have some', async () => {
		const [person = 0] = await world.people(1);
		await world.engine.coupons.createPool({ name: 'p' });
		await world.engine.coupons.addCodes('p', ['A', 'B']);
		await world.engine.coupons.assign({ pool: 'p', journey: 'wf', people: [{ profileId: person }] });

		await expect(world.engine.coupons.deletePool('p')).rejects.toThrow(/1 people have a code/);
		expect(await world.engine.coupons.deletePool('p', { withGiven: true })).toEqual({ codes: 2 });
		expect(await world.engine.coupons.pools()).toEqual([]);
	});

	it('give a person one code a journey outside of messages too, the same when asked again, and tell who got none', async () => {
		const [one = 0, other = 0] = await world.people(2);
		await world.engine.coupons.createPool({ name: 'p', validDays: 3 });
		await world.engine.coupons.addCodes('p', ['A', 'B']);

		const first = await world.engine.coupons.assign({ pool: 'p', journey: 'wf', people: [{ profileId: one }, { kind: 'email', value: 'p1@customer.example' }, { kind: 'email', value: 'nobody@customer.example' }] });
		const again = await world.engine.coupons.assign({ pool: 'p', journey: 'wf', people: [{ profileId: one }] });
		const elsewhere = await world.engine.coupons.assign({ pool: 'p', journey: 'another', people: [{ profileId: other }] });

		const until = new Date(world.clock.nowMs() + 3 * DAY_MS).toISOString();
		expect(first).toEqual([
			{ profile: one, code: 'A', expiresAt: until, isNew: true, reason: null }, { profile: other, code: 'B', expiresAt: until, isNew: true, reason: null },
			{ profile: null, code: null, expiresAt: null, isNew: false, reason: 'No profile has this email.' },
		]);
		expect(again).toEqual([{ profile: one, code: 'A', expiresAt: until, isNew: false, reason: null }]);
		expect(elsewhere).toMatchObject([{ code: null, reason: expect.stringContaining('no code left') as string }]);
	});

	it('mark a code redeemed by the first order that names it, however it is written, and give nobody one that was redeemed elsewhere', async () => {
		const [one = 0, other = 0] = await world.people(2);
		await world.engine.coupons.createPool({ name: 'p' });
		await world.engine.coupons.addCodes('p', ['Mine', 'USED']);
		await world.engine.coupons.assign({ pool: 'p', journey: 'wf', people: [{ profileId: one }] });
		await world.track('Order Completed', [one], { properties: { coupon: ' mINE ', products: [{ product_id: '1', coupon: 'used' }] } });
		world.clock.advance(60_000);
		await world.engine.tick();
		const redeemedAt = (await world.engine.coupons.codes({ pool: 'p' })).map((row) => row.redeemedAt);
		await world.track('Order Completed', [other], { properties: { coupon: 'mine' } });
		world.clock.advance(60_000);
		await world.engine.tick();

		expect(await world.engine.coupons.codes({ pool: 'p' })).toMatchObject([{ code: 'Mine', state: 'redeemed', profile: one, redeemedAt: redeemedAt[0] }, { code: 'USED', state: 'redeemed', profile: null, redeemedAt: redeemedAt[1] }]);
		expect(redeemedAt).toEqual(['2026-03-02T09:00:00.000Z', '2026-03-02T09:00:00.000Z']);
		expect(await world.engine.coupons.assign({ pool: 'p', journey: 'wf', people: [{ profileId: other }] })).toMatchObject([{ code: null }]);
		expect(await world.engine.coupons.pool('p')).toMatchObject({ codes: 2, left: 0, given: 1, redeemed: 2, state: 'empty' });
	});

	it('keep both codes of two people who turn out to be one, show the one given first, and show each half its own again after an unmerge', async () => {
		const [one = 0, other = 0] = await world.people(2);
		await world.engine.coupons.createPool({ name: 'p' });
		await world.engine.coupons.addCodes('p', ['A', 'B', 'C']);
		const codeOf = async (profileId: number) => (await world.engine.coupons.assign({ pool: 'p', journey: 'wf', people: [{ profileId }] }))[0]?.code;
		await codeOf(other);
		world.clock.advance(1000);
		await codeOf(one);
		const report = await merged(world, one, other);

		expect(await codeOf(one)).toBe('A');
		expect((await world.engine.coupons.codes({ pool: 'p', state: 'given' })).map(({ profile }) => profile)).toEqual([one, one]);
		await report.undo();
		expect([await codeOf(one), await codeOf(other)]).toEqual(['B', 'A']);
		expect(await world.engine.coupons.pool('p')).toMatchObject({ left: 1, given: 2 });
	});

	it('forget whom an erased person\'s code was of, and never give it again; their copy shows it before', async () => {
		const [one = 0, other = 0] = await world.people(2);
		await world.engine.coupons.createPool({ name: 'p' });
		await world.engine.coupons.addCodes('p', ['A']);
		await world.engine.coupons.assign({ pool: 'p', journey: 'wf', people: [{ profileId: one }] });
		const keeper = world.engine.keepers.find(({ name }) => name === 'coupons');
		const copy = await world.engine.store.read((reader) => keeper?.export(reader, one) ?? Promise.resolve(null));
		await world.engine.store.tx('erase', async (tx) => keeper?.eraseAll(tx, [one]));

		expect(copy).toEqual([{ pool: 'p', code: 'A', journey: 'wf', givenAt: '2026-03-02T09:00:00.000Z', expiresAt: null, redeemedAt: null }]);
		expect(await world.engine.coupons.codes({ pool: 'p' })).toMatchObject([{ code: 'A', state: 'given', profile: null, journey: null }]);
		expect(await world.engine.coupons.assign({ pool: 'p', journey: 'wf', people: [{ profileId: other }] })).toMatchObject([{ code: null }]);
	});

	it('warn once when they run low, again neither while it lasts nor when they are empty, and tell when it is over', async () => {
		await world.engine.coupons.createPool({ name: 'p', lowAt: 2 });
		await world.engine.coupons.createPool({ name: 'quiet' });
		await world.engine.coupons.addCodes('p', ['A', 'B', 'C']);
		const people = await world.people(3);
		const give = (n: number) => world.engine.coupons.assign({ pool: 'p', journey: 'wf', people: [{ profileId: people[n] ?? 0 }] });
		await world.engine.alerts.listen({ workflow: 'alerts', step: 'a' }, { kinds: ['couponsLow'], workflows: [], resolved: true });
		const told = async () => {
			await world.engine.alerts.look();
			const { nonce, news } = await world.engine.alerts.next({ workflow: 'alerts', step: 'a' }, { leaseMs: 60_000 });
			await world.engine.alerts.settle(nonce, true);
			return news.map(({ alert }) => `${alert.news}: ${alert.reason}`);
		};
		const before = await told();
		await give(0);
		const low = await told();
		await give(1);
		await give(2);
		const empty = await told();
		await world.engine.coupons.generate({ pool: 'p', count: 10 });
		const over = await told();

		expect(before).toEqual([]);
		expect(low).toEqual(['raised: The coupon pool "p" has 2 codes left. Import or generate more with Journey Content, Coupon.']);
		expect(empty).toEqual([]);
		expect(over).toEqual([expect.stringMatching(/^resolved: /)]);
	});
});

/** Merges `from` into `into` as the profiles domain does, with its keeper's undo. */
async function merged(world: World, into: number, from: number): Promise<{ undo(): Promise<void> }> {
	const keeper = world.engine.keepers.find(({ name }) => name === 'coupons');
	if (keeper === undefined) throw new Error('There is no keeper of coupons.');
	const merge = { into, from, eventNoOffset: 0, lastEventNo: 0 };
	const undo = await world.engine.store.tx('test-merge', (tx) => keeper.merge(tx, merge));
	return { undo: async () => await world.engine.store.tx('test-unmerge', (tx) => keeper.unmerge(tx, merge, undo)) };
}

