import type { Engine } from './api';
import { createAlerts, type Alerts } from './alerts';
import { createAttribution } from './attribution';
import { collectedKeeper, createCollector } from './collector';
import { consentKeeper, createConsent, createSuppression, doNotSellAmong, sharableSql, suppressedAddresses, suppressErasedIn } from './consent';
import { closeChatProviders } from './channels/chat';
import { createTemplates } from './content';
import { closeEmailProviders } from './channels/email';
import { closePushProviders } from './channels/push';
import { closeDirectMailProviders } from './channels/directmail';
import { closeSmsProviders } from './channels/sms';
import { closeWhatsAppProviders } from './channels/whatsapp';
import { closeWebPushProviders } from './channels/webpush';
import { believeDevices, claimDevices, createBrowsers, devicesKeeper, listDevices } from './devices';
import { couponsKeeper, createCoupons, couponsWanted, redeem } from './coupons';
import { createDownload } from './downloads';
import { createEvents, eventsKeeper, followEvents, type NewEvent } from './events';
import { createExperiments, experimentsKeeper } from './experiments';
import { createImages, serveImage } from './images';
import { createInsights } from './insights';
import { consentReactions, createJourneys, endVirtual, entriesKeeper, followedByEntries, freeStopped, heardByWaits, reactions, scoreReactions, tally, type Journeys, journeysKeeper, startsBy } from './journeys';
import { silentLog, systemRandom, type Clock, type Log, type Random } from './kernel';
import { bestChannelKeeper, createMessages, createPictures, messagesKeeper, previewContent } from './messages';
import { createOnSite, onSiteKeeper } from './onsite';
import { createPages, pageBrand } from './pages';
import { createPreferences, preferencesKeeper } from './preferences';
import { countProducts, COUNTED_EVENTS, createProducts } from './products';
import { auditIn, auditKeeper, createPrivacy, executionsKeeper } from './privacy';
import { createGroupFollower, createProfiles, profilesKeeper, type PersonKeeper, type SaidListener, createGroups, identityRulesOf } from './profiles';
import { createReceipts, createReports, serviceWindowsKeeper } from './reports';
import { createScores, heardByScores, scoresKeeper, type Scores } from './scores';
import { createSegments, segmentsKeeper } from './segments';
import { createSettings } from './settings';
import { openStore, type DatabaseConfig, type Reader, type Store, type Tx } from './store';
import { createTracking, VISIT_BATCH } from './tracking';
import { createTransfer, importKeeper, noteSaid } from './transfer';

export interface EngineOptions {
	database: DatabaseConfig;
	/** Injected time: then nothing happens by itself, and `tick()` does what the timers would. */
	clock?: Clock;
	random?: Random;
	log?: Log;
	/** n8n's instance id: a database that comes from another instance, or is in another place than it was, starts with all sending stopped. */
	instanceId?: string;
	/** A small file that remembers how far the database was, outside of its folder: a database restored from a backup starts with all sending stopped. */
	markerFile?: string;
	/** Called at named points around commits; crash tests kill the process there. */
	onPoint?: (point: string) => void;
}

/** The engine in this very thread. */
export interface LocalEngine extends Engine {
	readonly store: Store;
	readonly journeys: Journeys;
	readonly alerts: Alerts;
	/** Who answers for the tables that hold something of people. */
	readonly keepers: readonly PersonKeeper[];
	/** Does now what time alone makes due: segment changes, attempts past their deadline, the leader's beat. */
	tick(): Promise<void>;
}

const TICK_MS = 1000;
const RECHECK_BATCH = 500;
/** 10,000 people, a second or two. */
const SCORE_SLICES_A_TICK = 20;
/** 10,000 members of accounts that changed. */
const GROUP_SLICES_A_TICK = 20;
/** 20,000 people of experiments. */
const EXPERIMENT_SLICES_A_TICK = 20;
/** 10,000 people whose time in a journey is up. */
const LIMIT_SLICES_A_TICK = 20;
/** 10,000 people at Journey Joins that wait for fewer paths than before. */
const RESUME_SLICES_A_TICK = 10;
const MEETING_SLICES_A_TICK = 20;
/** 20,000 transactions in which something was counted of journeys. */
const TALLY_SLICES_A_TICK = 20;
/** 50,000 events, of which those of shops are read. */
const SHOPPING_SLICES_A_TICK = 10;
const BEAT_EVERY_TICKS = 20;
/** Transactions that the collector has open at once, of the 8 connections there are. */
const POSTGRES_LANES = 4;

/**
 * Composition root: only here are the domains known to each other.
 * Throws DATABASE_UNREADABLE, DATABASE_NEWER, DATABASE_BUSY, DATABASE_FULL.
 */
export async function createEngine(options: EngineOptions): Promise<LocalEngine> {
	const random = options.random ?? systemRandom;
	const log = options.log ?? silentLog;
	const onPoint = options.onPoint ?? (() => undefined);
	const store = await openStore({ database: options.database, log, onPoint, ...(options.clock === undefined ? {} : { clock: options.clock }) });
	const settings = createSettings({ store, random, audit: auditIn, log });
	const identityOptions = identityRulesOf(settings);
	const segments = createSegments({ store, audit: auditIn, reactions: heardByScores(reactions, () => scores), identityOptions, totals: (...asked) => scores.totals(...asked) });
	const scores: Scores = createScores({ store, audit: auditIn, segments, reactions: scoreReactions, identityOptions });
	const zone = async (reader?: Reader) => (await settings.current(reader)).zone;
	// Who changes people tells scores, these tell segments; then the journeys that start by the change itself, and those who wait for such a change.
	const people = heardByWaits(followedByEntries(scores.tracker, zone), zone);
	/** Everybody who holds something of people: events before journeys (whose tokens remember event numbers), the profiles themselves last. */
	const keepers: PersonKeeper[] = [eventsKeeper, journeysKeeper, entriesKeeper, experimentsKeeper, messagesKeeper, bestChannelKeeper, serviceWindowsKeeper, devicesKeeper, onSiteKeeper, consentKeeper, preferencesKeeper, couponsKeeper, segmentsKeeper, scoresKeeper, importKeeper, executionsKeeper, collectedKeeper, auditKeeper, profilesKeeper];
	const merging = { keepers, audit: auditIn };
	const groupFollower = createGroupFollower({ store, segments: people });
	const said: SaidListener = async (tx, told) => {
		await noteSaid(tx, told);
		await believeDevices(tx, told);
	};
	const events = createEvents({
		store, segments: people, reactions, identityOptions, merging, groupFollower, said, devices: claimDevices,
		privacySignal: (tx, signalled) => consent.markDoNotSellIn(tx, signalled.map((profile) => ({ profile, active: true, source: 'gpc' }))),
	});
	const profiles = createProfiles({ store, audit: auditIn, segments: people, identityOptions, merging, said, suppressed: suppressedAddresses, devices: listDevices, endVirtual, scores: (reader, ids) => scores.currentIn(reader, ids), zone });
	const groups = createGroups({ store, audit: auditIn, segments: people, identityOptions, follower: groupFollower, sharable: sharableSql });
	const consent = createConsent({
		store, settings, events, random, segments: people, reactions: consentReactions, audit: auditIn, identityOptions, storesIps: async (reader) => (await settings.current(reader)).storeIps,
	});
	const suppression = createSuppression({ store, random, audit: auditIn, identityOptions });
	const preferences = createPreferences({ store, settings, audit: auditIn, consent, events, segments: people, identityOptions, startsJourney: startsBy });
	const privacy = createPrivacy({ store, keepers: () => keepers, suppressErased: suppressErasedIn, identityOptions, executionDays: async (reader) => (await settings.current(reader)).executionDays });
	const journeys = createJourneys({ store, random, segments, settings, identityOptions, audit: auditIn, begun: (tx, execution) => privacy.begunIn(tx, execution) });
	const experiments = createExperiments({ store });
	const alerts = createAlerts({ store, settings, random });
	const content = createTemplates({
		store, settings, profiles, audit: auditIn,
		library: async (texts, profile) => {
			const address = await settings.trackingAddress();
			return await store.read((reader) => previewContent(reader, { products, address }, texts, profile));
		},
	});
	const download = createDownload();
	const images = createImages({ store, download, address: () => settings.trackingAddress() });
	const coupons = createCoupons({ store, random, identityOptions });
	const products = createProducts({ store, random, download, identityOptions });
	const shopping = {
		key: 'shopping', names: COUNTED_EVENTS, wanted: async (reader: Reader) => (await products.hasFeeds(reader)) || (await couponsWanted(reader)),
		work: async (tx: Tx, happened: readonly NewEvent[]) => {
			await countProducts(tx, happened);
			await redeem(tx, happened);
		},
	};
	const pictures = createPictures({ store, download, address: () => settings.trackingAddress() });
	const messages = createMessages({ pictures, store, audience: segments, content: content.live, random, settings, profiles, segments: people, events, consent, products, onPoint });
	const attribution = createAttribution({ store, settings });
	const insights = createInsights({ store, segments, messages, events, journeys, identityOptions, credited: attribution.creditedTo });
	const tracking = createTracking({ store, settings, events, consent, segments: people, tally, log });
	const pages = createPages({ tracking, preferences, optIn: consent.optIn, brand: async () => pageBrand((await content.brand.get()).values), log });
	const onSite = createOnSite({ store, settings, events, segments: people, profiles, optIn: consent.optIn, identityOptions });
	const reports = createReports({ store, settings, events, consent, segments: people, audit: auditIn, identityOptions });
	const receipts = createReceipts({ store, reports, log });
	const browsers = createBrowsers({ store, events, consent, storesIps: async () => (await settings.current()).storeIps });
	const collector = createCollector({
		browsers,
		store, random, settings, events, tracking, pages, onSite, reports, images: (file, etags) => store.read((reader) => serveImage(reader, file, etags)), log, unsold: (people) => store.read((reader) => doNotSellAmong(reader, people)), lanes: store.dialect.name === 'postgres' ? POSTGRES_LANES : 1,
		...(options.clock === undefined ? {} : { clock: options.clock }),
	});

	const transfer = createTransfer({ store, random, profiles, events, consent, segments: people, keepers: () => keepers, audit: auditIn, identityOptions, scores: (reader, ids) => scores.currentIn(reader, ids) });

	if (options.instanceId !== undefined) await settings.claimInstance(options.instanceId);
	const restores = options.markerFile === undefined ? null : await settings.watchRestores(options.markerFile);
	if (options.instanceId !== undefined) await settings.watchPlace(options.database);
	if (!(await settings.stopSwitch()).stopped) await freeStopped(store);

	let ticks = 0;
	let pruneSoon = false;
	async function tick(): Promise<void> {
		while ((await tracking.settle()) >= VISIT_BATCH);
		while ((await people.recheckDue(RECHECK_BATCH)) >= RECHECK_BATCH);
		await groupFollower.followDue(GROUP_SLICES_A_TICK);
		await segments.resumeBuilds();
		await scores.build(SCORE_SLICES_A_TICK, () => people.recheckDue(RECHECK_BATCH));
		await journeys.endOverdue(LIMIT_SLICES_A_TICK);
		await experiments.mature(EXPERIMENT_SLICES_A_TICK);
		await journeys.recheckMeetings(MEETING_SLICES_A_TICK);
		await journeys.followResumes(RESUME_SLICES_A_TICK);
		await journeys.enterDue();
		await alerts.follow(TALLY_SLICES_A_TICK);
		await followEvents(store, shopping, SHOPPING_SLICES_A_TICK);
		await events.flushCatalog();
		// Somebody else's answer must not keep what is due here waiting.
		const told = receipts.ask();
		if (options.clock !== undefined) await told;
		if (pruneSoon || ticks % BEAT_EVERY_TICKS === 0) {
			const pruned = [await events.prune((await settings.current()).retention), await segments.prune(), await privacy.prune()];
			pruneSoon = pruned.some(({ more }) => more);
		}
		if (ticks % BEAT_EVERY_TICKS === 0) {
			await restores?.beat();
			await messages.sweep();
			await onSite.tidy();
			await journeys.tidy();
			await alerts.look();
			await scores.tidy();
			await transfer.tidy();
			await products.tidy();
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
		profiles, groups, events, segments, scores, lists: segments.lists, consent, suppression, preferences, journeys, experiments, messages, attribution, insights, templates: content.templates, blocks: content.blocks, brand: content.brand, transfer, privacy, alerts, store, keepers, tick,
		images, coupons, products,
		settings: settings.api,
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
			await receipts.close();
			await collector.close();
			// Only counts for dropdowns: a database that is gone must not keep the engine from closing.
			await events.flushCatalog().catch(() => log.warn('The last counts of the event catalogue were not written'));
			await segments.close();
			await messages.idle();
			await Promise.all([closeChatProviders(), closeEmailProviders(), closePushProviders(), closeSmsProviders(), closeWhatsAppProviders(), closeWebPushProviders(), closeDirectMailProviders()]);
			await store.close();
		},
	};
}
