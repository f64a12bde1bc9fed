import type { Liquid } from 'liquidjs';

import { isJsonObject } from '../../kernel';
import { argumentsOf, currencyFor, languageGiven, remembered, type FilterThis } from './locale';
import { FilterMisuse } from './misuse';

/** A decimal as people and databases write it; in exponents only what JSON makes of very large or small numbers. */
const DECIMAL = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?$/i;
const MOST_DIGITS = 60;

const amounts = remembered((language, currency, digits) => new Intl.NumberFormat(language, { style: 'currency', currency, ...digitsOf(digits) }));
const numbers = remembered((language, digits) => new Intl.NumberFormat(language, digitsOf(digits)));

function digitsOf(digits = ''): Intl.NumberFormatOptions {
	// 'negative': no minus before what is rounded to nothing.
	return digits === '' ? { signDisplay: 'negative' } : { signDisplay: 'negative', minimumFractionDigits: Number(digits), maximumFractionDigits: Number(digits) };
}

/**
 * money: an amount in its currency as the language writes it, with as many decimals as the currency has (ISO 4217: none for JPY), half away from zero. Never by floating
 * point: Intl rounds the decimal as it was written. `{{ total | money: 'EUR' }}`, `{{ total | money: 'EUR', decimals: 0, locale: 'de' }}`; an object {amount, currency} brings its
 * own currency; without one that of the settings. Nothing for what is no number.
 * number: the same without a currency. `{{ points | number }}`, `{{ share | number: 2 }}`.
 */
export function registerNumbers(liquid: Liquid): void {
	liquid.registerFilter('money', function (this: FilterThis, value: unknown, ...given: unknown[]) {
		const { named, plain } = argumentsOf(given);
		const { amount, currency } = priced(value);
		const decimal = decimalText(amount);
		const code = textOr(plain[0]) ?? textOr(named.currency) ?? currency ?? currencyFor(this);
		if (!/^[A-Za-z]{3}$/.test(code)) throw new FilterMisuse('money takes a currency of three letters, such as EUR', 'Correct it, or give the value it is taken from a default');
		return decimal === null ? '' : amounts(languageGiven(this, named), code.toUpperCase(), decimals(named.decimals)).format(decimal as Intl.StringNumericLiteral);
	});
	liquid.registerFilter('number', function (this: FilterThis, value: unknown, ...given: unknown[]) {
		const { named, plain } = argumentsOf(given);
		const decimal = decimalText(value);
		return decimal === null ? '' : numbers(languageGiven(this, named), decimals(plain[0] ?? named.decimals)).format(decimal as Intl.StringNumericLiteral);
	});
}

/** A number with the separators of the language. */
export function numberText(language: string, value: string): string {
	return numbers(language, '').format(value as Intl.StringNumericLiteral);
}

/** The value as a decimal that Intl reads exactly; null: it is none. */
export function decimalText(value: unknown): string | null {
	const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : typeof value === 'string' ? value.trim() : '';
	return text.length <= MOST_DIGITS && DECIMAL.test(text) ? text : null;
}

function priced(value: unknown): { amount: unknown; currency?: string } {
	if (!isJsonObject(value)) return { amount: value };
	const { amount = value.value, currency } = value;
	return { amount, ...(typeof currency === 'string' && currency !== '' ? { currency } : {}) };
}

function textOr(value: unknown): string | undefined {
	return typeof value === 'string' && value !== '' ? value : undefined;
}

function decimals(value: unknown): string {
	const number = Number(value ?? Number.NaN);
	return Number.isInteger(number) && number >= 0 && number <= 10 ? String(number) : '';
}
