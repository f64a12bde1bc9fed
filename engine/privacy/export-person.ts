import { sql } from 'kysely';

import type { JsonValue } from '../kernel';
import type { PersonKeeper } from '../profiles';
import type { Reader } from '../store';
import type { PersonExport } from './types';

/** Everything held on one person, a section a keeper. null: no such person. */
export async function exportOf(reader: Reader, profile: number, keepers: readonly PersonKeeper[]): Promise<PersonExport | null> {
	const row = await reader.first(sql`select 1 as there from profile where id = ${profile}`);
	if (row === undefined) return null;
	const sections: Array<[string, JsonValue]> = [];
	for (const keeper of keepers) sections.push([keeper.name, await keeper.export(reader, profile)]);
	return { profile, exportedAt: new Date(reader.nowMs).toISOString(), sections: Object.fromEntries(sections) };
}
