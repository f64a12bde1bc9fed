import type { TrackingMessage } from '../../../engine/events';

/** A browser nobody knows yet. */
export const ANONYMOUS = { anonymousId: 'browser' };
export const USER = { userId: 'ann' };
/** The sign-in: the browser is Ann's. */
export const SIGN_IN: TrackingMessage = { type: 'identify', ...USER, ...ANONYMOUS };
