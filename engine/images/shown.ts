import { sql } from 'kysely';

import type { Reader } from '../store';
import { imageUrl } from './serve';
import type { ImageType } from './types';

interface Named {
	id: string;
	name: string;
	alt: string;
	type: ImageType;
	width: number;
	height: number;
	widths: number[];
}

/** Pictures by their names, as templates ask for them. */
export type NamedImages = ReadonlyMap<string, Named>;

/** Two statements, or none. */
export async function readImages(reader: Reader, names: ReadonlySet<string> | 'all' | null): Promise<NamedImages> {
	if (names === null) return new Map();
	const which = names === 'all' ? sql`name is not null` : reader.dialect.anyOf(sql`name`, [...names]);
	const rows = await reader.all<Omit<Named, 'widths'>>(sql<Omit<Named, 'widths'>>`select id, name, alt, type, width, height from image where ${which}`);
	const files = rows.length === 0 ? [] : await reader.all<{ image: string; width: number }>(sql<{ image: string; width: number }>`select image, width from image_file where ${reader.dialect.anyOf(sql`image`, rows.map(({ id }) => id))} order by width`);
	const widths = new Map<string, number[]>();
	for (const { image, width } of files) widths.set(image, [...(widths.get(image) ?? []), Number(width)]);
	return new Map(rows.map((row) => [row.name, { ...row, width: Number(row.width), height: Number(row.height), widths: widths.get(row.id) ?? [] }]));
}

/** The picture shown so wide (CSS pixels), by the next file that is as wide or wider. undefined: there is none of that name. */
export function shownImage(images: NamedImages, name: string, width: number | undefined, address: string): { url: string; alt: string; width: number; height: number } | undefined {
	const image = images.get(name);
	if (image === undefined) return undefined;
	const wanted = width === undefined || !Number.isFinite(width) || width < 1 ? image.width : Math.min(Math.round(width), image.width);
	const file = image.widths.find((one) => one >= wanted) ?? image.widths.at(-1) ?? image.width;
	return { url: imageUrl(address, image.id, file, image.type), alt: image.alt, width: wanted, height: Math.max(1, Math.round((image.height * wanted) / image.width)) };
}
