import type { SegmentMember, SegmentsApi } from '../../../engine/segments';
import { createConsent, sharableSql } from '../../../engine/consent';
import { createGroups } from '../../../engine/profiles';
import { DATABASES } from '../databases';
import { openWorld, type World } from '../events/fixture';

const PEOPLE = 2_600;
/** A stretch longer than the largest page, so that a page filtered after it was read would be empty, and the reader would stop there. */
const KEPT_OUT = { from: 200, to: 1_500 };

describe.each(DATABASES)('members who may be shared, on %s', (kind) => {
	let world: World;
	let ids: number[];
	beforeAll(async () => {
		world = await openWorld(kind);
		const report = await world.profiles.upsert(Array.from({ length: PEOPLE }, (_none, n) => ({ identities: [{ kind: 'user_id', value: `u${n}` }], attributes: { plan: 'pro' } })), { source: 'test' });
		ids = report.profiles.map(Number);
		await world.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' }, wait: true });
		await world.segments.lists.create('Press');
		await world.segments.lists.add('Press', ids.map((profileId) => ({ profileId })));
		const consent = createConsent({ store: world.store, segments: world.segments });
		const say = (from: number, to: number, active: boolean) => consent.setDoNotSell(ids.slice(from, to).map((profileId) => ({ whose: { profileId }, active, source: 'test' })));
		await say(KEPT_OUT.from, KEPT_OUT.to + 100, true);
		// Taken back: they may be shared again.
		await say(KEPT_OUT.to, KEPT_OUT.to + 100, false);
	});
	afterAll(() => world.close());

	const whole = async (api: Pick<SegmentsApi, 'members'>, name: string, sharableOnly?: boolean): Promise<{ pages: number[]; found: number[] }> => {
		const pages: number[] = [];
		const found: number[] = [];
		for (let page: SegmentMember[] = []; ; ) {
			page = await api.members(name, { limit: 1_000, afterProfile: page.at(-1)?.profile ?? 0, ...(sharableOnly === undefined ? {} : { sharableOnly }) });
			if (page.length === 0) return { pages, found };
			pages.push(page.length);
			found.push(...page.map(({ profile }) => profile));
		}
	};

	it.each([['a segment', 'Pro'], ['a list', 'Press']])('of %s leave out those who asked not to be, page by full page, and only when that is asked for', async (_what, name) => {
		const api = name === 'Press' ? world.segments.lists : world.segments;

		const shared = await whole(api, name, true);
		const all = [await whole(api, name), await whole(api, name, false)];

		expect(shared).toEqual({ pages: [1_000, 300], found: [...ids.slice(0, KEPT_OUT.from), ...ids.slice(KEPT_OUT.to)] });
		for (const one of all) expect(one).toEqual({ pages: [1_000, 1_000, 600], found: ids });
	});

	it('of a group, too; an engine that cannot tell who they are does not give out everybody', async () => {
		const groups = createGroups({ store: world.store, segments: world.segments, sharable: sharableSql });
		await groups.addMembers(ids.map((profileId) => ({ key: 'acme', member: { profileId } })));

		const shared = await whole({ members: (name, page) => groups.members(name, page) as never }, 'acme', true);
		const all = await whole({ members: (name, page) => groups.members(name, page) as never }, 'acme');

		expect(shared).toEqual({ pages: [1_000, 300], found: [...ids.slice(0, KEPT_OUT.from), ...ids.slice(KEPT_OUT.to)] });
		expect(all).toEqual({ pages: [1_000, 1_000, 600], found: ids });
		await expect(createGroups({ store: world.store, segments: world.segments }).members('acme', { sharableOnly: true })).rejects.toMatchObject({ code: 'INTERNAL' });
	});
});
