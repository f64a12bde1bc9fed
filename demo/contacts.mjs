import { chance } from './random.mjs';

/**
 * @typedef {{ userId: string, email: string, firstName: string, lastName: string, city: string, country: string, plan: string, language: string }} Contact
 */

const FIRST_NAMES = [
	'Ada', 'Björn', 'Chloé', 'Daria', 'Eşref', 'Fatima', 'Gonçalo', 'Hana', 'Ingrid', 'José', 'Katarzyna', 'Łukasz', 'Mário', 'Nguyễn', 'Oluwaseun',
	'Priya', 'Quentin', 'Renée', 'Søren', 'Tomáš', 'Ulla', 'Věra', 'Wei', 'Xóchitl', 'Yusuf', 'Zoë', '美咲', 'Дмитрий', 'Ελένη', "D'Arcy",
];
const LAST_NAMES = [
	'Åberg', 'Brânză', 'Çelik', 'Dvořák', "O'Connor", 'Fernández', 'Groß', 'Haddad', 'Ibrahim', 'Jørgensen', 'Kowalski', 'Li', 'Müller', 'Nakamura',
	'Öztürk', 'Peña', 'Quist', 'Rossi', 'Şahin', 'Tóth', 'Ünal', 'Vega, Jr.', 'Weiß', 'Yılmaz', 'Žižek',
];
const PLACES = [
	['Berlin', 'DE', 'de'], ['København', 'DK', 'da'], ['São Paulo', 'BR', 'pt'], ['Kraków', 'PL', 'pl'], ['İstanbul', 'TR', 'tr'], ['Lyon', 'FR', 'fr'],
	['Osaka', 'JP', 'ja'], ['Austin', 'US', 'en'], ['Málaga', 'ES', 'es'], ['Zürich', 'CH', 'de'],
];

/**
 * The demo's people: always the same for the same count and seed. All addresses are at example.com.
 * @param {number} count @param {number} seed
 * @returns {Contact[]}
 */
export function makeContacts(count, seed) {
	const random = chance(seed);
	return Array.from({ length: count }, (_, index) => {
		const number = String(index + 1).padStart(4, '0');
		const [city, country, language] = random.pick(PLACES);
		return {
			userId: `user-${number}`,
			email: `person-${number}@example.com`,
			firstName: random.pick(FIRST_NAMES),
			lastName: random.pick(LAST_NAMES),
			city,
			country,
			plan: random.oneOf({ free: 0.6, plus: 0.3, pro: 0.1 }),
			language,
		};
	});
}

/** Header and field. */
const COLUMNS = [
	['user_id', 'userId'], ['email', 'email'], ['first_name', 'firstName'], ['last_name', 'lastName'],
	['city', 'city'], ['country', 'country'], ['plan', 'plan'], ['language', 'language'],
];

/**
 * RFC 4180, UTF-8.
 * @param {Contact[]} contacts
 */
export function contactsCsv(contacts) {
	const line = (values) => values.map(quoted).join(',');
	const rows = contacts.map((contact) => COLUMNS.map(([, field]) => contact[field]));
	return [COLUMNS.map(([header]) => header), ...rows].map(line).join('\r\n') + '\r\n';
}

const quoted = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
