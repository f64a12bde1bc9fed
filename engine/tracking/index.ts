export { confirmUrl, preferencesUrl, type PreferencesOf } from './links-pages';
export { unsubscribeHeaders } from './links-unsubscribe';
export { isStartToken, readStartToken, startToken } from './start-token';
export { signToken, verifyToken, type TokenPayload } from './sign';
export { createTracking, type EventSink, type PageSeen, type Tracking, type TrackingParts, type Unsubscribe, type UnsubscribeView } from './record';
export type * from './types';
export { withUtm } from './utm';
export { VISIT_BATCH } from './visits';
export { visitorOf, type Visitor, type VisitFacts } from './visitor';
