import { sql } from 'kysely';

import type { Reader } from '../store';
import type { ImageType } from './types';

/** Part of the address: below the collector's, by either way of writing it. */
export const IMAGE_ROUTE = 'images';
const FILE = /^([0-9a-f]{32})-(\d{1,4})\.(jpg|png|gif|webp)$/;

export const CONTENT_TYPES: Readonly<Record<ImageType, string>> = { jpg: 'image/jpeg', png: 'image/png', gif: 'image/gif', webp: 'image/webp' };

/** In the query, because n8n serves fixed paths only. */
export function imageUrl(address: string, id: string, width: number, type: ImageType): string {
	return `${address}/${IMAGE_ROUTE}?file=${id}-${width}.${type}`;
}

/** The name of the file that this address shows; null: it is none of ours. By either way of writing it. */
export function imageFileAt(url: string, address: string): string | null {
	const base = `${address}/${IMAGE_ROUTE}`;
	if (url.startsWith(`${base}/`)) return url.slice(base.length + 1).replace(/[?#].*$/, '');
	return url.startsWith(`${base}?`) ? new URLSearchParams(url.slice(base.length + 1).replace(/#.*$/, '')).get('file') : null;
}

export interface ServedImage {
	contentType: string;
	/** Of this very file; it never changes. */
	etag: string;
	/** null: the caller has it already. */
	content: Uint8Array | null;
}

/** A file by its name in the address: only what was stored at the upload is ever found. null: there is none. */
export async function serveImage(reader: Reader, file: string, knownEtags: string | undefined): Promise<ServedImage | null> {
	const [, id = '', width = '', type = ''] = FILE.exec(file) ?? [];
	if (id === '') return null;
	const etag = `"${id}-${Number(width)}"`;
	const isKnown = (knownEtags ?? '').split(',').some((one) => ['*', etag].includes(one.trim().replace(/^W\//, '')));
	const row = await reader.first<{ content: string }>(sql<{ content: string }>`select ${isKnown ? sql`''` : sql`f.content`} as content from image i join image_file f on f.image = i.id
		where i.id = ${id} and i.type = ${type} and f.width = ${Number(width)}`);
	if (row === undefined) return null;
	return { contentType: CONTENT_TYPES[type as ImageType], etag, content: isKnown ? null : new Uint8Array(Buffer.from(row.content, 'base64')) };
}
