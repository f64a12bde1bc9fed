import type { IngestReport, TrackingMessage } from '../events/types';
import { monotonicMs } from '../kernel';
import type { Delivery } from './intake';
import type { Known } from './known';
import type { CollectedEvent, NextEvents } from './types';

/** A waiting call answers after this long even when nothing came, so that it never holds up the end of the process. */
const IDLE_MS = 5_000;
/** Events kept for a trigger that does not fetch them (its process is blocked); beyond it new ones are not taken: see full(). */
const MOST_KEPT = 50_000;
/** A trigger that has not asked for this long is gone; what it had not fetched ends with it. */
const GONE_AFTER_MS = 60_000;

interface Box {
	events: CollectedEvent[];
	names: ReadonlySet<string> | null;
	oldestAtMs: number;
	askedAtMs: number;
	wanted: { size: number; waitMs: number; answer(events: CollectedEvent[]): void; timer: NodeJS.Timeout | undefined } | undefined;
}

/**
 * Accepted events on their way to the triggers that emit them: kept in memory from the commit until the trigger fetches them, so each
 * is emitted once in the life of this process, and never before it is stored. Closed -> open (the trigger asks) -> closed (it leaves).
 */
export class Outbox {
	private readonly boxes = new Map<string, Box>();

	/** The next events of a workflow's sources: as soon as there are `size`, or the oldest has waited `maxWaitMs`; none after 5 s. */
	async next(workflow: string, { size, maxWaitMs, names }: NextEvents): Promise<CollectedEvent[]> {
		const box = this.boxes.get(workflow) ?? { events: [], names: null, oldestAtMs: 0, askedAtMs: 0, wanted: undefined };
		this.boxes.set(workflow, box);
		box.names = names === undefined || names.length === 0 ? null : new Set(names);
		box.askedAtMs = monotonicMs();
		release(box, []);
		return await new Promise((resolve) => {
			box.wanted = { size: Math.max(1, size), waitMs: Math.max(0, maxWaitMs), answer: resolve, timer: undefined };
			this.serve(box);
		});
	}

	/** The trigger leaves: a waiting call is answered, and nothing more is kept. */
	leave(workflow: string): void {
		const box = this.boxes.get(workflow);
		this.boxes.delete(workflow);
		if (box !== undefined) release(box, []);
	}

	closeAll(): void {
		for (const workflow of [...this.boxes.keys()]) this.leave(workflow);
	}

	/** A trigger is so far behind that no more can be kept for it. */
	full(): boolean {
		for (const box of this.boxes.values()) if (box.events.length >= MOST_KEPT && monotonicMs() - box.askedAtMs < GONE_AFTER_MS) return true;
		return false;
	}

	/** Called after the commit. */
	stored({ messages, source }: Delivery, report: IngestReport, { collectors, nowMs }: Known): void {
		if (this.boxes.size === 0) return;
		for (const [workflow, box] of this.boxes) {
			if (box.wanted === undefined && monotonicMs() - box.askedAtMs > GONE_AFTER_MS) {
				this.leave(workflow);
				continue;
			}
			if (!collectors.some((collector) => collector.workflow === workflow && collector.keys.some((key) => key.source === source))) continue;
			const repeated = new Set(report.repeated);
			messages.forEach((message, n) => {
				const profile = report.profiles[n] ?? null;
				if (profile === null || repeated.has(n) || !isWanted(box, message)) return;
				if (box.events.length === 0) box.oldestAtMs = monotonicMs();
				box.events.push(eventOf(message, profile, source, nowMs));
			});
			this.serve(box);
		}
	}

	private serve(box: Box): void {
		const { wanted } = box;
		if (wanted === undefined) return;
		const leftMs = box.events.length === 0 ? IDLE_MS : wanted.waitMs - (monotonicMs() - box.oldestAtMs);
		if (box.events.length >= wanted.size || (box.events.length > 0 && leftMs <= 0)) {
			release(box, box.events.splice(0, wanted.size));
			box.oldestAtMs = monotonicMs();
			return;
		}
		clearTimeout(wanted.timer);
		wanted.timer = setTimeout(() => release(box, box.events.splice(0, wanted.size)), Math.max(1, leftMs));
		wanted.timer.unref();
	}
}

function release(box: Box, events: CollectedEvent[]): void {
	const { wanted } = box;
	box.wanted = undefined;
	clearTimeout(wanted?.timer);
	wanted?.answer(events);
}

function isWanted({ names }: Box, message: TrackingMessage): boolean {
	return names === null || names.has(nameOf(message));
}

/** What a view or a call without a name of its own is known by: 'Page Viewed', 'identify'. */
function nameOf({ type, event }: TrackingMessage): string {
	return type === 'track' ? (event ?? '') : type === 'page' ? 'Page Viewed' : type === 'screen' ? 'Screen Viewed' : type;
}

function eventOf(message: TrackingMessage, profileId: number, source: string, nowMs: number): CollectedEvent {
	const { type, timestamp, userId, anonymousId, messageId, properties, traits, groupId, previousId } = message;
	return {
		type, event: nameOf(message), profileId, source,
		...(userId === undefined ? {} : { userId }),
		...(anonymousId === undefined ? {} : { anonymousId }),
		...(messageId === undefined ? {} : { messageId }),
		...(properties === undefined ? {} : { properties }),
		...(traits === undefined ? {} : { traits }),
		...(groupId === undefined ? {} : { groupId }),
		...(previousId === undefined ? {} : { previousId }),
		timestamp: new Date(Math.min(Number(timestamp ?? nowMs), nowMs)).toISOString(),
		receivedAt: new Date(nowMs).toISOString(),
	};
}
