import type { Guarded } from '../../shared/agent';
import { routerOf } from '../../shared/operations';
import * as journey from './journey/Journey.resource';
import * as sending from './sending/Sending.resource';

/** Stopping is always allowed: it is what one wants of an agent that watches. */
export const GUARDED: Guarded = { switched: { journey: ['retryHeld'], sending: ['resume'] } };

export const router = routerOf({ journey: journey.operations, sending: sending.operations }, GUARDED);
