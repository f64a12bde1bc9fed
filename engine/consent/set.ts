import { sql } from 'kysely';

import { EngineError, type JsonObject } from '../kernel';
import type { AuditEntry } from '../privacy';
import { currentProfiles } from '../profiles';
import type { SegmentTracker } from '../segments';
import type { Reader, Tx } from '../store';
import { channelFault, normaliseTopic } from './channels';
import { appendHistory, type HistoryRow } from './history';
import { saysNothingNew, sayingKey, sayingsSince, type Saying } from './repeat';
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
	/** What is stored becomes exactly this, proof included, however it was said before: an import is being undone. Default false. */
	exact?: boolean;
}

const STATES: ReadonlySet<string> = new Set<ConsentState>(['subscribed', 'unsubscribed', 'pending', 'none']);

interface Current extends Saying {
	state: ConsentState;
	ip: string | null;
	/** 1: nobody but imports has said so. */
	by_import: number | null;
}

/**
 * Sets states within the caller's transaction, in the order given, a constant number of statements for any batch. Locks the
 * profiles in id order (PROTOCOL rule 3). A state that is said once more changes nothing unless it brings new proof (repeat.ts): so a retried
 * execution, a mail provider's second one-click, or two workflows that set the same state in turn leave one line each in the history, and the time of the
 * first; only that it is no import's word alone any more is written down. New proof gets its line, and takes the place of the proof that is shown unless it
 * has less.
 * Ids of people who were merged lead to whom they are now. Answers with the ids that lead to nobody: nothing was stored for them.
 */
export async function setIn(tx: Tx, parts: SetParts, changes: readonly ConsentChange[], options: SetOptions = {}): Promise<{ missing: number[] }> {
	changes.forEach(check);
	const { changed, missing, steps } = await writeChanges(tx, parts, changes, options);
	const consents = new Set([...changed, ...(options.marked ?? [])]);
	if (consents.size > 0) await parts.segments?.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), historical: options.historical ?? false, consents, consentSteps: steps });
	// Behind the entries: who starts a journey by what ends it gets nothing from it.
	if (steps.length > 0) await parts.reactions?.consentsChanged(tx, steps);
	return { missing };
}

async function writeChanges(tx: Tx, parts: SetParts, changes: readonly ConsentChange[], { byImport = false, exact = false }: SetOptions): Promise<{ changed: number[]; missing: number[]; steps: ConsentStep[] }> {
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
	const said = exact ? new Map<string, Saying[]>() : await sayingsSince(tx, repeated(changes, current, states));

	const written = new Map<string, Current>();
	const confirmed: Current[] = [];
	const history: HistoryRow[] = [];
	const steps: ConsentStep[] = [];
	for (const change of changes) {
		const profile = current.get(change.profile) ?? change.profile;
		if (!known.has(profile)) continue;
		const topic = normaliseTopic(change.topic);
		const key = sayingKey({ profile, channel: change.channel, topic });
		const before = states.get(key);
		const next: Current = {
			profile, channel: change.channel, topic, state: change.state, source: change.source,
			text_version: change.textVersion ?? null, ip: withIp ? (change.ip ?? null) : null, by_import: byImport ? 1 : null,
			given_at: change.givenAtMs ?? null, given_source: change.givenSource ?? null,
		};
		if ((before?.state ?? 'none') !== next.state) {
			steps.push({ profile, channel: next.channel, topic, from: before?.state ?? 'none', to: next.state });
			said.set(key, [next]);
		} else {
			if (before === undefined || (exact && sameAs(before, next))) continue;
			if (!exact && [before, ...(said.get(key) ?? [])].some((known) => saysNothingNew(next, known))) {
				if (before.by_import === 1 && !byImport) confirmed.push(next);
				continue;
			}
			said.set(key, [...(said.get(key) ?? []), next]);
		}
		history.push({ ...next, kind: 'consent', previous: before?.state ?? null, seen: change.seen });
		if (!exact && before !== undefined && before.state === next.state && hasProof(before) && !hasProof(next)) {
			// Another workflow says so too, and does not know the wording: what is shown stays what proves it.
			if (before.by_import === 1 && !byImport) confirmed.push(next);
			continue;
		}
		states.set(key, next);
		written.set(key, next);
	}
	await confirmStates(tx, confirmed);
	if (history.length === 0) return { changed: [], missing, steps: [] };
	await writeStates(tx, [...written.values()]);
	await appendHistory(tx, history);
	await parts.audit?.(tx, auditOf(history));
	return { changed: history.map((row) => row.profile), missing, steps };
}

async function currentStates(tx: Tx, profiles: readonly number[]): Promise<Map<string, Current>> {
	const rows = await tx.all(sql<Current>`select profile, channel, topic, state, source, text_version, given_at, given_source, ip, by_import from consent where ${tx.dialect.anyOf(sql`profile`, profiles)}`);
	return new Map(rows.map((row) => [sayingKey(row), row]));
}

/** Of whom a state is said that they are in already, in other words than those stored: only then is it asked who has said so. */
function repeated(changes: readonly ConsentChange[], current: ReadonlyMap<number, number>, states: ReadonlyMap<string, Current>): number[] {
	const people = new Set<number>();
	for (const { profile: asked, channel, topic, state, source, textVersion = null, givenAtMs = null, givenSource = null } of changes) {
		const profile = current.get(asked) ?? asked;
		const before = states.get(sayingKey({ profile, channel, topic: normaliseTopic(topic) }));
		const next: Saying = { profile, channel, topic, state, source, text_version: textVersion, given_at: givenAtMs, given_source: givenSource };
		if (before !== undefined && before.state === state && !saysNothingNew(next, before)) people.add(profile);
	}
	return [...people];
}

function hasProof({ text_version: wording, given_at: at, given_source: where, ip }: Current): boolean {
	return wording !== null || at !== null || where !== null || ip !== null;
}

function sameAs(one: Current, other: Current): boolean {
	return (['source', 'text_version', 'given_at', 'given_source', 'ip', 'by_import'] as const).every((part) => one[part] === other[part]);
}

async function writeStates(tx: Tx, rows: readonly Current[]): Promise<void> {
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
async function confirmStates(tx: Tx, rows: readonly Current[]): Promise<void> {
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
