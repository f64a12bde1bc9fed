import { sql } from 'kysely';

import type { Consent } from '../consent';
import { EngineError } from '../kernel';
import type { AuditEntry } from '../privacy';
import { lockProfiles, type PersonKeeper } from '../profiles';
import type { ProfileChange, SegmentTracker } from '../segments';
import type { Store, Tx } from '../store';
import { failLost, isForgotten, logState, readImport } from './import-log';
import { NOTE, readNote, type StoredNote } from './journal';
import type { UndoReport } from './types';
import { removeSuppressions, revertConsents } from './undo-consents';
import { revertDoNotSell } from './undo-do-not-sell';
import { revertEvents } from './undo-events';
import { revertMerges } from './undo-merges';
import { revertPeople } from './undo-people';
import { revertPreferences } from './undo-preferences';

export interface UndoParts {
	store: Store;
	segments: Pick<SegmentTracker, 'refresh'>;
	consent: Pick<Consent, 'setIn' | 'setDoNotSellIn'>;
	/** All of them: whoever an import made and nobody touched is forgotten everywhere. */
	keepers: () => readonly PersonKeeper[];
	audit: (tx: Tx, entry: AuditEntry) => Promise<void>;
}

/** People a transaction. */
const BATCH = 200;
/** Counters of the report. */
function nothingDone(): Done {
	return {
		removed: 0, kept: 0, reverted: 0, attributesKept: 0, identitiesKept: 0, eventsRemoved: 0, eventsKept: 0, consentsReverted: 0, consentsKept: 0, preferencesReverted: 0, preferencesKept: 0,
		suppressionsRemoved: 0, suppressionsKept: 0, unmerged: 0, mergesKept: 0, doNotSellReverted: 0, doNotSellKept: 0, lost: 0,
	};
}

export type Done = Omit<UndoReport, 'importId'>;

/**
 * Takes an import back, people by people, each batch in its own transaction that also forgets what the import did to them: undo that
 * stopped half-way goes on from there, and repeating it does nothing. What has changed since stays.
 * Throws NOT_FOUND, CONFLICT while the import is under way.
 */
export async function undoImport(parts: UndoParts, importId: string, source: string): Promise<UndoReport> {
	const report: UndoReport = { importId, ...nothingDone() };
	await parts.store.tx('undo-start', async (tx) => {
		await failLost(tx);
		const { state, dryRun, startedAt, touchedAt } = await readImport(tx, importId);
		// What it did is forgotten little by little from then on: undone by half, nobody could tell whom it left.
		if (isForgotten(Date.parse(startedAt), Date.parse(touchedAt), tx.nowMs)) throw new EngineError('NOT_FOUND', 'This import is more than 30 days old: what it did is forgotten, so it cannot be undone any more.');
		if (dryRun) throw new EngineError('BAD_INPUT', 'This was a dry run: it stored nothing that could be undone.');
		if (state === 'running') throw new EngineError('CONFLICT', 'This import is still under way. Undo it when it has ended.');
		if (state !== 'undone') await logState(tx, importId, 'undoing');
	});
	for (;;) {
		const done = await parts.store.tx('undo', (tx) => undoBatch(tx, parts, importId));
		if (done === null) break;
		for (const name of Object.keys(done) as Array<keyof Done>) report[name] += done[name];
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

async function undoBatch(tx: Tx, parts: UndoParts, importId: string): Promise<Done | null> {
	const done = nothingDone();
	const people = await tx.all(
		sql<{ profile: number }>`select profile from (select profile from import_person where import = ${importId} union select profile from import_event where import = ${importId}
			union select profile from import_consent where import = ${importId} union select profile from import_suppression where import = ${importId}
			union select profile from import_preference where import = ${importId} union select profile from import_do_not_sell where import = ${importId}) as touched order by profile limit ${sql.lit(BATCH)}`,
	);
	if (people.length === 0) return null;
	const ids = people.map((row) => row.profile);
	await lockProfiles(tx, ids);
	const alive = new Set((await tx.all(sql<{ id: number }>`select id from profile where ${tx.dialect.anyOf(sql.ref('id'), ids)}`)).map((row) => row.id));
	const rows = await tx.all(
		sql<StoredNote & { merged: number }>`select ${NOTE}, p.merged from import_person p where p.import = ${importId} and ${tx.dialect.anyOf(sql.ref('p.profile'), ids)}`,
	);
	const lost = new Set([...rows.filter((row) => row.merged === 1).map((row) => row.profile), ...ids.filter((id) => !alive.has(id))]);
	done.lost = lost.size;
	const mine = ids.filter((id) => !lost.has(id));

	const lifted = await removeSuppressions(tx, importId, mine);
	[done.suppressionsRemoved, done.suppressionsKept] = [lifted.removed, lifted.kept];
	const consents = await revertConsents(tx, parts.consent, importId, mine);
	[done.consentsReverted, done.consentsKept] = [consents.reverted, consents.kept];
	const preferences = await revertPreferences(tx, parts, importId, mine);
	[done.preferencesReverted, done.preferencesKept] = [preferences.reverted, preferences.kept];
	const sale = await revertDoNotSell(tx, parts.consent, importId, mine);
	[done.doNotSellReverted, done.doNotSellKept] = [sale.reverted, sale.kept];
	const events = await revertEvents(tx, importId, mine);
	[done.eventsRemoved, done.eventsKept] = [events.count, events.kept];
	const noted = rows.filter((row) => !lost.has(row.profile)).map(readNote);
	const attributes = await revertPeople(tx, parts, importId, noted, done);
	const apart = await revertMerges(tx, parts, importId, noted, done);
	await parts.segments.refresh(tx, {
		created: new Set(), events: without(events.byName, attributes.gone), attributes: without(attributes.names, attributes.gone), ...(apart.size > 0 ? { looked: apart } : {}), historical: true,
	});
	for (const table of ['import_person', 'import_event', 'import_consent', 'import_suppression', 'import_preference', 'import_do_not_sell']) {
		await tx.run(sql`delete from ${sql.table(table)} where import = ${importId} and ${tx.dialect.anyOf(sql.ref('profile'), ids)}`);
	}
	return done;
}

function without(changed: ReadonlyMap<string, ReadonlySet<number>>, gone: ReadonlySet<number>): ProfileChange['attributes'] {
	return new Map([...changed].map(([name, whom]) => [name, new Set([...whom].filter((id) => !gone.has(id)))]));
}
