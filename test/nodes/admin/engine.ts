import { createEngine, ManualClock } from '../../../engine';
import type { LocalEngine } from '../../../engine';
import { useEngine } from '../../../nodes/shared/engine';
import { emptyDatabase, TEST_START_MS } from '../../engine/databases';

export interface TestEngine {
	engine: LocalEngine;
	clock: ManualClock;
	close(): Promise<void>;
}

/** A real engine on an empty embedded database with a clock that the test moves; the nodes find it as that of the process. */
export async function openTestEngine(): Promise<TestEngine> {
	const { database, drop } = await emptyDatabase('sqlite');
	const clock = new ManualClock(TEST_START_MS);
	const engine = await createEngine({ database, clock });
	useEngine(engine);
	return {
		engine,
		clock,
		close: async () => {
			useEngine(null);
			await engine.close();
			await drop();
		},
	};
}
