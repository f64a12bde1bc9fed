import { sql } from 'kysely';

import { randomId } from '../kernel';
import { lockProfiles, type IdentityOptions } from '../profiles';
import type { Reader, Tx } from '../store';
import { normaliseTopic } from './channels';
import type { OptInDeps } from './double-opt-in';
import { reachedAt } from './reached-at';
import { givenFault, setIn, textFault } from './set';
import type { ConsentChange, ConsentState, OptInAsked } from './types';
import { findUsable } from './whose';

export interface RequestRow {
	id: string;
	profile: number;
	channel: string;
	topic: string;
	text_version: string;
	expires_at: number;
	confirmed_at: number | null;
	/** Where the person was asked; null: the channel has no address, or the request is older than this column. */
	address: string | null;
}

/** id null: they had said yes before. */
export type Asked = { profile: number; id: string | null; expiresAtMs: number } | { reason: string };

interface StateRow {
	profile: number;
	channel: string;
	topic: string;
	state: ConsentState;
}

/** A constant number of statements for any batch, and two for each channel in it. */
export async function requestIn(tx: Tx, deps: OptInDeps, batch: readonly OptInAsked[], options: IdentityOptions, lastsMs: number): Promise<Asked[]> {
	const found = await findUsable(tx, batch, askedFault, options);
	const people = [...new Set(found.flatMap((one) => ('profile' in one ? [one.profile] : [])))].sort((a, b) => a - b);
	await lockProfiles(tx, people);
	const standing = await standings(tx, people);
	const addresses = new Map<string, Map<number, string | null>>();
	for (const channel of new Set(batch.flatMap((one, index) => (found[index] !== undefined && 'profile' in found[index] ? [one.channel] : [])))) addresses.set(channel, await reachedAt(tx, people, channel, options));
	const expiresAtMs = tx.nowMs + Math.round(lastsMs);
	const requests: Array<Omit<RequestRow, 'confirmed_at'> & { source: string; requested_at: number }> = [];
	const pending: ConsentChange[] = [];
	const asked = batch.map((one, index): Asked => {
		const whose = found[index];
		if (whose === undefined || 'reason' in whose) return whose ?? { reason: 'Nobody was found.' };
		const { profile } = whose;
		const topic = normaliseTopic(one.topic);
		const state = standing.of(profile, one.channel, topic);
		const channel = standing.of(profile, one.channel, '');
		const channelLeft = topic !== '' && ['unsubscribed', 'pending'].includes(channel);
		// Who has said yes, to the topic or to the channel it belongs to, keeps it: else anybody could stop somebody's mail by typing the address into a sign-up form.
		if ((state === 'subscribed' && !channelLeft) || (state === 'none' && channel === 'subscribed')) return { profile, id: null, expiresAtMs };
		const id = randomId(deps.random);
		requests.push({
			id, profile, channel: one.channel, topic, text_version: one.textVersion, source: one.source, requested_at: tx.nowMs, expires_at: expiresAtMs,
			address: addresses.get(one.channel)?.get(profile) ?? null,
		});
		// A "no" stays one until the person confirms: to be asked for by somebody who typed the address in must not weaken it. Nor must it take away
		// the topics that they have said yes to, which a pending channel would.
		if (state === 'pending' || (state === 'none' && (topic !== '' || !standing.hasTopic(profile, one.channel)))) {
			const { textVersion, source, ip, seen } = one;
			pending.push({ profile, channel: one.channel, topic, state: 'pending', source, textVersion, ...(ip === undefined ? {} : { ip }), ...(seen === undefined ? {} : { seen }) });
		}
		return { profile, id, expiresAtMs };
	});
	await setIn(tx, deps.set, pending);
	if (requests.length > 0) {
		const shape = { id: 'text', profile: 'integer', channel: 'text', topic: 'text', text_version: 'text', source: 'text', requested_at: 'integer', expires_at: 'integer', address: 'text' } as const;
		await tx.run(sql`insert into consent_request (id, profile, channel, topic, text_version, source, requested_at, expires_at, address)
			select id, profile, channel, topic, text_version, source, requested_at, expires_at, address from ${tx.dialect.rows(requests, shape, 'given')}`);
	}
	return asked;
}

interface Standings {
	/** What the person says of a channel ('') or topic; 'none' where nothing is said. */
	of(profile: number, channel: string, topic: string): ConsentState;
	/** Whether they have said yes to a topic of the channel. */
	hasTopic(profile: number, channel: string): boolean;
}

async function standings(tx: Tx, people: readonly number[]): Promise<Standings> {
	const rows = await tx.all(sql<StateRow>`select profile, channel, topic, state from consent where ${tx.dialect.anyOf(sql`profile`, people)}`);
	const states = new Map(rows.map((row) => [JSON.stringify([row.profile, row.channel, row.topic]), row.state]));
	const withTopic = new Set(rows.filter(({ topic, state }) => topic !== '' && state === 'subscribed').map(({ profile, channel }) => `${profile} ${channel}`));
	return { of: (...key) => states.get(JSON.stringify(key)) ?? 'none', hasTopic: (profile, channel) => withTopic.has(`${profile} ${channel}`) };
}

function askedFault(asked: OptInAsked): string | null {
	const fault = givenFault({ ...asked, state: 'pending' }) ?? textFault('IP address', asked.ip);
	if (fault !== null || (typeof asked.textVersion === 'string' && asked.textVersion.trim() !== '')) return fault;
	return 'There is no text version. Name the version of the wording that the person was shown, for example "signup-form 2026-03".';
}

/**
 * The newest open request of each person on a channel, that of this topic first: what `links.confirmUrl` in a mail leads to.
 * `to`: where the mail goes; what was asked of the person at another address is not confirmed from this one.
 * People without one are missing.
 */
export async function openRequests(reader: Reader, people: ReadonlyArray<{ profile: number; to: string }>, channel: string, topic: string): Promise<Map<number, string>> {
	const rows = await reader.all(sql<{ id: string; profile: number; address: string | null }>`select id, profile, address from consent_request
		where ${reader.dialect.anyOf(sql`profile`, [...new Set(people.map((one) => one.profile))])} and channel = ${channel} and confirmed_at is null and expires_at > ${reader.nowMs}
		order by case when topic = ${normaliseTopic(topic)} then 1 else 0 end, requested_at, id`);
	const to = new Map(people.map((one) => [one.profile, one.to]));
	// The last one of each person stands.
	return new Map(rows.filter((row) => row.address === null || row.address === to.get(row.profile)).map((row) => [row.profile, row.id]));
}
