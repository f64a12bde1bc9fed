import { sql } from 'kysely';

import type { PersonKeeper } from '../profiles';
import { exportNotes } from './export-notes';

const TABLES = ['import_person', 'import_event', 'import_consent', 'import_suppression', 'import_preference', 'import_do_not_sell'] as const;

/** What imports noted about people, so that they can be undone. A person who was merged since is not undone; the notes go with the person. */
export const importKeeper: PersonKeeper = {
	name: 'imports',
	tables: TABLES,
	merge: async (tx, { into, from }) => {
		const imports = sql.join(TABLES.map((table) => sql`select import from ${sql.table(table)} where profile = ${from}`), sql` union `);
		// One row says of each import that this person is not undone; what exactly it did to the one who went is not needed any more.
		await tx.run(sql`insert into import_person (import, profile, created, before, after, identities, merged)
			select i.import, cast(${into} as ${sql.raw(tx.dialect.types.int)}), 0, ${tx.dialect.json({})}, ${tx.dialect.json({})}, ${tx.dialect.json([])}, 1 from (${imports}) as i where true
			on conflict (import, profile) do update set merged = 1`);
		await tx.run(sql`update import_person set merged = 1 where profile = ${into}`);
		for (const table of TABLES) await tx.run(sql`delete from ${sql.table(table)} where profile = ${from}`);
		return null;
	},
	// What the imports did to the two is forgotten: neither is undone.
	unmerge: async () => undefined,
	export: (reader, profile) => exportNotes(reader, profile, TABLES),
	eraseAll: async (tx, profiles) => {
		for (const table of TABLES) await tx.run(sql`delete from ${sql.table(table)} where ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	},
};
