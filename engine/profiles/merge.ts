import { sql } from 'kysely';

import type { JsonObject, JsonValue } from '../kernel';
import type { Tx } from '../store';
import { lastEventNos } from './event-number';
import type { Merge, PersonKeeper } from './keeper';
import { leftOutIn, profilesKeeper } from './own-keeper';

/** What the audit log is told; the log itself is another domain's. */
export type AuditWriter = (tx: Tx, entries: ReadonlyArray<{ action: string; who: string; profile?: number; count?: number; detail?: JsonObject; call?: AuditCall }>) => Promise<void>;

/**
 * One call of many transactions has one entry: written with the first that changes something, and brought up to date with each that follows,
 * so that a call that breaks off is in the log with what it did. `{ entry: null }` to begin with.
 */
export interface AuditCall {
	/** Its id, once that transaction is committed. */
	entry: number | null;
}

/** What makes one person of several profiles. */
export interface Merging {
	/** Of every domain that keeps something under a profile's id, events before journeys; the profiles' own is always the last. */
	keepers: readonly PersonKeeper[];
	audit?: AuditWriter;
}

export interface MergeRequest {
	into: number;
	from: number;
	/** The kind of identity that showed it, or 'manual'. */
	reason: string;
}

/**
 * Makes one person of several: everything that keepers hold moves, the profile that goes is deleted and its id becomes an alias.
 * The caller has locked the profiles in id order and has made sure that no two user ids meet; `into` of one request is never
 * `from` of another. The statements of each keeper that can take all merges at once are constant. Answers, by request, with the names
 * of the attributes that the one who stays has no room for (room.ts).
 */
export async function mergeProfiles(tx: Tx, { keepers, audit }: Merging, requests: readonly MergeRequest[], actor: string): Promise<string[][]> {
	if (requests.length === 0) return [];
	const merges = await withOffsets(tx, requests);
	const undo: JsonObject[] = merges.map(() => ({}));
	// The profiles themselves last: the others may still look at the rows.
	for (const keeper of [...keepers.filter((one) => one !== profilesKeeper), profilesKeeper]) {
		const answers = await takeAll(tx, keeper, merges);
		answers.forEach((answer, n) => Object.assign(undo[n] ?? {}, { [keeper.name]: answer }));
	}
	// In order: the last of them is the one that can be taken back.
	const leftOut = undo.map((one) => leftOutIn(one[profilesKeeper.name]));
	const rows = merges.map(({ into, from, eventNoOffset }, n) => ({ into, from, off: eventNoOffset, reason: requests[n]?.reason ?? '', undo: undo[n] ?? {}, left: leftOut[n] ?? [], n }));
	await tx.run(sql`insert into profile_merge (into_profile, from_profile, event_no_offset, reason, actor, merged_at, undo, left_out)
		select r."into", r."from", r.off, r.reason, ${actor}, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}), r.undo, r."left"
		from ${tx.dialect.rows(rows, { into: 'integer', from: 'integer', off: 'integer', reason: 'text', undo: 'json', left: 'json', n: 'integer' }, 'r')} order by r.n`);
	await audit?.(tx, requests.map(({ into, from, reason }, n) => ({ action: 'profiles.merge', who: actor, profile: into, detail: { from, reason, ...told(leftOut[n] ?? []) } })));
	return leftOut;
}

/** The history has all of them. */
const MOST_TOLD = 50;

function told(leftOut: readonly string[]): JsonObject {
	return leftOut.length === 0 ? {} : { leftOut: leftOut.slice(0, MOST_TOLD), leftOutCount: leftOut.length };
}

async function takeAll(tx: Tx, keeper: PersonKeeper, merges: readonly Merge[]): Promise<JsonValue[]> {
	if (keeper.mergeAll !== undefined) return await keeper.mergeAll(tx, merges);
	const answers: JsonValue[] = [];
	for (const merge of merges) answers.push(await keeper.merge(tx, merge));
	return answers;
}

/** Events of `from` follow those of `into`, and of those merged into it before. */
async function withOffsets(tx: Tx, requests: readonly MergeRequest[]): Promise<Merge[]> {
	const numbers = await lastEventNos(tx, new Set(requests.flatMap(({ into, from }) => [into, from])));
	return requests.map(({ into, from }): Merge => {
		const [eventNoOffset, lastEventNo] = [numbers.get(into) ?? 0, numbers.get(from) ?? 0];
		numbers.set(into, eventNoOffset + lastEventNo);
		return { into, from, eventNoOffset, lastEventNo };
	});
}
