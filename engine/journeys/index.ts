import type { Reactions } from '../events';
import type { Random } from '../kernel';
import type { IdentityRules } from '../profiles';
import type { Segments } from '../segments';
import type { Settings } from '../settings';
import type { Reader, Store } from '../store';
import { stepAsks } from './asks';
import { branch, tryBranch } from './branch';
import { claim } from './claim';
import { segmentsEntered, segmentsLeft } from './enter';
import { scoreReactions } from './enter-score';
import { enterDue } from './entries/due';
import { enroll, forgetRequests } from './entries/enroll';
import { exit, goal } from './finish';
import { begin, forgetLeases, renew } from './lease';
import { forgetEnded } from './other-half';
import { park } from './park';
import { eventsStored } from './react';
import { route } from './route';
import { sample } from './sample';
import { freeStopped } from './sending';
import { beat, beatLeader, register } from './serve';
import { settle } from './settle';
import { people, retryHeld, status } from './status';
import type { JourneysApi } from './types';

export type * from './types';
export { REMAINDER } from './branch';
export { exitEnrollments, holdTokens, lockEnrollments } from './end';
export { followedByEntries } from './entries/follow';
export { entriesKeeper } from './entries/keeper';
export { journeysKeeper } from './keeper';
export { insertChildren, type Child } from './park';
export { gone, passed } from './route';
export { freeStopped, STOPPED_REASON } from './sending';
export { startsBy } from './starts-by';
export { noteProblem } from './step';
export { childTokenId, nextTrail, NEVER_MS } from './trail';
export { endVirtual } from './virtual';
export { allowNew, countPassages, openVisits, remember, type Visit, type VisitToken } from './visit';
export { fromJsonColumn } from './watch';
/** What changes of buckets, grades and stages set off, inside their own transaction. */
export { scoreReactions };

/** What events and segment changes set off, inside their own transaction. */
export const reactions: Reactions = { eventsStored, segmentsEntered, segmentsLeft };

export interface Journeys extends JourneysApi {
	/** Says that this process runs triggers; the engine's timer calls it while any step is served here. */
	beatLeader(): Promise<void>;
	servesSteps(): boolean;
	/** Lets in whom time brings: dates, schedules, answers that did not come. The engine's timer calls it. */
	enterDue(): Promise<void>;
	/** Drops what dead processes left behind and nobody needs. */
	tidy(): Promise<number>;
	/** This process runs triggers, whether or not it serves a step yet. */
	markLeader(): Promise<void>;
}

/** The journey runtime: PROTOCOL in code. Life of a token: parked -> claimed -> deleted | parked (release) | held | away. */
export function createJourneys(deps: { store: Store; random: Random; segments: Pick<Segments, 'evaluateEnrolled' | 'evaluateIn' | 'firstMatch'>; settings: Settings; identityOptions?: IdentityRules }): Journeys {
	const { store, random, segments, settings, identityOptions = () => Promise.resolve({}) } = deps;
	const zone = async (reader: Reader): Promise<string> => (await settings.current(reader)).zone;
	let serves = false;
	return {
		register: async (step, config) => {
			serves = true;
			await beatLeader(store);
			await register(store, step, config, zone);
		},
		beat: async (step) => {
			serves = true;
			await beat(store, step);
		},
		asks: async (step, by) => {
			serves = true;
			await stepAsks(store, step, by);
		},
		beatLeader: () => beatLeader(store),
		enterDue: () => enterDue({ store, segments, zone }),
		servesSteps: () => serves,
		tidy: async () => (await forgetEnded(store)) + (await forgetLeases(store)) + (await forgetRequests(store)),
		markLeader: async () => {
			serves = true;
			await beatLeader(store);
		},
		claim: (step, options) => claim(store, random, step, options),
		begin: (input) => begin(store, input),
		renew: (nonce, leaseMs) => renew(store, nonce, leaseMs),
		settle: (nonce, outcome) => settle(store, nonce, outcome),
		route: (step, items) => route(store, step, items),
		filter: async (step, items, by) => {
			const inside = await segments.evaluateEnrolled(by, items.map(({ stamp }) => ({ profile: stamp.profile, enrollment: stamp.enrollment })));
			return await route(store, step, items.map((item, n) => ({ ...item, output: inside[n] === true ? 0 : 1 })));
		},
		branch: (step, items, rules) => branch({ store, segments }, step, items, rules),
		tryBranch: (rules, people) => tryBranch({ segments }, rules, people),
		park: (request) => park(store, request),
		goal: (step, items) => goal({ store, settings }, step, items),
		exit: (step, items) => exit(store, step, items),
		status: (filter) => status(store, settings, filter),
		people: (filter) => people(store, filter),
		retryHeld: (filter) => retryHeld(store, filter),
		stopSending: (reason) => settings.stop(reason.slice(0, 300)),
		resumeSending: async () => {
			await settings.resume();
			await freeStopped(store);
		},
		sendingStopped: async () => {
			const { stopped, reason } = await settings.stopSwitch();
			return { stopped, reason };
		},
		enroll: (request) => enroll({ store, identityOptions }, request),
		sample: (config, by) => sample(store, config, by),
	};
}
