import { valuesOf } from '../../../engine/segments/values';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';

describe.each(DATABASES)('the values that a dropdown offers on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const people = async (...attributes: object[]) => {
		await world.engine.profiles.upsert(attributes.map((one, n) => ({ identities: [{ kind: 'user_id', value: `u${n}` }], attributes: one as never })), { source: 's' });
	};
	const numbered = (n: number) => (kind === 'sqlite' ? `with recursive n(n) as (select 1 union all select n + 1 from n where n < ${n}) select n from n` : `select n from generate_series(1, ${n}) as n`);
	/** So many more, of whom each hundredth is told apart. */
	const crowd = async (count: number) => {
		const city = `'City ' || (n / 100)`;
		const json = kind === 'sqlite' ? `json_object('city', ${city})` : `jsonb_build_object('city', ${city})`;
		await world.change(`insert into profile (id, created_at, updated_at, attributes) select 1000 + n, 0, 0, ${json} from (${numbered(count)}) as numbers`);
	};

	it('are the items of lists, both of what is true or false, texts and numbers; nothing of objects, empty or long texts', async () => {
		await people({ of: 'text', deep: { er: ['in'] } }, { of: 7 }, { of: 7.5 }, { of: ['vip', 'vip', 'press', 3, false, null, ['no'], { no: 1 }] }, { of: { no: 'no' } }, { of: '' }, { of: null }, { of: 'x'.repeat(201) }, {});

		const offered = await world.engine.segments.values({ attribute: 'of' });

		expect(offered).toEqual(['vip', '3', '7', '7.5', 'false', 'press', 'text', 'true']);
		expect(await world.engine.segments.values({ attribute: 'deep.er' })).toEqual(['in']);
		expect(await world.engine.segments.values({ attribute: 'unheard' })).toEqual([]);
	});

	it('each find whoever has them, under the condition that asks for them', async () => {
		await people({ newsletter: true, tags: ['a', 'b'], seats: 5 }, { newsletter: false, tags: ['b'] });
		const found = async (attribute: string, operator: 'equals' | 'contains') =>
			await Promise.all((await world.engine.segments.values({ attribute })).map(async (value) => [value, await world.engine.segments.count({ rule: { attribute, operator, value } })]));

		expect(await found('newsletter', 'equals')).toEqual([['false', 1], ['true', 1]]);
		expect(await found('tags', 'contains')).toEqual([['b', 2], ['a', 1]]);
		expect(await found('seats', 'equals')).toEqual([['5', 1]]);
	});

	it('are those of groups and of events, too', async () => {
		await world.engine.events.ingest([
			{ type: 'group', userId: 'ann', groupId: 'acme', traits: { industry: 'Toys', tags: ['b2b'] } }, { type: 'group', userId: 'bob', groupId: 'beta', traits: { industry: 'Toys' } }, { type: 'group', userId: 'bob', groupId: 'gamma', traits: { industry: 'Cars' } },
			{ type: 'track', userId: 'ann', event: 'Bought', properties: { skus: ['x1', 'x2'], gift: true } }, { type: 'track', userId: 'ann', event: 'Seen', properties: { skus: ['x3'] } },
		], { source: 's' });

		expect(await world.engine.segments.values({ groupAttribute: 'industry' })).toEqual(['Toys', 'Cars']);
		expect(await world.engine.segments.values({ groupAttribute: 'tags' })).toEqual(['b2b']);
		expect(await world.engine.segments.values({ event: 'Bought', property: 'skus' })).toEqual(['x1', 'x2']);
		expect(await world.engine.segments.values({ event: 'Bought', property: 'gift' }, { search: 'TRU' })).toEqual(['true']);
	});

	it('are searched among all, also behind the hundred most frequent and the newest thousands, whatever their case', async () => {
		await people({ city: 'Zürich' }, { city: 'Winterthur' });
		await crowd(25_000);

		const newest = await world.engine.segments.values({ attribute: 'city' });

		expect(newest).toHaveLength(51);
		expect(await world.engine.segments.values({ attribute: 'city' }, { search: 'ZÜR' })).toEqual(['Zürich']);
		expect(await world.engine.segments.values({ attribute: 'city' }, { search: 'city 1' })).toHaveLength(100);
		expect(await world.engine.segments.values({ attribute: 'city' }, { search: 'nowhere' })).toEqual([]);
	});

	it('are searched no longer than ten seconds, the newest first', async () => {
		await people({ city: 'Zürich' });
		await crowd(kind === 'sqlite' ? 25_000 : 125_000);
		let looks = 0;
		// Each look at the clock is five seconds later: there is time for two slices, and the oldest is not reached.
		const slow = () => 5_000 * looks++;

		const reached = await valuesOf(world.engine.store, { attribute: 'city' }, { search: kind === 'sqlite' ? 'City 24' : 'City 124' }, slow);
		const asked = looks;
		looks = 0;

		expect(reached).toContain(kind === 'sqlite' ? 'City 249' : 'City 1249');
		expect(await valuesOf(world.engine.store, { attribute: 'city' }, { search: 'Zür' }, slow)).toEqual([]);
		expect([asked, looks]).toEqual([3, 3]);
		expect(await valuesOf(world.engine.store, { attribute: 'city' }, { search: 'Zür' }, () => 0)).toEqual(['Zürich']);
	});

	it('are searched in turns: whatever else comes in meanwhile does not wait for the end', async () => {
		await crowd(kind === 'sqlite' ? 45_000 : 5_000);
		let [turns, searching] = [0, true];
		const others = (): unknown => (searching ? ((turns += 1), setImmediate(others)) : undefined);
		setImmediate(others);

		await world.engine.segments.values({ attribute: 'city' }, { search: 'nowhere' });
		searching = false;

		expect(turns).toBeGreaterThanOrEqual(kind === 'sqlite' ? 4 : 1);
	});

	it('are refused for what is no path', async () => {
		await expect(world.engine.segments.values({ groupAttribute: 'a..b' })).rejects.toMatchObject({ code: 'RULE_INVALID' });
	});
});
