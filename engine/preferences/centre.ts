import { sql } from 'kysely';

import { normaliseTopic, OPT_IN_CHANNELS, type Channel } from '../consent';
import { devicesOf } from '../devices';
import { knownTag } from '../kernel';
import { normaliseIdentity, storedObject } from '../profiles';
import type { SettingsValues } from '../settings';
import type { Reader } from '../store';
import { NOTHING_CHOSEN, preferencesOf } from './preference';

export interface TopicShown {
	key: string;
	name: string;
	description: string | null;
	/** They are written to about it, by one channel at least. */
	on: boolean;
	/** Not left, but waiting for a confirmation. */
	pending: boolean;
	channels: Channel[];
	/** Those of its channels on which the person said no to it, or has not confirmed. */
	left: Channel[];
}

/** What the preference centre shows of a person. Nothing in it names them but the masked address. */
export interface CentreView {
	kind: 'open';
	/** 'a•••@e•••.com', or null for a person without an email address. */
	address: string | null;
	/** reaches: the person has an address there. */
	channels: Array<{ channel: Channel; on: boolean; pending: boolean; reaches: boolean }>;
	topics: TopicShown[];
	/** Topics that were ticked just now and could not be stored: none of their channels is on. */
	unmet: TopicShown[];
	maxPerWeek: number | null;
	/** UTC milliseconds, in the future. */
	pausedUntilMs: number | null;
	/** The zone in which dates are shown. */
	zone: string;
	language: string | null;
	doNotSell: boolean;
}

/** Identities that make a channel reachable; a channel that is not here shows only when the person or a topic says something of it. */
const REACHED_BY: Partial<Record<Channel, readonly string[]>> = {
	email: ['email'], sms: ['phone'], whatsapp: ['phone'], push: ['device', 'device_token', 'push'], webpush: ['webpush'],
};

interface StateRow {
	channel: string;
	topic: string;
	state: string;
}

/** null: the person is gone. `topic`: that of the message the link came in, shown even where the settings do not list it. */
export async function viewCentre(reader: Reader, profile: number, settings: SettingsValues, topic: string): Promise<CentreView | null> {
	const person = await reader.first(sql<{ attributes: unknown }>`select attributes from profile where id = ${profile}`);
	if (person === undefined) return null;
	const known = await reader.all(sql<{ kind: string; value: string }>`select kind, value from identity where profile = ${profile} order by created_at desc, value`);
	const browsers = ((await devicesOf(reader, 'webpush', [profile])).get(profile) ?? []).filter(({ unproven }) => unproven === undefined);
	const identities = browsers.length === 0 ? known : [...known, { kind: 'webpush', value: '' }];
	const states = await reader.all(sql<StateRow>`select channel, topic, state from consent where profile = ${profile}`);
	const sale = await reader.first(sql<{ active: number }>`select active from do_not_sell where profile = ${profile}`);
	const preference = (await preferencesOf(reader, [profile])).get(profile) ?? NOTHING_CHOSEN;
	const attributes = storedObject(person.attributes);
	const channels = channelsShown(identities, states, settings);
	const paused = preference.paused_until;
	return {
		kind: 'open',
		address: masked(addressOf(attributes, identities)),
		channels: channels.map((channel) => ({ channel, ...standing(states, channel, ''), reaches: isReached(identities, channel) })),
		topics: topicsShown(states, settings, topic, channels).map((one) => ({ ...one, ...topicStanding(states, one) })),
		unmet: [],
		maxPerWeek: preference.max_per_week,
		pausedUntilMs: paused !== null && paused > reader.nowMs ? paused : null,
		zone: settings.zone,
		language: preference.language ?? spokenLanguage(attributes),
		doNotSell: sale?.active === 1,
	};
}

/** The language of pages and messages for a person by their attributes: the first that names one; some have the language in words ('German') and the locale as a tag. */
export function spokenLanguage(attributes: Record<string, unknown>): string | null {
	const given = [attributes.language, attributes.locale].filter((value): value is string => typeof value === 'string' && value !== '');
	return (given.length > 1 ? given.find((tag) => knownTag(tag) !== null) : undefined) ?? given[0] ?? null;
}

/**
 * What there is to choose: channels that reach the person or that they said yes to. A no to a channel that cannot reach them anyway is
 * none: "unsubscribe from everything" writes one for every channel there is, and must not offer them all afterwards.
 */
function channelsShown(identities: ReadonlyArray<{ kind: string }>, states: readonly StateRow[], settings: SettingsValues): Channel[] {
	const yes = new Set(states.flatMap((row) => (row.state === 'subscribed' || row.state === 'pending' ? [row.channel] : [])));
	const said = new Set(states.map((row) => row.channel));
	const used = new Set(settings.topics.flatMap((topic) => topic.channels ?? []));
	const order: Channel[] = ['email', 'sms', 'whatsapp', 'push', 'webpush', 'chat', 'onsite', 'directmail', 'ads'];
	return order.filter((channel) => {
		if (yes.has(channel)) return true;
		if (REACHED_BY[channel] === undefined) return used.has(channel);
		return isReached(identities, channel) && (channel === 'email' || used.has(channel) || (said.has(channel) && !OPT_IN_CHANNELS.includes(channel)));
	});
}

function isReached(identities: ReadonlyArray<{ kind: string }>, channel: Channel): boolean {
	return REACHED_BY[channel]?.some((kind) => identities.some((one) => one.kind === kind)) ?? false;
}

type Topic = Omit<TopicShown, 'on' | 'pending' | 'left'>;

function topicsShown(states: readonly StateRow[], settings: SettingsValues, topic: string, shown: readonly Channel[]): Topic[] {
	const listed = settings.topics.map((one) => ({
		key: normaliseTopic(one.key), name: one.name, description: one.description ?? null,
		channels: shown.filter((channel) => one.channels === undefined || one.channels.includes(channel)),
	}));
	const keys = new Set(listed.map((one) => one.key));
	const others = new Set([...(topic === '' ? [] : [topic]), ...states.map((row) => row.topic)].filter((key) => key !== '' && !keys.has(key)));
	return [
		...listed.filter((one) => one.channels.length > 0),
		...[...others].sort().map((key) => {
			const own = shown.filter((channel) => states.some((row) => row.topic === key && row.channel === channel));
			return { key, name: key, description: null, channels: own.length > 0 ? own : shown.slice(0, 1) };
		}).filter((one) => one.channels.length > 0),
	];
}

function stateOf(states: readonly StateRow[], channel: string, topic: string): string {
	return states.find((row) => row.channel === channel && row.topic === topic)?.state ?? 'none';
}

function topicStanding(states: readonly StateRow[], { key, channels }: Topic): Pick<TopicShown, 'on' | 'pending' | 'left'> {
	const on = channels.some((channel) => isHeard(states, channel, key));
	return {
		on, pending: !on && channels.some((channel) => stateOf(states, channel, key) === 'pending'),
		left: channels.filter((channel) => ['unsubscribed', 'pending'].includes(stateOf(states, channel, key))),
	};
}

/** As the guard decides (consent/blocks.ts): a box that is ticked must never mean that nothing comes, nor the other way round. */
function isHeard(states: readonly StateRow[], channel: Channel, topic: string): boolean {
	const said = [stateOf(states, channel, ''), stateOf(states, channel, topic)];
	if (said.some((state) => state === 'unsubscribed' || state === 'pending')) return false;
	return !OPT_IN_CHANNELS.includes(channel) || said.includes('subscribed');
}

function standing(states: readonly StateRow[], channel: Channel, topic: string): { on: boolean; pending: boolean } {
	const state = stateOf(states, channel, topic);
	// A yes to one topic of SMS or WhatsApp is a yes to being written to there.
	const anyYes = states.some((row) => row.channel === channel && row.state === 'subscribed');
	const on = OPT_IN_CHANNELS.includes(channel) ? state === 'subscribed' || (state === 'none' && anyYes) : state === 'none' || state === 'subscribed';
	return { on, pending: state === 'pending' };
}

function addressOf(attributes: Record<string, unknown>, identities: ReadonlyArray<{ kind: string; value: string }>): string | null {
	const own = identities.filter((one) => one.kind === 'email').map((one) => one.value);
	const given = normaliseIdentity('email', attributes.email ?? '');
	return given.ok && own.includes(given.identity.value) ? given.identity.value : (own[0] ?? null);
}

/** Enough for the person to know that it is theirs, too little for whoever the mail was forwarded to. */
export function masked(address: string | null): string | null {
	const at = address?.lastIndexOf('@') ?? -1;
	if (address === null || at < 1) return null;
	const domain = address.slice(at + 1);
	const dot = domain.lastIndexOf('.');
	const first = (text: string): string => [...text][0] ?? '';
	return `${first(address)}•••@${first(domain)}•••${dot > 0 ? domain.slice(dot) : ''}`;
}
