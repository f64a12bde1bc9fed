import type { ConsentReactions } from '../consent/types';
import type { Reactions } from '../events';
import type { Random } from '../kernel';
import type { AuditWriter, IdentityRules } from '../profiles';
import type { Segments } from '../segments';
import type { Settings } from '../settings';
import type { Reader, Store } from '../store';
import { pause } from './admission/pause';
import { followResumes, resume } from './admission/resume';
import { stepAsks } from './asks';
import { branch, tryBranch } from './branch';
import { claim } from './claim';
import { exitPeople } from './control/exit-people';
import { move } from './control/move';
import { segmentsEntered, segmentsLeft } from './enter';
import { scoreReactions } from './enter-score';
import { noteDrawing } from './drawing';
import { broadcasts } from './entries/broadcast-list';
import { enterDue } from './entries/due';
import { enroll, forgetRequests } from './entries/enroll';
import { exitOnConsents } from './exits';
import { exit, goal } from './finish';
import { join, recheckMeetings, setNeeded } from './joins';
import { begin, forgetLeases, renew, type Begun } from './lease';
import { followLimits, leaveOverdue } from './limits';
import { forgetEnded } from './other-half';
import { park } from './park';
import { eventsStored } from './react';
import { route } from './route';
import { sample } from './sample';
import { freeStopped } from './sending';
import { beat, beatLeader, register } from './serve';
import { breakOff, settle } from './settle';
import { people, retryHeld, status } from './status';
import { setThrottle, throttle } from './throttles';
import type { JourneysApi } from './types';
import { withWaits } from './waits/follow';
import { forgetLateChanges } from './waits/late';

export type * from './types';
export { heldOutAmong } from './admission/holdout';
export { PAUSED_GUARD, PAUSED_REASON, pauseIn, sharePaused } from './admission/pause';
export { REMAINDER } from './branch';
export { nameSteps, readWay, runningLegs, STAYED, type PassedStep } from './control/way';
export { readDrawing } from './drawing';
export { holdTokens, lockEnrollments } from './end';
export { isByPerson } from './engagement';
export { followedByEntries } from './entries/follow';
export { entriesKeeper } from './entries/keeper';
export { journeysKeeper } from './keeper';
export { currencyOf, decimalOf } from './money';
export { insertChildren, type Child } from './park';
export { gone, passed } from './route';
export { freeStopped, STOPPED_REASON } from './sending';
export { startsBy } from './starts-by';
export { noteProblem, noteRefused } from './step';
export { cameUpWithin, journeyId, leaderBeatSql, UNSERVED_AFTER_MS } from './serve';
export { tally, type Tallied } from './tally';
export { nextTrail, NEVER_MS } from './trail';
export { forgetGoalsOf } from './trigger-goals';
export { endVirtual } from './virtual';
export { allowNew, countPassages, openVisits, remember, type Visit } from './visit';
export type { Happening } from './waits/check';
export { storeRule } from './waits/meet';
export { heardByWaits } from './waits/follow';
export { fromJsonColumn } from './watch';
/** What changes of buckets, grades and stages set off, inside their own transaction. */
export { scoreReactions };

/** What events and segment changes set off, inside their own transaction. */
export const reactions: Reactions = withWaits({ eventsStored, segmentsEntered, segmentsLeft });

/** What a "no" sets off, inside its own transaction. */
export const consentReactions: ConsentReactions = {
	consentsChanged: async (tx, steps) => {
		await exitOnConsents(tx, steps);
	},
};

export interface Journeys extends JourneysApi {
	/** Says that this process runs triggers; the engine's timer calls it while any step is served here. */
	beatLeader(): Promise<void>;
	servesSteps(): boolean;
	/** Ends enrollments whose time is up, and has those inside follow limits that were changed: at most so many slices each. */
	endOverdue(slices: number): Promise<number>;
	/** Goes on with resumes of journeys that a process which died has begun; at most so many slices. */
	followResumes(slices: number): Promise<number>;
	/** Lets in whom time brings: dates, schedules, answers that did not come. The engine's timer calls it. */
	enterDue(): Promise<void>;
	/** Drops what dead processes left behind and nobody needs. */
	tidy(): Promise<number>;
	/** Tells people who wait at a Journey Join that fewer paths are needed now; at most so many slices. */
	recheckMeetings(slices: number): Promise<number>;
	/** This process runs triggers, whether or not it serves a step yet. */
	markLeader(): Promise<void>;
}

/** The journey runtime: PROTOCOL in code. Life of a token: parked -> claimed -> deleted | parked (release) | held | away. */
export function createJourneys(deps: {
	store: Store; random: Random; segments: Pick<Segments, 'evaluateEnrolled' | 'evaluateIn' | 'firstMatch'>; settings: Settings; identityOptions?: IdentityRules; audit?: AuditWriter; begun?: Begun;
}): Journeys {
	const { store, random, segments, settings, identityOptions = () => Promise.resolve({}), audit, begun } = deps;
	const zone = async (reader: Reader): Promise<string> => (await settings.current(reader)).zone;
	let serves = false;
	let isUp = false;
	const lead = async (): Promise<void> => {
		await beatLeader(store);
		isUp = true;
	};
	return {
		register: async (step, config) => {
			serves = true;
			await lead();
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
		beatLeader: lead,
		enterDue: () => enterDue({ store, segments, zone }),
		servesSteps: () => serves,
		endOverdue: async (slices) => {
			await followLimits(store, slices);
			return await leaveOverdue(store, slices);
		},
		tidy: async () => (await forgetEnded(store)) + (await forgetLateChanges(store)) + (await forgetLeases(store)) + (await forgetRequests(store)),
		markLeader: async () => {
			serves = true;
			await lead();
		},
		noteDrawing: (drawing) => noteDrawing(store, drawing),
		claim: async (step, options) => {
			// The first claim of a process may come before anything else has told that n8n is up again.
			if (!isUp) await lead();
			return await claim(store, random, step, options);
		},
		begin: (input) => begin(store, input, begun),
		renew: (nonce, leaseMs) => renew(store, nonce, leaseMs),
		settle: (nonce, outcome) => settle(store, nonce, outcome),
		breakOff: (broken) => breakOff(store, broken),
		route: (step, items) => route(store, step, items),
		filter: async (step, items, by) => {
			const inside = await segments.evaluateEnrolled(by, items.map(({ stamp }) => ({ profile: stamp.profile, enrollment: stamp.enrollment })));
			return await route(store, step, items.map((item, n) => ({ ...item, output: inside[n] === true ? 0 : 1 })));
		},
		branch: (step, items, rules) => branch({ store, segments }, step, items, rules),
		tryBranch: (rules, people) => tryBranch({ segments }, rules, people),
		park: (request) => park({ store, settings }, request),
		join: (request) => join(store, request),
		setNeeded: (step, needed) => setNeeded(store, step, needed),
		recheckMeetings: (slices) => recheckMeetings(store, slices),
		followResumes: (slices) => followResumes(store, slices),
		throttle: (step, items, limit) => throttle(store, step, items, limit),
		setThrottle: (step, limit) => setThrottle(store, step, limit),
		goal: (step, items) => goal({ store, settings }, step, items),
		exit: (step, items) => exit(store, step, items),
		status: (filter) => status(store, settings, filter),
		people: (filter) => people(store, filter),
		broadcasts: (filter) => broadcasts(store, filter),
		retryHeld: (filter) => retryHeld(store, filter),
		pause: (filter, reason, options) => pause(store, filter, reason, options),
		resume: (filter, options) => resume(store, filter, options),
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
		enroll: (request) => enroll({ store, identityOptions }, request),
		sample: (config, by) => sample({ store, zone }, config, by),
	};
}
