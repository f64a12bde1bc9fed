import { parentPort, workerData } from 'node:worker_threads';

import { createEngine } from '../../../engine/engine';
import type { ThreadStart } from '../../../engine/thread/protocol';
import { EngineError } from '../../../engine/kernel';
import { serve } from '../../../engine/thread/serve';

/** The real engine, whose estimates last until they are given up, however fast the machine is. */
const { database } = workerData as ThreadStart;

if (parentPort !== null) {
	void serve(parentPort, async (log) => {
		const engine = await createEngine({ database, log });
		return {
			...engine,
			messages: {
				...engine.messages,
				estimateSms: async (_request, signal) => await new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new EngineError('CANCELLED', 'given up')))),
			},
		};
	}, () => process.exit(0));
}
