import { sql } from 'kysely';

import type { Reactions } from '../events';
import type { Tx } from '../store';
import type { Books } from './book';
import type { Follower } from './follow';

type Entries = Parameters<Reactions['segmentsEntered']>[1];

/**
 * Static lists change by themselves, after no other change of people: segments tell journeys of it, and scores whose rules ask for
 * the list hear it there too. Live segments need not be heard: their rules are written out in the scores' own.
 */
export async function listsMoved(tx: Tx, { books, follower }: { books: Books; follower: Follower }, entries: Entries): Promise<number> {
	const { models, stages } = await books.read(tx);
	const asked = new Set([...models.flatMap(({ reach }) => [...reach.lists]), ...stages.reach.lists]);
	if (asked.size === 0 || entries.length === 0) return 0;
	const rows = await tx.all(
		sql<{ id: number; name: string }>`select id, name from segment where kind = 'list' and ${tx.dialect.anyOf(sql.ref('id'), [...new Set(entries.map(({ segment }) => segment))])}`,
	);
	const names = new Map(rows.filter(({ name }) => asked.has(name)).map(({ id, name }) => [id, name]));
	const lists = new Map<string, Set<number>>();
	const historical = new Map<number, boolean>();
	for (const { segment, profile, historical: past } of entries) {
		const name = names.get(segment);
		if (name === undefined) continue;
		lists.set(name, (lists.get(name) ?? new Set()).add(profile));
		historical.set(profile, past);
	}
	if (lists.size === 0) return 0;
	const change = { created: new Set<number>(), events: new Map<string, Set<number>>(), attributes: new Map<string, Set<number>>(), lists };
	return (await follower.refreshScores(tx, { ...change, historical: (profile) => historical.get(profile) ?? false })).journeyEntries;
}
