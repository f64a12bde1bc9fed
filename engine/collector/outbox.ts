import type { IngestReport, TrackingMessage } from '../events/types';
import { monotonicMs, type Log } from '../kernel';
import { eventOf, nameOf, type Accepted } from './collected';
import type { Delivery } from './intake';
import type { Wanted } from './handover';
import type { Known } from './known';
import type { NextEvents } from './types';

/** A waiting call answers after this long even when nothing is due, so that what other processes took is looked for, and that it never holds up the end of the process. */
const IDLE_MS = 1_000;
/**
 * Kept for a trigger whose executions are slower than events arrive. Beyond either, what comes is stored as ever but does not come out of the
 * trigger, and the log says so: refusing it (429) would stop journeys for the sake of executions that nobody waits for.
 */
const MOST_KEPT = 50_000;
const MOST_KEPT_BYTES = 64 * 1024 * 1024;
const WARN_EVERY_MS = 60_000;

interface Kept {
	event: Accepted;
	bytes: number;
}

interface Box {
	kept: Kept[];
	bytes: number;
	names: ReadonlySet<string> | null;
	oldestAtMs: number;
	/** Events for which there was no room since the log last told. */
	lost: number;
	toldAtMs: number;
	wanted: { size: number; waitMs: number; answer(events: Accepted[]): void; timer: NodeJS.Timeout | undefined } | undefined;
}

/**
 * Accepted events on their way to the triggers that emit them: kept in memory from the commit until the trigger fetches them, so each
 * is emitted at most once, and never before it is stored. Closed -> open (the trigger asks) -> closed (it leaves).
 */
export class Outbox {
	private readonly boxes = new Map<string, Box>();

	constructor(private readonly log: Log) {}

	/** The next events of a workflow's sources: as soon as there are `size`, or the oldest has waited `maxWaitMs`; none after a second. */
	async next(workflow: string, options: NextEvents): Promise<Accepted[]> {
		const box = this.open(workflow, options);
		release(box, []);
		return await new Promise((resolve) => {
			box.wanted = { size: Math.max(1, options.size), waitMs: Math.max(0, options.maxWaitMs), answer: resolve, timer: undefined };
			this.serve(box);
		});
	}

	/** From here on what comes is kept for the workflow, by these names. */
	open(workflow: string, { names }: NextEvents): Box {
		const box = this.boxes.get(workflow) ?? { kept: [], bytes: 0, names: null, oldestAtMs: 0, lost: 0, toldAtMs: -Infinity, wanted: undefined };
		this.boxes.set(workflow, box);
		box.names = names === undefined || names.length === 0 ? null : new Set(names);
		return box;
	}

	isOpen(workflow: string): boolean {
		return this.boxes.has(workflow);
	}

	/** Whether next() would answer at once with a batch. */
	isDue(workflow: string, { size, maxWaitMs }: NextEvents): boolean {
		const box = this.boxes.get(workflow);
		return box !== undefined && box.kept.length > 0 && (box.kept.length >= size || monotonicMs() - box.oldestAtMs >= maxWaitMs);
	}

	/** The trigger leaves: a waiting call is answered with none, nothing more is kept, and what it has not fetched is handed out. */
	leave(workflow: string): Accepted[] {
		const box = this.boxes.get(workflow);
		this.boxes.delete(workflow);
		if (box === undefined) return [];
		release(box, []);
		return taken(box, box.kept.length);
	}

	closeAll(): void {
		for (const workflow of [...this.boxes.keys()]) this.leave(workflow);
	}

	/** Triggers that emit what this source sends, but ask for it in another process, or do not ask yet. */
	missing({ collectors }: Known, source: string): Wanted[] {
		return collectors.flatMap(({ workflow, keys, emits }) =>
			emits === undefined || emits === null || this.boxes.has(workflow) || !keys.some((key) => key.source === source) ? [] : [{ workflow, names: emits.length === 0 ? null : emits }]);
	}

	/** Called after the commit. */
	stored({ messages, source, bytes, wanted }: Delivery, report: IngestReport, { collectors, nowMs }: Known): void {
		if (this.boxes.size === 0) return;
		for (const [workflow, box] of this.boxes) {
			// Handed over already: the trigger began to ask here while they were being stored.
			if (wanted?.some((one) => one.workflow === workflow) === true) continue;
			if (!collectors.some((collector) => collector.workflow === workflow && collector.keys.some((key) => key.source === source))) continue;
			const repeated = new Set(report.repeated);
			messages.forEach((message, n) => {
				const profile = report.profiles[n] ?? null;
				if (profile === null || repeated.has(n) || !isWanted(box, message)) return;
				if (box.kept.length >= MOST_KEPT || box.bytes >= MOST_KEPT_BYTES) return void (box.lost += 1);
				if (box.kept.length === 0) box.oldestAtMs = monotonicMs();
				const share = bytes / messages.length;
				box.kept.push({ event: eventOf(message, profile, source, nowMs), bytes: share });
				box.bytes += share;
			});
			if (box.lost > 0) this.tell(workflow, box);
			this.serve(box);
		}
	}

	private tell(workflow: string, box: Box): void {
		if (monotonicMs() - box.toldAtMs < WARN_EVERY_MS) return;
		this.log.warn('Events were stored, but do not come out of the collector trigger: its executions are slower than events arrive. Choose fewer events under "Only These Events", or make the workflow faster', { workflow, events: box.lost });
		box.toldAtMs = monotonicMs();
		box.lost = 0;
	}

	private serve(box: Box): void {
		const { wanted } = box;
		if (wanted === undefined) return;
		const leftMs = box.kept.length === 0 ? Infinity : wanted.waitMs - (monotonicMs() - box.oldestAtMs);
		if (box.kept.length >= wanted.size || (box.kept.length > 0 && leftMs <= 0)) {
			release(box, taken(box, wanted.size));
			box.oldestAtMs = monotonicMs();
			return;
		}
		clearTimeout(wanted.timer);
		const isIdle = leftMs > IDLE_MS;
		wanted.timer = setTimeout(() => release(box, isIdle ? [] : taken(box, wanted.size)), Math.max(1, Math.min(IDLE_MS, leftMs)));
		wanted.timer.unref();
	}
}

function taken(box: Box, count: number): Accepted[] {
	return box.kept.splice(0, count).map(({ event, bytes }) => {
		box.bytes -= bytes;
		return event;
	});
}

function release(box: Box, events: Accepted[]): void {
	const { wanted } = box;
	box.wanted = undefined;
	clearTimeout(wanted?.timer);
	wanted?.answer(events);
}

function isWanted({ names }: Box, message: TrackingMessage): boolean {
	return names === null || names.has(nameOf(message));
}
