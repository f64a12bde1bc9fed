import { createHash } from 'node:crypto';
import { sql } from 'kysely';

import { wholeOf, type Download } from '../downloads';
import { EngineError, iso } from '../kernel';
import type { Reader, Store, Tx } from '../store';
import { MOST_BYTES, readPicture, type Picture } from './picture';
import { imageUrl } from './serve';
import type { ImagesApi, ImageType, ImageUpload, ImageView } from './types';

export { jpegWithin, type PictureLimits } from './jpeg';
export { imageFileAt, IMAGE_ROUTE, serveImage, type ServedImage } from './serve';
export { readImages, shownImage, type NamedImages } from './shown';
export type * from './types';

const LONGEST_NAME = 100;
const LONGEST_ALT = 500;
const MOST_LISTED = 1_000;
const DOWNLOAD_MS = 60_000;

export interface ImagesDeps {
	store: Store;
	download: Download;
	/** Of the collector; null while there is none. */
	address(): Promise<string | null>;
}

/** The image library: bytes in the database, so that each process has them. Throws BAD_INPUT, NOT_FOUND, CONFLICT and the store's errors. */
export function createImages({ store, download, address }: ImagesDeps): ImagesApi {
	/** One picture at a time: several large ones at once would be some GB of memory. */
	let turn: Promise<unknown> = Promise.resolve();
	function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
		const result = turn.then(work);
		turn = result.catch(() => undefined);
		return result;
	}
	const viewOf = async (which: string): Promise<ImageView> => {
		const base = await address();
		return await store.read(async (reader) => (await viewImages(reader, sql`i.id = ${await idOf(reader, which)}`, base))[0] as ImageView);
	};
	return {
		upload: async (given) => {
			const name = checkedName(given.name);
			const alt = checkedAlt(given.alt);
			const bytes = await bytesOf(given, download);
			const id = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
			if (await store.tx('image-again', (tx) => takeBack(tx, { id, name, alt, replace: given.whenTaken === 'replace' }))) return { ...(await viewOf(id)), isNew: false };
			const picture = await inTurn(() => readPicture(bytes));
			const isNew = await store.tx('image-upload', (tx) => keep(tx, { id, name, alt, picture, replace: given.whenTaken === 'replace' }));
			return { ...(await viewOf(id)), isNew };
		},
		get: viewOf,
		list: async ({ search = '', limit = 100, after } = {}) => {
			const base = await address();
			return await store.read((reader) => viewImages(reader, sql`${search === '' ? sql`1 = 1` : reader.dialect.contains(sql`coalesce(i.name, '')`, sql`${search}`)} ${after === undefined ? sql`` : sql`and i.name > ${after}`}`, base, Math.min(Math.max(1, limit), MOST_LISTED)));
		},
		update: async (which, { name, alt }) => {
			const id = await store.tx('image-update', async (tx) => {
				const found = await idOf(tx, which);
				if (name !== undefined) await rename(tx, found, checkedName(name));
				if (alt !== undefined) await tx.run(sql`update image set alt = ${checkedAlt(alt)}, updated_at = ${tx.nowMs} where id = ${found}`);
				return found;
			});
			return await viewOf(id);
		},
		delete: (which) => store.tx('image-delete', async (tx) => {
			const id = await idOf(tx, which);
			await tx.run(sql`delete from image_file where image = ${id}`);
			await tx.run(sql`delete from image where id = ${id}`);
			return { id };
		}),
	};
}

async function bytesOf({ bytes, url }: ImageUpload, download: Download): Promise<Uint8Array> {
	if (bytes !== undefined && bytes.byteLength > 0) return bytes;
	if (url === undefined || url.trim() === '') throw new EngineError('BAD_INPUT', 'There is no picture: the file is empty. Give a file as binary data, or a URL.');
	return await wholeOf(download(url.trim(), { mostBytes: MOST_BYTES, timeoutMs: DOWNLOAD_MS }));
}

async function isThere(reader: Reader, id: string): Promise<boolean> {
	return (await reader.first(sql`select 1 as there from image where id = ${id}`)) !== undefined;
}

/** Whether the file is there. One that another picture has replaced gets a name again: somebody goes back to it. */
async function takeBack(tx: Tx, { id, name, alt, replace }: { id: string; name: string; alt: string; replace: boolean }): Promise<boolean> {
	const known = await tx.first<{ name: string | null }>(sql<{ name: string | null }>`select name from image where id = ${id}`);
	if (known === undefined) return false;
	if (known.name !== null) return true;
	if (replace) await tx.run(sql`update image set name = null, updated_at = ${tx.nowMs} where name = ${name}`);
	await rename(tx, id, name);
	await tx.run(sql`update image set alt = ${alt} where id = ${id}`);
	return true;
}

/** Answers whether it is new: another call may have stored the same file meanwhile. */
async function keep(tx: Tx, { id, name, alt, picture, replace }: { id: string; name: string; alt: string; picture: Picture; replace: boolean }): Promise<boolean> {
	if (await isThere(tx, id)) return false;
	// Renamed and not deleted: messages that left show it by its own address.
	if (replace) await tx.run(sql`update image set name = null, updated_at = ${tx.nowMs} where name = ${name}`);
	const stored = await tx.run(sql`insert into image (id, name, alt, type, width, height, animated, created_at, updated_at)
		values (${id}, ${name}, ${alt}, ${picture.type}, ${picture.width}, ${picture.height}, ${picture.animated ? 1 : 0}, ${tx.nowMs}, ${tx.nowMs}) on conflict do nothing`);
	if (stored === 0) {
		if (await isThere(tx, id)) return false;
		throw taken(name);
	}
	// One at a time: all in one value may be more than a database takes.
	for (const file of picture.files) {
		await tx.run(sql`insert into image_file (image, width, height, bytes, content) values (${id}, ${file.width}, ${file.height}, ${file.content.byteLength}, ${Buffer.from(file.content).toString('base64')})`);
	}
	return true;
}

async function rename(tx: Tx, id: string, name: string): Promise<void> {
	const other = await tx.first<{ id: string }>(sql<{ id: string }>`select id from image where name = ${name}`);
	if (other !== undefined && other.id !== id) throw taken(name);
	await tx.run(sql`update image set name = ${name}, updated_at = ${tx.nowMs} where id = ${id}`);
}

function taken(name: string): EngineError {
	return new EngineError('CONFLICT', `There is another image "${name}". Choose another name, or let the new one replace it.`);
}

async function idOf(reader: Reader, which: string): Promise<string> {
	const row = await reader.first<{ id: string }>(sql<{ id: string }>`select id from image where name = ${which} or id = ${which} order by case when name = ${which} then 0 else 1 end limit 1`);
	if (row === undefined) throw new EngineError('NOT_FOUND', `There is no image "${which.slice(0, LONGEST_NAME)}". Choose another one, or upload it with Journey Content, Image: Upload.`);
	return row.id;
}

interface Row {
	id: string;
	name: string | null;
	alt: string;
	type: ImageType;
	width: number;
	height: number;
	animated: number;
	created_at: number;
	updated_at: number;
}

async function viewImages(reader: Reader, where: ReturnType<typeof sql>, base: string | null, limit = 1): Promise<ImageView[]> {
	const rows = await reader.all<Row>(sql<Row>`select i.id, i.name, i.alt, i.type, i.width, i.height, i.animated, i.created_at, i.updated_at from image i where ${where}
		order by case when i.name is null then 1 else 0 end, i.name, i.created_at limit cast(${limit} as integer)`);
	const files = await reader.all<{ image: string; width: number; bytes: number }>(sql<{ image: string; width: number; bytes: number }>`select image, width, bytes from image_file where ${reader.dialect.anyOf(sql`image`, rows.map(({ id }) => id))} order by width`);
	return rows.map((row) => {
		const own = files.filter(({ image }) => image === row.id);
		const widths = own.map(({ width }) => Number(width));
		return {
			id: row.id, name: row.name, alt: row.alt, type: row.type, width: Number(row.width), height: Number(row.height), animated: Number(row.animated) === 1, widths,
			bytes: own.reduce((sum, { bytes }) => sum + Number(bytes), 0), url: base === null ? null : imageUrl(base, row.id, widths.at(-1) ?? 0, row.type), createdAt: iso(row.created_at), updatedAt: iso(row.updated_at),
		};
	});
}

/** What templates write in quotes. */
function checkedName(given: unknown): string {
	const name = typeof given === 'string' ? given.trim() : '';
	if (name === '' || name.length > LONGEST_NAME || !/^[\p{L}\p{N} ._-]+$/u.test(name)) throw new EngineError('BAD_INPUT', `The name of an image has 1 to ${LONGEST_NAME} letters, digits, spaces, dots, hyphens and underscores: templates write it as {{ 'name' | image_url }}.`);
	return name;
}

function checkedAlt(given: unknown): string {
	const alt = typeof given === 'string' ? given.replace(/\s+/g, ' ').trim() : '';
	if (alt.length > LONGEST_ALT) throw new EngineError('BAD_INPUT', `The text of an image has at most ${LONGEST_ALT} characters: it is read out as a whole.`);
	return alt;
}
