import { DATABASES } from '../databases';
import { World } from '../journeys/world';

describe.each(DATABASES)('groups on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const user = (value: string) => ({ kind: 'user_id', value });

	it('come from group messages: the account with its traits, the person as a member, in the profile too', async () => {
		const report = await world.engine.events.ingest([
			{ type: 'group', userId: 'ann', groupId: 'acme', traits: { plan: 'pro', seats: 5 }, messageId: 'g1' }, { type: 'group', userId: 'bob', groupId: 'acme', traits: { seats: 6 } },
			{ type: 'group', userId: 'ann', groupId: 'acme', traits: { plan: 'free' }, messageId: 'g1' },
		], { source: 's' });
		await world.engine.events.ingest([{ type: 'group', userId: 'ann', groupId: 'acme', traits: { plan: 'free' }, messageId: 'g1' }], { source: 's' });

		expect(report).toMatchObject({ accepted: 2, duplicates: 1 });
		expect(await world.engine.groups.get('acme')).toMatchObject({ key: 'acme', attributes: { plan: 'pro', seats: 6 }, members: 2 });
		expect((await world.engine.profiles.get(user('ann')))?.groups).toEqual([{ key: 'acme', attributes: { plan: 'pro', seats: 6 }, since: '2026-03-02T09:00:00.000Z' }]);
	});

	it('are made and changed with operations; one that cannot be is refused by itself', async () => {
		await world.engine.groups.upsert([{ key: 'acme', attributes: { seats: 5, old: 1 } }]);

		const report = await world.engine.groups.upsert([
			{ key: 'acme', attributes: { old: null }, operations: [{ attribute: 'seats', operation: 'increment', value: 2 }] }, { key: ' ' }, { key: 'acme', operations: [{ attribute: 'seats', operation: 'append', value: 1 }] }, { key: 'beta' },
		]);

		expect(report).toMatchObject({ created: 1, updated: 1 });
		expect(report.rejected.map(({ index }) => index)).toEqual([1, 2]);
		expect((await world.engine.groups.get('acme'))?.attributes).toEqual({ seats: 7 });
		expect(await world.engine.groups.get('nobody')).toBeNull();
	});

	it('take and lose members who exist, by identity or id, and say who is not there', async () => {
		await world.people(2);

		const added = await world.engine.groups.addMembers([{ key: 'acme', member: user('u0') }, { key: 'acme', member: { profileId: 2 } }, { key: 'acme', member: user('ghost') }, { key: 'acme', member: user('u0') }]);
		const removed = await world.engine.groups.removeMembers([{ key: 'acme', member: { profileId: 2 } }, { key: 'other', member: user('u0') }]);

		expect(added).toEqual({ changed: 2, profiles: [1, 2, null, 1], rejected: [{ index: 2, reason: expect.any(String) as string }] });
		expect(removed).toMatchObject({ changed: 1, rejected: [] });
		expect(await world.engine.groups.members('acme')).toEqual([{ profile: 1, since: '2026-03-02T09:00:00.000Z', attributes: { number: 0 } }]);
		await expect(world.engine.groups.members('other')).rejects.toMatchObject({ code: 'NOT_FOUND' });
	});

	it('are listed by key, page by page, the same on both databases', async () => {
		await world.engine.groups.upsert(['b', 'A', 'a', 'Z', 'äcme', '_'].map((key) => ({ key })));

		const first = await world.engine.groups.list({ limit: 3 });
		const rest = await world.engine.groups.list({ after: first.at(-1)?.key ?? '' });

		expect([...first, ...rest].map(({ key }) => key)).toEqual(['A', 'Z', '_', 'a', 'b', 'äcme']);
		expect((await world.engine.groups.list({ search: 'B' })).map(({ key }) => key)).toEqual(['b']);
	});

	it('move their members in and out of segments when an attribute of the group changes', async () => {
		await world.people(3);
		await world.engine.groups.addMembers([{ key: 'acme', member: user('u0') }, { key: 'acme', member: user('u1') }]);
		await world.engine.segments.save({ name: 'Pro accounts', rule: { group: { attribute: 'plan', operator: 'equals', value: 'pro' } } });
		const counts = [await world.engine.segments.count({ name: 'Pro accounts' })];

		await world.engine.events.ingest([{ type: 'group', userId: 'u2', groupId: 'acme', traits: { plan: 'pro' } }], { source: 's' });
		counts.push(await world.engine.segments.count({ name: 'Pro accounts' }));
		await world.engine.groups.removeMembers([{ key: 'acme', member: user('u0') }]);
		counts.push(await world.engine.segments.count({ name: 'Pro accounts' }));
		await world.engine.groups.upsert([{ key: 'acme', attributes: { plan: 'free' } }]);
		counts.push(await world.engine.segments.count({ name: 'Pro accounts' }));

		expect(counts).toEqual([0, 3, 2, 0]);
	});
});
