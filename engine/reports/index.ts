import type { Consent } from '../consent';
import { lateAfterMs } from '../events';
import type { IngestOptions, IngestReport, TrackingMessage } from '../events/types';
import type { AuditEntry } from '../privacy';
import type { IdentityOptions } from '../profiles';
import type { SegmentTracker } from '../segments';
import type { Settings } from '../settings';
import type { Reader, Store, Tx } from '../store';
import { verifyToken, visitorOf } from '../tracking';
import { noteStarts } from './chat-start';
import { findAnswered, whatCounts } from './answered';
import { changeConsent, suppressTold } from './consequences';
import { eventOf, happenedAt, openedBefore, SOURCES, toldBefore, type Told } from './events';
import { findAbout, type About } from './find';
import { writeNews } from './ledger';
import { tieToNewest } from './newest';
import { openWindows } from './service-window';
import { firstTold } from './told';
import type { ReportsTaken, SignedReport } from './types';

export type * from './types';
export { createReceipts, keepReceipts, type Receipts } from './receipts';
export { noteDeadAddresses, type DeadAddress } from './dead-address';
export { openTo, removeClosed, serviceWindowsKeeper } from './service-window';
export { storableProviderId } from './provider-id';
export { sentFromKey, sentToKey, THROUGH_ANY, type SentToAddress } from './sent-to';
export { forgetTold } from './told';

export interface EventSink {
	ingestIn(tx: Tx, batch: TrackingMessage[], options: IngestOptions): Promise<IngestReport>;
}

export interface ReportsParts {
	store: Store;
	settings: Pick<Settings, 'current' | 'signingSecret'>;
	events: EventSink;
	consent: Pick<Consent, 'setIn'>;
	/** Told whose messages changed. */
	segments: Pick<SegmentTracker, 'refresh'>;
	audit: (tx: Tx, entry: AuditEntry) => Promise<void>;
	identityOptions: (reader?: Reader) => Promise<IdentityOptions>;
}

export interface Reports {
	/** All of them in one transaction (two where conversations began), a constant number of statements for any number (events go by 500). Rejects when nothing was stored. */
	take(reports: readonly SignedReport[]): Promise<ReportsTaken>;
}

/**
 * What delivery services tell of messages, whoever they are: what it does to the ledger, to consent and the suppression list, to scores, segments and journeys.
 * A report is told once, by its id; one that is older than a day starts no journey, and none changes the way somebody has taken already.
 */
export function createReports({ store, settings, events, consent, segments, audit, identityOptions }: ReportsParts): Reports {
	async function takeIn(tx: Tx, reports: readonly SignedReport[], secret: Uint8Array): Promise<ReportsTaken> {
		const values = await settings.current(tx);
		const options = await identityOptions(tx);
		const tied = await tieToNewest(tx, await findAnswered(tx, reports, secret, values, options), secret, options);
		const found = await findAbout(tx, tied.map((report) => shortened(report, values.mailReplies.keepCharacters)), options);
		const known = whatCounts(found, values).filter((about) => about.message !== null || about.profile !== null);
		const { fresh, told } = await newOf(tx, known);
		const isLate = ({ report }: About) => happenedAt(report, tx.nowMs) < tx.nowMs - lateAfterMs;
		// Before journeys hear of it: whoever has just complained must not pass another's audience.
		await openWindows(tx, fresh);
		await suppressTold(tx, fresh, audit);
		await changeConsent(tx, consent, fresh, isLate);
		const { profiles, sent } = await writeNews(tx, fresh);
		for (const source of SOURCES) {
			const own = told.filter((one) => one.source === source).map(({ event }) => event);
			if (own.length > 0) await events.ingestIn(tx, own, { source, own: true });
		}
		if (profiles.length > 0) {
			const now = new Set(fresh.filter((about) => !isLate(about)).map(({ profile }) => profile));
			await segments.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), messages: new Set(profiles), sent, historical: (profile) => !now.has(profile) });
		}
		return { taken: fresh.length, repeated: known.length - fresh.length, unknown: reports.length - known.length };
	}

	async function takeStarts(reports: readonly SignedReport[], secret: Uint8Array): Promise<ReportsTaken> {
		await store.tx('chat-start', async (tx) => await noteStarts(tx, { events, audit }, inOrder(reports, tx.nowMs), secret, await identityOptions(tx)));
		return { taken: reports.length, repeated: 0, unknown: 0 };
	}

	return {
		take: async (given) => {
			if (given.length === 0) return { taken: 0, repeated: 0, unknown: 0 };
			const secret = await settings.signingSecret();
			const reports = given.filter((report) => !isOurLink(report, secret)).map(withVisitor);
			const done: ReportsTaken = { taken: 0, repeated: given.length - reports.length, unknown: 0 };
			for (const part of inTurn(reports)) {
				const told = part[0]?.kind === 'started' ? await takeStarts(part, secret) : await store.tx('delivery-reports', async (tx) => await takeIn(tx, inOrder(part, tx.nowMs), secret));
				for (const key of ['taken', 'repeated', 'unknown'] as const) done[key] += told[key];
			}
			return done;
		},
	};
}

/** What was not told before, and the events that tell it. */
async function newOf(tx: Tx, known: readonly About[]): Promise<{ fresh: About[]; told: Told[] }> {
	const all = known.map((about) => ({ about, told: eventOf(about, tx.nowMs) }));
	const telling = all.flatMap(({ told }) => told ?? []);
	const before = await toldBefore(tx, telling);
	const counted = await openedBefore(tx, telling.filter(({ key }) => !before.has(key)), tx.nowMs);
	const seen = new Set([...before, ...counted]);
	const silent = new Set(await firstTold(tx, all.flatMap(({ about, told }) => (told === null ? [about] : []))));
	const fresh = all.filter(({ about, told }) => {
		if (told === null) return silent.has(about);
		if (seen.has(told.key)) return false;
		seen.add(told.key);
		return true;
	});
	return { fresh: fresh.map(({ about }) => about), told: fresh.flatMap(({ told }) => told ?? []) };
}

/** What people write in a mail is kept where the operator wants it: a letter says more than a text message. */
function shortened({ text, ...report }: SignedReport, keepCharacters: number): SignedReport {
	if (text === undefined) return report;
	return { ...report, ...(report.answers === undefined ? { text } : keepCharacters === 0 ? {} : { text: text.slice(0, keepCharacters) }) };
}

/** Whoever starts a conversation is somebody before the rest is heard of them; only where the same person has shut it, too, does one wait for the other. */
function inTurn(reports: readonly SignedReport[]): SignedReport[][] {
	const starts = reports.filter(({ kind }) => kind === 'started');
	if (starts.length === 0) return [[...reports]];
	const addresses = new Set(starts.map(({ provider, address }) => `${provider} ${address}`));
	if (!reports.some(({ kind, provider, address }) => kind === 'bounced' && addresses.has(`${provider} ${address}`))) {
		return [starts, reports.filter(({ kind }) => kind !== 'started')].filter((part) => part.length > 0);
	}
	const parts: SignedReport[][] = [];
	for (const report of inOrder(reports, Number.MAX_SAFE_INTEGER)) {
		const last = parts.at(-1);
		if (last !== undefined && (last[0]?.kind === 'started') === (report.kind === 'started')) last.push(report);
		else parts.push([report]);
	}
	return parts;
}

/** In the order in which it happened: callbacks come as they come. */
function inOrder(reports: readonly SignedReport[], nowMs: number): SignedReport[] {
	return [...reports].sort((a, b) => happenedAt(a, nowMs) - happenedAt(b, nowMs));
}

/** One rule for who is a person, whoever saw the visit. */
function withVisitor(report: SignedReport): SignedReport {
	if (report.machine !== undefined || report.userAgent === undefined || (report.kind !== 'opened' && report.kind !== 'clicked')) return report;
	return { ...report, machine: visitorOf({ method: 'GET', headers: { 'user-agent': report.userAgent } }) !== 'person' };
}

/** A click on a link of ours comes by here anyway, and is judged where it does. */
function isOurLink({ kind, url }: SignedReport, secret: Uint8Array): boolean {
	if (kind !== 'clicked' || url === undefined || !URL.canParse(url)) return false;
	const token = new URL(url).searchParams.get('t');
	return token !== null && verifyToken(token, secret) !== null;
}
