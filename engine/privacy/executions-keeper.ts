import { sql } from 'kysely';

import type { PersonKeeper } from '../profiles';

/** Which executions of n8n read or wrote a person: forgotten with them, after the report that names them. */
export const executionsKeeper: PersonKeeper = {
	name: 'executions',
	tables: ['execution_person'],
	merge: async (tx, { into, from }) => {
		const moved = await tx.all(sql<{ execution: number }>`delete from execution_person where profile = ${from} returning execution`);
		const ids = moved.map(({ execution }) => execution);
		if (ids.length > 0) await tx.run(sql`insert into execution_person (execution, profile) select id, ${into} from execution where ${tx.dialect.anyOf(sql.ref('id'), ids)} on conflict do nothing`);
		return ids;
	},
	// Both halves: an execution that held the one may have shown the other, whom it was by then.
	unmerge: async (tx, { from }, undo) => {
		const ids = Array.isArray(undo) ? undo.filter((id) => typeof id === 'number') : [];
		if (ids.length > 0) await tx.run(sql`insert into execution_person (execution, profile) select id, ${from} from execution where many = 0 and ${tx.dialect.anyOf(sql.ref('id'), ids)} on conflict do nothing`);
	},
	export: async (reader, profile) => {
		const rows = await reader.all(sql<{ workflow: string; execution: string; first_at: number }>`select e.workflow, e.execution, e.first_at from execution_person p join execution e on e.id = p.execution
			where p.profile = ${profile} order by e.id`);
		return rows.map(({ workflow, execution, first_at }) => ({ workflow, execution, at: new Date(first_at).toISOString() }));
	},
	eraseAll: async (tx, profiles) => {
		await tx.run(sql`delete from execution_person where ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	},
};
