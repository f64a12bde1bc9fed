import { span } from './cap-words';
import type { AlertSettings, FrequencyCap, SettingsValues } from './types';

type InWords = { [Name in keyof SettingsValues]: (values: SettingsValues, trackingAddress: string | null) => string | string[] };

/**
 * Each setting as it is now, in lines that stand by themselves: always as many, and none longer than what a panel shows, some fifty characters, unless somebody has set a
 * lot. Of long lists the beginning.
 */
const IN_WORDS: InWords = {
	zone: ({ zone }) => `Zone of people whose own is not known: ${zone}`,
	defaultCountry: ({ defaultCountry: country }) => (country === null ? 'Phone numbers without a country code are refused' : `Phone numbers without a country code: ${country}`),
	currency: ({ currency }) => `Currency: ${currency}`,
	languages: ({ languages }) => `Languages of pages: ${some(languages)}`,
	topics: ({ topics }) => (topics.length === 0 ? 'No topics are set' : `Topics: ${some(topics.map(({ key }) => key))}`),
	caps: ({ caps }) => (caps.length === 0 ? 'No frequency cap' : `At most ${some(caps.map(capInShort))}`),
	quietHours: ({ quietHours: quiet }) => (quiet === null ? 'No quiet hours' : `Quiet hours: ${quiet.from} to ${quiet.to} where the person is`),
	blackoutDates: ({ blackoutDates: dates }) => (dates.length === 0 ? 'No blackout dates' : `Blackout dates: ${some(dates.map(({ date }) => date))}`),
	guardedPurposes: ({ guardedPurposes }) => (guardedPurposes === 'all' ? 'Caps, hours and dates hold transactional ones too' : 'Caps, hours and dates hold marketing only'),
	holdAtMostHours: ({ holdAtMostHours: hours }) => `Held for at most ${hours} ${hours === 1 ? 'hour' : 'hours'} in all, then skipped`,
	senders: ({ senders }) => (senders.length === 0 ? 'No senders are set' : `Senders: ${some(senders.map(({ key, address }) => `${key} (${address})`))}`),
	testAddresses: ({ testAddresses }) => (testAddresses.length === 0 ? 'Tests go to test people only' : `Tests also go to ${testAddresses.length} ${testAddresses.length === 1 ? 'address' : 'addresses'}`),
	warmUps: ({ warmUps }) => (warmUps.length === 0 ? 'No sender is warmed up' : `Warm-up: ${some(warmUps.map(({ sender, first, final }) => `${sender} (${first} to ${final} a day)`))}`),
	publicUrl: (_values, address) => (address === null ? 'Links have no address: marketing is refused' : `Links lead to ${address}`),
	retention: ({ retention }) => (Object.keys(retention).length === 0 ? 'Events are kept for ever' : `Events are kept: ${some(entriesInWords(retention, (days) => `${days} days`, 'for ever'))}`),
	executionDays: ({ executionDays: days }) => (days === 0 ? 'Executions are not noted' : `Executions are noted for ${days} ${days === 1 ? 'day' : 'days'}`),
	identityLimits: ({ identityLimits }) => `Identities of a kind: ${some(entriesInWords({ '*': 5, ...identityLimits }, String, ''))}`,
	blockedIdentities: ({ blockedIdentities: blocked }) => (Object.keys(blocked).length === 0 ? 'Blocked values: only the built-in ones' : `Blocked values: ${some(Object.entries(blocked).map(([kind, values]) => `${values.length} of ${kind === '*' ? 'every kind' : kind}`))}`),
	corsOrigins: ({ corsOrigins: origins }) => (origins.includes('*') ? 'Pages of any origin may send' : `Pages may send from ${some(origins)}`),
	pushServices: ({ pushServices }) => (pushServices.length === 0 ? 'Web push goes to the push services of browsers only' : `Web push also goes to ${some(pushServices)}`),
	behindAfter: ({ behindAfter }) => `At most ${behindAfter.toLocaleString('en')} events wait to be stored`,
	storeIps: ({ storeIps }) => (storeIps ? 'IP addresses are stored' : 'IP addresses are not stored'),
	holdout: ({ holdout: { percent } }) => (percent === 0 ? 'Nobody is held out of all journeys' : `${percent}% of all people are held out of marketing`),
	alerts: ({ alerts }) => alertsInWords(alerts),
};

/** In the order of the settings. */
export function inForce(values: SettingsValues, trackingAddress: string | null): Array<{ setting: keyof SettingsValues; lines: string[] }> {
	return (Object.keys(IN_WORDS) as Array<keyof SettingsValues>).map((setting) => ({ setting, lines: [IN_WORDS[setting](values, trackingAddress)].flat() }));
}

const MOST_SHOWN = 6;

function some(list: readonly string[]): string {
	return list.length > MOST_SHOWN ? `${list.slice(0, MOST_SHOWN).join(', ')} and ${list.length - MOST_SHOWN} more` : list.join(', ');
}

/** '2 in 24 hours', '1 in 1 hour by sms'. */
function capInShort({ channel, max, perSeconds }: FrequencyCap): string {
	return `${max} in ${span(perSeconds)}${channel === 'all' ? '' : ` by ${channel}`}`;
}

/** By name; '*' is every other one, last. */
function entriesInWords(entries: Readonly<Record<string, number>>, inWords: (value: number) => string, otherwise: string): string[] {
	const { '*': others, ...named } = entries;
	const last = others === undefined ? otherwise : inWords(others);
	if (Object.keys(named).length === 0) return [`${last} each`];
	return [...Object.entries(named).map(([name, value]) => `${name} ${inWords(value)}`), ...(last === '' ? [] : [`others ${last}`])];
}

function alertsInWords({ limits, brake, learn, stalledMinutes }: AlertSettings): string[] {
	const limit = (measure: keyof AlertSettings['limits']): string => (limits[measure] > 0 ? `${measure} ${limits[measure]}%` : `${measure} no limit`);
	return [
		`Alerts above: ${limit('complaints')}, ${limit('bounces')}`,
		`Alerts above: ${limit('failures')}, ${limit('unsubscribes')}`,
		`Entries: ${limits.entries > 0 ? `alert above ${limits.entries} an hour` : 'no limit'}. Unusual rates: ${learn ? 'alert' : 'no alert'}`,
		`Stalled: ${stalledMinutes} minutes. Brake: ${brake.length === 0 ? 'none' : brake.join(', ')}`,
	];
}
