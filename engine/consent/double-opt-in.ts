import { sql } from 'kysely';

import type { Events } from '../events';
import { EngineError, randomId, type Random } from '../kernel';
import { lockProfiles, type IdentityOptions } from '../profiles';
import type { Settings } from '../settings';
import type { Reader, Store, Tx } from '../store';
import { confirmUrl, verifyToken } from '../tracking';
import { checkedChannel, normaliseTopic } from './channels';
import { checkGiven, setIn, type SetParts } from './set';
import type { ConsentChange, OptInAsked, OptInReport } from './types';
import { findAll } from './whose';

/**
 * Double opt-in, as a flow: asked (state pending, a request with an id) -> confirmed on the page that the signed link opens (state
 * subscribed, event Subscription Confirmed) | expired (the state stays pending, which blocks). A request confirms once.
 */
export interface OptInDeps {
	store: Store;
	random: Random;
	settings: Pick<Settings, 'signingSecret' | 'trackingAddress' | 'current'>;
	events: Pick<Events, 'ingestIn'>;
	set: SetParts;
	identityOptions: (reader?: Reader) => Promise<IdentityOptions>;
}

export type OptInView = { kind: 'open' | 'used' | 'expired'; profile: number; channel: string; topic: string } | { kind: 'gone' };

export interface PageFacts {
	/** Language of the page that was shown. */
	language: string;
	ip?: string | null;
}

export interface OptIn {
	request(batch: readonly OptInAsked[], options?: { expiresInHours?: number }): Promise<OptInReport>;
	/** Reads only. null: the token is not ours. */
	describe(token: string): Promise<OptInView | null>;
	/** The page's button. 'open' in the answer means that it was confirmed just now. Rejects when it could not be stored. */
	confirm(token: string, facts: PageFacts): Promise<OptInView | null>;
}

const EXPIRES_AFTER_HOURS = 7 * 24;
const LONGEST_HOURS = 90 * 24;
const HOUR_MS = 3_600_000;
const LARGEST_CALL = 20_000;
const BATCH = 500;
const SOURCE = 'double-opt-in';

interface RequestRow {
	id: string;
	profile: number;
	channel: string;
	topic: string;
	text_version: string;
	expires_at: number;
	confirmed_at: number | null;
}

export function createOptIn(deps: OptInDeps): OptIn {
	const { store, settings } = deps;

	async function requestOf(token: string): Promise<string | null> {
		const payload = verifyToken(token, await settings.signingSecret());
		return payload?.k === 'd' ? payload.r : null;
	}

	return {
		request: async (batch, { expiresInHours = EXPIRES_AFTER_HOURS } = {}) => {
			if (!Array.isArray(batch) || batch.length > LARGEST_CALL) throw new EngineError('BAD_INPUT', `Requests for consent come as a list of at most ${LARGEST_CALL}.`);
			if (!(expiresInHours > 0 && expiresInHours <= LONGEST_HOURS)) throw new EngineError('BAD_INPUT', `A confirmation link lasts more than 0 and at most ${LONGEST_HOURS} hours (90 days).`);
			batch.forEach(checkAsked);
			const secret = await settings.signingSecret();
			const address = await settings.trackingAddress();
			if (address === null) {
				throw new EngineError('BAD_INPUT', 'No address for the confirmation link is known. Publish a workflow with a Journey Collector Trigger that has a public address.');
			}
			const options = await deps.identityOptions();
			const report: OptInReport = { requests: [], rejected: [] };
			for (let from = 0; from < batch.length; from += BATCH) {
				const part = await store.tx('request-consent', (tx) => requestIn(tx, deps, batch.slice(from, from + BATCH), options, expiresInHours * HOUR_MS));
				part.forEach((one, index) => {
					if ('reason' in one) report.rejected.push({ index: index + from, reason: one.reason });
					report.requests.push('reason' in one ? null : {
						profile: one.profile, state: one.id === null ? 'subscribed' : 'pending', confirmUrl: one.id === null ? null : confirmUrl(address, one.id, secret),
						expiresAt: one.id === null ? null : new Date(one.expiresAtMs).toISOString(),
					});
				});
			}
			return report;
		},
		describe: async (token) => {
			const id = await requestOf(token);
			if (id === null) return null;
			return await store.read(async (reader) => viewOf(await requestRow(reader, id), reader.nowMs));
		},
		confirm: async (token, facts) => {
			const id = await requestOf(token);
			return id === null ? null : await store.tx('confirm-consent', (tx) => confirmIn(tx, deps, id, facts));
		},
	};
}

type Asked = { profile: number; id: string | null; expiresAtMs: number } | { reason: string };

async function requestIn(tx: Tx, deps: OptInDeps, batch: readonly OptInAsked[], options: IdentityOptions, lastsMs: number): Promise<Asked[]> {
	const found = await findAll(tx, batch.map((one) => one.whose), options);
	const people = [...new Set(found.flatMap((one) => ('profile' in one ? [one.profile] : [])))].sort((a, b) => a - b);
	await lockProfiles(tx, people);
	const rows = await tx.all(sql<{ profile: number; channel: string; topic: string }>`select profile, channel, topic from consent
		where ${tx.dialect.anyOf(sql`profile`, people)} and state = 'subscribed'`);
	const subscribed = new Set(rows.map((row) => JSON.stringify([row.profile, row.channel, row.topic])));
	const expiresAtMs = tx.nowMs + Math.round(lastsMs);
	const asked = batch.map((one, index): Asked => {
		const whose = found[index];
		if (whose === undefined || 'reason' in whose) return whose ?? { reason: 'Nobody was found.' };
		// Who has said yes keeps it: else anybody could stop somebody's mail by typing the address into a sign-up form.
		const known = subscribed.has(JSON.stringify([whose.profile, one.channel, normaliseTopic(one.topic)]));
		return { profile: whose.profile, id: known ? null : randomId(deps.random), expiresAtMs };
	});
	const requests: Array<Omit<RequestRow, 'confirmed_at'> & { source: string; requested_at: number }> = [];
	const changes: ConsentChange[] = [];
	asked.forEach((one, index) => {
		const given = batch[index];
		if ('reason' in one || one.id === null || given === undefined) return;
		const { channel, topic, textVersion, source, ip, seen } = given;
		requests.push({ id: one.id, profile: one.profile, channel, topic: normaliseTopic(topic), text_version: textVersion, source, requested_at: tx.nowMs, expires_at: expiresAtMs });
		changes.push({ profile: one.profile, channel, topic, state: 'pending', source, textVersion, ...(ip === undefined ? {} : { ip }), ...(seen === undefined ? {} : { seen }) });
	});
	await setIn(tx, deps.set, changes);
	const shape = { id: 'text', profile: 'integer', channel: 'text', topic: 'text', text_version: 'text', source: 'text', requested_at: 'integer', expires_at: 'integer' } as const;
	if (requests.length > 0) {
		await tx.run(sql`insert into consent_request (id, profile, channel, topic, text_version, source, requested_at, expires_at)
			select id, profile, channel, topic, text_version, source, requested_at, expires_at from ${tx.dialect.rows(requests, shape, 'given')}`);
	}
	return asked;
}

async function confirmIn(tx: Tx, deps: OptInDeps, id: string, facts: PageFacts): Promise<OptInView> {
	let request = await requestRow(tx, id);
	for (;;) {
		if (request === undefined) return { kind: 'gone' };
		await lockProfiles(tx, [request.profile]);
		// Read again under the lock: a merge may have moved it, and the same link may be pressed twice at once.
		const now = await requestRow(tx, id);
		if (now === undefined || now.profile === request.profile) {
			request = now;
			break;
		}
		request = now;
	}
	const view = viewOf(request, tx.nowMs);
	if (request === undefined || view.kind !== 'open') return view;
	const { profile, channel, topic, text_version: textVersion } = request;
	const base = { profile, channel, source: SOURCE, textVersion, ip: facts.ip ?? null, seen: { page: 'confirm', language: facts.language, request: id } };
	await setIn(tx, deps.set, [{ ...base, topic, state: 'subscribed' }, ...(await lifted(tx, deps, request)).map((change) => ({ ...base, ...change }))]);
	await tx.run(sql`update consent_request set confirmed_at = ${tx.nowMs} where profile = ${profile} and channel = ${channel} and topic = ${topic} and confirmed_at is null`);
	await deps.events.ingestIn(tx, [{
		type: 'track', event: 'Subscription Confirmed', profileId: profile, messageId: `confirmed:${id}`, properties: { channel, topic, textVersion },
	}], { source: SOURCE });
	return view;
}

/**
 * Who had left the whole channel and now says yes to one topic gets that topic and no other: the channel opens, and what else is
 * known there is left explicitly.
 */
async function lifted(tx: Tx, { settings }: OptInDeps, { profile, channel, topic }: RequestRow): Promise<Array<{ topic: string; state: 'subscribed' | 'unsubscribed' }>> {
	if (topic === '') return [];
	const rows = await tx.all(sql<{ topic: string; state: string }>`select topic, state from consent where profile = ${profile} and channel = ${channel}`);
	if (!rows.some((row) => row.topic === '' && row.state !== 'subscribed')) return [];
	const { topics } = await settings.current(tx);
	const others = new Set([...rows.map((row) => row.topic), ...topics.filter((one) => one.channels === undefined || one.channels.includes(channel)).map((one) => normaliseTopic(one.key))]);
	others.delete('');
	others.delete(topic);
	return [{ topic: '', state: 'subscribed' }, ...[...others].map((other) => ({ topic: other, state: 'unsubscribed' as const }))];
}

async function requestRow(reader: Reader, id: string): Promise<RequestRow | undefined> {
	return await reader.first(sql<RequestRow>`select id, profile, channel, topic, text_version, expires_at, confirmed_at from consent_request where id = ${id}`);
}

function viewOf(row: RequestRow | undefined, nowMs: number): OptInView {
	if (row === undefined) return { kind: 'gone' };
	const kind = row.confirmed_at !== null ? 'used' : row.expires_at <= nowMs ? 'expired' : 'open';
	return { kind, profile: row.profile, channel: row.channel, topic: row.topic };
}

function checkAsked(asked: OptInAsked, index: number): void {
	checkedChannel(asked.channel, `Request ${index}`, index);
	checkGiven({ ...asked, state: 'pending' }, index);
	if (typeof asked.textVersion !== 'string' || asked.textVersion.trim() === '') {
		throw new EngineError('BAD_INPUT', `Request ${index} has no text version. Name the version of the wording that the person was shown, for example "signup-form 2026-03".`, { index });
	}
}

/**
 * The newest open request of each person on a channel, that of this topic first: what `links.confirmUrl` in a mail leads to.
 * People without one are missing.
 */
export async function openRequests(reader: Reader, profiles: readonly number[], channel: string, topic: string): Promise<Map<number, string>> {
	const rows = await reader.all(sql<{ id: string; profile: number }>`select id, profile from consent_request
		where ${reader.dialect.anyOf(sql`profile`, [...new Set(profiles)])} and channel = ${channel} and confirmed_at is null and expires_at > ${reader.nowMs}
		order by case when topic = ${normaliseTopic(topic)} then 1 else 0 end, requested_at, id`);
	// The last one of each person stands.
	return new Map(rows.map((row) => [row.profile, row.id]));
}
