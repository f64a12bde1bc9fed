import { sql } from 'kysely';

import type { TrackingMessage } from '../../../engine/events';
import { changeGroups, lockProfiles } from '../../../engine/profiles';
import { untilBlocked } from '../blocked';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';

const big = { group: { attribute: 'size', operator: 'greater' as const, value: 10 } };
const user = (value: string) => ({ kind: 'user_id', value });
const call = (userId: string, groupId: string, size?: number): TrackingMessage => ({ type: 'group', userId, groupId, ...(size === undefined ? {} : { traits: { size } }) });

describe.each(DATABASES)('the deletion of a group on %s', (kind) => {
	let world: World;
	/** Looks at members after which the process dies. */
	let looks = Infinity;
	beforeEach(async () => {
		looks = Infinity;
		world = await World.open(kind, { atPoint: (point) => {
			if (point === 'group-follow:before-commit' && (looks -= 1) < 0) throw new Error('died');
		} });
	});
	afterEach(() => world.close());

	const ingest = async (...messages: TrackingMessage[]) => await world.engine.events.ingest(messages, { source: 's' });
	const members = async () => (await world.engine.segments.members('Big', { limit: 1000 })).map(({ profile }) => profile);
	const saveBig = async () => await world.engine.segments.save({ name: 'Big', rule: big, wait: true });
	/** A journey that starts with whoever leaves the segment. */
	const onLeaving = async () => await world.walk.register(world.walk.step('left', 'trigger'), { entry: { kind: 'segment', segment: 'Big', change: 'left' } });
	const started = async () => (await world.enrollments()).map(({ profile }) => profile);
	/** What is still to be done, and whatever would be left for ever. */
	const remains = async () => [(await world.rows('select id from account_change')).length, (await world.rows('select account from account_member m where not exists (select 1 from account a where a.id = m.account)')).length];

	it('takes the account, its attributes and memberships; people stay, and segments, scores and journeys follow', async () => {
		const { engine } = world;
		await ingest(call('ann', 'acme', 100), call('bob', 'acme'), call('bob', 'beta', 50), call('cid', 'beta'));
		await saveBig();
		await onLeaving();
		await engine.scores.saveModel({ name: 'M', rules: [{ name: 'big', group: 'fit', points: 90, when: big }] });

		const answer = await engine.groups.delete(' acme ', { source: 'spring clean' });

		expect(answer).toEqual({ members: 2 });
		expect(await engine.groups.get('acme')).toBeNull();
		expect((await engine.groups.list()).map(({ key, members: count }) => [key, count])).toEqual([['beta', 2]]);
		await expect(engine.groups.members('acme')).rejects.toMatchObject({ code: 'NOT_FOUND' });
		expect((await engine.profiles.get(user('ann')))?.groups).toEqual([]);
		expect((await engine.profiles.get(user('bob')))?.groups.map(({ key }) => key)).toEqual(['beta']);
		expect(await members()).toEqual([2, 3]);
		expect(await started()).toEqual([1]);
		expect((await engine.scores.of('M', [1, 2])).map(({ profile, total }) => [profile, total])).toEqual([[1, 0], [2, 90]]);
		expect((await engine.privacy.audit({ action: 'group.delete' })).entries).toMatchObject([{ who: 'spring clean', profile: null, detail: { group: 'acme', count: 2 } }]);
		expect(await remains()).toEqual([0, 0]);
	});

	it('is refused for a group that there is not, or not any more', async () => {
		await world.engine.groups.upsert([{ key: 'acme' }]);

		await expect(world.engine.groups.delete('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await expect(world.engine.groups.delete(' ')).rejects.toMatchObject({ code: 'BAD_INPUT' });
		expect(await world.engine.groups.delete('acme')).toEqual({ members: 0 });
		await expect(world.engine.groups.delete('acme')).rejects.toMatchObject({ code: 'NOT_FOUND' });
		expect((await world.engine.privacy.audit({ action: 'group.delete' })).entries).toHaveLength(1);
	});

	it('starts no journey when it is historical, nor by what was still to be followed of the account before', async () => {
		await ingest(call('ann', 'acme', 100), call('bob', 'acme'));
		await saveBig();
		await onLeaving();
		looks = 0;
		await ingest(call('ann', 'acme', 99));
		await world.engine.groups.delete('acme', { historical: true });
		looks = Infinity;

		await world.engine.tick();
		await world.engine.tick();

		expect([await members(), await started(), await remains()]).toEqual([[], [], [0, 0]]);
	});

	it('is whole at once for everybody, and its members are followed by tick() when the process died', async () => {
		await ingest(call('ann', 'acme', 100), call('bob', 'acme'));
		await saveBig();
		await onLeaving();
		looks = 0;

		expect(await world.engine.groups.delete('acme')).toEqual({ members: 2 });
		const between = [await world.engine.segments.count({ rule: big }), (await world.engine.profiles.get(user('bob')))?.groups, await remains()];
		// A new account under the same key is another one: nobody of before belongs to it.
		await ingest(call('cid', 'acme', 5));
		const again = await world.engine.groups.members('acme');
		looks = Infinity;
		await world.engine.tick();

		expect(between).toEqual([0, [], [1, 2]]);
		expect(again.map(({ profile }) => profile)).toEqual([3]);
		expect([await members(), await started(), await remains()]).toEqual([[], [1, 2], [0, 0]]);
		expect((await world.engine.groups.members('acme')).map(({ profile }) => profile)).toEqual([3]);
	});

	it('is not undone by an unmerge, which puts nobody into a later account', async () => {
		await ingest({ type: 'identify', userId: 'ann' }, { type: 'identify', anonymousId: 'browser' });
		await world.engine.groups.addMembers([{ key: 'acme', member: { profileId: 2 } }]);
		await world.engine.profiles.merge(user('ann'), { profileId: 2 });
		await world.engine.groups.delete('acme');
		await world.engine.groups.addMembers([{ key: 'rival', member: user('ann') }]);

		await world.engine.profiles.unmerge(user('ann'));

		expect((await world.engine.profiles.get({ profileId: 2 }))?.groups).toEqual([]);
		expect((await world.engine.groups.members('rival')).map(({ profile }) => profile)).toEqual([1]);
	});

	it('finds a member whom a merge has given a lower id meanwhile', async () => {
		const people = Array.from({ length: 701 }, (_, n) => ({ kind: 'anonymous_id', value: `a${n}` }));
		await world.engine.profiles.upsert(people.map((identity) => ({ identities: [identity] })), { source: 's' });
		await world.engine.groups.upsert([{ key: 'acme', attributes: { size: 100 } }]);
		await world.engine.groups.addMembers(people.slice(1).map((member) => ({ key: 'acme', member })));
		await saveBig();
		looks = 1;
		await world.engine.groups.delete('acme');
		const halfway = await remains();
		await world.engine.profiles.merge({ profileId: 1 }, { profileId: 700 });
		looks = Infinity;

		await world.engine.tick();

		expect([halfway, await members(), await remains()]).toEqual([[1, 200], [], [0, 0]]);
	});

	it('goes on with a large account while others are served, in transactions of 500 people', async () => {
		const people = Array.from({ length: 3_200 }, (_, n) => `u${n}`);
		for (let from = 0; from < people.length; from += 800) await ingest(...people.slice(from, from + 800).map((one) => call(one, 'large')));
		await ingest(call('u0', 'large', 100));
		await world.engine.tick();
		await saveBig();
		world.points.length = 0;

		const answer = await world.engine.groups.delete('large');
		const soon = [(await world.engine.segments.members('Big', { limit: 1000 })).length, await world.engine.segments.count({ name: 'Big' }), await world.engine.segments.count({ rule: big })];
		await world.engine.tick();

		expect(answer).toEqual({ members: 3_200 });
		expect(soon).toEqual([1000, 1_200, 0]);
		expect(world.points.filter((point) => point === 'group-follow:after-commit').length).toBe(7);
		expect([await world.engine.segments.count({ name: 'Big' }), await remains()]).toEqual([0, [0, 0]]);
	});

	it('loses nobody who joins, is merged, or changes the account at the same moment in other processes', async () => {
		await saveBig();
		const other = (await world.another()).engine;
		for (let n = 0; n < 15; n += 1) {
			const key = `g${n}`;
			const email = { kind: 'email', value: `b${n}@x.org` };
			await ingest(call(`a${n}`, key, 100), { type: 'identify', userId: `c${n}` });
			await world.engine.profiles.upsert([{ identities: [email] }], { source: 't' });
			await world.engine.groups.addMembers([{ key, member: email }]);

			const done = await Promise.allSettled([
				other.groups.delete(key), world.engine.groups.addMembers([{ key, member: user(`c${n}`) }]), world.engine.profiles.merge(user(`a${n}`), email),
				world.engine.groups.upsert([{ key, attributes: { size: 50 } }]), world.engine.groups.delete(key),
			]);

			const failed = done.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code?: string }).code] : []));
			expect(failed.filter((code) => code !== 'NOT_FOUND')).toEqual([]);
			expect(done.slice(1, 4).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
			// Who joined after the last deletion belongs to the account that they made; before it, to none.
			const there = (await world.engine.profiles.get(user(`c${n}`)))?.groups.map((group) => group.key) ?? [];
			expect((await world.engine.groups.get(key))?.members ?? 0).toBe(there.length);
		}
		await world.engine.tick();
		await world.engine.tick();

		expect(await remains()).toEqual([0, 0]);
		expect((await members()).length).toBe(await world.engine.segments.count({ rule: big }));
	});

	if (kind === 'postgres') {
		it('waits for who is joining and takes them along', async () => {
			await world.engine.groups.upsert([{ key: 'acme' }]);
			await ingest({ type: 'identify', userId: 'ann' });
			const other = (await world.another()).engine;
			let commit = (): void => undefined;
			const committed = new Promise<void>((resolve) => (commit = resolve));
			let holding: Promise<void> = committed;
			const pid = await new Promise<number>((resolve, reject) => {
				holding = other.store.tx('held', async (tx) => {
					await lockProfiles(tx, [1]);
					await changeGroups(tx, [], [{ key: 'acme', profile: 1 }], new Set([1]));
					resolve((await tx.first(sql<{ pid: number }>`select pg_backend_pid() as pid`))?.pid ?? 0);
					await committed;
				});
				holding.catch(reject);
			});

			const deleting = world.engine.groups.delete('acme');
			await world.engine.store.read((reader) => untilBlocked(reader, [deleting], pid));
			commit();
			await holding;

			expect(await deleting).toEqual({ members: 1 });
			expect(await remains()).toEqual([0, 0]);
		});

		it('that comes while somebody joins has them make the account anew', async () => {
			await ingest(call('ann', 'acme', 100), { type: 'identify', userId: 'bob' });
			const other = (await world.another()).engine;
			let goOn = (): void => undefined;
			const gone = new Promise<void>((resolve) => (goOn = resolve));
			let tell = (): void => undefined;
			const found = new Promise<void>((resolve) => (tell = resolve));
			// Between the look for the account and its lock, the account goes.
			const joining = other.store.tx('held', async (tx) => {
				await lockProfiles(tx, [2]);
				const holding = { ...tx, all: (async (query: never) => {
					const rows = await tx.all<object>(query);
					if (rows.some((row) => 'key' in row)) {
						tell();
						await gone;
						holding.all = tx.all;
					}
					return rows;
				}) as typeof tx.all };
				return await changeGroups(holding, [], [{ key: 'acme', profile: 2 }], new Set([2]));
			});
			await found;
			await world.engine.groups.delete('acme');
			goOn();

			expect(await joining).toMatchObject({ joined: 1, created: 1 });
			expect((await world.engine.groups.members('acme')).map(({ profile }) => profile)).toEqual([2]);
			expect((await world.engine.groups.get('acme'))?.attributes).toEqual({});
		});
	}
});
