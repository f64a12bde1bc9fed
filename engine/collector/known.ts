import { monotonicMs, type Clock } from '../kernel';
import type { Settings, StoredCollector } from '../settings';
import { sourceOf } from './write-key';

/** How long what is read from the database is gone by; another process's change takes this long to be heard of. */
const KEPT_MS = 1_000;

/** What the collector goes by, read from the database. */
export interface Known {
	collectors: readonly StoredCollector[];
	/** Source of a write key, or null. */
	sourceOf(key: string): string | null;
	corsOrigins: readonly string[];
	storeIps: boolean;
	/** Devices of people who are known serve them only where a user token came with them (engine/devices/proof.ts). */
	provesUsers: boolean;
	/** Events that may wait to be stored. */
	behindAfter: number;
	/** UTC milliseconds of the store, at the time of asking. */
	nowMs: number;
}

/**
 * The settings, read once a second instead of at every request: two statements an event cost as much as the event itself.
 * With an injected clock they are read every time, and time is never made up.
 */
export class CollectorSettings {
	private kept: { known: Omit<Known, 'nowMs'>; nowMs: number; readAtMs: number } | undefined;
	private reading: Promise<Known> | undefined;
	/** Raised by each forget(): what was being read before it is not kept. */
	private generation = 0;

	constructor(private readonly settings: Pick<Settings, 'collectors' | 'current'>, private readonly clock: Clock | undefined) {}

	async current(): Promise<Known> {
		const { kept } = this;
		if (kept !== undefined && this.clock === undefined) {
			const elapsedMs = monotonicMs() - kept.readAtMs;
			if (elapsedMs < KEPT_MS) return { ...kept.known, nowMs: Math.floor(kept.nowMs + elapsedMs) };
		}
		const { generation } = this;
		this.reading ??= this.read().finally(() => {
			if (generation === this.generation) this.reading = undefined;
		});
		return await this.reading;
	}

	/** Something was changed by this process. */
	forget(): void {
		this.generation += 1;
		this.kept = undefined;
		this.reading = undefined;
	}

	private async read(): Promise<Known> {
		const { generation } = this;
		const { collectors, provesUsers, nowMs } = await this.settings.collectors();
		const { corsOrigins, storeIps, behindAfter } = await this.settings.current();
		const sources = new Map<string, string | null>();
		const known = {
			collectors, corsOrigins, storeIps, provesUsers, behindAfter,
			sourceOf: (key: string) => {
				let source = sources.get(key);
				if (source === undefined) {
					source = sourceOf(key, collectors);
					// Only keys that are known: others could be any number.
					if (source !== null) sources.set(key, source);
				}
				return source;
			},
		};
		if (generation === this.generation) this.kept = { known, nowMs, readAtMs: monotonicMs() };
		return { ...known, nowMs };
	}
}
