import { isJsonObject, type JsonValue } from '../../kernel';
import type { RecordProof } from '../proof';
import type { ImportRecord } from '../record';
import { asText, list, parsed } from '../values';
import { attribute, identity, skip, type Preset } from './preset';

/**
 * Mautic (github.com/mautic/mautic): Contacts, Export (ContactExportSchedulerModel: the profile fields, nothing of consent), with the fields' aliases as headers (id, firstname, lastname, email, mobile, …, points, stage, tags); the import's own doNotEmail;
 * (docs.mautic.org, contacts/import-contacts); the report "Do Not Contact" with reason, channel and date (ReportDNCSubscriber; labels as in English); or contacts of its API as NDJSON, with doNotContact: [{channel, reason, dateAdded}].
 * Reasons (LeadBundle/Entity/DoNotContact): 0 contactable, 1 unsubscribed, 2 bounced, 3 manual. The date of an opt-out is its proof. Only of who must not be contacted there is one:
 * Mautic keeps nothing of who said yes, and when.
 */
export const mautic: Preset = {
	about: 'profiles',
	source: 'mautic',
	signs: ['firstname', 'lastname', 'preferred_locale', 'donotemail', 'donotcontact', 'last_active', 'dnc reason', 'dnc date', 'reason', 'points'],
	hint: 'Export it in Mautic under Contacts, Export.',
	columns: {
		id: identity('mautic_contact'), 'contact id': identity('mautic_contact'), email: identity('email'),
		title: attribute('title'), firstname: attribute('firstName'), 'first name': attribute('firstName'), lastname: attribute('lastName'), 'last name': attribute('lastName'),
		company: attribute('company'), position: attribute('position'), phone: attribute('phone'), mobile: attribute('mobile'), fax: skip,
		address1: attribute('address1'), address2: attribute('address2'), city: attribute('city'), state: attribute('region'), zipcode: attribute('postalCode'), country: attribute('country'),
		timezone: attribute('timezone'), preferred_locale: attribute('language'), last_active: attribute('lastActiveAt'), lastactive: attribute('lastActiveAt'),
		points: attribute('points'), stage: attribute('mauticStage'), tags: attribute('tags'), owner: skip, ownerusername: skip, createdbyuser: skip, modifiedbyuser: skip,
		dateadded: attribute('signedUpAt'), datemodified: skip, dateidentified: skip, ip: skip, ipaddresses: skip,
		attribution: skip, attribution_date: skip, donotemail: skip, donotcontact: skip, fields: skip, utmtags: skip,
		'dnc reason': skip, reason: skip, channel: skip, 'dnc channel': skip, comments: skip, 'channel id': skip, 'dnc date': skip, 'dnc comment': skip, 'dnc channel id': skip,
	},
	finish: (record, row) => {
		const value = (name: string): JsonValue | undefined => Object.entries(row.values).find(([key]) => key.toLowerCase() === name)?.[1];
		const all = value('fields');
		if (isJsonObject(all) && isJsonObject(all.all)) fromApi(record, all.all);
		const { attributes, identities } = record;
		const email = identities.find(({ kind }) => kind === 'email');
		if (email !== undefined) attributes.email = email.value.toLowerCase();
		if (attributes.phone === undefined && attributes.mobile !== undefined) attributes.phone = attributes.mobile;
		if ('tags' in attributes) attributes.tags = tagsOf(attributes.tags);
		if (/^(1|true|yes)$/i.test(asText(value('donotemail')))) record.consents.push({ channel: 'email', topic: '', state: 'unsubscribed' });
		const reason = asText(value('dnc reason')) || asText(value('reason'));
		if (reason !== '') doNotContact(record, { channel: asText(value('channel')) || asText(value('dnc channel')) || 'email', reason, at: value('dnc date') });
		const entries = value('donotcontact');
		const given = typeof entries === 'string' ? (parsed(entries) ?? entries) : entries;
		if (Array.isArray(given) || isJsonObject(given)) {
			for (const entry of Object.values(given)) if (isJsonObject(entry)) doNotContact(record, { channel: asText(entry.channel) || 'email', reason: asText(entry.reason), at: entry.dateAdded });
		} else if (!/^(0|no|false|null|)$/i.test(asText(given))) doNotContact(record, { channel: 'email', reason: 'unsubscribed' });
		return undefined;
	},
};

/** "vip|blog" of an export, or [{tag: 'vip'}, …] of the API. */
function tagsOf(given: JsonValue | undefined): string[] {
	if (Array.isArray(given)) return list(given.map((one) => (isJsonObject(one) ? asText(one.tag) : one)));
	return list(asText(given).replaceAll('|', ','));
}

function fromApi(record: ImportRecord, fields: Record<string, JsonValue>): void {
	for (const [name, value] of Object.entries(fields)) {
		if (value === null || value === '') continue;
		const use = Object.hasOwn(mautic.columns, name) ? mautic.columns[name] : attribute(name);
		if (!isJsonObject(use)) continue;
		if ('identity' in use && !record.identities.some(({ kind }) => kind === use.identity)) record.identities.push({ kind: use.identity, value: asText(value) });
		else if ('attribute' in use) record.attributes[use.attribute] = value;
	}
}

/** Its own name, or the label and the link that the report shows instead: <a href="/s/sms/view/3">Text Message</a>. Whatever else it is, an opt-out counts: then for e-mail. */
function channelOf(text: string): string {
	if (/sms|text/i.test(text)) return 'sms';
	return /notification|push/i.test(text) ? 'push' : 'email';
}

function doNotContact(record: ImportRecord, { channel, reason, at }: { channel: string; reason: string; at?: JsonValue | undefined }): void {
	const word = reason.toLowerCase();
	if (word === '0' || word === 'contactable') return;
	const where = channelOf(channel);
	if (word === '2' || word.includes('bounce')) record.suppressions.push({ channel: where, reason: 'hard-bounce' });
	else if (word === '3' || word.includes('manual')) record.suppressions.push({ channel: where, reason: 'manual' });
	else record.consents.push({ channel: where, topic: '', state: 'unsubscribed', ...proofOf(at) });
}

const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];
/** As a report writes a date unless its formats were changed ("F j, Y g:i a"); the months are English in every language of Mautic. */
const WRITTEN = /^([a-z]+) (\d{1,2}), (\d{4}) (\d{1,2}):(\d{2}) ?([ap])m$/i;

/** A report's times are in the zone of Mautic's settings, which the file does not tell: they are taken as UTC, like those of the other presets. */
function proofOf(at: JsonValue | undefined): { proof?: RecordProof } {
	if (asText(at) === '') return {};
	const [, month = '', day = '', year = '', hour = '', minute = '', half = ''] = WRITTEN.exec(asText(at)) ?? [];
	const number = MONTHS.indexOf(month.toLowerCase()) + 1;
	if (number === 0) return { proof: { at } };
	const two = (given: number | string): string => String(given).padStart(2, '0');
	return { proof: { at: `${year}-${two(number)}-${two(day)}T${two((Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0))}:${minute}:00Z` } };
}
