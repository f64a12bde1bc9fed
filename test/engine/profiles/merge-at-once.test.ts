import { matureDue } from '../../../engine/experiments/mature';
import type { LocalEngine } from '../../../engine/engine';
import type { SplitConfig } from '../../../engine/experiments';
import { resolveProfiles } from '../../../engine/profiles';
import { untilBlocked } from '../blocked';
import { visits } from '../journeys/walk';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from '../journeys/world';

const BOTH = { identities: [{ kind: 'user_id', value: 'ann' }, { kind: 'anonymous_id', value: 'browser' }] };
const SPLIT: SplitConfig = { mode: 'experiment', unit: 'person', paths: [{ name: 'A' }, { name: 'B' }], metric: { kind: 'event', match: { event: 'Bought' } }, windowMs: HOUR_MS };

/** On PostgreSQL alone two processes can be at one person. */
describe('while another process has not committed its merge of Ann and a guest, on postgres', () => {
	let world: World;
	let other: LocalEngine;
	beforeEach(async () => {
		world = await World.open('postgres');
		other = (await world.another()).engine;
	});
	afterEach(() => world.close());

	const step = (name: string) => world.walk.step(name, 'waitForEvent');
	/** Merges, and holds the commit back; with works: until these wait for what it has locked. */
	async function merging(): Promise<(...works: Array<Promise<unknown>>) => Promise<void>> {
		let commit = (_works: Array<Promise<unknown>>): void => undefined;
		const allowed = new Promise<Array<Promise<unknown>>>((resolve) => (commit = resolve));
		let done: Promise<unknown> = Promise.resolve();
		await new Promise<void>((merged, failed) => {
			done = other.store.tx('held', async (tx) => {
				await resolveProfiles(tx, [BOTH], { create: true, test: false, merging: { keepers: other.keepers } });
				merged();
				await untilBlocked(tx, await allowed);
			});
			done.catch(failed);
		});
		return async (...works) => {
			commit(works);
			await done;
		};
	}

	it('her leg does not begin at a number of before: what the guest did earlier does not end her next wait (rules 4 and 17)', async () => {
		await world.walk.register(step('trigger'), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.engine.events.ingest([{ type: 'track', event: 'Signed Up', userId: 'ann' }], { source: 'shop' });
		const first = await world.walk.start(step('trigger'));
		await world.walk.park(step('pause'), first.people, HOUR_MS);
		await world.walk.settle(first);
		world.clock.advance(10 * MINUTE_MS);
		await world.engine.events.ingest([{ type: 'track', event: 'Clicked', anonymousId: 'browser' }], { source: 'shop' });
		world.clock.advance(HOUR_MS);

		const commit = await merging();
		const early = await world.walk.claim(step('pause'));
		await commit();
		const claimed = early.people.length > 0 ? early : await world.walk.claim(step('pause'));
		const leg = await world.walk.begin(claimed.nonce, claimed.people);
		await world.walk.park(step('wait'), leg.people, 30 * DAY_MS, { event: 'Clicked' });
		await world.walk.settle(leg);

		expect(await world.rows('select s.step, t.outcome from token t join step s on s.place = t.place')).toEqual([{ step: 'wait', outcome: null }]);
	});

	it('an experiment waits for it: the two are counted once, with what the one who stays did', async () => {
		const split = world.walk.step('split', 'split');
		await world.walk.register(step('trigger'), { entry: { kind: 'event', match: { event: 'Started' } } });
		await world.engine.experiments.register(split, SPLIT);
		await world.engine.events.ingest([{ type: 'track', event: 'Started', userId: 'ann' }, { type: 'track', event: 'Started', anonymousId: 'browser' }], { source: 'shop' });
		const leg = await world.walk.start(step('trigger'));
		await world.engine.experiments.split(split, visits(leg.people), SPLIT);
		await world.walk.settle(leg);
		world.clock.advance(MINUTE_MS);
		await world.engine.events.ingest([{ type: 'track', event: 'Bought', userId: 'ann' }, { type: 'track', event: 'Bought', anonymousId: 'browser' }], { source: 'shop' });
		world.clock.advance(2 * HOUR_MS);

		const commit = await merging();
		const maturing = matureDue(world.engine.store, 2);
		await commit(maturing);
		await maturing;

		const [status] = await world.engine.experiments.status({});
		const sum = (pick: 'matured' | 'conversions') => (status?.paths ?? []).reduce((total, path) => total + path[pick], 0);
		expect([sum('matured'), sum('conversions')]).toEqual([1, 1]);
	});
});
