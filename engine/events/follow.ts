import { sql } from 'kysely';

import type { JsonObject } from '../kernel';
import type { Reader, Store, Tx } from '../store';

/** An event as whoever counts events sees it. */
export interface NewEvent {
	id: number;
	profile: number;
	name: string;
	occurredAtMs: number;
	properties: JsonObject;
}

export interface EventFollowing {
	/** Under which it remembers how far it has come. */
	key: string;
	names: readonly string[];
	/** Whether there is anybody to follow for; else the events of then are passed over. */
	wanted(reader: Reader): Promise<boolean>;
	/** In the transaction that remembers how far it came: each event once. */
	work(tx: Tx, events: readonly NewEvent[]): Promise<void>;
}

/** Events a transaction looks at, of whatever name. */
const SLICE = 5_000;
/** On PostgreSQL an id is taken before the commit, so an event may turn up behind others that were seen. No ingest takes this long. */
const SETTLED_AFTER_MS = 30_000;

/**
 * Goes through what has happened since it last looked, a bounded number of slices; ids rise with arrival. Nothing of it stands on the way of an event, and what
 * follows is some seconds late. Answers whether there may be more.
 */
export async function followEvents(store: Store, { key, names, wanted, work }: EventFollowing, slices: number): Promise<boolean> {
	for (let slice = 0; slice < slices; slice += 1) {
		const ahead = await store.read(async (reader) => ((await wanted(reader)) ? await nextSlice(reader, key) : null));
		if (ahead === null || ahead.to === null) return false;
		await store.tx('event-follow', async (tx) => {
			await tx.run(sql`insert into setting (key, value, updated_at) values (${settingOf(key)}, ${tx.dialect.json({ after: 0 })}, ${tx.nowMs}) on conflict (key) do nothing`);
			await tx.first(sql`select key from setting where key = ${settingOf(key)} ${tx.dialect.forUpdate}`);
			const { after, to } = await nextSlice(tx, key);
			if (to === null) return;
			const rows = await tx.all<{ id: number; profile: number; name: string; occurred_at: number; properties: unknown }>(sql<{ id: number; profile: number; name: string; occurred_at: number; properties: unknown }>`
				select id, profile, name, occurred_at, properties from event where id > ${after} and id <= ${to} and ${tx.dialect.anyOf(sql`name`, names)} order by id`);
			await work(tx, rows.map(({ occurred_at: occurredAtMs, properties, ...row }) => ({ ...row, occurredAtMs, properties: (typeof properties === 'string' ? JSON.parse(properties) : properties) as JsonObject })));
			await tx.run(sql`update setting set value = ${tx.dialect.json({ after: to })}, updated_at = ${tx.nowMs} where key = ${settingOf(key)}`);
		});
	}
	return true;
}

function settingOf(key: string): string {
	return `follow:${key}`;
}

async function nextSlice(reader: Reader, key: string): Promise<{ after: number; to: number | null }> {
	const mark = await reader.first<{ value: unknown }>(sql<{ value: unknown }>`select value from setting where key = ${settingOf(key)}`);
	const value = (typeof mark?.value === 'string' ? JSON.parse(mark.value) : mark?.value) as { after: number } | undefined;
	const after = value?.after ?? 0;
	const settledBefore = reader.dialect.name === 'postgres' ? reader.nowMs - SETTLED_AFTER_MS : Number.MAX_SAFE_INTEGER;
	const row = await reader.first<{ to: number | null }>(sql<{ to: number | null }>`select max(id) as "to" from
		(select id, received_at from event where id > ${after} order by id limit ${sql.lit(SLICE)}) as slice where received_at <= ${settledBefore}
		and id < coalesce((select min(id) from (select id, received_at from event where id > ${after} order by id limit ${sql.lit(SLICE)}) as fresh where received_at > ${settledBefore}), ${Number.MAX_SAFE_INTEGER})`);
	return { after, to: row?.to ?? null };
}
