import { sql } from 'kysely';

import { iso, type JsonValue } from '../kernel';
import type { Merge, PersonKeeper } from '../profiles';
import type { Reader, Tx } from '../store';

interface Row {
	id: number;
	workflow: string;
	step: string;
	round: number;
	profile: number;
	person: number | null;
	matures_at: number | null;
	matured_at: number | null;
}

interface Undo {
	moved: number[];
	/** Whose row stopped being the one that counts, on either side, with what it had. */
	yielded: Array<{ id: number; matures: number | null }>;
}

/** Assignments of Journey Split and of senders' variants. What was learnt of somebody is in the figures, without a name. */
export const experimentsKeeper: PersonKeeper = {
	name: 'experiments',
	tables: ['assignment'],
	merge: async (tx, merge) => (await mergeAll(tx, [merge]))[0] ?? null,
	mergeAll,
	unmerge,
	export: exportAssignments,
	// Whoever was assigned a moment ago is not waited for: of an erased person nothing can be seen any more.
	eraseAll: async (tx, profiles) => {
		await tx.run(sql`delete from assignment where ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	},
};

/**
 * Two people who are one keep the path of whoever was assigned first, in the newest round; the other row is history, and one that has not
 * matured yet does not count: one person is one observation. What runs stays on its way, by its memo.
 */
async function mergeAll(tx: Tx, merges: readonly Merge[]): Promise<JsonValue[]> {
	const intoOf = new Map(merges.map(({ into, from }) => [from, into]));
	const ids = [...new Set(merges.flatMap(({ into, from }) => [into, from]))];
	const rows = await tx.all<Row>(sql<Row>`select id, workflow, step, round, profile, person, matures_at, matured_at from assignment where ${tx.dialect.anyOf(sql.ref('profile'), ids)} order by round desc, assigned_at, id`);
	const kept = new Set<string>();
	const yielding = rows.filter((row) => {
		if (row.person === null) return false;
		const key = JSON.stringify([row.workflow, row.step, intoOf.get(row.profile) ?? row.profile]);
		if (kept.has(key)) return true;
		kept.add(key);
		return false;
	});
	if (yielding.length > 0) {
		await tx.run(sql`update assignment set person = null, matures_at = case when matured_at is null then null else matures_at end where ${tx.dialect.anyOf(sql.ref('id'), yielding.map(({ id }) => id))}`);
	}
	const moved = rows.filter(({ profile }) => intoOf.has(profile));
	if (moved.length > 0) {
		await tx.run(sql`update assignment set profile = m."into", person = case when person is null then null else m."into" end
			from ${tx.dialect.rows(merges.map(({ into, from }) => ({ into, from })), { into: 'integer', from: 'integer' }, 'm')} where assignment.profile = m."from"`);
	}
	return merges.map(({ into, from }): JsonValue => {
		const undo: Undo = { moved: moved.filter(({ profile }) => profile === from).map(({ id }) => id), yielded: yielding.filter(({ profile }) => profile === from || profile === into).map(({ id, matures_at }) => ({ id, matures: matures_at })) };
		return undo as unknown as JsonValue;
	});
}

async function unmerge(tx: Tx, { into, from }: Merge, given: JsonValue): Promise<void> {
	const { moved, yielded } = given as unknown as Undo;
	const mine = sql`profile = ${into} and ${tx.dialect.anyOf(sql.ref('id'), moved)}`;
	if (moved.length > 0) await tx.run(sql`update assignment set profile = ${from}, person = case when person is null then null else cast(${from} as ${sql.raw(tx.dialect.types.int)}) end where ${mine}`);
	if (yielded.length === 0) return;
	// Each half has its own path again, unless it was given one since.
	await tx.run(sql`update assignment set person = profile, matures_at = coalesce(assignment.matures_at, r.matures) from ${tx.dialect.rows(yielded, { id: 'integer', matures: 'integer' }, 'r')}
		where assignment.id = r.id and assignment.person is null and not exists
			(select 1 from assignment o where o.workflow = assignment.workflow and o.step = assignment.step and o.person = assignment.profile)`);
}

async function exportAssignments(reader: Reader, profile: number): Promise<JsonValue> {
	const rows = await reader.all(sql<{ enrollment: number; workflow: string; step: string; split: string | null; round: number; path: number; name: string | null; chances: unknown; assigned_at: number; matures_at: number | null; outcome: number | null; matured_at: number | null; message: string | null }>`
		select a.enrollment, a.workflow, a.step, e.name as split, a.round, a.path, p.name, a.chances, a.assigned_at, a.matures_at, a.outcome, a.matured_at, a.message from assignment a
		left join experiment e on e.workflow = a.workflow and e.step = a.step left join experiment_path p on p.workflow = a.workflow and p.step = a.step and p.path = a.path
		where a.profile = ${profile} order by a.assigned_at, a.id`);
	return rows.map((row) => ({
		// 0: of a message outside a journey.
		enrollment: row.enrollment === 0 ? null : row.enrollment, workflow: row.workflow, split: row.split ?? row.step, round: row.round, path: row.name ?? row.path,
		chances: (typeof row.chances === 'string' ? JSON.parse(row.chances) : (row.chances ?? null)) as JsonValue,
		assignedAt: iso(row.assigned_at), maturesAt: iso(row.matures_at), converted: row.outcome === null ? null : row.outcome === 1, countedAt: iso(row.matured_at), message: row.message,
	}));
}
