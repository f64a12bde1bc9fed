import type { Context, Liquid } from 'liquidjs';

import { escapeValue } from './liquid-filters';
import type { LiquidOutput } from './liquid';
import type { TemplateImage, TemplateLibrary } from './types';

/** Something of the library that this person cannot be shown. Sentences without a full stop, and without a value of the person. */
export class LibraryProblem extends Error {
	override readonly name = 'LibraryProblem';

	constructor(message: string, readonly remedy: string) {
		super(message);
	}
}

/** The library cannot be asked in this place; nobody must get an empty code or a broken picture for it. */
function libraryOf(context: Context): TemplateLibrary {
	const { library } = context.environments as { library?: TemplateLibrary };
	if (library === undefined) throw new LibraryProblem('Coupons and images of the library are not available here', 'Take the coupon or the image out of this text');
	return library;
}

const COUPON = /^\s*(['"])([^'"]+)\1\s*(?:as\s+([A-Za-z_]\w*)\s*)?$/;
const IMAGE = /^\s*(['"])([^'"]+)\1\s*(?:,?\s*(?:width\s*:\s*)?(\d{1,4})\s*)?$/;

/**
 * `{% coupon 'pool' %}` writes the person's code; `{% coupon 'pool' as gift %}` writes nothing and gives `gift.code` and `gift.expires_at`. `{% image 'name', 600 %}` is the picture
 * with its text and size; `'name' | image_url: 600` and `'name' | image_alt` are for markup of one's own.
 */
export function registerLibrary(liquid: Liquid, output: LiquidOutput): void {
	const write = output === 'html' ? escapeValue : (value: unknown): string => String(value);
	const coupons = new WeakMap<object, { pool: string; as: string | undefined }>();
	liquid.registerTag('coupon', {
		parse({ args }) {
			const found = COUPON.exec(args);
			if (found === null) throw new Error("coupon takes the name of a pool in quotes, as {% coupon 'welcome' %}, or {% coupon 'welcome' as gift %}");
			coupons.set(this, { pool: (found[2] ?? '').trim(), as: found[3] });
		},
		render(context) {
			const { pool = '', as } = coupons.get(this) ?? {};
			const { code, expiresAt } = libraryOf(context).coupon(pool);
			if (as === undefined) return write(code);
			(context.bottom() as Record<string, unknown>)[as] = { code, expires_at: expiresAt };
			return '';
		},
	});
	const images = new WeakMap<object, { name: string; width: number | undefined }>();
	liquid.registerTag('image', {
		parse({ args }) {
			const found = IMAGE.exec(args);
			if (found === null) throw new Error("image takes the name of an image in quotes and how wide it is shown, as {% image 'hero', 600 %}");
			images.set(this, { name: (found[2] ?? '').trim(), width: found[3] === undefined ? undefined : Number(found[3]) });
		},
		render(context) {
			const { name = '', width } = images.get(this) ?? {};
			const image = libraryOf(context).image(name, width);
			return output === 'html' ? markup(image) : image.alt;
		},
	});
	liquid.registerFilter('image_url', function (this: { context: Context }, name: unknown, width?: unknown) {
		return libraryOf(this.context).image(String(name ?? ''), width === undefined ? undefined : Number(width)).url;
	});
	liquid.registerFilter('image_alt', function (this: { context: Context }, name: unknown) {
		return libraryOf(this.context).image(String(name ?? '')).alt;
	});
}

/** Width and height as attributes, which Outlook goes by, and a size that follows the screen everywhere else. */
function markup({ url, alt, width, height }: TemplateImage): string {
	return `<img src="${escapeValue(url)}" alt="${escapeValue(alt)}" width="${width}" height="${height}" style="display:block;border:0;max-width:100%;height:auto;" />`;
}

/** Whether a text may show a code of a pool: then what it shows is looked at person by person. In a {% liquid %} tag each line is a tag. */
export function asksForCoupons(texts: readonly string[]): boolean {
	return texts.some((text) => /\{%-?\s*coupon\b/.test(text) || (HAS_LINES.test(text) && /\bcoupon\b/.test(text)));
}

const HAS_LINES = /\{%-?\s*liquid\b/;

/** Names of images that a text shows, as far as they are written out; 'all' where one comes from a value. null: none. */
export function imagesIn(texts: readonly string[]): ReadonlySet<string> | 'all' | null {
	const names = new Set<string>();
	for (const text of texts) {
		if (!/\bimage(?:_url|_alt)?\b/.test(text)) continue;
		for (const [, , name = ''] of text.matchAll(/\{%-?\s*image\s*(['"])([^'"]+)\1/g)) names.add(name.trim());
		if (HAS_LINES.test(text)) for (const [, , name = ''] of text.matchAll(/(?:\bliquid|\n)\s*image\s*(['"])([^'"]+)\1/g)) names.add(name.trim());
		const uses = text.match(/\|\s*image_(?:url|alt)\b/g)?.length ?? 0;
		const literal = [...text.matchAll(/(['"])([^'"]+)\1\s*\|\s*image_(?:url|alt)\b/g)];
		if (literal.length < uses) return 'all';
		for (const [, , name = ''] of literal) names.add(name);
	}
	return names.size === 0 ? null : names;
}

/** Lists of products that Liquid may ask for. */
export const PRODUCT_BLOCKS = ['viewed', 'bought', 'popular', 'also_bought', 'same_category', 'recommended'] as const;
export type ProductBlock = (typeof PRODUCT_BLOCKS)[number];

/** Which lists of products a text asks for. */
export function productBlocksIn(texts: readonly string[]): ProductBlock[] {
	return PRODUCT_BLOCKS.filter((block) => texts.some((text) => new RegExp(`\\bproducts(?:\\.${block}\\b|\\[['"]${block}['"]\\])`).test(text)));
}
