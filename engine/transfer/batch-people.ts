import { sql } from 'kysely';

import type { Identity } from '../events/types';
import { canonicalJson, type JsonObject } from '../kernel';
import { LARGEST_ATTRIBUTES_BYTES, lockFound, readPerson, resolveProfiles, storedObject, type ProfileInput } from '../profiles';
import type { Tx } from '../store';
import type { Batch, Placed } from './batch';
import { placeConsents } from './batch-consents';
import { hashOf, notePeople, type FreshNote } from './journal';
import type { ImportRecord } from './record';

interface Row {
	record: ImportRecord;
	identities: Identity[];
	/** Who it is before anything is stored; null: nobody known. */
	known: number | null;
}

export interface PlacedPeople {
	placed: Placed[];
	/** Rows that the mode leaves out, about people whom this very import has made: what they forbid counts. */
	too: Placed[];
}

/**
 * Finds or makes the people of a batch, as the mode allows, sets what the file says of them and notes what that changed. Consents are set on
 * the way, before segments look at anybody for the first time.
 */
export async function placePeople(batch: Batch, records: readonly ImportRecord[]): Promise<PlacedPeople> {
	const { tx, seen } = batch;
	const rows = await whoIsWho(batch, records);
	if (seen !== null) await seen.load(tx, rows.flatMap((row) => (row.known === null ? row.identities.map(identityKey) : [])));
	const { wanted, left } = wantedRows(batch, rows);
	if (wanted.length === 0) return { placed: [], too: await forbidding(batch, left, []) };

	// All that a row finds, not only the one it goes to: it may make one person of them.
	const given = [...new Map(wanted.flatMap((row) => row.identities).map((identity) => [identityKey(identity), identity])).values()];
	let owners = new Map<number, Identity[]>();
	// Looked up once more behind the locks: what another process has given meanwhile is not this import's.
	await lockFound(tx, async () => [...(owners = await ownersOf(tx, given)).keys()]);
	const before = await attributesOf(tx, [...owners.keys()]);
	const there = new Set([...owners.values()].flat().map(identityKey));

	const { placed, createdIds } = await upsertRows(batch, wanted);
	const people = [...new Set(placed.map((one) => one.profile))];
	tally(batch, placed, people, createdIds);

	const merges = await mergesOf(tx, [...owners.keys()]);
	for (const { into, from } of merges) before.set(into, { ...before.get(from), ...before.get(into) });
	const after = await attributesOf(tx, people);
	const added = await ownersOf(tx, given.filter((identity) => !there.has(identityKey(identity))));
	await notePeople(tx, batch.importId, notes({ placed, people, createdIds, before, after, added, merges }));
	return { placed, too: await forbidding(batch, left, placed) };
}

async function whoIsWho({ tx, parts }: Batch, records: readonly ImportRecord[]): Promise<Row[]> {
	const options = await parts.identityOptions(tx);
	const rows = records.map((record): Row => {
		// Not strict: what is wrong with a row is told by the upsert, which refuses it.
		const person = readPerson({ identities: record.identities, attributes: record.attributes }, options, false, LARGEST_ATTRIBUTES_BYTES);
		return { record, identities: person.ok ? [...person.set.identities] : [], known: null };
	});
	const { profiles } = await resolveProfiles(tx, rows.map(({ identities }) => ({ identities })), { create: false, test: false });
	rows.forEach((row, n) => (row.known = profiles[n] ?? null));
	return rows;
}

/** Rows that the mode lets in. In 'create', also the second row about somebody whom the first one makes is left out. */
function wantedRows({ mode, counts, seen }: Batch, rows: readonly Row[]): { wanted: Row[]; left: Row[] } {
	if (mode === 'upsert') return { wanted: [...rows], left: [] };
	const made = new Set<string>();
	const left: Row[] = [];
	const wanted = rows.filter((row) => {
		const keys = row.identities.map(identityKey);
		const isKnown = row.known !== null || (mode === 'create' && keys.some((key) => made.has(key) || seen?.has(key) === true));
		const isWanted = mode === 'create' ? !isKnown : isKnown || keys.length === 0;
		if (isWanted) for (const key of keys) made.add(key);
		else {
			counts.skipped += 1;
			left.push(row);
		}
		return isWanted;
	});
	return { wanted, left };
}

/**
 * A file may tell of one person twice, and take back in the second row what the first one allows: only what a row sets is left out by
 * the mode, not what it forbids.
 */
async function forbidding({ tx, mode, importId, seen }: Batch, left: readonly Row[], placed: readonly Placed[]): Promise<Placed[]> {
	const rows = mode === 'create' ? left.map((row) => ({ row, record: strictPart(row.record) })).filter(({ record }) => record !== null) : [];
	if (rows.length === 0) return [];
	const made = new Map(placed.flatMap(({ profile, identities }) => identities.map((identity): [string, number] => [identityKey(identity), profile])));
	const known = rows.flatMap(({ row }) => row.known ?? []);
	const ours = new Set((await tx.all(sql<{ profile: number }>`select profile from import_person where import = ${importId} and created = 1 and ${tx.dialect.anyOf(sql.ref('profile'), known)}`)).map(({ profile }) => profile));
	return rows.flatMap(({ row, record }, n) => {
		const keys = row.identities.map(identityKey);
		const found = row.known === null ? keys.map((key) => made.get(key)).find((id) => id !== undefined) : ours.has(row.known) ? row.known : undefined;
		// In a dry run nobody of an earlier batch is there: a number that is nobody's.
		const profile = found ?? (seen !== null && row.known === null ? -1 - n : undefined);
		return profile === undefined || record === null ? [] : [{ record, profile, identities: row.identities, keys: row.known === null ? keys : [`#${row.known}`] }];
	});
}

/** null: the row forbids nothing. */
function strictPart(record: ImportRecord): ImportRecord | null {
	const consents = record.consents.filter(({ state }) => state === 'unsubscribed' || state === 'pending');
	const forbids = consents.length > 0 || record.suppressions.length > 0 || record.doNotSell || record.preference !== undefined;
	return forbids ? { ...record, attributes: {}, events: [], consents } : null;
}

async function upsertRows(batch: Batch, rows: readonly Row[]): Promise<{ placed: Placed[]; createdIds: Set<number> }> {
	const placed: Placed[] = [];
	const createdIds = new Set<number>();
	for (const test of [false, true]) {
		const part = rows.filter((row) => (batch.test || row.record.test) === test);
		if (part.length === 0) continue;
		const inputs = part.map(({ record }): ProfileInput => ({ identities: record.identities, attributes: record.attributes }));
		const report = await batch.parts.profiles.upsertIn(batch.tx, inputs, {
			source: batch.source, test, historical: batch.historical, largestBytes: LARGEST_ATTRIBUTES_BYTES, beforeSegments: (profiles) => placeConsents(batch, placedOf(part, profiles)),
		});
		for (const { index, reason } of report.rejected) batch.reject(part[index]?.record.line ?? 0, reason);
		// In the list of rows to look at, too: a file that gives one person's address to another is seldom meant so.
		for (const { index, reason } of report.left ?? []) batch.reject(part[index]?.record.line ?? 0, `Taken in part: ${reason}`);
		for (const id of report.createdIds) createdIds.add(id);
		placed.push(...placedOf(part, report.profiles));
	}
	return { placed, createdIds };
}

function placedOf(rows: readonly Row[], profiles: ReadonlyArray<number | null>): Placed[] {
	return rows.flatMap(({ record, identities, known }, n) => {
		const profile = profiles[n] ?? null;
		return profile === null ? [] : [{ record, profile, identities, keys: known === null ? identities.map(identityKey) : [`#${profile}`] }];
	});
}

/** A dry run makes the same new person in every batch anew; only the first one counts as made. */
function tally({ counts, seen }: Batch, placed: readonly Placed[], people: readonly number[], createdIds: ReadonlySet<number>): void {
	const known = new Set<number>();
	if (seen !== null) {
		for (const { profile, identities } of placed) if (createdIds.has(profile) && identities.some((identity) => seen.has(identityKey(identity)))) known.add(profile);
		for (const { profile, identities } of placed) if (createdIds.has(profile)) for (const identity of identities) seen.add(identityKey(identity));
	}
	const created = people.filter((id) => createdIds.has(id) && !known.has(id)).length;
	counts.created += created;
	counts.updated += people.length - created;
}

interface Merged {
	id: number;
	into: number;
	from: number;
}

/** Merges that have just taken profiles which were there before the batch, in their order. */
async function mergesOf(tx: Tx, known: readonly number[]): Promise<Merged[]> {
	if (known.length < 2) return [];
	return await tx.all(sql<Merged>`select id, into_profile as "into", from_profile as "from" from profile_merge where ${tx.dialect.anyOf(sql.ref('from_profile'), known)} and undone_at is null order by id`);
}

function notes(found: {
	placed: readonly Placed[]; people: readonly number[]; createdIds: ReadonlySet<number>; merges: readonly Merged[];
	before: ReadonlyMap<number, JsonObject>; after: ReadonlyMap<number, JsonObject>; added: ReadonlyMap<number, Identity[]>;
}): FreshNote[] {
	const known = (profile: number): boolean => found.createdIds.has(profile) || found.before.has(profile);
	const said = new Map<number, { names: Set<string>; identities: Map<string, Identity> }>();
	for (const { profile, record, identities } of found.placed) {
		const own = said.get(profile) ?? { names: new Set(), identities: new Map<string, Identity>() };
		for (const name of Object.keys(record.attributes)) own.names.add(name);
		for (const identity of identities) own.identities.set(identityKey(identity), identity);
		said.set(profile, own);
	}
	return found.people.map((profile) => {
		// Whom another process has made since we looked was nobody's change of ours: all of it is only said, too.
		const identities = known(profile) ? (found.added.get(profile) ?? []) : [];
		const isNew = new Set(identities.map(identityKey));
		const own = said.get(profile);
		const now = found.after.get(profile) ?? {};
		const whole = hashOf(now);
		const note = { profile, identities, merges: found.merges.filter(({ into }) => into === profile).map(({ id }) => id), said: [...(own?.identities.values() ?? [])].filter((one) => !isNew.has(identityKey(one))), whole };
		if (found.createdIds.has(profile)) return { ...note, created: true, before: {}, after: { '': whole }, same: {} };
		const old = found.before.get(profile) ?? now;
		const names = [...(own?.names ?? [])];
		const changed = names.filter((name) => canonicalJson(old[name] ?? null) !== canonicalJson(now[name] ?? null));
		const hashes = (some: readonly string[]) => Object.fromEntries(some.map((name) => [name, hashOf(now[name])]));
		return {
			...note, created: false, same: hashes(names.filter((name) => !changed.includes(name))),
			before: Object.fromEntries(changed.map((name) => [name, old[name] ?? null])), after: hashes(changed),
		};
	});
}

function identityKey({ kind, value }: Identity): string {
	return `i ${kind} ${value}`;
}

async function attributesOf(tx: Tx, profiles: readonly number[]): Promise<Map<number, JsonObject>> {
	if (profiles.length === 0) return new Map();
	const rows = await tx.all(sql<{ id: number; attributes: unknown }>`select id, attributes from profile where ${tx.dialect.anyOf(sql.ref('id'), profiles)}`);
	return new Map(rows.map((row) => [row.id, storedObject(row.attributes)]));
}

async function ownersOf(tx: Tx, identities: readonly Identity[]): Promise<Map<number, Identity[]>> {
	const owners = new Map<number, Identity[]>();
	if (identities.length === 0) return owners;
	const rows = await tx.all(
		sql<Identity & { profile: number }>`select i.kind, i.value, i.profile from ${pairs(tx, identities)} cross join identity i where i.kind = r.kind and i.value = r.value`,
	);
	for (const { kind, value, profile } of rows) owners.set(profile, [...(owners.get(profile) ?? []), { kind, value }]);
	return owners;
}

function pairs(tx: Tx, identities: readonly Identity[]) {
	return tx.dialect.rows(identities.map(({ kind, value }) => ({ kind, value })), { kind: 'text', value: 'text' }, 'r');
}
