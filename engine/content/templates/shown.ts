import type { Reader } from '../../store';
import { textsIn, type Block, type Surroundings } from '../../templates';
import { readItem, readItems, type Version } from './items';
import { languageFor } from './languages';
import type { BrandValues, InLanguages } from './types';

/** What contents can show now: the published blocks, and the brand. */
export type Shown = Pick<Version<unknown>, 'blocks' | 'brand'>;

export async function readShown(reader: Reader): Promise<Shown> {
	const blocks = await readItems<InLanguages<Block>>(reader, 'block');
	const brand = await readItem<BrandValues>(reader, 'brand', BRAND);
	return {
		blocks: Object.fromEntries(blocks.flatMap(({ key, published, live }) => (published === null || live === null ? [] : [[key, { ...live.content, version: published }]]))),
		brand: brand === null || brand.published === null ? null : { version: brand.published, values: brand.draft },
	};
}

/** The one brand there is. */
export const BRAND = 'brand';

/** In this language, each block in its own best. */
export function aroundFor({ blocks, brand }: Shown, language: string): Surroundings {
	return {
		language,
		blocks: Object.fromEntries(Object.entries(blocks).flatMap(([key, { languages, defaultLanguage }]) => {
			const block = languages[languageFor(Object.keys(languages), language, defaultLanguage)];
			return block === undefined ? [] : [[key, block]];
		})),
		brand: (brand?.values ?? {}) as NonNullable<Surroundings['brand']>,
	};
}

/** Keys of the blocks that these texts name, and of those within them. */
export function blocksNamed(content: unknown, blocks: Shown['blocks']): Set<string> {
	const found = new Set<string>();
	const look = (value: unknown): void => {
		for (const { text } of textsIn(value as never)) {
			for (const [, key = ''] of text.matchAll(/\{%-?\s*render\s+["']([^"']+)["']/g)) {
				if (found.has(key)) continue;
				found.add(key);
				if (Object.hasOwn(blocks, key)) look(blocks[key]?.languages);
			}
		}
	};
	look(content);
	return found;
}

/** Only what this content shows of it. */
export function shownBy(content: unknown, shown: Shown): Shown {
	const named = blocksNamed(content, shown.blocks);
	const blocks = Object.fromEntries(Object.entries(shown.blocks).filter(([key]) => named.has(key)));
	const texts = [content, ...Object.values(blocks)].flatMap((value) => textsIn(value as never));
	return { blocks, brand: texts.some(({ text }) => /\bbrand\b/.test(text)) ? shown.brand : null };
}
