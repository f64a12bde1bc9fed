import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { sql } from 'kysely';

import type { DatabaseConfig, Reader, Store, Tx } from '../store';
import { readSetting, writeSetting } from './rows';

/*
 * Notices that a database is not where it was: restored into a new one, moved or copied. The database itself holds what marks its
 * place, and the place is looked at anew at each start. Beside the marker (marker.ts) it needs no file of this n8n, so that it also
 * notices a backup that was restored together with the marker, in a new container, or before anything was sent since.
 *
 * nothing stored      A new database, or the first start with this version: noted, not stopped.
 * another place       To a database with messages or people in journeys: stopped, and the new place is noted in the same transaction, so that
 *                     the next start says nothing more. One already stopped as a copy or as older says so better, and keeps its reason.
 *
 * PostgreSQL: the cluster's identifier where it may be read, the database's and the table's number. They stay with a rename, VACUUM FULL,
 * a fail-over to a physical replica, another address or a pooler in front; a dump that is restored has others, whatever its name. A cluster
 * that is restored block by block (snapshots, point-in-time recovery) keeps all of them: only the marker can tell then.
 * SQLite: when the file was made, which VACUUM and a rename keep, and `cp -a` does not. Not the device, which is another after a reboot,
 * nor the inode, which network drives make up at each mount and ext4 gives again to the next file.
 * A part that cannot be read on either occasion is not compared.
 */

export const MOVED_REASON =
	'This database is not in the place where it was last used: it was restored into a new one, copied or moved, and may not know what was sent since. Sending is stopped so that nobody is written to twice. Make sure that no n8n sends from the other one any more, take people out who already got their message, then resume sending.';

const PLACE = 'place';

/** A null is what could not be read. */
type Place = { kind: DatabaseConfig['kind'] } & Record<string, string | null>;

/** At every start, after the marker. */
export async function watchPlace(store: Store, database: DatabaseConfig, stop: (tx: Tx) => Promise<void>): Promise<{ moved: boolean }> {
	const here = database.kind === 'sqlite' ? await placeOfFile(database.file) : await placeOnServer(store);
	return await store.tx('place', async (tx) => {
		const before = await readSetting<Place>(tx, PLACE);
		const moved = before !== null && differs(before, here) && (await holdsJourneys(tx));
		if (moved) await stop(tx);
		const next = before === null || before.kind !== here.kind ? here : { ...before, ...known(here) };
		if (JSON.stringify(next) !== JSON.stringify(before)) await writeSetting(tx, PLACE, next);
		return { moved };
	});
}

function differs(before: Place, here: Place): boolean {
	return Object.entries(known(here)).some(([part, value]) => typeof before[part] === 'string' && before[part] !== value);
}

function known(place: Place): Place {
	return Object.fromEntries(Object.entries(place).filter(([, value]) => value !== null)) as Place;
}

async function placeOfFile(file: string): Promise<Place> {
	try {
		const [own, folder] = [await stat(file, { bigint: true }), await stat(dirname(file), { bigint: true })];
		// Where the system does not tell, Node gives 0 or the time of the last change; a folder's changes as soon as there is a file in it.
		const told = own.birthtimeNs > 0n && (own.birthtimeNs !== own.ctimeNs || folder.birthtimeNs !== folder.ctimeNs);
		return { kind: 'sqlite', made: told ? String(own.birthtimeNs) : null };
	} catch {
		return { kind: 'sqlite', made: null };
	}
}

async function placeOnServer(store: Store): Promise<Place> {
	const numbers = await store.read((reader) => reader.first(sql<{ database: string; tables: string }>`
		select oid::text as database, 'setting'::regclass::oid::text as tables from pg_database where datname = current_database()`));
	return { kind: 'postgres', cluster: await store.read(clusterOf).catch(() => null), database: numbers?.database ?? null, tables: numbers?.tables ?? null };
}

/** Managed and compatible servers may not have the function, or not allow it. */
async function clusterOf(reader: Reader): Promise<string | null> {
	const may = await reader.first(sql<{ may: boolean | null }>`select has_function_privilege(to_regprocedure('pg_control_system()')::oid, 'execute') as may`);
	if (may?.may !== true) return null;
	return (await reader.first(sql<{ id: string }>`select system_identifier::text as id from pg_control_system()`))?.id ?? null;
}

async function holdsJourneys(tx: Tx): Promise<boolean> {
	return (await tx.first(sql`select 1 as found from message limit 1`)) !== undefined || (await tx.first(sql`select 1 as found from enrollment limit 1`)) !== undefined;
}
