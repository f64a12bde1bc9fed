import { setImmediate as nextTurn } from 'node:timers/promises';

import { sql } from 'kysely';

import type { Store } from '../store';
import type { AttributionSettings } from '../settings';
import { creditsOf, divide, weightsOf } from './models';
import { reachedPage, type Among, type Converting, type Cursor, type Reached, type Stretch } from './reached';
import { touchesOf, type Touch } from './touches';

/** People a read looks at, and conversions whose touches are in memory at once. */
const PEOPLE = 1000;
const CONVERSIONS = 500;
const DAY_MS = 86_400_000;

export interface Question {
	converting: Converting;
	rules: AttributionSettings;
	stretch: Stretch;
	/** Of what names none. */
	currency: string;
}

/** A touch with its part of the conversion, in millionths both. */
export interface Credit {
	touch: Touch;
	credit: bigint;
	value: bigint;
}

export type Hear = (conversion: Reached, credits: readonly Credit[]) => void;

/**
 * Tells each conversion with whom it is credited to, person after person, so that whoever counts people need not remember them. By people, not by time: no index leads from
 * an event's name to all who did it, and keeping one would cost each event that comes in more than a question now and then.
 */
export async function walk(store: Store, question: Question, hear: Hear): Promise<void> {
	await forEachSlice(store, (slice) => walkAmong(store, question, slice, hear));
}

/** Slices of everybody, in the order of ids. */
export async function forEachSlice(store: Store, look: (slice: { after: number; upTo: number }) => Promise<void>): Promise<void> {
	for (let after = 0; ;) {
		const slice = await store.read((reader) => reader.first<{ up_to: number | null }>(sql<{ up_to: number | null }>`select max(id) as up_to from (select id from profile where id > ${after} order by id limit ${sql.lit(PEOPLE)}) as p`));
		if (slice === undefined || slice.up_to === null) return;
		const upTo = Number(slice.up_to);
		await look({ after, upTo });
		// SQLite answers at once: without it nobody else would have a turn until the end.
		await nextTurn();
		after = upTo;
	}
}

export async function walkAmong(store: Store, question: Question, among: Among, hear: Hear): Promise<void> {
	let from: Cursor | null = null;
	do {
		const start: Cursor | null = from;
		const { page, touches } = await store.read(async (reader) => {
			const found = await reachedPage(reader, question.converting, among, question.stretch, start, CONVERSIONS, question.currency);
			return { page: found, touches: await touchesOf(reader, found.conversions, question.rules) };
		});
		const byConversion = new Map<number, Touch[]>();
		for (const touch of touches) byConversion.set(touch.n, [...(byConversion.get(touch.n) ?? []), touch]);
		page.conversions.forEach((conversion, n) => hear(conversion, credited(conversion, byConversion.get(n) ?? [], question.rules)));
		from = page.next;
		if (from !== null) await nextTurn();
	} while (from !== null);
}

function credited(conversion: Reached, touches: readonly Touch[], { model, halfLifeDays }: AttributionSettings): Credit[] {
	// What takes back is no work of a message.
	if (conversion.refunded || conversion.value < 0n) return [];
	const weights = weightsOf(model, touches.map(({ at }) => at), halfLifeDays * DAY_MS);
	const credits = creditsOf(weights);
	const values = divide(conversion.value, weights);
	return touches.map((touch, n) => ({ touch, credit: credits[n] ?? 0n, value: values[n] ?? 0n }));
}
