/** The kill switch: while it is on, nothing is sent (the guards read it when a message is reserved and when it is attempted). */
export interface StopSwitch {
	stopped: boolean;
	reason: string | null;
	/** UTC milliseconds of the change; null when it was never touched. */
	atMs: number | null;
}

/** A collector as stored. Write keys are kept as SHA-256 (hex), never as given: who reads the database cannot send events. */
export interface StoredCollector {
	workflow: string;
	keys: Array<{ hash: string; source: string }>;
	/** Base URL without trailing slash. */
	publicUrl: string;
	port: number | null;
	host: string;
	/** Names of the events that its trigger emits, all where there are none; null or absent: it emits nothing. */
	emits?: string[] | null;
	/** UTC milliseconds. */
	configuredAtMs: number;
}

/** Something people subscribe to and leave by itself. */
export interface Topic {
	/** As in Journey Email's field Topic: trimmed, lower case. */
	key: string;
	/** As people read it in the preference centre. */
	name: string;
	description?: string;
	/** Absent: every channel. */
	channels?: string[];
}

/** At most `max` messages within any `perSeconds` seconds (a rolling window, no calendar day), by channel or over 'all' channels. */
export interface FrequencyCap {
	channel: string;
	max: number;
	perSeconds: number;
}

/** Local to the person. from later than to: over midnight. 24-hour 'HH:MM'; `to` itself is allowed again. */
export interface QuietHours {
	from: string;
	to: string;
}

/** A day on which nothing leaves, local to the person: 'YYYY-MM-DD' once, 'MM-DD' every year. */
export interface BlackoutDate {
	date: string;
	name?: string;
}

/** How many marketing mails a sender may send a day while mailbox providers learn to know it. */
export interface WarmUpPlan {
	/** An address, or a domain for all addresses at it that have no plan of their own; lower case. */
	sender: string;
	/** 'YYYY-MM-DD', its first day in the settings' zone. */
	from: string;
	/** The ceiling of the first day. */
	first: number;
	/** Each day's ceiling is that of the day before times this; 1 to 10. */
	growth: number;
	/** Where it stops growing, and stays as long as the plan stands. */
	final: number;
}

export interface Sender {
	/** As chosen in a sender's panel. */
	key: string;
	channel: string;
	address: string;
	name?: string;
	replyTo?: string;
}

/** What every part of the engine goes by; one place: Profile Engine, resource Settings. Defaults: engine/settings/defaults.ts, with reasons. */
export interface SettingsValues {
	/** IANA zone of people whose own is not known. Default 'UTC'. */
	zone: string;
	/** ISO 3166-1 alpha-2, for phone numbers without a country code; null (default): such numbers are refused. */
	defaultCountry: string | null;
	/** ISO 4217, of a goal's value that comes without one. Default 'USD'. */
	currency: string;
	/** Languages of the pages that people see, the first is the one for people whose own is not known. Default ['en']. */
	languages: string[];
	/** Default: none. A topic used in a journey needs no entry here; the preference centre shows those that have one. */
	topics: Topic[];
	/** Default: see defaults.ts. An empty list: no cap. */
	caps: FrequencyCap[];
	/** null: none. Default 21:00 to 08:00. */
	quietHours: QuietHours | null;
	/** Default: none. */
	blackoutDates: BlackoutDate[];
	/** Whose messages caps, quiet hours and blackout dates hold. Default 'marketing'; 'all' holds transactional ones too. */
	guardedPurposes: 'marketing' | 'all';
	/** A message that quiet hours, a blackout date or a cap would hold for longer than this in all is skipped. Default 36. */
	holdAtMostHours: number;
	/** Default: none. The first of a channel is the one for steps that choose none and whose credential names none. */
	senders: Sender[];
	/** Whom test sends of templates may go to, besides test people: email addresses, phone numbers, IDs of chat services. Default: none. */
	testAddresses: string[];
	/** Default: none. What is too much for a day waits for the next. */
	warmUps: WarmUpPlan[];
	/** Where links in mails point, instead of the collector's own public address; base URL without trailing slash. null: the collector's. */
	publicUrl: string | null;
	/** Event name -> days that events of this name are kept; '*' is every other name. Default {}: for ever. */
	retention: Record<string, number>;
	/**
	 * For how many days it is noted which executions of n8n read or wrote whom, so that an erasure can name them: as long as n8n keeps executions
	 * (EXECUTIONS_DATA_MAX_AGE, in hours there). 0: not at all. Default 14.
	 */
	executionDays: number;
	/** Identity kind -> how many of it one profile may have; '*' is every other kind. user_id is always 1. Default {'*': 5}. */
	identityLimits: Record<string, number>;
	/** Identity kind -> values never taken as an identity, beside the built-in ones (0, -1, null, undefined, anonymous, ''); '*' is every kind. Default {}. */
	blockedIdentities: Record<string, string[]>;
	/** Browser origins that may send to the collector; ['*'] (default) is any. */
	corsOrigins: string[];
	/** Push services of browsers besides those of Chrome, Edge, Firefox and Safari: host or host:port each. No other address is ever called for web push. Default []. */
	pushServices: string[];
	/** Events accepted but not yet stored, over all requests of one process; beyond it the collector answers 429 with Retry-After. Default 20,000. */
	behindAfter: number;
	/** Whether the IP address of a request may be stored (events' context, consent's evidence). Default false. */
	storeIps: boolean;
	/** Part of all people whom no journey writes to for marketing, the same ones in every journey; 0 to 100 in steps of 0.01. Default {percent: 0}. */
	holdout: { percent: number };
	/** When a journey calls for attention, and when it pauses itself. What a patch leaves out of it goes by the default (engine/settings/alerts.ts). */
	alerts: AlertSettings;
}

/** What is watched of a journey: how many enter in an hour, and shares of its messages of the last 24 hours. */
export type AlertMeasure = 'entries' | 'complaints' | 'bounces' | 'failures' | 'unsubscribes';

export interface AlertSettings {
	/** Percent of messages, of entries people an hour. 0: none. Default: complaints 0.3, bounces 5, failures 20, unsubscribes 5, entries none. */
	limits: Record<AlertMeasure, number>;
	/** Shares are looked at from so many messages in 24 hours on. Default 50. */
	atLeast: number;
	/** Whether what is far out of a journey's usual range is an alert too. Default true. */
	learn: boolean;
	/** What makes a journey pause itself; the others only tell. Default: complaints, bounces, entries. */
	brake: AlertMeasure[];
	/** People who are due and do not move for so long are stalled. Default 15. */
	stalledMinutes: number;
}

/** What a journey has of its own, in place of the setting. */
export interface JourneyAlerts {
	/** What makes the journey pause itself; an empty list: nothing does. */
	brake?: AlertMeasure[];
	/** As in the setting; 0: no limit. */
	limits?: Partial<Record<AlertMeasure, number>>;
	/** Shares are looked at from so many messages in 24 hours on. */
	atLeast?: number;
	/** Whether it also learns what is usual. */
	learn?: boolean;
}

export interface SettingChange {
	setting: keyof SettingsValues;
	before: SettingsValues[keyof SettingsValues];
	after: SettingsValues[keyof SettingsValues];
}

/** What a version of the settings was made by. */
export interface SettingsVersion {
	version: number;
	/** ISO 8601. */
	at: string;
	/** Who changed it, as the caller says (n8n: the workflow). */
	by: string;
	/** Names of the settings that differ from the version before. */
	changed: (keyof SettingsValues)[];
	/** What each of them was before and is since, defaults of today included. */
	changes: SettingChange[];
	/** Set when this version restored an earlier one. */
	restoredFrom: number | null;
	/** Complete, defaults of today included. */
	values: SettingsValues;
}

export interface SettingsView {
	/** 0 until somebody changes something. */
	version: number;
	/** Defaults merged with what is stored. */
	values: SettingsValues;
	/** Names of the settings that somebody chose; the others follow the defaults of the installed version. */
	chosen: (keyof SettingsValues)[];
}

/** Only what is given changes; null for a whole setting means its default, except where null is a value (quietHours, defaultCountry, publicUrl). */
export type SettingsPatch = { [Key in keyof SettingsValues]?: SettingsValues[Key] | null };

export interface SettingsApi {
	get(): Promise<SettingsView>;
	/**
	 * Throws BAD_INPUT naming the setting and what to write, CONFLICT when ifVersion is not the stored version any more.
	 * by: default 'api'. `reset`: settings that go back to their default.
	 */
	set(patch: SettingsPatch, options?: { ifVersion?: number; by?: string; reset?: (keyof SettingsValues)[] }): Promise<SettingsView>;
	/** Newest first. Default limit 50. */
	history(options?: { limit?: number }): Promise<SettingsVersion[]>;
	/**
	 * Who messages of a channel come from: the sender of this key, or without one the first of the channel (null: there is none).
	 * Throws NOT_FOUND for a key that there is not, naming those there are.
	 */
	sender(channel: string, key?: string): Promise<Sender | null>;
	/**
	 * Every setting as it is now, in short lines, for whoever draws a step that goes by it; of the tracking address the one that holds. A setting always has as many lines:
	 * alerts four, every other one. In the order in which settings are shown.
	 */
	inForce(): Promise<Array<{ setting: keyof SettingsValues; lines: string[] }>>;
	/** Makes a new version with the values of an earlier one (0: all defaults). Throws NOT_FOUND, CONFLICT, and BAD_INPUT for values that are refused today. */
	restore(version: number, options?: { ifVersion?: number; by?: string }): Promise<SettingsView>;
}
