import { sql } from 'kysely';

import { monotonicMs } from '../kernel';
import { currentProfiles, lockProfiles } from '../profiles';
import type { Reader, Store, Tx } from '../store';
import type { CallingExecution } from './types';

/**
 * How many people an execution is noted to hold by name. One of more is noted once, as one that may hold anybody: a million people who are
 * read are one row, and whoever looks for one of them has to delete that execution anyway.
 */
export const MOST_NAMED = 100;
/** What n8n does not keep when it succeeds has one row a workflow, written at most this often: every call would else wait for it. */
const AGAIN_AFTER_MS = 60_000;

interface Noted {
	id: number;
	many: number;
}

/** Notes executions, in a transaction each call; one that n8n forgets when it succeeds costs nothing within the same minute. */
export class ExecutionNotes {
	private readonly notedAtMs = new Map<string, number>();

	/** days: how long notes are kept; 0: none are made. */
	constructor(private readonly store: Store, private readonly days: (reader?: Reader) => Promise<number>) {}

	/** people: whom these executions hold now; null: nobody can say, or they are too many to name. */
	async note(executions: readonly CallingExecution[], people: readonly number[] | null): Promise<void> {
		if (executions.length === 0 || people?.length === 0 || (await this.days()) === 0) return;
		const named = people === null ? [] : [...new Set(people)];
		const many = people === null || named.length > MOST_NAMED;
		await this.noteForgotten(executions.filter(({ kept }) => !kept));
		const kept = executions.filter((execution) => execution.kept);
		if (kept.length === 0) return;
		await this.store.tx('note-execution', async (tx) => {
			// Before they are looked up: somebody who is erased meanwhile is not written down again (PROTOCOL 3).
			if (!many) await lockProfiles(tx, named);
			const current = many ? [] : [...new Set((await currentProfiles(tx, named)).values())];
			if (many || current.length > 0) await noteIn(tx, kept, { many, carries: false, people: current });
		});
	}

	/** An execution that carries people of journeys: who they are stands in their enrollments. Within the caller's transaction. */
	async begunIn(tx: Tx, execution: CallingExecution): Promise<void> {
		if (execution.kept && (await this.days(tx)) > 0) await noteIn(tx, [execution], { many: false, carries: true, people: [] });
	}

	private async noteForgotten(executions: readonly CallingExecution[]): Promise<void> {
		for (const { workflow } of executions) {
			const now = monotonicMs();
			if (now - (this.notedAtMs.get(workflow) ?? -Infinity) < AGAIN_AFTER_MS) continue;
			this.notedAtMs.set(workflow, now);
			await this.store.tx('note-execution', (tx) => noteIn(tx, [{ workflow, execution: '', kept: false }], { many: true, carries: false, people: [] }));
		}
	}
}

async function noteIn(tx: Tx, executions: readonly CallingExecution[], { many, carries, people }: { many: boolean; carries: boolean; people: readonly number[] }): Promise<void> {
	const rows = executions.map(({ workflow, execution }) => ({ workflow, execution }));
	const int = sql.raw(tx.dialect.types.int);
	const noted = await tx.all(sql<Noted>`insert into execution (workflow, execution, many, carries, first_at, last_at)
		select r.workflow, r.execution, ${many ? sql.lit(1) : sql.lit(0)}, ${carries ? sql.lit(1) : sql.lit(0)}, cast(${tx.nowMs} as ${int}), cast(${tx.nowMs} as ${int})
		from ${tx.dialect.rows(rows, { workflow: 'text', execution: 'text' }, 'r')} where true
		on conflict (workflow, execution) do update set last_at = excluded.last_at,
			many = case when execution.many = 1 then 1 else excluded.many end, carries = case when execution.carries = 1 then 1 else excluded.carries end
		returning id, many`);
	const named = noted.filter((row) => row.many === 0);
	if (named.length > 0 && people.length > 0) await namePeople(tx, named.map(({ id }) => id), people);
	const anonymous = noted.filter((row) => row.many === 1).map(({ id }) => id);
	if (anonymous.length > 0) await tx.run(sql`delete from execution_person where ${tx.dialect.anyOf(sql.ref('execution'), anonymous)}`);
}

async function namePeople(tx: Tx, executions: readonly number[], people: readonly number[]): Promise<void> {
	await tx.run(sql`insert into execution_person (execution, profile) select e.id, r.profile
		from ${tx.dialect.rows(people.map((profile) => ({ profile })), { profile: 'integer' }, 'r')} cross join execution e where ${tx.dialect.anyOf(sql.ref('e.id'), executions)}
		on conflict do nothing`);
	const full = await tx.all(sql<{ execution: number }>`select execution from execution_person where ${tx.dialect.anyOf(sql.ref('execution'), executions)} group by execution having count(*) > ${MOST_NAMED}`);
	if (full.length === 0) return;
	const ids = full.map(({ execution }) => execution);
	await tx.run(sql`update execution set many = 1 where ${tx.dialect.anyOf(sql.ref('id'), ids)}`);
	await tx.run(sql`delete from execution_person where ${tx.dialect.anyOf(sql.ref('execution'), ids)}`);
}

const DAY_MS = 86_400_000;
/** Executions a transaction; of each at most a hundred people. */
const SLICE = 1_000;
/** Transactions a call, so that it ends; the next one goes on. */
const SLICES = 20;

/** Deletes notes of executions that n8n has forgotten by now. more: there may be others. */
export async function pruneExecutions(store: Store, days: number): Promise<{ more: boolean }> {
	for (let slice = 0; slice < SLICES; slice += 1) {
		const old = await store.read(async (reader) => await reader.all(sql<{ id: number }>`select id from execution where last_at < ${reader.nowMs - days * DAY_MS} order by last_at limit ${sql.lit(SLICE)}`));
		if (old.length === 0) return { more: false };
		const ids = old.map(({ id }) => id);
		await store.tx('execution-prune', async (tx) => {
			// Again: one that called a moment ago is not old any more.
			const gone = await tx.all(sql<{ id: number }>`delete from execution where ${tx.dialect.anyOf(sql.ref('id'), ids)} and last_at < ${tx.nowMs - days * DAY_MS} returning id`);
			await tx.run(sql`delete from execution_person where ${tx.dialect.anyOf(sql.ref('execution'), gone.map(({ id }) => id))}`);
		});
		if (old.length < SLICE) return { more: false };
	}
	return { more: true };
}
