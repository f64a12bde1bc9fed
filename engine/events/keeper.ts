import { sql } from 'kysely';

import { iso, type JsonValue } from '../kernel';
import { storedObject, type Merge, type PersonKeeper } from '../profiles';
import type { Reader, Tx } from '../store';

type Undo = { identified: string[] };

/** Events and the message ids of identify calls. */
export const eventsKeeper: PersonKeeper = {
	name: 'events',
	tables: ['event', 'identified'],
	merge: async (tx, merge) => (await mergeAll(tx, [merge]))[0] ?? {},
	mergeAll,
	unmerge: (tx, merge, undo) => unmerge(tx, merge, undo as Undo),
	export: exportEvents,
	eraseAll: async (tx, profiles) => {
		for (const table of ['event', 'identified']) await tx.run(sql`delete from ${sql.table(table)} where ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	},
};

/** Message ids stay unique over all profiles, so what was sent before the merge is still known when it comes again. */
async function mergeAll(tx: Tx, merges: readonly Merge[]): Promise<JsonValue[]> {
	const { anyOf, rows } = tx.dialect;
	const froms = merges.map(({ from }) => from);
	const pairs = rows(merges.map(({ into, from, eventNoOffset }) => ({ into, from, off: eventNoOffset })), { into: 'integer', from: 'integer', off: 'integer' }, 'm');
	const identified = await tx.all(sql<{ message_id: string; profile: number }>`select message_id, profile from identified where ${anyOf(sql.ref('profile'), froms)} order by message_id`);
	await tx.run(sql`update event set profile = m."into", event_no = event.event_no + m.off from ${pairs} where event.profile = m."from"`);
	if (identified.length > 0) await tx.run(sql`update identified set profile = m."into" from ${pairs} where identified.profile = m."from"`);
	return merges.map(({ from }): Undo => ({ identified: identified.filter(({ profile }) => profile === from).map((row) => row.message_id) }));
}

/** The survivor's later events close the gap; by way of negative numbers, since both databases check the unique number row by row. */
async function unmerge(tx: Tx, { into, from, eventNoOffset: off, lastEventNo: count }: Merge, { identified }: Undo): Promise<void> {
	if (count > 0) {
		await tx.run(sql`update event set profile = ${from}, event_no = event_no - ${off} where profile = ${into} and event_no > ${off} and event_no <= ${off + count}`);
		await tx.run(sql`update event set event_no = ${count} - event_no where profile = ${into} and event_no > ${off + count}`);
		await tx.run(sql`update event set event_no = -event_no where profile = ${into} and event_no < 0`);
	}
	if (identified.length > 0) await tx.run(sql`update identified set profile = ${from} where ${tx.dialect.anyOf(sql.ref('message_id'), identified)} and profile = ${into}`);
}

async function exportEvents(reader: Reader, profile: number): Promise<JsonValue> {
	const rows = await reader.all(
		sql<{ event_no: number; name: string; message_id: string | null; source: string; occurred_at: number; received_at: number; properties: unknown; historical: number; message: string | null; enrollment: number | null }>`
			select event_no, name, message_id, source, occurred_at, received_at, properties, historical, message, enrollment from event where profile = ${profile} order by event_no`,
	);
	// Calls that said something of the person and are no event: their ids are kept, by which a repetition is known.
	const calls = await reader.all(sql<{ message_id: string; received_at: number }>`select message_id, received_at from identified where profile = ${profile} order by received_at, message_id`);
	const events = rows.map((row) => ({
		number: row.event_no, name: row.name, at: iso(row.occurred_at), receivedAt: iso(row.received_at), source: row.source, messageId: row.message_id,
		properties: storedObject(row.properties), historical: row.historical === 1, message: row.message, enrollment: row.enrollment,
	}));
	return [...events, ...calls.map((call) => ({ call: 'identify', messageId: call.message_id, receivedAt: iso(call.received_at) }))];
}
