import { LANGUAGES, type Language } from './texts';

export interface LanguageWishes {
	/** ?lang= of the page's own links. */
	asked?: string | undefined;
	/** What the person chose, or their attribute. */
	person?: string | null | undefined;
	/** The Accept-Language header. */
	accept?: string | undefined;
	/** Of the settings. */
	fallback?: string | undefined;
}

/** The first wish that there is a page for: ?lang, the person's language, what the browser asks for, the settings, English. */
export function languageOf({ asked, person, accept, fallback }: LanguageWishes): Language {
	for (const tag of [asked, person, ...preferred(accept), fallback]) {
		const known = tag === null || tag === undefined ? null : spoken(tag);
		if (known !== null) return known;
	}
	return 'en';
}

/** By its first part: 'pt-BR' is Portuguese, 'zh_TW' Chinese. */
export function spoken(tag: string): Language | null {
	const [first = ''] = tag.trim().toLowerCase().split(/[-_]/, 1);
	return LANGUAGES.find((language) => language === first) ?? null;
}

/** RFC 9110, 12.5.4: `de-CH, de;q=0.9, en;q=0.8`, best first; q=0 is not wanted. */
function preferred(accept: string | undefined): string[] {
	if (accept === undefined || accept.length > 1000) return [];
	const wishes = accept.split(',').map((part, index) => {
		const [tag = '', ...parameters] = part.split(';');
		const q = parameters.map((one) => /^\s*q\s*=\s*([\d.]+)\s*$/i.exec(one)?.[1]).find((one) => one !== undefined);
		return { tag: tag.trim(), weight: q === undefined ? 1 : Number(q), index };
	});
	return wishes.filter(({ tag, weight }) => tag !== '' && weight > 0).sort((a, b) => b.weight - a.weight || a.index - b.index).map(({ tag }) => tag);
}
