import { parentPort, workerData } from 'node:worker_threads';

import { createEngine } from '../engine';
import type { ThreadStart } from './protocol';
import { serve } from './serve';

/** The file that runs as the engine thread. */
if (parentPort === null) throw new Error('engine/thread/worker runs only as a worker thread; call startEngine().');
const { database, instanceId, markerFile } = workerData as ThreadStart;

void serve(parentPort, (log) => createEngine({ database, log, ...(instanceId === undefined ? {} : { instanceId }), ...(markerFile === undefined ? {} : { markerFile }) }), () => process.exit(0));
