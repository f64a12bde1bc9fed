import type { JsonValue } from '../../kernel';
import type { ImportRecord } from '../record';
import { amount, asText, suppressionReason } from '../values';
import { attribute, cellOf, identity, proof, skip, type Preset } from './preset';

/**
 * Klaviyo: Audience, Lists & segments, Manage list, Export list to CSV, with the columns Email Marketing Consent (SUBSCRIBED, UNSUBSCRIBED,
 * NEVER_SUBSCRIBED) and … Timestamp (when that was said), SMS Marketing Consent and Email Suppressions (why an address is not written to: HARD_BOUNCE, USER_SUPPRESSED, …). Never subscribed becomes pending.
 * Reasons: https://help.klaviyo.com/hc/en-us/articles/115005246108 (who unsubscribed or complained is UNSUBSCRIBED there, not suppressed). The names of
 * the columns as public repositories read such files; Klaviyo's pages name none.
 */
export const klaviyo: Preset = {
	about: 'profiles',
	source: 'klaviyo',
	signs: ['klaviyo id', 'email marketing consent', 'email suppressions', 'profile created on'],
	hint: 'Export it in Klaviyo under Lists & segments, Manage list, Export list to CSV, with the consent columns ticked.',
	columns: {
		email: identity('email'), 'klaviyo id': identity('klaviyo_profile'), 'external id': attribute('externalId'),
		'first name': attribute('firstName'), 'last name': attribute('lastName'), 'phone number': attribute('phone'), organization: attribute('company'), title: attribute('title'),
		address: attribute('address1'), 'address 2': attribute('address2'), city: attribute('city'), 'state / region': attribute('region'), country: attribute('country'),
		'zip code': attribute('postalCode'), latitude: skip, longitude: skip, source: attribute('klaviyoSource'), 'ip address': skip,
		'email marketing consent': { consent: 'email' }, 'email marketing consent timestamp': proof('email', 'at'), 'sms marketing consent': { consent: 'sms' }, 'sms marketing consent timestamp': proof('sms', 'at'),
		'email suppressions': { suppression: 'email' }, 'email suppressions timestamp': skip, 'sms suppressions': { suppression: 'sms' },
		'profile created on': attribute('signedUpAt'), 'first active': skip, 'last active': attribute('lastActiveAt'), 'date added': skip, 'last open': skip, 'last click': skip,
		'historic customer lifetime value': attribute('totalSpent'), 'historic number of orders': attribute('totalOrders'), 'average order value': attribute('averageOrderValue'),
		'total customer lifetime value': skip, 'predicted customer lifetime value': skip, 'average days between orders': skip,
	},
	finish: (record, row) => {
		setEmail(record);
		const { attributes } = record;
		// Suppressed for nothing but UNSUBSCRIBED is an opt-out, no bad address: who signs up again is written to.
		const why = asText(cellOf(row, 'email suppressions'));
		if (/^\[?["']?unsubscribed?["']?\]?$/i.test(why)) {
			record.suppressions = record.suppressions.filter(({ channel }) => channel !== 'email');
			record.consents.push({ channel: 'email', topic: '', state: 'unsubscribed', proof: { at: cellOf(row, 'email suppressions timestamp') } });
		}
		if ('postalCode' in attributes) attributes.postalCode = String(attributes.postalCode);
		for (const name of ['totalSpent', 'averageOrderValue'] as const) if (name in attributes) attributes[name] = amount(attributes[name]) ?? 0;
		return undefined;
	},
};

/**
 * Klaviyo: Profiles, Suppressed profiles, Export: Email, perhaps Reason (or Suppression Reason) and Timestamp. Every row is an address that is not
 * written to; who unsubscribed has opted out, and may sign up again. No page says how this file's columns are called: with others, every row is still suppressed.
 */
export const klaviyoSuppressions: Preset = {
	about: 'profiles',
	source: 'klaviyo',
	signs: ['email'],
	hint: 'Export it in Klaviyo under Profiles, Suppressed profiles.',
	columns: { email: identity('email'), reason: attribute('reason'), 'suppression reason': attribute('reason'), timestamp: skip, date: skip, 'suppressed at': skip, 'first name': attribute('firstName'), 'last name': attribute('lastName') },
	finish: (record, row) => {
		setEmail(record);
		const reason: JsonValue | undefined = record.attributes.reason;
		delete record.attributes.reason;
		if (/^unsubscribed?$/i.test(asText(reason))) record.consents.push({ channel: 'email', topic: '', state: 'unsubscribed', proof: { at: cellOf(row, 'timestamp') ?? cellOf(row, 'suppressed at') ?? cellOf(row, 'date') } });
		else record.suppressions.push({ channel: 'email', reason: suppressionReason(reason) ?? 'manual' });
		return undefined;
	},
};

function setEmail({ identities, attributes }: ImportRecord): void {
	const email = identities.find(({ kind }) => kind === 'email');
	if (email !== undefined) attributes.email = email.value.toLowerCase();
}
