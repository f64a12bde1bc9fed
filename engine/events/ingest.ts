import { sql } from 'kysely';

import {
	admitIdentity, applyAttributes, changeGroups, coerceAll, declaredTypes, leftInWords, resolveProfiles,
	type AttributeChange, type Catalog, type DeclaredTypes, type GroupFollower, type IdentityOptions, type IdentitySet, type Merging, type Said, type SaidListener,
} from '../profiles';
import type { SegmentTracker } from '../segments';
import type { Tx } from '../store';
import type { Reactions, StoredEvent } from './reactions';
import { readMessage, type GroupMessage, type IdentifyMessage, type ReadMessage } from './read';
import { storeEvents } from './store-events';
import { lateAfterMs } from './timestamp';
import type { IngestOptions, IngestReport, TrackingMessage } from './types';

export interface IngestParts {
	segments: SegmentTracker;
	reactions: Reactions;
	catalog: Catalog;
	/** Told of groups that changed: their members outside of the batch are looked at after the commit. */
	groups: Pick<GroupFollower, 'changed'>;
	/** Absent: nobody is merged. */
	merging?: Merging;
	privacySignal?: PrivacySignal;
	/** Absent: nobody sends to devices. */
	devices?: DeviceClaims;
	/** Told what the messages say of people, also where it changes nothing. */
	said?: SaidListener;
}

/**
 * What is done, in the transaction of their messages, about people whose browser sends Global Privacy Control. Answers with whom it changed:
 * segments look at them together with all else that the batch says of them.
 */
export type PrivacySignal = (tx: Tx, profiles: readonly number[]) => Promise<ReadonlySet<number>>;

/** What apps say of whose device they are on; the profiles are locked, the last claim of a device stands. */
export type DeviceClaims = (tx: Tx, claims: readonly DeviceClaim[]) => Promise<void>;

interface DeviceClaim {
	profile: number;
	token: string;
	/** See TrackingMessage.device. */
	provenFor?: string | null;
}

/**
 * Takes one batch (at most 500) within the caller's transaction, with a constant number of statements:
 * read -> whose -> lock in id order -> drop what was seen -> numbered events -> do-not-sell -> attributes -> journeys -> segments -> journeys.
 */
export async function ingestBatch(
	tx: Tx,
	parts: IngestParts,
	batch: readonly TrackingMessage[],
	options: IngestOptions & IdentityOptions,
): Promise<IngestReport> {
	const report: IngestReport = { accepted: 0, duplicates: 0, rejected: [], profiles: batch.map(() => null), entered: 0, repeated: [] };
	const { messages, repeats } = readBatch(batch, options, tx.nowMs, report);
	if (messages.length === 0) return report;

	const resolved = await resolveProfiles(tx, messages.map((message) => setOf(message, options)), {
		create: true, test: options.test ?? false, identity: options, source: options.source, ...(parts.merging === undefined ? {} : { merging: parts.merging }),
	});
	if (resolved.left.length > 0) report.left = leftInWords(resolved.left, (n) => messages[n]?.index ?? 0, options);
	const owned = messages.filter((message, n) => {
		message.profile = resolved.profiles[n] ?? 0;
		if (message.profile === 0) report.rejected.push({ index: message.index, reason: NO_SUCH_PROFILE });
		return message.profile !== 0;
	});

	// After the locks: a repeat of a batch that is still being stored by another process waits for it and then sees it.
	const seen = new Map<string, number>();
	const told = await newCalls(tx, owned, seen);
	const events = await storeEvents(tx, owned, options, seen);
	tally(report, owned, repeats, seen);
	if (seen.size > 0) await parts.said?.(tx, sentAgain(owned, seen));
	// Before any journey hears of them: none may share what their browser has just asked not to share.
	const signalled = withSignal(batch, report);
	const unsold = (signalled.length > 0 ? await parts.privacySignal?.(tx, signalled) : undefined) ?? new Set<number>();
	if (options.historical !== true) await parts.devices?.(tx, claimsIn(batch, owned, tx.nowMs));
	if (report.accepted === 0 && resolved.created.size + resolved.merged.size + unsold.size === 0) return report;

	const catalog = parts.catalog.look();
	const identifies = told.filter((message) => message.type === 'identify');
	const changes = await attributeChanges(tx, identifies, report);
	for (const change of changes) catalog.attributes({ ...change.device, ...change.attributes });
	const attributes = await applyAttributes(tx, changes);
	if (attributes.left.length > 0) report.left = [...(report.left ?? []), ...attributes.left.map(({ index, reason }) => ({ index: identifies[index]?.index ?? 0, kind: 'attribute', reason }))];
	const historical = options.historical === true || options.inert === true;
	const isLate = ({ occurredAtMs }: ReadMessage): boolean => occurredAtMs < tx.nowMs - lateAfterMs;
	const { touched: groups, others, ids, left } = await joinGroups(tx, told.filter((message) => message.type === 'group'), new Set(owned.map(({ profile }) => profile)));
	const lately = lateGroups(told, ids, isLate);
	await parts.groups.changed(tx, new Set([...others].filter((id) => !lately.has(id))), historical);
	await parts.groups.changed(tx, new Set([...others].filter((id) => lately.has(id))), true);
	if (left.length > 0) report.left = [...(report.left ?? []), ...left];
	await parts.said?.(tx, [...owned.map(({ profile, set }) => ({ profile, identities: set.identities, attributes: {} })), ...changes.map(({ profile, attributes: given }) => ({ profile, identities: [], attributes: given }))].filter(({ profile }) => !resolved.created.has(profile)));
	await rememberCalls(tx, told);
	for (const message of told) if (message.type === 'group') catalog.group(message.attributes);
	for (const message of owned) if (message.type === 'track' && (message.key === null || !seen.has(message.key))) catalog.event(message.name, message.properties);
	await catalog.write(tx);
	if (events.length > 0 && options.inert !== true) report.entered += (await parts.reactions.eventsStored(tx, events)).entered;

	// Whoever has just asked not to be shared has done so now, however late the event that said it.
	const changed = { identify: attributes.profiles, group: groups, alias: resolved.merged };
	const changedNow = told.filter((call) => !isLate(call) && (resolved.created.has(call.profile) || changed[call.type].has(call.profile))).map(({ profile }) => profile);
	const late = onlyLate(events, told.filter(isLate), new Set([...changedNow, ...unsold]));
	const moved = await parts.segments.refresh(tx, {
		created: resolved.created,
		events: byName(events),
		attributes: attributes.names,
		steps: attributes.steps,
		...(resolved.merged.size > 0 ? { looked: resolved.merged } : {}),
		...(groups.size > 0 ? { groups } : {}),
		...(unsold.size > 0 ? { consents: unsold } : {}),
		historical: historical || ((profile) => late.has(profile)),
	});
	report.entered += moved.journeyEntries;
	return report;
}

/** Whose a message is. The id before an alias is one more identity, unless it is another person's user id (resolveProfiles sees to that). */
function setOf(message: ReadMessage, options: IdentityOptions): IdentitySet {
	if (message.type !== 'alias') return message.set;
	const previous = admitIdentity('anonymous_id', message.previousId, options);
	if (!previous.ok) return message.set;
	return { ...message.set, identities: [...message.set.identities, previous.identity], previousId: previous.identity.value };
}

/** A value that is not of its declared type is left out and told: the rest of the message, and who they are, counts more. */
async function attributeChanges(tx: Tx, identifies: readonly IdentifyMessage[], report: IngestReport): Promise<AttributeChange[]> {
	const types: DeclaredTypes = identifies.some(({ attributes, device }) => device !== undefined || Object.keys(attributes).length > 0) ? await declaredTypes(tx) : new Map();
	return identifies.map(({ index, profile, attributes, device }) => {
		const coerced = coerceAll(attributes, types);
		if (coerced.refused.length > 0) report.left = [...(report.left ?? []), ...coerced.refused.map(({ reason }) => ({ index, kind: 'attribute', reason }))];
		return { profile, attributes: coerced.attributes, ...(device === undefined ? {} : { device: coerceAll(device, types).attributes }) };
	});
}

/** Adds people of the batch to their groups and sets attributes of these. */
async function joinGroups(tx: Tx, calls: readonly GroupMessage[], held: ReadonlySet<number>): Promise<{ touched: ReadonlySet<number>; others: ReadonlySet<number>; ids: ReadonlyMap<string, number>; left: NonNullable<IngestReport['left']> }> {
	if (calls.length === 0) return { touched: new Set(), others: new Set(), ids: new Map(), left: [] };
	const { touched, others, ids, left } = await changeGroups(
		tx,
		calls.map(({ groupId, attributes }) => ({ key: groupId, attributes })),
		calls.map(({ groupId, profile }) => ({ key: groupId, profile })),
		held,
	);
	return { touched, others, ids, left: left.map(({ index, reason }) => ({ index: calls[index]?.index ?? 0, kind: 'attribute', reason })) };
}

/** Of what arrives in time: a late call may come from a phone that somebody else has by now. */
function claimsIn(batch: readonly TrackingMessage[], owned: readonly ReadMessage[], nowMs: number): DeviceClaim[] {
	return owned.flatMap(({ index, profile, occurredAtMs }) => {
		const { token, provenFor } = batch[index]?.device ?? {};
		return typeof token !== 'string' || occurredAtMs < nowMs - lateAfterMs ? [] : [{ profile, token, ...(provenFor === undefined ? {} : { provenFor }) }];
	});
}

function byName(events: readonly StoredEvent[]): Map<string, Set<number>> {
	const names = new Map<string, Set<number>>();
	for (const { name, profile } of events) {
		const whom = names.get(name);
		if (whom === undefined) names.set(name, new Set([profile]));
		else whom.add(profile);
	}
	return names;
}

/** Groups of which only late calls told anything: what that means for their members starts no journey either. */
function lateGroups(told: readonly ReadMessage[], ids: ReadonlyMap<string, number>, isLate: (call: ReadMessage) => boolean): Set<number> {
	const calls = told.filter((call) => call.type === 'group');
	const now = new Set(calls.filter((call) => !isLate(call)).map(({ groupId }) => groupId));
	return new Set(calls.flatMap(({ groupId }) => (now.has(groupId) ? [] : [ids.get(groupId) ?? 0])));
}

/** People of whom this batch tells nothing but late events and calls: what follows from it starts no journey either. */
function onlyLate(events: readonly StoredEvent[], calls: readonly ReadMessage[], changedNow: ReadonlySet<number>): Set<number> {
	const late = new Set<number>();
	for (const { profile } of calls) if (!changedNow.has(profile)) late.add(profile);
	for (const event of events) if (event.historical && !changedNow.has(event.profile)) late.add(event.profile);
	if (late.size > 0) for (const event of events) if (!event.historical) late.delete(event.profile);
	return late;
}

/** Reads all messages; refusals go into the report, repeats of a message id within the batch are set aside. */
function readBatch(batch: readonly TrackingMessage[], options: IngestOptions & IdentityOptions, receivedAtMs: number, report: IngestReport) {
	const readOptions = { ...options, receivedAtMs };
	const messages: ReadMessage[] = [];
	const repeats: Array<{ index: number; of: number }> = [];
	const firstOf = new Map<string, number>();
	batch.forEach((given, index) => {
		const message = readMessage(given, index, readOptions);
		if (typeof message === 'string') return void report.rejected.push({ index, reason: message });
		if (message.key !== null) {
			const first = firstOf.get(message.key);
			if (first !== undefined) return void repeats.push({ index, of: first });
			firstOf.set(message.key, index);
		}
		messages.push(message);
	});
	return { messages, repeats };
}

/** Calls that leave no event and have not been taken before; the keys of those that have go into `seen`, with whose they were. */
async function newCalls(tx: Tx, owned: readonly ReadMessage[], seen: Map<string, number>) {
	const calls = owned.filter((message) => message.type !== 'track');
	const keys = calls.flatMap(({ key }) => (key === null ? [] : [key]));
	if (keys.length > 0) {
		const rows = await tx.all(
			sql<{ message_id: string; profile: number }>`select message_id, profile from identified where ${tx.dialect.anyOf(sql.ref('message_id'), keys)}`,
		);
		for (const row of rows) seen.set(row.message_id, row.profile);
	}
	return calls.filter(({ key }) => key === null || !seen.has(key));
}

function tally(report: IngestReport, owned: readonly ReadMessage[], repeats: ReadonlyArray<{ index: number; of: number }>, seen: ReadonlyMap<string, number>): void {
	for (const { index, key, profile } of owned) {
		const earlier = key === null ? undefined : seen.get(key);
		report.profiles[index] = earlier ?? profile;
		if (earlier === undefined) report.accepted += 1;
		else {
			report.duplicates += 1;
			report.repeated?.push(index);
		}
	}
	for (const { index, of } of repeats) {
		const profile = report.profiles[of] ?? null;
		// The first of them was refused for an unknown profile id: so is its repeat.
		if (profile === null) report.rejected.push({ index, reason: NO_SUCH_PROFILE });
		else {
			report.duplicates += 1;
			report.repeated?.push(index);
		}
		report.profiles[index] = profile;
	}
}

function sentAgain(owned: readonly ReadMessage[], seen: ReadonlyMap<string, number>): Said[] {
	return owned.flatMap(({ type, key }): Said[] => {
		const profile = type === 'track' && key !== null ? seen.get(key) : undefined;
		return profile === undefined || key === null ? [] : [{ profile, identities: [], attributes: {}, message: key }];
	});
}

/** Whoever's browser said so in one of these messages, repeats included. */
function withSignal(batch: readonly TrackingMessage[], { profiles }: IngestReport): number[] {
	const people = new Set<number>();
	profiles.forEach((profile, index) => {
		if (profile !== null && batch[index]?.gpc === true) people.add(profile);
	});
	return [...people];
}

const NO_SUCH_PROFILE = 'No profile has this profile id.';

async function rememberCalls(tx: Tx, calls: readonly ReadMessage[]): Promise<void> {
	const rows = calls.flatMap(({ key, profile }) => (key === null ? [] : [{ key, profile }]));
	if (rows.length === 0) return;
	await tx.run(
		sql`insert into identified (message_id, profile, received_at) select r.key, r.profile, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})
			from ${tx.dialect.rows(rows, { key: 'text', profile: 'integer' }, 'r')}`,
	);
}
