import { sql } from 'kysely';

import { appendHistory, type HistoryRow } from '../consent';
import { applyAttributes, lockProfiles, storedObject } from '../profiles';
import type { SegmentTracker } from '../segments';
import type { Reader, Tx } from '../store';

/** The columns of `preference` that guards read. */
export interface PreferenceRow {
	max_per_week: number | null;
	/** UTC milliseconds. */
	paused_until: number | null;
	language: string | null;
}

export interface PreferenceWrite extends Partial<PreferenceRow> {
	profile: number;
	source: string;
	ip?: string | null;
	/** What the person saw when they chose. */
	seen?: HistoryRow['seen'];
}

export interface PreferenceOptions {
	/** An import says so: as long as nobody else does, undoing it may take it back. Default false. */
	byImport?: boolean;
}

export const NOTHING_CHOSEN: PreferenceRow = { max_per_week: null, paused_until: null, language: null };

/** Names in the history, as the API and the page call them. */
const NAMES = { max_per_week: 'maxPerWeek', paused_until: 'pausedUntil', language: 'language' } as const;
const COLUMNS = Object.keys(NAMES) as Array<keyof PreferenceRow>;

/** What people chose, by profile; who chose nothing is missing. One statement. */
export async function preferencesOf(reader: Reader, profiles: readonly number[]): Promise<Map<number, PreferenceRow>> {
	const rows = await reader.all(
		sql<PreferenceRow & { profile: number }>`select profile, max_per_week, paused_until, language from preference where ${reader.dialect.anyOf(sql`profile`, [...new Set(profiles)])}`,
	);
	return new Map(rows.map(({ profile, ...row }) => [profile, row]));
}

/**
 * Sets what is given and leaves the rest; of several writes of one person each counts, in order. A chosen language becomes an
 * attribute too, so that segments and templates know it. Locks the profiles in id order; a constant number of statements. Answers with
 * whom it changed.
 */
export async function setPreferencesIn(tx: Tx, { segments }: { segments: Pick<SegmentTracker, 'refresh'> }, writes: readonly PreferenceWrite[], { byImport = false }: PreferenceOptions = {}): Promise<number[]> {
	const ids = [...new Set(writes.map((write) => write.profile))].sort((a, b) => a - b);
	if (ids.length === 0) return [];
	await lockProfiles(tx, ids);
	// Said again, it is no import's word alone any more, also where it changes nothing.
	const told = byImport ? [] : writes.filter((write) => COLUMNS.some((column) => write[column] !== undefined)).map(({ profile }) => profile);
	if (told.length > 0) await tx.run(sql`update preference set by_import = null where by_import = 1 and ${tx.dialect.anyOf(sql.ref('profile'), told)}`);
	const current = await preferencesOf(tx, ids);
	const changed = new Map<number, PreferenceRow>();
	const history: HistoryRow[] = [];
	for (const write of writes) {
		const before = current.get(write.profile);
		const next = { ...(before ?? NOTHING_CHOSEN) };
		for (const column of COLUMNS) {
			const value = write[column];
			if (value === undefined || value === next[column]) continue;
			history.push({
				profile: write.profile, kind: 'preference', channel: '', topic: NAMES[column], state: shown(column, value), previous: before === undefined ? null : shown(column, next[column]),
				source: write.source, text_version: null, ip: write.ip ?? null, seen: write.seen,
			});
			Object.assign(next, { [column]: value });
			changed.set(write.profile, next);
		}
		if (changed.has(write.profile)) current.set(write.profile, next);
	}
	if (changed.size === 0) return [];
	const rows = [...changed].map(([profile, row]) => ({ profile, ...row }));
	const int = sql.raw(tx.dialect.types.int);
	await tx.run(sql`insert into preference (profile, max_per_week, paused_until, language, updated_at, by_import)
		select profile, max_per_week, paused_until, language, cast(${tx.nowMs} as ${int}), cast(${byImport ? 1 : null} as ${int})
		from ${tx.dialect.rows(rows, { profile: 'integer', max_per_week: 'integer', paused_until: 'integer', language: 'text' }, 'given')} where true
		on conflict (profile) do update set max_per_week = excluded.max_per_week, paused_until = excluded.paused_until, language = excluded.language, updated_at = excluded.updated_at,
			by_import = excluded.by_import`);
	await appendHistory(tx, history);
	const spoken = new Map(history.flatMap((row) => (row.topic === 'language' ? [[row.profile, changed.get(row.profile)?.language ?? null] as const] : [])));
	await setLanguages(tx, segments, spoken);
	return [...changed.keys()];
}

function shown(column: keyof PreferenceRow, value: number | string | null): string {
	if (value === null) return '';
	return column === 'paused_until' && typeof value === 'number' ? new Date(value).toISOString() : String(value);
}

/** Under the name the person's data has already; a language that is taken back leaves the attribute, which may have come from elsewhere. */
async function setLanguages(tx: Tx, segments: Pick<SegmentTracker, 'refresh'>, languages: ReadonlyMap<number, string | null>): Promise<void> {
	const spoken = [...languages].flatMap(([profile, language]) => (language === null ? [] : [{ profile, language }]));
	if (spoken.length === 0) return;
	const rows = await tx.all(sql<{ id: number; attributes: unknown }>`select id, attributes from profile where ${tx.dialect.anyOf(sql`id`, spoken.map((one) => one.profile))}`);
	const named = new Map(rows.map((row) => [row.id, languageName(storedObject(row.attributes))]));
	const { names, steps } = await applyAttributes(tx, spoken.map(({ profile, language }) => ({ profile, attributes: { [named.get(profile) ?? 'language']: language } })));
	await segments.refresh(tx, { created: new Set(), events: new Map(), attributes: names, steps, historical: false });
}

function languageName(attributes: Record<string, unknown>): 'language' | 'locale' {
	return 'locale' in attributes && !('language' in attributes) ? 'locale' : 'language';
}

const MOST_A_WEEK = 100;
const LONGEST_LANGUAGE = 35;

/** Why this cannot be stored, with what can; null: it can. */
export function preferenceFault(write: Partial<PreferenceRow>): string | null {
	const { max_per_week: most, paused_until: until, language } = write;
	if (most !== undefined && most !== null && !(Number.isInteger(most) && most >= 1 && most <= MOST_A_WEEK)) {
		return `maxPerWeek is a whole number from 1 to ${MOST_A_WEEK}, or null for no limit.`;
	}
	if (until !== undefined && until !== null && !Number.isSafeInteger(until)) return 'pausedUntil is a time in ISO 8601 (2026-03-02T09:00:00Z), or null.';
	if (language !== undefined && language !== null && !(typeof language === 'string' && language.length <= LONGEST_LANGUAGE && /^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/.test(language))) {
		return 'language is a language tag such as en, de or pt-BR, or null.';
	}
	return null;
}
