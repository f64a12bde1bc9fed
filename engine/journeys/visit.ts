import { sql } from 'kysely';

import { EngineError } from '../kernel';
import { lockProfiles } from '../profiles';
import type { Tx } from '../store';
import { heardOf } from './away';
import { holdTokens, lockEnrollments } from './end';
import { placeOf } from './place';
import { noteStep } from './step';
import type { StepRef, VisitItem } from './types';
import { fromJsonColumn } from './watch';

/** PROTOCOL 13. */
const VISITS_OF_A_STEP = 100;
/**
 * PROTOCOL 8: every engine call of a step also renews its lease, where less than LEAST is left of it: a call right behind the claim, as most are, writes no row
 * again and moves nobody in the index of leases.
 */
const CALL_RENEWS_MS = 60_000;
const LEAST_LEFT_MS = 20_000;

export interface VisitToken {
	id: string;
	enrollment: number;
	profile: number;
	journey: string;
	epoch: number;
	timeScale: number;
	/** The deferred message this token was parked to send, on the visit it was parked for; null on every other. */
	message: string | null;
}

export interface Visit<Item extends VisitItem = VisitItem> {
	item: Item;
	token: VisitToken;
	itemKey: string;
	/** What an earlier pass of this visit decided; null on the first. */
	memo: { kind: string; value: Record<string, unknown> } | null;
	/** How many visits of this step by this token are remembered. */
	passes: number;
}

interface TokenRow {
	id: string;
	enrollment: number;
	profile: number;
	journey: string;
	epoch: number;
	time_scale: number;
	/** Of a token that was parked here to send a message; null of all others. */
	message: string | null;
	trail: string | null;
	/** 1: its journey is of another workflow. */
	stray: number;
	/** What of this call is to be noted: that it comes behind a foreign wait, or that little is left of the lease. */
	news: 'away' | 'late' | null;
}

/**
 * Opens the visits of one call: PROTOCOL 7 (only tokens still claimed or away at this epoch, of active enrollments),
 * 13 (items of one token in one call are one visit unless they have keys), 22 (never from another workflow).
 * Memos found are touched. Items whose contact has moved on are left out. Profiles, then enrollments, then tokens are locked (rule 3).
 * Throws WRONG_WORKFLOW.
 */
export async function openVisits<Item extends VisitItem>(tx: Tx, step: StepRef, items: readonly Item[], itemKey: (item: Item) => string = () => ''): Promise<Array<Visit<Item>>> {
	await noteStep(tx, step);
	if (items.length === 0) return [];
	const { dialect } = tx;
	await lockProfiles(tx, [...new Set(items.map((item) => item.stamp.profile))]);
	await lockEnrollments(tx, [...new Set(items.map((item) => item.stamp.enrollment))]);
	const tokenIds = [...new Set(items.map((item) => item.stamp.token))];
	// Each column of 500 rows is a part of what a call costs: what few need is not read of the others.
	const waited = sql`t.message is not null and t.place = ${placeOf(step)}`;
	const rows = await tx.all<TokenRow>(sql<TokenRow>`select t.id, t.enrollment, t.profile, t.journey, t.epoch, e.time_scale, case when ${waited} then t.message end as message, case when ${waited} then t.trail end as trail,
			case when e.workflow = ${step.workflow} then 0 else 1 end as stray, case when t.state = 'away' then 'away' when t.lease_until >= ${tx.nowMs + LEAST_LEFT_MS} then null else 'late' end as news
		from token t join enrollment e on e.id = t.enrollment
		where t.state in ('claimed', 'away') and e.state = 'active'
		and ${dialect.anyOf(sql`t.id`, tokenIds)}
		${dialect.name === 'postgres' ? sql`order by t.id for update of t` : sql``}`);
	// A merge taken back since the claim has moved some to a profile that their stamp does not lead to.
	const stamped = new Set(items.map((item) => item.stamp.profile));
	await lockProfiles(tx, new Set(rows.map((row) => row.profile).filter((profile) => !stamped.has(profile))));
	const tokens = new Map(rows.map((row) => [row.id, row]));
	const alive: Array<Visit<Item>> = [];
	/** Branches that n8n's Merge laid together come by different trails: the first item's stands for the visit, or a sender would send once a branch. */
	const trails = new Map<string, string>();
	for (const given of items) {
		const row = tokens.get(given.stamp.token);
		if (row === undefined || row.epoch !== given.stamp.epoch) continue;
		const key = itemKey(given);
		const visit = key === '' ? given.stamp.token : `${given.stamp.token} ${key}`;
		const trail = trails.get(visit) ?? given.stamp.trail;
		trails.set(visit, trail);
		const item = trail === given.stamp.trail ? given : { ...given, stamp: { ...given.stamp, trail } };
		if (Number(row.stray) === 1) {
			throw new EngineError('WRONG_WORKFLOW', `"${step.name}" runs in another workflow than the journey of this contact. Journey steps cannot park or send from a sub-workflow: move the step into the journey's own workflow.`);
		}
		const token: VisitToken = { id: row.id, enrollment: row.enrollment, profile: row.profile, journey: row.journey, epoch: row.epoch, timeScale: row.time_scale, message: row.trail === item.stamp.trail ? row.message : null };
		alive.push({ item, token, itemKey: key, memo: null, passes: 0 });
	}
	if (alive.length === 0) return [];
	const called = new Set(alive.map((visit) => visit.token.id));
	await noteCall(tx, step, rows.filter(({ id }) => called.has(id)));
	await recall(tx, step, alive);
	return alive;
}

/**
 * Renews leases. Of those inside a foreign wait it also notes that they have come by and where (PROTOCOL 11); of all others the memos tell that to the settle, which
 * reads them anyway.
 */
async function noteCall(tx: Tx, step: StepRef, rows: readonly TokenRow[]): Promise<void> {
	await heardOf(tx, step, rows.filter(({ news }) => news === 'away').map(({ id }) => id));
	const late = rows.filter(({ news }) => news === 'late').map(({ id }) => id);
	if (late.length === 0) return;
	await tx.run(sql`update token set called = 1, last_step = ${step.step}, lease_until = case when lease_until < ${tx.nowMs + CALL_RENEWS_MS} then ${tx.nowMs + CALL_RENEWS_MS} else lease_until end
		where ${tx.dialect.anyOf(sql`id`, late)}`);
}

/** Reads what earlier passes decided and marks it touched in this epoch. Most have not been here before: the count alone says so, by one search a person. */
async function recall<Item extends VisitItem>(tx: Tx, step: StepRef, all: Array<Visit<Item>>): Promise<void> {
	const counts = await tx.all<{ token: string; passes: number }>(sql<{ token: string; passes: number }>`select token, count(*) as passes from memo
		where ${tx.dialect.anyOf(sql`token`, [...new Set(all.map((visit) => visit.token.id))])} and step = ${step.step} group by token`);
	if (counts.length === 0) return;
	const passes = new Map(counts.map((row) => [row.token, Number(row.passes)]));
	for (const visit of all) visit.passes = passes.get(visit.token.id) ?? 0;
	const visits = all.filter((visit) => visit.passes > 0);
	const keys = visits.map((visit) => ({ token: visit.token.id, trail: visit.item.stamp.trail, item_key: visit.itemKey, epoch: visit.token.epoch }));
	const wanted = tx.dialect.rows(keys, { token: 'text', trail: 'text', item_key: 'text', epoch: 'integer' }, 'w');
	const memos = await tx.all<{ token: string; trail: string; item_key: string; kind: string; value: Record<string, unknown> | string }>(
		sql<{ token: string; trail: string; item_key: string; kind: string; value: Record<string, unknown> | string }>`select m.token, m.trail, m.item_key, m.kind, m.value
			from ${wanted} join memo m on m.token = w.token and m.step = ${step.step} and m.trail = w.trail and m.item_key = w.item_key`,
	);
	if (memos.length === 0) return;
	const found = new Map(memos.map((memo) => [`${memo.token} ${memo.trail} ${memo.item_key}`, memo]));
	for (const visit of visits) {
		const memo = found.get(`${visit.token.id} ${visit.item.stamp.trail} ${visit.itemKey}`);
		if (memo !== undefined) visit.memo = { kind: memo.kind, value: fromJsonColumn(memo.value) };
	}
	await tx.run(sql`update memo set touched_epoch = w.epoch from ${wanted}
		where memo.token = w.token and memo.step = ${step.step} and memo.trail = w.trail and memo.item_key = w.item_key`);
}

/**
 * Of visits without a memo, those that may have a new effect. The others are held:
 * PROTOCOL 12: on a replay, when an earlier memo of the token at a step that still exists was not touched in this epoch (`diverged`);
 * PROTOCOL 13: after more than 100 visits of the step (a loop on the canvas that does not end).
 */
export async function allowNew<Item extends VisitItem>(tx: Tx, step: StepRef, visits: Array<Visit<Item>>): Promise<Array<Visit<Item>>> {
	const fresh = visits.filter((visit) => visit.memo === null);
	if (fresh.length === 0) return [];
	const looping = [...new Set(fresh.filter((visit) => visit.passes >= VISITS_OF_A_STEP).map((visit) => visit.token.id))];
	const replayed = [...new Set(fresh.filter((visit) => visit.token.epoch > 1).map((visit) => visit.token.id))];
	const diverged = replayed.length === 0 ? [] : await divergedTokens(tx, replayed);
	await holdTokens(tx, looping, `This person came by "${step.name}" more than ${VISITS_OF_A_STEP} times without a wait in between. Look for a loop on the canvas that does not end.`);
	await holdTokens(tx, diverged, `diverged: after an interruption this person would take another way at or before "${step.name}" than the first time. Check the executions of the journey, then use Journey Control: Retry Held.`);
	if (looping.length === 0 && diverged.length === 0) return fresh;
	const stopped = new Set([...looping, ...diverged]);
	return fresh.filter((visit) => !stopped.has(visit.token.id));
}

async function divergedTokens(tx: Tx, tokens: string[]): Promise<string[]> {
	const rows = await tx.all<{ token: string; step: string; steps: string[] | string | null }>(
		sql<{ token: string; step: string; steps: string[] | string | null }>`select distinct m.token, m.step, l.steps from memo m
			join token t on t.id = m.token left join lease l on l.nonce = t.nonce
			where ${tx.dialect.anyOf(sql`m.token`, tokens)} and m.touched_epoch < t.epoch`,
	);
	const diverged = new Set<string>();
	for (const row of rows) {
		const existing = row.steps === null ? null : fromJsonColumn<string[]>(row.steps);
		if (existing === null || existing.includes(row.step)) diverged.add(row.token);
	}
	return [...diverged];
}

/** Remembers what a visit decided. `output` counts the person as having passed the step by it. */
export async function remember(tx: Tx, step: StepRef, decided: ReadonlyArray<{ visit: Visit; kind: string; value: object; output?: string }>): Promise<void> {
	if (decided.length === 0) return;
	const rows = decided.map(({ visit, kind, value }) => ({
		token: visit.token.id, trail: visit.item.stamp.trail, item_key: visit.itemKey, kind, value, epoch: visit.token.epoch,
	}));
	const given = tx.dialect.rows(rows, { token: 'text', trail: 'text', item_key: 'text', kind: 'text', value: 'json', epoch: 'integer' }, 'r');
	await tx.run(sql`insert into memo (token, step, trail, item_key, kind, value, created_epoch, touched_epoch)
		select r.token, ${step.step}, r.trail, r.item_key, r.kind, r.value, r.epoch, r.epoch from ${given} where true
		on conflict (token, step, trail, item_key) do nothing`);
	// Items of one person in one call are one visit: counted once.
	const outputs = new Map(decided.map(({ visit, output }) => [`${visit.token.id} ${visit.item.stamp.trail} ${visit.itemKey}`, output]));
	await countPassages(tx, step, [...outputs.values()].filter((output) => output !== undefined));
}

export async function countPassages(tx: Tx, step: StepRef, outputs: readonly string[]): Promise<void> {
	const people = new Map<string, number>();
	for (const output of outputs) people.set(output, (people.get(output) ?? 0) + 1);
	if (people.size === 0) return;
	const rows = [...people].sort(([a], [b]) => (a < b ? -1 : 1)).map(([output, count]) => ({ output, people: count }));
	await tx.run(sql`insert into passage (workflow, step, output, people)
		select ${step.workflow}, ${step.step}, r.output, r.people from ${tx.dialect.rows(rows, { output: 'text', people: 'integer' }, 'r')} where true
		on conflict (workflow, step, output) do update set people = passage.people + excluded.people`);
}
