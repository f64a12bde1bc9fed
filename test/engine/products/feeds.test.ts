import { DATABASES } from '../databases';
import { World } from '../journeys/world';
import { importRows, importText, type Row } from './shop';

describe.each(DATABASES)('product feeds, on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());
	const rows = (from: number, to: number): Row[] => Array.from({ length: to - from }, (_none, n) => ({ id: `p${String(from + n).padStart(4, '0')}` }));
	const ids = async (query: object = {}) => (await world.engine.products.list({ limit: 1000, ...query })).map(({ id }) => id);
	const stored = async () => Number((await world.rows<{ n: number }>('select count(*) as n from product'))[0]?.n);

	it('replace each other as a whole: what is missing is gone and kept for who bought it, what comes again is back', async () => {
		const first = await importRows(world.engine, rows(0, 1200));
		world.clock.advance(86_400_000);
		const second = await importRows(world.engine, rows(300, 1300));
		const gone = await world.engine.products.get('p0001');
		const third = await importRows(world.engine, rows(200, 1300));

		expect([first, second, third]).toMatchObject([{ rows: 1200, products: 1200, isNew: 1200, gone: 0 }, { rows: 1000, products: 1000, isNew: 100, gone: 300 }, { rows: 1100, products: 1100, isNew: 100, gone: 0 }]);
		expect(gone.goneAt).toBe('2026-03-03T09:00:00.000Z');
		expect((await ids()).length).toBe(1000);
		expect((await ids())[0]).toBe('p0200');
		expect((await ids({ gone: true }))[0]).toBe('p0000');
		for (let tick = 0; tick < 4; tick += 1) for (let beat = 0; beat < 20; beat += 1) await world.engine.tick();
		expect(await stored()).toBe(1300);
	});

	it('are refused where more than half would be gone, unless that is allowed, and where no row can be used; the feed stays as it is', async () => {
		await importRows(world.engine, rows(0, 10));

		await expect(importRows(world.engine, rows(0, 4))).rejects.toThrow(/6 of 10 products are missing/);
		await expect(importRows(world.engine, [{ id: '' }])).rejects.toThrow(/no row that can be used.*Line 2: There is no id/);
		await expect(importText(world.engine, '')).rejects.toThrow(/empty/);
		expect(await ids()).toHaveLength(10);
		expect(await importRows(world.engine, rows(0, 5))).toMatchObject({ products: 5, gone: 5 });
		expect(await importRows(world.engine, rows(9, 10), { allowShrinking: true })).toMatchObject({ products: 1, isNew: 1, gone: 5 });
		expect(await ids()).toEqual(['p0009']);
	});

	it('change nothing before their end, and nothing when they break off', async () => {
		await importRows(world.engine, rows(0, 600));
		const { importId } = await world.engine.products.importStart({});
		await world.engine.products.importChunk(importId, new Uint8Array(Buffer.from(`id,title,link\n${rows(1000, 2500).map(({ id }) => `${id},T,https://shop.example/${id}\n`).join('')}`)));
		const during = await ids();
		await world.engine.products.importAbort(importId);

		expect(during).toHaveLength(600);
		expect(await stored()).toBeGreaterThan(600);
		await expect(world.engine.products.importEnd(importId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await importRows(world.engine, rows(0, 600));
		for (let tick = 0; tick < 40; tick += 1) await world.engine.tick();
		expect(await stored()).toBe(600);
	});

	it('report a row that cannot be used by its line, and a second one of the same id, near or far', async () => {
		const report = await importText(world.engine, ['id,title,link,price', '1,A,https://shop.example/1,5 EUR', '2,B,,5 EUR', '1,C,https://shop.example/3,5 EUR', ...rows(0, 600).map(({ id }) => `${id},T,https://shop.example/x,5 EUR`), '1,D,https://shop.example/4,5 EUR', ''].join('\n'));

		expect(report).toMatchObject({ rows: 604, products: 601, rejectedCount: 3 });
		expect(report.rejected).toEqual([
			{ line: 3, reason: expect.stringContaining('no link') as string }, { line: 4, reason: expect.stringContaining('same id') as string }, { line: 605, reason: expect.stringContaining('same id') as string },
		]);
		expect((await world.engine.products.get('1')).title).toBe('A');
	});

	it('tell their format by how they begin', async () => {
		await importText(world.engine, '\ufeff \n[{"id":1,"title":"J","link":"https://shop.example/1","price":"1 EUR"}]', { feed: 'json' }, 1);
		await importText(world.engine, '<rss><channel><item><g:id>1</g:id><title>X</title><link>https://shop.example/1</link></item></channel></rss>', { feed: 'xml' }, 3);

		expect([(await world.engine.products.get('1', 'json')).title, (await world.engine.products.get('1', 'xml')).title]).toEqual(['J', 'X']);
		expect((await world.engine.products.feeds()).map(({ name, products }) => [name, products])).toEqual([['json', 1], ['xml', 1]]);
	});

	it('of two imports at once the later begun wins, and each is whole', async () => {
		const { importId: early } = await world.engine.products.importStart({});
		const { importId: late } = await world.engine.products.importStart({});
		const chunk = (name: string) => new Uint8Array(Buffer.from(`id,title,link\n1,${name},https://shop.example/1\n${name},${name},https://shop.example/2\n`));
		await Promise.all([world.engine.products.importChunk(early, chunk('early')), world.engine.products.importChunk(late, chunk('late'))]);
		await world.engine.products.importEnd(late);

		await expect(world.engine.products.importEnd(early)).rejects.toThrow(/newer import/);
		expect((await world.engine.products.list({})).map(({ id, title }) => [id, title])).toEqual([['1', 'late'], ['late', 'late']]);
	});

	it('refuse a language or currency that is none, and are deleted with all their rows', async () => {
		await importRows(world.engine, rows(0, 3), { feed: 'de', language: 'de-AT', currency: 'EUR' });

		await expect(world.engine.products.importStart({ language: 'German!' })).rejects.toThrow(/no language code/);
		await expect(world.engine.products.importStart({ currency: 'Euro' })).rejects.toThrow(/three letters/);
		expect(await world.engine.products.feeds()).toMatchObject([{ name: 'de', language: 'de-AT', currency: 'EUR' }]);
		expect(await world.engine.products.deleteFeed('de')).toEqual({ products: 3 });
		expect(await stored()).toBe(0);
		await expect(world.engine.products.list({ feed: 'de' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
	});
});
