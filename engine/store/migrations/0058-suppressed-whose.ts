import type { Migration } from './migration';

/** Whose a suppressed address is, on channels whose addresses are no identities (post): erasing the person has to find it. */
export const suppressedWhose: Migration = {
	version: 58,
	breaking: false,
	statements: ({ int }) => [`alter table suppression add column profile ${int}`, 'create index suppression_profile on suppression (profile) where profile is not null'],
};
