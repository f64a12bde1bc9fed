import { sql } from 'kysely';

import type { JsonObject } from '../../kernel';
import type { Tx } from '../../store';
import { enterMembers } from '../enter';
import type { Listening } from '../react';

/** What brought a person in, in the form of an event, so that an item and a template read both alike. */
export interface EntryData {
	name: string;
	properties: JsonObject;
	/** Handed over by whoever enrolled them: it travels whether or not the journey carries its entry event. */
	given?: true;
	/** The run of a broadcast goes by it, whether or not it travels. */
	kept?: true;
}

export interface Entrant {
	profile: number;
	data?: EntryData;
}

/**
 * Lets people in by the one way in (enter.ts), each once, and keeps what brought them in where it is to travel. Answers with the enrollments
 * of those who entered, by profile; the others are recorded as refused. `cause` names the occasion. The profiles are locked.
 */
export async function enterWith(tx: Tx, journey: Listening, entrants: readonly Entrant[], cause: string): Promise<Map<number, number>> {
	if (entrants.length === 0) return new Map();
	const profiles = entrants.map(({ profile }) => profile);
	// The newest number of all tells one occasion of a person from the next, also two of the same millisecond; since the people are locked, what is above it is this call's.
	const last = (await tx.first(sql<{ last: number | null }>`select max(id) as last from enrollment`))?.last ?? 0;
	if ((await enterMembers(tx, [journey], profiles, `${cause}:${last}`)) === 0) return new Map();
	const rows = await tx.all(sql<{ id: number; profile: number }>`select id, profile from enrollment where journey = ${journey.id} and id > ${last} and ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	const entered = new Map(rows.map(({ id, profile }) => [profile, id]));
	const kept = entrants.flatMap(({ profile, data }) => {
		const id = entered.get(profile);
		return id === undefined || data === undefined || !(journey.config.carryEvent || data.given === true || data.kept === true) ? [] : [{ id, data }];
	});
	if (kept.length > 0) await tx.run(sql`update enrollment set entered_by = r.data from ${tx.dialect.rows(kept, { id: 'integer', data: 'json' }, 'r')} where enrollment.id = r.id`);
	return entered;
}

/** The first occasion of everybody, the second of those who have one, and so on: enterWith takes each person once. */
export function inRounds<One extends { profile: number }>(occasions: readonly One[]): One[][] {
	const rounds: One[][] = [];
	const counts = new Map<number, number>();
	for (const one of occasions) {
		const round = counts.get(one.profile) ?? 0;
		counts.set(one.profile, round + 1);
		(rounds[round] ??= []).push(one);
	}
	return rounds;
}
