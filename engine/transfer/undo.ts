import { sql } from 'kysely';

import type { Consent } from '../consent';
import type { ConsentState } from '../consent/types';
import { EngineError, type JsonObject } from '../kernel';
import type { AuditEntry } from '../privacy';
import { lockProfiles, storedObject, type PersonKeeper } from '../profiles';
import type { ProfileChange, SegmentTracker } from '../segments';
import type { Store, Tx } from '../store';
import { revertPreferences } from './batch-preferences';
import { logState, readImport } from './import-log';
import { hashOf, readNote, type PersonNote } from './journal';
import type { UndoReport } from './types';

export interface UndoParts {
	store: Store;
	segments: Pick<SegmentTracker, 'refresh'>;
	consent: Pick<Consent, 'setIn'>;
	/** All of them: whoever an import made and nobody touched is forgotten everywhere. */
	keepers: () => readonly PersonKeeper[];
	audit: (tx: Tx, entry: AuditEntry) => Promise<void>;
}

/** People a transaction. */
const BATCH = 200;
/** Tables in which something else than the import has left a trace of a person, when a row is there. */
const TRACES = ['enrollment', 'message', 'account_member', 'preference', 'consent_request', 'profile_merge:into_profile'] as const;

/**
 * Takes an import back, people by people, each batch in its own transaction that also forgets what the import did to them: undo that
 * stopped half-way goes on from there, and repeating it does nothing. What has changed since stays.
 * Throws NOT_FOUND, CONFLICT while the import is under way.
 */
export async function undoImport(parts: UndoParts, importId: string, source: string): Promise<UndoReport> {
	const report: UndoReport = {
		importId, removed: 0, kept: 0, reverted: 0, attributesKept: 0, eventsRemoved: 0, consentsReverted: 0, consentsKept: 0, suppressionsRemoved: 0, lost: 0,
	};
	await parts.store.tx('undo-start', async (tx) => {
		const { state, dryRun } = await readImport(tx, importId);
		if (dryRun) throw new EngineError('BAD_INPUT', 'This was a dry run: it stored nothing that could be undone.');
		if (state === 'running') throw new EngineError('CONFLICT', 'This import is still under way. Undo it when it has ended.');
		if (state !== 'undone') await logState(tx, importId, 'undoing');
	});
	for (;;) {
		const done = await parts.store.tx('undo', (tx) => undoBatch(tx, parts, importId));
		if (done === null) break;
		for (const name of ['removed', 'kept', 'reverted', 'attributesKept', 'eventsRemoved', 'consentsReverted', 'consentsKept', 'suppressionsRemoved', 'lost'] as const) report[name] += done[name];
	}
	await parts.store.tx('undo-end', async (tx) => {
		const { state } = await readImport(tx, importId);
		if (state === 'undone') return;
		await logState(tx, importId, 'undone');
		const { importId: id, ...counts } = report;
		await parts.audit(tx, { action: 'import.undo', who: source, count: report.removed + report.reverted, detail: { import: id, ...counts } });
	});
	return report;
}

type Done = Omit<UndoReport, 'importId'>;

async function undoBatch(tx: Tx, parts: UndoParts, importId: string): Promise<Done | null> {
	const done: Done = { removed: 0, kept: 0, reverted: 0, attributesKept: 0, eventsRemoved: 0, consentsReverted: 0, consentsKept: 0, suppressionsRemoved: 0, lost: 0 };
	const people = await tx.all(
		sql<{ profile: number }>`select profile from (select profile from import_person where import = ${importId} union select profile from import_event where import = ${importId}
			union select profile from import_consent where import = ${importId} union select profile from import_suppression where import = ${importId}
			union select profile from import_preference where import = ${importId}) as touched order by profile limit ${sql.lit(BATCH)}`,
	);
	if (people.length === 0) return null;
	const ids = people.map((row) => row.profile);
	await lockProfiles(tx, ids);
	const alive = new Set((await tx.all(sql<{ id: number }>`select id from profile where ${tx.dialect.anyOf(sql.ref('id'), ids)}`)).map((row) => row.id));
	const rows = await tx.all(
		sql<Parameters<typeof readNote>[0] & { merged: number }>`select profile, created, before, after, identities, merged from import_person where import = ${importId} and ${tx.dialect.anyOf(sql.ref('profile'), ids)}`,
	);
	const lost = new Set([...rows.filter((row) => row.merged === 1).map((row) => row.profile), ...ids.filter((id) => !alive.has(id))]);
	done.lost = lost.size;
	const mine = ids.filter((id) => !lost.has(id));

	done.suppressionsRemoved = await removeSuppressions(tx, importId, mine);
	await revertConsents(tx, parts, importId, mine, done);
	await revertPreferences(tx, importId, mine);
	const events = await removeEvents(tx, importId, mine);
	done.eventsRemoved = events.count;
	const noted = rows.filter((row) => !lost.has(row.profile)).map(readNote);
	const attributes = await revertPeople(tx, parts, importId, noted, done);
	await parts.segments.refresh(tx, { created: new Set(), events: without(events.byName, attributes.gone), attributes: without(attributes.names, attributes.gone), historical: true });
	for (const table of ['import_person', 'import_event', 'import_consent', 'import_suppression', 'import_preference']) {
		await tx.run(sql`delete from ${sql.table(table)} where import = ${importId} and ${tx.dialect.anyOf(sql.ref('profile'), ids)}`);
	}
	return done;
}

async function removeSuppressions(tx: Tx, importId: string, ids: readonly number[]): Promise<number> {
	// One that a bounce or a complaint has confirmed since has another reason's source; it stays.
	return await tx.run(sql`delete from suppression where (channel, address, source) in (select n.channel, n.address, i.source from import_suppression n join import i on i.id = n.import
		where n.import = ${importId} and ${tx.dialect.anyOf(sql.ref('n.profile'), ids)})`);
}

async function revertConsents(tx: Tx, parts: UndoParts, importId: string, ids: readonly number[], done: Done): Promise<void> {
	const rows = await tx.all(
		sql<{ profile: number; channel: string; topic: string; before: string; before_source: string; unchanged: number }>`select n.profile, n.channel, n.topic, n.before, n.before_source,
			case when c.state = n.state and c.changed_at = n.changed_at then 1 else 0 end as unchanged
			from import_consent n left join consent c on c.profile = n.profile and c.channel = n.channel and c.topic = n.topic
			where n.import = ${importId} and ${tx.dialect.anyOf(sql.ref('n.profile'), ids)}`,
	);
	const back = rows.filter((row) => row.unchanged === 1);
	done.consentsReverted = back.length;
	done.consentsKept = rows.length - back.length;
	if (back.length === 0) return;
	await parts.consent.setIn(tx, back.map(({ profile, channel, topic, before, before_source: source }) => ({
		profile, channel, topic, state: (before === '' ? 'none' : before) as ConsentState, source: source === '' ? 'undo' : source,
	})), { historical: true });
}

async function removeEvents(tx: Tx, importId: string, ids: readonly number[]): Promise<{ count: number; byName: Map<string, Set<number>> }> {
	const gone = await tx.all(
		sql<{ profile: number; name: string }>`delete from event where id in (select event from import_event where import = ${importId} and ${tx.dialect.anyOf(sql.ref('profile'), ids)}) returning profile, name`,
	);
	const byName = new Map<string, Set<number>>();
	for (const { profile, name } of gone) byName.set(name, (byName.get(name) ?? new Set()).add(profile));
	return { count: gone.length, byName };
}

async function revertPeople(tx: Tx, parts: UndoParts, importId: string, notes: readonly PersonNote[], done: Done): Promise<{ names: Map<string, Set<number>>; gone: Set<number> }> {
	const made = notes.filter((note) => note.created);
	const untouched = await untouchedOf(tx, importId, made);
	done.kept = made.length - untouched.size;
	if (untouched.size > 0) for (const keeper of parts.keepers()) await keeper.eraseAll(tx, [...untouched]);
	done.removed = untouched.size;

	const changed = notes.filter((note) => !note.created);
	const now = await attributesOf(tx, changed.map((note) => note.profile));
	const names = new Map<string, Set<number>>();
	const changes = changed.flatMap(({ profile, before, after }) => {
		const values = new Map(Object.entries(now.get(profile) ?? {}));
		const same = Object.entries(before).filter(([name]) => hashOf(values.get(name)) === after[name]);
		done.attributesKept += Object.keys(before).length - same.length;
		for (const [name, old] of same) {
			if (old === null) values.delete(name);
			else values.set(name, old);
			names.set(name, (names.get(name) ?? new Set()).add(profile));
		}
		return same.length === 0 ? [] : [{ profile, attributes: Object.fromEntries(values) }];
	});
	const identities = changed.flatMap(({ profile, identities: added }) => added.map((identity) => ({ ...identity, profile })));
	done.reverted = new Set([...changes, ...identities].map(({ profile }) => profile)).size;
	if (changes.length > 0) {
		// Not by applyAttributes: for it, an e-mail that is unset is one the person took back, and its identities go, too.
		await tx.run(sql`update profile set attributes = r.attributes, updated_at = ${tx.nowMs} from ${tx.dialect.rows(changes, { profile: 'integer', attributes: 'json' }, 'r')} where profile.id = r.profile`);
	}
	if (identities.length > 0) {
		await tx.run(sql`delete from identity where ${tx.dialect.anyOf(sql.ref('profile'), identities.map(({ profile }) => profile))} and (kind, value, profile) in (select r.kind, r.value, r.profile from ${tx.dialect.rows(identities, { kind: 'text', value: 'text', profile: 'integer' }, 'r')})`);
	}
	return { names, gone: untouched };
}

/** People the import made whose attributes and identities are still those it gave, and of whom nothing else is known. */
async function untouchedOf(tx: Tx, importId: string, made: readonly PersonNote[]): Promise<Set<number>> {
	if (made.length === 0) return new Set();
	const ids = made.map((note) => note.profile);
	const now = await attributesOf(tx, ids);
	const identities = await tx.all(sql<{ profile: number; kind: string; value: string }>`select profile, kind, value from identity where ${tx.dialect.anyOf(sql.ref('profile'), ids)}`);
	const touched = new Set<number>();
	for (const { profile, after, identities: given } of made) {
		if (hashOf(now.get(profile)) !== after['']) touched.add(profile);
		const own = new Set(given.map(({ kind, value }) => `${kind} ${value}`));
		if (identities.some((row) => row.profile === profile && !own.has(`${row.kind} ${row.value}`))) touched.add(profile);
	}
	// The import's own events, consents and notes are gone by now: what is left is somebody else's.
	const left = [...TRACES, 'event', 'consent'].map((trace) => {
		const [table = '', column = 'profile'] = trace.split(':');
		return sql<{ profile: number }>`select ${sql.ref(column)} as profile from ${sql.table(table)} where ${tx.dialect.anyOf(sql.ref(column), ids)}`;
	});
	const lists = sql<{ profile: number }>`select m.profile from segment s cross join segment_member m where m.segment = s.id and s.kind = 'list' and ${tx.dialect.anyOf(sql.ref('m.profile'), ids)}`;
	const kept = sql<{ profile: number }>`select d.profile from do_not_sell d where ${tx.dialect.anyOf(sql.ref('d.profile'), ids)} and not exists (select 1 from import i where i.id = ${importId} and i.source = d.source)`;
	for (const row of await tx.all(sql<{ profile: number }>`${sql.join([...left, lists, kept], sql` union `)}`)) touched.add(row.profile);
	return new Set(ids.filter((id) => !touched.has(id)));
}

async function attributesOf(tx: Tx, ids: readonly number[]): Promise<Map<number, JsonObject>> {
	const rows = await tx.all(sql<{ id: number; attributes: unknown }>`select id, attributes from profile where ${tx.dialect.anyOf(sql.ref('id'), ids)}`);
	return new Map(rows.map((row) => [row.id, storedObject(row.attributes)]));
}

function without(changed: ReadonlyMap<string, ReadonlySet<number>>, gone: ReadonlySet<number>): ProfileChange['attributes'] {
	return new Map([...changed].map(([name, whom]) => [name, new Set([...whom].filter((id) => !gone.has(id)))]));
}
