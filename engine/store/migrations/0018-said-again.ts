import type { Migration } from './migration';

/** What others have said since an import, or said too: undoing the import leaves it. And the merges that an import made. */
export const saidAgain: Migration = {
	version: 18,
	breaking: false,
	statements: ({ int, json }) => [
		// merges: ids of profile_merge, in their order. said: identities that another import had added before, and this one gave again.
		`alter table import_person add column merges ${json}`,
		`alter table import_person add column said ${json}`,
		// made: 1 for the one import whose undoing lifts the address, 0 where it only said so too. noted_at: when it did.
		`alter table import_suppression add column made ${int} not null default 1`,
		`alter table import_suppression add column noted_at ${int} not null default 0`,
		`create index import_suppression_address on import_suppression (channel, address)`,
		// When somebody else than an import first said so; null: only imports have.
		`alter table suppression add column confirmed_at ${int}`,
		`update suppression set confirmed_at = created_at where not exists (select 1 from import_suppression n join import i on i.id = n.import
			where n.channel = suppression.channel and n.address = suppression.address and i.source = suppression.source)`,
	],
};
