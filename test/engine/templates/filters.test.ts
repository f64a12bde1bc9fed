import fc from 'fast-check';
import { DateTime } from 'luxon';

import { compileText, type Surroundings } from './compiled';

/** What the Liquid gives for this profile. Intl's narrow and unbreakable spaces as plain ones. */
async function said(liquid: string, profile: object = {}, around?: Surroundings, item: object = {}): Promise<string> {
	const compiled = await compileText({ text: `[${liquid}]`, ...(around === undefined ? {} : { around }) });
	return compiled.render({ profile: { ...profile }, journey: {}, event: null, item: { ...item }, links: {} }).text.slice(1, -1).replace(/[\u00a0\u202f]/g, ' ').replace(/[\u200e\u200f\u061c]/g, '');
}

describe('money', () => {
	it.each([
		['en', 'USD', '1234.5', '$1,234.50'],
		['de', 'EUR', '1234.5', '1.234,50 €'],
		['fr', 'EUR', '1234.5', '1 234,50 €'],
		['ja', 'JPY', '1234.5', '￥1,235'],
		['pl', 'PLN', '12345.5', '12 345,50 zł'],
		['ru', 'RUB', '1234.5', '1 234,50 ₽'],
		['en', 'KWD', '1.2345', 'KWD 1.235'],
		['de', 'EUR', '-3', '-3,00 €'],
	])('writes an amount as %s does, with as many decimals as %s has', async (locale, currency, amount, expected) => {
		expect(await said(`{{ item.total | money: '${currency}' }}`, { locale }, undefined, { total: amount })).toBe(expected);
	});

	it('never rounds by floating point: every decimal of cents comes out as it went in', async () => {
		await fc.assert(fc.asyncProperty(fc.bigInt({ min: 0n, max: 10n ** 24n }), async (cents) => {
			const text = cents.toString().padStart(3, '0');
			const decimal = `${text.slice(0, -2)}.${text.slice(-2)}`;

			expect((await said("{{ item.total | money: 'EUR' }}", { locale: 'en' }, undefined, { total: decimal })).replace(/[€,]/g, '')).toBe(decimal);
		}), { numRuns: 200, seed: 5 });
	});

	it('rounds halves away from zero, where floating point would round 1.005 down', async () => {
		expect(await said("{{ '1.005' | money: 'EUR', locale: 'en' }} {{ 1.005 | money: 'EUR', locale: 'en' }} {{ '0.5' | money: 'JPY', locale: 'en' }}")).toBe('€1.01 €1.01 ¥1');
	});

	it('takes the currency of the value, else that of the settings, and decimals when asked', async () => {
		expect(await said('{{ item.price | money }} {{ 5 | money }} {{ 5 | money: decimals: 0 }}', { locale: 'en' }, { currency: 'GBP' }, { price: { amount: '7.10', currency: 'CHF' } })).toBe('CHF 7.10 £5.00 £5');
	});

	it('writes no minus before nothing', async () => {
		expect(await said("{{ '-0.001' | money: 'EUR' }} {{ '-0' | number }} {{ '-0.01' | number: 1 }} {{ '-0.01' | money: 'EUR' }}", { locale: 'en' })).toBe('€0.00 0 0.0 -€0.01');
	});

	it('says what is no currency, without naming anybody\'s value', async () => {
		await expect(said("{{ 5 | money: item.currency }}", {}, undefined, { currency: 'Anns' })).rejects.toThrow(/^Text, line 1: (?!.*Anns)money takes a currency of three letters/);
	});

	it('shows nothing for what is no number', async () => {
		expect(await said("{{ 'soon' | money: 'EUR' }}{{ item.none | money: 'EUR' }}{{ '1e999999' | money: 'EUR' }}")).toBe('');
	});
});

describe('date', () => {
	const at = '2026-03-02T23:30:00Z';

	it.each([
		['en-US', 'America/New_York', 'long', 'March 2, 2026'],
		['en-GB', 'Europe/London', 'full', 'Monday, 2 March 2026'],
		['de', 'Europe/Berlin', 'long', '3. März 2026'],
		['fr', 'Europe/Paris', 'datetime', '3 mars 2026 à 00:30'],
		['ja', 'Asia/Tokyo', 'long', '2026年3月3日'],
		['pl', 'Europe/Warsaw', 'day', '3 marca'],
		['ru', 'Europe/Moscow', 'weekday', 'вторник'],
		['de', 'Europe/Berlin', "EEEE, d. MMMM 'um' HH:mm", 'Dienstag, 3. März um 00:30'],
		['de', 'Europe/Berlin', '%d.%m.%Y %H:%M', '03.03.2026 00:30'],
	])('is written in the language and zone of somebody from %s, %s: %s', async (locale, timezone, style, expected) => {
		expect(await said(`{{ item.at | date: "${style}" }}`, { locale, timezone }, undefined, { at })).toBe(expected);
	});

	it('is that of the country when the person has no zone, else of the settings', async () => {
		expect(await said("{{ item.at | date: 'time' }}", { locale: 'de', country: 'JP' }, { zone: 'Europe/Berlin' }, { at })).toBe('08:30');
		expect(await said("{{ item.at | date: 'time' }}", { locale: 'de' }, { zone: 'Europe/Berlin' }, { at })).toBe('00:30');
	});

	it('without a time is that day in every zone', async () => {
		await fc.assert(fc.asyncProperty(fc.constantFrom('Pacific/Kiritimati', 'Pacific/Pago_Pago', 'America/New_York', 'Asia/Kolkata'), fc.integer({ min: 0, max: 20_000 }), async (timezone, day) => {
			const date = DateTime.fromMillis(day * 86_400_000, { zone: 'UTC' }).toISODate();

			expect(await said("{{ item.day | date: 'yyyy-MM-dd' }} {{ item.day | date: '%Y-%m-%d' }}", { timezone }, undefined, { day: date })).toBe(`${date} ${date}`);
		}), { numRuns: 100, seed: 5 });
	});

	it('names the same instant as the zone\'s clocks, for any instant', async () => {
		await fc.assert(fc.asyncProperty(fc.constantFrom('Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe'), fc.integer({ min: 0, max: 4_000_000_000 }), async (timezone, seconds) => {
			const shown = await said("{{ item.at | date: \"yyyy-MM-dd'T'HH:mm:ssZZ\" }}", { timezone }, undefined, { at: seconds });

			expect(Date.parse(shown)).toBe(seconds * 1000);
			expect(shown.slice(0, 16)).toBe(new Date(seconds * 1000).toLocaleString('sv', { timeZone: timezone }).replace(' ', 'T').slice(0, 16));
		}), { numRuns: 100, seed: 5 });
	});

	it.each(['1772494200', '1772494200000', ' 1772494200 '])('is also the number of seconds or milliseconds that somebody stored as text: "%s"', async (text) => {
		expect(await said("{{ item.at | date: 'yyyy-MM-dd HH:mm' }}", { timezone: 'Europe/Berlin' }, undefined, { at: text })).toBe('2026-03-03 00:30');
	});

	it('leaves what is no date as it is, and says where a zone is none without naming anybody\'s values', async () => {
		expect(await said("{{ 'soon' | date: 'long' }}{{ item.none | date: 'long' }}")).toBe('soon');
		await expect(said("{{ item.at | date: 'long', zone: item.zone }}", {}, undefined, { at, zone: 'Ann/Street' })).rejects.toThrow(/^Text, line 1: (?!.*Ann).*date does not know this zone/);
	});
});

describe('what only looks like a date', () => {
	it.each(['2026-02-30', '2026-13-01', '20', '12:30', 'T10:30', '99999999999999999999'])('leaves %s as it is and holds nobody for it', async (text) => {
		expect(await said("{{ item.at | date: 'long' }}", { locale: 'en' }, undefined, { at: text })).toBe(text);
	});

	it.each(['2026-02-30', '2026-02-30T10:00:00', '2026-02-30 10:00', '2026-13-01', '12:30', '99999999999999999999'])('leaves %s as it is in any pattern of Liquid, too', async (text) => {
		expect(await said("{{ item.at | date: '%d.%m.%Y' }}", { locale: 'en' }, undefined, { at: text })).toBe(text);
	});

	it('takes a short number for seconds where the pattern is of Liquid, as any Liquid does', async () => {
		expect(await said("{{ item.at | date: '%d.%m.%Y' }}", { locale: 'en' }, undefined, { at: '99999999' })).toBe('03.03.1973');
	});

	it('leaves a number that no calendar reaches', async () => {
		expect(await said("{{ item.at | date: 'long' }}", { locale: 'en' }, undefined, { at: 1e20 })).toBe('100000000000000000000');
	});
});

describe('now', () => {
	const REAL = ['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] as const;

	beforeEach(() => jest.useFakeTimers({ now: Date.parse('2026-03-02T23:30:00Z'), doNotFake: [...REAL] }));
	afterEach(() => jest.useRealTimers());

	it.each([
		["'full'", 'Dienstag, 3. März 2026'],
		["'d. MMMM yyyy'", '3. März 2026'],
		["'%Y'", '2026'],
		["'d.M.', zone: 'America/New_York'", '2.3.'],
	])('is written as any moment, in the language and the zone of the person: %s', async (format, expected) => {
		expect(await said(`{{ 'now' | date: ${format} }}`, { locale: 'de', timezone: 'Asia/Tokyo' })).toBe(expected);
		expect(await said(`{{ 'today' | date: ${format} }}`, { locale: 'de', timezone: 'Asia/Tokyo' })).toBe(expected);
	});
});

describe('plural', () => {
	const forms = "zero: 'zero', one: 'one', two: 'two', few: 'few', many: 'many', other: 'other'";

	it.each([
		['en', '1 2 5', 'one other other'],
		['de', '0 1 2', 'other one other'],
		['fr', '0 1 2 1000000', 'one one other many'],
		['ja', '0 1 2', 'other other other'],
		['ar', '0 1 2 3 11 100', 'zero one two few many other'],
		['pl', '1 2 5 22 25', 'one few many few many'],
		['ru', '1 2 5 21 22 25 11', 'one few many one few many many'],
	])('takes the form that %s has for %s', async (locale, counts, expected) => {
		expect(await said(`{% assign all = item.counts | split: ' ' %}{% for n in all %}{{ n | plural: ${forms} }} {% endfor %}`, { locale }, undefined, { counts })).toBe(`${expected} `);
	});

	it('chooses as Intl does and writes # as the language writes numbers, for any number', async () => {
		await fc.assert(fc.asyncProperty(fc.constantFrom('de', 'en', 'fr', 'ja', 'pl', 'ru'), fc.integer({ min: 0, max: 3_000_000 }), async (locale, n) => {
			const form = new Intl.PluralRules(locale).select(n);

			expect(await said("{{ item.n | plural: one: '# one', few: '# few', many: '# many', other: '# other' }}", { locale }, undefined, { n })).toBe(`${new Intl.NumberFormat(locale).format(n).replace(/[\u00a0\u202f]/g, ' ')} ${form}`);
		}), { numRuns: 200, seed: 5 });
	});

	it('has a form for none, and other for one that is not given', async () => {
		expect(await said("{{ 0 | plural: none: 'nothing', other: '#' }} {{ 1 | plural: other: '# left' }}", { locale: 'en' })).toBe('nothing 1 left');
	});

	it('says what is missing', async () => {
		await expect(said("{{ 1 | plural: one: 'x' }}")).rejects.toThrow(/^Text, line 1: plural needs the form other:/);
	});
});

describe('ordinal, list and number', () => {
	it.each([['en', '1st 2nd 3rd 11th 23rd'], ['de', '1. 2. 3. 11. 23.'], ['fr', '1er 2e 3e 11e 23e'], ['sv', '1:a 2:a 3:e 11:e 23:e']])('counts as %s does', async (locale, expected) => {
		expect(await said("{{ 1 | ordinal }} {{ 2 | ordinal }} {{ 3 | ordinal }} {{ 11 | ordinal }} {{ 23 | ordinal }}", { locale })).toBe(expected);
	});

	it.each([['en', 'Ann, Ben, and Cy'], ['de', 'Ann, Ben und Cy'], ['fr', 'Ann, Ben et Cy'], ['ja', 'Ann、Ben、Cy']])('joins a list as %s does', async (locale, expected) => {
		expect(await said("{{ item.names | list }}", { locale }, undefined, { names: ['Ann', 'Ben', '', 'Cy'] })).toBe(expected);
	});

	it('joins what objects are called, and with or', async () => {
		expect(await said("{{ item.products | list: 'or', by: 'name' }}", { locale: 'en' }, undefined, { products: [{ name: 'Lamp' }, { name: 'Desk' }] })).toBe('Lamp or Desk');
	});

	it('writes numbers with the separators of the language', async () => {
		expect(await said("{{ 1234567.891 | number }} {{ 2 | number: 2 }}", { locale: 'de' })).toBe('1.234.567,891 2,00');
	});
});

describe('the language of values', () => {
	it('is that of the content, with the person\'s region where they speak it', async () => {
		const liquid = "{{ '2026-03-02' | date: 'short' }}";

		expect(await said(liquid, { locale: 'en_GB' }, { language: 'en' })).toBe('02/03/2026');
		expect(await said(liquid, { locale: 'de-DE' }, { language: 'en' })).toBe('3/2/26');
		expect(await said(liquid, { locale: 'not a language' }, { fallbackLanguage: 'de' })).toBe('02.03.26');
	});
});
