import type { TrackingMessage } from '../../../engine/events';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';
import { brokenInvariants } from './merge-invariants';

describe.each(DATABASES)('merging and unmerging by hand on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(async () => {
		expect(await world.engine.store.read((reader) => brokenInvariants(reader))).toEqual({});
		await world.close();
	});

	const ingest = (...messages: TrackingMessage[]) => world.engine.events.ingest(messages, { source: 's' });
	const anonymous = { kind: 'anonymous_id', value: 'browser' };
	const user = { kind: 'user_id', value: 'ann' };
	const emailOf = (n: number) => ({ kind: 'email', value: `e${n}@x.org` });

	it('makes one of two, by the rule or as told', async () => {
		await ingest({ type: 'identify', anonymousId: 'browser', traits: { plan: 'free', city: 'Bern' } }, { type: 'identify', userId: 'ann', traits: { plan: 'pro' } }, { type: 'identify', identities: [emailOf(1)], traits: { plan: 'trial' } });

		const byRule = await world.engine.profiles.merge(anonymous, user, { who: 'workflow 7' });
		const asTold = await world.engine.profiles.merge(emailOf(1), { profileId: 1 }, { keep: 'one' });
		const again = await world.engine.profiles.merge(emailOf(1), user);

		expect([byRule, asTold, again]).toEqual([{ profile: 2, merged: 1 }, { profile: 3, merged: 2 }, { profile: 3, merged: null }]);
		const view = await world.engine.profiles.get({ profileId: 1 });
		expect(view).toMatchObject({ id: 3, attributes: { plan: 'trial', city: 'Bern' }, mergedIds: [1, 2] });
		expect((await world.engine.profiles.merges(user)).map(({ from, into, reason, by }) => [from, into, reason, by])).toEqual([[2, 3, 'manual', 'api'], [1, 2, 'manual', 'workflow 7']]);
		expect(await world.rows("select actor, profile from audit where action = 'profiles.merge' order by id")).toMatchObject([{ actor: 'workflow 7' }, { actor: 'api', profile: 3 }]);
	});

	it('refuses two user ids, a limit and nobody, with what to do', async () => {
		await ingest({ type: 'identify', userId: 'ann' }, { type: 'identify', userId: 'bob' }, { type: 'identify', anonymousId: 'one', identities: [1, 2, 3].map(emailOf) }, { type: 'identify', anonymousId: 'two', identities: [4, 5, 6].map(emailOf) });

		await expect(world.engine.profiles.merge(user, { kind: 'user_id', value: 'bob' })).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('different user ids') as string });
		await expect(world.engine.profiles.merge({ kind: 'anonymous_id', value: 'one' }, { kind: 'anonymous_id', value: 'two' })).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('6 identities of the kind email') as string });
		await expect(world.engine.profiles.merge(user, { profileId: 99 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await expect(world.engine.profiles.unmerge(user)).rejects.toMatchObject({ code: 'NOT_FOUND' });
		expect(await world.engine.profiles.count()).toBe(4);
	});

	it('takes the last merge back: what moved goes back under its old id, what came since stays', async () => {
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Started' } } });
		await world.engine.segments.save({ name: 'Free', rule: { attribute: 'plan', operator: 'equals', value: 'free' } });
		await ingest({ type: 'track', event: 'Seen', userId: 'ann' }, { type: 'identify', userId: 'ann', traits: { name: 'Ann' } });
		await ingest({ type: 'identify', anonymousId: 'browser', traits: { plan: 'free', city: 'Bern' } }, { type: 'track', event: 'Started', anonymousId: 'browser', messageId: 'x' }, { type: 'group', anonymousId: 'browser', groupId: 'acme' });
		await world.engine.consent.set([{ profile: 2, channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }]);
		await ingest({ type: 'identify', userId: 'ann', anonymousId: 'browser' });
		await ingest({ type: 'track', event: 'Later', userId: 'ann', anonymousId: 'new-browser' }, { type: 'identify', userId: 'ann', traits: { city: 'Basel' } });

		const undone = await world.engine.profiles.unmerge({ profileId: 2 }, { who: 'workflow 7' });

		expect(undone).toEqual({ profile: 1, restored: 2 });
		expect(await world.engine.profiles.get({ profileId: 2 })).toMatchObject({
			id: 2, attributes: { plan: 'free', city: 'Bern' }, identities: [anonymous], segments: ['Free'], groups: [{ key: 'acme' }], consents: [{ state: 'unsubscribed' }], events: [{ name: 'Started' }], enrollments: [{ state: 'active' }],
		});
		expect(await world.engine.profiles.get(user)).toMatchObject({
			id: 1, attributes: { name: 'Ann', city: 'Basel' }, identities: [{ kind: 'anonymous_id', value: 'new-browser' }, user], segments: [], groups: [], mergedIds: [], events: [{ name: 'Later' }, { name: 'Seen' }], enrollments: [],
		});
		expect((await world.engine.profiles.get(user))?.attributes).not.toHaveProperty('plan');
		expect((await world.engine.profiles.merges(user))[0]).toMatchObject({ from: 2, into: 1, reason: 'anonymous_id', undoneAt: '2026-03-02T09:00:00.000Z' });
		expect(await ingest({ type: 'track', event: 'Started', anonymousId: 'browser', messageId: 'x' })).toMatchObject({ duplicates: 1, profiles: [2] });
		await expect(world.engine.profiles.unmerge(user)).rejects.toMatchObject({ code: 'NOT_FOUND' });
	});

	it('takes back one merge after the other, the newest first', async () => {
		await ingest({ type: 'track', event: 'A', userId: 'ann' }, { type: 'track', event: 'B', anonymousId: 'b' }, { type: 'track', event: 'C', anonymousId: 'c' });
		await ingest({ type: 'identify', userId: 'ann', anonymousId: 'b' });
		await ingest({ type: 'identify', userId: 'ann', anonymousId: 'c' });

		const undone = [await world.engine.profiles.unmerge(user), await world.engine.profiles.unmerge(user)];

		expect(undone).toEqual([{ profile: 1, restored: 3 }, { profile: 1, restored: 2 }]);
		expect(await world.rows('select profile, event_no, name from event order by profile')).toEqual([{ profile: 1, event_no: 1, name: 'A' }, { profile: 2, event_no: 1, name: 'B' }, { profile: 3, event_no: 1, name: 'C' }]);
	});

	describe('people who were unmerged', () => {
		const both: TrackingMessage = { type: 'track', event: 'Both', userId: 'ann', anonymousId: 'browser' };
		const idOf = async (by: { kind: string; value: string }) => (await world.engine.profiles.get(by))?.id;
		beforeEach(async () => {
			await ingest({ type: 'track', event: 'A', userId: 'ann' }, { type: 'track', event: 'B', anonymousId: 'browser' });
			await ingest(both);
			await world.engine.profiles.unmerge(user);
		});

		it('stay apart whatever carries identities of both: it goes to whose identity is the stronger, and says what it left', async () => {
			const tracked = await ingest(both, { type: 'identify', userId: 'ann', anonymousId: 'browser', traits: { plan: 'pro' } }, { type: 'alias', userId: 'ann', previousId: 'browser' }, { type: 'track', event: 'Own', anonymousId: 'browser' });
			const imported = await world.engine.profiles.upsert([{ identities: [anonymous, user], attributes: { city: 'Bern' } }], { source: 'import' });

			const apart = expect.stringContaining('unmerged') as string;
			expect(tracked).toMatchObject({ accepted: 4, profiles: [1, 1, 1, 2], left: [0, 1, 2].map((index) => ({ index, kind: 'anonymous_id', reason: apart })) });
			expect(imported).toMatchObject({ profiles: [1], left: [{ index: 0, kind: 'anonymous_id', reason: apart }] });
			expect(await world.engine.profiles.get(user)).toMatchObject({ id: 1, attributes: { plan: 'pro', city: 'Bern' }, apart: [2] });
			expect(await world.engine.profiles.get(anonymous)).toMatchObject({ id: 2, attributes: {}, apart: [1], events: [{ name: 'Own' }, { name: 'B' }] });
		});

		it('stay apart in one batch too, by way of a third identity or profile, and after either was merged with others', async () => {
			const tablet = { kind: 'anonymous_id', value: 'tablet' };
			await ingest({ type: 'track', event: 'C', identities: [emailOf(1)] });

			await ingest({ type: 'identify', anonymousId: 'tablet', identities: [anonymous] }, { type: 'identify', userId: 'ann', anonymousId: 'tablet' }, { type: 'identify', userId: 'ann', identities: [emailOf(1), anonymous] });
			await ingest({ type: 'identify', userId: 'bob', identities: [anonymous] }, { type: 'identify', identities: [emailOf(1), tablet] });

			expect([await idOf(user), await idOf(emailOf(1)), await idOf(anonymous), await idOf(tablet), await idOf({ kind: 'user_id', value: 'bob' })]).toEqual([1, 1, 2, 2, 2]);
		});

		it('stay apart when the one of them is part of an older profile by now', async () => {
			const older = await ingest({ type: 'track', event: 'C', userId: 'eve' }, { type: 'track', event: 'D', identities: [emailOf(1)] });
			await world.engine.profiles.merge(emailOf(1), anonymous, { keep: 'one' });

			const report = await ingest({ type: 'identify', userId: 'ann', identities: [emailOf(1)] }, both);

			expect(older.profiles).toEqual([3, 4]);
			expect(report).toMatchObject({ profiles: [1, 1], left: [{ kind: 'email' }, { kind: 'anonymous_id' }] });
			expect(await world.engine.profiles.get(anonymous)).toMatchObject({ id: 4, mergedIds: [2], apart: [1] });
		});

		it('stay apart within the very batch in which one of them becomes part of another', async () => {
			const [ada, laptop, phone] = [{ kind: 'user_id', value: 'ada' }, { kind: 'anonymous_id', value: 'laptop' }, { kind: 'anonymous_id', value: 'phone' }];
			await ingest({ type: 'identify', identities: [emailOf(1)] }, { type: 'identify', identities: [ada, laptop] }, { type: 'identify', identities: [phone] });
			await ingest({ type: 'identify', identities: [ada, phone] });
			await world.engine.profiles.unmerge(ada);

			const report = await ingest({ type: 'identify', identities: [emailOf(1), phone] }, { type: 'identify', identities: [emailOf(1), laptop] }, { type: 'identify', identities: [ada, emailOf(1)] });

			expect(report).toMatchObject({ profiles: [3, 3, 4], left: [{ index: 1, kind: 'anonymous_id' }, { index: 2, kind: 'email' }] });
			expect([await idOf(emailOf(1)), await idOf(phone), await idOf(ada), await idOf(laptop)]).toEqual([3, 3, 4, 4]);
		});

		it('become one again when somebody merges them by hand, and apart again by another unmerge', async () => {
			const merged = await world.engine.profiles.merge(user, anonymous);
			const together = await ingest(both);
			const left = (await world.engine.profiles.get(user))?.apart;
			const undone = await world.engine.profiles.unmerge(user);
			const again = await ingest(both);

			expect(merged).toEqual({ profile: 1, merged: 2 });
			expect(together).toMatchObject({ profiles: [1] });
			expect(together).not.toHaveProperty('left');
			expect(left).toEqual([]);
			expect(undone).toEqual({ profile: 1, restored: 2 });
			expect(again.left).toHaveLength(1);
		});

		it('are three people after two unmerges in a row, of whom no two are joined', async () => {
			await world.engine.profiles.merge(user, anonymous);
			await ingest({ type: 'identify', userId: 'ann', identities: [emailOf(1)] }, { type: 'track', event: 'C', anonymousId: 'tablet' });
			await ingest({ type: 'identify', userId: 'ann', anonymousId: 'tablet' });
			await world.engine.profiles.unmerge(user);
			await world.engine.profiles.unmerge(user);

			const report = await ingest(both, { type: 'identify', userId: 'ann', anonymousId: 'tablet' }, { type: 'identify', identities: [anonymous, { kind: 'anonymous_id', value: 'tablet' }] });

			expect(report.left).toHaveLength(3);
			expect(await world.engine.profiles.count()).toBe(3);
			expect((await world.engine.profiles.get(anonymous))?.apart).toEqual([1, 3]);
		});

		it('leave no trace of the other when one is erased', async () => {
			await world.engine.privacy.erasePerson(anonymous, { source: 'test' });

			expect(await world.rows('select one_profile from profile_apart')).toEqual([]);
			expect((await ingest(both)).left).toBeUndefined();
		});
	});

	it('never gives the id of a merged or erased profile to somebody else', async () => {
		await ingest({ type: 'track', event: 'A', userId: 'ann' }, { type: 'track', event: 'B', anonymousId: 'browser' });
		await ingest({ type: 'identify', userId: 'ann', anonymousId: 'browser' });

		const next = await ingest({ type: 'track', event: 'C', userId: 'eve' });
		await world.engine.privacy.erasePerson({ profileId: Number(next.profiles[0]) }, { source: 'test' });
		const after = await ingest({ type: 'track', event: 'D', userId: 'eva' });

		expect([...next.profiles, ...after.profiles]).toEqual([3, 4]);
		expect(await world.engine.profiles.get({ profileId: 3 })).toBeNull();
	});

	it('shows the whole person by any identity', async () => {
		await ingest({ type: 'identify', userId: 'ann', traits: { phone: '+41446681800' } }, { type: 'track', event: 'Visit', userId: 'ann', properties: { shop: { at: { lat: 47.3, lon: 8.5 } } } });

		const view = await world.engine.profiles.get({ kind: 'phone', value: '+41 44 668 18 00' }, { location: { event: 'Visit', property: 'shop.at' } });

		expect(view).toMatchObject({ country: 'CH', zone: 'Europe/Zurich', location: { lat: 47.3, lon: 8.5, event: 'Visit', at: '2026-03-02T09:00:00.000Z' }, lists: [], scores: [], stage: null, doNotSell: false });
		expect((await world.engine.profiles.get(user))?.location).toBeNull();
	});
});
