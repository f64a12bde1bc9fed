import { amount, list } from '../values';
import { attribute, identity, skip, type Preset } from './preset';

/**
 * Shopify admin: Customers, Export, "CSV for Excel, Numbers, or other spreadsheet programs" or "Plain CSV file".
 * Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,…,Phone,Accepts SMS Marketing,Total Spent,Total Orders,
 * Note,Tax Exempt,Tags; before 2023 Accepts Marketing, Address1, Province and so on. Metafields keep their headers. The names as several public
 * repositories read such files, Accepts WhatsApp Marketing among them; Shopify's help page on it could not be looked up.
 * A "no" may be an opt-out or the default: the stricter is taken.
 */
export const shopifyCustomers: Preset = {
	about: 'profiles',
	source: 'shopify',
	dropApostrophes: true,
	signs: ['accepts email marketing', 'accepts marketing', 'customer id'],
	hint: 'Export it in Shopify under Customers, Export.',
	columns: {
		'customer id': identity('shopify_customer'),
		email: identity('email'),
		'first name': attribute('firstName'), 'last name': attribute('lastName'),
		'accepts email marketing': { consent: 'email' }, 'accepts marketing': { consent: 'email' },
		'accepts sms marketing': { consent: 'sms' }, 'accepts whatsapp marketing': { consent: 'whatsapp' },
		phone: attribute('phone'),
		'default address company': attribute('company'), company: attribute('company'),
		'default address address1': attribute('address1'), address1: attribute('address1'),
		'default address address2': attribute('address2'), address2: attribute('address2'),
		'default address city': attribute('city'), city: attribute('city'),
		'default address province code': attribute('region'), 'province code': attribute('region'), province: skip,
		'default address country code': attribute('country'), 'country code': attribute('country'), country: skip,
		'default address zip': attribute('postalCode'), zip: attribute('postalCode'),
		'default address phone': attribute('addressPhone'),
		'total spent': attribute('totalSpent'), 'total orders': attribute('totalOrders'),
		note: attribute('note'), 'tax exempt': attribute('taxExempt'), tags: attribute('tags'),
	},
	finish: (record) => {
		const { attributes } = record;
		const email = record.identities.find(({ kind }) => kind === 'email');
		if (email !== undefined) attributes.email = email.value.toLowerCase();
		if ('tags' in attributes) attributes.tags = list(attributes.tags);
		if ('totalSpent' in attributes) attributes.totalSpent = amount(attributes.totalSpent) ?? 0;
		if ('postalCode' in attributes) attributes.postalCode = String(attributes.postalCode);
		if (attributes.taxExempt === 'yes' || attributes.taxExempt === 'no') attributes.taxExempt = attributes.taxExempt === 'yes';
		return undefined;
	},
};
