import type { JourneyConfig } from '../../../engine/journeys/types';
import type { DatabaseKind } from '../databases';
import { protocolViolations } from './protocol-checks';
import { World } from './world';

/** The event that starts the journey. */
export const SIGNED_UP = 'Signed Up';

/** A world with a journey that begins at the step `trigger` with everybody who signs up. */
export async function openSignUps(kind: DatabaseKind, config: Partial<JourneyConfig> = {}): Promise<World> {
	const world = await World.open(kind);
	await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: SIGNED_UP } }, fields: ['number'], onFailure: 'retry', ...config });
	return world;
}

/** After each test: PROTOCOL.md's queries, then the world goes. */
export async function closeSignUps(world: World): Promise<void> {
	const found = await protocolViolations(world.engine.store, [], { entryEvent: SIGNED_UP, atRest: false });
	await world.close();
	expect(found).toEqual({});
}
