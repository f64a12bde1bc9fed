import { sql } from 'kysely';

import type { Reader } from '../../../engine/store';
import { DATABASES } from '../databases';
import { openEngine } from '../transfer/fixture';
import { personColumns } from '../profiles/person-columns';

/** Tables that say nothing of a person which another one does not say: appointments, keys by which repetitions are known, bookkeeping of imports. */
const NOTHING_TO_TELL = new Set(['identified', 'segment_recheck', 'stage_recheck', 'import_event', 'import_consent', 'import_suppression', 'import_preference', 'import_do_not_sell', 'profile_alias', 'profile_apart']);
/** Columns by which rows find each other. */
const LINKS: Readonly<Record<string, number | string>> = { segment: 71, account: 72, import: 'imp', state: 'subscribed', source: 'zz-source' };

interface Column {
	name: string;
	type: string;
}

async function columnsOf(reader: Reader, table: string): Promise<Column[]> {
	return reader.dialect.name === 'sqlite'
		? await reader.all(sql<Column>`select name, type from pragma_table_info(${table})`)
		: await reader.all(sql<Column>`select column_name as name, data_type as type from information_schema.columns where table_schema = current_schema() and table_name = ${table}`);
}

/** SQLite keeps JSON as text: known by name. */
const JSON_COLUMNS = new Set(['attributes', 'properties', 'detail', 'payload', 'before', 'after', 'identities', 'seen', 'undo', 'left_out', 'chances', 'wish', 'entered_by']);

function valueOf({ name, type }: Column, table: string, profile: number): unknown {
	if (name === 'profile' || name === 'into_profile') return profile;
	if (Object.hasOwn(LINKS, name)) return LINKS[name];
	if (JSON_COLUMNS.has(name) || type === 'jsonb' || (table === 'score_change' && name === 'why')) return JSON.stringify(name === 'undo' ? { profile: { profile: { attributes: { zz: `zz-${table}` } } } } : { zz: `zz-${table}` });
	return type.toLowerCase() === 'text' ? `zz-${table}` : 73;
}

describe.each(DATABASES)('the export of a person on %s', (kind) => {
	it('holds something of every table that holds something of them', async () => {
		const { engine, close } = await openEngine(kind);
		const { profiles } = await engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'zz-identity' }], attributes: { zz: 'zz-profile' } }], { source: 'test' });
		const profile = Number(profiles[0]);
		const tables = [...new Set((await engine.store.read((reader) => personColumns(reader))).map(({ table }) => table))].filter((table) => !['profile', 'identity'].includes(table) && !NOTHING_TO_TELL.has(table));
		await engine.store.tx('fill', async (tx) => {
			await tx.run(sql`insert into segment (id, name, kind, rule, created_at, updated_at) values (71, 'zz-segment_member', 'rule', '{}', 0, 0)`);
			await tx.run(sql`insert into account (id, key, attributes, created_at, updated_at) values (72, 'zz-account_member', '{}', 0, 0)`);
			await tx.run(sql`insert into import (id, about, source, dry_run, state, report, line, started_at, touched_at) values ('imp', 'profiles', 'zz-import_person', 0, 'done', '{}', 0, 0, 0)`);
			for (const table of tables) {
				const columns = (await columnsOf(tx, table)).filter(({ name }) => !(name === 'id' && ['audit', 'event', 'enrollment', 'consent_history', 'segment_change', 'score_change', 'profile_merge'].includes(table)));
				await tx.run(sql`insert into ${sql.table(table)} (${sql.join(columns.map(({ name }) => sql.ref(name)))}) values (${sql.join(columns.map((column) => sql`${valueOf(column, table, profile)}`))})`);
			}
		});

		const person = await engine.privacy.exportPerson({ profileId: profile }, { source: 'test' });

		const text = JSON.stringify(person);
		// Tables whose columns are numbers alone are told by the words around them.
		const told: Readonly<Record<string, string>> = { do_not_sell: '"doNotSell":{', preference: '"maxPerWeek":73', segment_change: '"changes":[{"name":"zz-segment_member"' };
		expect(tables.length).toBeGreaterThan(15);
		expect(tables.filter((table) => !text.includes(told[table] ?? `zz-${table}`))).toEqual([]);
		await close();
	});
});
