import { sql } from 'kysely';

import { currentProfiles, lockProfiles } from '../profiles';
import type { Reader, Tx } from '../store';
import { appendHistory } from './history';
import type { SetParts } from './set';

export interface DoNotSellChange {
	profile: number;
	active: boolean;
	/** 'gpc' (the browser's Global Privacy Control), 'preferences', 'node', 'import'. */
	source: string;
}

export interface DoNotSellOptions {
	/** An import says so: as long as nobody else does, undoing it may take it back. Default false. */
	byImport?: boolean;
	/** Imports start no journey unless asked. Default false: live. */
	historical?: boolean;
}

/** As markDoNotSellIn; whatever follows consent follows, and an answer with how many people changed. */
export async function setDoNotSellIn(tx: Tx, parts: Pick<SetParts, 'audit' | 'segments'>, changes: readonly DoNotSellChange[], options: DoNotSellOptions = {}): Promise<number> {
	const consents = await markDoNotSellIn(tx, parts, changes, options);
	if (consents.size > 0) await parts.segments?.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), historical: options.historical ?? false, consents });
	return consents.size;
}

/**
 * Keeps people out of what is shared with third parties, or lets them in again; the last of several changes of one person counts.
 * What is so already changes nothing, but that it is no import's word alone any more. Answers with whom it changed; segments are the caller's to tell. A constant number of statements.
 */
export async function markDoNotSellIn(tx: Tx, { audit }: Pick<SetParts, 'audit'>, changes: readonly DoNotSellChange[], { byImport = false }: DoNotSellOptions = {}): Promise<ReadonlySet<number>> {
	const last = new Map(changes.map((change) => [change.profile, change]));
	if (last.size === 0) return new Set();
	await lockProfiles(tx, last.keys());
	const rows = await tx.all(sql<{ id: number; active: number | null; by_import: number | null }>`select p.id, d.active, d.by_import from profile p left join do_not_sell d on d.profile = p.id
		where ${tx.dialect.anyOf(sql`p.id`, [...last.keys()])}`);
	const changed = rows.flatMap(({ id, active }) => {
		const change = last.get(id);
		return change === undefined || (active ?? 0) === Number(change.active) ? [] : [{ ...change, active: Number(change.active), known: active !== null }];
	});
	const said = byImport ? [] : rows.filter(({ id, active, by_import: only }) => only === 1 && active === Number(last.get(id)?.active));
	if (said.length > 0) await tx.run(sql`update do_not_sell set by_import = null where ${tx.dialect.anyOf(sql.ref('profile'), said.map(({ id }) => id))}`);
	if (changed.length === 0) return new Set();
	const int = sql.raw(tx.dialect.types.int);
	await tx.run(sql`insert into do_not_sell (profile, active, source, changed_at, by_import)
		select profile, active, source, cast(${tx.nowMs} as ${int}), cast(${byImport ? 1 : null} as ${int}) from ${tx.dialect.rows(changed, { profile: 'integer', active: 'integer', source: 'text' }, 'given')} where true
		on conflict (profile) do update set active = excluded.active, source = excluded.source, changed_at = excluded.changed_at, by_import = excluded.by_import`);
	await appendHistory(tx, changed.map(({ profile, active, source, known }) => ({
		profile, kind: 'do-not-sell', channel: '', topic: '', state: active === 1 ? 'on' : 'off', previous: known ? (active === 1 ? 'off' : 'on') : null,
		source, text_version: null, ip: null, seen: undefined,
	})));
	const [first] = changed;
	if (first !== undefined) {
		await audit?.(tx, { action: 'consent.doNotSell', who: first.source, ...(changed.length === 1 ? { profile: first.profile } : { count: changed.length }), detail: { active: first.active === 1 } });
	}
	return new Set(changed.map(({ profile }) => profile));
}

/** Who of these asked not to be sold or shared; of ids of people who were merged, whether those whom they are now did. Two statements, three where somebody was merged. */
export async function doNotSellAmong(reader: Reader, profiles: Iterable<number>): Promise<ReadonlySet<number>> {
	const current = await currentProfiles(reader, profiles);
	if (current.size === 0) return new Set();
	const rows = await reader.all(sql<{ profile: number }>`select profile from do_not_sell where active = 1 and ${reader.dialect.anyOf(sql.ref('profile'), [...new Set(current.values())])}`);
	const kept = new Set(rows.map(({ profile }) => profile));
	return new Set([...current].flatMap(([id, now]) => (kept.has(now) ? [id] : [])));
}
