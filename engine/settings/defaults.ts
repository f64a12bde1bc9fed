import { DEFAULT_ALERTS } from './alerts';
import type { SettingsValues } from './types';

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

/**
 * What holds until somebody chooses otherwise: safe for the first day, when journeys are new and nobody has looked at what they do.
 *
 * Caps: two marketing messages in any 24 hours and seven in any 7 days, over all channels together. Two journeys that overlap,
 * or a loop on the canvas, then cannot flood anybody. One in 24 hours, the obvious choice, was not taken: a daily series whose
 * second mail leaves a few seconds earlier in the day than its first would lose it (for that reason Klaviyo counts 16 hours), and
 * the answer to a click in the welcome mail, which people expect at once, would never come. Rolling windows, since with calendar
 * days two mails at 23:59 and two at 00:01 are four in two minutes.
 *
 * Quiet hours: 21:00 to 08:00 where the person is; the telephone rules of most countries allow 8 to 21.
 * Held for 36 hours at most: a night takes 11, and a blackout date with the nights before and after it 35 (36 when the clocks go back).
 */
export const DEFAULT_SETTINGS: SettingsValues = {
	zone: 'UTC',
	defaultCountry: null,
	currency: 'USD',
	languages: ['en'],
	topics: [],
	caps: [
		{ channel: 'all', max: 2, perSeconds: DAY_S },
		{ channel: 'all', max: 7, perSeconds: 7 * DAY_S },
	],
	quietHours: { from: '21:00', to: '08:00' },
	blackoutDates: [],
	guardedPurposes: 'marketing',
	holdAtMostHours: 36,
	senders: [],
	testAddresses: [],
	warmUps: [],
	publicUrl: null,
	retention: {},
	// n8n's own default: 336 hours.
	executionDays: 14,
	// Segment's limits: one user id, five of everything else.
	identityLimits: { '*': 5 },
	blockedIdentities: {},
	corsOrigins: ['*'],
	pushServices: [],
	behindAfter: 20_000,
	storeIps: false,
	holdout: { percent: 0 },
	alerts: DEFAULT_ALERTS,
};

/** In the order in which they are shown. */
export const SETTING_NAMES = Object.keys(DEFAULT_SETTINGS) as (keyof SettingsValues)[];
