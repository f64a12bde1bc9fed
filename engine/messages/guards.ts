import { sql, type RawBuilder } from 'kysely';

import { consentReasonSql, normaliseAddress, normaliseTopic, suppressedOf } from '../consent';
import { devicesOf, isOfDevices, NO_PROVEN_DEVICE, type Device } from '../devices';
import { fromJsonColumn, PAUSED_GUARD, PAUSED_REASON, sharePaused } from '../journeys';
import { lockProfiles, normaliseIdentity, type IdentityOptions } from '../profiles';
import { iso, type JsonObject } from '../kernel';
import { spokenLanguage } from '../preferences';
import type { SettingsValues } from '../settings';
import type { Reader, Tx } from '../store';
import { addressesFor, addressKindOf, noAddress, ownAddresses, ownOn, type AddressFor, type AddressKind } from './addressed';
import { Pressure } from './frequency';
import { takeBackLocal } from './ledger';
import type { Reserved } from './reserve';
import { postalFor } from './postal-reach';
import { waitsForTime } from './send-time';
import { judgeTiming, type TimingQuestion, type TimingVerdict } from './timing';
import { openTo } from '../reports';
import type { ForeseeRequest, Foreseen, GuardName, LedgerRequest, UnknownRequest } from './types';

/*
 * Who is asked, in the design's order (before them all: a paused journey keeps whoever they would let through): holdout (marketing of
 * enrollments that were drawn at their entry), address and suppression, consent, the service window of a channel that has one,
 * then those that look at the time (timing.ts): the person's own pause, frequency cap, quiet hours and blackout dates. The first that
 * objects decides. Its name, its reason and until when go into the ledger with the outcome.
 *
 * All of a batch at once: a constant number of statements, and no question to the database for one person.
 */

export type Work = Extract<Reserved, { kind: 'work' }>;

/** All that rendering one message needs, read in the transaction that decides to attempt it. */
export interface Addressed {
	work: Work;
	/** '' of channels that write to devices. */
	to: string;
	/** Of a channel that writes to devices: all that take it, at least one, each once. */
	devices?: readonly Device[];
	profile: JsonObject;
	journey: JsonObject;
	event: JsonObject | null;
	attempts: number;
	/** What goes instead has to: they may not be written to freely now. */
	windowClosed?: true;
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

const WINDOW_CLOSED = { guard: 'service window', reason: 'service window: the person has not written to this sender within the last 24 hours' } as const;

/** In the ledger, of whoever was drawn at the entry. */
const HELD_OUT_REASON = 'held out, to compare with';

/** Guards that object only now: what they hold back is not lost while sending is stopped. */
export const TIMING_GUARDS: ReadonlySet<GuardName> = new Set(['send time', 'pause', 'frequency cap', 'quiet hours', 'blackout date', 'warm-up']);

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
	reserved_at: number;
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
	const kind = addressKindOf(request);
	await lockProfiles(tx, [...new Set(works.map((work) => work.profile))]);
	const paused = await sharePaused(tx, works.flatMap(({ visit }) => (visit === null ? [] : [visit.token.journey])));
	await takeBackLocal(tx, request.memo === 'gate' || channel !== 'onsite' ? [] : works.map(({ message }) => message));
	const asked = works.map((work) => ({ id: work.message, token: work.visit?.token.id ?? null, epoch: work.visit?.token.epoch ?? null }));
	const rows = await tx.all<GuardRow>(sql<GuardRow>`select m.id, m.profile, m.state, m.guard, m.reason, m.attempts, m.attempt_until, m.held_since, m.reserved_at,
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
	const devices = await devicesWrittenTo(tx, request, works.map((work) => work.profile));
	const listed = await devicesListed(tx, request, works.map((work) => work.profile), devices);
	const theirs = (work: Work) => ownOn(channel, own.get(work.profile), listed?.get(work.profile)?.map(({ address }) => address));
	// Behind a gate the nodes of others choose the address of everything but mail; what the engine knows is asked of the suppression list.
	const { addressOf } = request;
	const addresses = addressOf !== undefined ? works.map((work) => addressOf(work.item, shownOf(found.get(work.message), work))) : kind === undefined || (request.memo === 'gate' && kind !== 'email') ? works.map((work): AddressFor => ({ to: kind === undefined ? '' : (own.get(work.profile)?.[kind][0] ?? '') })) : await addressesFor(tx, kind, works.map((work) => ({
		profile: work.profile, attributes: fromJsonColumn<JsonObject>(found.get(work.message)?.attributes ?? {}), contact: work.item.contact?.[kind], inJourney: work.visit !== null,
	})), own, addressing(settings));
	// At a gate: where the nodes behind it really send to.
	for (const [n, work] of works.entries()) {
		const given = givenAddress(channel, work.item.address);
		const found = addresses[n];
		if (given !== undefined && found !== undefined && 'to' in found) addresses[n] = { to: given };
	}
	const suppressed = await suppressedOf(tx, channel, [...works.flatMap(theirs), ...addresses.flatMap((address) => ('to' in address && address.to !== '' ? [address.to] : []))]);
	const closed = await closedTo(tx, request, addresses);
	const first = works.map((work, n) => judge(work, found.get(work.message), { closed: closed[n] === true ? (request.window?.whenClosed ?? null) : null, phone: own.get(work.profile)?.phone[0], own: theirs(work), address: devices === null || request.memo === 'gate' ? (addresses[n] ?? noAddress(kind ?? 'email')) : toDevices(devices.get(work.profile), suppressed), devices: takers(devices?.get(work.profile), suppressed) }, suppressed, { channel, kind, purpose: request.purpose, nowMs: tx.nowMs }));
	return (await judgeTimes(tx, request, first, settings)).map((verdict) => (paused.has(workOf(verdict).visit?.token.journey ?? '') ? whilePaused(verdict, tx.nowMs) : verdict));
}

async function judgeTimes(tx: Tx, request: LedgerRequest, judged: ReadonlyArray<ReturnType<typeof judge>>, settings: SettingsValues): Promise<Verdict[]> {
	const first = judged.map((verdict) => (verdict.kind === 'willing' ? untilItsTime(verdict, settings, tx.nowMs) : verdict));
	if (!isTimed(request.purpose, settings)) return first.map((verdict) => (verdict.kind === 'willing' ? { kind: 'attempt', addressed: verdict.addressed } : verdict));
	const pressure = await Pressure.read(tx, first.flatMap((verdict) => (verdict.kind === 'willing' ? [verdict.question] : [])), settings);
	return first.map((verdict): Verdict => {
		if (verdict.kind !== 'willing') return verdict;
		const timing = judgeTiming(verdict.question, pressure, settings, request.holding ?? {}, tx.nowMs);
		return timing.kind === 'go' ? { kind: 'attempt', addressed: verdict.addressed } : { ...timing, work: verdict.addressed.work };
	});
}

/** Whoever waits for the time of day of their variant is asked by the other guards then, whose answer may be another. */
function untilItsTime(verdict: Willing, settings: SettingsValues, nowMs: number): Willing | Extract<Verdict, { kind: 'hold' }> {
	const { addressed: { work }, question: asked, reservedAtMs } = verdict;
	const at = work.item.variant?.at;
	const waits = at === undefined || !asked.canWait ? null : waitsForTime(at, { ...asked, reservedAtMs }, settings, nowMs);
	return waits === null ? verdict : { kind: 'hold', work, guard: 'send time', ...waits };
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

/** What the guards would say, and what rendering the person's message needs. */
export interface Outlook {
	foreseen: Foreseen;
	/** '' where there is none, and of channels that write to devices. */
	to: string;
	attributes: JsonObject;
	language: string | null;
}

/** The same questions about people without a message. Nothing is locked and nothing is stored: it is an outlook. */
export async function foresee(reader: Reader, request: ForeseeRequest, settings: SettingsValues): Promise<Foreseen[]> {
	return (await outlooks(reader, request, settings)).map(({ foreseen }) => foreseen);
}

/** By profile id; an unknown one is left out. */
export async function outlooks(reader: Reader, request: ForeseeRequest, settings: SettingsValues): Promise<Outlook[]> {
	const topic = sql`cast(${normaliseTopic(request.topic)} as text)`;
	const rows = await reader.all<PersonFacts & { profile: number }>(sql<PersonFacts & { profile: number }>`select p.id as profile, ${personFacts(reader, request, topic)}
		from profile p left join preference pr on pr.profile = p.id where ${reader.dialect.anyOf(sql`p.id`, [...new Set(request.profiles)])} order by p.id`);
	const own = await ownAddresses(reader, rows.map((row) => row.profile));
	const questions = new Map(rows.map((row) => [row.profile, question(row, { profile: row.profile, phone: own.get(row.profile)?.phone[0], startedAtMs: null, timeScale: 1, canWait: true, heldSinceMs: null, purpose: request.purpose }, request.channel)]));
	const kind = addressKindOf(request);
	const devices = await devicesWrittenTo(reader, request, rows.map((row) => row.profile));
	const listed = await devicesListed(reader, request, rows.map((row) => row.profile), devices);
	const theirs = (profile: number) => ownOn(request.channel, own.get(profile), listed?.get(profile)?.map(({ address }) => address));
	const byPost = request.channel === 'directmail' ? rows.map((row) => postalFor(request, row.profile, fromJsonColumn<JsonObject>(row.attributes))) : null;
	const suppressed = await suppressedOf(reader, request.channel, [...rows.flatMap((row) => theirs(row.profile)), ...(byPost ?? []).flatMap((one) => ('to' in one && one.to !== '' ? [one.to] : []))]);
	const pressure = await Pressure.read(reader, [...questions.values()], settings);
	const addresses = byPost !== null ? byPost : kind === undefined ? rows.map((): AddressFor => ({ to: '' })) : await addressesFor(reader, kind, rows.map((row) => ({ profile: row.profile, attributes: fromJsonColumn<JsonObject>(row.attributes), contact: undefined, inJourney: true })), own, addressing(settings));
	const closed = await closedTo(reader, request, addresses);
	return rows.map((row, n): Outlook => {
		const address = devices === null ? (addresses[n] ?? noAddress(kind ?? 'email')) : toDevices(devices.get(row.profile), suppressed);
		const objection = objectionOf(row, address, theirs(row.profile), suppressed) ?? (closed[n] === true && request.window?.whenClosed === 'skip' ? WINDOW_CLOSED : null);
		const asked = questions.get(row.profile);
		const timing: TimingVerdict = objection === null && asked !== undefined && isTimed(request.purpose, settings)
			? judgeTiming(asked, pressure, settings, request.holding ?? {}, reader.nowMs)
			: { kind: 'go' };
		const verdict = objection === null ? timing : { kind: 'skip' as const, ...objection };
		const foreseen: Foreseen = verdict.kind === 'go' ? { profile: row.profile, verdict: 'send', guard: null, reason: null, until: null }
			: { profile: row.profile, verdict: verdict.kind, guard: verdict.guard, reason: verdict.reason, until: verdict.kind === 'hold' ? iso(verdict.untilMs) : null };
		const attributes = fromJsonColumn<JsonObject>(row.attributes);
		return { foreseen, to: 'to' in address ? address.to : '', attributes, language: row.language ?? spokenLanguage(attributes) };
	});
}

/** The same of somebody whom nobody knows yet, by what they are named by: as of a new profile that has nothing else. */
export async function foreseeUnknown(reader: Reader, request: UnknownRequest, settings: SettingsValues): Promise<Foreseen> {
	const { channel, purpose, unknown } = request;
	const row = await reader.first<{ refused: string | null }>(sql<{ refused: string | null }>`select ${consentReasonSql(reader.dialect, { channel, topicRef: sql`cast(${normaliseTopic(request.topic)} as text)`, profileRef: sql`0`, purpose })} as refused`);
	const facts: PersonFacts = { attributes: {}, refused: row?.refused ?? null, max_per_week: null, paused_until: null, language: null };
	const address = addressOfUnknown(request, addressing(settings));
	const suppressed = await suppressedOf(reader, channel, 'to' in address && address.to !== '' ? [address.to] : []);
	const [isClosed = false] = await closedTo(reader, request, [address]);
	const objection = objectionOf(facts, address, [], suppressed) ?? (isClosed && request.window?.whenClosed === 'skip' ? WINDOW_CLOSED : null);
	if (objection !== null) return { profile: 0, verdict: 'skip', ...objection, until: null };
	const asked = question(facts, { profile: 0, phone: unknown.kind === 'phone' && 'to' in address ? address.to : undefined, startedAtMs: null, timeScale: 1, canWait: true, heldSinceMs: null, purpose }, channel);
	const timing: TimingVerdict = isTimed(purpose, settings) ? judgeTiming(asked, await Pressure.read(reader, [asked], settings), settings, request.holding ?? {}, reader.nowMs) : { kind: 'go' };
	if (timing.kind === 'go') return { profile: 0, verdict: 'send', guard: null, reason: null, until: null };
	return { profile: 0, verdict: timing.kind, guard: timing.guard, reason: timing.reason, until: timing.kind === 'hold' ? iso(timing.untilMs) : null };
}

function addressOfUnknown(request: UnknownRequest, options: IdentityOptions): AddressFor {
	const kind = addressKindOf(request);
	if (request.channel === 'directmail') return postalFor(request, 0, {});
	if (kind === undefined) return isOfDevices(request.channel) ? toDevices([], new Map()) : { to: '' };
	const found = request.unknown.kind === kind ? normaliseIdentity(kind, request.unknown.value, options) : null;
	if (found?.ok !== true) return noAddress(kind);
	return { to: found.identity.value };
}

/** Of each address, whether it may only be written to by what may go at any time; asked under the same lock as the attempt, at its very time. */
async function closedTo(reader: Reader, { channel, window }: Pick<LedgerRequest, 'channel' | 'window'>, addresses: readonly AddressFor[]): Promise<boolean[]> {
	if (window === undefined) return [];
	const open = await openTo(reader, channel, window.sender, addresses.flatMap((address) => ('to' in address ? [address.to] : [])));
	return addresses.map((address) => 'to' in address && !open.has(address.to));
}

function isTimed(purpose: LedgerRequest['purpose'], settings: SettingsValues): boolean {
	return purpose === 'marketing' || (purpose === 'transactional' && settings.guardedPurposes === 'all');
}

function addressing({ blockedIdentities, defaultCountry }: SettingsValues): IdentityOptions {
	return { blocked: blockedIdentities, ...(defaultCountry === null ? {} : { defaultCountry }) };
}

/** As the suppression list holds it; one that is none there can be on no list. */
function givenAddress(channel: string, address: string | undefined): string | undefined {
	const found = address === undefined ? null : normaliseAddress(channel, address);
	return found !== null && 'address' in found ? found.address : undefined;
}

type Willing = { kind: 'willing'; addressed: Addressed; question: TimingQuestion; reservedAtMs: number };

/** Everything that does not look at the time. */
function judge(work: Work, row: GuardRow | undefined, { closed, phone, own, address, devices }: { closed: 'skip' | 'instead' | null; phone: string | undefined; own: readonly string[]; address: AddressFor; devices: readonly Device[] }, suppressed: ReadonlyMap<string, string>, { channel, kind, purpose, nowMs }: { channel: string; kind: AddressKind | undefined; purpose: LedgerRequest['purpose']; nowMs: number }): Exclude<Verdict, { kind: 'attempt' | 'hold' }> | Willing {
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
	if (closed === 'skip') return { kind: 'skip', work, ...WINDOW_CLOSED };
	const to = 'to' in address ? address.to : '';
	return {
		kind: 'willing', reservedAtMs: Number(row.reserved_at),
		addressed: { ...addressed(row, work, { to, kind, devices }, attributes), ...(closed === null ? {} : { windowClosed: true }) },
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

function addressed(row: GuardRow, work: Work, { to, kind, devices }: { to: string; kind: AddressKind | undefined; devices: readonly Device[] }, attributes: JsonObject): Addressed {
	return { work, to, devices, attempts: row.attempts, language: row.language ?? spokenLanguage(attributes), ...shownOf(row, work, attributes, kind === 'email' || kind === 'phone' ? { [kind]: to } : {}) };
}

/** What templates see of the person. */
function shownOf(row: GuardRow | undefined, work: Work, attributes = fromJsonColumn<JsonObject>(row?.attributes ?? {}), address: JsonObject = {}): Pick<Addressed, 'profile' | 'journey' | 'event'> {
	return {
		profile: { ...attributes, id: work.profile, ...address },
		journey: { name: row?.journey_name ?? null, enrollment: row?.enrollment ?? null, enteredAt: iso(row?.entered_at ?? null) },
		event: row === undefined || row.entry_name === null ? null : { name: row.entry_name, properties: fromJsonColumn<JsonObject>(row.entry_properties ?? {}) },
	};
}

/** null: the channel writes to addresses. */
async function devicesWrittenTo(reader: Reader, { channel, platforms }: Pick<LedgerRequest, 'channel' | 'platforms'>, profiles: readonly number[]): Promise<Map<number, Device[]> | null> {
	return isOfDevices(channel) ? await devicesOf(reader, channel, profiles, platforms) : null;
}

/** All that the suppression list may name a person by: a block of the phone is a block of whoever has it, whichever service the step sends by. Whose nobody proved it to be, it says nothing of. */
async function devicesListed(reader: Reader, { channel, platforms }: Pick<LedgerRequest, 'channel' | 'platforms'>, profiles: readonly number[], written: Map<number, Device[]> | null): Promise<Map<number, Device[]> | null> {
	if (written === null) return null;
	const all = platforms === undefined ? null : await devicesOf(reader, channel, profiles);
	return new Map(profiles.map((profile) => [profile, [...(all?.get(profile) ?? []), ...(written.get(profile) ?? [])].filter(({ unproven }) => unproven === undefined)]));
}

/** Those on no list, and proved to be the person's where they have to be. */
function takers(devices: readonly Device[] | undefined, suppressed: ReadonlyMap<string, string>): Device[] {
	return (devices ?? []).filter(({ address, unproven }) => unproven === undefined && !suppressed.has(address));
}

/** Whoever has devices, and all of them on the list, is refused by the list and not for having none. */
function toDevices(devices: readonly Device[] | undefined, suppressed: ReadonlyMap<string, string>): AddressFor {
	const [first] = devices ?? [];
	if (first === undefined) return { refused: 'no device that this step sends to' };
	// Those that are proven stand first.
	if (first.unproven === true) return { refused: NO_PROVEN_DEVICE };
	return { to: takers(devices, suppressed).length === 0 ? first.address : '' };
}
