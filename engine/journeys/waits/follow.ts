import { sql } from 'kysely';

import type { Reactions } from '../../events';
import { ZONE_FROM } from '../../profiles';
import type { ProfileChange, SegmentTracker } from '../../segments';
import type { Reader, Tx } from '../../store';
import { wakePlaces } from '../place';
import { dueTimes } from './due';
import { noteLateChange } from './late';
import { loadRules, meetHappenings, segmentsMoved } from './meet';
import type { WaitTime } from './types';
import { waitersOf } from './waiters';

/** Where nobody says where they are. */
type Zone = (reader: Reader) => Promise<string>;

/** What segments and lists do to waits, besides to entries; in the transaction that moves people. */
export function withWaits(reactions: Reactions): Reactions {
	return {
		eventsStored: reactions.eventsStored,
		segmentsMoving: async (tx, profiles) => {
			await noteLateChange(tx, profiles);
			await reactions.segmentsMoving?.(tx, profiles);
		},
		segmentsEntered: async (tx, entries) => {
			await segmentsMoved(tx, entries, 'entered');
			return await reactions.segmentsEntered(tx, entries);
		},
		segmentsLeft: async (tx, entries) => {
			await segmentsMoved(tx, entries, 'left');
			return await reactions.segmentsLeft(tx, entries);
		},
	};
}

/** Whoever changes people tells waits through here as well, in the transaction of the change. The profiles are locked. */
export function heardByWaits(tracker: SegmentTracker, zone: Zone): SegmentTracker {
	return {
		recheckDue: (limit) => tracker.recheckDue(limit),
		refresh: async (tx, change) => {
			// Before the segments that follow from it, whose people are some of these: locked in two goes, they would be in no order.
			await noteLateChange(tx, [...(change.consents ?? []), ...(change.messages ?? [])]);
			const refreshed = await tracker.refresh(tx, change);
			await followPeople(tx, change, zone);
			return refreshed;
		},
	};
}

async function followPeople(tx: Tx, { attributes, consents, messages, looked }: ProfileChange, zone: Zone): Promise<void> {
	if (consents !== undefined && consents.size > 0) await meetHappenings(tx, [...consents], ['consent'], sql`${tx.nowMs}`);
	if (messages !== undefined && messages.size > 0) await meetHappenings(tx, [...messages], ['message'], sql`${tx.nowMs}`);
	if (attributes.size > 0) {
		const people = new Set([...attributes.values()].flatMap((whom) => [...whom]));
		const zones = new Set([...attributes].flatMap(([name, whom]) => (ZONE_FROM.has(name) ? [...whom] : [])));
		await followDates(tx, [...people], (attribute, profile) => attributes.get(attribute.split('.')[0] ?? attribute)?.has(profile) === true || zones.has(profile), zone);
	}
	if (looked !== undefined && looked.size > 0) {
		// Two became one, or one two: what the other half did since the park counts, and the attributes may be others.
		await meetHappenings(tx, [...looked], ['segment', 'consent', 'message'], sql`token.parked_at`);
		await followDates(tx, [...looked], () => true, zone);
	}
}

interface FollowedRow {
	id: string;
	profile: number;
	awaits_key: string;
	awaits_rule: string;
	place: string;
	due_at: number;
}

/**
 * Who waits for a date among their attributes gets the due time that it says now. Whoever is due already stays so: were n8n down for a while, a look at an
 * anniversary that is over would put them off for a year. One statement where nobody waits so, else three and one a different wait.
 */
async function followDates(tx: Tx, profiles: readonly number[], concerns: (attribute: string, profile: number) => boolean, zone: Zone): Promise<void> {
	const rows = await tx.all(sql<FollowedRow>`select id, profile, awaits_key, awaits_rule, place, due_at from token
		where ${tx.dialect.anyOf(sql`profile`, profiles)} and awaits = 'attribute' and state = 'parked' and outcome is null and due_at > ${tx.nowMs} order by id ${tx.dialect.forUpdate}`);
	const followed = rows.filter((row) => concerns(row.awaits_key, row.profile));
	if (followed.length === 0) return;
	const fallback = await zone(tx);
	const waiters = await waitersOf(tx, followed.map(({ id }) => id), fallback);
	const moved: Array<{ id: string; due_at: number; outcome: string | null; reason: string | null }> = [];
	for (const [id, rule] of await loadRules<WaitTime>(tx, followed.map((row) => row.awaits_rule))) {
		const here = followed.flatMap((row) => {
			const waiter = waiters.get(row.id);
			return row.awaits_rule === id && waiter !== undefined ? [{ row, waiter }] : [];
		});
		const dues = await dueTimes(tx, rule, here, { zone: fallback, segment: null });
		here.forEach(({ row }, n) => {
			const due = dues[n] ?? null;
			if (due !== null) moved.push({ id: row.id, due_at: due.dueAtMs, outcome: due.outcome ?? null, reason: due.reason ?? null });
		});
	}
	await tx.run(sql`update token set due_at = r.due_at, outcome = r.outcome, reason = r.reason, planned_at = case when token.late_after is null then null else r.due_at end
		from ${tx.dialect.rows(moved, { id: 'text', due_at: 'integer', outcome: 'text', reason: 'text' }, 'r')} where token.id = r.id`);
	// Also for a later time: the step's pump sleeps until the one that it knows.
	await wakePlaces(tx, followed);
}
