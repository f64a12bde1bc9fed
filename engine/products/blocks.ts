import { sql } from 'kysely';

import type { JsonObject } from '../kernel';
import type { Reader } from '../store';
import { BOUGHT_EVENT, productsOf, VIEWED_EVENT } from './counts';
import type { Best, Popular } from './popular';
import { readFeeds, type FeedRowOf } from './store-feed';
import type { ProductBlock } from './types';
import { isOnOffer, PRODUCT_COLUMNS, productsByKeys, type StoredProduct } from './view';

/** Products of a list, at most. */
const MOST = 12;
/** Of each kind, before it is filled up. */
const OF_EACH = 4;
/** Of what they have, so many say what others ordered with it. */
const NEWEST = 5;
/** How far back one person's events are read: what they look at today is not what they looked at two hundred products ago. */
const VIEWS = 40;
const ORDERS = 20;
const OTHERS = 24;
/** Beyond the popular ones of it. */
const OF_CATEGORY = 24;

type Blocks = Partial<Record<ProductBlock, StoredProduct[]>>;

/**
 * Lists of products for people, a constant number of statements for all of them. What they bought (in any variant) and what cannot be had is in none, except for `bought` itself.
 * viewed and bought are only ever theirs; also_bought and same_category are filled up with what is popular; recommended takes from all.
 */
export async function readBlocks(reader: Reader, popular: Popular, profiles: readonly number[], blocks: readonly ProductBlock[]): Promise<Map<number, Blocks>> {
	const feeds = (await readFeeds(reader)).filter(({ version }) => version > 0);
	if (feeds.length === 0 || profiles.length === 0) return new Map(profiles.map((profile) => [profile, empty(blocks)]));
	const feedOf = await feedsOf(reader, feeds, profiles);
	const asksPast = blocks.some((block) => block !== 'popular');
	const past = await readPast(reader, profiles);
	const used = feeds.filter((feed) => profiles.some((profile) => feedOf(profile).id === feed.id));
	const find = await productsByKeys(reader, used, [...past.values()].flatMap(({ viewed, bought }) => [...viewed, ...bought].flat()));
	const known = new Map(profiles.map((profile) => {
		const { viewed = [], bought = [] } = past.get(profile) ?? {};
		const feed = feedOf(profile).id;
		return [profile, { viewed: distinct(viewed.flatMap((keys) => find(feed, keys) ?? [])), bought: distinct(bought.flatMap((keys) => find(feed, keys) ?? [])), keys: (bought.length > 0 ? bought : viewed).slice(0, NEWEST) }];
	}));
	const wants = (...names: ProductBlock[]): boolean => asksPast && [...names, 'recommended' as const].some((name) => blocks.includes(name));
	const others = wants('also_bought') ? await readOthers(reader, used, [...known.values()].flatMap(({ keys }) => keys.flatMap((names) => names.slice(0, 1)))) : () => [];
	const inCategory = wants('same_category') ? await readCategories(reader, used, [...known.values()].flatMap(({ viewed, bought }) => categoryOf(viewed, bought) ?? [])) : () => [];
	const best = new Map<number, Best>();
	for (const feed of used) best.set(feed.id, await popular.of(reader, feed));

	return new Map(profiles.map((profile) => {
		const { viewed, bought, keys } = known.get(profile) ?? { viewed: [], bought: [], keys: [] };
		const feed = feedOf(profile).id;
		const had = new Set(bought.flatMap(({ id, item_group: group }) => (group === null ? [id] : [id, group])));
		const isOffered = (product: StoredProduct): boolean => isOnOffer(product) && !had.has(product.id) && !(product.item_group !== null && had.has(product.item_group));
		const top = best.get(feed)?.all ?? [];
		const category = categoryOf(viewed, bought);
		const also = keys.flatMap((names) => others(feed, names[0] ?? ''));
		const same = category === undefined ? [] : [...(best.get(feed)?.byCategory.get(category) ?? []), ...inCategory(feed, category)].filter(({ id }) => !viewed.some((one) => one.id === id));
		const some = (list: readonly StoredProduct[]): StoredProduct[] => picked([list], isOffered, OF_EACH);
		const lists: Record<ProductBlock, () => StoredProduct[]> = {
			viewed: () => picked([viewed], isOffered), bought: () => bought.slice(0, MOST), popular: () => picked([top], isOffered), also_bought: () => picked([also, top], isOffered), same_category: () => picked([same, top], isOffered),
			recommended: () => picked([some(also), some(viewed), some(same), also, viewed, same, top], isOffered),
		};
		return [profile, Object.fromEntries(blocks.map((block) => [block, lists[block]()])) as Blocks];
	}));
}

/** The first of these lists, one after the other, each once; looks no further than it has to. */
function picked(lists: ReadonlyArray<readonly StoredProduct[]>, isOffered: (product: StoredProduct) => boolean, most = MOST): StoredProduct[] {
	const found = new Map<string, StoredProduct>();
	for (const list of lists) {
		for (const product of list) {
			if (found.size >= most) return [...found.values()];
			if (!found.has(product.id) && isOffered(product)) found.set(product.id, product);
		}
	}
	return [...found.values()];
}

function empty(blocks: readonly ProductBlock[]): Blocks {
	return Object.fromEntries(blocks.map((block) => [block, []])) as Blocks;
}

function distinct(list: readonly StoredProduct[]): StoredProduct[] {
	return [...new Map(list.map((product) => [product.id, product])).values()];
}

/** Of what they looked at last, else bought. */
function categoryOf(viewed: readonly StoredProduct[], bought: readonly StoredProduct[]): string | undefined {
	return [...viewed, ...bought].find(({ category }) => category !== null)?.category ?? undefined;
}

/** The feed in a person's language, else the one without a language, else the first. */
async function feedsOf(reader: Reader, feeds: readonly FeedRowOf[], profiles: readonly number[]): Promise<(profile: number) => FeedRowOf> {
	const [first] = feeds as [FeedRowOf, ...FeedRowOf[]];
	const fallback = feeds.find(({ language }) => language === null) ?? feeds.find(({ name }) => name === 'default') ?? first;
	if (feeds.length === 1) return () => first;
	const { jsonText, anyOf } = reader.dialect;
	const rows = await reader.all<{ id: number; chosen: string | null; language: string | null; locale: string | null }>(sql<{ id: number; chosen: string | null; language: string | null; locale: string | null }>`
		select p.id, pr.language as chosen, ${jsonText(sql`p.attributes`, ['language'])} as language, ${jsonText(sql`p.attributes`, ['locale'])} as locale
		from profile p left join preference pr on pr.profile = p.id where ${anyOf(sql`p.id`, profiles)}`);
	const byProfile = new Map(rows.map(({ id, chosen, language, locale }) => {
		const wanted = [chosen, locale, language].flatMap((one) => (one === null || one === '' ? [] : [one.replace('_', '-').toLowerCase()]));
		const tag = (feed: FeedRowOf): string => (feed.language ?? '').replace('_', '-').toLowerCase();
		const exact = wanted.map((one) => feeds.find((feed) => tag(feed) === one)).find((feed) => feed !== undefined);
		const near = wanted.map((one) => feeds.find((feed) => tag(feed) !== '' && tag(feed).split('-')[0] === one.split('-')[0])).find((feed) => feed !== undefined);
		return [id, exact ?? near ?? fallback];
	}));
	return (profile) => byProfile.get(profile) ?? fallback;
}

interface Past {
	/** Names of products, newest first. */
	viewed: string[][];
	bought: string[][];
}

/** The newest views and orders of each, by the index of a person's events of a name: as much for somebody with a million events as for anybody. */
async function readPast(reader: Reader, profiles: readonly number[]): Promise<Map<number, Past>> {
	const people = profiles.map((profile) => ({ profile }));
	const newest = (name: string, most: number) => sql`select r.profile, e.id, e.name, e.properties, e.occurred_at from ${reader.dialect.rows(people, { profile: 'integer' }, 'r')}
		join event e on e.id in (select v.id from event v where v.profile = r.profile and v.name = ${name} order by v.occurred_at desc limit ${sql.lit(most)})`;
	const rows = await reader.all<{ profile: number; id: number; name: string; properties: unknown; occurred_at: number }>(sql<{ profile: number; id: number; name: string; properties: unknown; occurred_at: number }>`
		select * from (${newest(VIEWED_EVENT, VIEWS)} union all ${newest(BOUGHT_EVENT, ORDERS)}) as past order by occurred_at desc, id desc`);
	const past = new Map<number, Past>();
	for (const { profile, name, properties } of rows) {
		const own = past.get(profile) ?? { viewed: [], bought: [] };
		own[name === VIEWED_EVENT ? 'viewed' : 'bought'].push(...productsOf(name, (typeof properties === 'string' ? JSON.parse(properties) : properties) as JsonObject));
		past.set(profile, own);
	}
	return past;
}

/** What was in orders together with each, the most frequent first. */
async function readOthers(reader: Reader, feeds: readonly FeedRowOf[], products: readonly string[]): Promise<(feed: number, product: string) => StoredProduct[]> {
	const asked = [...new Set(products)].map((product) => ({ product }));
	if (asked.length === 0) return () => [];
	const rows = await reader.all<{ product: string; other: string }>(sql<{ product: string; other: string }>`select r.product, o.other from ${reader.dialect.rows(asked, { product: 'text' }, 'r')}
		cross join product_pair o where o.product = r.product and o.other in (select m.other from product_pair m where m.product = r.product order by m.n desc, m.other limit ${sql.lit(OTHERS)}) order by r.product, o.n desc, o.other`);
	const find = await productsByKeys(reader, feeds, rows.map(({ other }) => other));
	const byProduct = new Map<string, string[]>();
	for (const { product, other } of rows) byProduct.set(product, [...(byProduct.get(product) ?? []), other]);
	return (feed, product) => (byProduct.get(product) ?? []).flatMap((other) => find(feed, [other]) ?? []);
}

/** Products of each category beyond the popular ones. */
async function readCategories(reader: Reader, feeds: readonly FeedRowOf[], categories: readonly string[]): Promise<(feed: number, category: string) => StoredProduct[]> {
	const asked = feeds.flatMap(({ id, version }) => [...new Set(categories)].map((category) => ({ feed: id, version, category })));
	if (asked.length === 0) return () => [];
	const rows = await reader.all<StoredProduct>(sql<StoredProduct>`select ${PRODUCT_COLUMNS} from ${reader.dialect.rows(asked, { feed: 'integer', version: 'integer', category: 'text' }, 'r')}
		cross join product p where p.feed = r.feed and p.version = r.version and p.id in (select c.id from product c where c.feed = r.feed and c.version = r.version and c.category = r.category order by c.id limit ${sql.lit(OF_CATEGORY)}) order by p.id`);
	const byCategory = new Map<string, StoredProduct[]>();
	for (const row of rows) {
		const key = `${row.feed} ${row.category}`;
		const known = byCategory.get(key);
		if (known === undefined) byCategory.set(key, [row]);
		else known.push(row);
	}
	return (feed, category) => byCategory.get(`${feed} ${category}`) ?? [];
}
