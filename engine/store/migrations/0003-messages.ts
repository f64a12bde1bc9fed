import type { Migration } from './migration';

/** The message ledger: one row a send, kept after the journey is gone. */
export const messages: Migration = {
	version: 3,
	breaking: true,
	statements: ({ int }) => [
		// token is '' outside a journey. attempt_until: until then an attempt belongs to the process that made it (rule 15).
		`create table message (id text primary key, token text not null, step text not null, trail text not null, item_key text not null,
			enrollment ${int}, journey text, workflow text not null, profile ${int} not null, channel text not null, purpose text not null,
			topic text not null, state text not null, reason text, provider text, provider_id text, attempt_nonce text, attempt_until ${int},
			attempts ${int} not null default 0, deferred_until ${int}, reserved_at ${int} not null, attempted_at ${int}, ended_at ${int},
			opened_at ${int}, opens ${int} not null default 0, clicked_at ${int}, clicks ${int} not null default 0, unsubscribed_at ${int})`,
		`create unique index message_key on message (token, step, trail, item_key)`,
		`create index message_step on message (workflow, step, state)`,
		`create index message_profile on message (profile)`,
	],
};
