import { sql } from 'kysely';

import { UNSERVED_AFTER_MS } from '../journeys';
import type { Tx } from '../store';

/** Whoever is due for less is on their way. */
const DUE_FOR_MS = 60_000;
/** No pump asks for more. Later leases are of those inside foreign waits, of whom there may be any number. */
const LONGEST_LEASE_MS = 10 * 60_000;

export interface StillStep {
	workflow: string;
	step: string;
	name: string;
	dueSinceMs: number;
	isServed: boolean;
	/** For how long nobody has moved. */
	minutes: number;
}

interface StepRow {
	workflow: string;
	step: string;
	name: string;
	type: string;
	beat_at: number | null;
	due: number | null;
	claimed: number | null;
	away: number | null;
	passed: number | string;
}

/**
 * Steps where people are due and nothing changes: not who is due the longest, not the leases, not how many have gone on. Old due times alone say nothing: after
 * a night in which n8n was down, a large batch is late and moves. Whoever is in a paused journey stands still on purpose, their neighbours in another of the workflow
 * do not. A few searches in indexes a step, whatever stands there. Without a leader it all begins anew.
 */
export async function stillSteps(tx: Tx, { stalledMs, leaderIsUp }: { stalledMs: number; leaderIsUp: boolean }): Promise<StillStep[]> {
	const rows = leaderIsUp ? await tx.all<StepRow>(sql<StepRow>`select s.workflow, s.step, s.name, s.type, s.beat_at,
		(select min((select min(t.due_at) from token t where t.place = s.place and t.journey = j.id and t.state = 'parked')) from journey j where j.workflow = s.workflow and j.paused_at is null) as due,
		(select min(t.lease_until) from lease l join token t on t.nonce = l.nonce join journey j on j.id = t.journey
			where l.workflow = s.workflow and l.step = s.step and l.lease_until < ${tx.nowMs + LONGEST_LEASE_MS} and t.state = 'claimed' and j.paused_at is null) as claimed,
		case when not exists (select 1 from journey j where j.workflow = s.workflow and j.paused_at is not null) then (select min(t.lease_until) from token t where t.place = s.place and t.state = 'away')
			else (select min(t.lease_until) from token t join journey j on j.id = t.journey where t.place = s.place and t.state = 'away' and j.paused_at is null) end as away,
		(select coalesce(sum(x.people), 0) from step_time x where x.workflow = s.workflow and x.step = s.step) as passed
		from step s order by s.workflow, s.step`) : [];
	const waiting = rows.flatMap((row) => {
		const dueSinceMs = Math.min(...[row.due, row.claimed, row.away].flatMap((at) => (at === null ? [] : [Number(at)])));
		const isServed = row.beat_at !== null && Number(row.beat_at) > tx.nowMs - UNSERVED_AFTER_MS;
		// A throttle lets people wait on purpose.
		if (dueSinceMs > tx.nowMs - DUE_FOR_MS || (row.type === 'throttle' && isServed)) return [];
		return [{ ...row, dueSinceMs, isServed, mark: `${row.due ?? ''}/${row.claimed ?? ''}/${row.away ?? ''}/${row.passed}` }];
	});
	const given = tx.dialect.rows(waiting, { workflow: 'text', step: 'text', mark: 'text' }, 'r');
	await tx.run(sql`delete from step_still where not exists (select 1 from ${given} where r.workflow = step_still.workflow and r.step = step_still.step and r.mark = step_still.mark)`);
	if (waiting.length === 0) return [];
	await tx.run(sql`insert into step_still (workflow, step, mark, since) select r.workflow, r.step, r.mark, ${tx.nowMs} from ${given} where 1 = 1 on conflict (workflow, step) do nothing`);
	const since = await tx.all<{ workflow: string; step: string; since: number }>(sql<{ workflow: string; step: string; since: number }>`select workflow, step, since from step_still where since <= ${tx.nowMs - stalledMs}`);
	return waiting.flatMap(({ workflow, step, name, dueSinceMs, isServed }) => {
		const found = since.find((row) => row.workflow === workflow && row.step === step);
		return found === undefined ? [] : [{ workflow, step, name, dueSinceMs, isServed, minutes: Math.floor((tx.nowMs - found.since) / 60_000) }];
	});
}
