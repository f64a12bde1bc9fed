import { sql } from 'kysely';

import { normaliseTopic, OPT_IN_CHANNELS, type Channel } from '../consent';
import { storedObject } from '../profiles';
import type { SettingsValues } from '../settings';
import type { Reader } from '../store';
import { NOTHING_CHOSEN, preferencesOf } from './preference';

/** What the preference centre shows of a person. Nothing in it names them but the masked address. */
export interface CentreView {
	kind: 'open';
	/** 'a•••@e•••.com', or null for a person without an email address. */
	address: string | null;
	channels: Array<{ channel: Channel; on: boolean; pending: boolean }>;
	topics: Array<{ key: string; name: string; description: string | null; on: boolean; channels: Channel[] }>;
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
	email: ['email'], sms: ['phone'], whatsapp: ['phone'], push: ['device', 'device_token', 'push'], webpush: ['webpush', 'web_push'],
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
	const identities = await reader.all(sql<{ kind: string; value: string }>`select kind, value from identity where profile = ${profile} order by created_at desc, value`);
	const states = await reader.all(sql<StateRow>`select channel, topic, state from consent where profile = ${profile}`);
	const sale = await reader.first(sql<{ active: number }>`select active from do_not_sell where profile = ${profile}`);
	const preference = (await preferencesOf(reader, [profile])).get(profile) ?? NOTHING_CHOSEN;
	const attributes = storedObject(person.attributes);
	const channels = channelsShown(identities, states, settings);
	const paused = preference.paused_until;
	return {
		kind: 'open',
		address: masked(addressOf(attributes, identities)),
		channels: channels.map((channel) => ({ channel, ...standing(states, channel, '') })),
		topics: topicsShown(states, settings, topic, channels).map((one) => ({ ...one, on: one.channels.every((channel) => !isOut(states, channel, one.key)) })),
		maxPerWeek: preference.max_per_week,
		pausedUntilMs: paused !== null && paused > reader.nowMs ? paused : null,
		zone: settings.zone,
		language: preference.language ?? spokenLanguage(attributes),
		doNotSell: sale?.active === 1,
	};
}

/** The language of pages for a person: what they chose, else their attribute. */
export function spokenLanguage(attributes: Record<string, unknown>): string | null {
	const given = [attributes.language, attributes.locale].find((value) => typeof value === 'string' && value !== '');
	return typeof given === 'string' ? given : null;
}

function channelsShown(identities: ReadonlyArray<{ kind: string }>, states: readonly StateRow[], settings: SettingsValues): Channel[] {
	const kinds = new Set(identities.map((one) => one.kind));
	const known = new Set(states.map((row) => row.channel));
	const used = new Set(settings.topics.flatMap((topic) => topic.channels ?? []));
	const order: Channel[] = ['email', 'sms', 'whatsapp', 'push', 'webpush', 'chat', 'onsite', 'directmail', 'ads'];
	return order.filter((channel) => {
		if (known.has(channel)) return true;
		const by = REACHED_BY[channel];
		if (by === undefined) return used.has(channel);
		return by.some((kind) => kinds.has(kind)) && (channel === 'email' || used.has(channel));
	});
}

function topicsShown(states: readonly StateRow[], settings: SettingsValues, topic: string, shown: readonly Channel[]): Array<Omit<CentreView['topics'][number], 'on'>> {
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

function isOut(states: readonly StateRow[], channel: string, topic: string): boolean {
	return states.some((row) => row.channel === channel && row.topic === topic && row.state !== 'subscribed');
}

function standing(states: readonly StateRow[], channel: Channel, topic: string): { on: boolean; pending: boolean } {
	const state = states.find((row) => row.channel === channel && row.topic === topic)?.state;
	// A yes to one topic of SMS or WhatsApp is a yes to being written to there.
	const anyYes = states.some((row) => row.channel === channel && row.state === 'subscribed');
	const on = OPT_IN_CHANNELS.includes(channel) ? state === 'subscribed' || (state === undefined && anyYes) : state === undefined || state === 'subscribed';
	return { on, pending: state === 'pending' };
}

function addressOf(attributes: Record<string, unknown>, identities: ReadonlyArray<{ kind: string; value: string }>): string | null {
	const own = identities.filter((one) => one.kind === 'email').map((one) => one.value);
	const given = typeof attributes.email === 'string' ? attributes.email.trim().toLowerCase() : null;
	return given !== null && own.includes(given) ? given : (own[0] ?? null);
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
