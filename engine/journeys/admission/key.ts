import { sql, type RawBuilder } from 'kysely';

import { hashId } from '../../kernel';
import type { Dialect } from '../../store';

const LONGEST_KEY = 200;
/** What entry keys of runs with a key begin with; those of plain runs are empty, or begin with the occasion's name. */
export const KEYED = 'key';

/** What stands at the key's path of an event `ev`, as columns `key_type` and `key_text`. */
export function keyColumns(dialect: Dialect, path: string): RawBuilder<unknown> {
	const parts = path.split('.');
	return sql`${dialect.jsonType(sql`ev.properties`, parts)} as key_type, ${dialect.jsonText(sql`ev.properties`, parts)} as key_text`;
}

/** One spelling for both databases; a number and the text that reads as it are one key. null: no key, the plain run. */
export function keyOf({ key_type: type, key_text: text }: { key_type: string | null; key_text: string | null }): string | null {
	if (text === null || text === '') return null;
	switch (type) {
		case 'text': return text;
		case 'number': return String(Number(text));
		case 'boolean': return text === 'true' || text === '1' ? 'true' : 'false';
		default: return null;
	}
}

/** As it is kept with the enrollment. */
export function keyedEntry(key: string): string {
	return key.length > LONGEST_KEY ? `${KEYED}#${hashId('entry key', key)}` : `${KEYED}:${key}`;
}
