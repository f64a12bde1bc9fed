import type { Migration } from './migration';

/** Journey Best Channel: the channels of each visit in the order that was chosen, and how far they have been tried. */
export const channelChoices: Migration = {
	version: 61,
	breaking: false,
	statements: ({ int, json }) => [
		// left_channels: still to be tried, in their order. tried: [{ channel, reason, trail }], passed over or tried in vain. at_channel: whom the person is with, under out_trail.
		// outcome: reached, notReached; null: under way.
		`create table channel_choice (id text primary key, enrollment ${int} not null, profile ${int} not null, workflow text not null, step text not null,
			left_channels ${json} not null, tried ${json} not null, at_channel text, out_trail text, message text, outcome text, chosen_at ${int} not null, changed_at ${int} not null)`,
		'create index channel_choice_enrollment on channel_choice (enrollment, step)',
		'create index channel_choice_profile on channel_choice (profile)',
	],
};
