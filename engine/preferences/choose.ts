import { CHANNELS, normaliseTopic, type Channel, type Consent, type ConsentChange } from '../consent';
import type { Events } from '../events';
import type { TrackingMessage } from '../events/types';
import type { SegmentTracker } from '../segments';
import type { Tx } from '../store';
import type { CentreView } from './centre';
import { setPreferencesIn, type PreferenceWrite } from './preference';

/** What somebody chose on the page: only what differs from what they were shown. A page that was left open must not undo a later opt-out. */
export interface Choice {
	channels: ReadonlyMap<string, boolean>;
	/** By topic key. */
	topics: ReadonlyMap<string, boolean>;
	/** Absent: as it was. */
	maxPerWeek?: number | null;
	/** Days from now; 0 ends a pause. Absent: as it was. */
	pauseDays?: number;
	language?: string | null;
	doNotSell?: boolean;
	/** Everything off, on every channel, whatever else was chosen. */
	leaveAll: boolean;
}

export interface ChoiceFacts {
	/** Language of the page. */
	language: string;
	ip: string | null;
	/** The message whose link was followed. */
	message: string | null;
	/** The browser sent Sec-GPC: 1. https://w3c.github.io/gpc/ */
	privacySignal: boolean;
	/** Whether IPs may be stored. */
	storesIp: boolean;
}

export interface ChooseParts {
	consent: Pick<Consent, 'setIn' | 'setDoNotSellIn'>;
	events: Pick<Events, 'ingestIn'>;
	segments: Pick<SegmentTracker, 'refresh'>;
}

/** The version of the wording that a "yes" on this page goes by. Raise it with every change of what the page says. */
export const PAGE_VERSION = 'preference-centre 1';
export const SOURCE = 'preferences';
const DAY_MS = 86_400_000;

/** Stores a choice of a person whose profile is locked. */
export async function chooseIn(tx: Tx, parts: ChooseParts, profile: number, view: CentreView, choice: Choice, facts: ChoiceFacts): Promise<void> {
	const seen = { page: 'preferences', language: facts.language, ...(facts.message === null ? {} : { message: facts.message }) };
	const changes = (choice.leaveAll ? everyChannel() : chosen(view, choice)).map((change): ConsentChange => ({
		...change, profile, source: SOURCE, textVersion: `${PAGE_VERSION} ${facts.language}`, ip: facts.ip, seen,
	}));
	await parts.consent.setIn(tx, changes);
	await setPreferencesIn(tx, parts, [preferenceOf(tx, profile, choice, { ip: facts.storesIp ? facts.ip : null, seen })]);
	const doNotSell = facts.privacySignal ? true : choice.doNotSell;
	if (doNotSell !== undefined) await parts.consent.setDoNotSellIn(tx, [{ profile, active: doNotSell, source: facts.privacySignal ? 'gpc' : SOURCE }]);
	const left = choice.leaveAll ? [{ channel: 'all', topic: '' }] : changes.filter((change) => change.state === 'unsubscribed').map(({ channel, topic }) => ({ channel, topic }));
	if (left.length === 0) return;
	// Journeys may exit by it, as after a click on a mail's unsubscribe link.
	await parts.events.ingestIn(tx, left.map((properties): TrackingMessage => ({ type: 'track', event: 'Unsubscribed', profileId: profile, properties: { ...properties, source: SOURCE } })), { source: SOURCE });
}

type Change = Pick<ConsentChange, 'channel' | 'topic' | 'state'>;

function everyChannel(): Change[] {
	return CHANNELS.map((channel) => ({ channel, topic: '', state: 'unsubscribed' }));
}

function chosen(view: CentreView, { channels, topics }: Choice): Change[] {
	const changes: Change[] = [];
	const shown = new Map(view.channels.map((one) => [one.channel as string, one]));
	for (const [channel, on] of channels) {
		if (shown.has(channel)) changes.push({ channel, topic: '', state: on ? 'subscribed' : 'unsubscribed' });
	}
	// A "yes" to a topic is one only on the channels that the person has switched on: it must not sign them up for text messages.
	const isOn = (channel: Channel): boolean => channels.get(channel) ?? shown.get(channel)?.on ?? false;
	for (const [key, on] of topics) {
		const topic = view.topics.find((one) => one.key === normaliseTopic(key));
		for (const channel of topic?.channels ?? []) {
			if (topic !== undefined && (!on || isOn(channel))) changes.push({ channel, topic: topic.key, state: on ? 'subscribed' : 'unsubscribed' });
		}
	}
	return changes;
}

function preferenceOf(tx: Tx, profile: number, choice: Choice, evidence: Pick<PreferenceWrite, 'ip' | 'seen'>): PreferenceWrite {
	const { maxPerWeek, pauseDays, language } = choice;
	return {
		profile, source: SOURCE, ...evidence,
		...(maxPerWeek === undefined ? {} : { max_per_week: maxPerWeek }),
		...(pauseDays === undefined ? {} : { paused_until: pauseDays === 0 ? null : tx.nowMs + pauseDays * DAY_MS }),
		...(language === undefined ? {} : { language }),
	};
}
