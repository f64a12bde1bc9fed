import { CHANNELS, EngineError, isChannel, isJsonObject, isTopic, LONGEST_TOPIC, normaliseTopic, type Channel } from '../kernel';
import { calendarDay, checkBlackoutDate, clockMinutes, isZone } from '../kernel/local-time';
import { checkAlerts } from './alerts';
import { SETTING_NAMES } from './defaults';
import type { SettingsValues } from './types';

type Checks = { [Key in keyof SettingsValues]: (value: unknown) => SettingsValues[Key] };

const LONGEST_TEXT = 300;
const LONGEST_LIST = 1000;
const YEAR_S = 366 * 86_400;

/** Says what is wrong and what to write. Values of these settings are no personal data, but a sender's address may be: never quoted. */
function refuse(setting: string, must: string): never {
	throw new EngineError('BAD_INPUT', `Setting "${setting}" ${must}`, { setting });
}

function text(setting: string, value: unknown, what: string): string {
	if (typeof value !== 'string' || value.trim() === '' || value.length > LONGEST_TEXT || /[\0\ud800-\udfff]/u.test(value)) refuse(setting, `must have ${what}.`);
	return value.trim();
}

function list(setting: string, value: unknown, what: string): unknown[] {
	if (!Array.isArray(value) || value.length > LONGEST_LIST) refuse(setting, `must be a list of ${what} (at most ${LONGEST_LIST}).`);
	return value as unknown[];
}

function record(setting: string, value: unknown, what: string): Array<[string, unknown]> {
	if (!isJsonObject(value)) refuse(setting, `must be an object: ${what}.`);
	return Object.entries(value).map(([key, inner]) => [key.trim(), inner]);
}

function objects(setting: string, value: unknown, what: string): Array<Record<string, unknown>> {
	return list(setting, value, what).map((entry) => (isJsonObject(entry) ? entry : refuse(setting, `must be a list of ${what}; one of its entries is no object.`)));
}

function whole(setting: string, value: unknown, from: number, to: number, what: string): number {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < from || number > to) refuse(setting, `must have ${what}: a whole number from ${from} to ${to}.`);
	return number;
}

function noneTwice(setting: string, keys: readonly string[], what: string): void {
	if (new Set(keys).size < keys.length) refuse(setting, `names the same ${what} twice; keep one of them.`);
}

/** Scheme, host and port; and a path where one is wanted. Without trailing slash. */
/** As an address names it: lower case, and a port only where it is not the usual one. */
function pushHost(value: unknown): string {
	const given = text('pushServices', value, 'a host such as push.example.com').toLowerCase();
	if (!URL.canParse(`http://${given}`) || new URL(`http://${given}`).host !== given) refuse('pushServices', 'must have hosts without protocol and path, for example ["push.example.com"].');
	return given;
}

function webAddress(setting: string, value: unknown, example: string, withPath: boolean): string {
	const given = text(setting, value, `a web address such as ${example}`);
	let url: URL;
	try {
		url = new URL(given);
	} catch {
		return refuse(setting, `must have a web address such as ${example}, with https:// in front.`);
	}
	const bare = url.search === '' && url.hash === '' && url.username === '' && url.password === '' && (withPath || url.pathname === '/');
	if (!['http:', 'https:'].includes(url.protocol) || !bare) refuse(setting, `must have a web address such as ${example}${withPath ? '' : ', without a path'}.`);
	return withPath ? `${url.origin}${url.pathname}`.replace(/\/+$/, '') : url.origin;
}

/** Browsers name the whole origin, and it is compared as it is. */
function originIn(value: unknown): string {
	const origin = webAddress('corsOrigins', value, 'https://shop.example.com', false);
	if (origin.includes('*')) refuse('corsOrigins', 'cannot have a part of an address replaced by *; name every origin by itself, for example ["https://shop.example.com", "https://www.example.com"], or ["*"] for any.');
	return origin;
}

/** A channel misspelt would be a cap that never holds, or a topic that nobody is offered. */
function channelIn(setting: string, value: unknown): Channel {
	const channel = typeof value === 'string' ? value.trim().toLowerCase() : value;
	return isChannel(channel) ? channel : refuse(setting, `names a channel that there is not; use one of ${CHANNELS.join(', ')}.`);
}

/** Codes of groups of countries and of nobody, which Intl knows as well. */
const NO_COUNTRY: ReadonlySet<string> = new Set(['EU', 'EZ', 'UN', 'QO', 'ZZ', 'XA', 'XB']);

/** ISO 3166-1, as it is written today: UK becomes GB, else every number of that country would be refused without a word. null: none. */
function countryIn(text: string): string | null {
	if (!/^[a-z]{2}$/i.test(text)) return null;
	const code = new Intl.Locale(`und-${text.toUpperCase()}`).region ?? '';
	return NO_COUNTRY.has(code) || new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' }).of(code) === undefined ? null : code;
}

const optional = (name: string, value: unknown): Record<string, string> =>
	typeof value === 'string' && value.trim() !== '' ? { [name]: value.trim().slice(0, LONGEST_TEXT) } : {};

function clockTime(value: unknown): string {
	const minutes = typeof value === 'string' ? clockMinutes(value.trim()) : null;
	if (minutes === null) refuse('quietHours', 'must have times of the 24-hour clock, for example {"from": "21:00", "to": "08:00"}, or be null for none.');
	return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

const EMAIL = /^[^\s@<>,;"]+@[^\s@<>,;"]+$/;

const CHECKS: Checks = {
	zone: (value) => (isZone(value) ? value : refuse('zone', 'must be a time zone of the IANA list, for example Europe/Berlin or Asia/Seoul.')),
	defaultCountry: (value) => {
		if (value === null || value === '') return null;
		const code = typeof value === 'string' ? countryIn(value.trim()) : null;
		return code ?? refuse('defaultCountry', 'must be the code of a country in two letters, for example DE or KR, or null for none.');
	},
	currency: (value) => {
		const code = typeof value === 'string' ? value.trim().toUpperCase() : '';
		return Intl.supportedValuesOf('currency').includes(code) ? code : refuse('currency', 'must be the code of a currency in three letters, for example EUR.');
	},
	languages: (value) => {
		const given = list('languages', value, 'language codes, for example ["en", "de"]').map((entry) => {
			try {
				return Intl.getCanonicalLocales(text('languages', entry, 'language codes, for example en or pt-BR'))[0] ?? '';
			} catch {
				return refuse('languages', 'must have language codes such as en, de or pt-BR.');
			}
		});
		if (given.length === 0) refuse('languages', 'must have at least one language, for example ["en"].');
		return [...new Set(given)];
	},
	topics: (value) => {
		const topics = objects('topics', value, 'topics such as {"key": "newsletter", "name": "Newsletter"}').map((entry) => {
			const key = normaliseTopic(text('topics', entry.key, 'a key for every topic, for example newsletter'));
			if (!isTopic(key)) refuse('topics', `must have keys of at most ${LONGEST_TOPIC} characters, without control characters.`);
			const channels = entry.channels === undefined || entry.channels === null ? [] : list('topics', entry.channels, 'channels').map((channel) => channelIn('topics', channel));
			return { key, name: text('topics', entry.name ?? entry.key, 'a name for every topic'), ...optional('description', entry.description), ...(channels.length === 0 ? {} : { channels: [...new Set(channels)] }) };
		});
		noneTwice('topics', topics.map((topic) => topic.key), 'key');
		return topics;
	},
	caps: (value) => {
		const example = 'caps such as {"channel": "all", "max": 2, "perSeconds": 86400}';
		const caps = objects('caps', value, example).map((entry) => ({
			channel: entry.channel === undefined || entry.channel === 'all' ? 'all' : channelIn('caps', entry.channel),
			max: whole('caps', entry.max, 1, 10_000, '"max" for every cap (to stop sending altogether use Journey Control: Stop Sending)'),
			perSeconds: whole('caps', entry.perSeconds, 1, YEAR_S, '"perSeconds" for every cap, 86400 for a day'),
		}));
		noneTwice('caps', caps.map((cap) => `${cap.channel} ${cap.perSeconds}`), 'channel and window');
		return caps;
	},
	quietHours: (value) => {
		if (value === null || value === '') return null;
		const given = isJsonObject(value) ? value : refuse('quietHours', 'must be an object such as {"from": "21:00", "to": "08:00"}, or null for none.');
		const hours = { from: clockTime(given.from), to: clockTime(given.to) };
		if (hours.from === hours.to) refuse('quietHours', 'begin and end at the same time, which would leave no minute to send in; write null for no quiet hours.');
		return hours;
	},
	blackoutDates: (value) => {
		const example = 'dates such as {"date": "12-25", "name": "Christmas"} (every year) or {"date": "2027-04-05"} (once)';
		const dates = list('blackoutDates', value, example).map((entry) => {
			const given = isJsonObject(entry) ? entry : { date: entry };
			const date = text('blackoutDates', given.date, example);
			if (!checkBlackoutDate(date)) refuse('blackoutDates', `must have days of the calendar: ${example}.`);
			return { date, ...optional('name', (given as Record<string, unknown>).name) };
		});
		noneTwice('blackoutDates', dates.map((entry) => entry.date), 'date');
		if (dates.filter((entry) => entry.date.length === 5).length >= 365) refuse('blackoutDates', 'leave no day of the year to send on; use Journey Control: Stop Sending to stop altogether.');
		return dates;
	},
	guardedPurposes: (value) => (value === 'marketing' || value === 'all' ? value : refuse('guardedPurposes', 'must be "marketing", or "all" to hold transactional messages too.')),
	holdAtMostHours: (value) => whole('holdAtMostHours', value, 0, 24 * 31, 'hours'),
	senders: (value) => {
		const senders = objects('senders', value, 'senders such as {"key": "news", "channel": "email", "name": "Example", "address": "news@example.com"}').map((entry) => {
			const channel = entry.channel === undefined ? 'email' : channelIn('senders', entry.channel);
			const address = text('senders', entry.address, 'an address for every sender');
			if (channel === 'email' && !EMAIL.test(address)) refuse('senders', 'has an email sender whose address is no email address; write one without a name around it.');
			const replyTo = optional('replyTo', entry.replyTo);
			if (channel === 'email' && replyTo.replyTo !== undefined && !EMAIL.test(replyTo.replyTo)) refuse('senders', 'has a sender whose replyTo is no email address.');
			return { key: text('senders', entry.key, 'a key for every sender'), channel, address, ...optional('name', entry.name), ...replyTo };
		});
		noneTwice('senders', senders.map((sender) => sender.key), 'key');
		return senders;
	},
	warmUps: (value) => {
		const example = 'plans such as {"sender": "example.com", "from": "2026-09-01", "first": 50, "growth": 1.5, "final": 20000}';
		const plans = objects('warmUps', value, example).map((entry) => {
			const sender = text('warmUps', entry.sender, 'a sender for every plan, an address or a domain').toLowerCase();
			if (!EMAIL.test(sender) && !/^[^\s@<>,;"]+\.[^\s@<>,;".]+$/.test(sender)) refuse('warmUps', 'has a sender that is neither an email address nor a domain.');
			const from = text('warmUps', entry.from, example);
			if (calendarDay(from) === null) refuse('warmUps', 'must begin on a day of the calendar, for example "2026-09-01".');
			const [first, final] = [whole('warmUps', entry.first, 1, 10_000_000, '"first" for every plan'), whole('warmUps', entry.final, 1, 100_000_000, '"final" for every plan')];
			const growth = typeof entry.growth === 'string' && entry.growth.trim() !== '' ? Number(entry.growth) : entry.growth;
			if (typeof growth !== 'number' || !(growth >= 1 && growth <= 10)) refuse('warmUps', 'must grow by a factor from 1 to 10 a day; 1.5 is half as many more each day.');
			if (final < first) refuse('warmUps', 'has a final ceiling below that of its first day.');
			return { sender, from, first, growth, final };
		});
		noneTwice('warmUps', plans.map((plan) => plan.sender), 'sender');
		return plans;
	},
	publicUrl: (value) => (value === null || value === '' ? null : webAddress('publicUrl', value, 'https://links.example.com', true)),
	retention: (value) => Object.fromEntries(record('retention', value, 'an event\'s name and the days to keep it, for example {"Page Viewed": 90}')
		.map(([name, days]) => [name === '' ? refuse('retention', 'has days without the name of an event; name one, or * for every other.') : name, whole('retention', days, 1, 36_500, `days for "${name.slice(0, 80)}"`)])),
	executionDays: (value) => whole('executionDays', value, 0, 3_650, 'days'),
	identityLimits: (value) => Object.fromEntries(record('identityLimits', value, 'a kind and how many one person may have, for example {"email": 5, "*": 10}')
		.map(([kind, limit]) => [kind, kind === 'user_id' && Number(limit) !== 1 ? refuse('identityLimits', 'cannot change user_id: a person has one.') : whole('identityLimits', limit, 1, 1000, `a limit for "${kind.slice(0, 80)}"`)])),
	blockedIdentities: (value) => Object.fromEntries(record('blockedIdentities', value, 'a kind and the values it may never have, for example {"email": ["test@example.com"]}')
		.map(([kind, values]) => [kind, [...new Set(list('blockedIdentities', values, 'values').map((entry) => text('blockedIdentities', typeof entry === 'number' ? String(entry) : entry, 'texts as values').toLowerCase()))]])),
	corsOrigins: (value) => {
		const origins = list('corsOrigins', value, 'origins, for example ["https://shop.example.com"], or ["*"] for any')
			.map((entry) => (entry === '*' ? '*' : originIn(entry)));
		return origins.includes('*') ? ['*'] : [...new Set(origins)];
	},
	testAddresses: (value) => [...new Set(list('testAddresses', value, 'addresses that tests may go to, for example ["me@shop.example", "+49 170 1234567"]').map((entry) => text('testAddresses', entry, 'texts as addresses')))],
	pushServices: (value) => [...new Set(list('pushServices', value, 'hosts, for example ["push.example.com"]').map(pushHost))],
	behindAfter: (value) => whole('behindAfter', value, 1, 10_000_000, 'a number of events'),
	storeIps: (value) => (typeof value === 'boolean' ? value : refuse('storeIps', 'must be true or false.')),
	holdout: (value) => {
		const { percent } = isJsonObject(value) ? value : refuse('holdout', 'must be an object such as {"percent": 5}.');
		const part = typeof percent === 'string' && percent.trim() !== '' ? Number(percent) : percent;
		if (typeof part !== 'number' || !(part >= 0 && part <= 100) || Math.round(part * 100) !== Number((part * 100).toFixed(6))) refuse('holdout', 'must have a percentage from 0 to 100 in steps of 0.01, for example {"percent": 5}; 0 holds nobody out.');
		return { percent: part };
	},
	alerts: checkAlerts,
};

/** Null is a value of its own there; anywhere else it means the default. */
const NULLABLE: ReadonlySet<string> = new Set(['defaultCountry', 'quietHours', 'publicUrl']);

/**
 * A patch in its stored form: trimmed, in one spelling; null for settings that go back to their default.
 * Throws BAD_INPUT naming the setting and what to write instead.
 */
export function checkPatch(patch: unknown): Map<keyof SettingsValues, unknown> {
	if (!isJsonObject(patch)) throw new EngineError('BAD_INPUT', 'Settings are given as an object, for example {"zone": "Europe/Berlin"}.');
	const checked = new Map<keyof SettingsValues, unknown>();
	for (const [given, value] of Object.entries(patch)) {
		if (value === undefined) continue;
		const name = settingName(given);
		checked.set(name, value === null && !NULLABLE.has(name) ? null : CHECKS[name](value));
	}
	return checked;
}

/** Throws BAD_INPUT when there is no such setting. */
export function settingName(given: string): keyof SettingsValues {
	const name = SETTING_NAMES.find((known) => known === given);
	if (name === undefined) throw new EngineError('BAD_INPUT', `There is no setting "${given.slice(0, 80)}". The settings are: ${SETTING_NAMES.join(', ')}.`, { setting: given.slice(0, 80) });
	return name;
}
