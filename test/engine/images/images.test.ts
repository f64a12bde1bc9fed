import sharp from 'sharp';

import type { CollectorResponse } from '../../../engine/collector/types';
import { imageFileAt } from '../../../engine/images';
import { DATABASES } from '../databases';
import { World } from '../journeys/world';
import { Mailbox, smtp } from '../messages/mailbox';

const BASE = 'https://n8n.example/webhook/j';

const made = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: { r: 200, g: 30, b: 30 } } });

const halfOf = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length / 2);

/** A GIF of one frame: what stands before the frame, and the frame with its own colours and settings. */
function gifParts(gif: Buffer): [Buffer, Buffer] {
	const flags = gif[10] ?? 0;
	const at = 13 + ((flags & 0x80) !== 0 ? 3 * 2 ** ((flags & 7) + 1) : 0);
	return [gif.subarray(0, at), gif.subarray(at, gif.length - 1)];
}

describe('the address of a picture', () => {
	it.each([
		['images?file=abc-800.png', 'abc-800.png'], ['images/abc-800.png', 'abc-800.png'], ['images/abc-800.png?v=2#top', 'abc-800.png'], ['images?v=2&file=abc-800.png#top', 'abc-800.png'],
		['images?v=2', null], ['images', null], ['imagesque/abc-800.png', null], ['other/abc-800.png', null],
	])('names a file of the library, or none: %s', (path, file) => {
		expect([imageFileAt(`${BASE}/${path}`, BASE), imageFileAt(`https://elsewhere.example/j/${path}`, BASE)]).toEqual([file, null]);
	});
});

describe.each(DATABASES)('the image library, on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
		await world.engine.collector.configure({ writeKeys: { wk_12345678: 'site' }, publicUrl: BASE, port: null, workflow: 'collector' });
	});
	afterEach(() => world.close());

	const call = (url: string, given: { method?: string; headers?: Record<string, string> } = {}): Promise<CollectorResponse> => {
		const { pathname, searchParams } = new URL(url);
		return world.engine.collector.handle({ method: 'GET', route: pathname.slice(pathname.lastIndexOf('/j/') + 3), query: Object.fromEntries(searchParams), headers: {}, body: new Uint8Array(), ...given });
	};
	const fileOf = async (url: string) => sharp((await call(url)).body as Uint8Array).metadata();

	it('stores a photo upright, without where and by what it was taken, in the widths that it has', async () => {
		const photo = await made(1300, 900).jpeg().withExif({ IFD0: { Make: 'SecretCam' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 31/1 0/1' } }).withMetadata({ orientation: 6 }).toBuffer();
		const before = await sharp(photo).metadata();

		const image = await world.engine.images.upload({ bytes: photo, name: 'hero', alt: '  Two\npeople ' });
		const served = await fileOf(image.url ?? '');

		expect(before.orientation).toBe(6);
		expect(before.exif).toBeDefined();
		expect(image).toMatchObject({ name: 'hero', alt: 'Two people', type: 'jpg', width: 900, height: 1300, animated: false, widths: [160, 320, 480, 640, 800, 900], isNew: true });
		expect(served).toMatchObject({ format: 'jpeg', width: 900, height: 1300 });
		expect([served.exif, served.orientation, served.icc, served.xmp]).toEqual([undefined, undefined, undefined, undefined]);
	});

	it('keeps animations moving, transparency, and pictures larger than is ever shown within 1600 pixels', async () => {
		const frames = await Promise.all([10, 200].map((r) => sharp({ create: { width: 400, height: 200, channels: 4, background: { r, g: 0, b: 0, alpha: 1 } } }).png().toBuffer()));
		const moving = await sharp(frames, { join: { animated: true } }).gif({ delay: [100, 100] }).toBuffer();
		const clear = await sharp({ create: { width: 2000, height: 500, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } }).png().toBuffer();

		const gif = await world.engine.images.upload({ bytes: moving, name: 'moving', alt: 'x' });
		const png = await world.engine.images.upload({ bytes: clear, name: 'clear', alt: 'x' });

		expect(gif).toMatchObject({ type: 'gif', width: 400, height: 200, animated: true, widths: [160, 320, 400] });
		expect(await fileOf((gif.url ?? '').replace('-400.', '-160.'))).toMatchObject({ pages: 2, width: 160, height: 80 });
		expect(png).toMatchObject({ type: 'png', width: 2000, widths: [160, 320, 480, 640, 800, 1200, 1600] });
		expect(await fileOf(png.url ?? '')).toMatchObject({ width: 1600, height: 400, hasAlpha: true });
	});

	it.each<[string, () => Promise<Buffer> | Buffer, RegExp]>([
		['a drawing, which may carry scripts and is shown by few mail programs', () => Buffer.from('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), /SVG is not taken/],
		['what only claims to be a picture', () => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from('no jpeg at all')]), /damaged or cut off/],
		['half a picture', async () => halfOf(await made(300, 300).png({ compressionLevel: 0 }).toBuffer()), /damaged or cut off/],
		['a file that decodes to more than memory has', () => made(9000, 9000).png({ compressionLevel: 9 }).toBuffer(), /million pixels/],
		['another kind of file', () => Buffer.from('%PDF-1.7 …'), /not taken/],
		['a picture of another kind', () => made(10, 10).avif().toBuffer(), /AVIF and HEIC/],
		['nothing', () => Buffer.alloc(0), /the file is empty/],
		['more bytes than are taken', () => Buffer.alloc(10 * 1024 * 1024 + 1, 1), /at most 10 MB/],
	])('refuses %s, and stores nothing of it', async (_what, make, message) => {
		await expect(Promise.resolve(make()).then((bytes) => world.engine.images.upload({ bytes, name: 'x', alt: '' }))).rejects.toThrow(message);
		expect(await world.engine.images.list()).toEqual([]);
	});

	it('stores the same file once, keeps names apart, and when one replaces another goes on serving the old one', async () => {
		const [red, wide] = await Promise.all([made(300, 100).png().toBuffer(), made(400, 100).png().toBuffer()]);
		const first = await world.engine.images.upload({ bytes: red, name: 'hero', alt: 'Red' });
		const same = await world.engine.images.upload({ bytes: red, name: 'another', alt: 'Red' });
		await expect(world.engine.images.upload({ bytes: wide, name: 'hero', alt: 'Wide' })).rejects.toMatchObject({ code: 'CONFLICT' });
		const second = await world.engine.images.upload({ bytes: wide, name: 'hero', alt: 'Wide', whenTaken: 'replace' });

		expect(same).toMatchObject({ id: first.id, name: 'hero', isNew: false });
		expect((await world.engine.images.list()).map(({ id, name }) => [id, name])).toEqual([[second.id, 'hero'], [first.id, null]]);
		expect(await world.engine.images.get('hero')).toMatchObject({ id: second.id, alt: 'Wide' });
		expect((await call(first.url ?? '')).status).toBe(200);
		await expect(world.engine.images.update(first.id, { name: 'hero' })).rejects.toMatchObject({ code: 'CONFLICT' });
		expect(await world.engine.images.update(first.id, { name: 'old', alt: 'Was red' })).toMatchObject({ name: 'old', alt: 'Was red' });
		expect(await world.engine.images.delete('old')).toEqual({ id: first.id });
		expect((await call(first.url ?? '')).status).toBe(404);
	});

	it('gives a picture that was replaced its name back when it is uploaded again, and refuses where the name is taken', async () => {
		const [red, wide] = await Promise.all([made(300, 100).png().toBuffer(), made(400, 100).png().toBuffer()]);
		const first = await world.engine.images.upload({ bytes: red, name: 'hero', alt: 'Red' });
		const second = await world.engine.images.upload({ bytes: wide, name: 'hero', alt: 'Wide', whenTaken: 'replace' });

		await expect(world.engine.images.upload({ bytes: red, name: 'hero', alt: 'Red' })).rejects.toMatchObject({ code: 'CONFLICT' });
		const back = await world.engine.images.upload({ bytes: red, name: 'hero', alt: 'Red again', whenTaken: 'replace' });

		expect(back).toMatchObject({ id: first.id, name: 'hero', alt: 'Red again', isNew: false });
		expect((await world.engine.images.list()).map(({ id, name }) => [id, name])).toEqual([[first.id, 'hero'], [second.id, null]]);
	});

	it('refuses an animation whose frames together are more than memory has, however small the file, and takes where a moving WebP was made away', async () => {
		// One frame of 2,000 by 2,000, two hundred times: the file has some KB a frame, the pixels three GB.
		const frame = await sharp({ create: { width: 2000, height: 2000, channels: 3, background: 'red' } }).gif().toBuffer();
		const [head, body] = gifParts(frame);
		const bomb = Buffer.concat([head, ...Array.from({ length: 200 }, () => body), Buffer.from([0x3b])]);
		const frames = await Promise.all(['red', 'blue'].map((background) => sharp({ create: { width: 200, height: 100, channels: 3, background } }).png().toBuffer()));
		const placed = await sharp(frames, { join: { animated: true } }).webp({ delay: [100, 100] }).withExif({ IFD0: { Make: 'SecretCam' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 31/1 0/1' } }).toBuffer();

		expect(bomb.length).toBeLessThan(10 * 1024 * 1024);
		expect(await sharp(bomb, { animated: true, limitInputPixels: false }).metadata()).toMatchObject({ pages: 200 });
		await expect(world.engine.images.upload({ bytes: bomb, name: 'bomb', alt: '' })).rejects.toThrow(/million pixels, all frames together/);
		const image = await world.engine.images.upload({ bytes: placed, name: 'moving', alt: 'x' });
		expect((await sharp(placed).metadata()).exif).toBeDefined();
		expect(Buffer.from((await call(image.url ?? '')).body as Uint8Array).includes('SecretCam')).toBe(false);
		expect(await fileOf(image.url ?? '')).toMatchObject({ pages: 2, width: 200, height: 100 });
	});

	it('says no length with a 304 over the wire: caches would keep it as that of the picture', async () => {
		const { url } = await world.engine.images.upload({ name: 'hero', alt: '', bytes: await sharp({ create: { width: 40, height: 20, channels: 3, background: 'red' } }).png().toBuffer() });
		const { port } = await world.engine.collector.configure({ writeKeys: { wk_87654321: 'site' }, publicUrl: BASE, port: 0, host: '127.0.0.1', workflow: 'listener' });
		const at = `http://127.0.0.1:${port}/images${new URL(url ?? '').search}`;

		const whole = await fetch(at);
		const known = await fetch(at, { headers: { 'if-none-match': whole.headers.get('etag') ?? '' } });

		expect([whole.status, whole.headers.get('content-length')]).toEqual([200, String((await whole.arrayBuffer()).byteLength)]);
		expect([known.status, known.headers.get('content-length')]).toEqual([304, null]);
	});

	it('serves a file for ever, once: caches keep it, HEAD and 304 cost nothing, and nothing sniffs or runs it', async () => {
		const image = await world.engine.images.upload({ bytes: await made(300, 100).png().toBuffer(), name: 'hero', alt: '' });
		const url = image.url ?? '';
		const file = new URL(url).searchParams.get('file') ?? '';

		const whole = await call(url);
		const known = await call(url, { headers: { 'if-none-match': `W/"other", ${whole.headers.etag}` } });
		const byPath = await call(`${BASE}/images/${file}`);

		expect(whole).toMatchObject({ status: 200, headers: { 'content-type': 'image/png', 'cache-control': 'public, max-age=31536000, immutable', 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; sandbox", etag: `"${image.id}-300"` } });
		expect([known.status, known.body, known.headers.etag]).toEqual([304, '', whole.headers.etag]);
		expect(Buffer.from(byPath.body as Uint8Array).equals(Buffer.from(whole.body as Uint8Array))).toBe(true);
		expect((await call(url, { method: 'HEAD' })).status).toBe(200);
		expect((await call(url, { method: 'POST' })).status).toBe(405);
	});

	it.each([
		['a width that was not stored', (id: string) => `images?file=${id}-299.png`], ['another type', (id: string) => `images?file=${id}-300.jpg`], ['no width', (id: string) => `images?file=${id}.png`], ['a folder', () => 'images'],
		['a way out', () => 'images?file=../../etc/passwd'], ['a huge width', (id: string) => `images?file=${id}-99999999.png`], ['an unknown picture', () => `images?file=${'0'.repeat(32)}-300.png`],
	])('knows nothing of %s', async (_what, path) => {
		const image = await world.engine.images.upload({ bytes: await made(300, 100).png().toBuffer(), name: 'hero', alt: '' });

		expect(await call(`${BASE}/${path(image.id)}`)).toMatchObject({ status: 404 });
	});

	it('is shown in mails by name, in the next size up, with its text, sizes and address', async () => {
		const mailbox = await Mailbox.open();
		try {
			const image = await world.engine.images.upload({ bytes: await made(1300, 650).png().toBuffer(), name: 'hero', alt: 'A "red" box' });
			const source = "<p>{% image 'hero', 300 %}</p><img src=\"{{ 'hero' | image_url: 600 }}\" alt=\"{{ 'hero' | image_alt }}\"><i>{{ item.word | image_url: 2000 }}</i>";
			const preview = await world.engine.messages.preview({ profileId: null, item: { word: 'hero' }, content: { subject: 'x', body: { kind: 'html', source } }, from: { address: 'a@shop.example' }, testRecipient: 'me@shop.example', provider: smtp(mailbox.port) });

			expect(preview.html).toContain(`<img src="${BASE}/images?file=${image.id}-320.png" alt="A &#34;red&#34; box" width="300" height="150"`);
			expect(preview.html).toContain(`<img src="${BASE}/images?file=${image.id}-640.png" alt="A &#34;red&#34; box">`);
			expect(preview.html).toContain(`<i>${BASE}/images?file=${image.id}-1300.png</i>`);
			expect(preview.text).toContain('A "red" box');
			await expect(world.engine.messages.preview({ profileId: null, item: {}, content: { subject: 'x', body: { kind: 'html', source: "{% image 'nowhere' %}" } }, from: { address: 'a@shop.example' } })).rejects.toThrow(/There is no image "nowhere".*Image: Upload/);
		} finally {
			await mailbox.close();
		}
	});
});
