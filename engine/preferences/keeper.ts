import { sql } from 'kysely';

import { iso, type JsonValue } from '../kernel';
import type { PersonKeeper } from '../profiles';
import type { Tx } from '../store';
import { preferencesOf, type PreferenceRow } from './preference';

interface Undo {
	into: PreferenceRow | null;
	from: PreferenceRow | null;
}

const COLUMNS = ['max_per_week', 'paused_until', 'language'] as const;

/** What people prefer. In a merge the quieter wish wins: the fewer messages, the longer pause. */
export const preferencesKeeper: PersonKeeper = {
	name: 'preferences',
	tables: ['preference'],
	merge: async (tx, { into, from }) => {
		const rows = await preferencesOf(tx, [into, from]);
		const undo: Undo = { into: rows.get(into) ?? null, from: rows.get(from) ?? null };
		await replace(tx, into, quieter(undo.into, undo.from));
		await replace(tx, from, null);
		return undo as unknown as JsonValue;
	},
	unmerge: async (tx, { into, from }, given) => {
		const undo = given as unknown as Undo;
		const now = (await preferencesOf(tx, [into])).get(into) ?? null;
		const merged = quieter(undo.into, undo.from);
		if (COLUMNS.every((column) => (now?.[column] ?? null) === (merged?.[column] ?? null))) {
			await replace(tx, into, undo.into);
			await replace(tx, from, undo.from);
			return;
		}
		// They chose anew since the merge, by a link that went to either of the two.
		await replace(tx, from, quieter(undo.from, now));
	},
	export: async (reader, profile) => {
		const row = await reader.first(sql<PreferenceRow & { updated_at: number }>`select max_per_week, paused_until, language, updated_at from preference where profile = ${profile}`);
		return row === undefined ? null : { maxPerWeek: row.max_per_week, pausedUntil: iso(row.paused_until), language: row.language, at: iso(row.updated_at) };
	},
	eraseAll: async (tx, profiles) => {
		await tx.run(sql`delete from preference where ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	},
};

function quieter(a: PreferenceRow | null, b: PreferenceRow | null): PreferenceRow | null {
	if (a === null || b === null) return a ?? b;
	return {
		max_per_week: a.max_per_week === null || b.max_per_week === null ? (a.max_per_week ?? b.max_per_week) : Math.min(a.max_per_week, b.max_per_week),
		paused_until: a.paused_until === null || b.paused_until === null ? (a.paused_until ?? b.paused_until) : Math.max(a.paused_until, b.paused_until),
		language: a.language ?? b.language,
	};
}

async function replace(tx: Tx, profile: number, row: PreferenceRow | null): Promise<void> {
	await tx.run(sql`delete from preference where profile = ${profile}`);
	if (row === null) return;
	await tx.run(sql`insert into preference (profile, max_per_week, paused_until, language, updated_at) values (${profile}, ${row.max_per_week}, ${row.paused_until}, ${row.language}, ${tx.nowMs})`);
}
