import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { Reader, Store, Tx } from '../store';
import type { ProductRow } from './fields';
import type { FeedOptions } from './types';

/*
 * A feed is replaced as a whole. Rows of an import are written under a version that nobody reads; at its end one transaction carries over who is gone and makes that version the feed's.
 * Whatever dies before leaves rows that nobody reads, which are tidied away.
 */

export interface FeedRowOf {
	id: number;
	name: string;
	language: string | null;
	currency: string | null;
	version: number;
	last_version: number;
	products: number;
	imported_at: number | null;
}

const COLUMNS = sql`id, name, language, currency, version, last_version, products, imported_at`;
/** People are shown what they bought for so long after it has left the feed. */
const GONE_KEPT_MS = 400 * 86_400_000;
/** Rows a transaction. */
const SLICE = 5_000;

export async function readFeeds(reader: Reader): Promise<FeedRowOf[]> {
	const rows = await reader.all<FeedRowOf>(sql<FeedRowOf>`select ${COLUMNS} from product_feed order by name`);
	return rows.map((row) => ({ ...row, id: Number(row.id), version: Number(row.version), last_version: Number(row.last_version), products: Number(row.products) }));
}

export async function feedNamed(reader: Reader, name: string, lock = sql``): Promise<FeedRowOf> {
	const row = await reader.first<FeedRowOf>(sql<FeedRowOf>`select ${COLUMNS} from product_feed where name = ${name} ${lock}`);
	if (row === undefined) throw new EngineError('NOT_FOUND', `There is no product feed "${name.slice(0, 100)}". Import it with Journey Content, Product: Import Feed, or choose another one.`);
	return { ...row, id: Number(row.id), version: Number(row.version), last_version: Number(row.last_version), products: Number(row.products) };
}

/** The feed and the number of a version of its own, which no other import writes. */
export async function openVersion(tx: Tx, name: string): Promise<{ feed: FeedRowOf; version: number }> {
	await tx.run(sql`insert into product_feed (name, version, last_version, created_at) values (${name}, 0, 0, ${tx.nowMs}) on conflict (name) do nothing`);
	const feed = await feedNamed(tx, name, tx.dialect.forUpdate);
	const version = feed.last_version + 1;
	await tx.run(sql`update product_feed set last_version = ${version} where id = ${feed.id}`);
	return { feed, version };
}

/** Answers with the ids that were not there yet: of two rows with the same id the first counts. */
export async function storeRows(tx: Tx, feed: number, version: number, rows: readonly ProductRow[]): Promise<ReadonlySet<string>> {
	const int = sql.raw(tx.dialect.types.int);
	const stored = await tx.all<{ id: string }>(sql<{ id: string }>`insert into product (feed, version, id, title, description, link, image_link, price, sale_price, currency, availability, brand, category, item_group, custom)
		select cast(${feed} as ${int}), cast(${version} as ${int}), r.id, r.title, r.description, r.link, r.image_link, r.price, r.sale_price, r.currency, r.availability, r.brand, r.category, r.item_group, r.custom
		from ${tx.dialect.rows(rows, { id: 'text', title: 'text', description: 'text', link: 'text', image_link: 'text', price: 'text', sale_price: 'text', currency: 'text', availability: 'text', brand: 'text', category: 'text', item_group: 'text', custom: 'json' }, 'r')}
		where true on conflict (feed, version, id) do nothing returning id`);
	return new Set(stored.map(({ id }) => id));
}

export interface Switched {
	products: number;
	isNew: number;
	gone: number;
}

/** Throws BAD_INPUT where the import must not become the feed; then its rows are left to be tidied away. */
export async function switchTo(tx: Tx, name: string, version: number, { allowShrinking = false, language, currency }: FeedOptions): Promise<Switched> {
	const feed = await feedNamed(tx, name, tx.dialect.forUpdate);
	if (feed.version > version) throw new EngineError('BAD_INPUT', `A newer import of "${name}" has ended meanwhile; this one was left out.`);
	const [before, now] = [sql`feed = ${feed.id} and version = ${feed.version}`, sql`feed = ${feed.id} and version = ${version}`];
	const counted = async (of: ReturnType<typeof sql>): Promise<number> => Number((await tx.first<{ n: number }>(sql<{ n: number }>`select count(*) as n from product where ${of}`))?.n ?? 0);
	const products = await counted(now);
	if (products === 0) throw new EngineError('BAD_INPUT', 'The feed has no row that can be used, so nothing was changed. The report says what is wrong with its rows.');
	const missing = sql`${before} and not exists (select 1 from product n where n.feed = product.feed and n.version = ${version} and n.id = product.id)`;
	const gone = await counted(sql`${missing} and gone_at is null`);
	if (!allowShrinking && gone * 2 > feed.products) throw new EngineError('BAD_INPUT', `${gone} of ${feed.products} products are missing in this feed, which is more than half, so nothing was changed. If that is right, switch on Allow Shrinking; else look whether the file is whole.`, { gone, before: feed.products });
	const kept = await counted(sql`${now} and exists (select 1 from product o where o.feed = product.feed and o.version = ${feed.version} and o.id = product.id and o.gone_at is null)`);
	await tx.run(sql`insert into product (feed, version, id, title, description, link, image_link, price, sale_price, currency, availability, brand, category, item_group, custom, gone_at)
		select feed, cast(${version} as ${sql.raw(tx.dialect.types.int)}), id, title, description, link, image_link, price, sale_price, currency, availability, brand, category, item_group, custom, coalesce(gone_at, ${tx.nowMs})
		from product where ${missing} and (gone_at is null or gone_at > ${tx.nowMs - GONE_KEPT_MS})`);
	await tx.run(sql`update product_feed set version = ${version}, products = ${products}, imported_at = ${tx.nowMs}, language = ${language === undefined ? feed.language : language}, currency = ${currency === undefined ? feed.currency : currency} where id = ${feed.id}`);
	return { products, isNew: products - kept, gone };
}

/** A slice of the rows of versions that came before a feed's own; answers whether there may be more. What an import that failed has left goes when the next one has ended. */
export async function tidyProducts(store: Store): Promise<boolean> {
	for (const { id, version } of await store.read(readFeeds)) {
		const older = sql`feed = ${id} and version < ${version}`;
		if ((await store.read((reader) => reader.first(sql`select 1 as there from product where ${older} limit 1`))) === undefined) continue;
		await store.tx('product-tidy', (tx) => removeSlice(tx, older));
		return true;
	}
	return false;
}

async function removeSlice(tx: Tx, which: ReturnType<typeof sql>): Promise<number> {
	return await tx.run(sql`delete from product where (feed, version, id) in (select feed, version, id from product where ${which} order by feed, version, id limit ${sql.lit(SLICE)})`);
}

/** At once gone for readers; its rows go in slices. Throws NOT_FOUND. */
export async function deleteFeed(store: Store, name: string): Promise<{ products: number }> {
	const { id, products } = await store.tx('product-feed-delete', async (tx) => {
		const feed = await feedNamed(tx, name, tx.dialect.forUpdate);
		await tx.run(sql`delete from product_feed where id = ${feed.id}`);
		return feed;
	});
	while ((await store.tx('product-tidy', (tx) => removeSlice(tx, sql`feed = ${id}`))) === SLICE);
	return { products };
}
