import { routerOf } from '../../shared/operations';
import * as event from './event/Event.resource';
import * as profile from './profile/Profile.resource';
import * as segment from './segment/Segment.resource';

export const router = routerOf({ event: event.operations, profile: profile.operations, segment: segment.operations });
