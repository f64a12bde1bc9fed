import { routerOf } from '../../shared/operations';
import * as journey from './journey/Journey.resource';
import * as sending from './sending/Sending.resource';

export const router = routerOf({ journey: journey.operations, sending: sending.operations });
