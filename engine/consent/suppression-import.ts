import { CsvRecords, DecodedText } from '../csv';
import { EngineError, randomId, type Random } from '../kernel';
import { CHANNELS, isChannel } from './channels';
import { normaliseAddress } from './suppression';
import { reasonInWords } from './suppression-reason';
import type { SuppressionAdded, SuppressionApi, SuppressionImportReport, SuppressionReport } from './types';

type Options = Parameters<SuppressionApi['importStart']>[0];

export interface SuppressionImportParts {
	random: Random;
	add(entries: SuppressionAdded[]): Promise<SuppressionReport>;
	nowMs(): Promise<number>;
	/** Rows a transaction. */
	batch: number;
}

const MOST_AT_ONCE = 20;
const FORGOTTEN_AFTER_MS = 60 * 60 * 1000;
const MOST_LISTED = 1000;
const LONGEST_ROW = 16 * 1024;
/** Headers that say what a column holds, and the channel when that follows from it. */
const ADDRESS_COLUMNS: Readonly<Record<string, string | null>> = { address: null, email: 'email', 'email address': 'email', 'e-mail': 'email', phone: 'sms', 'phone number': 'sms', number: 'sms', token: null, recipient: null };

/** Imports of suppression lists under way: start, chunks, end. A slow database slows the caller; memory does not grow with the file. */
export class SuppressionImports {
	private readonly running = new Map<string, SuppressionImport>();

	constructor(private readonly parts: SuppressionImportParts) {}

	async start(options: Options): Promise<{ importId: string }> {
		if (typeof options.source !== 'string' || options.source === '') throw new EngineError('BAD_INPUT', 'The source of the import is missing.');
		if (options.channel !== undefined && !isChannel(options.channel)) throw new EngineError('BAD_INPUT', `There is no channel of that name; use one of ${CHANNELS.join(', ')}.`);
		const nowMs = await this.parts.nowMs();
		for (const [id, one] of this.running) if (one.touchedAtMs < nowMs - FORGOTTEN_AFTER_MS) this.forget(id);
		if (this.running.size >= MOST_AT_ONCE) throw new EngineError('BAD_INPUT', `${MOST_AT_ONCE} imports are under way already. Wait until one has ended.`);
		const importId = randomId(this.parts.random);
		this.running.set(importId, new SuppressionImport(options, this.parts, nowMs));
		return { importId };
	}

	async chunk(importId: string, bytes: Uint8Array): Promise<{ rows: number }> {
		const one = this.find(importId);
		try {
			one.touchedAtMs = await this.parts.nowMs();
			await one.write(bytes);
		} catch (error) {
			this.forget(importId);
			throw error;
		}
		return { rows: one.report.rows };
	}

	async end(importId: string): Promise<SuppressionImportReport> {
		const one = this.find(importId);
		try {
			return await one.end();
		} finally {
			this.forget(importId);
		}
	}

	private find(importId: string): SuppressionImport {
		const one = this.running.get(importId);
		if (one === undefined) throw new EngineError('NOT_FOUND', 'This import is not under way: it has ended, failed, or was left alone for an hour. Start it again; addresses that are on the list already stay there.');
		return one;
	}

	private forget(importId: string): void {
		this.running.delete(importId);
	}
}

interface Columns {
	address: number;
	channel: string | null;
	channelAt: number;
	reasonAt: number;
}

class SuppressionImport {
	readonly report: SuppressionImportReport = { rows: 0, added: 0, known: 0, rejectedCount: 0, rejected: [] };
	private readonly text = new DecodedText();
	private readonly records: CsvRecords;
	private columns: Columns | undefined;
	private waiting: Array<{ line: number; entry: SuppressionAdded }> = [];
	private empty = true;

	constructor(private readonly options: Options, private readonly parts: SuppressionImportParts, public touchedAtMs: number) {
		this.records = new CsvRecords(
			{
				// No address holds one of these, so the separator needs no finding out.
				delimiters: options.delimiter === undefined ? [',', ';', '\t', '|'] : [options.delimiter], trim: true, longestRow: LONGEST_ROW,
				isRow: (cells) => this.hasAddress(cells),
			},
			{
				row: (line, cells) => this.row(line, cells),
				reject: (line, reason) => {
					this.report.rows += 1;
					this.reject(line, reason);
				},
			},
		);
	}

	async write(bytes: Uint8Array): Promise<void> {
		if (bytes.length > 0) this.empty = false;
		await this.records.feed(this.text.decode(bytes));
	}

	async end(): Promise<SuppressionImportReport> {
		if (this.empty) throw new EngineError('BAD_INPUT', 'The file is empty: it needs a line for each address.');
		await this.records.feed(this.text.flush());
		await this.records.end();
		await this.store();
		return this.report;
	}

	private async row(line: number, record: readonly string[]): Promise<void> {
		if (this.columns === undefined) {
			const { columns, headed } = columnsOf(record, this.options);
			this.columns = columns;
			if (headed) return;
		}
		this.report.rows += 1;
		const entry = this.read(record, this.columns);
		if (typeof entry === 'string') this.reject(line, entry);
		else this.waiting.push({ line, entry });
		if (this.waiting.length >= this.parts.batch) await this.store();
	}

	private hasAddress(record: readonly string[]): boolean {
		const entry = this.columns === undefined ? '' : this.read(record, this.columns);
		return typeof entry !== 'string' && 'address' in normaliseAddress(entry.channel, entry.address);
	}

	/** What is wrong with one row must not stop the others, so all that `add` would throw for is looked at here. */
	private read(record: readonly string[], columns: Columns): SuppressionAdded | string {
		const channel = (record[columns.channelAt] || columns.channel || this.options.channel || 'email').toLowerCase();
		if (!isChannel(channel)) return `The channel is none of ${CHANNELS.join(', ')}.`;
		const said = reasonInWords((record[columns.reasonAt] ?? '').trim().toLowerCase());
		// A word that says neither leaves it at what the whole file was said to be; who stands in such a file is suppressed even with a 'no'.
		const reason = said === null || said === 'manual' ? (this.options.reason ?? 'manual') : said;
		return { channel, address: record[columns.address] ?? '', reason, source: this.options.source };
	}

	private async store(): Promise<void> {
		const rows = this.waiting;
		this.waiting = [];
		if (rows.length === 0) return;
		const { added, known, rejected } = await this.parts.add(rows.map(({ entry }) => entry));
		this.report.added += added;
		this.report.known += known;
		for (const { index, reason } of rejected) this.reject(rows[index]?.line ?? 0, reason);
	}

	private reject(line: number, reason: string): void {
		this.report.rejectedCount += 1;
		if (this.report.rejected.length < MOST_LISTED) this.report.rejected.push({ line, reason });
	}
}

/** By the names in the first line; a file whose first line is an address already is a bare list. */
function columnsOf(record: readonly string[], options: Options): { columns: Columns; headed: boolean } {
	const names = record.map((name) => name.toLowerCase().replace(/_/g, ' '));
	const address = names.findIndex((name) => Object.hasOwn(ADDRESS_COLUMNS, name));
	if (address !== -1) {
		const channel = ADDRESS_COLUMNS[names[address] ?? ''] ?? null;
		// A list of numbers asked to be one of WhatsApp's is that, whatever the column is called.
		return { columns: { address, channel: options.channel ?? channel, channelAt: names.indexOf('channel'), reasonAt: names.indexOf('reason') }, headed: true };
	}
	if ('address' in normaliseAddress(options.channel ?? 'email', record[0])) return { columns: { address: 0, channel: null, channelAt: -1, reasonAt: -1 }, headed: false };
	throw new EngineError('BAD_INPUT', 'No column of the file holds addresses: name one address, email or phone in the first line, or give one address a line.');
}
