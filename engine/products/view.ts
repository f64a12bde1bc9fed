import { sql } from 'kysely';

import { iso, type JsonObject } from '../kernel';
import type { Reader } from '../store';
import type { FeedRowOf } from './store-feed';
import type { Availability, Product } from './types';

export interface StoredProduct {
	feed: number;
	id: string;
	title: string;
	description: string | null;
	link: string;
	image_link: string | null;
	price: string | null;
	sale_price: string | null;
	currency: string | null;
	availability: Availability;
	brand: string | null;
	category: string | null;
	item_group: string | null;
	custom: JsonObject | string | null;
	gone_at: number | null;
}

export const PRODUCT_COLUMNS = sql`p.feed, p.id, p.title, p.description, p.link, p.image_link, p.price, p.sale_price, p.currency, p.availability, p.brand, p.category, p.item_group, p.custom, p.gone_at`;

export function viewProduct(row: StoredProduct): Product {
	return {
		id: row.id, title: row.title, description: row.description, link: row.link, imageLink: row.image_link, price: row.price, salePrice: row.sale_price, currency: row.currency, availability: row.availability,
		brand: row.brand, category: row.category, itemGroupId: row.item_group, custom: customOf(row), goneAt: iso(row.gone_at),
	};
}

/** As Liquid sees it: the feed's own names. */
export function liquidProduct(row: StoredProduct): JsonObject {
	return {
		id: row.id, title: row.title, description: row.description ?? '', link: row.link, image_link: row.image_link ?? '', price: row.price ?? '', sale_price: row.sale_price ?? '', current_price: row.sale_price ?? row.price ?? '',
		currency: row.currency ?? '', availability: row.availability, brand: row.brand ?? '', category: row.category ?? '', item_group_id: row.item_group ?? '', custom: customOf(row),
	};
}

function customOf({ custom }: StoredProduct): JsonObject {
	return (typeof custom === 'string' ? (JSON.parse(custom) as JsonObject) : custom) ?? {};
}

/** Products of a feed by the names that events have for them: its id, else the first that can be had of the group. */
export async function productsByKeys(reader: Reader, feeds: readonly FeedRowOf[], keys: readonly string[]): Promise<(feed: number, keys: readonly string[]) => StoredProduct | undefined> {
	if (keys.length === 0 || feeds.length === 0) return () => undefined;
	const asked = feeds.flatMap(({ id, version }) => [...new Set(keys)].map((key) => ({ feed: id, version, key })));
	// cross join: SQLite keeps its order. It would else go through the feed, since what all rows say alike is bound once, and look through the list for each product.
	const rows = reader.dialect.rows(asked, { feed: 'integer', version: 'integer', key: 'text' }, 'r');
	const byId = new Map((await reader.all<StoredProduct>(sql<StoredProduct>`select ${PRODUCT_COLUMNS} from ${rows} cross join product p where p.feed = r.feed and p.version = r.version and p.id = r."key"`)).map((row) => [`${row.feed} ${row.id}`, row]));
	const missing = asked.filter(({ feed, key }) => !byId.has(`${feed} ${key}`));
	const groups = new Map<string, StoredProduct>();
	if (missing.length > 0) {
		const variants = await reader.all<StoredProduct>(sql<StoredProduct>`select ${PRODUCT_COLUMNS} from ${reader.dialect.rows(missing, { feed: 'integer', version: 'integer', key: 'text' }, 'r')}
			cross join product p where p.feed = r.feed and p.version = r.version and p.item_group = r."key" and p.item_group is not null order by p.id`);
		for (const row of variants) {
			const key = `${row.feed} ${row.item_group}`;
			const known = groups.get(key);
			if (known === undefined || (!isOnOffer(known) && isOnOffer(row))) groups.set(key, row);
		}
	}
	return (feed, names) => {
		for (const name of names) {
			const found = byId.get(`${feed} ${name}`) ?? groups.get(`${feed} ${name}`);
			if (found !== undefined) return found;
		}
		return undefined;
	};
}

export function isOnOffer({ gone_at: goneAt, availability }: Pick<StoredProduct, 'gone_at' | 'availability'>): boolean {
	return goneAt === null && availability !== 'out_of_stock';
}
