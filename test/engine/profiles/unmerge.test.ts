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
