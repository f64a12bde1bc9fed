import { EngineError } from '../kernel';
import { loadSharp, MOST_BYTES, MOST_PIXELS, MOST_SECONDS, pictureType, tooManyPixels } from './picture';

/** What a service of messages takes. */
export interface PictureLimits {
	bytes: number;
	/** Pixels. */
	width: number;
	height: number;
}

/** From the best on. Below the last one a smaller picture looks better than a worse one. */
const QUALITIES = [85, 75, 65, 55, 45];
const SMALLER = 0.8;

/**
 * A picture (JPEG, PNG, GIF, WebP; of an animation the first frame) as the best JPEG within these limits: upright, on white, in sRGB, without metadata. Its pixels are kept while a fair quality fits,
 * then there are fewer. Throws BAD_INPUT (no picture, damaged, more than 10 MB or 50 million pixels), INTERNAL.
 */
export async function jpegWithin(bytes: Uint8Array, limits: PictureLimits): Promise<Uint8Array> {
	if (bytes.byteLength > MOST_BYTES) throw new EngineError('BAD_INPUT', `The file has more than ${MOST_BYTES / 1024 / 1024} MB. Make the picture smaller.`);
	if (pictureType(bytes) === null) throw new EngineError('BAD_INPUT', 'The file is no picture that can be sent: JPEG, PNG, GIF and WebP can.');
	const sharp = await loadSharp();
	try {
		for (let { width, height } = limits; ; ) {
			// Decoded once for all qualities.
			const upright = sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error', sequentialRead: true }).timeout({ seconds: MOST_SECONDS }).rotate();
			const { data, info } = await upright.resize({ width, height, fit: 'inside', withoutEnlargement: true }).flatten({ background: '#ffffff' }).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
			const raw = { raw: { width: info.width, height: info.height, channels: info.channels } };
			for (const quality of QUALITIES) {
				const jpeg = await sharp(data, raw).jpeg({ quality }).toBuffer();
				if (jpeg.byteLength <= limits.bytes || (info.width === 1 && info.height === 1)) return new Uint8Array(jpeg);
			}
			[width, height] = [info.width, info.height].map((pixels) => Math.max(1, Math.floor(pixels * SMALLER))) as [number, number];
		}
	} catch (error) {
		if (/pixel limit/i.test(error instanceof Error ? error.message : '')) throw tooManyPixels();
		throw new EngineError('BAD_INPUT', 'The file begins like a picture but cannot be read as one: it is damaged or cut off.');
	}
}
