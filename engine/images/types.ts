/** What is stored and served; others are refused or not to be had in mails. */
export type ImageType = 'jpg' | 'png' | 'gif' | 'webp';

export interface ImageView {
	/** 32 hexadecimal digits: a hash of the file as it was uploaded. */
	id: string;
	/** As templates call it; null: another picture has its name now, this one is kept for messages that left. */
	name: string | null;
	/** What is shown and read out instead of the picture; '' for one that only decorates. */
	alt: string;
	type: ImageType;
	/** Pixels. */
	width: number;
	height: number;
	animated: boolean;
	/** In which it is served, in ascending order. */
	widths: number[];
	/** Of the files in all widths together. */
	bytes: number;
	/** Of the largest; null while no address of the collector is known. */
	url: string | null;
	createdAt: string;
	updatedAt: string;
}

export interface ImageUpload {
	/** The file, or where to get it. */
	bytes?: Uint8Array;
	/** http or https, of a public address. */
	url?: string;
	/** Letters, digits, spaces and ._-; unique. */
	name: string;
	alt: string;
	/** The name is taken by another picture: refuse (default) or replace, which keeps the old file for messages that left. */
	whenTaken?: 'refuse' | 'replace';
}

export interface ImagesApi {
	/**
	 * Stores a picture without its metadata, upright, in the widths of WIDTHS that it has. The same file twice is one picture: the second upload answers with the first (`isNew` false).
	 * Throws BAD_INPUT (no picture, too large, an address that is not public), CONFLICT.
	 */
	upload(upload: ImageUpload): Promise<ImageView & { isNew: boolean }>;
	/** By name or id. Throws NOT_FOUND. */
	get(which: string): Promise<ImageView>;
	/** By name; those without one last. */
	list(query?: { search?: string; limit?: number; after?: string }): Promise<ImageView[]>;
	/** Throws NOT_FOUND, CONFLICT, BAD_INPUT. */
	update(which: string, changes: { name?: string; alt?: string }): Promise<ImageView>;
	/** Messages that left show its text instead from then on. Throws NOT_FOUND. */
	delete(which: string): Promise<{ id: string }>;
}
