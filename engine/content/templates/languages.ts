import { languageTag } from './named';

/**
 * Which of the languages somebody gets: their own exactly, else without its last parts one by one (RFC 4647, 3.4: 'de-AT-1996', 'de-AT', 'de'), else the same language as
 * another region writes it in the same script, else the default.
 */
export function languageFor(languages: readonly string[], spoken: string | null, defaultLanguage: string): string {
	const tag = languageTag(spoken);
	if (tag === null) return defaultLanguage;
	for (let range = tag; range !== ''; range = range.slice(0, Math.max(0, range.lastIndexOf('-')))) if (languages.includes(range)) return range;
	const wanted = written(tag);
	return [...languages].sort().find((one) => written(one) === wanted) ?? defaultLanguage;
}

/** Browsers and shops say 'no' for Norwegian as nearly everybody writes it, 'nb' (https://cldr.unicode.org, supplemental metadata: languageAlias). */
const ALSO: Readonly<Record<string, string>> = { no: 'nb' };

function written(tag: string): string {
	const { language, script } = new Intl.Locale(tag).maximize();
	return `${ALSO[language] ?? language}-${script ?? ''}`;
}
