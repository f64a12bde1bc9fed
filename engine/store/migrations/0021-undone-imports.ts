import type { Migration } from './migration';

/** What an undo of an import needs to take back what the import said, and nothing that anybody else has said too. */
export const undoneImports: Migration = {
	version: 21,
	breaking: false,
	statements: ({ int, json, withoutRowid }) => [
		// by_import: 1 as long as nobody but imports has said so; whoever says it again, or anything else, makes it null.
		`alter table consent add column by_import ${int}`,
		`update consent set by_import = 1 where exists (select 1 from import_consent n where n.profile = consent.profile and n.channel = consent.channel and n.topic = consent.topic
			and n.state = consent.state and n.changed_at = consent.changed_at)`,
		`alter table preference add column by_import ${int}`,
		// What it was before the import changed it; undoing that one gives it back to whichever import had said so.
		`alter table import_consent add column before_by_import ${int}`,
		`alter table import_preference add column before_by_import ${int}`,
		`alter table do_not_sell add column by_import ${int}`,

		// Whom an import keeps from being sold. made: 1 for the one import whose undoing lets them in again, 0 where it only said so too.
		// before: the source of the "no" that there was, null where nobody had said anything. changed_at: when it was switched on; noted_at: when the import said so.
		`create table import_do_not_sell (import text not null, profile ${int} not null, made ${int} not null, before text, changed_at ${int} not null, noted_at ${int} not null,
			primary key (import, profile)) ${withoutRowid}`,
		`create index import_do_not_sell_profile on import_do_not_sell (profile)`,
		// Of imports until now nobody knows who else has said so: their undo leaves it, and tells.
		`insert into import_do_not_sell (import, profile, made, before, changed_at, noted_at) select i.id, d.profile, 1, null, d.changed_at, d.changed_at from import i join import_person p on p.import = i.id
			join do_not_sell d on d.profile = p.profile where i.dry_run = 0 and d.active = 1 and d.source = i.source and d.changed_at >= i.started_at`,

		// wish: what the file itself said; null: of an import until now.
		`alter table import_preference add column wish ${json}`,
		`alter table import_preference add column noted_at ${int} not null default 0`,

		// said: 1 when somebody else than an import has sent the same event since. An event may be noted by several imports.
		`alter table import_event add column said ${int} not null default 0`,
		`create index import_event_of on import_event (profile, event)`,
		`drop index import_event_profile`,
	],
};
