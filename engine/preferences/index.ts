import { sql } from 'kysely';

import { findAll, findUsable, textFault, type Consent } from '../consent';
import type { Events } from '../events';
import { EngineError } from '../kernel';
import { currentProfiles, lockProfiles, storedObject, type AuditCall, type AuditWriter, type IdentityOptions } from '../profiles';
import type { SegmentTracker } from '../segments';
import type { Settings } from '../settings';
import type { Reader, Store, Tx } from '../store';
import { preferencesUrl, verifyToken } from '../tracking';
import { spokenLanguage, viewCentre, type CentreView } from './centre';
import { chooseIn, type Choice, type ChoiceFacts } from './choose';
import { preferenceFault, preferencesOf, setPreferencesIn, type PreferenceWrite } from './preference';
import { LINK_REQUESTED, requestLink } from './renew';
import type { PreferenceChange, PreferencesApi } from './types';

export { spokenLanguage } from './centre';
export type { CentreView, TopicShown } from './centre';
export type { Choice, ChoiceFacts } from './choose';
export { preferencesKeeper } from './keeper';
export { preferencesOf, setPreferencesIn, type PreferenceRow } from './preference';
export type * from './types';

/**
 * expired: the token is ours and too old; `message` leads to the unsubscribe page, which never expires. renewable: somebody sends new
 * links by mail when they are asked for.
 */
export type Centre = CentreView | { kind: 'expired'; message: string | null; renewable: boolean } | { kind: 'gone' };

export interface Preferences extends PreferencesApi {
	/** Reads only. null: the token is not ours. */
	describe(token: string): Promise<Centre | null>;
	/** Stores what was chosen and answers with how it is now. Rejects when it could not be stored. */
	choose(token: string, choice: Choice, facts: Omit<ChoiceFacts, 'message' | 'storesIp'>): Promise<Centre | null>;
	/** Asks for a new link in place of an expired one; see renew.ts. false: nobody would send it, or the link has not expired. */
	renew(token: string): Promise<boolean>;
	/** A browser that sends Global Privacy Control with a choice keeps its person out of what is shared with third parties. Ids of merged people lead to whom they are now. */
	heedPrivacySignal(profile: number): Promise<void>;
	/** What a page needs to know to speak to somebody: their language, and the name of a topic. */
	pageFacts(profile: number | null, topic: string): Promise<{ language: string | null; fallback: string; languages: string[]; topic: string }>;
}

export interface PreferencesDeps {
	store: Store;
	settings: Pick<Settings, 'signingSecret' | 'trackingAddress' | 'current'>;
	consent: Pick<Consent, 'setIn' | 'markDoNotSellIn' | 'setDoNotSellIn'>;
	events: Pick<Events, 'ingestIn'>;
	segments: Pick<SegmentTracker, 'refresh'>;
	/** Whether a published journey starts by an event of this name. Absent: none does. */
	startsJourney?: (reader: Reader, event: string) => Promise<boolean>;
	audit?: AuditWriter;
	/** Default country of phone numbers. Absent: numbers without a country code are refused. */
	identityOptions?: (reader?: Reader) => Promise<IdentityOptions>;
}

/** Days that a link in a mail or from `links` lasts: mails are forwarded, and what it opens changes a person's consent. */
export const PREFERENCES_LINK_DAYS = 90;
const LONGEST_DAYS = 365;
const LONGEST_PAUSE_DAYS = 365;
const DAY_MS = 86_400_000;
const LARGEST_CALL = 20_000;
const BATCH = 500;

export function createPreferences(deps: PreferencesDeps): Preferences {
	const { store, settings } = deps;
	const identityOptions = deps.identityOptions ?? (() => Promise.resolve({}));

	async function payloadOf(token: string) {
		const payload = verifyToken(token, await settings.signingSecret());
		return payload?.k === 'p' ? payload : null;
	}

	async function open(reader: Reader, payload: NonNullable<Awaited<ReturnType<typeof payloadOf>>>, profile: number | null, topic: string): Promise<Centre> {
		if (payload.e * 1000 <= reader.nowMs) {
			return { kind: 'expired', message: 'm' in payload ? payload.m : null, renewable: profile !== null && ((await deps.startsJourney?.(reader, LINK_REQUESTED)) ?? false) };
		}
		const view = profile === null ? null : await viewCentre(reader, profile, await settings.current(reader), topic);
		return view ?? { kind: 'gone' };
	}

	return {
		describe: async (token) => {
			const payload = await payloadOf(token);
			if (payload === null) return null;
			return await store.read(async (reader) => {
				const { profile, topic } = await target(reader, payload);
				return await open(reader, payload, profile, topic);
			});
		},
		choose: async (token, choice, facts) => {
			const payload = await payloadOf(token);
			if (payload === null) return null;
			return await store.tx('choose-preferences', async (tx) => {
				const { profile, topic } = await lockedTarget(tx, payload);
				const view = await open(tx, payload, profile, topic);
				if (view.kind !== 'open' || profile === null) return view;
				const { storeIps } = await settings.current(tx);
				const unmet = await chooseIn(tx, deps, profile, view, choice, { ...facts, message: 'm' in payload ? payload.m : null, storesIp: storeIps });
				const after = await open(tx, payload, profile, topic);
				return after.kind === 'open' ? { ...after, unmet } : after;
			});
		},
		renew: async (token) => {
			const payload = await payloadOf(token);
			if (payload === null) return false;
			return await store.tx('renew-preference-link', async (tx) => {
				const { profile, topic } = await lockedTarget(tx, payload);
				const view = await open(tx, payload, profile, topic);
				if (view.kind !== 'expired' || !view.renewable || profile === null) return false;
				await requestLink(tx, deps, profile);
				return true;
			});
		},
		heedPrivacySignal: async (profile) => {
			await store.tx('privacy-signal', async (tx) => {
				const { profile: current } = await lockedTarget(tx, { p: profile });
				if (current !== null) await deps.consent.setDoNotSellIn(tx, [{ profile: current, active: true, source: 'gpc' }]);
			});
		},
		pageFacts: (profile, topic) =>
			store.read(async (reader) => {
				const { topics, languages } = await settings.current(reader);
				return {
					language: profile === null ? null : await languageOf(reader, profile), fallback: languages[0] ?? 'en', languages,
					topic: topics.find((one) => one.key === topic)?.name ?? topic,
				};
			}),
		set: async (batch) => {
			if (!Array.isArray(batch) || batch.length > LARGEST_CALL) throw new EngineError('BAD_INPUT', `Preferences come as a list of at most ${LARGEST_CALL}.`);
			const options = await identityOptions();
			const report: Awaited<ReturnType<PreferencesApi['set']>> = { profiles: [], rejected: [] };
			const call: AuditCall = { entry: null };
			let told: ReadonlySet<number> = new Set();
			for (let from = 0; from < batch.length; from += BATCH) {
				const { found, whom } = await store.tx('set-preferences', async (tx) => {
					const all = await findUsable(tx, batch.slice(from, from + BATCH), changeFault, options);
					const changed = await setPreferencesIn(tx, deps, all.flatMap((one, index) => {
						const change = batch[from + index];
						return 'profile' in one && change !== undefined ? [{ ...writeOf(change, tx.nowMs), profile: one.profile }] : [];
					}));
					const toldNow = new Set([...told, ...changed]);
					const [only] = toldNow;
					if (changed.length > 0) await deps.audit?.(tx, [{ action: 'preferences.set', who: batch[from]?.source ?? '', ...(batch.length === 1 && only !== undefined ? { profile: only } : { count: toldNow.size }), call }]);
					return { found: all, whom: toldNow };
				});
				told = whom;
				found.forEach((one, index) => {
					report.profiles.push('profile' in one ? one.profile : null);
					if ('reason' in one) report.rejected.push({ index: index + from, reason: one.reason });
				});
			}
			return report;
		},
		links: async (whose, { expiresInDays = PREFERENCES_LINK_DAYS } = {}) => {
			if (!Array.isArray(whose) || whose.length > LARGEST_CALL) throw new EngineError('BAD_INPUT', `Links are asked for as a list of at most ${LARGEST_CALL} people.`);
			if (!(expiresInDays > 0 && expiresInDays <= LONGEST_DAYS)) throw new EngineError('BAD_INPUT', `A link to the preference centre lasts more than 0 and at most ${LONGEST_DAYS} days.`);
			const secret = await settings.signingSecret();
			const address = await settings.trackingAddress();
			if (address === null) throw new EngineError('BAD_INPUT', 'No address for the link is known. Publish a workflow with a Journey Collector Trigger that has a public address.');
			const options = await identityOptions();
			return await store.tx('preference-links', async (tx) => {
				const expiresAtMs = tx.nowMs + Math.round(expiresInDays * DAY_MS);
				return (await findAll(tx, whose, options)).map((one) =>
					'profile' in one ? { profile: one.profile, url: preferencesUrl(address, { profile: one.profile }, expiresAtMs, secret), expiresAt: new Date(expiresAtMs).toISOString() } : null,
				);
			});
		},
	};
}

type Payload = { m: string } | { p: number };

/** Whose link it is now: merges move messages, and old profile ids keep leading to the person. */
async function target(reader: Reader, payload: Payload): Promise<{ profile: number | null; topic: string }> {
	if ('p' in payload) return { profile: (await currentProfiles(reader, [payload.p])).get(payload.p) ?? null, topic: '' };
	const message = await reader.first(sql<{ profile: number; topic: string }>`select profile, topic from message where id = ${payload.m}`);
	return { profile: message?.profile ?? null, topic: message?.topic ?? '' };
}

/** As `target`, with the profile locked (PROTOCOL rule 3). Read again under the lock: a merge may have come in between. */
async function lockedTarget(tx: Tx, payload: Payload): Promise<{ profile: number | null; topic: string }> {
	let found = await target(tx, payload);
	for (;;) {
		if (found.profile === null) return found;
		await lockProfiles(tx, [found.profile]);
		const now = await target(tx, payload);
		if (now.profile === found.profile) return now;
		found = now;
	}
}

async function languageOf(reader: Reader, profile: number): Promise<string | null> {
	const chosen = (await preferencesOf(reader, [profile])).get(profile)?.language;
	if (chosen !== undefined && chosen !== null) return chosen;
	const person = await reader.first(sql<{ attributes: unknown }>`select attributes from profile where id = ${profile}`);
	return person === undefined ? null : spokenLanguage(storedObject(person.attributes));
}

/** Why this cannot be stored; null: it can. A value that is no number must never be taken for the one that ends a pause or a limit. */
function changeFault(change: PreferenceChange): string | null {
	const { pausedUntil, pauseDays, source } = change;
	if (pauseDays !== undefined && (pausedUntil !== undefined || typeof pauseDays !== 'number' || !(pauseDays >= 0 && pauseDays <= LONGEST_PAUSE_DAYS))) {
		return `pauseDays is a number of days from 0 (ends a pause) to ${LONGEST_PAUSE_DAYS}, and is given without pausedUntil.`;
	}
	return preferenceFault(writeOf(change, 0)) ?? textFault('source', source);
}

function writeOf({ maxPerWeek, pausedUntil, pauseDays, language, source }: PreferenceChange, nowMs: number): Omit<PreferenceWrite, 'profile'> {
	return {
		source,
		...(maxPerWeek === undefined ? {} : { max_per_week: maxPerWeek }),
		...(pausedUntil === undefined ? {} : { paused_until: pausedUntil === null ? null : Date.parse(pausedUntil) }),
		...(pauseDays === undefined ? {} : { paused_until: pauseDays === 0 ? null : nowMs + Math.round(pauseDays * DAY_MS) }),
		...(language === undefined ? {} : { language }),
	};
}
