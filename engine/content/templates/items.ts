import { sql } from 'kysely';

import { EngineError } from '../../kernel';
import type { Reader, Tx } from '../../store';
import type { Block } from '../../templates';
import type { BrandValues, InLanguages } from './types';

export type ItemKind = 'template' | 'block' | 'brand';

/** What a version keeps: the draft as it was published, with what it shows of blocks and brand. */
export interface Version<Draft> {
	content: Draft;
	/** By key, those within others too. */
	blocks: Record<string, InLanguages<Block> & { version: number }>;
	brand: { version: number; values: BrandValues } | null;
}

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
	/** The published version; null: none is. */
	live: Version<Draft> | null;
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
		createdAtMs: Number(row.created_at), live: row.live === null || row.live === undefined ? null : parsed<Version<Draft>>(row.live),
	}));
}

export async function readItem<Draft>(reader: Reader, kind: ItemKind, key: string): Promise<Item<Draft> | null> {
	return (await readItems<Draft>(reader, kind, [key]))[0] ?? null;
}

/** Throws NOT_FOUND. */
export async function itemOf<Draft>(reader: Reader, kind: ItemKind, key: string): Promise<Item<Draft>> {
	const item = await readItem<Draft>(reader, kind, key.trim());
	if (item === null) throw new EngineError('NOT_FOUND', `There is no ${kind} "${key}". Check the spelling, or make it with Journey Content.`);
	return item;
}

/** For a change: nobody else changes contents until the commit, so that no version shows a block that is being removed. On SQLite a transaction is alone anyway. */
export async function lockContents(tx: Tx): Promise<void> {
	if (tx.dialect.name === 'postgres') await tx.all(sql`select pg_advisory_xact_lock(${sql.lit(LOCK)}, hashtext(current_schema()))`);
}

const LOCK = 7_205_553;

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

interface VersionRow {
	version: number;
	content: unknown;
	made_at: number;
	made_by: string;
}

export interface StoredVersion<Draft> extends Version<Draft> {
	version: number;
	madeAtMs: number;
	madeBy: string;
}

/** Newest first. */
export async function readVersions<Draft>(reader: Reader, item: number, version?: number): Promise<Array<StoredVersion<Draft>>> {
	const rows = await reader.all(sql<VersionRow>`select version, content, made_at, made_by from content_version where item = ${item} ${version === undefined ? sql`` : sql`and version = ${version}`} order by version desc`);
	return rows.map((row) => ({ ...parsed<Version<Draft>>(row.content), version: Number(row.version), madeAtMs: Number(row.made_at), madeBy: row.made_by }));
}

/** Throws NOT_FOUND. */
export async function versionOf<Draft>(reader: Reader, { id, kind, key }: Pick<Item<Draft>, 'id' | 'kind' | 'key'>, version: number): Promise<StoredVersion<Draft>> {
	const [found] = await readVersions<Draft>(reader, id, version);
	if (found === undefined) throw new EngineError('NOT_FOUND', `The ${kind} "${key}" has no version ${version}. Get Versions lists those there are.`);
	return found;
}

export async function writeVersion<Draft>(tx: Tx, item: number, version: number, content: Version<Draft>, by: string): Promise<void> {
	await tx.run(sql`insert into content_version (item, version, content, made_at, made_by) values (${item}, ${version}, ${tx.dialect.json(content)}, ${tx.nowMs}, ${by})`);
}

/** What senders take from now on; null: nothing. */
export async function point(tx: Tx, item: number, version: number | null, by: string): Promise<void> {
	await tx.run(sql`update content_item set published = ${version}, published_at = ${version === null ? null : tx.nowMs}, published_by = ${version === null ? null : by} where id = ${item}`);
}

export async function removeItem(tx: Tx, item: number): Promise<void> {
	await tx.run(sql`update content_item set removed_at = ${tx.nowMs}, published = null where id = ${item}`);
}

export async function writeSamples(tx: Tx, item: number, samples: readonly object[]): Promise<void> {
	await tx.run(sql`update content_item set samples = ${tx.dialect.json(samples)} where id = ${item}`);
}

function parsed<Value>(column: unknown): Value {
	return (typeof column === 'string' ? JSON.parse(column) : column) as Value;
}

function numberOr(value: number | null): number | null {
	return value === null ? null : Number(value);
}
