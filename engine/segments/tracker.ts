import { sql } from 'kysely';

import type { Reactions } from '../events';
import { lockProfiles } from '../profiles';
import type { Store, Tx } from '../store';
import type { KnownSegment, KnownSegments } from './known-segments';
import { updateMemberships, type Look, type Membership } from './membership';

/** What a transaction has changed about people it has locked. */
export interface ProfileChange {
	/** Those made just now: they are looked at for every segment ("never ordered" holds for them). */
	created: ReadonlySet<number>;
	/** Names of events that were stored, and whose they are. */
	events: ReadonlyMap<string, ReadonlySet<number>>;
	/** Names of attributes that changed (the first part of a path), and whose they are. */
	attributes: ReadonlyMap<string, ReadonlySet<number>>;
	/** Whether entering starts no journey: for all, or by profile. */
	historical: boolean | ((profile: number) => boolean);
}

export interface Refreshed {
	entered: Membership[];
	left: Membership[];
	/** Enrollments made because somebody entered. */
	journeyEntries: number;
}

/** Follows changes of people within the transaction that makes them. */
export interface SegmentTracker {
	/**
	 * Moves people in and out of the segments whose rule looks at something that changed, and tells the journeys who entered.
	 * The number of statements follows the number of such segments, not the number of people.
	 */
	refresh(tx: Tx, change: ProfileChange): Promise<Refreshed>;
	/**
	 * Handles people whom time alone moves, at most `limit`, in transactions of 500; answers with how many. Call it every second.
	 */
	recheckDue(limit: number): Promise<number>;
}

const BATCH = 500;

export function createTracker(deps: { store: Store; reactions: Reactions; known: KnownSegments }): SegmentTracker {
	const { store, reactions, known } = deps;

	async function move(tx: Tx, looks: readonly Look[], historical: (profile: number) => boolean): Promise<Refreshed> {
		const { entered, left } = await updateMemberships(tx, looks);
		if (entered.length === 0) return { entered, left, journeyEntries: 0 };
		const entries = entered.map(({ segment, profile }) => ({ segment, profile, historical: historical(profile) }));
		const reaction = await reactions.segmentsEntered(tx, entries);
		return { entered, left, journeyEntries: reaction.entered };
	}

	async function recheckBatch(limit: number): Promise<number> {
		return store.tx('recheck', async (tx) => {
			const due = await tx.all(
				sql<Membership>`select segment, profile from segment_recheck where due_at <= ${tx.nowMs} order by due_at, profile limit ${sql.lit(limit)}`,
			);
			if (due.length === 0) return 0;
			// Another process may do the same people: it waits here, then finds nothing left to change.
			await lockProfiles(tx, [...new Set(due.map((row) => row.profile))]);
			const segments = new Map((await known.forChange(tx)).map((segment) => [segment.id, segment]));
			const looks = new Map<number, { segment: KnownSegment; profiles: number[] }>();
			for (const { segment: id, profile } of due) {
				const segment = segments.get(id);
				if (segment === undefined) continue;
				const look = looks.get(id);
				if (look === undefined) looks.set(id, { segment, profiles: [profile] });
				else look.profiles.push(profile);
			}
			await move(tx, [...looks.values()], () => false);
			return due.length;
		});
	}

	return {
		refresh: async (tx, change) => {
			if (change.created.size + change.events.size + change.attributes.size === 0) return { entered: [], left: [], journeyEntries: 0 };
			const looks = (await known.forChange(tx)).map((segment) => ({ segment, profiles: concerned(segment, change) }));
			const { historical } = change;
			return move(tx, looks, typeof historical === 'boolean' ? () => historical : historical);
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

/** Whose answer the change may have changed. */
function concerned(segment: KnownSegment, change: ProfileChange): number[] {
	const people = new Set(change.created);
	for (const [names, changed] of [[segment.reach.events, change.events], [segment.reach.attributes, change.attributes]] as const) {
		for (const name of names) for (const profile of changed.get(name) ?? []) people.add(profile);
	}
	return [...people];
}
