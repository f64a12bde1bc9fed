import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { Reader, Store } from '../store';
import type { DrawnStep } from './types';
import { fromJsonColumn } from './watch';

const MOST_STEPS = 2000;

/** Keeps how the workflow is drawn now; nothing is written where it is drawn so already. Throws BAD_INPUT for what is far beyond a workflow. */
export async function noteDrawing(store: Store, { workflow, steps }: { workflow: string; steps: DrawnStep[] }): Promise<void> {
	if (steps.length > MOST_STEPS) throw new EngineError('BAD_INPUT', `A workflow of ${steps.length} nodes is too large to be kept for Explain.`);
	const known = await store.read((reader) => readDrawing(reader, workflow));
	if (known !== null && JSON.stringify(ordered(known)) === JSON.stringify(ordered(steps))) return;
	await store.tx('note-drawing', (tx) => tx.run(sql`insert into drawing (workflow, steps, noted_at) values (${workflow}, ${tx.dialect.json(steps)}, ${tx.nowMs})
		on conflict (workflow) do update set steps = excluded.steps, noted_at = excluded.noted_at`));
}

/** null: this workflow has not been seen since drawings are kept. */
export async function readDrawing(reader: Reader, workflow: string): Promise<DrawnStep[] | null> {
	const row = await reader.first(sql<{ steps: DrawnStep[] | string }>`select steps from drawing where workflow = ${workflow}`);
	return row === undefined ? null : fromJsonColumn<DrawnStep[]>(row.steps);
}

/** PostgreSQL gives objects back with their keys in an order of its own. */
function ordered(steps: readonly DrawnStep[]): unknown[] {
	return steps.map(({ step, name, sends, to }) => [step, name, sends, to]);
}
