import { sql } from 'kysely';

import type { Reader, Tx } from '../../store';

/**
 * How long people stand at a step before they go on, as a histogram a step: eight buckets to each doubling, so a bucket's upper end is
 * 9 % above its lower one, and what is reported is the mean of those in it: exact where all stayed equally long (a wait of two hours),
 * within 9 % otherwise. About 300 rows a step at most, from a millisecond to years. Counted in the transaction in which they leave.
 *
 * Only people who went on are counted: who was taken out by an exit, a goal or an erasure says nothing about the step, and a virtual
 * clock's days last seconds.
 */
const BUCKETS_A_DOUBLING = 8;

interface Stay {
	/** Of the token (engine/journeys/place.ts). */
	place: string;
	ms: number;
}

interface TimeInStep {
	/** Who went on so far. */
	people: number;
	medianMs: number;
	/** Nine of ten were faster. */
	p90Ms: number;
}

export function bucketOf(ms: number): number {
	return ms < 1 ? 0 : 1 + Math.floor(BUCKETS_A_DOUBLING * Math.log2(ms));
}

/** One statement for any number of people. Rows in order: two workers that settle at once must not wait for each other in a circle. */
export async function countStays(tx: Tx, stays: readonly Stay[]): Promise<void> {
	const cells = new Map<string, { place: string; bucket: number; people: number; total_ms: number }>();
	for (const { place, ms } of stays) {
		const stayed = Math.max(0, Math.round(ms));
		const bucket = bucketOf(stayed);
		const key = `${place} ${bucket}`;
		const cell = cells.get(key);
		if (cell === undefined) cells.set(key, { place, bucket, people: 1, total_ms: stayed });
		else {
			cell.people += 1;
			cell.total_ms += stayed;
		}
	}
	if (cells.size === 0) return;
	const rows = [...cells].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell);
	await tx.run(sql`insert into step_time (workflow, step, bucket, people, total_ms) select s.workflow, s.step, r.bucket, r.people, r.total_ms
		from ${tx.dialect.rows(rows, { place: 'text', bucket: 'integer', people: 'integer', total_ms: 'integer' }, 'r')} join step s on s.place = r.place order by s.place, r.bucket
		on conflict (workflow, step, bucket) do update set people = step_time.people + excluded.people, total_ms = step_time.total_ms + excluded.total_ms`);
}

/** By `workflow step`; a step where nobody has gone on from is missing. */
export async function timesInSteps(reader: Reader, filter: { workflow?: string }): Promise<Map<string, TimeInStep>> {
	const rows = await reader.all<Cell & { workflow: string; step: string }>(sql<Cell & { workflow: string; step: string }>`select workflow, step, people, total_ms from step_time
		where ${filter.workflow === undefined ? sql`1 = 1` : sql`workflow = ${filter.workflow}`} order by workflow, step, bucket`);
	const histograms = new Map<string, Cell[]>();
	for (const { workflow, step, people, total_ms } of rows) {
		const key = stepKey({ workflow, step });
		histograms.set(key, [...(histograms.get(key) ?? []), { people: Number(people), total_ms: Number(total_ms) }]);
	}
	return new Map([...histograms].map(([key, cells]) => [key, summary(cells)]));
}

export function stepKey({ workflow, step }: { workflow: string; step: string }): string {
	return JSON.stringify([workflow, step]);
}

interface Cell {
	people: number;
	total_ms: number;
}

function summary(cells: readonly Cell[]): TimeInStep {
	const people = cells.reduce((sum, cell) => sum + cell.people, 0);
	return { people, medianMs: quantile(cells, people * 0.5), p90Ms: quantile(cells, people * 0.9) };
}

/** The mean of the bucket in which the person of this rank is. */
function quantile(cells: readonly Cell[], rank: number): number {
	let below = 0;
	for (const cell of cells) {
		below += cell.people;
		if (below >= rank) return Math.round(cell.total_ms / cell.people);
	}
	return 0;
}
