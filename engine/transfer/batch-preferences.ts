import { sql } from 'kysely';

import { preferencesOf, setPreferencesIn, type PreferenceRow } from '../preferences';
import type { Tx } from '../store';
import type { Batch, Placed } from './batch';

/** How often, and not before when. The language comes with the attributes, where it is looked for as well. */
export type ImportedPreference = Pick<PreferenceRow, 'max_per_week' | 'paused_until'>;

/** The quieter wish wins, within the file and against what is stored: an import never ends a pause. Constant statements. */
export async function placePreferences({ tx, parts, importId, source }: Batch, placed: readonly Placed[]): Promise<void> {
	const wishes = placed.flatMap(({ record, profile }) => (record.preference === undefined ? [] : [{ profile, wish: record.preference }]));
	if (wishes.length === 0) return;
	const before = await preferencesOf(tx, wishes.map(({ profile }) => profile));
	const after = new Map<number, ImportedPreference>();
	for (const { profile, wish } of wishes) after.set(profile, quieter(after.get(profile) ?? known(before.get(profile)), wish));
	const changes = [...after].filter(([profile, now]) => !same(now, known(before.get(profile))));
	await setPreferencesIn(tx, parts, changes.map(([profile, now]) => ({ profile, source, ...now })));
	await note(tx, importId, changes.map(([profile, now]) => ({ profile, before: before.has(profile) ? known(before.get(profile)) : null, after: now })));
}

/** Gives people the wishes back that they had before the import, unless they have chosen since. Constant statements. */
export async function revertPreferences(tx: Tx, importId: string, profiles: readonly number[]): Promise<void> {
	const rows = await tx.all(
		sql<{ profile: number; before: unknown; after: unknown }>`select profile, before, after from import_preference where import = ${importId} and ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`,
	);
	const now = await preferencesOf(tx, rows.map(({ profile }) => profile));
	const back = rows.map(({ profile, before, after }) => ({ profile, before: parsed(before), after: parsed(after) })).filter(({ profile, after }) => same(known(now.get(profile)), after ?? NOTHING));
	const none = back.filter(({ profile, before }) => before === null && (now.get(profile)?.language ?? null) === null).map(({ profile }) => profile);
	const old = back.filter(({ profile }) => !none.includes(profile)).map(({ profile, before }) => ({ profile, ...(before ?? NOTHING) }));
	if (none.length > 0) await tx.run(sql`delete from preference where ${tx.dialect.anyOf(sql.ref('profile'), none)}`);
	if (old.length > 0) {
		await tx.run(sql`update preference set max_per_week = r.max_per_week, paused_until = r.paused_until, updated_at = ${tx.nowMs}
			from ${tx.dialect.rows(old, { profile: 'integer', max_per_week: 'integer', paused_until: 'integer' }, 'r')} where preference.profile = r.profile`);
	}
}

const NOTHING: ImportedPreference = { max_per_week: null, paused_until: null };

function known(row: ImportedPreference | undefined): ImportedPreference {
	return { max_per_week: row?.max_per_week ?? null, paused_until: row?.paused_until ?? null };
}

function same(a: ImportedPreference, b: ImportedPreference): boolean {
	return a.max_per_week === b.max_per_week && a.paused_until === b.paused_until;
}

function quieter(a: ImportedPreference, b: ImportedPreference): ImportedPreference {
	return {
		max_per_week: a.max_per_week === null || b.max_per_week === null ? (a.max_per_week ?? b.max_per_week) : Math.min(a.max_per_week, b.max_per_week),
		paused_until: a.paused_until === null || b.paused_until === null ? (a.paused_until ?? b.paused_until) : Math.max(a.paused_until, b.paused_until),
	};
}

/** Of several rows about one person, the first `before` counts. */
async function note(tx: Tx, importId: string, rows: ReadonlyArray<{ profile: number; before: ImportedPreference | null; after: ImportedPreference }>): Promise<void> {
	if (rows.length === 0) return;
	await tx.run(sql`insert into import_preference (import, profile, before, after) select ${importId}, r.profile, coalesce(r.before, ${tx.dialect.json(null)}), r.after
		from ${tx.dialect.rows(rows, { profile: 'integer', before: 'json', after: 'json' }, 'r')} where true on conflict (import, profile) do update set after = excluded.after`);
}

function parsed(value: unknown): ImportedPreference | null {
	return (typeof value === 'string' ? JSON.parse(value) : value) as ImportedPreference | null;
}
