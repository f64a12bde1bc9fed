import { csvReader } from '../../../engine/products/read-csv';
import { jsonReader } from '../../../engine/products/read-json';
import { xmlReader } from '../../../engine/products/read-xml';
import { fieldName, moneyOf, productOf } from '../../../engine/products/fields';
import type { FeedReader, FeedSink } from '../../../engine/products/rows';

interface Read {
	rows: Array<[number, Record<string, string>]>;
	rejected: Array<[number, string]>;
}

/** What a reader makes of a text that comes in pieces of this size. */
async function read(open: (sink: FeedSink) => FeedReader | Promise<FeedReader>, text: string, size = text.length): Promise<Read> {
	const found: Read = { rows: [], rejected: [] };
	const reject = (line: number, reason: string) => void found.rejected.push([line, reason]);
	const reader = await open({ row: (line, values) => void found.rows.push([line, { ...values }]), reject, cut: reject });
	for (let at = 0; at < text.length; at += size) await reader.feed(text.slice(at, at + size));
	await reader.end();
	return found;
}

const RSS = `<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>
<item>
 <title>Plain title</title><g:title>Boots &amp; Co</g:title>
 <link>https://shop.example/1?a=1&amp;b=2</link><g:id>1</g:id>
 <description><![CDATA[<b>Warm</b> & dry]]></description><g:price>12.34 EUR</g:price><g:image_link>https://shop.example/1.jpg</g:image_link>
 <g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping>
</item>
<item><g:id>2</g:id><g:title>Größe 3</g:title><g:link>https://shop.example/2</g:link></item>
</channel></rss>`;

describe('a product feed in XML', () => {
	it.each([[1], [7], [RSS.length]])('gives the same products in pieces of %d characters: names with and without g:, CDATA, entities, and nothing of what lies deeper', async (size) => {
		const { rows, rejected } = await read(xmlReader, RSS, size);

		expect(rejected).toEqual([]);
		expect(rows).toEqual([
			[3, { title: 'Boots & Co', link: 'https://shop.example/1?a=1&b=2', id: '1', description: '<b>Warm</b> & dry', price: '12.34 EUR', image_link: 'https://shop.example/1.jpg', shipping: '' }],
			[9, { id: '2', title: 'Größe 3', link: 'https://shop.example/2' }],
		]);
	});

	it('is Atom as well, whose link is an attribute', async () => {
		const atom = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><entry><g:id>1</g:id><title>T</title><link rel="alternate" href="https://shop.example/1"/><link rel="self" href="https://x.example/"/></entry></feed>';

		expect((await read(xmlReader, atom)).rows).toEqual([[1, { id: '1', title: 'T', link: 'https://shop.example/1' }]]);
	});

	const SHOP = `<rss><channel><item><g:id>1</g:id><title>Caf&eacute; &amp; Bar&nbsp;&ndash; &#8364;5 &#x20AC;6 &nbsp;</title><g:link>https://shop.example/?a=1&copy=2&amp;b=3&reg;</g:link>
<g:brand>&amp;eacute; &notit; &nosuch; &copy R&D "&quot;&lt;b&gt;" &eac<!-- -->&eacute</g:brand><description>d&eacute;j&agrave; <![CDATA[&eacute; &amp; <i>]]>&eac<b>&uuml;</b>ute; &Eacute;&fjlig;&CounterClockwiseContourIntegral;</description></item></channel></rss>`;

	it.each([[1], [3], [7], [SHOP.length]])('has letters where a shop writes HTML entities, in pieces of %d characters; each is read once, CDATA and what is none stay', async (size) => {
		const { rows, rejected } = await read(xmlReader, SHOP, size);

		expect(rejected).toEqual([]);
		expect(rows).toEqual([[1, {
			id: '1', title: 'Café & Bar\u00a0– €5 €6', link: 'https://shop.example/?a=1&copy=2&b=3®',
			brand: '&eacute; &notit; &nosuch; &copy R&D ""<b>" &eac&eacute', description: 'déjà &eacute; &amp; <i>&eacüute; Éfj∳',
		}]]);
	});

	it.each([[1], [1_000]])('has the beginning of one that never ends where it stands, in pieces of %d characters', async (size) => {
		const feed = '<rss><channel><item><id>1</id><title>A &eac<![CDATA[ b]]> c</title><description>x &eacut<b>e;</b></description></item></channel></rss>';

		expect((await read(xmlReader, feed, size)).rows).toEqual([[1, { id: '1', title: 'A &eac b c', description: 'x &eacute;' }]]);
	});

	it('reads entities in the link of Atom, too', async () => {
		const atom = '<feed><entry><id>1</id><link href="https://shop.example/?a=1&amp;b=&eacute;&x=2"/></entry></feed>';

		expect((await read(xmlReader, atom)).rows).toEqual([[1, { id: '1', link: 'https://shop.example/?a=1&b=é&x=2' }]]);
	});

	it('lets entities of a DTD be what they are: none grows, and no file is read', async () => {
		const bomb = `<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY f SYSTEM "file:///etc/passwd">]><rss><channel><item><g:id>1</g:id><title>&c;&f;</title></item></channel></rss>`;

		expect((await read(xmlReader, bomb)).rows).toEqual([[1, { id: '1', title: '&c;&f;' }]]);
	});

	it.each([
		['elements in each other without end', `<rss>${'<a>'.repeat(100_000)}`, /64 deep/],
		['a comment that does not end', `<rss><!-- ${'x'.repeat(6 * 1024 * 1024)}`, /does not end/],
		['a page of a shop', '<html><body><item><id>1</id></item></body></html>', /no product feed/],
	])('is refused with %s', async (_what, text, message) => {
		await expect(read(xmlReader, text)).rejects.toThrow(message);
	});

	it('says so where a product has no end, and leaves out one that is a book, the others being read', async () => {
		const long = `<rss><channel>\n<item><g:id>1</g:id><description>${'x'.repeat(300_000)}</description></item>\n<item><g:id>2</g:id></item>\n<item><g:id>3`;

		const { rows, rejected } = await read(xmlReader, long);

		expect(rows).toEqual([[3, { id: '2' }]]);
		expect(rejected).toEqual([[2, expect.stringContaining('more than')], [4, expect.stringContaining('ends in the middle')]]);
	});
});

describe('a product feed in JSON', () => {
	const products = [{ id: 1, title: 'A "quoted" } ] name', tags: ['x', 'y'], price: { value: '1.50', currency: 'EUR' }, variants: [{ id: 9 }] }, { id: 2, imageLink: 'https://x.example' }];
	const expected = [{ id: '1', title: 'A "quoted" } ] name', tags: 'x, y', price: '1.50 EUR' }, { id: '2', image_link: 'https://x.example' }];

	it.each([
		['a list', JSON.stringify(products)], ['a list over many lines', JSON.stringify(products, null, 2)], ['an object with a list', JSON.stringify({ shop: 'x', products, n: 2 })], ['a list further in', JSON.stringify({ data: { items: products } }, null, 1)],
		['a product a line', products.map((product) => JSON.stringify(product)).join('\n')],
	])('is %s, in pieces of any size', async (_what, text) => {
		for (const size of [1, 5, text.length]) expect((await read(jsonReader, text, size)).rows.map(([, values]) => values)).toEqual(expected);
	});

	it('tells the lines of what it cannot read, and goes on behind them', async () => {
		const { rows, rejected } = await read(jsonReader, '[\n{"id":1},\n{"id":2,},\n{"id":3}\n');

		expect(rows).toEqual([[2, { id: '1' }], [4, { id: '3' }]]);
		expect(rejected).toEqual([[3, expect.stringContaining('no JSON')], [4, expect.stringContaining('ends in the middle')]]);
	});
});

describe('a product feed in CSV', () => {
	it.each([[',', 'ID,Image Link,title\n1,https://x.example/a,"Boots, red"\n'], [';', 'ID;Image Link;title\n1;https://x.example/a;"Boots, red"\n'], ['tab', 'ID\tImage Link\ttitle\n1\thttps://x.example/a\tBoots, red\n']])('has its delimiter read off the header: %s', async (_what, text) => {
		for (const size of [3, text.length]) expect((await read(csvReader, text, size)).rows).toEqual([[2, { id: '1', image_link: 'https://x.example/a', title: 'Boots, red' }]]);
	});

	it('tells rows that are too short, and an empty file', async () => {
		expect((await read(csvReader, 'id,title\n1\n2,B\n')).rejected).toEqual([[2, expect.stringContaining('1 columns')]]);
		await expect(read(csvReader, '')).rejects.toThrow(/no header/);
	});
});

describe('the fields of a product', () => {
	it.each([['g:image_link', 'image_link'], ['Image Link', 'image_link'], ['imageLink', 'image_link'], [' ID ', 'id'], ['item-group-id', 'item_group_id']])('are one however they are written: %s', (given, name) => {
		expect(fieldName(given)).toBe(name);
	});

	it.each([
		['12.34 EUR', '12.34', 'EUR'], ['EUR 12.34', '12.34', 'EUR'], ['12,34 EUR', '12.34', 'EUR'], ['1.234,56 EUR', '1234.56', 'EUR'], ['1,234.56 USD', '1234.56', 'USD'], ['1,234 USD', '1234', 'USD'], ['1 234,5 SEK', '1234.5', 'SEK'], ['15 eur', '15', 'EUR'],
		['€9.99', '9.99', 'EUR'], ['9.99', '9.99', 'CHF'], ['9.999', '9.999', 'CHF'], ['0012', '12', 'CHF'], ['$5', '5', 'CHF'],
		['12.50.', '12.50', 'CHF'], ['12,-', '12', 'CHF'], ['10,000원', '10000', 'KRW'], ['1.299円', '1299', 'JPY'], ['1.299.000 VND', '1299000', 'VND'], ['499 Kč', '499', 'CZK'],
	])('have the price %s', (given, amount, currency) => {
		expect(moneyOf(given, 'CHF')).toEqual({ amount, currency });
	});

	it.each(['free', '-5 EUR', '1e9 EUR', 'EUR 5 USD', '12.34.56.78 XX YY', `5 EUR${' '.repeat(200)}`])('have no price in %s', (given) => {
		expect(moneyOf(given, 'CHF')).toBeNull();
	});

	const valid = { id: '1', title: 'T', link: 'https://shop.example/1', price: '5 EUR' };
	it.each<[string, Record<string, string>, RegExp]>([
		['no title', { title: '' }, /no title/], ['a link of the shop alone', { link: '/1' }, /link is no web address/], ['a script for a link', { link: 'javascript:alert(1)' }, /no web address/], ['a price without a currency', { price: '5' }, /no currency/], ['a price in a currency that nobody knows', { price: '5', currency: 'Euro' }, /no currency/],
		['a sale in another currency', { sale_price: '4 USD' }, /another currency/], ['an availability of its own', { availability: 'maybe' }, /in_stock/], ['an id that is a text', { id: 'x'.repeat(201) }, /Shorten/],
	])('with %s say what to do', (_what, change, message) => {
		expect(productOf({ ...valid, ...change }, { currency: null })).toEqual({ reason: expect.stringMatching(message) as string });
	});

	it('have their currency by its sign in a column of its own, too', () => {
		expect(productOf({ id: '1', title: 'T', link: 'https://shop.example/1', price: '5', currency: '€' }, { currency: 'CHF' })).toMatchObject({ price: '5', currency: 'EUR' });
	});

	it('take other names for the same, the more exact one first, and keep what is not known', () => {
		expect(productOf({ sku: 'S', id: '7', name: 'T', url: 'https://shop.example/1', google_product_category: '187', product_type: 'Shoes', availability: 'https://schema.org/OutOfStock', colour: 'red', parent_id: 'p' }, { currency: null })).toMatchObject({ id: '7', title: 'T', category: 'Shoes', availability: 'out_of_stock', custom: { colour: 'red', sku: 'S', google_product_category: '187' }, item_group: 'p', price: null });
	});
});
