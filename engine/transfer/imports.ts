import { textFault } from '../consent';
import { EngineError, randomId, type Random } from '../kernel';
import { Import, type ImportDeps } from './import';
import { isRunning, logStart, logState, LOST_AFTER_MS, notUnderWay } from './import-log';
import { presetOf } from './presets';
import { forgetSeen } from './seen';
import type { ImportOptions, ImportReport } from './types';

export interface ImportsDeps extends ImportDeps {
	random: Random;
}

const MOST_AT_ONCE = 20;
/** How often a chunk that fills no batch tells the others that the import is under way. */
const SIGN_EVERY_MS = 5 * 60 * 1000;

interface Running {
	one: Import;
	options: ImportOptions;
	touchedAtMs: number;
	signAtMs: number;
}

/** Imports under way in this process: start, chunks, end. */
export class Imports {
	private readonly running = new Map<string, Running>();

	constructor(private readonly deps: ImportsDeps) {}

	async start(given: ImportOptions): Promise<{ importId: string }> {
		const source = given.source || (given.preset === undefined ? '' : presetOf(given.preset).source);
		if (typeof source !== 'string' || source === '') throw new EngineError('BAD_INPUT', 'The source of the import is missing.');
		const fault = textFault('source', source) ?? textFault('name of who imports', given.who);
		if (fault !== null) throw new EngineError('BAD_INPUT', `The import cannot begin. ${fault}`);
		const options = { ...given, source };
		const nowMs = await this.deps.store.read(async (reader) => reader.nowMs);
		for (const [id, { touchedAtMs }] of this.running) if (touchedAtMs < nowMs - LOST_AFTER_MS) await this.fail(id);
		if (this.running.size >= MOST_AT_ONCE) throw new EngineError('BAD_INPUT', `${MOST_AT_ONCE} imports are under way already. Wait until one has ended.`);
		const importId = randomId(this.deps.random);
		const one = new Import(importId, options, this.deps);
		const about = one.about;
		await this.deps.store.tx('import-start', (tx) => logStart(tx, { id: importId, about, source, dryRun: options.dryRun ?? false }));
		this.running.set(importId, { one, options, touchedAtMs: nowMs, signAtMs: nowMs });
		return { importId };
	}

	async chunk(importId: string, bytes: Uint8Array): Promise<{ rows: number }> {
		const running = this.find(importId);
		try {
			running.touchedAtMs = await this.deps.store.read(async (reader) => reader.nowMs);
			await this.giveSign(importId, running);
			await running.one.write(bytes);
		} catch (error) {
			await this.fail(importId);
			throw running.one.stopped(error);
		}
		return { rows: running.one.counts.rows };
	}

	async end(importId: string): Promise<ImportReport> {
		const { one, options } = this.find(importId);
		try {
			await one.end();
			const { counts } = one;
			const dryRun = options.dryRun ?? false;
			await this.deps.store.tx('import-end', async (tx) => {
				if (!(await isRunning(tx, importId))) throw notUnderWay();
				await logState(tx, importId, 'done');
				if (dryRun) await forgetSeen(tx, importId);
				else await one.tellAudit(tx, counts, true);
			});
			this.running.delete(importId);
			one.abandon();
			return { importId, dryRun, ...counts, rejected: one.listed };
		} catch (error) {
			await this.fail(importId);
			throw one.stopped(error);
		}
	}

	async abort(importId: string): Promise<void> {
		if (this.running.has(importId)) await this.fail(importId);
	}

	private async giveSign(importId: string, running: Running): Promise<void> {
		if (running.touchedAtMs < running.signAtMs + SIGN_EVERY_MS) return;
		if (!(await this.deps.store.tx('import-sign', (tx) => isRunning(tx, importId)))) throw notUnderWay();
		running.signAtMs = running.touchedAtMs;
	}

	/** The import is over in any case; that it failed is noted when the database still takes notes. */
	private async fail(importId: string): Promise<void> {
		const running = this.running.get(importId);
		this.running.delete(importId);
		running?.one.abandon();
		await this.deps.store
			.tx('import-failed', async (tx) => {
				if (await isRunning(tx, importId)) await logState(tx, importId, 'failed');
				await forgetSeen(tx, importId);
			})
			.catch(() => undefined);
	}

	private find(importId: string): Running {
		const running = this.running.get(importId);
		if (running === undefined) throw notUnderWay();
		return running;
	}
}
