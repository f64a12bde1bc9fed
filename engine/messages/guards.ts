import { sql, type RawBuilder } from 'kysely';

import { consentReasonSql, normaliseAddress, normaliseTopic, suppressedOf } from '../consent';
import { fromJsonColumn, PAUSED_GUARD, PAUSED_REASON, sharePaused } from '../journeys';
import { lockProfiles, type IdentityOptions } from '../profiles';
import { iso, type JsonObject } from '../kernel';
import { spokenLanguage } from '../preferences';
import type { SettingsValues } from '../settings';
import type { Reader, Tx } from '../store';
import { addressesFor, addressKindOf, noAddress, ownAddresses, type AddressFor, type AddressKind, type OwnAddresses } from './addressed';
import { Pressure } from './frequency';
import type { Reserved } from './reserve';
import { judgeTiming, type TimingQuestion, type TimingVerdict } from './timing';
import type { ForeseeRequest, Foreseen, GuardName, LedgerRequest } from './types';

/*
 * Who is asked, in the design's order (before them all: a paused journey keeps whoever they would let through): holdout (marketing of
 * enrollments that were drawn at their entry), address and suppression, consent,
 * then those that look at the time (timing.ts): the person's own pause, frequency cap, quiet hours and blackout dates. The first that
 * objects decides. Its name, its reason and until when go into the ledger with the outcome.
 *
 * All of a batch at once: a constant number of statements, and no question to the database for one person.
 */

export type Work = Extract<Reserved, { kind: 'work' }>;

/** All that rendering one message needs, read in the transaction that decides to attempt it. */
export interface Addressed {
	work: Work;
	to: string;
	profile: JsonObject;
	journey: JsonObject;
	event: JsonObject | null;
	attempts: number;
	/** What they chose to be written to in, else what their attributes say; as it was given. */
	language: string | null;
}

export type Verdict =
	| { kind: 'attempt'; addressed: Addressed }
	| { kind: 'skip'; work: Work; guard: GuardName; reason: string }
	/** Waits at the step and is asked again at untilMs. */
	| { kind: 'hold'; work: Work; guard: GuardName; reason: string; untilMs: number }
	/** Somebody else's attempt, whose deadline has not passed. */
	| { kind: 'busy'; work: Work; untilMs: number }
	/** Its attempt's deadline has passed without an end. */
	| { kind: 'unknown'; work: Work }
	/** Ended before (by an earlier epoch that died before it could remember its output). */
	| { kind: 'ended'; work: Work; state: string; guard: GuardName | null; reason: string | null }
	/** The person has left, or another process has claimed them since: not ours to send. */
	| { kind: 'left'; work: Work };

/** In the ledger, of whoever was drawn at the entry. */
const HELD_OUT_REASON = 'held out, to compare with';

/** Guards that object only now: what they hold back is not lost while sending is stopped. */
export const TIMING_GUARDS: ReadonlySet<GuardName> = new Set(['pause', 'frequency cap', 'quiet hours', 'blackout date', 'warm-up']);

interface PersonFacts {
	attributes: JsonObject | string;
	refused: string | null;
	max_per_week: number | null;
	paused_until: number | null;
	language: string | null;
}

interface GuardRow extends PersonFacts {
	id: string;
	profile: number;
	state: string;
	guard: GuardName | null;
	reason: string | null;
	attempts: number;
	attempt_until: number | null;
	held_since: number | null;
	journey_name: string | null;
	enrollment: number | null;
	entered_at: number | null;
	started_at: number | null;
	time_scale: number | null;
	holdout: number | null;
	entry_name: string | null;
	entry_properties: JsonObject | string | null;
	token_alive: number;
}

/** Columns of PersonFacts; needs `profile p` and `left join preference pr`. */
function personFacts(reader: Reader, request: Pick<ForeseeRequest, 'channel' | 'purpose'>, topicRef: RawBuilder<unknown>): RawBuilder<unknown> {
	const { channel, purpose } = request;
	return sql`p.attributes, pr.max_per_week, pr.paused_until, pr.language,
		${consentReasonSql(reader.dialect, { channel, topicRef, profileRef: sql`p.id`, purpose })} as refused`;
}

/**
 * What may be done with each of these messages now. Read under the profiles' lock, so that an opt-out or a message of another worker
 * that was committed before the attempt is always seen (PROTOCOL 3, 14).
 */
export async function guard(tx: Tx, request: LedgerRequest, works: readonly Work[], settings: SettingsValues): Promise<Verdict[]> {
	const { channel } = request;
	const kind = addressKindOf(channel);
	await lockProfiles(tx, [...new Set(works.map((work) => work.profile))]);
	const paused = await sharePaused(tx, works.flatMap(({ visit }) => (visit === null ? [] : [visit.token.journey])));
	const asked = works.map((work) => ({ id: work.message, token: work.visit?.token.id ?? null, epoch: work.visit?.token.epoch ?? null }));
	const rows = await tx.all<GuardRow>(sql<GuardRow>`select m.id, m.profile, m.state, m.guard, m.reason, m.attempts, m.attempt_until, m.held_since,
			${personFacts(tx, { channel, purpose: request.purpose }, sql`m.topic`)},
			j.name as journey_name, m.enrollment, e.entered_at, e.started_at, e.time_scale, e.holdout, ev.name as entry_name, ev.properties as entry_properties,
			case when a.token is null then 1 else (select count(*) from token t where t.id = a.token and t.epoch = a.epoch and t.state in ('claimed', 'away')) end as token_alive
		from ${tx.dialect.rows(asked, { id: 'text', token: 'text', epoch: 'integer' }, 'a')}
		join message m on m.id = a.id join profile p on p.id = m.profile left join preference pr on pr.profile = p.id
		left join journey j on j.id = m.journey left join enrollment e on e.id = m.enrollment left join event ev on ev.id = e.entry_event`);
	const found = new Map(rows.map((row) => [row.id, row]));
	// Whose the message is now: a merge may have come since it was reserved.
	for (const work of works) work.profile = found.get(work.message)?.profile ?? work.profile;
	const own = await ownAddresses(tx, works.map((work) => work.profile));
	const theirs = (work: Work) => ownOn(channel, own.get(work.profile));
	// Behind a gate the nodes of others choose the address of everything but mail; what the engine knows is asked of the suppression list.
	const addresses = kind === undefined || (request.memo === 'gate' && kind !== 'email') ? works.map((work): AddressFor => ({ to: theirs(work)[0] ?? '' })) : await addressesFor(tx, kind, works.map((work) => ({
		profile: work.profile, attributes: fromJsonColumn<JsonObject>(found.get(work.message)?.attributes ?? {}), contact: work.item.contact?.[kind], inJourney: work.visit !== null,
	})), own, addressing(settings));
	// At a gate: where the nodes behind it really send to.
	for (const [n, work] of works.entries()) {
		const given = givenAddress(channel, work.item.address);
		const found = addresses[n];
		if (given !== undefined && found !== undefined && 'to' in found) addresses[n] = { to: given };
	}
	const suppressed = await suppressedOf(tx, channel, [...works.flatMap(theirs), ...addresses.flatMap((address) => ('to' in address && address.to !== '' ? [address.to] : []))]);
	const first = works.map((work, n) => judge(work, found.get(work.message), { phone: own.get(work.profile)?.phone[0], own: theirs(work), address: addresses[n] ?? noAddress(kind ?? 'email') }, suppressed, { channel, purpose: request.purpose, nowMs: tx.nowMs }));
	return (await judgeTimes(tx, request, first, settings)).map((verdict) => (paused.has(workOf(verdict).visit?.token.journey ?? '') ? whilePaused(verdict, tx.nowMs) : verdict));
}

async function judgeTimes(tx: Tx, request: LedgerRequest, first: ReadonlyArray<ReturnType<typeof judge>>, settings: SettingsValues): Promise<Verdict[]> {
	if (!isTimed(request.purpose, settings)) return first.map((verdict) => (verdict.kind === 'willing' ? { kind: 'attempt', addressed: verdict.addressed } : verdict));
	const pressure = await Pressure.read(tx, first.flatMap((verdict) => (verdict.kind === 'willing' ? [verdict.question] : [])), settings);
	return first.map((verdict): Verdict => {
		if (verdict.kind !== 'willing') return verdict;
		const timing = judgeTiming(verdict.question, pressure, settings, request.holding ?? {}, tx.nowMs);
		return timing.kind === 'go' ? { kind: 'attempt', addressed: verdict.addressed } : { ...timing, work: verdict.addressed.work };
	});
}

function workOf(verdict: Verdict): Work {
	return verdict.kind === 'attempt' ? verdict.addressed.work : verdict.work;
}

/**
 * Whoever could be sent to, now or later, waits at the step, due now: nobody is handed out while the journey is paused, and after it the guards
 * ask again. What is too much or too late now may be allowed by then.
 */
function whilePaused(verdict: Verdict, nowMs: number): Verdict {
	const later = verdict.kind === 'attempt' || verdict.kind === 'hold' || (verdict.kind === 'skip' && TIMING_GUARDS.has(verdict.guard));
	return later ? { kind: 'hold', work: workOf(verdict), guard: PAUSED_GUARD, reason: PAUSED_REASON, untilMs: nowMs } : verdict;
}

/** The same questions about people without a message. Nothing is locked and nothing is stored: it is an outlook. */
export async function foresee(reader: Reader, request: ForeseeRequest, settings: SettingsValues): Promise<Foreseen[]> {
	const topic = sql`cast(${normaliseTopic(request.topic)} as text)`;
	const rows = await reader.all<PersonFacts & { profile: number }>(sql<PersonFacts & { profile: number }>`select p.id as profile, ${personFacts(reader, request, topic)}
		from profile p left join preference pr on pr.profile = p.id where ${reader.dialect.anyOf(sql`p.id`, [...new Set(request.profiles)])} order by p.id`);
	const own = await ownAddresses(reader, rows.map((row) => row.profile));
	const questions = new Map(rows.map((row) => [row.profile, question(row, { profile: row.profile, phone: own.get(row.profile)?.phone[0], startedAtMs: null, timeScale: 1, canWait: true, heldSinceMs: null, purpose: request.purpose }, request.channel)]));
	const kind = addressKindOf(request.channel);
	const theirs = (profile: number) => ownOn(request.channel, own.get(profile));
	const suppressed = await suppressedOf(reader, request.channel, rows.flatMap((row) => theirs(row.profile)));
	const pressure = await Pressure.read(reader, [...questions.values()], settings);
	const addresses = kind === undefined ? rows.map((): AddressFor => ({ to: '' })) : await addressesFor(reader, kind, rows.map((row) => ({ profile: row.profile, attributes: fromJsonColumn<JsonObject>(row.attributes), contact: undefined, inJourney: true })), own, addressing(settings));
	return rows.map((row, n): Foreseen => {
		const objection = objectionOf(row, addresses[n] ?? noAddress(kind ?? 'email'), theirs(row.profile), suppressed);
		const asked = questions.get(row.profile);
		const timing: TimingVerdict = objection === null && asked !== undefined && isTimed(request.purpose, settings)
			? judgeTiming(asked, pressure, settings, request.holding ?? {}, reader.nowMs)
			: { kind: 'go' };
		const verdict = objection === null ? timing : { kind: 'skip' as const, ...objection };
		if (verdict.kind === 'go') return { profile: row.profile, verdict: 'send', guard: null, reason: null, until: null };
		return { profile: row.profile, verdict: verdict.kind, guard: verdict.guard, reason: verdict.reason, until: verdict.kind === 'hold' ? iso(verdict.untilMs) : null };
	});
}

function isTimed(purpose: LedgerRequest['purpose'], settings: SettingsValues): boolean {
	return purpose === 'marketing' || settings.guardedPurposes === 'all';
}

/** The addresses of a person that the suppression list of a channel may name; other channels write to what is no identity. */
function ownOn(channel: string, own: OwnAddresses | undefined): string[] {
	const kind = addressKindOf(channel);
	return kind === undefined ? [] : (own?.[kind] ?? []);
}

function addressing({ blockedIdentities, defaultCountry }: SettingsValues): IdentityOptions {
	return { blocked: blockedIdentities, ...(defaultCountry === null ? {} : { defaultCountry }) };
}

/** As the suppression list holds it; one that is none there can be on no list. */
function givenAddress(channel: string, address: string | undefined): string | undefined {
	const found = address === undefined ? null : normaliseAddress(channel, address);
	return found !== null && 'address' in found ? found.address : undefined;
}

type Willing = { kind: 'willing'; addressed: Addressed; question: TimingQuestion };

/** Everything that does not look at the time. */
function judge(work: Work, row: GuardRow | undefined, { phone, own, address }: { phone: string | undefined; own: readonly string[]; address: AddressFor }, suppressed: ReadonlyMap<string, string>, { channel, purpose, nowMs }: { channel: string; purpose: LedgerRequest['purpose']; nowMs: number }): Exclude<Verdict, { kind: 'attempt' | 'hold' }> | Willing {
	if (row === undefined) return { kind: 'left', work };
	if (row.state === 'attempting') {
		return row.attempt_until !== null && row.attempt_until > nowMs ? { kind: 'busy', work, untilMs: row.attempt_until } : { kind: 'unknown', work };
	}
	if (row.state !== 'reserved' && row.state !== 'deferred') return { kind: 'ended', work, state: row.state, guard: row.guard, reason: row.reason };
	if (Number(row.token_alive) === 0) return { kind: 'left', work };
	// What must be told (an order, a password) is no part of what a holdout measures.
	if (purpose === 'marketing' && row.holdout === 1) return { kind: 'skip', work, guard: 'holdout', reason: HELD_OUT_REASON };
	const attributes = fromJsonColumn<JsonObject>(row.attributes);
	const objection = objectionOf(row, address, own, suppressed);
	if (objection !== null) return { kind: 'skip', work, ...objection };
	const to = 'to' in address ? address.to : '';
	return {
		kind: 'willing',
		addressed: addressed(row, work, { to, kind: addressKindOf(channel) }, attributes),
		question: question(row, { profile: work.profile, phone, startedAtMs: row.started_at, timeScale: row.time_scale ?? 1, canWait: work.visit !== null, heldSinceMs: row.held_since, purpose }, channel),
	};
}

/**
 * A bounce says something about one address; a complaint, a block by hand and an erasure about the person, at whichever of
 * their addresses.
 */
function objectionOf(row: PersonFacts, address: AddressFor, own: readonly string[], suppressed: ReadonlyMap<string, string>): { guard: GuardName; reason: string } | null {
	if ('refused' in address) return { guard: 'address', reason: address.refused };
	const personal = own.map((one) => suppressed.get(one)).find((reason) => reason !== undefined && reason !== 'hard-bounce');
	const suppression = suppressed.get(address.to) ?? personal;
	if (suppression !== undefined) return { guard: 'suppression', reason: `suppressed: ${suppression}` };
	if (row.refused !== null) return { guard: 'consent', reason: row.refused };
	return null;
}

function question(row: PersonFacts, about: Omit<TimingQuestion, 'channel' | 'attributes' | 'maxPerWeek' | 'pausedUntilMs'>, channel: string): TimingQuestion {
	return {
		...about, channel, attributes: fromJsonColumn<JsonObject>(row.attributes),
		maxPerWeek: row.max_per_week === null ? null : Number(row.max_per_week), pausedUntilMs: row.paused_until === null ? null : Number(row.paused_until),
	};
}

function addressed(row: GuardRow, work: Work, { to, kind }: { to: string; kind: AddressKind | undefined }, attributes: JsonObject): Addressed {
	return {
		work,
		to,
		attempts: row.attempts,
		language: row.language ?? spokenLanguage(attributes),
		profile: { ...attributes, id: work.profile, ...(kind === undefined ? {} : { [kind]: to }) },
		journey: { name: row.journey_name, enrollment: row.enrollment, enteredAt: iso(row.entered_at) },
		event: row.entry_name === null ? null : { name: row.entry_name, properties: fromJsonColumn<JsonObject>(row.entry_properties ?? {}) },
	};
}
