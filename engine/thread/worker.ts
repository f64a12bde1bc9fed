import { parentPort, workerData } from 'node:worker_threads';

import { createEngine } from '../engine';
import { framesOf } from './errors';
import type { FromThread, ThreadStart } from './protocol';
import { serve } from './serve';

/** The file that runs as the engine thread. */
if (parentPort === null) throw new Error('engine/thread/worker runs only as a worker thread; call startEngine().');
const port = parentPort;
const { database, instanceId } = workerData as ThreadStart;

// A forgotten promise must not take down people's sends in flight; a thrown error must (the state is unknown): the host starts anew.
process.on('unhandledRejection', (reason) => {
	const line: FromThread = { kind: 'log', level: 'error', message: 'An error in the engine was not handled', facts: { at: framesOf(reason) } };
	port.postMessage(line);
});

void serve(port, (log) => createEngine({ database, log, ...(instanceId === undefined ? {} : { instanceId }) }), () => process.exit(0));
