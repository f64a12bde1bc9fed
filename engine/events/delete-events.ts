import { sql, type RawBuilder } from 'kysely';

import { raiseEventFloors } from '../profiles';
import type { Tx } from '../store';

/**
 * Deletes the events for which `which` holds, of people who stay; their numbers are never given out again. The profiles are locked.
 * Everything else that takes events away forgets the person too (erasure), or takes back what nobody has seen yet.
 *
 * @returns how many, and whose by event name, as segments want to hear it. Two statements.
 */
export async function deleteEvents(tx: Tx, which: RawBuilder<unknown>): Promise<{ count: number; byName: Map<string, Set<number>> }> {
	const deleted = await tx.all(sql<{ profile: number; name: string; event_no: number }>`delete from event where ${which} returning profile, name, event_no`);
	await raiseEventFloors(tx, deleted);
	const byName = new Map<string, Set<number>>();
	for (const { name, profile } of deleted) {
		const whom = byName.get(name);
		if (whom === undefined) byName.set(name, new Set([profile]));
		else whom.add(profile);
	}
	return { count: deleted.length, byName };
}
