import { amount } from '../values';
import { attribute, identity, skip, type Preset } from './preset';

/**
 * WooCommerce: Analytics, Customers, Download (Name, Username, Last Active, Sign Up, Email, Orders, Total Spend, AOV, Country / Region, City, Region,
 * Postal Code, Billing Phone, Shipping Phone, Role; get_export_columns in github.com/woocommerce/woocommerce,
 * plugins/woocommerce/src/Admin/API/Reports/Customers/Controller.php), or the customers' export of the import and export suites
 * (customer_id, user_email, first_name, billing_…). It says nothing about consent.
 */
export const woocommerceCustomers: Preset = {
	about: 'profiles',
	source: 'woocommerce',
	// WC_CSV_Exporter::escape_data, which Analytics uses too: '+4917…
	dropApostrophes: true,
	signs: ['total spend', 'aov', 'user_email', 'billing_email'],
	hint: 'Export it in WooCommerce under Analytics, Customers, Download.',
	columns: {
		email: identity('email'), user_email: identity('email'), billing_email: attribute('billingEmail'),
		customer_id: identity('woocommerce_customer'), id: identity('woocommerce_customer'),
		name: attribute('name'), username: attribute('username'), user_login: attribute('username'), user_pass: skip,
		first_name: attribute('firstName'), last_name: attribute('lastName'),
		'last active': attribute('lastActiveAt'), 'sign up': attribute('signedUpAt'), user_registered: attribute('signedUpAt'),
		orders: attribute('totalOrders'), 'total spend': attribute('totalSpent'), aov: attribute('averageOrderValue'),
		'country / region': attribute('country'), city: attribute('city'), region: attribute('region'), 'postal code': attribute('postalCode'),
		'billing phone': attribute('phone'), billing_phone: attribute('phone'), 'shipping phone': attribute('shippingPhone'), role: attribute('role'), roles: attribute('role'),
		billing_company: attribute('company'), billing_address_1: attribute('address1'), billing_address_2: attribute('address2'), billing_city: attribute('city'),
		billing_state: attribute('region'), billing_postcode: attribute('postalCode'), billing_country: attribute('country'),
	},
	finish: ({ attributes, identities }) => {
		const billing = attributes.billingEmail;
		if (!identities.some(({ kind }) => kind === 'email') && typeof billing === 'string') identities.push({ kind: 'email', value: billing });
		delete attributes.billingEmail;
		const email = identities.find(({ kind }) => kind === 'email');
		if (email !== undefined) attributes.email = email.value.toLowerCase();
		// Guests have the customer id 0, which is nobody's.
		const guest = identities.findIndex(({ kind, value }) => kind === 'woocommerce_customer' && value === '0');
		if (guest !== -1) identities.splice(guest, 1);
		for (const name of ['totalSpent', 'averageOrderValue'] as const) if (name in attributes) attributes[name] = amount(attributes[name]) ?? 0;
		if ('postalCode' in attributes) attributes.postalCode = String(attributes.postalCode);
		return undefined;
	},
};
