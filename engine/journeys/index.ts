import type { Reactions } from '../events';
import type { Random } from '../kernel';
import type { AuditWriter } from '../profiles';
import type { Segments } from '../segments';
import type { Settings } from '../settings';
import type { Store } from '../store';
import { stepAsks } from './asks';
import { branch, tryBranch } from './branch';
import { claim } from './claim';
import { exitPeople } from './control/exit-people';
import { move } from './control/move';
import { segmentsEntered, segmentsLeft } from './enter';
import { scoreReactions } from './enter-score';
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
export { nameSteps, readWay, runningLegs, STAYED, type PassedStep } from './control/way';
export { exitEnrollments, holdTokens, lockEnrollments } from './end';
export { journeysKeeper } from './keeper';
export { insertChildren, type Child } from './park';
export { gone, passed } from './route';
export { freeStopped, STOPPED_REASON } from './sending';
export { startsBy } from './starts-by';
export { noteProblem } from './step';
export { journeyId, leaderBeatSql, UNSERVED_AFTER_MS } from './serve';
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
	/** Drops what dead processes left behind and nobody needs. */
	tidy(): Promise<number>;
	/** This process runs triggers, whether or not it serves a step yet. */
	markLeader(): Promise<void>;
}

/** The journey runtime: PROTOCOL in code. Life of a token: parked -> claimed -> deleted | parked (release) | held | away. */
export function createJourneys(deps: { store: Store; random: Random; segments: Pick<Segments, 'evaluateEnrolled' | 'firstMatch'>; settings: Settings; audit?: AuditWriter }): Journeys {
	const { store, random, segments, settings, audit } = deps;
	let serves = false;
	return {
		register: async (step, config) => {
			serves = true;
			await beatLeader(store);
			await register(store, step, config);
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
		servesSteps: () => serves,
		tidy: async () => (await forgetEnded(store)) + (await forgetLeases(store)),
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
		move: (request) => move({ store, audit }, request),
		exitPeople: (request) => exitPeople({ store, audit }, request),
		stopSending: (reason) => settings.stop(reason.slice(0, 300)),
		resumeSending: async () => {
			await settings.resume();
			await freeStopped(store);
		},
		sendingStopped: async () => {
			const { stopped, reason } = await settings.stopSwitch();
			return { stopped, reason };
		},
		sample: (config, by) => sample(store, config, by),
	};
}
