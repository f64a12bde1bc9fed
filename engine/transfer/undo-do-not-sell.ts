import { sql } from 'kysely';

import type { Consent } from '../consent';
import type { Tx } from '../store';

interface Note {
	profile: number;
	before: string | null;
	changed_at: number;
	/** 1: switched on still. */
	active: number | null;
	/** 1: as the import left it, and nobody but imports has said so since. */
	mine: number;
}

interface OtherNote {
	import: string;
	profile: number;
	source: string;
	noted_at: number;
}

/**
 * Lets those in again whom only this import keeps from being sold. Where another import says so too, it is that one's from now on; where
 * anybody else has said so since (a browser's signal, the preference centre, a call), or has switched it off and on, it stays.
 */
export async function revertDoNotSell(tx: Tx, consent: Pick<Consent, 'setDoNotSellIn'>, importId: string, ids: readonly number[]): Promise<{ reverted: number; kept: number }> {
	const rows = await tx.all(
		sql<Note>`select n.profile, n.before, n.changed_at, d.active, case when d.active = 1 and d.by_import = 1 and d.changed_at = n.changed_at then 1 else 0 end as mine
			from import_do_not_sell n left join do_not_sell d on d.profile = n.profile where n.import = ${importId} and n.made = 1 and ${tx.dialect.anyOf(sql.ref('n.profile'), ids)}`,
	);
	const mine = rows.filter((row) => row.mine === 1);
	const others = mine.length === 0 ? [] : await tx.all(
		sql<OtherNote>`select n.import, n.profile, i.source, n.noted_at from import_do_not_sell n join import i on i.id = n.import
			where n.import <> ${importId} and ${tx.dialect.anyOf(sql.ref('n.profile'), mine.map(({ profile }) => profile))} order by n.noted_at, n.import`,
	);
	const heirs = mine.flatMap((row) => {
		const other = others.find(({ profile, noted_at: at }) => profile === row.profile && at >= row.changed_at);
		return other === undefined ? [] : [{ import: other.import, source: other.source, profile: row.profile, before: row.before, changed_at: row.changed_at }];
	});
	const inherited = new Set(heirs.map(({ profile }) => profile));
	const back = mine.filter(({ profile }) => !inherited.has(profile));
	if (heirs.length > 0) {
		const given = tx.dialect.rows(heirs, { import: 'text', source: 'text', profile: 'integer', before: 'text', changed_at: 'integer' }, 'r');
		await tx.run(sql`update import_do_not_sell set made = 1, before = r.before, changed_at = r.changed_at from ${given} where import_do_not_sell.import = r.import and import_do_not_sell.profile = r.profile`);
		await tx.run(sql`update do_not_sell set source = r.source from ${given} where do_not_sell.profile = r.profile`);
	}
	await consent.setDoNotSellIn(tx, back.map(({ profile, before }) => ({ profile, active: false, source: before ?? 'undo' })), { historical: true });
	const unsaid = back.filter(({ before }) => before === null).map(({ profile }) => profile);
	if (unsaid.length > 0) await tx.run(sql`delete from do_not_sell where active = 0 and ${tx.dialect.anyOf(sql.ref('profile'), unsaid)}`);
	return { reverted: back.length, kept: rows.filter(({ active }) => active === 1).length - back.length };
}
