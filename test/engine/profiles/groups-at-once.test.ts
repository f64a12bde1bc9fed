import { sql } from 'kysely';

import type { TrackingMessage } from '../../../engine/events';
import { changeGroups, lockProfiles } from '../../../engine/profiles';
import type { Tx } from '../../../engine/store';
import { untilBlocked } from '../blocked';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';

const big = { group: { attribute: 'size', operator: 'greater' as const, value: 10 } };
const vip = { attribute: 'vip', operator: 'isTrue' as const };
const user = (value: string) => ({ kind: 'user_id', value });
const call = (userId: string, groupId: string, size?: number): TrackingMessage => ({ type: 'group', userId, groupId, ...(size === undefined ? {} : { traits: { size } }) });

/** What changes an account and what changes its members, in several processes at once: whoever is a member is looked at once the change holds. */
describe.each(DATABASES)('changes of accounts and their members at once, on %s', (kind) => {
	let world: World;
	let dying = false;
	beforeEach(async () => {
		dying = false;
		world = await World.open(kind, { atPoint: (point) => {
			if (dying && point === 'group-follow:before-commit') throw new Error('died');
		} });
	});
	afterEach(() => world.close());

	const ingest = async (...messages: TrackingMessage[]) => await world.engine.events.ingest(messages, { source: 's' });
	const counts = async () => [(await world.engine.segments.members('Big', { limit: 1000 })).length, await world.engine.segments.count({ rule: big })];
	const left = async () => (await world.rows('select id from account_change')).length;

	it('let nobody enter twice, in segments, in journeys and in scores, when a colleague changes meanwhile', async () => {
		const { engine } = world;
		await engine.segments.save({ name: 'S', rule: { any: [big, vip] }, wait: true });
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'segment', segment: 'S' }, reEntry: 'anyTime' });
		await engine.scores.saveModel({ name: 'M', rules: [{ name: 'big', group: 'fit', points: 90, when: big }, { name: 'vip', group: 'engagement', points: 90, when: vip }] });

		for (let n = 0; n < 20; n += 1) {
			await ingest(call(`a${n}`, `g${n}`, 1), call(`b${n}`, `g${n}`));
			await Promise.all([ingest(call(`a${n}`, `g${n}`, 100)), ingest({ type: 'identify', userId: `b${n}`, traits: { vip: true } })]);
		}

		expect(await world.rows('select profile from segment_change group by profile having count(*) > 1')).toEqual([]);
		expect((await world.rows('select profile from enrollment')).length).toBe(40);
		expect(await world.rows('select profile from enrollment group by profile having count(*) > 1')).toEqual([]);
		expect((await engine.segments.members('S', { limit: 1000 })).length).toBe(40);
		const scores = await world.rows<{ people: number }>('select value, count(*) as people from score group by value order by value');
		expect(scores.map(({ people }) => Number(people))).toEqual([20, 20]);
		expect(await world.rows(`select profile from score_change where kind = 'bucket' group by profile having count(*) > 2`)).toEqual([]);
	});

	it('miss nobody who joins while the account changes, by a group call or by addMembers', async () => {
		await world.engine.segments.save({ name: 'Big', rule: big, wait: true });

		for (let n = 0; n < 15; n += 1) {
			await ingest({ type: 'identify', userId: `b${n}` }, { type: 'identify', userId: `c${n}` }, call(`a${n}`, `g${n}`, 1));
			await Promise.all([ingest(call(`b${n}`, `g${n}`)), ingest(call(`a${n}`, `g${n}`, 100))]);
			await Promise.all([world.engine.groups.addMembers([{ key: `g${n}`, member: user(`c${n}`) }]), world.engine.groups.upsert([{ key: `g${n}`, attributes: { size: n % 2 } }])]);
			await Promise.all([world.engine.groups.upsert([{ key: `g${n}`, attributes: { size: 50 } }]), world.engine.groups.upsert([{ key: `g${n}`, attributes: { seats: 5 } }])]);
		}

		expect(await counts()).toEqual([45, 45]);
		expect(await left()).toBe(0);
	});

	it('miss nobody who is merged while the account changes', async () => {
		await world.engine.segments.save({ name: 'Big', rule: big, wait: true });

		for (let n = 0; n < 15; n += 1) {
			const email = { kind: 'email', value: `b${n}@x.org` };
			await world.engine.profiles.upsert([{ identities: [user(`u${n}`)] }, { identities: [email] }], { source: 't' });
			await world.engine.groups.upsert([{ key: `g${n}`, attributes: { size: 1 } }]);
			await world.engine.groups.addMembers([{ key: `g${n}`, member: email }]);
			await Promise.all([world.engine.profiles.merge(user(`u${n}`), email), world.engine.groups.upsert([{ key: `g${n}`, attributes: { size: 100 } }])]);
		}
		await world.engine.tick();

		expect(await counts()).toEqual([15, 15]);
	});

	it('are followed by tick() when the process died in between, with the journeys that the change starts', async () => {
		await world.engine.segments.save({ name: 'Big', rule: big, wait: true });
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'segment', segment: 'Big' } });
		await ingest(call('a', 'acme', 1), call('b', 'acme'), call('h', 'old', 1), call('i', 'old'));
		dying = true;

		expect(await ingest(call('a', 'acme', 100))).toMatchObject({ accepted: 1, entered: 1 });
		await world.engine.events.ingest([call('h', 'old', 100)], { source: 's', historical: true });
		expect([await counts(), await left()]).toEqual([[2, 4], 2]);
		dying = false;
		await world.engine.tick();
		await world.engine.tick();

		expect([await counts(), await left()]).toEqual([[4, 4], 0]);
		// Those of the historical change start nothing.
		expect((await world.rows('select profile from enrollment')).length).toBe(2);
	});

	it('look at the members of a large account in transactions of their own, small accounts in between', async () => {
		const people = Array.from({ length: 3_200 }, (_, n) => n);
		for (let from = 0; from < people.length; from += 800) await ingest(...people.slice(from, from + 800).map((n) => call(`u${n}`, n < 3_197 ? 'large' : 'small')));
		await world.engine.segments.save({ name: 'Big', rule: big, wait: true });
		world.points.length = 0;

		await ingest(call('u0', 'large', 100));
		const [soon] = await counts();
		await ingest(call('u3199', 'small', 100));
		const small = await world.engine.segments.evaluate({ name: 'Big' }, [3_198, 3_199, 3_200]);
		await world.engine.tick();

		expect(world.points.filter((point) => point === 'group-follow:after-commit').length).toBe(7);
		expect(soon).toBe(1000);
		expect(small).toHaveLength(3);
		expect(await world.engine.segments.count({ name: 'Big' })).toBe(3_200);
		expect(await left()).toBe(0);
	});

	it('go together where an account changes again before its members were looked at', async () => {
		await world.engine.segments.save({ name: 'Big', rule: big, wait: true });
		await ingest(call('a', 'acme', 1), call('b', 'acme'));
		dying = true;
		for (const size of [100, 2, 50]) await ingest(call('a', 'acme', size));
		dying = false;
		world.points.length = 0;

		await world.engine.tick();

		expect(world.points.filter((point) => point === 'group-follow:after-commit').length).toBe(1);
		expect([await counts(), await left()]).toEqual([[2, 2], 0]);
	});

	if (kind === 'postgres') {
		it.each(['change', 'join'] as const)('wait for each other: the other process holds its %s', async (held) => {
			await world.engine.segments.save({ name: 'Big', rule: big, wait: true });
			await ingest(call('a', 'acme', 1), { type: 'identify', userId: 'b' });
			const other = (await world.another()).engine;
			let commit = (): void => undefined;
			const committed = new Promise<void>((resolve) => (commit = resolve));
			let holding: Promise<void> = committed;
			const pid = await new Promise<number>((resolve, reject) => {
				holding = other.store.tx('held', async (tx: Tx) => {
					const profile = held === 'change' ? 1 : 2;
					await lockProfiles(tx, [profile]);
					await changeGroups(tx, held === 'change' ? [{ key: 'acme', attributes: { size: 100 } }] : [], held === 'change' ? [] : [{ key: 'acme', profile: 2 }], new Set([profile]));
					resolve(await backend(tx));
					await committed;
				});
				holding.catch(reject);
			});

			const calling = ingest(held === 'change' ? call('b', 'acme') : call('a', 'acme', 100));
			await world.engine.store.read((reader) => untilBlocked(reader, [calling], pid));
			commit();
			await Promise.all([holding, calling]);

			expect(await world.engine.segments.evaluate({ rule: big }, [2])).toEqual([2]);
			expect((await world.engine.segments.members('Big')).map(({ profile }) => profile)).toContain(2);
		});
	}
});

async function backend(tx: Tx): Promise<number> {
	return (await tx.first(sql<{ pid: number }>`select pg_backend_pid() as pid`))?.pid ?? 0;
}
