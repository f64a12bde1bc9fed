import type { Reactions } from '../events';
import type { Random } from '../kernel';
import type { SegmentsApi } from '../segments/types';
import type { Settings } from '../settings';
import type { Store } from '../store';
import { claim } from './claim';
import { segmentsEntered } from './enter';
import { exit, goal } from './finish';
import { begin, forgetLeases, renew } from './lease';
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
export { exitEnrollments, holdTokens, lockEnrollments } from './end';
export { insertChildren, type Child } from './park';
export { freeStopped, STOPPED_REASON } from './sending';
export { noteProblem } from './step';
export { childTokenId, nextTrail, NEVER_MS } from './trail';
export { allowNew, countPassages, openVisits, remember, type Visit, type VisitToken } from './visit';
export { fromJsonColumn } from './watch';

/** What events and segment changes set off, inside their own transaction. */
export const reactions: Reactions = { eventsStored, segmentsEntered };

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
export function createJourneys(deps: { store: Store; random: Random; segments: Pick<SegmentsApi, 'evaluate'>; settings: Settings }): Journeys {
	const { store, random, segments, settings } = deps;
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
		beatLeader: () => beatLeader(store),
		servesSteps: () => serves,
		tidy: () => forgetLeases(store),
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
			const inside = new Set(await segments.evaluate(by, [...new Set(items.map((item) => item.stamp.profile))]));
			return await route(store, step, items.map((item) => ({ ...item, output: inside.has(item.stamp.profile) ? 0 : 1 })));
		},
		park: (request) => park(store, request),
		goal: (step, items) => goal(store, step, items),
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
		sample: (config, by) => sample(store, config, by),
	};
}
