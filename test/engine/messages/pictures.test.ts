import sharp from 'sharp';

import { createDownload } from '../../../engine/downloads';
import { EngineError } from '../../../engine/kernel';
import { createPictures, type Got } from '../../../engine/messages/pictures';
import { httpService, type Answer, type Service } from '../channels/http-service';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';

const BASE = 'https://shop.example/j';
const LIMITS = { bytes: 200_000, width: 1500, height: 1440 };
const made = (width: number, height: number) => sharp({ create: { width, height, channels: 4, background: { r: 200, g: 30, b: 30, alpha: 1 } } });
/** Of which nothing compresses well. */
const noise = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 60 } } });

describe.each(DATABASES)('pictures of messages, on %s', (kind) => {
	let world: World;
	let service: Service;
	let nowMs: number;
	beforeEach(async () => {
		nowMs = 0;
		world = await World.open(kind);
		await world.engine.collector.configure({ writeKeys: { wk_12345678: 'site' }, publicUrl: BASE, port: null, workflow: 'collector' });
		service = await httpService();
	});
	afterEach(async () => {
		await world.close();
		await service.close();
	});

	const pictures = (isAllowed: (address: string) => boolean = () => true, download = createDownload(isAllowed)) => createPictures({ store: world.engine.store, download, address: () => Promise.resolve(BASE), nowMs: () => nowMs });
	const file = (bytes: Buffer, type = 'image/png'): Answer => ({ status: 200, raw: bytes, headers: { 'content-type': type } });
	async function jpegOf(got: Got): Promise<sharp.Metadata & { bytes: number }> {
		if (got.kind !== 'picture') throw new Error(got.reason);
		return { ...(await sharp(got.jpeg).metadata()), bytes: got.jpeg.byteLength };
	}

	it.each<[string, () => Promise<Buffer>, { width: number; height: number }]>([
		['a photo that is too large, upright and without its metadata', () => made(3000, 2000).jpeg().withExif({ IFD3: { GPSLatitudeRef: 'N' } }).withMetadata({ orientation: 6 }).toBuffer(), { width: 960, height: 1440 }],
		['a small one, which is not made larger', () => made(300, 200).png().toBuffer(), { width: 300, height: 200 }],
		['the first frame of an animation', async () => sharp(await Promise.all([10, 200].map((width) => made(400, 200).tint({ r: width, g: 0, b: 0 }).png().toBuffer())), { join: { animated: true } }).gif({ delay: [100, 100] }).toBuffer(), { width: 400, height: 200 }],
		['WebP', () => made(3000, 300).webp().toBuffer(), { width: 1500, height: 150 }],
	])('are made into a JPEG that the service takes: %s', async (_what, picture, size) => {
		service.answer = file(await picture());

		const jpeg = await jpegOf(await pictures().get(`${service.url}/a`, LIMITS));

		expect(jpeg).toMatchObject({ format: 'jpeg', space: 'srgb', ...size });
		expect([jpeg.exif, jpeg.orientation]).toEqual([undefined, undefined]);
		expect(jpeg.bytes).toBeLessThanOrEqual(LIMITS.bytes);
	});

	it('lose quality, then pixels, until they are small enough; what is clear becomes white', async () => {
		service.answer = file(await noise(1200, 900).png().toBuffer());
		const loud = await jpegOf(await pictures().get(`${service.url}/noise`, LIMITS));
		service.answer = file(await sharp({ create: { width: 50, height: 50, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } }).png().toBuffer());
		const clear = await pictures().get(`${service.url}/clear`, LIMITS);

		expect(loud.bytes).toBeLessThanOrEqual(LIMITS.bytes);
		expect(loud.width).toBeLessThan(1200);
		expect(loud.width / loud.height).toBeCloseTo(4 / 3, 1);
		expect(clear.kind === 'picture' ? [...(await sharp(clear.jpeg).raw().toBuffer()).subarray(0, 3)] : []).toEqual([255, 255, 255]);
	});

	it('of the own library are read from the database, by either way of writing their address, and nothing is called', async () => {
		const image = await world.engine.images.upload({ bytes: await made(800, 400).png().toBuffer(), name: 'hero', alt: '' });
		const written = [image.url ?? '', (image.url ?? '').replace('images?file=', 'images/')];

		for (const url of written) expect(await jpegOf(await pictures(() => false).get(url, LIMITS))).toMatchObject({ format: 'jpeg', width: 800, height: 400 });
		await world.engine.images.delete('hero');
		const gone = await pictures(() => false).get(written[0] ?? '', LIMITS);
		expect(gone).toMatchObject({ kind: 'broken', reason: expect.stringContaining('image library') as string });
		expect(await pictures(() => false).get('https://shop.example.evil/j/images?file=x', LIMITS)).not.toMatchObject({ reason: expect.stringContaining('image library') as string });
	});

	it.each<[string, Answer, Got['kind'], RegExp]>([
		['not there', { status: 404 }, 'broken', /could not be got from 127\.0\.0\.1:\d+: it answered 404\. Correct the address/],
		['not to be had without a login', { status: 403 }, 'broken', /it answered 403/],
		['of a server that fails', { status: 500 }, 'temporary', /it answered 500\. It is tried again/],
		['of a server that is busy', { status: 429 }, 'temporary', /it answered 429/],
		['of a server that hangs up', 'drop', 'temporary', /tried again/],
		['a page', { status: 200, text: '<html>' }, 'broken', /no picture that can be sent: JPEG, PNG, GIF and WebP can/],
		['damaged', { status: 200, raw: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2]) }, 'broken', /damaged or cut off/],
		['too large', { status: 200, raw: Buffer.alloc(11 * 1024 * 1024) }, 'broken', /more than 10 MB/],
	])('that are %s say what to do, without the address', async (_what, answer, expected, reason) => {
		service.answer = answer;

		const got = await pictures().get(`${service.url}/a?token=secret-1`, LIMITS);

		expect(got).toMatchObject({ kind: expected, reason: expect.stringMatching(reason) as string });
		expect(JSON.stringify(got)).not.toContain('secret-1');
	});

	it.each<[string, string, Got['kind'], RegExp]>([
		['in a private network', 'http://127.0.0.1:1/a.jpg', 'broken', /from 127\.0\.0\.1: it is an address of a private network/],
		['no address', 'a.jpg', 'broken', /could not be got: it is no web address/],
	])('that are %s are called by nobody', async (_what, url, expected, reason) => {
		const got = await pictures(() => false).get(url, LIMITS);

		expect(got).toMatchObject({ kind: expected, reason: expect.stringMatching(reason) as string });
	});

	it('cannot be looked for while the database does not answer, and nobody has to mend anything', async () => {
		const { store } = world.engine;
		const address = () => Promise.reject(new EngineError('DATABASE_BUSY', 'The database is busy.'));

		const got = await createPictures({ store, download: createDownload(() => true), address }).get(`${service.url}/a`, LIMITS);

		expect(got).toEqual({ kind: 'temporary', reason: 'The picture of this message could not be read. It is tried again.' });
	});

	it('behind an https address where nobody speaks it wait for somebody to correct it', async () => {
		expect(await pictures().get(service.url.replace('http:', 'https:'), LIMITS)).toMatchObject({ kind: 'broken', reason: expect.stringContaining('EPROTO') as string });
	});

	it('are got once for all who want them at the same time and soon after, but not where that failed, nor for ever', async () => {
		const own = pictures();
		service.answer = { status: 500 };
		await own.get(`${service.url}/a`, LIMITS);
		service.answer = file(await made(10, 10).png().toBuffer());

		await Promise.all([1, 2, 3].map(() => own.get(`${service.url}/a`, LIMITS)));
		nowMs += 5 * 60_000 - 1;
		await own.get(`${service.url}/a`, LIMITS);
		const soon = service.calls.length;
		nowMs += 1;
		await own.get(`${service.url}/a`, LIMITS);

		expect([soon, service.calls.length]).toEqual([2, 3]);
	});

	describe('of a host that says nothing', () => {
		let own: ReturnType<typeof pictures>;
		let timeoutMs: number;
		let picture: Answer;
		beforeEach(async () => {
			const download = createDownload(() => true);
			timeoutMs = 30_000;
			own = pictures(undefined, (url, options) => download(url, { ...options, timeoutMs }));
			picture = file(await made(10, 10).png().toBuffer());
		});

		/** So many calls that get no answer. */
		async function inVain(calls: number): Promise<Got[]> {
			[service.answer, timeoutMs] = ['silence', 100];
			const told = await Promise.all(Array.from({ length: calls }, (_, n) => own.get(`${service.url}/silent-${nowMs}-${n}`, LIMITS)));
			[service.answer, timeoutMs] = [picture, 30_000];
			return told;
		}

		it('make nobody wait for it after four calls in vain, until half a minute has gone by; those of other hosts, and of the own library, are got', async () => {
			const other = await httpService(picture);
			const image = await world.engine.images.upload({ bytes: await made(8, 4).png().toBuffer(), name: 'hero', alt: '' });
			const [first] = await inVain(4);

			nowMs += 30_000 - 1;
			const [second, elsewhere, library] = [await own.get(`${service.url}/b`, LIMITS), await own.get(`${other.url}/b`, LIMITS), await own.get(image.url ?? '', LIMITS)];
			const asked = service.calls.map(({ path }) => path);
			nowMs += 1;
			const later = await own.get(`${service.url}/b`, LIMITS);
			await other.close();

			expect(first).toMatchObject({ kind: 'temporary', reason: expect.stringMatching(/it took longer than .*It is tried again/) as string });
			expect(second).toEqual(first);
			expect([elsewhere.kind, library.kind, later.kind]).toEqual(['picture', 'picture', 'picture']);
			expect(asked).not.toContain('/b');
		});

		it('keep nobody from another one there, as long as some of them are answered', async () => {
			await inVain(3);
			const answered = await own.get(`${service.url}/there`, LIMITS);
			nowMs += 1;
			await inVain(3);
			service.answer = { status: 503 };
			const busy = await own.get(`${service.url}/busy`, LIMITS);
			nowMs += 1;
			await inVain(3);

			const last = await own.get(`${service.url}/other`, LIMITS);

			expect([answered.kind, busy.kind, last.kind]).toEqual(['picture', 'temporary', 'picture']);
		});
	});
});
