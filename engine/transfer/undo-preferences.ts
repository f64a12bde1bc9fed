import { sql } from 'kysely';

import { preferencesOf, setPreferencesIn } from '../preferences';
import type { SegmentTracker } from '../segments';
import type { Tx } from '../store';
import { chosen, laterPreferenceNotes, NOTHING, preferenceNotes, quieter, same, wishesOfImports, writePreferenceNotes, type PreferenceNote } from './batch-preferences';

/**
 * Gives people the wishes back that they had before the import, as far as imports alone have made them what they are. What later imports
 * wish stays: their notes are written anew, as if this import had never been. Constant statements.
 */
export async function revertPreferences(tx: Tx, parts: { segments: Pick<SegmentTracker, 'refresh'> }, importId: string, profiles: readonly number[]): Promise<{ reverted: number; kept: number }> {
	const notes = await preferenceNotes(tx, importId, profiles);
	if (notes.length === 0) return { reverted: 0, kept: 0 };
	const people = notes.map(({ profile }) => profile);
	const now = await preferencesOf(tx, people);
	const byImports = await wishesOfImports(tx, people);
	const later = await laterPreferenceNotes(tx, importId, people);
	const handed: Array<PreferenceNote & { import: string }> = [];
	const back: Array<{ profile: number; source: string; byImport: boolean; none: boolean; max_per_week: number | null; paused_until: number | null }> = [];
	let kept = 0;
	for (const note of notes) {
		const others = later.filter(({ profile }) => profile === note.profile);
		// Each found what the one before it had left; of two at the same moment only that tells which was first. Where the chain ends, somebody else has spoken.
		let left = note.after;
		let [before, beforeByImport] = [note.before, note.beforeByImport];
		for (let rest = others; ; ) {
			const next = rest.find((other) => same(other.before ?? NOTHING, left));
			if (next === undefined) break;
			rest = rest.filter((other) => other !== next);
			left = next.after;
			const after = quieter(before ?? NOTHING, next.wish);
			handed.push({ ...next, before, beforeByImport, after });
			[before, beforeByImport] = [after, true];
		}
		const stands = others.reduce((wish, other) => quieter(wish, other.wish), note.before ?? NOTHING);
		if (same(note.after, note.before ?? NOTHING)) continue;
		const row = now.get(note.profile);
		if (!byImports.has(note.profile) || !same(chosen(row), left) || same(stands, left)) {
			if (!same(chosen(row), note.before ?? NOTHING)) kept += 1;
			continue;
		}
		const heir = others.find(({ wish }) => !same(quieter(note.before ?? NOTHING, wish), note.before ?? NOTHING));
		back.push({ profile: note.profile, source: heir?.source ?? 'undo', byImport: heir !== undefined || note.beforeByImport, none: note.before === null && heir === undefined && (row?.language ?? null) === null, ...stands });
	}
	for (const byImport of [false, true]) await setPreferencesIn(tx, parts, back.filter((one) => one.byImport === byImport).map(({ profile, source, max_per_week, paused_until }) => ({ profile, source, max_per_week, paused_until })), { byImport });
	const none = back.filter((one) => one.none).map(({ profile }) => profile);
	if (none.length > 0) await tx.run(sql`delete from preference where ${tx.dialect.anyOf(sql.ref('profile'), none)}`);
	await writePreferenceNotes(tx, handed);
	return { reverted: back.length, kept };
}
