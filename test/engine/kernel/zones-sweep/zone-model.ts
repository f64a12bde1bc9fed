import { IANAZone } from 'luxon';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Two years with a 29 February, and with zones that changed their minds: Kazakhstan, Greenland, Paraguay. */
export const SWEEP = { fromMs: Date.UTC(2023, 6, 1), untilMs: Date.UTC(2025, 6, 1) };

/** From one change of a zone's clocks to the next. */
export interface Stretch {
	fromMs: number;
	untilMs: number;
	offsetMs: number;
}

/** A time on the wall. Days are counted from 1970-01-01. */
export interface WallTime {
	day: number;
	minutes: number;
}

/**
 * The rules of local times, written a second time and otherwise: the engine asks luxon for offsets around the wanted time and tries;
 * here all stretches between two changes of the clocks are known beforehand, from Intl's long offsets, and the answer is read off them.
 */
export class ZoneModel {
	readonly stretches: readonly Stretch[];
	/** Instants at which the clocks change. */
	readonly changes: readonly number[];

	/** Knows the zone from two weeks before to `beyondMs` after the sweep. */
	constructor(readonly zone: string, beyondMs = 14 * DAY_MS) {
		this.stretches = stretchesOf(zone, SWEEP.fromMs - 14 * DAY_MS, SWEEP.untilMs + beyondMs);
		this.changes = this.stretches.slice(1).map(({ fromMs }) => fromMs);
	}


	/** undefined: the model does not reach so far. */
	stretchAt(atMs: number): Stretch | undefined {
		// Asked for instants that follow each other: mostly the one of before.
		const last = this.stretches[this.last];
		if (last !== undefined && last.fromMs <= atMs && atMs < last.untilMs) return last;
		this.last = this.stretches.findIndex(({ fromMs, untilMs }) => fromMs <= atMs && atMs < untilMs);
		return this.stretches[this.last];
	}

	private last = 0;

	wallAt(atMs: number): WallTime {
		const local = atMs + (this.stretchAt(atMs)?.offsetMs ?? 0);
		const day = Math.floor(local / DAY_MS);
		return { day, minutes: Math.floor((local - day * DAY_MS) / MINUTE_MS) };
	}

	/** The first instant at which the clocks show it; where they never do, the instant at which they jump over it. */
	instantOf({ day, minutes }: WallTime): number {
		const wanted = day * DAY_MS + minutes * MINUTE_MS;
		for (const { fromMs, untilMs, offsetMs } of this.stretches) {
			const at = wanted - offsetMs;
			if (at < fromMs) return fromMs;
			if (at < untilMs) return at;
		}
		throw new RangeError(`The model of ${this.zone} does not reach so far.`);
	}
}

const HALF_DAY_MS = DAY_MS / 2;

function stretchesOf(zone: string, fromMs: number, untilMs: number): Stretch[] {
	const offsetAt = offsetsOf(zone);
	const found: Stretch[] = [];
	let begin = fromMs;
	let offsetMs = offsetAt(fromMs);
	for (let at = fromMs; at < untilMs; at += HALF_DAY_MS) {
		if (offsetAt(at + HALF_DAY_MS) === offsetMs) continue;
		let [before, after] = [at, at + HALF_DAY_MS];
		while (after - before > 1) {
			const middle = Math.floor((before + after) / 2);
			if (offsetAt(middle) === offsetMs) before = middle;
			else after = middle;
		}
		found.push({ fromMs: begin, untilMs: after, offsetMs });
		[begin, offsetMs] = [after, offsetAt(after)];
	}
	return [...found, { fromMs: begin, untilMs: untilMs + DAY_MS, offsetMs }];
}

function offsetsOf(zone: string): (atMs: number) => number {
	const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
	return (atMs) => {
		const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?$/.exec(format.format(atMs)) ?? [];
		if (sign === undefined) return 0;
		return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS);
	};
}

export interface Part {
	model: ZoneModel;
	/** Its clocks do in these years what those of no zone before it do. */
	isFirst: boolean;
}

/** Every zone that this Node knows; `beyondMs`: how long after the sweep the models reach. */
export function everyZone(beyondMs?: number): Part[] {
	const known = new Set<string>();
	return Intl.supportedValuesOf('timeZone').map((zone) => {
		const model = new ZoneModel(zone, beyondMs);
		const habit = JSON.stringify(model.stretches);
		const isFirst = !known.has(habit);
		known.add(habit);
		return { model, isFirst };
	});
}

/** Hours of the sweep. */
export function* everyHour(): Generator<number> {
	for (let atMs = SWEEP.fromMs; atMs < SWEEP.untilMs; atMs += HOUR_MS) yield atMs;
}

/**
 * The 48 hours around each change of a zone's clocks, and one hour of every `days`-th other day, another from day to day and from zone
 * to zone.
 */
export function* someHours({ changes }: ZoneModel, place: number, days: number): Generator<number> {
	for (let day = 0; SWEEP.fromMs + day * DAY_MS < SWEEP.untilMs; day += 1) {
		const fromMs = SWEEP.fromMs + day * DAY_MS;
		const near = changes.filter((change) => change >= fromMs - DAY_MS && change <= fromMs + 2 * DAY_MS);
		const turn = day % days === place % days ? (day * 7 + place * 5) % 24 : null;
		if (near.length === 0) {
			if (turn !== null) yield fromMs + turn * HOUR_MS;
			continue;
		}
		for (let hour = 0; hour < 24; hour += 1) {
			const atMs = fromMs + hour * HOUR_MS;
			if (hour === turn || near.some((change) => Math.abs(atMs - change) <= DAY_MS)) yield atMs;
		}
	}
}

/** Calendar fields of a day number. */
export function calendarDay(day: number): { year: number; month: number; day: number } {
	const date = new Date(day * DAY_MS);
	return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/**
 * From here on luxon's offsets come from the models: it asks Intl for all parts of a date each time, which would make minutes of seconds.
 * That it says the same as they do is a test of its own (luxon-offsets.test.ts).
 */
export function rememberOffsets(zones: readonly Part[]): void {
	const models = new Map(zones.map(({ model }) => [model.zone, model]));
	const { prototype } = IANAZone;
	const ask = Object.getOwnPropertyDescriptor(prototype, 'offset')?.value as (this: IANAZone, atMs: number) => number;
	prototype.offset = function (this: IANAZone, atMs: number): number {
		const stretch = models.get(this.name)?.stretchAt(atMs);
		return stretch === undefined ? ask.call(this, atMs) : stretch.offsetMs / MINUTE_MS;
	};
}
