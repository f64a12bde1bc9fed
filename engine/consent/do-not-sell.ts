import { sql } from 'kysely';

import { lockProfiles } from '../profiles';
import type { Tx } from '../store';
import { appendHistory } from './history';
import type { SetParts } from './set';

export interface DoNotSellChange {
	profile: number;
	active: boolean;
	/** 'gpc' (the browser's Global Privacy Control), 'preferences', 'node', 'import'. */
	source: string;
}

/**
 * Keeps people out of what is shared with third parties, or lets them in again; the last of several changes of one person counts.
 * What is so already changes nothing. Answers with how many people changed. A constant number of statements.
 */
export async function setDoNotSellIn(tx: Tx, { audit }: Pick<SetParts, 'audit'>, changes: readonly DoNotSellChange[]): Promise<number> {
	const last = new Map(changes.map((change) => [change.profile, change]));
	if (last.size === 0) return 0;
	await lockProfiles(tx, last.keys());
	const rows = await tx.all(sql<{ id: number; active: number | null }>`select p.id, d.active from profile p left join do_not_sell d on d.profile = p.id
		where ${tx.dialect.anyOf(sql`p.id`, [...last.keys()])}`);
	const changed = rows.flatMap(({ id, active }) => {
		const change = last.get(id);
		return change === undefined || (active ?? 0) === Number(change.active) ? [] : [{ ...change, active: Number(change.active), known: active !== null }];
	});
	if (changed.length === 0) return 0;
	await tx.run(sql`insert into do_not_sell (profile, active, source, changed_at)
		select profile, active, source, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}) from ${tx.dialect.rows(changed, { profile: 'integer', active: 'integer', source: 'text' }, 'given')} where true
		on conflict (profile) do update set active = excluded.active, source = excluded.source, changed_at = excluded.changed_at`);
	await appendHistory(tx, changed.map(({ profile, active, source, known }) => ({
		profile, kind: 'do-not-sell', channel: '', topic: '', state: active === 1 ? 'on' : 'off', previous: known ? (active === 1 ? 'off' : 'on') : null,
		source, text_version: null, ip: null, seen: undefined,
	})));
	const [first] = changed;
	if (first !== undefined) {
		await audit?.(tx, { action: 'consent.doNotSell', who: first.source, ...(changed.length === 1 ? { profile: first.profile } : { count: changed.length }), detail: { active: first.active === 1 } });
	}
	return changed.length;
}
