import { sql } from 'kysely';

import type { Reader } from '../store';
import { BOUGHT, COUNTED_DAYS, dayOf } from './counts';
import type { FeedRowOf } from './store-feed';
import { isOnOffer, productsByKeys, type StoredProduct } from './view';

const KEPT_MS = 600_000;
/** Of a feed. Enough for every category that anybody looks at. */
const MOST = 1_000;
const COUNTED = 3_000;
/** A purchase says as much as so many looks. */
const PER_PURCHASE = 5;
/** What happened so many days before the newest counts half as much. */
const HALF_LIFE_DAYS = 14;

export interface Best {
	all: readonly StoredProduct[];
	byCategory: ReadonlyMap<string, readonly StoredProduct[]>;
}

/** What most people look at and buy, feed by feed; kept for ten minutes in this process, since it is the same for everybody. */
export class Popular {
	private readonly kept = new Map<number, { version: number; atMs: number; best: Best }>();

	async of(reader: Reader, feed: FeedRowOf): Promise<Best> {
		const known = this.kept.get(feed.id);
		if (known !== undefined && known.version === feed.version && reader.nowMs >= known.atMs && reader.nowMs - known.atMs < KEPT_MS) return known.best;
		const all = await readPopular(reader, feed);
		const byCategory = new Map<string, StoredProduct[]>();
		for (const product of all) if (product.category !== null) byCategory.set(product.category, [...(byCategory.get(product.category) ?? []), product]);
		const best = { all, byCategory };
		this.kept.set(feed.id, { version: feed.version, atMs: reader.nowMs, best });
		return best;
	}
}

async function readPopular(reader: Reader, feed: FeedRowOf): Promise<StoredProduct[]> {
	const today = dayOf(reader.nowMs);
	const ages = Array.from({ length: COUNTED_DAYS }, (_, age) => ({ day: today - age, weight: Math.round(1_000 * 2 ** (-age / HALF_LIFE_DAYS)) }));
	const rows = await reader.all<{ product: string }>(sql<{ product: string }>`select c.product, sum(c.n * a.weight * case when c.kind = ${BOUGHT} then ${PER_PURCHASE} else 1 end) as score
		from ${reader.dialect.rows(ages, { day: 'integer', weight: 'integer' }, 'a')} join product_count c on c.day = a.day group by c.product order by score desc, c.product limit ${sql.lit(COUNTED)}`);
	const find = await productsByKeys(reader, [feed], rows.map(({ product }) => product));
	const found = rows.flatMap(({ product }) => find(feed.id, [product]) ?? []).filter(isOnOffer);
	return [...new Map(found.map((row) => [row.id, row])).values()].slice(0, MOST);
}
