import { sql } from 'kysely';

import type { StepRef } from '../../journeys/types';
import type { Reader, Tx } from '../../store';

/** As journeys/serve.ts takes a step for unserved. */
const UNPUBLISHED_AFTER_MS = 5 * 60_000;

export async function noteUse(tx: Tx, step: StepRef, key: string | null): Promise<void> {
	if (key === null) await tx.run(sql`delete from template_use where workflow = ${step.workflow} and step = ${step.step}`);
	else {
		await tx.run(sql`insert into template_use (workflow, step, key, at) values (${step.workflow}, ${step.step}, ${key}, ${tx.nowMs})
			on conflict (workflow, step) do update set key = excluded.key, at = excluded.at`);
	}
}

/** Published steps that send it, in words. What nobody has published for a while is none; a key that an item brings is known to no one: then people wait there. */
export async function usersOf(reader: Reader, key: string): Promise<string[]> {
	const rows = await reader.all(sql<{ workflow: string; step: string; name: string | null }>`select u.workflow, u.step, s.name from template_use u left join step s on s.workflow = u.workflow and s.step = u.step
		where u.key = ${key} and ((select coalesce(max(b.updated_at), 0) from setting b where b.key = 'leader_beat') - s.beat_at <= ${sql.lit(UNPUBLISHED_AFTER_MS)} or ${reader.nowMs} - u.at <= ${sql.lit(UNPUBLISHED_AFTER_MS)})
		order by u.workflow, u.step`);
	return rows.map(({ workflow, step, name }) => `the step "${name ?? step}" of the workflow ${workflow}`);
}
