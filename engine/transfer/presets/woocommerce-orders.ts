import type { JsonObject } from '../../kernel';
import { emptyRecord, type ImportRecord, type NotTaken } from '../record';
import type { SourceRow } from '../types';
import { amount, asText, bare, moment } from '../values';
import { known, ORDER_CANCELLED, ORDER_COMPLETED } from './order';
import type { Preset } from './preset';

/** Paid, or on the way to be. Failed orders, drafts and those in the bin are left out. */
const COMPLETED = new Set(['completed', 'processing', 'on-hold', 'pending', 'refunded']);

/**
 * The orders' CSV of the import and export suites (https://woocommerce.com/document/import-and-export-of-woocommerce-orders/): order_id, order_number,
 * order_date, status, order_total, order_currency, billing_email, customer_id, line_item_1 ("name:Beanie|sku:b1|quantity:2|total:30.00|…"), …
 * What Analytics downloads names no e-mail address, so nobody could be found by it.
 */
export const woocommerceOrders: Preset = {
	about: 'events',
	source: 'woocommerce',
	signs: ['billing_email', 'customer_email'],
	hint: 'Export orders with a column billing_email, as the import and export suites for WooCommerce do; the download under Analytics, Orders names no e-mail address.',
	columns: {},
	read: ([row]) => (row === undefined ? 'skipped' : readOrder(row)),
};

function readOrder(row: SourceRow): ImportRecord | NotTaken {
	const cell = (name: string): string => bare(asText(row.values[name]));
	const id = cell('order_id') || cell('id') || cell('order_number');
	if (id === '') return { refused: 'The order has no order_id.' };
	const status = cell('status').toLowerCase().replace(/^wc-/, '');
	if (status !== 'cancelled' && !COMPLETED.has(status)) return 'skipped';
	const record = emptyRecord(row.line);
	const email = cell('billing_email') || cell('customer_email');
	const customer = cell('customer_id') || cell('customer_user');
	if (email !== '') {
		record.identities.push({ kind: 'email', value: email });
		record.attributes.email = email.toLowerCase();
	}
	if (/^[1-9]\d*$/.test(customer)) record.identities.push({ kind: 'woocommerce_customer', value: customer });
	if (cell('billing_phone') !== '') record.attributes.phone = cell('billing_phone');
	const properties = known({
		order_id: id, order_number: cell('order_number'), total: amount(cell('order_total')), subtotal: amount(cell('order_subtotal')), shipping: amount(cell('shipping_total')),
		tax: amount(cell('tax_total')), discount: amount(cell('discount_total')), currency: cell('order_currency'), payment_method: cell('payment_method_title') || cell('payment_method'),
		payment_status: status, shipping_method: cell('shipping_method'), country: cell('shipping_country') || cell('billing_country'), coupon: couponOf(cell('coupon_items')), products: products(row.values),
	});
	const at = moment(cell('order_date'));
	record.events.push({ name: ORDER_COMPLETED, messageId: `order-completed:${id}`, timestamp: at, properties });
	if (status === 'cancelled') record.events.push({ name: ORDER_CANCELLED, messageId: `order-cancelled:${id}`, timestamp: at, properties });
	return record;
}

/** "code:summer|amount:5.00;…": the first one's code. */
function couponOf(items: string): string | undefined {
	return /(?:^|\|)code:([^|;]+)/.exec(items)?.[1]?.trim();
}

function products(values: JsonObject): JsonObject[] {
	const items: JsonObject[] = [];
	for (let n = 1; ; n += 1) {
		const cell = values[`line_item_${n}`];
		if (cell === undefined && n > Object.keys(values).length) return items;
		const parts = new Map(asText(cell).split('|').map((part): [string, string] => [part.slice(0, part.indexOf(':')).trim(), part.slice(part.indexOf(':') + 1).trim()]));
		if (!parts.has('name')) continue;
		const quantity = amount(parts.get('quantity') ?? parts.get('qty')) ?? 1;
		const total = amount(parts.get('total'));
		items.push(known({ name: parts.get('name'), sku: parts.get('sku'), product_id: parts.get('product_id'), quantity, price: total === null || quantity === 0 ? undefined : total / quantity }));
	}
}
