import { sql } from 'kysely';

import type { Reactions } from '../events';
import type { ConsentStep } from '../consent/types';
import { lockProfiles, type AttributeStep } from '../profiles';
import type { Store, Tx } from '../store';
import { wasBrought } from './brought';
import type { KnownSegment, KnownSegments } from './known-segments';
import { updateMemberships, type Look, type Membership, type Moved } from './membership';
import type { AskTotals } from './totals';
import type { SegmentChange } from './types';

/** What a transaction has changed about people it has locked. */
export interface ProfileChange {
	/** Those made just now: they are looked at for every segment ("never ordered" holds for them). */
	created: ReadonlySet<number>;
	/** Names of events that were stored, and whose they are. */
	events: ReadonlyMap<string, ReadonlySet<number>>;
	/** Names of attributes that changed (the first part of a path), and whose they are. */
	attributes: ReadonlyMap<string, ReadonlySet<number>>;
	/** The same changes with their values, for journeys that start by them. A merge and an undone import change no value in this sense: nobody has done anything. */
	steps?: readonly AttributeStep[];
	/** Looked at for every segment: after a merge or unmerge. */
	looked?: ReadonlySet<number>;
	/** Score model -> whose score, grade or bucket changed. Whose stage changed may stand under any model, '' included. */
	scores?: ReadonlyMap<string, ReadonlySet<number>>;
	/** Whose consent, or whose do-not-sell, changed. */
	consents?: ReadonlySet<number>;
	/** What they said of a channel or topic before, and what they say now. */
	consentSteps?: readonly ConsentStep[];
	/** List -> who was added or removed. */
	lists?: ReadonlyMap<string, ReadonlySet<number>>;
	/** Whose messages changed their state, or were opened, clicked, delivered, bounced. */
	messages?: ReadonlySet<number>;
	/** Messages that have just been sent and may be answered: by an open, a click. */
	sent?: readonly string[];
	/** Whose groups (accounts), or an attribute of one of them, changed. */
	groups?: ReadonlySet<number>;
	/** Whether entering starts no journey: for all, or by profile. */
	historical: boolean | ((profile: number) => boolean);
}

export interface Refreshed {
	entered: Membership[];
	left: Membership[];
	/** Enrollments made because somebody entered or left. */
	journeyEntries: number;
}

/** Follows changes of people within the transaction that makes them. */
export interface SegmentTracker {
	/**
	 * Moves people in and out of the segments whose rule looks at something that changed, and tells the journeys who entered and left.
	 * The number of statements follows the number of such segments, not the number of people.
	 */
	refresh(tx: Tx, change: ProfileChange): Promise<Refreshed>;
	/**
	 * Handles people whom time alone moves, at most `limit`, in transactions of 500; answers with how many. Call it every second.
	 */
	recheckDue(limit: number): Promise<number>;
}

const BATCH = 500;
export const NO_CHANGE: ProfileChange = { created: new Set(), events: new Map(), attributes: new Map(), historical: false };

export interface Mover {
	/** Looks at whom `concerned` names for each segment, in dependency order: who enters or leaves one is looked at in those that refer to it. */
	follow(tx: Tx, concerned: (segment: KnownSegment) => Iterable<number>, moved: Moved, why: SegmentChange['why'], historical: (profile: number) => boolean): Promise<Refreshed>;
}

/** Moves people and tells the journeys: shared by changes of people, by time, by rebuilds and by lists. */
export function createMover({ reactions, known, totals }: { reactions: Reactions; known: KnownSegments; totals: AskTotals }): Mover {
	return {
		follow: async (tx, concerned, moved, why, historical) => {
			const all: Moved = { entered: [...moved.entered], left: [...moved.left] };
			const segments = await known.forChange(tx);
			const byId = new Map(segments.map((segment) => [segment.id, segment.name]));
			const movedIn = new Map<string, Set<number>>();
			note(movedIn, byId, moved);
			for (let at = 0; at < segments.length; ) {
				const level = segments[at]?.level ?? 0;
				const looks: Look[] = [];
				for (; segments[at]?.level === level; at += 1) {
					const segment = segments[at];
					if (segment === undefined) break;
					const people = new Set(concerned(segment));
					for (const name of segment.reach.segments) for (const profile of movedIn.get(name) ?? []) people.add(profile);
					if (people.size > 0) looks.push({ segment, profiles: [...people] });
				}
				if (looks.length === 0) continue;
				const step = await updateMemberships(tx, totals, looks, why);
				note(movedIn, byId, step);
				all.entered.push(...step.entered);
				all.left.push(...step.left);
			}
			return { ...all, journeyEntries: await tell(tx, reactions, all, historical) };
		},
	};
}

function note(movedIn: Map<string, Set<number>>, names: ReadonlyMap<number, string>, { entered, left }: Moved): void {
	for (const { segment, profile } of [...entered, ...left]) {
		const name = names.get(segment);
		if (name === undefined) continue;
		const whom = movedIn.get(name);
		if (whom === undefined) movedIn.set(name, new Set([profile]));
		else whom.add(profile);
	}
}

async function tell(tx: Tx, reactions: Reactions, { entered, left }: Moved, historical: (profile: number) => boolean): Promise<number> {
	const told = (list: readonly Membership[]) => list.map(({ segment, profile }) => ({ segment, profile, historical: historical(profile) || wasBrought(tx, { segment, profile }) }));
	let entries = 0;
	if (left.length + entered.length > 0) await reactions.segmentsMoving?.(tx, [...left, ...entered].map(({ profile }) => profile));
	if (left.length > 0) entries += (await reactions.segmentsLeft(tx, told(left))).entered;
	if (entered.length > 0) entries += (await reactions.segmentsEntered(tx, told(entered))).entered;
	return entries;
}

export function createTracker(deps: { store: Store; known: KnownSegments; mover: Mover }): SegmentTracker {
	const { store, mover } = deps;

	async function recheckBatch(limit: number): Promise<number> {
		return store.tx('recheck', async (tx) => {
			const due = await tx.all(
				sql<Membership>`select segment, profile from segment_recheck where due_at <= ${tx.nowMs} order by due_at, profile limit ${sql.lit(limit)}`,
			);
			if (due.length === 0) return 0;
			// Another process may do the same people: it waits here, then finds nothing left to change.
			await lockProfiles(tx, new Set(due.map((row) => row.profile)));
			const whom = new Map<number, number[]>();
			for (const { segment, profile } of due) {
				const people = whom.get(segment);
				if (people === undefined) whom.set(segment, [profile]);
				else people.push(profile);
			}
			const looked = new Set<number>();
			await mover.follow(tx, (segment) => {
				looked.add(segment.id);
				return whom.get(segment.id) ?? [];
			}, { entered: [], left: [] }, 'time', () => false);
			// Of segments that are gone.
			const stray = [...whom.keys()].filter((id) => !looked.has(id));
			if (stray.length > 0) await tx.run(sql`delete from segment_recheck where ${tx.dialect.anyOf(sql.ref('segment'), stray)}`);
			return due.length;
		});
	}

	return {
		refresh: async (tx, change) => {
			if (isNothing(change)) return { entered: [], left: [], journeyEntries: 0 };
			const { historical } = change;
			return mover.follow(tx, (segment) => concerned(segment, change), { entered: [], left: [] }, 'change', typeof historical === 'boolean' ? () => historical : historical);
		},
		recheckDue: async (limit) => {
			let handled = 0;
			while (handled < limit) {
				// Looked up by a reader first: asking every second must not take the writer's turn when nothing is due.
				const due = await store.read((reader) => reader.first(sql`select 1 as due from segment_recheck where due_at <= ${reader.nowMs} limit 1`));
				if (due === undefined) break;
				const count = await recheckBatch(Math.min(BATCH, limit - handled));
				if (count === 0) break;
				handled += count;
			}
			return handled;
		},
	};
}

function isNothing(change: ProfileChange): boolean {
	const { created, events, attributes, looked, scores, consents, lists, messages, groups } = change;
	return [created, events, attributes, looked, scores, consents, lists, messages, groups].every((part) => (part?.size ?? 0) === 0);
}

/** Whose answer the change may have changed. */
function concerned(segment: KnownSegment, change: ProfileChange): Set<number> {
	const { reach } = segment;
	const people = new Set(change.created);
	const add = (whom: ReadonlySet<number> | undefined): void => {
		for (const profile of whom ?? []) people.add(profile);
	};
	add(change.looked);
	for (const name of reach.events) add(change.events.get(name));
	for (const name of reach.attributes) add(change.attributes.get(name));
	for (const name of reach.lists) add(change.lists?.get(name));
	if (reach.scores.has('')) for (const whom of change.scores?.values() ?? []) add(whom);
	else for (const name of reach.scores) add(change.scores?.get(name));
	if (reach.consents) add(change.consents);
	if (reach.messages) add(change.messages);
	if (reach.groups) add(change.groups);
	return people;
}
