import { sql } from 'kysely';

import { preferencesOf, setPreferencesIn, type PreferenceRow } from '../preferences';
import type { Tx } from '../store';
import type { Batch, Placed } from './batch';

/** How often, and not before when. The language comes with the attributes, where it is looked for as well. */
export type ImportedPreference = Pick<PreferenceRow, 'max_per_week' | 'paused_until'>;

/** What an import did to somebody's wishes. */
export interface PreferenceNote {
	profile: number;
	/** null: nothing had been chosen. */
	before: ImportedPreference | null;
	/** Only imports had said so. */
	beforeByImport: boolean;
	/** As the import left it; the same as before where it only said so too. */
	after: ImportedPreference;
	/** What the file itself said. */
	wish: ImportedPreference;
}

/** The quieter wish wins, within the file and against what is stored: an import never ends a pause. Constant statements. */
export async function placePreferences({ tx, parts, importId, source }: Batch, placed: readonly Placed[]): Promise<void> {
	const wishes = new Map<number, ImportedPreference>();
	for (const { record, profile } of placed) if (record.preference !== undefined) wishes.set(profile, quieter(wishes.get(profile) ?? NOTHING, record.preference));
	if (wishes.size === 0) return;
	const before = await preferencesOf(tx, [...wishes.keys()]);
	const byImports = await wishesOfImports(tx, [...wishes.keys()]);
	const notes = [...wishes].map(([profile, wish]): PreferenceNote => {
		const old = before.has(profile) ? chosen(before.get(profile)) : null;
		return { profile, before: old, beforeByImport: byImports.has(profile), after: quieter(old ?? NOTHING, wish), wish };
	});
	const changes = notes.filter((note) => !same(note.after, note.before ?? NOTHING));
	await setPreferencesIn(tx, parts, changes.map(({ profile, after }) => ({ profile, source, ...after })), { byImport: true });
	await notePreferences(tx, importId, notes);
}

/** Whose wishes nobody but imports has told. */
export async function wishesOfImports(tx: Tx, profiles: readonly number[]): Promise<Set<number>> {
	return new Set((await tx.all(sql<{ profile: number }>`select profile from preference where by_import = 1 and ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`)).map(({ profile }) => profile));
}

export const NOTHING: ImportedPreference = { max_per_week: null, paused_until: null };

export function chosen(row: ImportedPreference | undefined): ImportedPreference {
	return { max_per_week: row?.max_per_week ?? null, paused_until: row?.paused_until ?? null };
}

export function same(a: ImportedPreference, b: ImportedPreference): boolean {
	return a.max_per_week === b.max_per_week && a.paused_until === b.paused_until;
}

export function quieter(a: ImportedPreference, b: ImportedPreference): ImportedPreference {
	return {
		max_per_week: a.max_per_week === null || b.max_per_week === null ? (a.max_per_week ?? b.max_per_week) : Math.min(a.max_per_week, b.max_per_week),
		paused_until: a.paused_until === null || b.paused_until === null ? (a.paused_until ?? b.paused_until) : Math.max(a.paused_until, b.paused_until),
	};
}

/** Of several batches about one person the first `before` counts, and all that they said. */
async function notePreferences(tx: Tx, importId: string, notes: readonly PreferenceNote[]): Promise<void> {
	const earlier = new Map((await preferenceNotes(tx, importId, notes.map(({ profile }) => profile))).map((note) => [note.profile, note]));
	await writePreferenceNotes(tx, notes.map((note) => {
		const old = earlier.get(note.profile);
		return { import: importId, ...(old === undefined ? note : { ...note, before: old.before, beforeByImport: old.beforeByImport, wish: quieter(old.wish, note.wish) }) };
	}));
}

export async function writePreferenceNotes(tx: Tx, notes: ReadonlyArray<PreferenceNote & { import: string }>): Promise<void> {
	if (notes.length === 0) return;
	const rows = notes.map((note) => ({ ...note, before: note.before ?? undefined, by: note.beforeByImport ? 1 : null }));
	await tx.run(sql`insert into import_preference (import, profile, before, before_by_import, after, wish, noted_at)
		select r.import, r.profile, coalesce(r.before, ${tx.dialect.json(null)}), r.by, r.after, r.wish, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})
		from ${tx.dialect.rows(rows, { import: 'text', profile: 'integer', before: 'json', by: 'integer', after: 'json', wish: 'json' }, 'r')} where true
		on conflict (import, profile) do update set before = excluded.before, before_by_import = excluded.before_by_import, after = excluded.after, wish = excluded.wish`);
}

interface StoredPreferenceNote {
	profile: number;
	before: unknown;
	before_by_import: number | null;
	after: unknown;
	wish: unknown;
}

export async function preferenceNotes(tx: Tx, importId: string, profiles: readonly number[]): Promise<PreferenceNote[]> {
	const rows = await tx.all(sql<StoredPreferenceNote>`select profile, before, before_by_import, after, wish from import_preference where import = ${importId} and ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	return rows.map(readPreferenceNote);
}

/** What other imports noted of these people since this one did, the oldest first. */
export async function laterPreferenceNotes(tx: Tx, importId: string, profiles: readonly number[]): Promise<Array<PreferenceNote & { import: string; source: string }>> {
	const rows = await tx.all(
		sql<StoredPreferenceNote & { import: string; source: string }>`select o.import, i.source, o.profile, o.before, o.before_by_import, o.after, o.wish from import_preference o join import_preference n on n.profile = o.profile and n.import = ${importId}
			join import i on i.id = o.import where o.import <> ${importId} and o.noted_at >= n.noted_at and ${tx.dialect.anyOf(sql.ref('o.profile'), profiles)} order by o.noted_at, o.import`,
	);
	return rows.map((row) => ({ ...readPreferenceNote(row), import: row.import, source: row.source }));
}

function readPreferenceNote({ profile, before, before_by_import: only, after, wish }: StoredPreferenceNote): PreferenceNote {
	const left = parsed(after) ?? NOTHING;
	return { profile, before: parsed(before), beforeByImport: only === 1, after: left, wish: parsed(wish) ?? left };
}

function parsed(value: unknown): ImportedPreference | null {
	return (typeof value === 'string' ? JSON.parse(value) : (value ?? null)) as ImportedPreference | null;
}
