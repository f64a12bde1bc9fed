import type { Migration } from './migration';

/** Files of mails that wait, kept until the mail has ended; and how many marketing mails a sender that is being warmed up has sent each day. */
export const mailFiles: Migration = {
	version: 44,
	breaking: false,
	statements: ({ int }) => [
		// Base64, which both databases take as a bound value and exports show as it is. One row for all mails of a batch that carry the same file.
		`create table kept_content (id text primary key, content text not null)`,
		`create table message_file (message text not null, position ${int} not null, file_name text not null, content_type text not null, content_id text, content text not null,
			primary key (message, position))`,
		`create index message_file_content on message_file (content)`,

		// day: the date in the zone of the settings, such as 2026-03-29.
		`create table sender_day (sender text not null, day text not null, taken ${int} not null, primary key (sender, day))`,
	],
};
