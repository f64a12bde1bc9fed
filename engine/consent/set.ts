import { sql } from 'kysely';

import { EngineError, type JsonObject } from '../kernel';
import type { AuditEntry } from '../privacy';
import { currentProfiles } from '../profiles';
import type { SegmentTracker } from '../segments';
import type { Reader, Tx } from '../store';
import { channelFault, normaliseTopic } from './channels';
import { appendHistory, type HistoryRow } from './history';
import type { ConsentChange, ConsentReactions, ConsentState, ConsentStep } from './types';

export interface SetParts {
	/** Segments that look at consent follow in the same transaction. */
	segments?: Pick<SegmentTracker, 'refresh'> | undefined;
	audit?: ((tx: Tx, entry: AuditEntry) => Promise<void>) | undefined;
	/** Journeys that people leave by a "no" hear of it in the same transaction, after segments and whatever starts by the change. */
	reactions?: ConsentReactions | undefined;
	/** The setting `storeIps`. Absent: never. */
	storesIps?: ((reader: Reader) => Promise<boolean>) | undefined;
}

export interface SetOptions {
	/** Imports start no journey unless asked. Default false: live. */
	historical?: boolean;
	/** Whom markDoNotSellIn has just changed: segments look at both changes at once. */
	marked?: ReadonlySet<number>;
	/** An import says so: as long as nobody else does, undoing it may take it back. Default false. */
	byImport?: boolean;
}

const STATES: ReadonlySet<string> = new Set<ConsentState>(['subscribed', 'unsubscribed', 'pending', 'none']);

interface Current {
	profile: number;
	channel: string;
	topic: string;
	state: ConsentState;
	source: string;
	text_version: string | null;
	/** 1: nobody but imports has said so. */
	by_import: number | null;
}

interface Written extends Current {
	ip: string | null;
	given_at: number | null;
	given_source: string | null;
}

/**
 * Sets states within the caller's transaction, in the order given, a constant number of statements for any batch. Locks the
 * profiles in id order (PROTOCOL rule 3). A repetition of what is stored (state, source and wording) changes nothing, so that a
 * retried execution or a mail provider's second one-click leaves one line in the history and the time of the first; only that it is no
 * import's word alone any more is written down.
 * Ids of people who were merged lead to whom they are now. Answers with the ids that lead to nobody: nothing was stored for them.
 */
export async function setIn(tx: Tx, parts: SetParts, changes: readonly ConsentChange[], options: SetOptions = {}): Promise<{ missing: number[] }> {
	changes.forEach(check);
	const { changed, missing, steps } = await writeChanges(tx, parts, changes, options.byImport === true);
	const consents = new Set([...changed, ...(options.marked ?? [])]);
	if (consents.size > 0) await parts.segments?.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), historical: options.historical ?? false, consents, consentSteps: steps });
	// Behind the entries: who starts a journey by what ends it gets nothing from it.
	if (steps.length > 0) await parts.reactions?.consentsChanged(tx, steps);
	return { missing };
}

async function writeChanges(tx: Tx, parts: SetParts, changes: readonly ConsentChange[], byImport: boolean): Promise<{ changed: number[]; missing: number[]; steps: ConsentStep[] }> {
	const asked = [...new Set(changes.map((change) => change.profile))];
	if (asked.length === 0) return { changed: [], missing: [], steps: [] };
	const current = await currentProfiles(tx, asked);
	const ids = [...new Set(current.values())].sort((a, b) => a - b);
	const found = await tx.all<{ id: number }>(
		sql<{ id: number }>`select id from profile where ${tx.dialect.anyOf(sql`id`, ids)} order by id ${tx.dialect.forUpdate}`,
	);
	const known = new Set(found.map((row) => row.id));
	const missing = asked.filter((id) => !known.has(current.get(id) ?? id)).sort((a, b) => a - b);
	const states = await currentStates(tx, [...known]);
	const withIp = changes.some((change) => change.ip) && ((await parts.storesIps?.(tx)) ?? false);

	const written = new Map<string, Written>();
	const confirmed: Written[] = [];
	const history: HistoryRow[] = [];
	const steps: ConsentStep[] = [];
	for (const change of changes) {
		const profile = current.get(change.profile) ?? change.profile;
		if (!known.has(profile)) continue;
		const topic = normaliseTopic(change.topic);
		const key = keyOf({ profile, channel: change.channel, topic });
		const before = states.get(key);
		const next: Written = {
			profile, channel: change.channel, topic, state: change.state, source: change.source,
			text_version: change.textVersion ?? null, ip: withIp ? (change.ip ?? null) : null, by_import: byImport ? 1 : null,
			given_at: change.givenAtMs ?? null, given_source: change.givenSource ?? null,
		};
		if ((before?.state ?? 'none') === next.state && (next.state === 'none' || (before?.source === next.source && before.text_version === next.text_version))) {
			if (before?.by_import === 1 && !byImport) confirmed.push(next);
			continue;
		}
		states.set(key, next);
		written.set(key, next);
		// Said once more, with another source or wording, it is written down and changes nothing.
		if ((before?.state ?? 'none') !== next.state) steps.push({ profile, channel: next.channel, topic, from: before?.state ?? 'none', to: next.state });
		history.push({ ...next, kind: 'consent', previous: before?.state ?? null, seen: change.seen });
	}
	await confirmStates(tx, confirmed);
	if (written.size === 0) return { changed: [], missing, steps: [] };
	await writeStates(tx, [...written.values()]);
	await appendHistory(tx, history);
	await parts.audit?.(tx, auditOf(history));
	return { changed: history.map((row) => row.profile), missing, steps };
}

async function currentStates(tx: Tx, profiles: readonly number[]): Promise<Map<string, Current>> {
	const rows = await tx.all(sql<Current>`select profile, channel, topic, state, source, text_version, by_import from consent where ${tx.dialect.anyOf(sql`profile`, profiles)}`);
	return new Map(rows.map((row) => [keyOf(row), row]));
}

function keyOf({ profile, channel, topic }: { profile: number; channel: string; topic: string }): string {
	return JSON.stringify([profile, channel, topic]);
}

async function writeStates(tx: Tx, rows: readonly Written[]): Promise<void> {
	const given = rows.filter((row) => row.state !== 'none').map((row) => ({ ...row, at: tx.nowMs }));
	const shape = { profile: 'integer', channel: 'text', topic: 'text', state: 'text', source: 'text', at: 'integer', text_version: 'text', ip: 'text', by_import: 'integer', given_at: 'integer', given_source: 'text' } as const;
	if (given.length > 0) {
		await tx.run(sql`insert into consent (profile, channel, topic, state, source, changed_at, text_version, ip, by_import, given_at, given_source)
			select profile, channel, topic, state, source, at, text_version, ip, by_import, given_at, given_source from ${tx.dialect.rows(given, shape, 'given')} where true
			on conflict (profile, channel, topic) do update set state = excluded.state, source = excluded.source, changed_at = excluded.changed_at,
				text_version = excluded.text_version, ip = excluded.ip, by_import = excluded.by_import, given_at = excluded.given_at, given_source = excluded.given_source`);
	}
	const gone = rows.filter((row) => row.state === 'none');
	if (gone.length > 0) {
		// Not by `exists`: that reads the whole table, and the whole batch for each of its rows. The people again, for PostgreSQL's planner.
		await tx.run(sql`delete from consent where ${tx.dialect.anyOf(sql.ref('profile'), gone.map(({ profile }) => profile))} and (profile, channel, topic) in (select gone.profile, gone.channel, gone.topic
			from ${tx.dialect.rows(gone, { profile: 'integer', channel: 'text', topic: 'text' }, 'gone')})`);
	}
}

/** Before the states of the same call are written: one of them may be another by then. */
async function confirmStates(tx: Tx, rows: readonly Written[]): Promise<void> {
	if (rows.length === 0) return;
	const keys = rows.map(({ profile, channel, topic }) => ({ profile, channel, topic }));
	await tx.run(sql`update consent set by_import = null where ${tx.dialect.anyOf(sql.ref('profile'), keys.map(({ profile }) => profile))} and (profile, channel, topic) in (select said.profile, said.channel, said.topic
		from ${tx.dialect.rows(keys, { profile: 'integer', channel: 'text', topic: 'text' }, 'said')})`);
}

/** One entry a call: what each person chose is in the history, which says more. */
function auditOf(history: readonly HistoryRow[]): AuditEntry {
	const [first] = history;
	const people = new Set(history.map((row) => row.profile));
	const detail: JsonObject = history.length === 1 && first !== undefined ? { channel: first.channel, topic: first.topic, state: first.state, previous: first.previous } : { changes: history.length };
	return { action: 'consent.set', who: first?.source ?? '', ...(people.size === 1 && first !== undefined ? { profile: first.profile } : { count: people.size }), detail };
}

function check(change: ConsentChange, index: number): void {
	if (!Number.isSafeInteger(change.profile)) throw new EngineError('BAD_INPUT', `Consent change ${index} has no profile id.`, { index });
	const fault = givenFault(change);
	if (fault !== null) throw new EngineError('BAD_INPUT', `Consent change ${index} cannot be stored. ${fault}`, { index });
}

const LONGEST_TEXT = 200;
/** The last moment that a Date holds. */
const LATEST_MS = 8_640_000_000_000_000;

/** What every change needs, whoever it is about: why this one cannot be stored; null: it can. */
export function givenFault(change: Pick<ConsentChange, 'channel' | 'topic' | 'state' | 'source' | 'textVersion' | 'givenAtMs' | 'givenSource'>): string | null {
	if (!STATES.has(change.state)) return 'The state is none of those there are; use subscribed, unsubscribed, pending or none.';
	return channelFault(change.channel) ?? textFault('topic', change.topic) ?? textFault('source', change.source) ?? textFault('text version', change.textVersion)
		?? textFault('source where it was given', change.givenSource) ?? timeFault(change.givenAtMs);
}

/** The time is for proof only, and never decides which of two states counts: an old "yes" that claims to be newer must not win. */
function timeFault(givenAtMs: number | null | undefined): string | null {
	if (givenAtMs === undefined || givenAtMs === null) return null;
	return Number.isSafeInteger(givenAtMs) && Math.abs(givenAtMs) <= LATEST_MS ? null : 'The time at which it was given is none; give milliseconds since 1970.';
}

/** null: a text that can be stored, or none. */
export function textFault(name: string, text: unknown): string | null {
	if (text === undefined || text === null) return null;
	return typeof text !== 'string' || text.length > LONGEST_TEXT || /[\0\ud800-\udfff]/u.test(text) ? `The ${name} is no text of at most ${LONGEST_TEXT} characters.` : null;
}
