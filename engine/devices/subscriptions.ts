import { sql } from 'kysely';

import type { Consent, ConsentChange } from '../consent';
import type { Events } from '../events';
import { isJsonObject, type JsonObject } from '../kernel';
import { lockProfiles } from '../profiles';
import type { Store, Tx } from '../store';
import { provenFirstSql, subscriptionId } from './devices';
import { knownAmong, markOf, needsProof, NOT_PROVEN, serves } from './proof';
import type { Subscribing } from './types';

/** Where the events come from, and how consent names who said it. */
const SOURCE = 'web-push';
/** The version of what a browser shows when a site asks: the wording is the browser's own. */
const WORDING = 'browser-permission';

/** Browsers of a person that are kept; the newest of them are written to (devices.ts). Whoever has a write key can make up any number. */
const MOST_BROWSERS = 100;

export const SUBSCRIBED = 'Web Push Subscribed';
export const UNSUBSCRIBED = 'Web Push Unsubscribed';

export interface SubscriptionParts {
	store: Store;
	events: Pick<Events, 'ingestIn'>;
	consent: Pick<Consent, 'setIn'>;
	storesIps: () => Promise<boolean>;
}

/**
 * A browser belongs to whoever uses it: the last visitor it was told with. Who agreed by a gesture has said yes to web push as a whole, with the page as proof; who only comes back
 * has said nothing new: only a browser that is known goes to another visitor by it. A visitor whose user id the site proved is that user. One transaction; false: nobody could be made of the visitor's id.
 */
export async function subscribe({ store, events, consent, storesIps }: SubscriptionParts, given: Subscribing): Promise<boolean> {
	const { anonymousId, endpoint, p256dh, auth, agreed, page, provenFor = null } = given;
	const ip = (await storesIps()) ? (given.ip ?? null) : null;
	return await store.tx('web-push-subscribe', async (tx) => {
		// What was removed (an erasure, a no, a browser that was gone) comes back by a yes alone.
		if (!agreed && (await tx.first(sql<{ id: string }>`select id from web_push_subscription where id = ${subscriptionId(endpoint)}`)) === undefined) return true;
		const properties: JsonObject = page === undefined ? {} : { url: page };
		const whose = { anonymousId, ...(provenFor === null ? {} : { userId: provenFor }) };
		const report = await events.ingestIn(tx, [agreed ? { type: 'track', event: SUBSCRIBED, properties, ...whose } : { type: 'identify', traits: {}, ...whose }], { source: SOURCE });
		const profile = report.profiles[0] ?? null;
		if (profile === null) return false;
		const before = await tx.first(sql<{ profile: number; proven: string | null }>`select profile, proven from web_push_subscription where id = ${subscriptionId(endpoint)}`);
		const claim = markOf(provenFor);
		const proven = before !== undefined && before.profile === profile && claim === NOT_PROVEN ? before.proven : claim;
		await tx.run(sql`insert into web_push_subscription (id, profile, endpoint, p256dh, auth, created_at, seen_at, proven)
			values (${subscriptionId(endpoint)}, ${profile}, ${endpoint}, ${p256dh}, ${auth}, ${tx.nowMs}, ${tx.nowMs}, ${proven})
			on conflict (id) do update set profile = excluded.profile, p256dh = excluded.p256dh, auth = excluded.auth, seen_at = excluded.seen_at, proven = excluded.proven`);
		await forgetOldest(tx, profile);
		if (await mayAgree(tx, profile, { agreed, proven, was: before?.proven })) await consent.setIn(tx, [yesOf(profile, given, ip)]);
		return true;
	});
}

/**
 * A yes is of whoever the browser is known to be: one that nobody proved undoes no no of somebody known. It counts once the browser is proved to be theirs, where they have not said anything since.
 */
async function mayAgree(tx: Tx, profile: number, { agreed, proven, was }: { agreed: boolean; proven: string | null; was: string | null | undefined }): Promise<boolean> {
	const becomesProven = was === NOT_PROVEN && proven !== NOT_PROVEN;
	if (!agreed && !becomesProven) return false;
	if (!(await needsProof(tx))) return agreed;
	if (!serves(proven, (await knownAmong(tx, [profile])).get(profile))) return false;
	return agreed || (await tx.first(sql<{ state: string }>`select state from consent where profile = ${profile} and channel = 'webpush' and topic = ''`)) === undefined;
}

function yesOf(profile: number, { page, language }: Subscribing, ip: string | null): ConsentChange {
	return {
		profile, channel: 'webpush', topic: '', state: 'subscribed', source: SOURCE, textVersion: WORDING, ip,
		seen: { ...(page === undefined ? {} : { page }), ...(language === undefined ? {} : { language }) },
	};
}

async function forgetOldest(tx: Tx, profile: number): Promise<void> {
	const provenFirst = await provenFirstSql(tx);
	await tx.run(sql`delete from web_push_subscription where id in (select id from web_push_subscription where profile = ${profile} order by ${provenFirst} seen_at desc, created_at desc, id limit 100000 offset ${MOST_BROWSERS})`);
}

/** Whoever knows the endpoint is the browser itself. Out of the last of their browsers is out of web push. */
export async function unsubscribe({ store, events, consent }: SubscriptionParts, endpoint: string): Promise<void> {
	await store.tx('web-push-unsubscribe', async (tx) => {
		const profile = await ownerOf(tx, endpoint);
		if (profile === null) return;
		await tx.run(sql`delete from web_push_subscription where id = ${subscriptionId(endpoint)}`);
		await events.ingestIn(tx, [{ type: 'track', event: UNSUBSCRIBED, profileId: profile, properties: {} }], { source: SOURCE });
		const rest = await tx.first(sql<{ id: string }>`select id from web_push_subscription where profile = ${profile} limit 1`);
		if (rest === undefined) await consent.setIn(tx, [{ profile, channel: 'webpush', topic: '', state: 'unsubscribed', source: SOURCE }]);
	});
}

/** The browser has made its subscription anew: the same person, the same yes. Nothing where the former one is not known. */
export async function replaced({ store }: Pick<SubscriptionParts, 'store'>, former: string, now: { endpoint: string; p256dh: string; auth: string }): Promise<void> {
	await store.tx('web-push-replace', async (tx) => {
		const profile = await ownerOf(tx, former);
		if (profile === null) return;
		const row = await tx.first(sql<{ created_at: number; proven: string | null }>`select created_at, proven from web_push_subscription where id = ${subscriptionId(former)}`);
		await tx.run(sql`delete from web_push_subscription where id = ${subscriptionId(former)}`);
		await tx.run(sql`insert into web_push_subscription (id, profile, endpoint, p256dh, auth, created_at, seen_at, proven)
			values (${subscriptionId(now.endpoint)}, ${profile}, ${now.endpoint}, ${now.p256dh}, ${now.auth}, ${row?.created_at ?? tx.nowMs}, ${tx.nowMs}, ${row?.proven ?? null})
			on conflict (id) do update set p256dh = excluded.p256dh, auth = excluded.auth, seen_at = excluded.seen_at`);
	});
}

/** Locks the person. A merge meanwhile has moved the row along. */
async function ownerOf(tx: Tx, endpoint: string): Promise<number | null> {
	const find = () => tx.first(sql<{ profile: number }>`select profile from web_push_subscription where id = ${subscriptionId(endpoint)}`);
	const found = await find();
	if (found === undefined) return null;
	await lockProfiles(tx, [found.profile]);
	return (await find())?.profile ?? null;
}

/** `subscription.toJSON()` of a browser: endpoint and keys, or why it is none. */
export function readSubscription(value: unknown): { endpoint: string; p256dh: string; auth: string } | null {
	if (!isJsonObject(value) || !isJsonObject(value.keys)) return null;
	const { endpoint, keys: { p256dh, auth } } = value;
	if (typeof endpoint !== 'string' || typeof p256dh !== 'string' || typeof auth !== 'string') return null;
	return isBase64Url(p256dh, 65) && isBase64Url(auth, 16) ? { endpoint, p256dh, auth } : null;
}

function isBase64Url(text: string, bytes: number): boolean {
	return /^[A-Za-z0-9_-]+={0,2}$/.test(text) && Buffer.from(text, 'base64url').byteLength === bytes;
}
