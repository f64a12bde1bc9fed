import type { Whose } from '../consent/types';
import type { JsonObject } from '../kernel';

/**
 * Glossary
 * feed     the products of a shop in one language and currency, as one file
 * product  a row of it; its id is what events name as product_id (or sku, or item_group_id)
 * gone     missing in the newest feed: shown to nobody but as what they bought
 * block    a list of products for one person, such as those they looked at last
 */
export type FeedFormat = 'csv' | 'json' | 'xml';

export type Availability = 'in_stock' | 'out_of_stock' | 'preorder' | 'backorder';

export interface Product {
	id: string;
	title: string;
	description: string | null;
	link: string;
	imageLink: string | null;
	/** Decimal. */
	price: string | null;
	salePrice: string | null;
	/** ISO 4217. */
	currency: string | null;
	availability: Availability;
	brand: string | null;
	category: string | null;
	/** What the variants of one thing have in common. */
	itemGroupId: string | null;
	/** What else the feed says, as text. */
	custom: JsonObject;
	/** ISO 8601; null: it is in the feed. */
	goneAt: string | null;
}

export interface FeedOptions {
	/** Default 'default'. */
	feed?: string;
	/** 'auto' (default): by how the file begins. */
	format?: FeedFormat | 'auto';
	/** ISO 639-1, such as de or de-AT: whose language it is gets these products. Absent: as the feed had it. */
	language?: string | null;
	/** ISO 4217; for prices without one. */
	currency?: string | null;
	/** Take it although more than half of the products are missing in it. Default false. */
	allowShrinking?: boolean;
	/** Of a CSV file: default , ; or a tab, by the header. */
	delimiter?: string;
}

export interface FeedReport {
	feed: string;
	rows: number;
	products: number;
	isNew: number;
	gone: number;
	/** Rows that were left out, with what to do; at most 1,000 of them. */
	rejected: Array<{ line: number; reason: string }>;
	rejectedCount: number;
}

export interface FeedView {
	name: string;
	language: string | null;
	currency: string | null;
	products: number;
	/** ISO 8601; null: never. */
	importedAt: string | null;
}

export type ProductBlock = 'viewed' | 'bought' | 'popular' | 'also_bought' | 'same_category' | 'recommended';

export interface Recommendation {
	profile: number | null;
	/** Why there is nobody. */
	reason: string | null;
	products: Product[];
}

export interface ProductsApi {
	/** Start, chunks, end: memory stays flat, and nothing changes before the end. Throws BAD_INPUT. */
	importStart(options: FeedOptions): Promise<{ importId: string }>;
	importChunk(importId: string, bytes: Uint8Array): Promise<{ rows: number }>;
	/** The new feed counts from here on, all of it at once. Throws BAD_INPUT where it has no usable row, or more than half of the products would be gone. */
	importEnd(importId: string): Promise<FeedReport>;
	importAbort(importId: string): Promise<void>;
	/** The whole of it from a URL of a public address. */
	importUrl(url: string, options: FeedOptions): Promise<FeedReport>;
	feeds(): Promise<FeedView[]>;
	/** By id. Gone ones only where `gone` is set. Throws NOT_FOUND (the feed). */
	list(query: { feed?: string; search?: string; category?: string; gone?: boolean; limit?: number; after?: string }): Promise<Product[]>;
	/** Throws NOT_FOUND. */
	get(id: string, feed?: string): Promise<Product>;
	/** What a message would show them. One answer a person, in order. */
	recommend(request: { people: Whose[]; block: ProductBlock; limit?: number }): Promise<Recommendation[]>;
	/** With its products. Throws NOT_FOUND. */
	deleteFeed(name: string): Promise<{ products: number }>;
}
