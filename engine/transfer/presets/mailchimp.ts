import { asText, list } from '../values';
import { attribute, cellOf, identity, skip, type Preset } from './preset';

/**
 * Mailchimp: Audience, All contacts, Export Audience: a ZIP with subscribed_…, unsubscribed_…, cleaned_… and nonsubscribed_email_audience_export_….csv.
 * The first has Email Address, the audience's own fields, MEMBER_RATING, OPTIN_TIME, OPTIN_IP, CONFIRM_TIME, CONFIRM_IP, LATITUDE, LONGITUDE, GMTOFF, DSTOFF,
 * TIMEZONE, CC, REGION, LAST_CHANGED, LEID, EUID, NOTES, TAGS; the second UNSUB_TIME and why, the third CLEAN_TIME: addresses that bounced.
 * The names as public repositories read such files (the unsubscribed and cleaned ones have no LAST_CHANGED); that there are three files and
 * what cleaned means: "View unsubscribed and cleaned addresses" in Mailchimp's knowledge base.
 * The file does not say that it is the one of the non-subscribed; whoever has neither OPTIN_TIME nor CONFIRM_TIME is assumed to be one, and nothing is sent to them.
 * Times and IP addresses go with the consent as its proof; no page says of which zone the times are: they are taken as UTC.
 */
export const mailchimp: Preset = {
	about: 'profiles',
	source: 'mailchimp',
	signs: ['member_rating', 'optin_time', 'leid', 'euid', 'unsub_time', 'clean_time'],
	hint: 'Export it in Mailchimp under Audience, All contacts, Export Audience, and import each file of the ZIP.',
	columns: {
		'email address': identity('email'), email: identity('email'),
		'first name': attribute('firstName'), fname: attribute('firstName'), 'last name': attribute('lastName'), lname: attribute('lastName'),
		'phone number': attribute('phone'), phone: attribute('phone'), address: attribute('address'), birthday: attribute('birthday'), company: attribute('company'),
		euid: identity('mailchimp_contact'), leid: skip, member_rating: attribute('memberRating'),
		optin_time: attribute('optinTime'), confirm_time: attribute('confirmTime'), optin_ip: skip, confirm_ip: skip,
		latitude: skip, longitude: skip, gmtoff: skip, dstoff: skip, timezone: attribute('timezone'), cc: attribute('country'), region: attribute('region'),
		last_changed: skip, notes: attribute('note'), tags: attribute('tags'), status: skip,
		unsub_time: skip, unsub_campaign_title: skip, unsub_campaign_id: skip, unsub_reason: skip, unsub_reason_other: skip,
		clean_time: skip, clean_campaign_title: skip, clean_campaign_id: skip,
	},
	finish: (record, row, header) => {
		const { attributes, identities, consents, suppressions } = record;
		const email = identities.find(({ kind }) => kind === 'email');
		if (email !== undefined) attributes.email = email.value.toLowerCase();
		if ('tags' in attributes) attributes.tags = list(attributes.tags);
		if (typeof attributes.country === 'string') attributes.country = attributes.country.toUpperCase();
		const said = Boolean(attributes.optinTime ?? attributes.confirmTime);
		delete attributes.optinTime;
		delete attributes.confirmTime;
		const word = asText(cellOf(row, 'status')).toLowerCase();
		if (header.has('clean_time') || word === 'cleaned') suppressions.push({ channel: 'email', reason: 'hard-bounce' });
		else {
			const state = header.has('unsub_time') || word === 'unsubscribed' ? 'unsubscribed' : said && (word === '' || word === 'subscribed') ? 'subscribed' : 'pending';
			// Confirmed or not, what they said yes to is told by the later of the two, which is the double opt-in.
			const step = cellOf(row, 'confirm_time') ? 'confirm' : 'optin';
			const proof = state === 'unsubscribed' ? { at: cellOf(row, 'unsub_time') } : { at: cellOf(row, `${step}_time`), ip: cellOf(row, `${step}_ip`) };
			consents.push({ channel: 'email', topic: '', state, proof });
		}
		return undefined;
	},
};
