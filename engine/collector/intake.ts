import type { Events } from '../events';
import type { IngestReport, TrackingMessage } from '../events/types';
import { isEngineError, monotonicMs } from '../kernel';
import type { Handover, Wanted } from './handover';

/** Messages a transaction; as many as the engine handles together. */
const GROUP = 500;
/** Bytes of bodies whose events wait; a message is at most 32 KB, but 20,000 of them would be 640 MB. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Whatever the reason (imports, a slow disk, another process's lock): events that waited this long mean that the engine is behind. */
const LONGEST_WAIT_MS = 10_000;
const LONGEST_RETRY_S = 30;

export interface Delivery {
	messages: TrackingMessage[];
	source: string;
	/** Of the request's body. */
	bytes: number;
	/** Emitting triggers of other processes, as of the request. Absent: none. */
	wanted?: readonly Wanted[];
}

interface Waiting extends Delivery {
	sinceMs: number;
	/** Whom it tells of, by every id in it; empty where one lane keeps the order by itself. */
	people: ReadonlySet<string>;
	resolve(report: IngestReport): void;
	reject(error: unknown): void;
}

/**
 * Concurrent requests are stored together: one transaction for all that arrived while the one before was being committed, and each is
 * answered only after that commit. No timer: the first request of a quiet moment waits for nobody (on SQLite the commit itself holds
 * the thread, so the next requests gather by themselves).
 *
 * Waiting -> in a transaction -> answered. What waits is bounded by events, bytes and time; beyond it nothing is taken.
 *
 * Requests of a source are stored in the order of their arrival: a small one does not slip past a large one that did not fit. Where
 * transactions run side by side, one waits for those under way that tell of the same person; keeping whole sources to one lane would
 * take the other lanes from a site that has only one.
 */
export class Intake {
	private queue: Waiting[] = [];
	private readonly storing = new Set<Waiting>();
	/** In how many requests under way somebody is. */
	private readonly underWay = new Map<string, number>();
	private running = 0;
	private events = 0;
	private bytes = 0;
	private eventsPerMs = 10;

	/** lanes: transactions at once; more than one only where the database has more than one writer. */
	constructor(private readonly store: Events['ingest'], private readonly lanes: number, private readonly handover?: Handover) {}

	/** Seconds after which to try again, or null: there is room. A request that alone is too large is taken when nothing else waits. */
	behind({ messages, bytes }: Pick<Delivery, 'messages' | 'bytes'>, behindAfter: number): number | null {
		if (this.events === 0) return null;
		const [oldest] = this.storing.size > 0 ? this.storing : this.queue;
		const waitedMs = oldest === undefined ? 0 : monotonicMs() - oldest.sinceMs;
		if (this.events + messages.length <= behindAfter && this.bytes + bytes <= MOST_BYTES && waitedMs <= LONGEST_WAIT_MS) return null;
		return Math.min(LONGEST_RETRY_S, Math.max(1, Math.ceil(this.events / this.eventsPerMs / 1000)));
	}

	/** Rejects when nothing of this delivery was stored. */
	async add(delivery: Delivery): Promise<IngestReport> {
		return await new Promise((resolve, reject) => {
			this.events += delivery.messages.length;
			this.bytes += delivery.bytes;
			this.queue.push({ ...delivery, people: this.lanes > 1 ? peopleOf(delivery) : NOBODY, sinceMs: monotonicMs(), resolve, reject });
			this.wake();
		});
	}

	private wake(): void {
		if (this.queue.length === 0 || this.running >= this.lanes) return;
		this.running += 1;
		// After the other requests of this turn of the event loop.
		setImmediate(() => void this.run());
	}

	private async run(): Promise<void> {
		for (let group = this.nextGroup(); group.length > 0; group = this.nextGroup()) {
			for (const waiting of group) this.start(waiting);
			await this.keep(group);
			for (const waiting of group) this.finish(waiting);
			// A lane that found nothing but people who were under way has ended.
			this.wake();
		}
		this.running -= 1;
	}

	private start(waiting: Waiting): void {
		this.storing.add(waiting);
		for (const person of waiting.people) this.underWay.set(person, (this.underWay.get(person) ?? 0) + 1);
	}

	private finish(waiting: Waiting): void {
		this.storing.delete(waiting);
		this.events -= waiting.messages.length;
		this.bytes -= waiting.bytes;
		for (const person of waiting.people) {
			const left = (this.underWay.get(person) ?? 1) - 1;
			if (left === 0) this.underWay.delete(person);
			else this.underWay.set(person, left);
		}
	}

	/** Those at the head of a source's queue that fit into one transaction; message ids are unique per source, so of one source. */
	private nextGroup(): Waiting[] {
		const group: Waiting[] = [];
		const rest: Waiting[] = [];
		/** Sources of which one was left waiting: so are all after it. */
		const held = new Set<string>();
		let size = 0;
		for (const waiting of this.queue) {
			const [first] = group;
			const fits = first === undefined || (waiting.source === first.source && (waiting.wanted === undefined) === (first.wanted === undefined) && size + waiting.messages.length <= GROUP);
			if (fits && !held.has(waiting.source) && !this.isUnderWay(waiting)) {
				group.push(waiting);
				size += waiting.messages.length;
			} else {
				rest.push(waiting);
				held.add(waiting.source);
			}
		}
		this.queue = rest;
		return group;
	}

	private isUnderWay({ people }: Waiting): boolean {
		if (this.underWay.size > 0) for (const person of people) if (this.underWay.has(person)) return true;
		return false;
	}

	private async keep(group: readonly Waiting[]): Promise<void> {
		const startedMs = monotonicMs();
		const messages = group.length === 1 ? (group[0]?.messages ?? []) : group.flatMap((waiting) => waiting.messages);
		try {
			const whole: Delivery = { messages, source: group[0]?.source ?? '', bytes: group.reduce((sum, { bytes }) => sum + bytes, 0) };
			// A group is handed over or is not; of one source and second, what its first knew of triggers is what all of them knew.
			const wanted = group[0]?.wanted;
			const { handover } = this;
			const report = await this.store(messages, { source: whole.source }, handover === undefined || wanted === undefined ? undefined : (tx, stored) => handover.putIn(tx, wanted, whole, stored));
			answer(group, report);
			this.eventsPerMs = 0.8 * this.eventsPerMs + 0.2 * (messages.length / Math.max(0.1, monotonicMs() - startedMs));
		} catch (error) {
			// One request that the engine cannot stomach must not fail the others for ever.
			if (group.length > 1 && isOfOneRequest(error)) for (const waiting of group) await this.keep([waiting]);
			else for (const waiting of group) waiting.reject(error);
		}
	}
}

const NOBODY: ReadonlySet<string> = new Set();

/** An id is a person's whatever its kind or source: two that only look alike wait for each other, which costs nothing but a moment. */
function peopleOf({ messages }: Delivery): ReadonlySet<string> {
	const people = new Set<string>();
	for (const { profileId, userId, anonymousId, previousId, identities } of messages) {
		for (const id of [profileId, userId, anonymousId, previousId]) if (id !== undefined && id !== null) people.add(String(id));
		for (const { value } of identities ?? []) people.add(String(value));
	}
	return people;
}

function isOfOneRequest(error: unknown): boolean {
	return !isEngineError(error) || error.code === 'INTERNAL' || error.code === 'DATABASE_FAILED' || error.code === 'BAD_INPUT';
}

function answer(group: readonly Waiting[], whole: IngestReport): void {
	if (group.length === 1) return group[0]?.resolve(whole);
	let from = 0;
	for (const { messages, resolve } of group) {
		const to = from + messages.length;
		const within = (index: number): boolean => index >= from && index < to;
		const start = from;
		const rejected = whole.rejected.length === 0 ? [] : whole.rejected.filter(({ index }) => within(index)).map(({ index, reason }) => ({ index: index - start, reason }));
		const repeated = (whole.repeated ?? []).filter(within).map((index) => index - start);
		resolve({
			accepted: messages.length - rejected.length - repeated.length, duplicates: repeated.length, entered: 0,
			rejected, repeated, profiles: whole.profiles.slice(from, to),
		});
		from = to;
	}
}
