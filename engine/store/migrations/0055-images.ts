import type { Migration } from './migration';

/** Pictures of messages, in the widths in which they are served. */
export const images: Migration = {
	version: 55,
	breaking: false,
	statements: ({ int }) => [
		// id: a hash of what was uploaded. name: as templates call it; null where another picture has its name now, and this one is kept for messages that left. type: jpg, png, gif or webp.
		`create table image (id text primary key, name text unique, alt text not null, type text not null, width ${int} not null, height ${int} not null, animated ${int} not null,
			created_at ${int} not null, updated_at ${int} not null)`,
		// Base64, as kept_content has it.
		`create table image_file (image text not null, width ${int} not null, height ${int} not null, bytes ${int} not null, content text not null, primary key (image, width))`,
	],
};
