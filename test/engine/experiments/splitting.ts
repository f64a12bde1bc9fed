import type { SplitConfig } from '../../../engine/experiments';
import type { ExperimentStatus, SplitResult } from '../../../engine/experiments/types';
import type { DatabaseKind } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import { visits, type Leg, type Person } from '../journeys/walk';
import { DAY_MS, HOUR_MS, World } from '../journeys/world';

export const HALVES: SplitConfig = { mode: 'percentages', unit: 'person', paths: [{ name: 'A', percent: 50 }, { name: 'B', percent: 50 }] };
export const TEST: SplitConfig = { mode: 'experiment', unit: 'person', paths: [{ name: 'A' }, { name: 'B' }], metric: { kind: 'event', match: { event: 'Bought' } }, windowMs: DAY_MS };

export const names = (results: readonly SplitResult[]) => results.map(({ name }) => name);
/** A claim gives people in the order of their tokens, which is none. */
export const inOrder = (leg: Leg): Leg => ({ ...leg, people: [...leg.people].sort((one, other) => one.stamp.profile - other.stamp.profile) });

/** A journey that leads into a split, in a world of its own for each test of the suite; each is left as PROTOCOL.md wants it. */
export function splitting(kind: DatabaseKind) {
	let world: World;
	let underWay: Leg | undefined;
	beforeEach(async () => {
		underWay = undefined;
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Started' } } });
	});
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, [], { entryEvent: 'Started', atRest: false })).toEqual({});
		await world.close();
	});

	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('split', 'split');
	/** These people enter; whoever was under way has come to the end. */
	const start = async (people: readonly number[]): Promise<Leg> => {
		if (underWay !== undefined) await world.walk.settle(underWay);
		await world.track('Started', people);
		underWay = inOrder(await world.walk.start(trigger()));
		return underWay;
	};
	const split = async (people: readonly Person[], config = HALVES): Promise<SplitResult[]> => await world.engine.experiments.split(step(), visits(people), config);
	/** The same people again, as after a process that died. */
	const replay = async (): Promise<Leg> => {
		world.clock.advance(HOUR_MS);
		underWay = inOrder(await world.walk.start(trigger()));
		return underWay;
	};
	const status = async (): Promise<ExperimentStatus> => {
		const [one] = await world.engine.experiments.status({ workflow: 'wf', step: 'split' });
		if (one === undefined) throw new Error('no experiment');
		return one;
	};
	const paths = async (what: 'people' | 'matured' | 'conversions') => Object.fromEntries((await status()).paths.map((path) => [path.name, path[what]]));
	const assignments = () => world.rows<{ profile: number; person: number | null; path: number; round: number; outcome: number | null; matures_at: number | null; matured_at: number | null }>('select profile, person, path, round, outcome, matures_at, matured_at from assignment order by id');

	return { world: () => world, trigger, step, start, split, replay, status, paths, assignments };
}
