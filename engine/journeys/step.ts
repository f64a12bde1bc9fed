import { sql } from 'kysely';

import type { Tx } from '../store';
import { placeOf } from './place';
import type { StepRef } from './types';

/** Written again only when something changed or this much time has passed: a batch must not pay for bookkeeping. */
const NOTE_AGAIN_MS = 60_000;

/** A server may quote whom it refused; an alert outlives them. */
const ADDRESS = /[^\s<>@,;:"']+@[^\s<>@,;:"']+/g;

/** Keeps the step's name and type as last seen, for status pages. */
export async function noteStep(tx: Tx, step: StepRef): Promise<void> {
	await tx.run(sql`insert into step (workflow, step, place, name, type, seen_at) values (${step.workflow}, ${step.step}, ${placeOf(step)}, ${step.name}, ${step.type}, ${tx.nowMs})
		on conflict (workflow, step) do update set name = excluded.name, type = excluded.type, seen_at = excluded.seen_at
		where step.name <> excluded.name or step.type <> excluded.type or step.seen_at < excluded.seen_at - ${NOTE_AGAIN_MS}`);
}

/** Says at the step what keeps people from going on; null when it works again. */
export async function noteProblem(tx: Tx, step: { workflow: string; step: string }, problem: string | null): Promise<void> {
	await tx.run(sql`update step set problem = ${problem?.slice(0, 500) ?? null}
		where workflow = ${step.workflow} and step = ${step.step} and coalesce(problem, '') <> coalesce(${problem}, '')`);
}

/** The provider refuses the account that this sender uses; null when it takes it. Since when is kept while it lasts. */
export async function noteRefused(tx: Tx, step: { workflow: string; step: string }, reason: string | null): Promise<void> {
	const mine = sql`workflow = ${step.workflow} and step = ${step.step}`;
	if (reason === null) await tx.run(sql`update step set refused_at = null, refused_reason = null where ${mine} and refused_at is not null`);
	else await tx.run(sql`update step set refused_at = ${tx.nowMs}, refused_reason = ${reason.replace(ADDRESS, '…').slice(0, 300)} where ${mine} and refused_at is null`);
}
