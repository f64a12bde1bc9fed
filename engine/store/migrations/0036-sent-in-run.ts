import type { Migration } from './migration';

/** What a run has been sent: asked with every batch of a sender that comes once in a run (messages/repeat.ts). By the person it would be all that they ever got. */
export const sentInRun: Migration = {
	version: 36,
	breaking: false,
	statements: () => ['create index message_enrollment on message (enrollment) where enrollment is not null'],
};
