import { sql } from 'kysely';

import { CHANNELS, isChannel, textFault } from '../consent';
import { EngineError, isEngineError } from '../kernel';
import type { AuditEntry } from '../privacy';
import { cleanText, type AuditCall } from '../profiles';
import type { Store, Tx } from '../store';
import { noCounts, type Batch, type BatchParts } from './batch';
import { placeConsents } from './batch-consents';
import { placeEvents } from './batch-events';
import { placePeople } from './batch-people';
import { placePreferences } from './batch-preferences';
import { placeSuppressions } from './batch-suppressions';
import { Columns } from './columns';
import { CsvRows, type Headed } from './csv-rows';
import { columnsOf } from './header';
import { isRunning, logProgress, logRejects, notUnderWay } from './import-log';
import { NdjsonRows } from './ndjson-rows';
import { columnsLeftOut, fromOwnCsv, isOwnHeader, isOwnLine, mayBeOwnRow, readOwn, without } from './own';
import { presetOf, type Preset } from './presets';
import type { ImportRecord, NotTaken } from './record';
import type { RowReader, RowSink } from './rows';
import { Seen } from './seen';
import { TransferText } from './text';
import type { ColumnUse, ImportCounts, ImportOptions, SourceRow } from './types';

/** Rows a transaction: large enough that statements are shared, small enough that others get their turn. */
const BATCH = 500;
/** Characters of rows that wait: of an own export 500 may hold a gigabyte. */
const MOST_CHARACTERS = 16 * 1024 * 1024;
const MOST_LISTED = 1000;
/** Lines of one order; more are taken as the next order, so that a file of one key does not fill the memory. */
const MOST_LINES_A_ROW = 1000;
const DRY_RUN = sql`savepoint dry_run`;
const TAKE_BACK = sql`rollback to savepoint dry_run`;

export interface ImportDeps extends BatchParts {
	store: Store;
	audit: (tx: Tx, entry: AuditEntry) => Promise<void>;
}

/**
 * One import: bytes -> text -> rows -> records -> batches, each with its own transaction. A chunk is answered when the batches it
 * filled are stored, so a slow database slows the caller and memory stays flat. Rows that were stored before a failure stay stored;
 * importing the same file again changes nothing about them.
 */
export class Import implements RowSink {
	counts = noCounts();
	/** Line up to which all is stored; 0: nothing yet. */
	line = 0;
	readonly listed: Array<{ line: number; reason: string }> = [];
	private readonly preset: Preset | undefined;
	readonly about: 'profiles' | 'events';
	private readonly text: TransferText;
	private readonly given: Readonly<Record<string, ColumnUse>>;
	private reader: Promise<RowReader> | undefined;
	private columns: Columns | undefined;
	private header: ReadonlySet<string> = new Set();
	private own = false;
	/** Columns of an own export that are to be left out. */
	private left: ReadonlySet<string> = new Set();
	private readonly call: AuditCall = { entry: null };
	private group: SourceRow[] = [];
	private waiting: ImportRecord[] = [];
	private rejects: Array<{ line: number; reason: string }> = [];
	private skipped = 0;
	private rows = 0;
	/** Characters of what waits, as far as its reader tells. */
	private size = 0;
	/** Taken so far. */
	private bytes = 0;
	/** One batch at a time: the reader goes on while a chunk that brought nothing but refused rows is stored. */
	private turn: Promise<void> = Promise.resolve();

	/** Throws BAD_INPUT for options that cannot be. */
	constructor(private readonly id: string, private readonly options: ImportOptions, private readonly deps: ImportDeps) {
		this.preset = options.preset === undefined ? undefined : presetOf(options.preset);
		this.about = aboutOf(options, this.preset);
		this.text = new TransferText(options);
		this.given = options.columns ?? {};
		checkUses(this.given, options.preset, this.preset);
	}

	async write(bytes: Uint8Array): Promise<void> {
		this.bytes += bytes.length;
		await this.feed(this.text.decode(bytes));
	}

	async end(): Promise<void> {
		await this.feed(this.text.flush());
		if (this.reader === undefined) throw new EngineError('BAD_INPUT', 'The file is empty: the first line of a CSV file must name the columns.');
		await (await this.reader).end();
		await this.closeGroup();
		await this.store();
	}

	/**
	 * Within the transaction that stores: an import that breaks off, or loses its process, is in the log with what it stored, as not
	 * complete. A dry run stores nothing.
	 */
	async tellAudit(tx: Tx, counts: ImportCounts, complete: boolean): Promise<void> {
		const { dryRun, who, source } = this.options;
		if (dryRun === true) return;
		await this.deps.audit(tx, { action: `import.${this.about}`, who: who ?? source, count: counts.created + counts.updated, detail: { import: this.id, source, ...counts, complete }, call: this.call });
	}

	abandon(): void {
		void this.reader?.then((reader) => reader.abandon(), () => undefined);
	}

	/** A failure of the database as one of the import: how far it came and how it goes on. What is wrong with the file stays as it is. */
	stopped(error: unknown): unknown {
		if (!isEngineError(error) || error.code === 'BAD_INPUT') return error;
		const { created, updated } = this.counts;
		const place = this.line === 0 ? 'before any row was stored' : `after line ${this.line} of the file; the rows up to it are stored (${created} created, ${updated} updated)`;
		return new EngineError(error.code, `The import stopped ${place}. Remove the cause and import the same file again: nobody is doubled. Cause: ${error.message}`, { ...error.details, line: this.line, created, updated }, { cause: error });
	}

	async take(row: SourceRow): Promise<void> {
		const key = this.preset?.key?.(row) ?? '';
		const [first] = this.group;
		if (first !== undefined && (key === '' || this.group.length >= MOST_LINES_A_ROW || this.preset?.key?.(first) !== key)) await this.closeGroup();
		this.group.push(row);
		this.size += row.size ?? 0;
		if (key === '') await this.closeGroup();
	}

	reject(line: number, reason: string): void {
		this.rows += 1;
		this.rejects.push({ line, reason });
	}

	private async feed(text: string | null): Promise<void> {
		if (text === null || text === '') return;
		this.reader ??= this.openReader();
		await (await this.reader).feed(text);
		// Rows that cannot even be read do not come by closeGroup; a file of nothing else must not fill the memory.
		if (this.rejects.length >= BATCH) await this.store();
	}

	private async openReader(): Promise<RowReader> {
		const textual = this.text.format !== 'ndjson';
		this.columns = new Columns({
			about: this.about, given: this.given, preset: this.preset?.columns ?? {}, textual, dropApostrophes: this.preset?.dropApostrophes ?? false,
			...(this.options.event === undefined ? {} : { event: this.options.event }),
		});
		return textual ? new CsvRows(this.text.delimiter, this, (names) => this.readHeader(names)) : new NdjsonRows(this, (values) => this.preset === undefined && isOwnLine(values, this.given));
	}

	private readHeader(names: readonly string[]): Headed {
		this.header = new Set(names.map((name) => name.toLowerCase()));
		this.own = this.preset === undefined && isOwnHeader(names);
		if (this.own) {
			this.left = columnsLeftOut(names, this.given);
			return { verbatim: true, mayBeRow: mayBeOwnRow };
		}
		const { preset } = this;
		if (preset !== undefined && !preset.signs.some((sign) => this.header.has(sign))) {
			throw new EngineError('BAD_INPUT', `The columns are not those of such a file (preset ${this.options.preset ?? ''}). ${columnsOf(names)} ${preset.hint}`);
		}
		if (preset?.read !== undefined) return { verbatim: false, mayBeRow: () => true };
		this.columns?.check(names);
		return { verbatim: false, mayBeRow: (values) => this.columns?.identifies(values) ?? true };
	}

	private async closeGroup(): Promise<void> {
		const rows = this.group;
		this.group = [];
		const [row] = rows;
		if (row === undefined) return;
		const record = this.read(row, rows);
		if (record === 'skipped') {
			this.rows += 1;
			this.skipped += 1;
		} else if ('refused' in record) this.reject(row.line, record.refused);
		else {
			this.rows += 1;
			this.waiting.push(record);
		}
		if (this.waiting.length + this.rejects.length >= BATCH || this.size >= MOST_CHARACTERS) await this.store();
	}

	private read(row: SourceRow, rows: readonly SourceRow[]): ImportRecord | NotTaken {
		const { preset } = this;
		let record: ImportRecord | NotTaken;
		if (preset?.read !== undefined) record = preset.read(rows);
		else if (this.own) record = readOwn(fromOwnCsv(without(row, this.left), this.about), this.about);
		else if (preset === undefined && this.text.format === 'ndjson' && isOwnLine(row.values, this.given)) record = readOwn(without(row, new Set(Object.keys(this.given))), this.about);
		else record = this.columns?.read(row) ?? 'skipped';
		if (record === 'skipped' || 'refused' in record) return record;
		const refusal = preset?.finish?.(record, row, this.header);
		return refusal ?? this.completed(record);
	}

	/** What the options add, and what every row needs. */
	private completed(record: ImportRecord): ImportRecord | NotTaken {
		const { event, consent } = this.options;
		if (consent !== undefined && consent !== 'none' && !record.consents.some(({ channel, topic }) => channel === 'email' && topic === '')) record.consents.push({ channel: 'email', topic: '', state: consent });
		const unknown = [...record.consents, ...record.suppressions].find(({ channel }) => !isChannel(channel));
		if (unknown !== undefined) return { refused: `The row names a channel that there is not; use one of ${CHANNELS.join(', ')}.` };
		// What one row says must not fail the batch, and with it the import.
		const fault = [...record.consents.map(({ topic }) => textFault('topic', topic)), ...record.events.map((one) => textFault('source', one.source))].find((one) => one !== null);
		if (fault !== undefined && fault !== null) return { refused: fault };
		for (const one of record.events) {
			if (one.messageId !== null) one.messageId = cleanText(one.messageId) || null;
			if (one.name === '') one.name = event ?? '';
			if (one.name === '') return { refused: 'The row names no event. Name a column "event", or give the event\'s name with the import.' };
			if (one.timestamp === undefined) return { refused: 'The row says no time. Name a column "timestamp" (2026-03-02T09:00:00Z), or say which column it is.' };
		}
		return record;
	}

	private store(): Promise<void> {
		const mine = this.turn.then(() => this.storeWaiting());
		this.turn = mine.catch(() => undefined);
		return mine;
	}

	private share(): number | null {
		const { totalBytes } = this.options;
		return totalBytes === undefined || totalBytes <= 0 ? null : this.bytes / totalBytes;
	}

	private async storeWaiting(): Promise<void> {
		const [records, rejects, skipped, rows] = [this.waiting, this.rejects, this.skipped, this.rows];
		[this.waiting, this.rejects, this.skipped, this.rows, this.size] = [[], [], 0, 0, 0];
		if (rows === 0) return;
		const line = Math.max(this.line, records.at(-1)?.line ?? 0, rejects.at(-1)?.line ?? 0);
		const done = await this.deps.store.tx('import', async (tx) => {
			// Another process may have given it up, and somebody may be undoing it.
			if (!(await isRunning(tx, this.id))) throw notUnderWay();
			const counts = { ...this.counts, rows: this.counts.rows + rows, skipped: this.counts.skipped + skipped };
			const seen = this.options.dryRun === true ? new Seen(this.id) : null;
			const all = [...rejects];
			const { source, mode, test, startJourneys } = this.options;
			const batch: Batch = {
				tx, parts: this.deps, importId: this.id, source, mode: mode ?? 'upsert', test: test ?? false, historical: startJourneys !== true, seen, counts,
				reject: (at, reason) => void all.push({ line: at, reason }),
			};
			if (seen === null) await place(batch, records);
			else {
				// Everything is done and taken back; nobody must be woken or told for what never was.
				await tx.run(DRY_RUN);
				await place({ ...batch, tx: { ...tx, wake: () => undefined, afterCommit: () => undefined } }, records);
				await tx.run(TAKE_BACK);
				await seen.write(tx);
			}
			await logRejects(tx, this.id, all, counts.rejectedCount);
			counts.rejectedCount += all.length;
			await logProgress(tx, this.id, counts, line, this.share());
			await this.tellAudit(tx, counts, false);
			return { counts, rejects: all };
		});
		this.counts = done.counts;
		this.line = line;
		this.listed.push(...done.rejects.slice(0, MOST_LISTED - this.listed.length));
	}
}

async function place(batch: Batch, records: readonly ImportRecord[]): Promise<void> {
	if (records.length === 0) return;
	const { placed, too } = await placePeople(batch, records);
	const consents = await placeConsents(batch, too);
	if (consents.size > 0) await batch.parts.segments.refresh(batch.tx, { created: new Set(), events: new Map(), attributes: new Map(), consents, historical: batch.historical });
	await placeSuppressions(batch, [...placed, ...too]);
	await placePreferences(batch, [...placed, ...too]);
	// Last: an event may start a journey, which must know what the row forbids.
	await placeEvents(batch, placed);
}

/** Throws BAD_INPUT for what columns cannot be used as. */
function checkUses(given: Readonly<Record<string, ColumnUse>>, name: string | undefined, preset: Preset | undefined): void {
	if (preset?.read !== undefined && Object.keys(given).length > 0) {
		throw new EngineError('BAD_INPUT', `The preset ${name ?? ''} knows what each column is for. Take away what is said under Columns, or import the file without the preset.`);
	}
	for (const use of Object.values(given)) {
		if (use === 'skip') continue;
		const channel = 'consent' in use ? use.consent : 'suppression' in use ? use.suppression : 'proof' in use ? use.channel : undefined;
		if (channel !== undefined && !isChannel(channel)) throw new EngineError('BAD_INPUT', `There is no channel "${channel.slice(0, 40)}" to consent to; use email, sms, whatsapp or another that the engine knows.`);
		const fault = textFault('topic', 'consent' in use || 'proof' in use ? use.topic : undefined);
		if (fault !== null) throw new EngineError('BAD_INPUT', `A column cannot be used for this consent. ${fault}`);
	}
}

function aboutOf(options: ImportOptions, preset: Preset | undefined): 'profiles' | 'events' {
	const about = options.about ?? preset?.about ?? 'profiles';
	if (about !== 'profiles' && about !== 'events') throw new EngineError('BAD_INPUT', 'An import is about "profiles" or "events".');
	if (preset !== undefined && preset.about !== about) throw new EngineError('BAD_INPUT', `The preset ${options.preset ?? ''} is about ${preset.about}, the import about ${about}. Choose the other one.`);
	if (about === 'events' && options.mode === 'create') throw new EngineError('BAD_INPUT', 'Events are imported for everybody (upsert) or for people who are known (update); "create" is for profiles.');
	return about;
}
