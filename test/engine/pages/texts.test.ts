import { LANGUAGES, TEXTS } from '../../../engine/pages';

type Leaves = Array<[path: string, text: string]>;

function leaves(value: unknown, path = ''): Leaves {
	if (typeof value === 'string') return [[path, value]];
	return Object.entries(value as object).flatMap(([name, inner]) => leaves(inner, path === '' ? name : `${path}.${name}`));
}

const places = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort();

/** Words that are the same everywhere. */
const SAME = /WhatsApp|SMS|Chat|Email|E-mail|^\{n\}/;

describe('the texts of the pages', () => {
	const english = leaves(TEXTS.en);

	it.each(LANGUAGES)('are all there in %s, with the same places to fill in', (language) => {
		const own = leaves(TEXTS[language]);

		expect(own.map(([path]) => path)).toEqual(english.map(([path]) => path));
		expect(own.filter(([, text]) => text.trim() === '')).toEqual([]);
		expect(own.map(([path, text]) => [path, places(text)])).toEqual(english.map(([path, text]) => [path, places(text)]));
	});

	it.each(LANGUAGES.filter((language) => language !== 'en'))('are not left in English in %s', (language) => {
		const own = new Map(leaves(TEXTS[language]));

		expect(english.filter(([path, text]) => own.get(path) === text && !SAME.test(text))).toEqual([]);
	});
});
