import { capInWords, whatCounts } from './cap-words';
import type { AlertSettings, Sender, SettingsValues } from './types';

type InWords = { [Name in keyof SettingsValues]: (values: SettingsValues, trackingAddress: string | null) => string };

/** Each setting as it is now, in words that stand by themselves. Of long lists the beginning. */
const IN_WORDS: InWords = {
	zone: ({ zone }) => `Time zone of people whose own is not known: ${zone}`,
	defaultCountry: ({ defaultCountry: country }) => (country === null ? 'Phone numbers without a country code are refused' : `Phone numbers without a country code are of ${country}`),
	currency: ({ currency }) => `Currency: ${currency}`,
	languages: ({ languages }) => `Languages of pages: ${some(languages)}`,
	topics: ({ topics }) => (topics.length === 0 ? 'No topics are set' : `Topics: ${some(topics.map(({ key }) => key))}`),
	caps: ({ caps, guardedPurposes }) => (caps.length === 0 ? 'No frequency cap' : `At most ${some(caps.map((cap) => capInWords(cap, whatCounts(guardedPurposes))))}`),
	quietHours: ({ quietHours: quiet }) => (quiet === null ? 'No quiet hours' : `Quiet hours: ${quiet.from} to ${quiet.to} where the person is`),
	blackoutDates: ({ blackoutDates: dates }) => (dates.length === 0 ? 'No blackout dates' : `Blackout dates: ${some(dates.map(({ date, name }) => (name === undefined ? date : `${date} (${name})`)))}`),
	guardedPurposes: ({ guardedPurposes }) => (guardedPurposes === 'all' ? 'Caps, quiet hours and blackout dates hold transactional messages too' : 'Caps, quiet hours and blackout dates hold marketing only'),
	holdAtMostHours: ({ holdAtMostHours: hours }) => `Held for at most ${hours} ${hours === 1 ? 'hour' : 'hours'} in all, then skipped`,
	senders: ({ senders }) => (senders.length === 0 ? 'No senders are set' : `Senders, the first of a channel by default: ${some(senders.map(senderInWords))}`),
	publicUrl: (_values, address) => (address === null ? 'Links have no address yet: no collector is published, so marketing is refused' : `Links lead to ${address}`),
	retention: ({ retention }) => (Object.keys(retention).length === 0 ? 'Events are kept for ever' : `Events are kept: ${some(entriesInWords(retention, (days) => `${days} days`, 'for ever'))}`),
	executionDays: ({ executionDays: days }) => (days === 0 ? 'Executions are not noted' : `Executions are noted for ${days} ${days === 1 ? 'day' : 'days'}`),
	identityLimits: ({ identityLimits }) => `Identities a person may have: ${some(entriesInWords({ '*': 5, ...identityLimits }, String, ''))}`,
	blockedIdentities: ({ blockedIdentities: blocked }) => (Object.keys(blocked).length === 0 ? 'Blocked values: only the built-in ones' : `Blocked values: ${some(Object.entries(blocked).map(([kind, values]) => `${values.length} of ${kind === '*' ? 'every kind' : kind}`))}`),
	corsOrigins: ({ corsOrigins: origins }) => (origins.includes('*') ? 'Pages of any origin may send' : `Pages may send from ${some(origins)}`),
	behindAfter: ({ behindAfter }) => `At most ${behindAfter.toLocaleString('en')} events wait to be stored`,
	storeIps: ({ storeIps }) => (storeIps ? 'IP addresses are stored' : 'IP addresses are not stored'),
	holdout: ({ holdout: { percent } }) => (percent === 0 ? 'Nobody is held out of all journeys' : `${percent}% of all people are held out of marketing`),
	alerts: ({ alerts }) => alertsInWords(alerts),
};

/** In the order of the settings. */
export function inForce(values: SettingsValues, trackingAddress: string | null): Array<{ setting: keyof SettingsValues; words: string }> {
	return (Object.keys(IN_WORDS) as Array<keyof SettingsValues>).map((setting) => ({ setting, words: IN_WORDS[setting](values, trackingAddress) }));
}

const MOST_SHOWN = 6;

function some(list: readonly string[]): string {
	return list.length > MOST_SHOWN ? `${list.slice(0, MOST_SHOWN).join(', ')} and ${list.length - MOST_SHOWN} more` : list.join(', ');
}

function senderInWords({ key, name, address }: Sender): string {
	return `${key} (${name === undefined ? address : `${name} <${address}>`})`;
}

/** By name; '*' is every other one, last. */
function entriesInWords(entries: Readonly<Record<string, number>>, inWords: (value: number) => string, otherwise: string): string[] {
	const { '*': others, ...named } = entries;
	const last = others === undefined ? otherwise : inWords(others);
	return [...Object.entries(named).map(([name, value]) => `${name} ${inWords(value)}`), ...(last === '' ? [] : [`others ${last}`])];
}

function alertsInWords({ limits, brake, learn, stalledMinutes }: AlertSettings): string {
	const set = Object.entries(limits).filter(([, limit]) => limit > 0).map(([measure, limit]) => `${measure} above ${limit}${measure === 'entries' ? ' an hour' : '%'}`);
	return `Alerts: ${[...set, ...(learn ? ['what is unusual'] : []), `nobody moves for ${stalledMinutes} minutes`].join(', ')}; ${brake.length === 0 ? 'no journey pauses itself' : `a journey pauses itself at ${brake.join(', ')}`}`;
}
