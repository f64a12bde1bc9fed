import { sql } from 'kysely';

import type { Events } from '../events';
import { EngineError, type Random } from '../kernel';
import { lockProfiles, type IdentityOptions } from '../profiles';
import type { Settings } from '../settings';
import type { Reader, Store, Tx } from '../store';
import { confirmUrl, verifyToken } from '../tracking';
import { opening } from './open-channel';
import { requestIn, type RequestRow } from './opt-in-request';
import { reachedAt } from './reached-at';
import { setIn, type SetParts } from './set';
import type { OptInAsked, OptInReport } from './types';

/**
 * Double opt-in, as a flow: asked (state pending, or still unsubscribed; a request with an id) -> confirmed on the page that the signed
 * link opens (state subscribed, event Subscription Confirmed) | expired: too old, or the person is written to at another address by
 * now (the state stays, which blocks). A request confirms once.
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
			return await store.read(async (reader) => viewOf(reader, deps, await requestRow(reader, id)));
		},
		confirm: async (token, facts) => {
			const id = await requestOf(token);
			return id === null ? null : await store.tx('confirm-consent', (tx) => confirmIn(tx, deps, id, facts));
		},
	};
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
	const view = await viewOf(tx, deps, request);
	if (request === undefined || view.kind !== 'open') return view;
	const { profile, channel, topic, text_version: textVersion } = request;
	const base = { profile, channel, source: SOURCE, textVersion, ip: facts.ip ?? null, seen: { page: 'confirm', language: facts.language, request: id } };
	const opened = await opening(tx, await deps.settings.current(tx), request);
	await setIn(tx, deps.set, [{ ...base, topic, state: 'subscribed' }, ...opened.map((change) => ({ ...base, ...change }))]);
	await tx.run(sql`update consent_request set confirmed_at = ${tx.nowMs} where profile = ${profile} and channel = ${channel} and topic = ${topic} and confirmed_at is null`);
	await deps.events.ingestIn(tx, [{
		type: 'track', event: 'Subscription Confirmed', profileId: profile, messageId: `confirmed:${id}`, properties: { channel, topic, textVersion },
	}], { source: SOURCE, own: true });
	return view;
}

async function requestRow(reader: Reader, id: string): Promise<RequestRow | undefined> {
	return await reader.first(sql<RequestRow>`select id, profile, channel, topic, text_version, expires_at, confirmed_at, address from consent_request where id = ${id}`);
}

/** A link that went to an address which is not the person's any more confirms nothing: whoever reads that mailbox is not asked. */
async function viewOf(reader: Reader, deps: OptInDeps, row: RequestRow | undefined): Promise<OptInView> {
	if (row === undefined) return { kind: 'gone' };
	const { profile, channel, topic } = row;
	if (row.confirmed_at !== null) return { kind: 'used', profile, channel, topic };
	if (row.expires_at <= reader.nowMs) return { kind: 'expired', profile, channel, topic };
	const now = row.address === null ? null : ((await reachedAt(reader, [profile], channel, await deps.identityOptions(reader))).get(profile) ?? null);
	return { kind: now === row.address ? 'open' : 'expired', profile, channel, topic };
}
