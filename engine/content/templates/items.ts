import { sql } from 'kysely';

import type { Reader, Tx } from '../../store';

export type ItemKind = 'template' | 'block' | 'brand';

/** A row of content_item, read. */
export interface Item<Draft> {
	id: number;
	kind: ItemKind;
	key: string;
	name: string;
	channel: string | null;
	draft: Draft;
	samples: unknown;
	draftedAtMs: number;
	draftedBy: string;
	published: number | null;
	publishedAtMs: number | null;
	publishedBy: string | null;
	createdAtMs: number;
	/** The content of the published version; null: none is. */
	live: Draft | null;
}

interface Row {
	id: number;
	kind: ItemKind;
	key: string;
	name: string;
	channel: string | null;
	draft: unknown;
	samples: unknown;
	drafted_at: number;
	drafted_by: string;
	published: number | null;
	published_at: number | null;
	published_by: string | null;
	created_at: number;
	live: unknown;
}

/** By key; those that were removed are not there. */
export async function readItems<Draft>(reader: Reader, kind: ItemKind, keys?: readonly string[]): Promise<Array<Item<Draft>>> {
	const rows = await reader.all(sql<Row>`select i.id, i.kind, i.key, i.name, i.channel, i.draft, i.samples, i.drafted_at, i.drafted_by, i.published, i.published_at, i.published_by, i.created_at, v.content as live
		from content_item i left join content_version v on v.item = i.id and v.version = i.published
		where i.kind = ${kind} and i.removed_at is null ${keys === undefined ? sql`` : sql`and ${reader.dialect.anyOf(sql`i.key`, keys)}`} order by i.key`);
	return rows.map((row) => ({
		id: Number(row.id), kind: row.kind, key: row.key, name: row.name, channel: row.channel, draft: parsed<Draft>(row.draft), samples: parsed(row.samples),
		draftedAtMs: Number(row.drafted_at), draftedBy: row.drafted_by, published: numberOr(row.published), publishedAtMs: numberOr(row.published_at), publishedBy: row.published_by,
		createdAtMs: Number(row.created_at), live: row.live === null || row.live === undefined ? null : parsed<Draft>(row.live),
	}));
}

export async function readItem<Draft>(reader: Reader, kind: ItemKind, key: string): Promise<Item<Draft> | null> {
	return (await readItems<Draft>(reader, kind, [key]))[0] ?? null;
}

/** For a change: nobody else changes it until the commit. On SQLite a transaction is alone anyway. */
export async function lockItem(tx: Tx, kind: ItemKind, key: string): Promise<void> {
	if (tx.dialect.name === 'postgres') await tx.all(sql`select pg_advisory_xact_lock(hashtext(current_schema()), hashtext(${`content ${kind} ${key}`}))`);
}

export interface DraftWrite {
	kind: ItemKind;
	key: string;
	name: string;
	channel: string | null;
	draft: object;
	by: string;
}

export async function writeDraft(tx: Tx, { kind, key, name, channel, draft, by }: DraftWrite): Promise<void> {
	await tx.run(sql`insert into content_item (kind, key, name, channel, draft, samples, drafted_at, drafted_by, created_at)
		values (${kind}, ${key}, ${name}, ${channel}, ${tx.dialect.json(draft)}, ${tx.dialect.json([])}, ${tx.nowMs}, ${by}, ${tx.nowMs})
		on conflict (kind, key) where removed_at is null do update set name = excluded.name, draft = excluded.draft, drafted_at = excluded.drafted_at, drafted_by = excluded.drafted_by`);
}

export function parsed<Value>(column: unknown): Value {
	return (typeof column === 'string' ? JSON.parse(column) : column) as Value;
}

function numberOr(value: number | null): number | null {
	return value === null ? null : Number(value);
}
