import type { Guarded } from '../../shared/agent';
import { routerOf } from '../../shared/operations';
import * as bundle from './bundle/Bundle.resource';
import * as journey from './journey/Journey.resource';
import * as sending from './sending/Sending.resource';
import * as test from './test/Test.resource';

/** Stopping is always allowed: it is what one wants of an agent that watches. */
export const GUARDED: Guarded = { switched: { bundle: ['import'], journey: ['enroll', 'exit', 'move', 'restartExperiment', 'resume', 'retryHeld'], sending: ['resume'], test: ['start'] } };

export const router = routerOf({ bundle: bundle.operations, journey: journey.operations, sending: sending.operations, test: test.operations }, GUARDED);
