import { sql } from 'kysely';

import type { JsonObject } from '../../kernel';
import type { Tx } from '../../store';
import { admit } from '../admission/admit';
import type { Refused } from '../admission/refuse';
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

interface Entrant {
	profile: number;
	data?: EntryData;
}

/**
 * Lets people in by the one way in (admission/admit.ts), each once, and keeps what brought them in where it is to travel. Answers with the enrollments
 * of those who entered, by profile; the others are recorded as refused, and added to `refused`. `cause` names the occasion. The profiles are locked.
 */
export async function enterWith(tx: Tx, journey: Listening, entrants: readonly Entrant[], cause: string, refused: Refused[] = []): Promise<Map<number, number>> {
	if (entrants.length === 0) return new Map();
	// The newest number of all tells one occasion of a person from the next, also two of the same millisecond.
	const last = (await tx.first(sql<{ last: number | null }>`select max(id) as last from enrollment`))?.last ?? 0;
	const admitted = await admit(tx, journey, entrants.map(({ profile }) => ({ profile, occurredAtMs: tx.nowMs, occasion: `${cause}:${last}` })), refused);
	const entered = new Map(admitted.map(({ enrollment, profile }) => [profile, enrollment]));
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
