import type { Migration } from './migration';

/** Product feeds, and what people looked at and bought of them, without whom. */
export const products: Migration = {
	version: 57,
	breaking: false,
	statements: ({ id, int, json, withoutRowid }) => [
		// version: of the rows that count; an import writes its rows under the next number, and becomes the feed by one update here. language, currency: of what says neither.
		`create table product_feed (id ${id}, name text not null unique, language text, currency text, version ${int} not null, last_version ${int} not null, products ${int} not null default 0, imported_at ${int}, created_at ${int} not null)`,

		// gone_at: it was missing in the feed from then on; kept for a while, since people have bought it.
		`create table product (feed ${int} not null, version ${int} not null, id text not null, title text not null, description text, link text not null, image_link text, price text, sale_price text, currency text,
			availability text not null, brand text, category text, item_group text, custom ${json}, gone_at ${int}, primary key (feed, version, id)) ${withoutRowid}`,
		'create index product_group on product (feed, version, item_group) where item_group is not null',
		'create index product_category on product (feed, version, category) where category is not null',

		// By the ids that events have. kind: 1 viewed, 2 bought. day: days since 1970.
		`create table product_count (day ${int} not null, product text not null, kind ${int} not null, n ${int} not null, primary key (day, product, kind)) ${withoutRowid}`,
		`create table product_pair (product text not null, other text not null, n ${int} not null, primary key (product, other)) ${withoutRowid}`,
		'create index product_pair_most on product_pair (product, n)',
	],
};
