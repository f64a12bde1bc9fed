import type { Migration } from './migration';

/** The attempts whose deadline the sweep looks at three times a minute (engine/messages/sweep.ts): without it each look read all messages there ever were. Few at a time are in it. */
export const attempts: Migration = {
	version: 75,
	breaking: false,
	statements: () => ["create index message_attempting on message (attempt_until) where state = 'attempting'"],
};
