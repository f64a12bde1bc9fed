import { sql } from 'kysely';

import { createCollector, type Collector, type CollectorRequest, type CollectorResponse } from '../../../engine/collector';
import { createConsent, doNotSellAmong, type Consent } from '../../../engine/consent';
import { claimDevices, createBrowsers, type Browsers } from '../../../engine/devices';
import { serveImage } from '../../../engine/images';
import type { ServeImage } from '../../../engine/collector/images';
import { createEvents, type Events, type StoredEvent } from '../../../engine/events';
import { ManualClock, systemRandom, type Log } from '../../../engine/kernel';
import { startsBy, tally } from '../../../engine/journeys';
import { createOnSite, type OnSite } from '../../../engine/onsite';
import { createPages, type Pages } from '../../../engine/pages';
import { createPreferences, type Preferences } from '../../../engine/preferences';
import { createProfiles } from '../../../engine/profiles';
import { createReports, type Reports } from '../../../engine/reports';
import { createSegments, type Segments } from '../../../engine/segments';
import { createSettings, type Settings } from '../../../engine/settings';
import type { Store } from '../../../engine/store';
import { createTracking, signToken, type TokenPayload, type Tracking } from '../../../engine/tracking';
import { QUIET_MS } from '../../../engine/tracking/visitor';
import { TEST_START_MS, testStore, type DatabaseKind } from '../databases';

export const WRITE_KEY = 'wk_3kJ8sPq0';

/** The domains that receive, wired as engine.ts wires them; journeys only write down what they are told. */
export interface Parts {
	store: Store;
	clock: ManualClock;
	settings: Settings;
	events: Events;
	consent: Consent;
	segments: Segments;
	preferences: Preferences;
	tracking: Tracking;
	pages: Pages;
	onSite: OnSite;
	reports: Reports;
	browsers: Browsers;
	images: ServeImage;
	collector: Collector;
	/** Events that journeys were told of, oldest first. */
	told: StoredEvent[];
	/** What was logged, as text. */
	logged: string[];
	token(payload: TokenPayload): Promise<string>;
	close(): Promise<void>;
}

export async function startParts(kind: DatabaseKind): Promise<Parts> {
	const clock = new ManualClock(TEST_START_MS);
	const { store, close } = await testStore(kind, clock);
	const told: StoredEvent[] = [];
	const logged: string[] = [];
	const line: Log['info'] = (message, facts) => void logged.push(`${message} ${JSON.stringify(facts ?? {})}`);
	const log: Log = { info: line, warn: line, error: line };
	const reactions = {
		eventsStored: async (_tx: unknown, events: StoredEvent[]) => {
			told.push(...events);
			return { entered: 0 };
		},
		segmentsEntered: async () => ({ entered: 0 }),
		segmentsLeft: async () => ({ entered: 0 }),
	};
	const settings = createSettings({ store, random: systemRandom });
	const segments = createSegments({ store, reactions });
	const events = createEvents({
		store, segments, reactions, devices: claimDevices,
		privacySignal: (tx, profiles) => consent.markDoNotSellIn(tx, profiles.map((profile) => ({ profile, active: true, source: 'gpc' }))),
	});
	const consent: Consent = createConsent({ store, settings, events, segments, storesIps: async (reader) => (await settings.current(reader)).storeIps });
	const preferences = createPreferences({ store, settings, consent, events, segments, startsJourney: startsBy });
	const tracking = createTracking({ store, settings, events, consent, segments, tally, log });
	const pages = createPages({ tracking, preferences, optIn: consent.optIn, brand: () => Promise.resolve(null), log });
	const profiles = createProfiles({ store, segments });
	const onSite = createOnSite({ store, settings, events, segments, profiles, optIn: consent.optIn, identityOptions: async () => ({}) });
	const reports = createReports({ store, settings, events, consent, segments, audit: async () => undefined, identityOptions: async () => ({}) });
	const browsers = createBrowsers({ store, events, consent, storesIps: async () => (await settings.current()).storeIps });
	const images: ServeImage = (file, etags) => store.read((reader) => serveImage(reader, file, etags));
	const collector = createCollector({ store, browsers, random: systemRandom, settings, events, tracking, pages, onSite, reports, images, log, clock, unsold: (people) => store.read((reader) => doNotSellAmong(reader, people)) });
	return {
		store, clock, settings, events, consent, segments, preferences, tracking, pages, onSite, reports, browsers, images, collector, told, logged,
		token: async (payload) => signToken(payload, await settings.signingSecret()),
		close: async () => {
			await collector.close();
			await close();
		},
	};
}

/** A profile with a message that was sent to it. */
export async function sentMessage(store: Store, message: { id: string; profile: number; topic?: string }): Promise<void> {
	await store.tx('seed', async (tx) => {
		await tx.run(sql`insert into profile (id, created_at, updated_at, attributes) values (${message.profile}, 0, 0, ${tx.dialect.json({})}) on conflict do nothing`);
		await tx.run(sql`insert into message (id, token, step, trail, item_key, enrollment, workflow, profile, channel, purpose, topic, state, reserved_at)
			values (${message.id}, ${`token-${message.id}`}, 'step-1', '', '', 7, 'workflow-1', ${message.profile}, 'email', 'marketing', ${message.topic ?? ''}, 'sent', 0)`);
	});
}

/** The seconds have passed in which a machine would show itself by what else it opens and clicks. */
export async function settled(clock: ManualClock, tracking: Pick<Tracking, 'settle'>): Promise<void> {
	clock.advance(QUIET_MS);
	await tracking.settle();
}

export interface StoredRow {
	name: string;
	profile: number;
	properties: Record<string, unknown>;
	occurred_at: number;
	enrollment: number | null;
	message: string | null;
}

export async function storedEvents(store: Store): Promise<StoredRow[]> {
	const rows = await store.read((reader) =>
		reader.all<StoredRow>(sql<StoredRow>`select name, profile, properties, occurred_at, enrollment, message from event order by id`),
	);
	return rows.map((row) => ({ ...row, properties: typeof row.properties === 'string' ? (JSON.parse(row.properties) as Record<string, unknown>) : row.properties }));
}

export async function consents(store: Store): Promise<Array<{ profile: number; topic: string; state: string; source: string }>> {
	return await store.read((reader) => reader.all(sql<{ profile: number; topic: string; state: string; source: string }>`
		select profile, topic, state, source from consent order by profile, topic`));
}

export function request(method: string, route: string, more: Partial<CollectorRequest> = {}): CollectorRequest {
	return { method, route, query: {}, headers: {}, body: new Uint8Array(), ...more };
}

export function post(route: string, body: unknown, headers: Record<string, string> = {}): CollectorRequest {
	const bytes = typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
	return request('POST', route, { body: new Uint8Array(bytes), headers: { authorization: basic(WRITE_KEY), ...headers } });
}

export function basic(key: string): string {
	return `Basic ${Buffer.from(`${key}:`).toString('base64')}`;
}

export function answered(response: CollectorResponse): Record<string, unknown> {
	return JSON.parse(String(response.body)) as Record<string, unknown>;
}

export async function configured(parts: Parts, port: number | null = null): Promise<number | null> {
	const result = await parts.collector.configure({
		writeKeys: { [WRITE_KEY]: 'shop' }, publicUrl: 'https://t.example.com/', port, host: '127.0.0.1', workflow: 'workflow-c',
	});
	return result.port;
}
