import { emptyRecord, type ImportRecord, type NotTaken } from '../record';
import type { SourceRow } from '../types';
import { amount, asText, bare, list, moment } from '../values';
import { known, ORDER_CANCELLED, ORDER_COMPLETED } from './order';
import type { Preset } from './preset';

/**
 * Shopify admin: Orders, Export. One line for each item of an order; the order's own columns (Financial Status, Total, Created at, …) are
 * on its first line only, Name (#1001) and Email on each. The names as public repositories read and write such files (the full header:
 * QuickOrders::OrderRow.csv_rows); Shopify's help page on it could not be looked up. Voided and expired orders were never paid: they are left out.
 * Consent is not read: what a buyer ticked at an old order may have been taken back since; the customers' export knows.
 */
export const shopifyOrders: Preset = {
	about: 'events',
	source: 'shopify',
	signs: ['lineitem name', 'financial status'],
	hint: 'Export it in Shopify under Orders, Export.',
	columns: {},
	key: (row) => asText(row.values.Name),
	read: (rows) => readOrder(rows),
};

function readOrder(rows: readonly SourceRow[]): ImportRecord | NotTaken {
	const [row] = rows;
	if (row === undefined) return 'skipped';
	const cell = (name: string): string => bare(asText(row.values[name]));
	const name = cell('Name');
	if (name === '') return { refused: 'The order has no Name (#1001).' };
	const status = cell('Financial Status').toLowerCase();
	if (status === 'voided' || status === 'expired') return 'skipped';
	const record = emptyRecord(row.line);
	const email = cell('Email');
	const phone = cell('Phone') || cell('Billing Phone');
	if (email !== '') {
		record.identities.push({ kind: 'email', value: email });
		record.attributes.email = email.toLowerCase();
	} else if (phone !== '') record.identities.push({ kind: 'phone', value: phone });
	if (phone !== '') record.attributes.phone = phone;
	const properties = known({
		order_id: name, shopify_id: cell('Id'), total: amount(cell('Total')), subtotal: amount(cell('Subtotal')), shipping: amount(cell('Shipping')), tax: amount(cell('Taxes')),
		discount: amount(cell('Discount Amount')), refunded: amount(cell('Refunded Amount')) || undefined, currency: cell('Currency'), coupon: cell('Discount Code'),
		payment_method: cell('Payment Method'), payment_status: status, fulfillment_status: cell('Fulfillment Status'), shipping_method: cell('Shipping Method'),
		country: cell('Shipping Country') || cell('Billing Country'), tags: cell('Tags') === '' ? undefined : list(cell('Tags')), products: products(rows),
	});
	// The id stays when somebody renumbers orders; older exports have none.
	const key = cell('Id') || name;
	record.events.push({ name: ORDER_COMPLETED, messageId: `order-completed:${key}`, timestamp: moment(cell('Created at') || cell('Paid at')), properties });
	if (cell('Cancelled at') !== '') {
		record.events.push({ name: ORDER_CANCELLED, messageId: `order-cancelled:${key}`, timestamp: moment(cell('Cancelled at')), properties });
	}
	return record;
}

function products(rows: readonly SourceRow[]) {
	return rows.flatMap(({ values }) => {
		const name = asText(values['Lineitem name']);
		if (name === '') return [];
		return [known({
			name, sku: bare(asText(values['Lineitem sku'])), quantity: amount(values['Lineitem quantity']), price: amount(values['Lineitem price']),
			discount: amount(values['Lineitem discount']) || undefined, brand: asText(values.Vendor),
		})];
	});
}
