import type { Liquid } from 'liquidjs';

import { argumentsOf, languageGiven, remembered, type FilterThis } from './locale';
import { FilterMisuse } from './misuse';
import { decimalText, numberText } from './numbers';

const plurals = remembered((language) => new Intl.PluralRules(language));
const ordinals = remembered((language) => new Intl.PluralRules(language, { type: 'ordinal' }));
const lists = remembered((language, type) => new Intl.ListFormat(language, { type: type as 'conjunction', style: 'long' }));

/** How ordinals are written, by language and form of Intl.PluralRules; '#' is the number. Languages that are not here write '#.'. */
const ORDINALS: Readonly<Record<string, Partial<Record<Intl.LDMLPluralRule, string>>>> = {
	ca: { one: '#r', two: '#n', few: '#t', other: '#è' },
	en: { one: '#st', two: '#nd', few: '#rd', other: '#th' },
	es: { other: '#.º' },
	fr: { one: '#er', other: '#e' },
	it: { other: '#º' },
	ja: { other: '第#' },
	ko: { other: '제#' },
	nl: { other: '#e' },
	pt: { other: '#º' },
	ru: { other: '#-й' },
	sv: { one: '#:a', other: '#:e' },
	zh: { other: '第#' },
};

/**
 * plural: the form that the language has for this number, by the categories of CLDR (zero, one, two, few, many, other); '#' is the number, written as the language does.
 * `{{ n | plural: one: '# book', other: '# books' }}`; `none:` is for 0 in every language; a form that is missing is `other`, which must be there.
 * ordinal: '3rd', '3.', or with forms of its own as plural. list: `{{ names | list }}` 'Ann, Ben and Cy', `list: 'or'`; of objects with `by: 'name'`.
 */
export function registerWords(liquid: Liquid): void {
	liquid.registerFilter('plural', function (this: FilterThis, value: unknown, ...given: unknown[]) {
		const { named } = argumentsOf(given);
		if (typeof named.other !== 'string') throw new FilterMisuse('plural needs the form other:', 'Write it as in plural: one: \'# book\', other: \'# books\'');
		const decimal = decimalText(value);
		if (decimal === null) return '';
		const language = languageGiven(this, named);
		const form = Number(decimal) === 0 && typeof named.none === 'string' ? named.none : (named[plurals(language).select(Number(decimal))] ?? named.other);
		return filled(String(form), language, decimal);
	});
	liquid.registerFilter('ordinal', function (this: FilterThis, value: unknown, ...given: unknown[]) {
		const { named } = argumentsOf(given);
		const decimal = decimalText(value);
		if (decimal === null) return '';
		const language = languageGiven(this, named);
		const forms: Readonly<Record<string, unknown>> = typeof named.other === 'string' ? named : (ORDINALS[language.split('-')[0] ?? ''] ?? {});
		return filled(String(forms[ordinals(language).select(Number(decimal))] ?? forms.other ?? '#.'), language, decimal);
	});
	liquid.registerFilter('list', function (this: FilterThis, value: unknown, ...given: unknown[]) {
		const { named, plain } = argumentsOf(given);
		const type = plain[0] === 'or' ? 'disjunction' : plain[0] === 'unit' ? 'unit' : 'conjunction';
		const by = typeof named.by === 'string' ? named.by : null;
		const words = (Array.isArray(value) ? value : [value]).map((one: unknown) => wordOf(one, by)).filter((word) => word !== '');
		return lists(languageGiven(this, named), type).format(words);
	});
}

function wordOf(value: unknown, by: string | null): string {
	const word = by !== null && typeof value === 'object' && value !== null && Object.hasOwn(value, by) ? (value as Record<string, unknown>)[by] : value;
	return typeof word === 'string' ? word.trim() : typeof word === 'number' ? String(word) : '';
}

function filled(form: string, language: string, decimal: string): string {
	return form.includes('#') ? form.replaceAll('#', () => numberText(language, decimal)) : form;
}
