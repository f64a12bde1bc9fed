import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';

import { DATABASES } from '../databases';
import { World } from '../journeys/world';

const BOM = '\ufeff';
const rss = (inside: string, head = '<?xml version="1.0"?>') => `${head}<rss xmlns:g="http://base.google.com/ns/1.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>${inside}</channel></rss>`;
const ITEM = '<item><g:id>1</g:id><title>Größe</title><link>https://shop.example/1</link><g:price>12,50 EUR</g:price></item>';
const CSV = 'id;title;link;price\r\n1;"Größe";https://shop.example/1;12,50 EUR\r\n';

describe.each(DATABASES)('feeds as shops really write them, on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());
	async function importBytes(bytes: Buffer, size = bytes.length): Promise<void> {
		const { importId } = await world.engine.products.importStart({});
		for (let at = 0; at < bytes.length; at += size) await world.engine.products.importChunk(importId, new Uint8Array(bytes.subarray(at, at + size)));
		await world.engine.products.importEnd(importId);
	}

	it.each<[string, Buffer]>([
		['CSV of a spreadsheet, with a byte order mark and semicolons', Buffer.from(BOM + CSV)],
		['CSV in the Windows-1252 of an old spreadsheet', Buffer.from(CSV, 'latin1')],
		['CSV in UTF-16', Buffer.from(BOM + CSV, 'utf16le')],
		['tab-separated, packed', gzipSync(Buffer.from(CSV.replaceAll(';', '\t')))],
		['JSON with a byte order mark', Buffer.from(`${BOM}[{"id":1,"title":"Größe","link":"https://shop.example/1","price":"12,50 EUR"}]`)],
		['JSON lines, packed', gzipSync(Buffer.from('{"id":"1","title":"Größe","link":"https://shop.example/1","price":{"value":12.5,"currency":"EUR"}}\n'.replace('12.5', '"12.50"')))],
		['XML with a byte order mark', Buffer.from(BOM + rss(ITEM))],
		['XML in the encoding that it names', Buffer.from(rss(ITEM, '<?xml version="1.0" encoding="ISO-8859-1"?>'), 'latin1')],
		['XML that says UTF-16 and is UTF-8', Buffer.from(rss(ITEM, '<?xml version="1.0" encoding="UTF-16"?>'))],
		['XML, packed in two members', Buffer.concat([gzipSync(Buffer.from(rss(ITEM).slice(0, 90))), gzipSync(Buffer.from(rss(ITEM).slice(90)))])],
		['XML with links to itself, and empty fields beside full ones', Buffer.from(rss('<item><atom:link rel="self" href="https://shop.example/api/1"/><g:id>1</g:id><title>Größe</title><g:title/><link>https://shop.example/1</link><g:price>12,50 EUR</g:price></item>'))],
		['Atom whose own link comes second', Buffer.from('<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><entry><link rel="self" href="https://shop.example/api/1"/><link href="https://shop.example/1"/><g:id>1</g:id><title>Größe</title><g:price>12,50 EUR</g:price></entry></feed>')],
	])('are read: %s', async (_what, bytes) => {
		for (const size of [bytes.length, 1]) await importBytes(bytes, size);

		expect(await world.engine.products.list({})).toMatchObject([{ id: '1', title: 'Größe', link: 'https://shop.example/1', price: '12.50', currency: 'EUR' }]);
	});

	it.each<[string, Buffer]>([
		['a packed feed that is cut off', gzipSync(Buffer.from(rss(ITEM.repeat(200)))).subarray(0, 100)],
		['what begins like a packed file and is none', Buffer.from([0x1f, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])],
	])('change nothing when they are %s', async (_what, bytes) => {
		await importBytes(Buffer.from(rss(ITEM)));

		await expect(importBytes(bytes, 7)).rejects.toThrow(/cannot be unpacked.*Get it again/);
		expect(await world.engine.products.list({})).toHaveLength(1);
	});

	const products = [1, 2, 3].map((id) => ({ id, title: `T${id}`, link: `https://shop.example/${id}`, price: '5 EUR' }));
	const items = products.map(({ id }) => ITEM.replace('<g:id>1', `<g:id>${id}`)).join('\n');
	it.each<[string, string]>([
		['XML in the middle of a product', rss(items).slice(0, rss(items).lastIndexOf('<g:price>'))], ['XML behind a product', rss(items.slice(0, items.lastIndexOf('<item>'))).replace(/<\/channel>.*$/s, '')],
		['JSON in the middle of a product', JSON.stringify(products).slice(0, -12)], ['JSON behind a product', JSON.stringify(products.slice(0, 2)).slice(0, -1)],
		['JSON lines in the middle of a product', products.map((one) => JSON.stringify(one)).join('\n').slice(0, -12)],
	])('change nothing when they end early, %s, unless they may shrink', async (_what, text) => {
		await importBytes(Buffer.from(rss(items)));

		await expect(importBytes(Buffer.from(text), 50)).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringMatching(/^Line \d+: The file ends in the middle.*Get it again\. Nothing was changed/) });
		expect(await world.engine.products.list({})).toHaveLength(3);
		const { importId } = await world.engine.products.importStart({ allowShrinking: true });
		await world.engine.products.importChunk(importId, new Uint8Array(Buffer.from(text)));
		expect(await world.engine.products.importEnd(importId)).toMatchObject({ products: 2, gone: 1, rejectedCount: 1 });
	});
});

describe('a large feed', () => {
	it('of nothing but blanks, packed to a few KB, is refused as soon as that is clear', async () => {
		const world = await World.open('sqlite');
		try {
			const { importId } = await world.engine.products.importStart({});
			const bytes = gzipSync(Buffer.alloc(20 * 1024 * 1024, ' '));
			await expect((async () => {
				await world.engine.products.importChunk(importId, new Uint8Array(bytes));
				await world.engine.products.importEnd(importId);
			})()).rejects.toThrow(/begins with more than 1,000,000 blanks/);
		} finally {
			await world.close();
		}
	});

	it('of 30,000 products, packed so small that each piece holds thousands of them, needs no more memory than a small one', async () => {
		const world = await World.open('sqlite');
		try {
			const description = 'A lamp. '.repeat(100);
			const bytes = gzipSync(Buffer.from(`id,title,link,price,description\n${Array.from({ length: 30_000 }, (_none, n) => `${n},Lamp ${n},https://shop.example/${n},5 EUR,${description}\n`).join('')}`));
			const { importId } = await world.engine.products.importStart({});
			setFlagsFromString('--expose-gc');
			const collect = runInNewContext('gc') as () => void;
			let most = 0;
			let before = 0;
			for (let at = 0; at < bytes.length; at += 4_096) {
				await world.engine.products.importChunk(importId, new Uint8Array(bytes.subarray(at, at + 4_096)));
				collect();
				const used = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
				if (before === 0) before = used;
				most = Math.max(most, used - before);
			}
			const report = await world.engine.products.importEnd(importId);

			expect(report).toMatchObject({ rows: 30_000, products: 30_000, rejectedCount: 0 });
			// The text has 26 MB.
			expect(most / 1024 / 1024).toBeLessThan(5);
		} finally {
			await world.close();
		}
	}, 600_000);
});
