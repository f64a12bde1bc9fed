import { sql } from 'kysely';

import type { StepRef } from '../../journeys/types';
import type { Reader, Tx } from '../../store';

/** As journeys/serve.ts takes a step for unserved. */
const UNPUBLISHED_AFTER_MS = 5 * 60_000;

/** In place of what it told before. */
export async function noteUse(tx: Tx, { workflow, step }: StepRef, keys: readonly string[]): Promise<void> {
	await tx.run(sql`delete from template_use where workflow = ${workflow} and step = ${step}`);
	await tx.run(sql`delete from step_template where workflow = ${workflow} and step = ${step}`);
	if (keys.length === 0) return;
	const rows = [...new Set(keys)].map((key) => ({ key }));
	await tx.run(sql`insert into step_template (workflow, step, key, at) select ${workflow}, ${step}, k.key, ${tx.nowMs} from ${tx.dialect.rows(rows, { key: 'text' }, 'k')} where true
		on conflict (workflow, step, key) do update set at = excluded.at`);
}

/** Published steps that send it, in words. What nobody has published for a while is none; a key that an item brings is known to no one: then people wait there. */
export async function usersOf(reader: Reader, key: string): Promise<string[]> {
	const rows = await reader.all(sql<{ workflow: string; step: string; name: string | null }>`select u.workflow, u.step, s.name
		from (select workflow, step, max(at) as at from (select workflow, step, at from step_template where key = ${key} union all select workflow, step, at from template_use where key = ${key}) as told group by workflow, step) as u
		left join step s on s.workflow = u.workflow and s.step = u.step
		where ((select coalesce(max(b.updated_at), 0) from setting b where b.key = 'leader_beat') - s.beat_at <= ${sql.lit(UNPUBLISHED_AFTER_MS)} or ${reader.nowMs} - u.at <= ${sql.lit(UNPUBLISHED_AFTER_MS)})
		order by u.workflow, u.step`);
	return rows.map(({ workflow, step, name }) => `the step "${name ?? step}" of the workflow ${workflow}`);
}
