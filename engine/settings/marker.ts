import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { sql } from 'kysely';

import { isJsonObject, randomId, type Log, type Random } from '../kernel';
import type { Store, Tx } from '../store';
import { readSetting, writeSetting } from './rows';

/*
 * Notices that a database is older than this n8n's own memory of it: that it was restored from a backup. It knows nothing of what was
 * sent since, and would send it again.
 *
 * A small file, outside of the database and of its folder, holds a random name and a count; the database holds, by that name,
 * the count too. It rises at every start and about every 20 seconds after it, in the database first, then in the file. So the
 * database is never behind the file, unless it was put back to an earlier state. The cases:
 *
 * file missing        A new n8n, a container without the folder, a queue worker elsewhere, another host of the same PostgreSQL: nothing
 *                     is known, so nothing is stopped. It gets a name of its own, and a count in the database beside the others'.
 * file unreadable     As missing, said in the log. Not writable: no marker, said in the log; a restore will not be noticed.
 * file's count is 0   The first start broke off before the database had heard of the name: as missing.
 * database unknown    To a database with messages in it: restored from before this n8n first used it: stopped. To one without: it was
 *                     deleted and made anew, and there is nothing that could be sent twice: not stopped.
 * database behind     Restored: stopped. PostgreSQL that lost its last seconds in a fail-over looks the same, and is the same.
 * database level      The rule after an orderly end.
 * database ahead      A crash between the two writes; several processes of one host that share the file (n8n's main process and its
 *                     workers); an image copied with its file to several hosts; a user folder restored without the database. All
 *                     of these lose nothing: not stopped.
 * behind at a beat    Restored under a running n8n: stopped, by the same rule.
 * behind another file The file goes by the address of the database, and a backup may be restored under another name or host: then the
 *                     name that the database knows is in the file of the old address. So all files of the folder count whose name the
 *                     database knows: stopped when one of them is ahead. That name is then left to the other database: two that this n8n uses
 *                     side by side, of which one began as a copy, would stop each other at every start. Two addresses of one database
 *                     raise two names in it, and neither is ever behind.
 *
 * Several hosts on one PostgreSQL never judge by each other's counts, which is why a name goes with it: with one count for all, the first to
 * start after a restore, whose own file may be old enough to be level, would raise it past the others' and hide it from them. After a stop both sides go on from the higher count: the next start finds them level,
 * and the stop itself is kept in the database until somebody resumes. The one thing it cannot see is a file that was put back together
 * with the database, as when a whole disk is restored; place.ts sees most of these.
 */

export const RESTORED_REASON =
	'This database is older than what this n8n remembers of it: it looks restored from a backup, and does not know what was sent since. Sending is stopped so that nobody is written to twice. Compare with the log of your mail server, take people out who already got their message, then resume sending.';

interface Mark {
	name: string;
	count: number;
}

/** What the database holds by the name. */
interface StoredCount {
	count: number;
	/** The file of this name is another database's, as was said when it was found ahead. */
	left?: boolean;
}

const PREFIX = 'marker:';
const MARKER_FILE = /^journeys-marker-[\w-]+\.json$/;
/** Names of containers that are long gone. */
const FORGET_AFTER_MS = 400 * 86_400_000;

export type StopRestored = (tx: Tx) => Promise<void>;

export class StartMarker {
	private mark: Mark | undefined;

	constructor(private readonly deps: { store: Store; random: Random; log: Log; stop: StopRestored }, private readonly file: string) {}

	/** At every start, before anything is sent. */
	async start(): Promise<{ restored: boolean }> {
		const known = await this.readOwn();
		this.mark = known ?? { name: randomId(this.deps.random), count: 0 };
		// Before the database hears of the name: where no file can be written, no name is left behind at each start.
		if (known === undefined && !(await this.write(this.mark))) {
			this.mark = undefined;
			return { restored: false };
		}
		return await this.beat();
	}

	/** Raises both counts. Called by the engine's timer, so that a backup of last night is behind although n8n has run for weeks. */
	async beat(): Promise<{ restored: boolean }> {
		const mark = this.mark;
		if (mark === undefined) return { restored: false };
		// Before the transaction: a count in a file is never ahead of its database, unless this is another one.
		const others = await this.readOthers();
		const { count, restored } = await this.deps.store.tx('marker', async (tx) => {
			// Two processes with one file raise the same row.
			if (tx.dialect.name === 'postgres') await tx.all(sql`select key from setting where key = ${PREFIX + mark.name} for update`);
			const stored = await readSetting<StoredCount>(tx, PREFIX + mark.name);
			const behind = stored === null ? mark.count > 0 && (await hasMessages(tx)) : stored.count < mark.count;
			const behindOthers = await this.leaveAhead(tx, others.filter(({ name }) => name !== mark.name));
			if (behind || behindOthers) await this.deps.stop(tx);
			const next = Math.max(stored?.count ?? 0, mark.count) + 1;
			await writeSetting(tx, PREFIX + mark.name, { count: next });
			if (mark.count === 0) await tx.run(sql`delete from setting where substr(key, 1, ${PREFIX.length}) = ${PREFIX} and updated_at < ${tx.nowMs - FORGET_AFTER_MS}`);
			return { count: next, restored: behind || behindOthers };
		});
		this.mark = { name: mark.name, count };
		if (restored) this.deps.log.error('The journeys database looks restored from a backup; all sending is stopped. Look at Journey Control: Sending.');
		await this.write(this.mark);
		return { restored };
	}

	/** Whether a file of another address is ahead of what this database knows by its name; from then on it is left to the other database. */
	private async leaveAhead(tx: Tx, others: Mark[]): Promise<boolean> {
		let found = false;
		for (const { name, count } of others) {
			const stored = await readSetting<StoredCount>(tx, PREFIX + name);
			if (stored === null || stored.left === true || stored.count >= count) continue;
			await writeSetting(tx, PREFIX + name, { count: stored.count, left: true } satisfies StoredCount);
			found = true;
		}
		return found;
	}

	private async readOwn(): Promise<Mark | undefined> {
		let text: string;
		try {
			text = await readFile(this.file, 'utf8');
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.tell(error);
			return undefined;
		}
		const mark = markIn(text);
		if (mark === undefined) this.deps.log.warn('The marker of the journeys database cannot be read and is made anew; a restore before this start is not noticed');
		return mark;
	}

	/** The marks of the other addresses that this n8n used. What cannot be read is no mark; its own address says so. */
	private async readOthers(): Promise<Mark[]> {
		const folder = dirname(this.file);
		const names = await readdir(folder).catch((): string[] => []);
		const texts = await Promise.all(names.filter((name) => MARKER_FILE.test(name) && name !== basename(this.file)).map((name) => readFile(join(folder, name), 'utf8').catch(() => '')));
		return texts.map(markIn).filter((mark) => mark !== undefined);
	}

	/** Whole or not at all: whoever reads it never sees half. */
	private async write(mark: Mark): Promise<boolean> {
		try {
			await mkdir(dirname(this.file), { recursive: true });
			const draft = `${this.file}.${process.pid}`;
			await writeFile(draft, JSON.stringify(mark));
			await rename(draft, this.file);
			return true;
		} catch (error) {
			this.tell(error);
			return false;
		}
	}

	private told = false;

	private tell(error: unknown): void {
		if (this.told) return;
		this.told = true;
		this.deps.log.warn("The marker of the journeys database cannot be kept in n8n's user folder; a restored database will not be noticed", { reason: (error as NodeJS.ErrnoException).code ?? 'unknown' });
	}
}

async function hasMessages(tx: Tx): Promise<boolean> {
	return (await tx.first(sql`select 1 as found from message limit 1`)) !== undefined;
}

function markIn(text: string): Mark | undefined {
	try {
		const mark: unknown = JSON.parse(text);
		if (isJsonObject(mark) && typeof mark.name === 'string' && mark.name !== '' && Number.isSafeInteger(mark.count)) return { name: mark.name, count: Number(mark.count) };
	} catch {
		// Cut off by a crash of the machine.
	}
	return undefined;
}
