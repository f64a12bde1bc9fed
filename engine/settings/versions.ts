import { sql } from 'kysely';

import { canonicalJson, EngineError, isJsonObject, type JsonObject } from '../kernel';
import type { Reader, Store, Tx } from '../store';
import { checkPatch, settingName } from './check';
import { DEFAULT_SETTINGS, SETTING_NAMES } from './defaults';
import type { SettingsApi, SettingsValues, SettingsVersion, SettingsView } from './types';

type Chosen = Partial<Record<keyof SettingsValues, unknown>>;
type Name = keyof SettingsValues;

/** C10: the entry is written within the transaction of the change. */
export type AuditSettings = (tx: Tx, entry: { action: string; who: string; detail: JsonObject }) => Promise<void>;

interface VersionRow {
	version: number;
	at: number;
	actor: string;
	changed: unknown;
	chosen: unknown;
	restored_from: number | null;
}

/** The advisory lock of a change; the second half of its key is the schema. */
const LOCK = 7_205_533;
const LONGEST_ACTOR = 200;
const MOST_LISTED = 5000;

/**
 * The settings by version. A version is never changed: a change and a restore both make the next one, so that what held when a
 * message was held or skipped can be looked up. Each process keeps the newest and reads it again only when the number in the
 * database is another: every look costs one row of an index.
 */
export class SettingsVersions {
	private kept: { version: number; chosen: Chosen; values: SettingsValues } = { version: 0, chosen: {}, values: DEFAULT_SETTINGS };

	constructor(private readonly store: Store, private readonly audit: AuditSettings) {}

	async current(reader: Reader): Promise<{ version: number; chosen: Chosen; values: SettingsValues }> {
		const newest = (await reader.first<{ version: number | null }>(sql<{ version: number | null }>`select max(version) as version from settings_version`))?.version ?? 0;
		if (newest !== this.kept.version) {
			const chosen = newest === 0 ? {} : chosenOf((await readVersions(reader, { version: newest }))[0]);
			this.kept = { version: newest, chosen, values: merged(chosen) };
		}
		return this.kept;
	}

	async get(): Promise<SettingsView> {
		return await this.store.read(async (reader) => view(await this.current(reader)));
	}

	async set(patch: Parameters<SettingsApi['set']>[0], options: Parameters<SettingsApi['set']>[1] = {}): Promise<SettingsView> {
		const changes = checkPatch(patch);
		for (const name of options.reset ?? []) changes.set(settingName(name), undefined);
		return await this.change(options, (before) => {
			const after: Chosen = { ...before };
			for (const [name, value] of changes) {
				// Null where it is a value was kept by the check's own null; elsewhere it goes back to the default.
				if (value === undefined || (value === null && DEFAULT_SETTINGS[name] !== null && name !== 'quietHours')) delete after[name];
				else after[name] = value;
			}
			return { chosen: after, action: 'settings.set', restoredFrom: null };
		});
	}

	async restore(version: number, options: Parameters<SettingsApi['restore']>[1] = {}): Promise<SettingsView> {
		return await this.change(options, async (_before, tx) => {
			const [row] = version === 0 ? [] : await readVersions(tx, { version });
			if (row === undefined && version !== 0) {
				throw new EngineError('NOT_FOUND', `There is no version ${String(version)} of the settings. Get History lists the versions; 0 is all defaults.`);
			}
			return { chosen: row === undefined ? {} : checkedAgain(chosenOf(row)), action: 'settings.restore', restoredFrom: version };
		});
	}

	async history({ limit = 50 }: { limit?: number } = {}): Promise<SettingsVersion[]> {
		const most = Math.max(1, Math.min(MOST_LISTED, Math.floor(limit)));
		// One more: the oldest one shown is compared with the one before it; before the first were the defaults.
		const rows = await this.store.read((reader) => readVersions(reader, { limit: most + 1 }));
		return rows.slice(0, most).map((row, place) => {
			const values = merged(chosenOf(row));
			const before = merged(chosenOf(rows[place + 1]));
			const changed = parsed<Name[]>(row.changed);
			return {
				version: Number(row.version), at: new Date(row.at).toISOString(), by: row.actor, changed,
				changes: changed.filter((name) => name in DEFAULT_SETTINGS).map((setting) => ({ setting, before: before[setting], after: values[setting] })),
				restoredFrom: row.restored_from === null ? null : Number(row.restored_from), values,
			};
		});
	}

	private async change(
		{ ifVersion, by = 'api' }: { ifVersion?: number; by?: string },
		next: (before: Chosen, tx: Tx) => Promise<Change> | Change,
	): Promise<SettingsView> {
		return await this.store.tx('change-settings', async (tx) => {
			// Alone from here to the commit: two changes at once would otherwise both take the next number.
			if (tx.dialect.name === 'postgres') await tx.all(sql`select pg_advisory_xact_lock(${sql.lit(LOCK)}, hashtext(current_schema()))`);
			const before = await this.current(tx);
			if (ifVersion !== undefined && ifVersion !== before.version) {
				throw new EngineError('CONFLICT', `The settings are at version ${before.version} by now, not ${String(ifVersion)}: somebody changed them meanwhile. Get them again, look at what changed, and repeat your change.`, { version: before.version });
			}
			const { chosen, action, restoredFrom } = await next(before.chosen, tx);
			const changed = SETTING_NAMES.filter((name) => canonicalJson(chosen[name] ?? null) !== canonicalJson(before.chosen[name] ?? null) || (name in chosen) !== (name in before.chosen));
			if (changed.length === 0) return view(before);
			const version = before.version + 1;
			await tx.run(sql`insert into settings_version (version, at, actor, changed, chosen, restored_from)
				values (${version}, ${tx.nowMs}, ${by.slice(0, LONGEST_ACTOR)}, ${tx.dialect.json(changed)}, ${tx.dialect.json(chosen)}, ${restoredFrom})`);
			await this.audit(tx, { action, who: by, detail: { version, changed, ...(restoredFrom === null ? {} : { restoredFrom }) } });
			return view({ version, chosen, values: merged(chosen) });
		});
	}
}

/** Everything that is set, as this reader sees it, for whoever reacts to a change and has no settings at hand: nothing is kept, one row is read each time. */
export async function settingsIn(reader: Reader): Promise<SettingsValues> {
	return merged(chosenOf((await readVersions(reader, { limit: 1 }))[0]));
}

interface Change {
	chosen: Chosen;
	action: string;
	restoredFrom: number | null;
}

async function readVersions(reader: Reader, which: { version: number } | { limit: number }): Promise<VersionRow[]> {
	return await reader.all<VersionRow>(sql<VersionRow>`select version, at, actor, changed, chosen, restored_from from settings_version
		${'version' in which ? sql`where version = ${which.version}` : sql`order by version desc limit ${which.limit}`}`);
}

function parsed<Value>(column: unknown): Value {
	return (typeof column === 'string' ? JSON.parse(column) : column) as Value;
}

function chosenOf(row: VersionRow | undefined): Chosen {
	const chosen = row === undefined ? {} : parsed<unknown>(row.chosen);
	return isJsonObject(chosen) ? (chosen as Chosen) : {};
}

/** An older version of the package may have stored what is refused today; a setting that this one does not know stays as it was. Throws BAD_INPUT. */
function checkedAgain(chosen: Chosen): Chosen {
	const known = Object.entries(chosen).filter(([name]) => name in DEFAULT_SETTINGS);
	return { ...chosen, ...Object.fromEntries(checkPatch(Object.fromEntries(known))) };
}

/** A setting that an older or newer version of the package stored and this one does not know is left alone. */
function merged(chosen: Chosen): SettingsValues {
	const known = Object.fromEntries(Object.entries(chosen).filter(([name]) => name in DEFAULT_SETTINGS));
	return { ...DEFAULT_SETTINGS, ...known };
}

function view({ version, chosen, values }: { version: number; chosen: Chosen; values: SettingsValues }): SettingsView {
	return { version, values, chosen: SETTING_NAMES.filter((name) => name in chosen) };
}
