import { EngineError, randomId, type Random } from '../kernel';
import type { AuditEntry } from '../privacy';
import type { Store, Tx } from '../store';
import { openEventExport } from './export-events';
import type { ScoresOf } from './export-facts';
import { openProfileExport } from './export-profiles';
import type { ExportChunk, ExportOptions } from './types';

/** An export under way. `next` reads on behind what it read last: no transaction stays open between two calls. */
export interface Export {
	next(): Promise<{ text: string; rows: number; done: boolean }>;
}

export interface ExportsDeps {
	store: Store;
	random: Random;
	audit: (tx: Tx, entry: AuditEntry) => Promise<void>;
	/** Absent: there are no scores. */
	scores?: ScoresOf;
}

const MOST_AT_ONCE = 20;
const FORGOTTEN_AFTER_MS = 60 * 60 * 1000;

interface Running {
	one: Export;
	options: ExportOptions;
	rows: number;
	touchedAtMs: number;
}

/** Exports under way in this process: start, chunks, end. */
export class Exports {
	private readonly running = new Map<string, Running>();

	constructor(private readonly deps: ExportsDeps) {}

	async start(options: ExportOptions): Promise<{ exportId: string }> {
		if (options.format !== 'csv' && options.format !== 'ndjson') throw new EngineError('BAD_INPUT', 'The format of an export is "csv" or "ndjson".');
		const nowMs = await this.nowMs();
		for (const [id, { touchedAtMs }] of this.running) if (touchedAtMs < nowMs - FORGOTTEN_AFTER_MS) this.running.delete(id);
		if (this.running.size >= MOST_AT_ONCE) throw new EngineError('BAD_INPUT', `${MOST_AT_ONCE} exports are under way already. Wait until one has ended.`);
		const one = options.about === 'events' ? await openEventExport(this.deps.store, options) : await openProfileExport(this.deps.store, this.deps.scores ?? (() => Promise.resolve(new Map())), options);
		const exportId = randomId(this.deps.random);
		this.running.set(exportId, { one, options, rows: 0, touchedAtMs: nowMs });
		return { exportId };
	}

	async chunk(exportId: string): Promise<ExportChunk> {
		const running = this.find(exportId);
		running.touchedAtMs = await this.nowMs();
		const { text, rows, done } = await running.one.next();
		running.rows += rows;
		return { bytes: new TextEncoder().encode(text), rows: running.rows, done };
	}

	async end(exportId: string): Promise<{ rows: number }> {
		const { options, rows } = this.find(exportId);
		this.running.delete(exportId);
		await this.deps.store.tx('export-end', (tx) =>
			this.deps.audit(tx, { action: `export.${options.about}`, who: options.source, ...(options.about === 'profiles' ? { count: rows } : {}), detail: { rows, format: options.format, ...filters(options) } }));
		return { rows };
	}

	private async nowMs(): Promise<number> {
		return await this.deps.store.read(async (reader) => reader.nowMs);
	}

	private find(exportId: string): Running {
		const running = this.running.get(exportId);
		if (running === undefined) throw new EngineError('NOT_FOUND', 'This export is not under way: it has ended, or was left alone for an hour. Start it again.');
		return running;
	}
}

function filters({ segment, list, names, since, until, sharableOnly }: ExportOptions): Record<string, string | string[] | true> {
	const given = { segment, list, names, since, until, sharableOnly: sharableOnly === true ? true : undefined };
	return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string | string[] | true] => entry[1] !== undefined));
}
