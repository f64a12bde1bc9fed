import type { JsonObject } from '../kernel';
import type { Availability } from './types';

/** A product as it is stored. */
export interface ProductRow {
	id: string;
	title: string;
	description: string | null;
	link: string;
	image_link: string | null;
	price: string | null;
	sale_price: string | null;
	currency: string | null;
	availability: Availability;
	brand: string | null;
	category: string | null;
	item_group: string | null;
	custom: JsonObject;
}

/** Names of Google's product data specification (https://support.google.com/merchants/answer/7052112) and what shops call the same. */
const ALIASES: Readonly<Record<string, string>> = {
	product_id: 'id', item_id: 'id', sku: 'id', name: 'title', product_name: 'title', product_title: 'title', url: 'link', product_url: 'link', product_link: 'link', permalink: 'link',
	image: 'image_link', image_url: 'image_link', picture: 'image_link', image_src: 'image_link', product_type: 'category', google_product_category: 'category', product_category: 'category', categories: 'category',
	manufacturer: 'brand', vendor: 'brand', stock_status: 'availability', parent_id: 'item_group_id', regular_price: 'price', special_price: 'sale_price', summary: 'description', body_html: 'description', content: 'description',
};
const OWN = new Set(['id', 'title', 'description', 'link', 'image_link', 'price', 'sale_price', 'currency', 'availability', 'brand', 'category', 'item_group_id']);
/** The shop's own category says more than Google's number; the more exact of two names for the same counts. */
const WEAK = new Set(['google_product_category', 'sku', 'categories', 'body_html', 'content', 'summary', 'regular_price']);

const LONGEST: Readonly<Record<string, number>> = { id: 200, title: 500, description: 5_000, link: 2_000, image_link: 2_000, brand: 200, category: 750, item_group_id: 200 };
const MOST_CUSTOM = 50;
const LONGEST_CUSTOM = 1_000;

/** A name of a column, key or element, as fields have it: `g:image_link`, 'Image Link' and imageLink are one. */
export function fieldName(given: string): string {
	return given.trim().replace(/^[A-Za-z]+:(?=.)/, '').replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase().replace(/[\s.-]+/g, '_');
}

/** A row of a feed by its fields' names, or what is wrong with it and what to do. */
export function productOf(given: Readonly<Record<string, string>>, defaults: { currency: string | null }): ProductRow | { reason: string } {
	const values: Record<string, string> = {};
	const custom: JsonObject = {};
	for (const [name, value] of Object.entries(given).sort(([a], [b]) => Number(WEAK.has(a)) - Number(WEAK.has(b)))) {
		const text = value.trim();
		if (text === '') continue;
		const field = OWN.has(name) ? name : (ALIASES[name] ?? '');
		if (OWN.has(field) && values[field] === undefined) values[field] = text;
		else if (Object.keys(custom).length < MOST_CUSTOM) custom[name] = text.slice(0, LONGEST_CUSTOM);
	}
	const { id, title, link } = values;
	for (const [field, value] of Object.entries({ id, title, link })) if (value === undefined) return { reason: `There is no ${field}. Each product needs an id, a title and a link: fill them in, or leave the row out of the feed.` };
	for (const [field, longest] of Object.entries(LONGEST)) {
		if ((values[field]?.length ?? 0) <= longest) continue;
		if (field !== 'description' && field !== 'title') return { reason: `The ${field} has more than ${longest} characters. Shorten it.` };
		values[field] = `${(values[field] ?? '').slice(0, longest - 1)}…`;
	}
	for (const field of ['link', 'image_link']) if (values[field] !== undefined && !isWebAddress(values[field])) return { reason: `The ${field} is no web address. Write it in whole, beginning with https://.` };
	const currency = values.currency === undefined ? defaults.currency : codeOf(values.currency);
	const price = moneyOf(values.price, currency);
	const sale = moneyOf(values.sale_price, price?.currency ?? currency);
	if (price === null || sale === null) return { reason: 'The price cannot be read. Write it as 12.34 EUR: a number with a full stop, a blank, and the currency in three letters.' };
	if (price !== undefined && price.currency === null) return { reason: 'The price has no currency in three letters. Write it behind the number, as 12.34 EUR, or choose a currency for the feed.' };
	if (sale !== undefined && sale.currency !== (price?.currency ?? sale.currency)) return { reason: 'The sale price has another currency than the price. Write both in one.' };
	const availability = availabilityOf(values.availability);
	if (availability === null) return { reason: 'The availability is not known. Use in_stock, out_of_stock, preorder or backorder.' };
	return {
		id: values.id ?? '', title: values.title ?? '', link: values.link ?? '', description: values.description ?? null, image_link: values.image_link ?? null, price: price?.amount ?? null, sale_price: sale?.amount ?? null,
		currency: price?.currency ?? sale?.currency ?? null, availability, brand: values.brand ?? null, category: values.category ?? null, item_group: values.item_group_id ?? null, custom,
	};
}

function isWebAddress(text: string): boolean {
	return /^https?:\/\//i.test(text) && URL.canParse(text);
}

const SYMBOLS: Readonly<Record<string, string>> = { '€': 'EUR', '£': 'GBP', '₩': 'KRW', '₹': 'INR', zł: 'PLN', '₺': 'TRY', '₫': 'VND', '₪': 'ILS', 원: 'KRW', 円: 'JPY', '₽': 'RUB', '₴': 'UAH', '฿': 'THB', Kč: 'CZK' };
/** No price is longer; what a column too many puts here may be a page. */
const LONGEST_PRICE = 100;

/** undefined: there is none. null: it cannot be read. A comma or full stop before one or two last digits is the decimal sign; others divide thousands. */
export function moneyOf(given: string | undefined, currency: string | null): { amount: string; currency: string | null } | null | undefined {
	if (given === undefined) return undefined;
	if (given.length > LONGEST_PRICE) return null;
	const [, before = '', number = '', after = ''] = /^\s*([^\d\s.,+-]*)\s*(\d[\d.,' \u00a0\u202f]*?)\s*([^\d\s.,]*)\s*$/u.exec(given) ?? [];
	if (number === '') return null;
	const named = (before === '' ? after : before).trim();
	if (before !== '' && after !== '') return null;
	const code = named === '' ? currency : (codeOf(named) ?? currency);
	// A mark at the end divides nothing: "12,-", "12.50."
	const bare = number.replace(/[' \u00a0\u202f]/g, '').replace(/[.,]+$/, '');
	const isThousands = /^\d{1,3}\.\d{3}$/.test(bare) && isWhole(code);
	const decimals = /[.,](\d{1,2})$/.exec(bare)?.[1] ?? (isThousands ? undefined : /^\d+\.(\d+)$/.exec(bare)?.[1]);
	const whole = (decimals === undefined ? bare : bare.slice(0, -decimals.length - 1)).replace(/[.,]/g, '');
	const amount = `${whole.replace(/^0+(?=\d)/, '')}${decimals === undefined ? '' : `.${decimals}`}`;
	return /^\d{1,15}(\.\d{1,6})?$/.test(amount) ? { amount, currency: code } : null;
}

const AVAILABILITIES: Readonly<Record<string, Availability>> = {
	instock: 'in_stock', available: 'in_stock', limitedavailability: 'in_stock', onlineonly: 'in_stock', true: 'in_stock', yes: 'in_stock', '1': 'in_stock', outofstock: 'out_of_stock', soldout: 'out_of_stock', unavailable: 'out_of_stock',
	discontinued: 'out_of_stock', false: 'out_of_stock', no: 'out_of_stock', '0': 'out_of_stock', preorder: 'preorder', presale: 'preorder', backorder: 'backorder', onbackorder: 'backorder',
};

/** Also as schema.org writes it. Nothing said: it can be had. */
function availabilityOf(given: string | undefined): Availability | null {
	if (given === undefined) return 'in_stock';
	return AVAILABILITIES[given.toLowerCase().replace(/^https?:\/\/schema\.org\//, '').replace(/[\s_-]/g, '')] ?? null;
}

/** null: it is no currency that one can tell, as "$" is not. */
function codeOf(named: string): string | null {
	return /^[A-Za-z]{3}$/.test(named) ? named.toUpperCase() : (SYMBOLS[named] ?? null);
}

/** Whose prices have no fraction (ISO 4217, exponent 0): a full stop before three digits divides thousands there. */
function isWhole(code: string | null): boolean {
	return code !== null && new Intl.NumberFormat('en', { style: 'currency', currency: code }).resolvedOptions().maximumFractionDigits === 0;
}
