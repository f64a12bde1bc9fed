import { sql } from 'kysely';

import type { Store } from '../../../engine/store';

/** Profiles with these ids, each with an email address p<id>@customer.example. */
export async function withProfiles(store: Store, ids: number[]): Promise<void> {
	await store.tx('seed', async (tx) => {
		for (const id of ids) {
			await tx.run(sql`insert into profile (id, created_at, updated_at, attributes) values (${id}, 0, 0, ${tx.dialect.json({})})`);
			await tx.run(sql`insert into identity (kind, value, profile, created_at) values ('email', ${`p${id}@customer.example`}, ${id}, 0)`);
		}
	});
}
