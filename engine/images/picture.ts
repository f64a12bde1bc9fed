import { EngineError } from '../kernel';
import type { ImageType } from './types';

/** Widths in which pictures are served, besides their own where they are smaller: twice of what phones and mails show, for sharp screens. Nothing else is ever made. */
export const WIDTHS: readonly number[] = [160, 320, 480, 640, 800, 1200, 1600];

export const MOST_BYTES = 10 * 1024 * 1024;
/** All frames of an animation together. A file of some KB can hold as many pixels as memory has not. */
export const MOST_PIXELS = 50_000_000;
export const MOST_SECONDS = 60;

export interface Picture {
	type: ImageType;
	/** Pixels, upright. */
	width: number;
	height: number;
	animated: boolean;
	files: Array<{ width: number; height: number; content: Uint8Array }>;
}

type Sharp = typeof import('sharp');

let loading: Promise<Sharp> | undefined;

/** On first use: its library has 20 MB. Throws INTERNAL where it cannot be loaded. */
export async function loadSharp(): Promise<Sharp> {
	loading ??= import('sharp').then((module) => {
		const sharp = ((module as { default?: Sharp }).default ?? module) as Sharp;
		// Each picture is made once; what is kept of it would only be memory.
		sharp.cache(false);
		return sharp;
	});
	try {
		return await loading;
	} catch {
		loading = undefined;
		throw new EngineError('INTERNAL', 'Pictures cannot be read here: the module sharp did not load. Install the package again on this machine, so that npm gets the build of sharp for its system.');
	}
}

/** Reads a picture and makes the files that are served: without metadata (places, cameras, names), upright, in sRGB. Throws BAD_INPUT. */
export async function readPicture(bytes: Uint8Array): Promise<Picture> {
	if (bytes.byteLength > MOST_BYTES) throw new EngineError('BAD_INPUT', `The picture has ${(bytes.byteLength / 1024 / 1024).toFixed(1)} MB; at most ${MOST_BYTES / 1024 / 1024} MB are taken. Make it smaller first: mails show pictures at most ${WIDTHS.at(-1)} pixels wide.`);
	const type = typeOf(bytes);
	const sharp = await loadSharp();
	const isAnimation = type === 'gif' || type === 'webp';
	const open = () => sharp(bytes, { animated: isAnimation, limitInputPixels: MOST_PIXELS, failOn: 'error', sequentialRead: true }).timeout({ seconds: MOST_SECONDS });
	try {
		const about = await open().metadata();
		const frames = about.pages ?? 1;
		const [across, down] = [about.width, about.pageHeight ?? about.height];
		if (across * down * frames > MOST_PIXELS) throw tooManyPixels();
		// Orientations of 5 and more are turned by a quarter.
		const turned = frames === 1 && (about.orientation ?? 1) >= 5;
		const [width, height] = turned ? [down, across] : [across, down];
		const files: Picture['files'] = [];
		for (const each of widthsOf(width)) {
			const upright = frames > 1 ? open() : open().rotate();
			const { data, info } = await encoded(upright.resize({ width: each, withoutEnlargement: true }), type).toBuffer({ resolveWithObject: true });
			files.push({ width: each, height: info.pageHeight ?? Math.round(info.height / (info.pages ?? 1)), content: new Uint8Array(data) });
		}
		return { type, width, height, animated: frames > 1, files };
	} catch (error) {
		if (error instanceof EngineError) throw error;
		const said = error instanceof Error ? error.message : '';
		if (/pixel limit/i.test(said)) throw tooManyPixels();
		throw new EngineError('BAD_INPUT', `The file begins like a picture (${type}) but cannot be read as one: it is damaged or cut off. Open it in a picture program and save it again.`);
	}
}

export function tooManyPixels(): EngineError {
	return new EngineError('BAD_INPUT', `The picture has more than ${MOST_PIXELS / 1_000_000} million pixels, all frames together. Make it smaller first.`);
}

function widthsOf(width: number): number[] {
	const largest = WIDTHS.at(-1) ?? width;
	return [...WIDTHS.filter((one) => one < Math.min(width, largest)), Math.min(width, largest)];
}

function encoded(picture: ReturnType<Sharp>, type: ImageType): ReturnType<Sharp> {
	if (type === 'jpg') return picture.jpeg({ quality: 82 });
	if (type === 'png') return picture.png({ compressionLevel: 9 });
	return type === 'gif' ? picture.gif() : picture.webp({ quality: 82 });
}

/** By its first bytes, whatever its name says: nothing else reaches the decoders. */
export function pictureType(bytes: Uint8Array): ImageType | null {
	const start = Buffer.from(bytes.subarray(0, 512));
	if (start.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff]))) return 'jpg';
	if (start.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))) return 'png';
	const text = start.toString('latin1');
	if (/^GIF8[79]a/.test(text)) return 'gif';
	return text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP' ? 'webp' : null;
}

/** Throws BAD_INPUT. */
function typeOf(bytes: Uint8Array): ImageType {
	const type = pictureType(bytes);
	if (type !== null) return type;
	const text = Buffer.from(bytes.subarray(0, 512)).toString('latin1');
	if (/<(?:!doctype\s+)?svg[\s>]/i.test(text)) throw new EngineError('BAD_INPUT', 'SVG is not taken: Gmail and Outlook do not show it, and it may carry scripts. Export the drawing as PNG, twice as wide as it is shown.');
	throw new EngineError('BAD_INPUT', `${text.slice(4, 8) === 'ftyp' ? 'AVIF and HEIC are' : 'This file is'} not taken: mail programs show JPEG, PNG, GIF and, except for Outlook on Windows, WebP. Save the picture as one of these.`);
}
