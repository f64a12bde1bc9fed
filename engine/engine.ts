import type { Engine } from './api';
import { createCollector } from './collector';
import { createConsent } from './consent';
import { closeEmailProviders } from './channels/email';
import { createEvents } from './events';
import { createJourneys, freeStopped, reactions, type Journeys } from './journeys';
import { silentLog, systemRandom, type Clock, type Log, type Random } from './kernel';
import { createMessages } from './messages';
import { createProfiles } from './profiles';
import { createSegments } from './segments';
import { createSettings } from './settings';
import { openStore, type DatabaseConfig, type Store } from './store';
import { createTracking } from './tracking';

export interface EngineOptions {
	database: DatabaseConfig;
	/** Injected time: then nothing happens by itself, and `tick()` does what the timers would. */
	clock?: Clock;
	random?: Random;
	log?: Log;
	/** n8n's instance id: a database that comes from another instance starts with all sending stopped. */
	instanceId?: string;
	/** Called at named points around commits; crash tests kill the process there. */
	onPoint?: (point: string) => void;
}

/** The engine in this very thread. */
export interface LocalEngine extends Engine {
	readonly store: Store;
	readonly journeys: Journeys;
	/** Does now what time alone makes due: segment changes, attempts past their deadline, the leader's beat. */
	tick(): Promise<void>;
}

const TICK_MS = 1000;
const RECHECK_BATCH = 500;
const BEAT_EVERY_TICKS = 20;

/**
 * Composition root: only here are the domains known to each other.
 * Throws DATABASE_UNREADABLE, DATABASE_NEWER, DATABASE_BUSY, DATABASE_FULL.
 */
export async function createEngine(options: EngineOptions): Promise<LocalEngine> {
	const random = options.random ?? systemRandom;
	const log = options.log ?? silentLog;
	const onPoint = options.onPoint ?? (() => undefined);
	const store = await openStore({ database: options.database, log, onPoint, ...(options.clock === undefined ? {} : { clock: options.clock }) });
	const settings = createSettings({ store, random });
	const segments = createSegments({ store, reactions });
	const events = createEvents({ store, segments, reactions });
	const profiles = createProfiles({ store, segments, random });
	const consent = createConsent({ store });
	const journeys = createJourneys({ store, random, segments, settings });
	const messages = createMessages({ store, random, settings, profiles, onPoint });
	const tracking = createTracking({ store, settings, events, consent, log });
	const collector = createCollector({ settings, events, tracking, log });

	if (options.instanceId !== undefined) await settings.claimInstance(options.instanceId);
	if (!(await settings.stopSwitch()).stopped) await freeStopped(store);

	let ticks = 0;
	async function tick(): Promise<void> {
		while ((await segments.recheckDue(RECHECK_BATCH)) >= RECHECK_BATCH);
		if (ticks % BEAT_EVERY_TICKS === 0) {
			await messages.sweep();
			await journeys.tidy();
			if (journeys.servesSteps()) await journeys.beatLeader();
		}
		ticks += 1;
	}

	let closed = false;
	let ticking: Promise<void> = Promise.resolve();
	let timer: NodeJS.Timeout | undefined;
	function schedule(): void {
		timer = setTimeout(() => {
			ticking = tick().catch((error: unknown) => log.error('The engine could not do what was due; it tries again', { reason: error instanceof Error ? error.message : 'unknown' }));
			void ticking.then(() => {
				if (!closed) schedule();
			});
		}, TICK_MS);
		timer.unref();
	}
	if (options.clock === undefined) schedule();

	return {
		profiles, events, segments, consent, journeys, messages, store, tick,
		collector: {
			...collector,
			configure: async (config) => {
				const result = await collector.configure(config);
				// Only the process that runs triggers configures it: n8n is up here, even when no journey is published.
				await journeys.markLeader();
				return result;
			},
		},
		onWake: (listener) => store.onWake((workflow, step) => listener({ workflow, step })),
		health: async () => ({ database: store.dialect.name, schema: store.schemaVersion, profiles: await profiles.count() }),
		close: async () => {
			if (closed) return;
			closed = true;
			clearTimeout(timer);
			await ticking;
			await collector.close();
			await messages.idle();
			await closeEmailProviders();
			await store.close();
		},
	};
}
