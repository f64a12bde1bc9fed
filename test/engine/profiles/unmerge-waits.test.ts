import type { TrackingMessage } from '../../../engine/events';
import { DATABASES } from '../databases';
import { DAY_MS, World } from '../journeys/world';

const BROWSER = { kind: 'anonymous_id', value: 'browser' };
const ANN = { kind: 'user_id', value: 'ann' };

describe.each(DATABASES)('a leg that lives through a merge and its undoing, on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const step = (name: string) => world.walk.step(name, 'waitForEvent');
	const ingest = async (...messages: TrackingMessage[]) => {
		await world.engine.events.ingest(messages, { source: 'shop' });
		world.clock.advance(1000);
	};

	it.each([[0, 0], [1, 0], [0, 3], [1, 3]])('still finds what the person did in it (events of theirs before: %i, of the other: %i) (rule 17)', async (before, others) => {
		await world.engine.segments.save({ name: 'VIP', rule: { attribute: 'vip', operator: 'isTrue' } });
		await world.walk.register(world.walk.step('vip', 'trigger'), { entry: { kind: 'segment', segment: 'VIP' } });
		await ingest({ type: 'identify', userId: 'ann' });
		for (let n = 0; n < others; n += 1) await ingest({ type: 'track', event: 'Other', userId: 'ann' });
		for (let n = 0; n < before; n += 1) await ingest({ type: 'track', event: 'View', anonymousId: 'browser' });
		await ingest({ type: 'identify', anonymousId: 'browser', traits: { vip: true } });
		const leg = await world.walk.start(step('vip'));
		await ingest({ type: 'track', event: 'Clicked', anonymousId: 'browser' });

		await world.engine.profiles.merge(ANN, BROWSER);
		await world.engine.profiles.unmerge(ANN, { who: 'test' });
		await world.walk.park(step('wait'), leg.people, 30 * DAY_MS, { event: 'Clicked' });
		await world.walk.settle(leg);

		expect(await world.rows('select outcome from token')).toEqual([{ outcome: 'event' }]);
	});
});
