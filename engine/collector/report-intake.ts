import { isEngineError } from '../kernel';
import type { Reports, SignedReport } from '../reports';

/** Reports a transaction; a callback with more is one by itself. */
const GROUP = 1_000;
/** Reports that may wait to be stored: beyond it callbacks are asked to come again. */
const MOST_WAITING = 20_000;

interface Waiting {
	reports: readonly SignedReport[];
	resolve(): void;
	reject(error: unknown): void;
}

/**
 * Reports of callbacks that come at the same time are stored together, one transaction at a time: some providers call once for each event. Each callback
 * is answered after the commit.
 */
export class ReportIntake {
	private queue: Waiting[] = [];
	private waiting = 0;
	private running = false;

	constructor(private readonly take: Reports['take']) {}

	isFull(): boolean {
		return this.waiting >= MOST_WAITING;
	}

	/** Rejects when nothing of it was stored. */
	async add(reports: readonly SignedReport[]): Promise<void> {
		await new Promise<void>((resolve, reject) => {
			this.waiting += reports.length;
			this.queue.push({ reports, resolve, reject });
			if (!this.running) {
				this.running = true;
				// After the other calls of this turn of the event loop.
				setImmediate(() => void this.run());
			}
		});
	}

	private async run(): Promise<void> {
		for (let group = this.next(); group.length > 0; group = this.next()) {
			await this.store(group);
			for (const { reports } of group) this.waiting -= reports.length;
		}
		this.running = false;
	}

	private next(): Waiting[] {
		const group: Waiting[] = [];
		let size = 0;
		for (const waiting of this.queue) {
			if (group.length > 0 && size + waiting.reports.length > GROUP) break;
			group.push(waiting);
			size += waiting.reports.length;
		}
		this.queue = this.queue.slice(group.length);
		return group;
	}

	private async store(group: readonly Waiting[]): Promise<void> {
		try {
			await this.take(group.flatMap(({ reports }) => reports));
			for (const { resolve } of group) resolve();
		} catch (error) {
			// One callback that the engine cannot stomach must not fail the others for ever; a database that is away fails them all.
			const mayBeOne = !isEngineError(error) || error.code === 'INTERNAL' || error.code === 'DATABASE_FAILED';
			if (group.length > 1 && mayBeOne) for (const waiting of group) await this.store([waiting]);
			else for (const { reject } of group) reject(error);
		}
	}
}
