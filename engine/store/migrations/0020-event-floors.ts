import type { Migration } from './migration';

/**
 * profile.event_no was the number of a person's newest event and is a floor under it from now on (profiles/event-number.ts). What stands
 * there is right as a floor: no event of the person has a higher number, and none was ever given one. So nothing is changed.
 */
export const eventFloors: Migration = {
	version: 20,
	// An older engine would number from what stands there, which nobody raises any more: the database would refuse every event of people
	// who have had one since, and a wait would find events of before it as if they were new.
	breaking: true,
	statements: () => [],
};
