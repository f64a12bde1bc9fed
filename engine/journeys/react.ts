import { sql } from 'kysely';

import { eventMatchSql, type StoredEvent } from '../events';
import type { Tx } from '../store';
import { exitEnrollments } from './end';
import { derivedEntries, derivedEntriesSql } from './entries/by-events';
import { journeysWhere } from './entries/listening';
import { forgetAnswered } from './entries/silence';
import { enterByEvent } from './enter';
import { wakePlaces } from './place';
import { tallyEvents } from './tally';
import { countGoals, goalsBy } from './trigger-goals';
import type { JourneyConfig } from './types';
import { loadWatches } from './watch';

export interface Listening {
	id: string;
	workflow: string;
	step: string;
	entry_kind: string;
	entry_name: string;
	exit_name: string;
	beat_at: number;
	config: JourneyConfig;
}

/**
 * What new events do to journeys, in the transaction that stores them (PROTOCOL 16, 19, 20): goals, exits, awaited events, entries.
 * The profiles are locked. Each profile's events act in their order: the n-th of every profile together in one round,
 * so the number of statements follows the longest run of relevant events of one person, not the batch.
 */
export async function eventsStored(tx: Tx, events: readonly StoredEvent[]): Promise<{ entered: number }> {
	const names = [...new Set(events.map((event) => event.name))];
	const journeys = await listening(tx, events);
	const derived = await derivedEntries(tx, journeys, events);
	const goals = await goalsBy(tx, names);
	const awaited = await tx.all<{ watch: string; watch_name: string }>(sql<{ watch: string; watch_name: string }>`select distinct watch, watch_name from token
		where ${tx.dialect.anyOf(sql`profile`, [...new Set(events.map((event) => event.profile))])}
		and ${tx.dialect.anyOf(sql`watch_name`, names)} and state = 'parked' and outcome is null`);
	// A journey entered in this very batch may come to await or exit on a later event of it: entries are looked at in order too.
	const relevant = new Set([
		...awaited.map((row) => row.watch_name), ...journeys.flatMap((journey) => [journey.entry_name, journey.exit_name]), ...derived.map(({ journey }) => journey.entry_name), ...goals.map(({ goal }) => goal.match.event),
	]);
	await forgetAnswered(tx, events);
	await tallyEvents(tx, events);
	let entered = 0;
	for (const round of rounds(events.filter((event) => relevant.has(event.name)))) {
		const roundNames = new Set(round.map((event) => event.name));
		// Before exits: what a purchase ends was reached by it.
		await countGoals(tx, goals, round);
		await exitOnEvents(tx, journeys.filter((journey) => roundNames.has(journey.exit_name)), round);
		await meetWatches(tx, awaited.filter((row) => roundNames.has(row.watch_name)).map((row) => row.watch), round);
		for (const journey of journeys) {
			if (journey.entry_kind === 'event' && roundNames.has(journey.entry_name)) entered += await enterByEvent(tx, journey, round);
		}
		for (const { journey, events: starting } of derived) {
			const mine = round.filter(({ id }) => starting.has(id));
			if (mine.length > 0) entered += await enterByEvent(tx, journey, mine);
		}
	}
	return { entered };
}

async function listening(tx: Tx, events: readonly StoredEvent[]): Promise<Listening[]> {
	const names = [...new Set(events.map((event) => event.name))];
	return await journeysWhere(tx, sql`(j.entry_kind = 'event' and ${tx.dialect.anyOf(sql`j.entry_name`, names)}) or ${tx.dialect.anyOf(sql`j.exit_name`, names)} or ${derivedEntriesSql(tx, events)}`);
}

function rounds(events: readonly StoredEvent[]): StoredEvent[][] {
	const perProfile = new Map<number, number>();
	const result: StoredEvent[][] = [];
	for (const event of [...events].sort((a, b) => a.eventNo - b.eventNo)) {
		const round = perProfile.get(event.profile) ?? 0;
		perProfile.set(event.profile, round + 1);
		(result[round] ??= []).push(event);
	}
	return result;
}

async function exitOnEvents(tx: Tx, journeys: readonly Listening[], round: readonly StoredEvent[]): Promise<void> {
	for (const journey of journeys) {
		const { exitOn } = journey.config;
		if (exitOn === undefined) continue;
		const leaving = await tx.all<{ id: number }>(sql<{ id: number }>`select e.id from event ev cross join enrollment e
			where e.profile = ev.profile and e.journey = ${journey.id} and e.state = 'active' and ${tx.dialect.anyOf(sql`ev.id`, round.map((event) => event.id))}
			and ev.occurred_at >= e.started_at and (ev.enrollment is null or ev.enrollment = e.id)
			and ${eventMatchSql(tx.dialect, exitOn, 'ev')}`);
		await exitEnrollments(tx, leaving.map((row) => row.id), exitOn.event, null);
	}
}

/** PROTOCOL 16: sets outcome and due-now only where outcome is null. */
async function meetWatches(tx: Tx, ids: readonly string[], round: readonly StoredEvent[]): Promise<void> {
	if (ids.length === 0) return;
	const given = round.map((event) => event.id);
	for (const { id, match } of await loadWatches(tx, [...ids])) {
		const met = await tx.all<{ place: string }>(sql<{ place: string }>`update token set outcome = 'event', outcome_event = ev.id, due_at = ${tx.nowMs}
			from event ev, enrollment e
			where token.watch = ${id} and token.state = 'parked' and token.outcome is null and e.id = token.enrollment
			and ev.profile = token.profile and ${tx.dialect.anyOf(sql`ev.id`, given)} and ev.event_no > token.watch_from
			and ev.occurred_at >= e.started_at and (ev.enrollment is null or ev.enrollment = token.enrollment)
			and ${tx.dialect.anyOf(sql`token.profile`, round.map((event) => event.profile))} and token.watch_name = ev.name
			and ${eventMatchSql(tx.dialect, match, 'ev')}
			returning token.place`);
		await wakePlaces(tx, met);
	}
}
