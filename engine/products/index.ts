import { sql } from 'kysely';

import { findAll } from '../consent';
import type { Download } from '../downloads';
import { EngineError, iso, type JsonObject, type Random } from '../kernel';
import type { IdentityRules } from '../profiles';
import type { Reader, Store } from '../store';
import { readBlocks } from './blocks';
import { BOUGHT_EVENT, forgetCounts, VIEWED_EVENT } from './counts';
import { FeedImports } from './import';
import { Popular } from './popular';
import { deleteFeed, feedNamed, readFeeds, tidyProducts } from './store-feed';
import type { ProductBlock, ProductsApi, Recommendation } from './types';
import { liquidProduct, PRODUCT_COLUMNS, viewProduct, type StoredProduct } from './view';

export { countProducts } from './counts';
export type * from './types';

/** The events that are counted. */
export const COUNTED_EVENTS: readonly string[] = [VIEWED_EVENT, BOUGHT_EVENT];

const MOST_FEED_BYTES = 1024 * 1024 * 1024;
const DOWNLOAD_MS = 30 * 60_000;
const MOST_SHOWN = 1_000;
/** People a transaction. */
const BATCH = 500;

export interface ProductsDeps {
	store: Store;
	random: Random;
	download: Download;
	identityOptions: IdentityRules;
}

export interface Products extends ProductsApi {
	/** Liquid's `products` of each of these people, within the caller's transaction: a constant number of statements for all of them. */
	blocks(reader: Reader, profiles: readonly number[], blocks: readonly ProductBlock[]): Promise<Map<number, JsonObject>>;
	/** Whether there is any feed to count for. */
	hasFeeds(reader: Reader): Promise<boolean>;
	/** Rows of feeds that were replaced, and old counts, a slice a call. */
	tidy(): Promise<void>;
}

/** Product feeds and what is shown of them. Throws BAD_INPUT, NOT_FOUND and the store's errors. */
export function createProducts({ store, random, download, identityOptions }: ProductsDeps): Products {
	const imports = new FeedImports(store, random);
	const popular = new Popular();
	return {
		importStart: (options) => imports.start(options),
		importChunk: (importId, bytes) => imports.chunk(importId, bytes),
		importEnd: (importId) => imports.end(importId),
		importAbort: (importId) => Promise.resolve(imports.abort(importId)),
		importUrl: async (url, options) => {
			const { importId } = await imports.start(options);
			try {
				for await (const piece of download(url.trim(), { mostBytes: MOST_FEED_BYTES, timeoutMs: DOWNLOAD_MS })) await imports.chunk(importId, piece);
			} catch (error) {
				imports.abort(importId);
				throw error;
			}
			return await imports.end(importId);
		},
		feeds: () => store.read(async (reader) => (await readFeeds(reader)).map(({ name, language, currency, products, imported_at: at }) => ({ name, language, currency, products, importedAt: iso(at) }))),
		list: (query) => store.read((reader) => listProducts(reader, query)),
		get: (id, feed = 'default') => store.read(async (reader) => {
			const { id: feedId, version } = await feedNamed(reader, feed);
			const row = await reader.first<StoredProduct>(sql<StoredProduct>`select ${PRODUCT_COLUMNS} from product p where p.feed = ${feedId} and p.version = ${version} and p.id = ${id}`);
			if (row === undefined) throw new EngineError('NOT_FOUND', `The feed "${feed}" has no product "${id.slice(0, 100)}". Its id is that of the feed, not that of the shop's database.`);
			return viewProduct(row);
		}),
		recommend: async ({ people, block, limit = 12 }) => {
			const options = await identityOptions();
			const answers: Recommendation[] = [];
			for (let at = 0; at < people.length; at += BATCH) {
				// Finding people may follow their merges, which locks them.
				const found = await store.tx('recommend', (tx) => findAll(tx, people.slice(at, at + BATCH), options));
				const lists = await store.read((reader) => readBlocks(reader, popular, [...new Set(found.flatMap((one) => ('profile' in one ? [one.profile] : [])))], [block]));
				answers.push(...found.map((one): Recommendation => {
					if ('reason' in one) return { profile: null, reason: one.reason, products: [] };
					return { profile: one.profile, reason: null, products: (lists.get(one.profile)?.[block] ?? []).slice(0, Math.max(1, limit)).map(viewProduct) };
				}));
			}
			return answers;
		},
		deleteFeed: (name) => deleteFeed(store, name),
		blocks: async (reader, profiles, blocks) => {
			const lists = await readBlocks(reader, popular, profiles, blocks);
			return new Map([...lists].map(([profile, list]) => [profile, Object.fromEntries(Object.entries(list).map(([name, products]) => [name, products.map(liquidProduct)]))]));
		},
		hasFeeds: async (reader) => (await reader.first(sql`select 1 as there from product_feed limit 1`)) !== undefined,
		tidy: async () => {
			await tidyProducts(store);
			await store.tx('product-counts', (tx) => forgetCounts(tx));
		},
	};
}

async function listProducts(reader: Reader, { feed = 'default', search = '', category, gone = false, limit = 100, after }: Parameters<ProductsApi['list']>[0]): ReturnType<ProductsApi['list']> {
	const { id, version } = await feedNamed(reader, feed);
	const rows = await reader.all<StoredProduct>(sql<StoredProduct>`select ${PRODUCT_COLUMNS} from product p where p.feed = ${id} and p.version = ${version}
		${gone ? sql`` : sql`and p.gone_at is null`} ${category === undefined || category === '' ? sql`` : sql`and p.category = ${category}`} ${after === undefined ? sql`` : sql`and p.id > ${after}`}
		${search === '' ? sql`` : sql`and ${reader.dialect.contains(sql`p.title`, sql`${search}`)}`} order by p.id limit cast(${Math.min(Math.max(1, limit), MOST_SHOWN)} as integer)`);
	return rows.map(viewProduct);
}
