import { sql } from 'kysely';

import { addressKindAt, CHAT_KINDS } from '../consent';
import type { TrackingMessage } from '../events/types';
import { hashId } from '../kernel';
import type { AuditEntry } from '../privacy';
import { currentProfiles, lockProfiles, normaliseIdentity, type IdentityOptions } from '../profiles';
import type { Tx } from '../store';
import { isStartToken, readStartToken } from '../tracking';
import { happenedAt, SOURCE } from './events';
import type { EventSink } from './index';
import type { SignedReport } from './types';

/*
 * People who open a conversation with a bot. Anybody can write what a link carries, so:
 * - a chat becomes a profile's only by a token that we have signed for that profile, that has not expired, and while the profile has no other of that service: links are
 *   forwarded, and the newest address is the one that is written to;
 * - a chat that is somebody's already stays theirs, unless nothing else is known of them (no user ID, mail address, number or other identity);
 * - else the chat is a profile of its own. In no case is consent given: only a block of this very address, which the service told of, is taken back.
 */

export interface StartParts {
	events: EventSink;
	audit: (tx: Tx, entry: AuditEntry) => Promise<void>;
}

const STARTED = 'Chat Started';
/** Of events a transaction. */
const BATCH = 500;
/** A block and the way back come seconds apart, and services tell the time by the second. What is older than this is a repeat. */
const OUT_OF_ORDER_MS = 5 * 60_000;

interface Start {
	report: SignedReport;
	kind: string;
	value: string;
	/** Of the token; null: none that counts. */
	profile: number | null;
}

/** A constant number of statements for 500 of them. */
export async function noteStarts(tx: Tx, { events, audit }: StartParts, reports: readonly SignedReport[], secret: Uint8Array, options: IdentityOptions): Promise<void> {
	const starts = reports.flatMap((report) => startOf(report, secret, tx.nowMs, options));
	if (starts.length === 0) return;
	await takeBackBlocks(tx, starts, audit);
	const current = await currentProfiles(tx, starts.flatMap(({ profile }) => profile ?? []));
	await lockProfiles(tx, [...new Set(current.values())]);
	const taken = await kindsTaken(tx, [...new Set(current.values())]);
	const owners = await ownersOf(tx, starts);
	const messages = starts.flatMap(({ report, kind, value, profile }): TrackingMessage[] => {
		const owner = owners.get(keyOf(kind, value));
		const wanted = profile === null ? undefined : current.get(profile);
		const linked = wanted !== undefined && !taken.has(keyOf(kind, String(wanted))) && (owner === undefined || !owner.known) && owner?.profile !== wanted;
		const quiet = report.started?.quiet === true;
		if (quiet && owner !== undefined) return [];
		if (linked) taken.add(keyOf(kind, String(wanted)));
		owners.set(keyOf(kind, value), { profile: linked ? wanted : (owner?.profile ?? 0), known: linked || (owner?.known ?? false) });
		const whose = { ...(linked ? { profileId: wanted } : {}), identities: [{ kind, value }], messageId: hashId('chat-start', report.provider, report.id), timestamp: happenedAt(report, tx.nowMs) };
		return [quiet ? { type: 'identify', ...whose } : { type: 'track', event: STARTED, ...whose, properties: { channel: report.channel, provider: report.provider, linked: linked || (wanted !== undefined && owner?.profile === wanted), ...payloadOf(report) } }];
	});
	for (let at = 0; at < messages.length; at += BATCH) await events.ingestIn(tx, messages.slice(at, at + BATCH), { source: SOURCE, own: true });
}

function startOf(report: SignedReport, secret: Uint8Array, nowMs: number, options: IdentityOptions): Start[] {
	const kind = addressKindAt(report.channel, report.provider);
	const found = kind === undefined ? null : normaliseIdentity(kind, report.address, options);
	if (kind === undefined || found === null || !found.ok) return [];
	const payload = report.started?.payload ?? null;
	return [{ report, kind, value: found.identity.value, profile: payload === null ? null : readStartToken(payload, secret, nowMs) }];
}

/** What a link of somebody's own carried, such as the name of a campaign; a token says nothing to anybody. */
function payloadOf({ started }: SignedReport): { payload?: string } {
	const payload = started?.payload ?? null;
	return payload === null || isStartToken(payload) ? {} : { payload };
}

async function takeBackBlocks(tx: Tx, starts: readonly Start[], audit: StartParts['audit']): Promise<void> {
	const back = starts.filter(({ report }) => report.started?.blockStands !== true);
	if (back.length === 0) return;
	const rows = back.map(({ report, value }) => ({ channel: report.channel, address: value, source: report.provider, at: happenedAt(report, tx.nowMs) + OUT_OF_ORDER_MS }));
	const gone = await tx.run(sql`delete from suppression where reason = 'hard-bounce' and ${tx.dialect.anyOf(sql`address`, rows.map(({ address }) => address))} and ${tx.dialect.anyOf(sql`channel`, rows.map(({ channel }) => channel))} and exists (select 1 from ${tx.dialect.rows(rows, { channel: 'text', address: 'text', source: 'text', at: 'integer' }, 'r')}
		where r.channel = suppression.channel and r.address = suppression.address and r.source = suppression.source and suppression.created_at <= r.at)`);
	if (gone > 0) await audit(tx, { action: 'suppression.remove', who: rows[0]?.source ?? '', count: gone });
}

/** Which kinds of chat these profiles have. */
async function kindsTaken(tx: Tx, profiles: readonly number[]): Promise<Set<string>> {
	if (profiles.length === 0) return new Set();
	const rows = await tx.all(sql<{ profile: number; kind: string }>`select distinct profile, kind from identity where ${tx.dialect.anyOf(sql.ref('profile'), profiles)} and ${tx.dialect.anyOf(sql.ref('kind'), [...CHAT_KINDS])}`);
	return new Set(rows.map(({ profile, kind }) => keyOf(kind, String(profile))));
}

/** known: more than chats and devices says who they are. */
async function ownersOf(tx: Tx, starts: readonly Start[]): Promise<Map<string, { profile: number; known: boolean }>> {
	const asked = [...new Map(starts.map(({ kind, value }) => [keyOf(kind, value), { kind, value }])).values()];
	const nobody = [...CHAT_KINDS, 'anonymous_id'];
	const rows = await tx.all(sql<{ kind: string; value: string; profile: number; others: number }>`select i.kind, i.value, i.profile,
			(select count(*) from identity o where o.profile = i.profile and not ${tx.dialect.anyOf(sql.ref('o.kind'), nobody)}) as others
		from ${tx.dialect.rows(asked, { kind: 'text', value: 'text' }, 'r')} cross join identity i where i.kind = r.kind and i.value = r.value`);
	return new Map(rows.map(({ kind, value, profile, others }) => [keyOf(kind, value), { profile, known: Number(others) > 0 }]));
}

function keyOf(kind: string, value: string): string {
	return `${kind} ${value}`;
}
