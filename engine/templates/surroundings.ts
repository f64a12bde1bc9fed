import type { JsonObject } from '../kernel';

export type BlockFormat = 'mjml' | 'html' | 'text';

export interface Block {
	format: BlockFormat;
	source: string;
}

/** What a content uses besides the scope of each person. */
export interface Surroundings {
	/** What {% render 'key' %} shows, by key. */
	blocks?: Record<string, Block>;
	/** Liquid's `brand`. */
	brand?: JsonObject;
	/** BCP 47, of the content: how numbers, dates and plurals are written. Absent: each person's own. */
	language?: string;
	/** Where neither content nor person has one. */
	fallbackLanguage?: string;
	/** IANA zone of people whose own is not known. */
	zone?: string;
	/** ISO 4217, of amounts without one. */
	currency?: string;
}

/** Where filters find them in a scope; no template can name it. */
export const SURROUNDED = Symbol('surroundings');

/** The scope with what surrounds the content: `brand`, and what filters ask for. */
export function surrounded<Scope extends object>(scope: Scope, around: Surroundings | undefined): Scope {
	return around === undefined ? scope : { ...scope, brand: around.brand ?? {}, [SURROUNDED]: around };
}
