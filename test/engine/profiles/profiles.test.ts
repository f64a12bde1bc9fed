import { DATABASES } from '../databases';
import { openWorld } from '../events/fixture';

describe.each(DATABASES)('profiles on %s', (kind) => {
	it('makes and changes people in a batch and refuses single rows with a reason', async () => {
		const world = await openWorld(kind);

		const report = await world.profiles.upsert(
			[
				{ identities: [{ kind: 'email', value: 'Ada@x.org' }], attributes: { first: 'Ada', plan: 'pro' } },
				{ identities: [{ kind: 'email', value: 'nobody' }], attributes: { first: 'X' } },
				{ attributes: { first: 'Y' } },
				{ attributes: { email: 'ada@X.org', plan: null, tags: [] } },
				{ profileId: 77, attributes: { a: 1 } },
			],
			{ source: 'node', test: true },
		);

		expect(report).toMatchObject({ created: 1, updated: 0, profiles: [1, null, null, 1, null] });
		expect(report.rejected.map(({ index }) => index)).toEqual([1, 2, 4]);
		expect(await world.profiles.get({ profileId: 1 })).toMatchObject({ attributes: { first: 'Ada', email: 'ada@x.org', tags: [] }, test: true });
		expect(await world.profiles.upsert([{ profileId: 1, attributes: { first: 'Ada L.' } }], { source: 'node' })).toMatchObject({ created: 0, updated: 1 });
		await world.close();
	});

	it('unset and emptied attributes leave "exists", in the same transaction', async () => {
		const world = await openWorld(kind);
		await world.segments.save({ name: 'Has plan', rule: { attribute: 'plan', operator: 'exists' } });
		const set = async (plan: string | null) => {
			await world.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'u' }], attributes: { plan } }], { source: 'node' });
			return world.segments.count({ name: 'Has plan' });
		};

		expect([await set('pro'), await set(''), await set('free'), await set(null), await set('pro')]).toEqual([1, 0, 1, 0, 1]);
		await world.close();
	});

	it('starts journeys by a live change and none by a historical one', async () => {
		const world = await openWorld(kind);
		const { id } = await world.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
		const row = (value: string) => [{ identities: [{ kind: 'user_id', value }], attributes: { plan: 'pro' } }];

		await world.profiles.upsert(row('a'), { source: 'node' });
		await world.profiles.upsert(row('b'), { source: 'node', historical: true });

		expect(world.told.entries).toEqual([{ segment: id, profile: 1, historical: false }, { segment: id, profile: 2, historical: true }]);
		await world.close();
	});

	it('shows the full picture of a person, newest events first', async () => {
		const world = await openWorld(kind);
		await world.segments.save({ name: 'Buyers', rule: { event: 'Order' } });
		await world.events.ingest([{ type: 'identify', userId: 'u', traits: { email: 'a@x.org' } }], { source: 's' });
		for (let n = 0; n < 60; n += 1) {
			world.clock.advance(1000);
			await world.events.ingest([{ type: 'track', userId: 'u', event: 'Order', properties: { n } }], { source: 's' });
		}

		const view = await world.profiles.get({ kind: 'email', value: 'A@X.org' });

		expect(view).toMatchObject({ id: 1, test: false, attributes: { email: 'a@x.org' }, segments: ['Buyers'], consents: [], messages: [], enrollments: [], createdAt: '2026-03-02T09:00:00.000Z' });
		expect(view?.events).toHaveLength(50);
		expect(view?.events[0]).toEqual({ name: 'Order', at: '2026-03-02T09:01:00.000Z', properties: { n: 59 } });
		expect(await world.profiles.get({ kind: 'email', value: 'b@x.org' })).toBeNull();
		await expect(world.profiles.get({ kind: 'email', value: 'b' })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await world.close();
	});

	it('keeps attributes with dangerous names as plain data', async () => {
		const world = await openWorld(kind);
		const attributes = JSON.parse('{"__proto__": {"polluted": true}, "constructor": "x", "a\\"b": 1}') as Record<string, never>;

		await world.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'u' }], attributes }], { source: 'node' });

		const view = await world.profiles.get({ profileId: 1 });
		expect(JSON.parse(JSON.stringify(view?.attributes))).toEqual(attributes);
		expect(({} as Record<string, unknown>).polluted).toBeUndefined();
		await world.close();
	});
});
