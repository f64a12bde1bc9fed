import { CHANNELS, normaliseTopic, OPT_IN_CHANNELS, type Consent, type ConsentChange } from '../consent';
import type { Events } from '../events';
import type { TrackingMessage } from '../events/types';
import type { SegmentTracker } from '../segments';
import type { Tx } from '../store';
import type { CentreView, TopicShown } from './centre';
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
	consent: Pick<Consent, 'setIn' | 'markDoNotSellIn'>;
	events: Pick<Events, 'ingestIn'>;
	segments: Pick<SegmentTracker, 'refresh'>;
}

/** The version of the wording that a "yes" on this page goes by. Raise it with every change of what the page says. */
export const PAGE_VERSION = 'preference-centre 2';
export const SOURCE = 'preferences';
const DAY_MS = 86_400_000;

/** Stores a choice of a person whose profile is locked; answers with the topics that could not be stored, since none of their channels is on. */
export async function chooseIn(tx: Tx, parts: ChooseParts, profile: number, view: CentreView, choice: Choice, facts: ChoiceFacts): Promise<TopicShown[]> {
	const seen = { page: 'preferences', language: facts.language, ...(facts.message === null ? {} : { message: facts.message }) };
	const { changes, stayLeft, unmet } = choice.leaveAll ? { changes: everyChannel(), stayLeft: [], unmet: [] } : chosen(view, choice);
	const doNotSell = facts.privacySignal ? true : choice.doNotSell;
	const marked = doNotSell === undefined ? new Set<number>() : await parts.consent.markDoNotSellIn(tx, [{ profile, active: doNotSell, source: facts.privacySignal ? 'gpc' : SOURCE }]);
	await parts.consent.setIn(tx, [...changes, ...stayLeft].map((change): ConsentChange => ({
		...change, profile, source: SOURCE, textVersion: `${PAGE_VERSION} ${facts.language}`, ip: facts.ip, seen,
	})), { marked });
	await setPreferencesIn(tx, parts, [preferenceOf(tx, profile, choice, { ip: facts.storesIp ? facts.ip : null, seen })]);
	const left = choice.leaveAll ? [{ channel: 'all', topic: '' }] : changes.filter((change) => change.state === 'unsubscribed').map(({ channel, topic }) => ({ channel, topic }));
	if (left.length === 0) return unmet;
	// Journeys may exit by it, as after a click on a mail's unsubscribe link.
	await parts.events.ingestIn(tx, left.map((properties): TrackingMessage => ({ type: 'track', event: 'Unsubscribed', profileId: profile, properties: { ...properties, source: SOURCE } })), { source: SOURCE, own: true });
	return unmet;
}

type Change = Pick<ConsentChange, 'channel' | 'topic' | 'state'>;

function everyChannel(): Change[] {
	return CHANNELS.map((channel) => ({ channel, topic: '', state: 'unsubscribed' }));
}

interface Chosen {
	changes: Change[];
	/** Topics that stay unticked on a channel that opens: a no, and none that anybody just said. */
	stayLeft: Change[];
	/** Topics that were ticked although none of their channels is on. */
	unmet: TopicShown[];
}

/**
 * What the person sees is what they get: a channel that opens opens for the topics that are ticked, and for no other. A "yes" to a
 * topic is one on the channels that are on; who had left them all gets it by the first that asks for no consent of its own (email).
 * It never signs anybody up for text messages: for that the channel's own box must be ticked.
 */
function chosen(view: CentreView, choice: Choice): Chosen {
	const topics = new Map([...choice.topics].map(([key, on]) => [normaliseTopic(key), on]));
	const on = new Map(view.channels.map((one) => [one.channel, choice.channels.get(one.channel) ?? one.on]));
	const reaching = new Set(view.channels.flatMap((one) => (one.reaches ? [one.channel] : [])));
	const unmet: TopicShown[] = [];
	for (const topic of view.topics) {
		if (topics.get(topic.key) !== true || topic.channels.some((channel) => on.get(channel) === true)) continue;
		const way = topic.channels.find((channel) => reaching.has(channel) && !OPT_IN_CHANNELS.includes(channel) && !choice.channels.has(channel));
		if (way === undefined) unmet.push(topic);
		else on.set(way, true);
	}
	const changed = view.channels.filter((one) => on.get(one.channel) !== one.on);
	const opened = new Set(changed.flatMap((one) => (on.get(one.channel) === true ? [one.channel] : [])));
	const changes = changed.map(({ channel }): Change => ({ channel, topic: '', state: opened.has(channel) ? 'subscribed' : 'unsubscribed' }));
	const stayLeft: Change[] = [];
	for (const topic of view.topics) {
		const wish = topics.get(topic.key);
		for (const channel of topic.channels) {
			const about = { channel, topic: topic.key };
			if (wish === false) changes.push({ ...about, state: 'unsubscribed' });
			else if (wish === true && on.get(channel) === true) changes.push({ ...about, state: 'subscribed' });
			else if (wish === undefined && opened.has(channel) && !topic.on) stayLeft.push({ ...about, state: 'unsubscribed' });
			else if (wish === undefined && opened.has(channel) && topic.left.includes(channel)) changes.push({ ...about, state: 'subscribed' });
		}
	}
	return { changes, stayLeft, unmet };
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
