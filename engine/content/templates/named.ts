import { EngineError } from '../../kernel';

const LONGEST_KEY = 100;
const LONGEST_NAME = 200;

/** Throws BAD_INPUT. */
export function checkedKey(key: unknown, what: 'template' | 'block'): string {
	const found = typeof key === 'string' ? key.trim() : '';
	if (found.length <= LONGEST_KEY && /^[a-z0-9][a-z0-9._-]*$/.test(found)) return found;
	throw new EngineError('BAD_INPUT', `The key of a ${what} has small letters, digits, '-', '_' and '.', and at most ${LONGEST_KEY} of them, such as welcome-1.`);
}

/** Throws BAD_INPUT. */
export function checkedName(name: string): string {
	const found = name.trim();
	if (found !== '' && found.length <= LONGEST_NAME && !/\p{Cc}/u.test(found)) return found;
	throw new EngineError('BAD_INPUT', `A name has 1 to ${LONGEST_NAME} characters and no line breaks.`);
}

/** As Intl writes it: 'pt-br' is 'pt-BR'. Throws BAD_INPUT. */
export function checkedLanguage(tag: string): string {
	const found = languageTag(tag);
	if (found !== null) return found;
	throw new EngineError('BAD_INPUT', `"${tag.slice(0, 40)}" is no language. Write a tag such as en, de or pt-BR (BCP 47).`);
}

/** null: it is none. Underscores as operating systems write them ('de_DE') are taken for hyphens. */
export function languageTag(tag: unknown): string | null {
	if (typeof tag !== 'string') return null;
	try {
		return Intl.getCanonicalLocales(tag.trim().replace(/_/g, '-').replace(/[.@].*$/, ''))[0] ?? null;
	} catch {
		return null;
	}
}
