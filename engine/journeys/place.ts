import { sql, type RawBuilder } from 'kysely';

import { shortId } from '../kernel';
import type { Reader, Tx } from '../store';

/*
 * A step, in the rows of people: 8 characters in place of n8n's ids (16 of a workflow, 36 of a node), which stood in each person's token and in the index of
 * due times, and twice more in the id of the journey. With them a parked contact took 720 bytes of disk, now half of it. `step.place` leads back.
 */

const known = new Map<string, string>();
const MOST_REMEMBERED = 10_000;

/** What a token's `place` says; of a trigger it is also the journey's id. */
export function placeOf({ workflow, step }: { workflow: string; step: string }): string {
	const key = `${workflow} ${step}`;
	const remembered = known.get(key);
	if (remembered !== undefined) return remembered;
	if (known.size >= MOST_REMEMBERED) known.clear();
	const place = shortId('place', workflow, step);
	known.set(key, place);
	return place;
}

/** The places of a workflow's steps; of all that have the name or node id `step`, where it is given. For `in ${...}`. */
export function placesOf(workflow: string, step?: string): RawBuilder<unknown> {
	return sql`(select s.place from step s where s.workflow = ${workflow} ${step === undefined ? sql`` : sql`and (s.step = ${step} or s.name = ${step})`})`;
}

/** Tells the pumps of these places that somebody is due there. One statement, none where there are none. */
export async function wakePlaces(tx: Tx, rows: ReadonlyArray<{ place: string }>): Promise<void> {
	for (const { workflow, step } of (await stepsAt(tx, rows)).values()) tx.wake(workflow, step);
}

/** The steps at these places, by place. */
export async function stepsAt(reader: Reader, rows: ReadonlyArray<{ place: string }>): Promise<Map<string, { workflow: string; step: string; type: string }>> {
	if (rows.length === 0) return new Map();
	const steps = await reader.all<{ place: string; workflow: string; step: string; type: string }>(sql<{ place: string; workflow: string; step: string; type: string }>`select place, workflow, step, type from step
		where ${reader.dialect.anyOf(sql`place`, [...new Set(rows.map(({ place }) => place))])}`);
	return new Map(steps.map(({ place, ...step }) => [place, step]));
}
