import type { INodeExecutionData } from 'n8n-workflow';
import sharp from 'sharp';

import { JourneyContent } from '../../../nodes/JourneyContent/JourneyContent.node';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { openWorld } from './world';
import type { World } from './world';

let world: World;

beforeEach(async () => {
	world = await openWorld();
});
afterEach(async () => await world.close());

type Item = INodeExecutionData | Record<string, never> | { [key: string]: string };

const done = async (resource: string, operation: string, parameters: object = {}, items: Item[] = [{}]) =>
	await new Desk({ type: 'journeyContent', node: new JourneyContent(), parameters: { resource, operation, ...parameters } }).run(items);
const run = async (...given: Parameters<typeof done>) => outputOf(await done(...given), SUBJECT).map(({ json }) => json);
const withFile = (bytes: Buffer, mimeType = 'text/csv'): INodeExecutionData => ({ json: {}, binary: { data: { data: bytes.toString('base64'), mimeType } } });

describe('Journey Content: Image', () => {
	it('takes a picture from the item, changes its text, lists and deletes it', async () => {
		const picture = await sharp({ create: { width: 700, height: 300, channels: 3, background: 'red' } }).jpeg().toBuffer();

		const [uploaded] = await run('image', 'upload', { name: 'hero', alt: 'A red box' }, [withFile(picture, 'image/jpeg')]);
		const [updated] = await run('image', 'update', { image: 'hero', changes: { alt: 'A box' } });

		expect(uploaded).toMatchObject({ name: 'hero', type: 'jpg', width: 700, height: 300, widths: [160, 320, 480, 640, 700], isNew: true });
		expect(updated).toMatchObject({ name: 'hero', alt: 'A box' });
		expect(await run('image', 'getMany', { filters: { search: 'HER' } })).toMatchObject([{ name: 'hero' }]);
		expect(await run('image', 'get', { image: 'hero' })).toMatchObject([{ alt: 'A box' }]);
		expect(await run('image', 'delete', { image: 'hero' })).toMatchObject([{ deleted: true, id: uploaded?.id }]);
		expect(errorOf(await done('image', 'get', { image: 'hero' }))?.message).toContain('There is no image "hero"');
	});

	it('says what to do instead about a drawing, and about an address inside the network', async () => {
		expect(errorOf(await done('image', 'upload', { name: 'x' }, [withFile(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml')]))?.message).toContain('Export the drawing as PNG');
		expect(errorOf(await done('image', 'upload', { fileFrom: 'url', url: 'http://169.254.169.254/latest/meta-data', name: 'x' }))?.message).toContain('private network');
	});
});

describe('Journey Content: Coupon', () => {
	it('makes a pool, fills it from a file, from items and by generating, and tells how it stands', async () => {
		await run('coupon', 'createPool', { name: 'welcome10', options: { validDays: 14 } });
		const [file] = await run('coupon', 'import', { pool: 'welcome10' }, [withFile(Buffer.from('code\nA1\nA2\nA1\n'))]);
		const items = await run('coupon', 'import', { pool: 'welcome10', codesFrom: 'item', code: '={{ $json.code }}' }, [{ code: 'B1' }, { code: 'a2' }, { code: 'b c' }]);
		const [generated] = await run('coupon', 'generate', { pool: 'welcome10', count: 3, options: { prefix: 'W-' } });

		expect(file).toMatchObject({ pool: 'welcome10', added: 2, known: 1 });
		expect(items).toMatchObject([{ added: 1, known: 1, rejectedCount: 1, rejected: [{ line: 3 }] }]);
		expect(generated).toEqual({ pool: 'welcome10', added: 3 });
		expect(await run('coupon', 'updatePool', { pool: 'welcome10', changes: { lowAt: 2 } })).toMatchObject([{ lowAt: 2, state: 'ready' }]);
		expect(await run('coupon', 'getMany')).toMatchObject([{ name: 'welcome10', codes: 6, left: 6, given: 0, redeemed: 0, validDays: 14, lowAt: 2 }]);
		expect((await run('coupon', 'getCodes', { pool: 'welcome10', returnAll: true })).map(({ code }) => String(code).slice(0, 2))).toEqual(['A1', 'A2', 'B1', 'W-', 'W-', 'W-']);
	});

	it('gives a person a code with their item, the same again, and fails for whom there is none', async () => {
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ada@example.com' }] }, { identities: [{ kind: 'email', value: 'bob@example.com' }] }], { source: 'test' });
		await run('coupon', 'createPool', { name: 'one' });
		await run('coupon', 'import', { pool: 'one', codesFrom: 'item', code: 'ONLY' });
		const assign = (email: string) => done('coupon', 'assign', { pool: 'one', identityValue: email }, [{ order: '7' }]);

		const first = outputOf(await assign('ada@example.com'), SUBJECT)[0]?.json;
		const again = outputOf(await assign('ada@example.com'), SUBJECT)[0]?.json;

		expect(first).toEqual({ order: '7', coupon: { pool: 'one', code: 'ONLY', expiresAt: null, isNew: true } });
		expect(again).toMatchObject({ coupon: { code: 'ONLY', isNew: false } });
		expect(errorOf(await assign('bob@example.com'))?.message).toContain('has no code left');
		expect(errorOf(await assign('nobody@example.com'))?.message).toContain('No profile has this email');
		expect(errorOf(await done('coupon', 'deletePool', { pool: 'one' }))?.message).toContain('1 people have a code');
		expect(await run('coupon', 'deletePool', { pool: 'one', withGiven: true })).toEqual([{ deleted: true, pool: 'one', codes: 1 }]);
	});
});

describe('Journey Content: Product', () => {
	const FEED = 'id,title,link,price,availability\n1,Boots,https://shop.example/1,12.50 EUR,in_stock\n2,Socks,https://shop.example/2,3 EUR,in_stock\n3,Hat,shop.example/3,9 EUR,in_stock\n';

	it('imports a feed, reports rows that cannot be used, and shows products of it', async () => {
		const [report] = await run('product', 'importFeed', {}, [withFile(Buffer.from(FEED))]);

		expect(report).toMatchObject({ feed: 'default', rows: 3, products: 2, isNew: 2, gone: 0, rejectedCount: 1, rejected: [{ line: 4, reason: expect.stringContaining('no web address') as string }] });
		expect(await run('product', 'getMany', { filters: { search: 'boo' } })).toMatchObject([{ id: '1', title: 'Boots', price: '12.50', currency: 'EUR' }]);
		expect(await run('product', 'get', { productId: '2' })).toMatchObject([{ title: 'Socks' }]);
		expect(await run('product', 'getFeeds')).toMatchObject([{ name: 'default', products: 2 }]);
		expect(errorOf(await done('product', 'get', { productId: '9' }))?.message).toContain('no product "9"');
		expect(await run('product', 'deleteFeed')).toMatchObject([{ deleted: true, products: 2 }]);
	});

	it('recommends what a person looked at, with their item', async () => {
		await world.engine.events.ingest([{ type: 'track', event: 'Product Viewed', userId: 'u1', properties: { product_id: '2' } }], { source: 'test' });
		await run('product', 'importFeed', {}, [withFile(Buffer.from(FEED))]);

		const [found] = await run('product', 'recommend', { identifyBy: 'user_id', identityValue: 'u1', block: 'viewed' }, [{ kept: 'yes' }]);

		expect(found).toMatchObject({ kept: 'yes', products: [{ id: '2', title: 'Socks' }] });
		expect(errorOf(await done('product', 'recommend', { identifyBy: 'user_id', identityValue: 'u9', block: 'viewed' }))?.message).toContain('No profile has this user id');
	});
});

describe('Journey Content: Template', () => {
	it('previews and checks a template with an image, a sample of a coupon and products', async () => {
		await run('image', 'upload', { name: 'hero', alt: 'A red box' }, [withFile(await sharp({ create: { width: 300, height: 100, channels: 3, background: 'red' } }).png().toBuffer(), 'image/png')]);
		await run('coupon', 'createPool', { name: 'p' });
		await run('template', 'save', { templateKey: 'all', channel: 'email', format: 'html', subject: 'Code {% coupon \'p\' %}', html: '<p>{% image \'hero\', 200 %}{% for p in products.popular %}{{ p.title }}{% endfor %}{{ products.poplar.size }}<a href="{{ links.unsubscribeUrl }}">u</a></p>' });

		const [shown] = await run('template', 'preview', { template: 'all' });
		const [checked] = await run('template', 'check', { template: 'all' });

		expect(shown).toMatchObject({ subject: 'Code SAMPLE-CODE', html: expect.stringContaining('alt="A red box" width="200"') as string });
		expect((checked?.findings as Array<{ severity: string; message: string }>).flatMap(({ severity, message }) => (severity === 'error' ? [message] : []))).toEqual(['There is no list of products "poplar"']);
	});
});
