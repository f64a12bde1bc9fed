import type { Consent } from '../consent';
import type { IngestOptions, IngestReport, TrackingMessage } from '../events/types';
import { isEngineError, silentLog, type JsonObject, type Log } from '../kernel';
import type { SegmentTracker } from '../segments';
import type { Settings } from '../settings';
import type { Store, Tx } from '../store';
import { lockedMessage, markUnsubscribed, messageRow, optedOut, type TrackedMessage } from './record-message';
import { noteVisit, ofVariant, settleVisits } from './visits';
import { visitorOf, type VisitFacts } from './visitor';
import { signToken, verifyToken } from './sign';

/** The part of the events domain that tracking uses: an event in the caller's transaction. */
export interface EventSink {
	ingestIn(tx: Tx, batch: TrackingMessage[], options: IngestOptions): Promise<IngestReport>;
}

/** What an unsubscribe page shows. */
export interface UnsubscribeView {
	/** false: the message or the person is gone (erased); nothing can or need be changed. */
	known: boolean;
	/** The message's topic; '' is the whole channel. */
	topic: string;
	/** Opted out of this topic or of the whole channel. */
	out: boolean;
	/** Opted out of the whole channel. */
	outOfAll: boolean;
	/** Whom the page speaks to; null: gone. */
	profile: number | null;
}

export interface Unsubscribe {
	/** 'one-click' (RFC 8058) or 'page'. */
	source: string;
	/** 'topic' (default): what the message was about, the whole channel when it had none. 'all': the whole channel. */
	scope?: 'topic' | 'all';
	seen?: PageSeen;
}

/** What a person saw when they pressed a button, and from where; kept with the choice as its proof. */
export interface PageSeen {
	/** Of the page. */
	language: string;
	/** Stored only where the settings allow it. */
	ip?: string | null;
}

export interface Tracking {
	/** Never rejects: a picture must not depend on the database. */
	open(token: string, facts: VisitFacts): Promise<void>;
	/** null: the token is not ours. The address is answered even when the click could not be recorded. */
	click(token: string, facts: VisitFacts): Promise<{ url: string } | null>;
	/** Changes nothing of consent. null: the token is not ours. `facts`: of who looks, which helps to tell scanners, who look at every link. */
	describeUnsubscribe(token: string, facts?: VisitFacts): Promise<UnsubscribeView | null>;
	/**
	 * Turns opens and clicks into events once the seconds have passed in which a machine would show itself (visitor.ts); they keep the time at which they
	 * came. Answers with how many messages it did, VISIT_BATCH at most. Called by the engine's timer.
	 */
	settle(): Promise<number>;
	/** Rejects when it could not be stored: nobody may be told of an opt-out that did not happen. */
	unsubscribe(token: string, options: Unsubscribe): Promise<UnsubscribeView | null>;
	/** The way back: lifts whatever keeps messages of this topic from the person; other topics of a channel they had left stay left. */
	resubscribe(token: string, options: { source: string; seen?: PageSeen }): Promise<UnsubscribeView | null>;
	/** Of a message whose other links may have expired: leaving is possible for ever. */
	unsubscribeToken(message: string): Promise<string>;
}

export interface TrackingParts {
	store: Store;
	settings: Pick<Settings, 'signingSecret'>;
	events: EventSink;
	consent: Pick<Consent, 'setIn' | 'opening'>;
	/** Told whose message was opened, clicked or unsubscribed from: scores and segments may ask for it. */
	segments: Pick<SegmentTracker, 'refresh'>;
	/** Counts messages that turn out to be sent, by their journeys. */
	tally(tx: Tx, kind: 'sent', journeys: ReadonlyArray<string | null>): Promise<void>;
	log?: Log;
}

const SOURCE = 'tracking';
/** The version of the wording that a "yes" on the unsubscribe page goes by. Raise it with every change of what the page says. */
const PAGE_VERSION = 'unsubscribe-page 2';
const GONE: UnsubscribeView = { known: false, topic: '', out: false, outOfAll: false, profile: null };

export function createTracking({ store, settings, events, consent, segments, tally, log = silentLog }: TrackingParts): Tracking {
	async function write(tx: Tx, message: TrackedMessage, event: string, properties: JsonObject): Promise<void> {
		await events.ingestIn(tx, [{
			type: 'track', event, profileId: message.profile, message: message.id,
			properties: { message: message.id, step: message.step, workflow: message.workflow, ...ofVariant(message), ...properties },
			...(message.enrollment === null ? {} : { enrollment: message.enrollment }),
		}], { source: SOURCE, own: true });
	}

	/** After the ledger has it, in the same transaction. */
	async function tellSegments(tx: Tx, profiles: readonly number[], sent: readonly string[] = []): Promise<void> {
		if (profiles.length > 0) await segments.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), messages: new Set(profiles), sent, historical: false });
	}

	const visits = {
		store,
		ingest: async (tx: Tx, batch: TrackingMessage[]): Promise<void> => {
			if (batch.length > 0) await events.ingestIn(tx, batch, { source: SOURCE, own: true });
		},
		tellSegments,
		tally,
	};

	function notRecorded(what: string, error: unknown): void {
		log.error(`${what} could not be recorded`, { code: isEngineError(error) ? error.code : 'INTERNAL' });
	}

	async function view(reader: Pick<Tx, 'all'>, message: TrackedMessage): Promise<UnsubscribeView> {
		const { channel, topic } = await optedOut(reader, message);
		return { known: true, topic: message.topic, out: channel || topic, outOfAll: channel, profile: message.profile };
	}

	/** The message of an unsubscribe token; null when the token is not ours. */
	async function messageOf(token: string): Promise<string | null> {
		const payload = verifyToken(token, await settings.signingSecret());
		return payload?.k === 'u' ? payload.m : null;
	}

	return {
		unsubscribeToken: async (message) => signToken({ k: 'u', m: message }, await settings.signingSecret()),
		open: async (token, facts) => {
			try {
				const payload = verifyToken(token, await settings.signingSecret());
				if (payload?.k === 'o') await noteVisit(store, { message: payload.m, kind: 'open', visitor: visitorOf(facts) });
			} catch (error) {
				notRecorded('An open', error);
			}
		},
		click: async (token, facts) => {
			const payload = verifyToken(token, await settings.signingSecret());
			if (payload?.k !== 'c') return null;
			try {
				await noteVisit(store, { message: payload.m, kind: 'click', link: payload.l, url: payload.u, visitor: visitorOf(facts) });
			} catch (error) {
				notRecorded('A click', error);
			}
			return { url: payload.u };
		},
		settle: () => settleVisits(visits),
		describeUnsubscribe: async (token, facts) => {
			const id = await messageOf(token);
			if (id === null) return null;
			if (facts !== undefined) await noteVisit(store, { message: id, kind: 'page', visitor: visitorOf(facts) }).catch((error: unknown) => notRecorded('A look at the unsubscribe page', error));
			return await store.read(async (reader) => {
				const message = await messageRow(reader, id);
				return message === undefined ? GONE : await view(reader, message);
			});
		},
		unsubscribe: async (token, { source, scope = 'topic', seen }) => {
			const id = await messageOf(token);
			if (id === null) return null;
			return await store.tx('unsubscribe', async (tx) => {
				const message = await lockedMessage(tx, id);
				if (message === undefined) return GONE;
				const topic = scope === 'all' ? '' : message.topic;
				const before = await optedOut(tx, message);
				await consent.setIn(tx, [{ profile: message.profile, channel: message.channel, topic, state: 'unsubscribed', source, ...proofOf(id, seen) }]);
				// Mail providers repeat the one-click POST; only the first changes anything.
				const already = topic === '' ? before.channel : before.topic;
				if (!already) await write(tx, message, 'Unsubscribed', { topic, source });
				await markUnsubscribed(tx, id, already);
				await tellSegments(tx, [message.profile]);
				return await view(tx, message);
			});
		},
		resubscribe: async (token, { source, seen }) => {
			const id = await messageOf(token);
			if (id === null) return null;
			return await store.tx('resubscribe', async (tx) => {
				const message = await lockedMessage(tx, id);
				if (message === undefined) return GONE;
				const { profile, channel, topic } = message;
				const opened = await consent.opening(tx, { profile, channel, topic });
				const base = { profile, channel, source, ...proofOf(id, seen), ...(seen === undefined ? {} : { textVersion: `${PAGE_VERSION} ${seen.language}` }) };
				await consent.setIn(tx, [{ ...base, topic, state: 'subscribed' as const }, ...opened.map((change) => ({ ...base, ...change }))]);
				return await view(tx, message);
			});
		},
	};
}

function proofOf(message: string, seen: PageSeen | undefined): { ip?: string | null; seen: JsonObject } {
	if (seen === undefined) return { seen: { message } };
	return { ip: seen.ip ?? null, seen: { page: 'unsubscribe', language: seen.language, message } };
}
