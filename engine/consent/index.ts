import { EngineError, systemRandom, type Random } from '../kernel';
import type { Events } from '../events';
import type { IdentityOptions } from '../profiles';
import type { Settings } from '../settings';
import type { Reader, Store, Tx } from '../store';
import { addProofIn } from './add-proof';
import { markDoNotSellIn, setDoNotSellIn, type DoNotSellChange, type DoNotSellOptions } from './do-not-sell';
import { createOptIn, type OptIn } from './double-opt-in';
import { readHistory, recentSources } from './history';
import { opening, type Opening } from './open-channel';
import { viewConsent } from './read';
import { givenFault, setIn, textFault, type SetOptions, type SetParts } from './set';
import type { ConsentApi, ConsentChange, ConsentReport, Whose } from './types';
import { findAll, findUsable, type Found } from './whose';

export { ADDRESSED_BY, addressKindAt, addressKindsOf, CHAT_KINDS } from './addresses';
export { allowed, type ConsentVerdict } from './allowed';
export { consentBlocksSql, consentReasonSql, doNotSellSql, NO_CONSENT, sharableSql, type ConsentScope, type Purpose } from './blocks';
export { CHANNELS, isChannel, normaliseTopic, OPT_IN_CHANNELS, type Channel } from './channels';
export { doNotSellAmong, type DoNotSellChange } from './do-not-sell';
export type { OptIn, OptInView, PageFacts } from './double-opt-in';
export { openRequests } from './opt-in-request';
export { appendHistory, type HistoryRow } from './history';
export { consentKeeper } from './keeper';
export { normaliseAddress, suppressedOf, suppressErasedIn, suppressIn, type SuppressionRow } from './suppression';
export { suppressedAddresses } from './suppressed-of';
export { textFault } from './set';
export { createSuppression, type SuppressionDeps } from './suppression-list';
export { reasonInWords, type ImportedReason } from './suppression-reason';
export { findUsable, findAll, type Found } from './whose';
export type * from './types';

const LARGEST_CALL = 20_000;
const BATCH = 500;
const LONGEST_PAGE = 1000;

export interface Consent extends ConsentApi {
	/**
	 * Inside the caller's transaction; locks the profiles in id order (PROTOCOL rule 3), so call it before locking enrollments
	 * or tokens. Answers with the profiles that exist no more: nothing was stored for them.
	 */
	setIn(tx: Tx, changes: readonly ConsentChange[], options?: SetOptions): Promise<{ missing: number[] }>;
	/** Adds proof to states that stand without any, changing no state: see add-proof.ts. Answers with what was added. */
	addProofIn(tx: Tx, given: readonly ConsentChange[]): Promise<ConsentChange[]>;
	/** Answers with how many people changed. Locks the profiles in id order; scores and segments follow. */
	setDoNotSellIn(tx: Tx, changes: readonly DoNotSellChange[], options?: DoNotSellOptions): Promise<number>;
	/**
	 * As setDoNotSellIn, for a caller that has more to change about these people before segments look at them: it hands on whom this answers
	 * with, as ProfileChange.consents. Somebody looked at in between would enter a segment that they are never in.
	 */
	markDoNotSellIn(tx: Tx, changes: readonly DoNotSellChange[], options?: DoNotSellOptions): Promise<ReadonlySet<number>>;
	/** What a yes to one topic brings with it where the whole channel was left; see open-channel.ts. */
	opening(reader: Reader, about: { profile: number; channel: string; topic: string }): Promise<Opening[]>;
	/** What the confirmation page does. */
	readonly optIn: OptIn;
}

export interface ConsentDeps extends SetParts {
	store: Store;
	/** Absent, like events: double opt-in is not served (tests of states alone). */
	settings?: Pick<Settings, 'signingSecret' | 'trackingAddress' | 'current'>;
	events?: Pick<Events, 'ingestIn'>;
	random?: Random;
	/** Default country of phone numbers. Absent: numbers without a country code are refused. */
	identityOptions?: (reader?: Reader) => Promise<IdentityOptions>;
}

/** Who may be written to, on which channel, about what, and the proof of it. Throws BAD_INPUT and the store's errors. */
export function createConsent(deps: ConsentDeps): Consent {
	const { store } = deps;
	const identityOptions = deps.identityOptions ?? (() => Promise.resolve({}));
	const optIn = optInOf(deps, identityOptions);

	/** Runs `work` for each 500 in a transaction of its own; what has a fault and who is not found is rejected by index, the others are not held up. */
	async function forEveryone<Item extends { whose: Whose }>(name: string, batch: readonly Item[], faultOf: (item: Item) => string | null, work: (tx: Tx, people: Array<{ item: Item; profile: number }>) => Promise<unknown>): Promise<ConsentReport> {
		if (!Array.isArray(batch) || batch.length > LARGEST_CALL) throw new EngineError('BAD_INPUT', `Changes of consent come as a list of at most ${LARGEST_CALL}. Send more in several calls.`);
		const options = await identityOptions();
		const report: ConsentReport = { profiles: [], rejected: [] };
		for (let from = 0; from < batch.length; from += BATCH) {
			const part = batch.slice(from, from + BATCH) as Item[];
			const found = await store.tx(name, async (tx) => {
				const all = await findUsable(tx, part, faultOf, options);
				await work(tx, part.flatMap((item, index) => {
					const one = all[index];
					return one !== undefined && 'profile' in one ? [{ item, profile: one.profile }] : [];
				}));
				return all;
			});
			found.forEach((one, index) => {
				report.profiles.push('profile' in one ? one.profile : null);
				if ('reason' in one) report.rejected.push({ index: index + from, reason: one.reason });
			});
		}
		return report;
	}

	/** null: no such person. Throws BAD_INPUT for what can be no identity. */
	async function person<Result>(whose: Whose, work: (tx: Tx, profile: number) => Promise<Result>): Promise<Result | null> {
		const options = await identityOptions();
		return await store.tx('read-consent', async (tx) => {
			const [found] = await findAll(tx, [whose], options);
			return found !== undefined && 'profile' in found ? await work(tx, found.profile) : refusedOrNull(found);
		});
	}

	return {
		optIn,
		setIn: (tx, changes, options) => setIn(tx, deps, changes, options),
		addProofIn: (tx, given) => addProofIn(tx, deps, given),
		setDoNotSellIn: (tx, changes, options) => setDoNotSellIn(tx, deps, changes, options),
		markDoNotSellIn: (tx, changes, options) => markDoNotSellIn(tx, deps, changes, options),
		opening: async (reader, about) => opening(reader, (await deps.settings?.current(reader)) ?? { topics: [] }, about),
		set: (changes) =>
			store.tx('set-consent', async (tx) => {
				const { missing } = await setIn(tx, deps, changes);
				const [first] = missing;
				if (first !== undefined) {
					throw new EngineError('NOT_FOUND', `No profile has the id ${first}; no consent of this call was changed. Look the person up by an identity first.`, { profile: first, missing: missing.length });
				}
			}),
		setFor: (batch, options = {}) =>
			forEveryone('set-consent', batch, (change) => givenFault(change) ?? textFault('IP address', change.ip), (tx, people) => setIn(tx, deps, people.map(({ item: { whose: _whose, ...change }, profile }) => ({ ...change, profile })), options)),
		get: (whose) => person(whose, viewConsent),
		history: (whose, { before, limit = 100 } = {}) =>
			person(whose, (tx, profile) => readHistory(tx, profile, { limit: Math.max(1, Math.min(LONGEST_PAGE, Math.floor(limit))), ...(before === undefined ? {} : { before }) })),
		sources: () => deps.store.read(recentSources),
		request: (batch, options) => optIn.request(batch, options),
		setDoNotSell: (batch) => forEveryone('do-not-sell', batch, doNotSellFault, (tx, people) => setDoNotSellIn(tx, deps, people.map(({ item: { active, source }, profile }) => ({ profile, active, source })))),
	};
}

/** Whatever else stands for yes or no may have been meant as either. */
function doNotSellFault({ active, source }: { active: unknown; source: unknown }): string | null {
	return typeof active === 'boolean' ? textFault('source', source) : 'Do not sell is neither true nor false.';
}

function refusedOrNull(found: Found | undefined): null {
	if (found !== undefined && 'reason' in found && !found.reason.startsWith('No profile')) throw new EngineError('BAD_INPUT', `This identity finds nobody: ${found.reason}`);
	return null;
}

function optInOf(deps: ConsentDeps, identityOptions: (reader?: Reader) => Promise<IdentityOptions>): OptIn {
	const { store, settings, events, random = systemRandom } = deps;
	if (settings !== undefined && events !== undefined) return createOptIn({ store, random, settings, events, set: deps, identityOptions });
	const unserved = (): Promise<never> => Promise.reject(new EngineError('INTERNAL', 'This engine was put together without double opt-in.'));
	return { request: unserved, describe: unserved, confirm: unserved };
}
