import { languageOf, type LanguageWishes } from '../../../engine/pages/language';

describe('the language of a page', () => {
	it.each<[LanguageWishes, string]>([
		[{ asked: 'ja', person: 'de', accept: 'fr' }, 'ja'],
		[{ asked: 'xx', person: 'de-AT', accept: 'fr' }, 'de'],
		[{ person: 'zh_TW', accept: 'fr' }, 'zh'],
		[{ person: 'pt-BR', accept: 'pt-BR, es;q=0.8, en;q=0.9' }, 'en'],
		[{ person: null, accept: 'it, fr-CH;q=0.7, ko;q=0.8' }, 'ko'],
		[{ accept: 'de;q=0, *;q=0.5', fallback: 'es' }, 'es'],
		[{ accept: `${'x'.repeat(2000)},de`, fallback: 'xx' }, 'en'],
		[{}, 'en'],
	])('%j -> %s', (wishes, language) => {
		expect(languageOf(wishes)).toBe(language);
	});
});
