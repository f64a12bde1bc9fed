import { sql } from 'kysely';

import { letTogether, unmergeIn } from '../profiles';
import type { Tx } from '../store';
import { importSource, startOf } from './import-log';
import { othersOf, writeNotes, type PersonNote } from './journal';
import type { Done, UndoParts } from './undo';

/**
 * Takes back the merges that the import brought about, the newest first, as long as nobody has merged more into the person since or
 * a later import has noted something of them. The import is no person's word that the two are two: they may become one again.
 * Answers with everybody who has to be looked at again.
 */
export async function revertMerges(tx: Tx, parts: Pick<UndoParts, 'keepers' | 'audit'>, importId: string, notes: readonly PersonNote[], done: Done): Promise<Set<number>> {
	const joined = notes.filter(({ merges }) => merges.length > 0);
	const looked = new Set<number>();
	if (joined.length === 0) return looked;
	const ids = joined.map(({ profile }) => profile);
	const others = await othersOf(tx, importId, ids, await startOf(tx, importId));
	const who = await importSource(tx, importId);
	const rows = await tx.all(
		sql<{ id: number; profile: number }>`select id, into_profile as profile from profile_merge where ${tx.dialect.anyOf(sql.ref('into_profile'), ids)} and undone_at is null and undo is not null order by id desc`,
	);
	const merging = { keepers: parts.keepers(), audit: async (inner: Tx, entries: ReadonlyArray<Parameters<UndoParts['audit']>[1]>) => { for (const entry of entries) await parts.audit(inner, entry); } };
	for (const { profile, merges } of joined) {
		const stack = rows.filter((row) => row.profile === profile).map(({ id }) => id);
		// One that somebody has taken back by hand since is no longer there.
		const mine = merges.filter((id) => stack.includes(id)).sort((a, b) => b - a);
		const [heir] = others.get(profile) ?? [];
		if (heir !== undefined) await writeNotes(tx, heir.import, [{ ...heir, created: heir.created ? 1 : 0, merges: [...mine].reverse().concat(heir.merges) }]);
		if (heir !== undefined || mine.some((id, n) => stack[n] !== id)) {
			done.mergesKept += mine.length;
			continue;
		}
		for (let n = 0; n < mine.length; n += 1) {
			const { restored } = await unmergeIn(tx, merging, profile, who);
			await letTogether(tx, profile, restored);
			done.unmerged += 1;
			looked.add(profile).add(restored);
		}
	}
	return looked;
}
