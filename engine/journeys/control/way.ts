import { sql, type RawBuilder } from 'kysely';

import { hashId } from '../../kernel';
import type { Reader, Tx } from '../../store';
import { nextTrail } from '../trail';

/*
 * The way a person took, kept with the enrollment for Explain: memos say it while a leg runs and go with its token, so what they say is
 * added to `enrollment.way` in the statement that counts the token out, as a short hand: `@<when> <step>:<what came of it> …` a
 * leg. A step is the first letters of a hash of its id: n8n's ids would make three quarters of the bytes, and there is a row a person.
 */

/** Of a hash in base 64: two steps of a workflow of fifty share one with a chance of 1 in 50 million. */
const STEP_LETTERS = 6;
const LONGEST_WAY = 4000;
const LONGEST_OUTCOME = 40;
/** What came of a visit that parked the person there. */
export const STAYED = '*';

interface MemoRow {
	token: string;
	step: string;
	trail: string;
	kind: string;
	value: Record<string, unknown> | string;
}

/** A step passed, as stored. */
export interface Passed {
	/** Milliseconds; when the leg ended in which it was passed. */
	atMs: number;
	/** Short hand of the step. */
	step: string;
	/** STAYED, what became of a message, else the output's name or number. */
	outcome: string;
}

export interface LeavingToken {
	id: string;
	enrollment: number;
	/** Of the token: where the leg began. */
	trail: string;
}

/** What the tokens of an enrollment that go have passed. */
export interface LeftLeg {
	/** In the short hand of enrollment.way. */
	way: string;
	/** The last step passed, by its id. */
	lastStep: string;
}

/** Deletes the memos of tokens that go, and answers with what they tell of each enrollment. One statement. */
export async function takeLegs(tx: Tx, tokens: readonly LeavingToken[]): Promise<Map<number, LeftLeg>> {
	const memos = await tx.all<MemoRow>(sql<MemoRow>`delete from memo where ${tx.dialect.anyOf(sql`token`, tokens.map(({ id }) => id))} returning token, step, trail, kind, value`);
	const now = ` @${tx.nowMs.toString(36)}`;
	const given = new Map(tokens.map((token) => [token.id, token]));
	const legs = new Map<number, LeftLeg>();
	for (const [token, own] of byToken(memos)) {
		const of = given.get(token);
		if (of === undefined) continue;
		let way = now;
		let lastStep = '';
		for (const memo of inOrder(own, of.trail)) {
			way += ` ${shortStep(memo.step)}:${outcomeOf(memo)}`;
			lastStep = memo.step;
		}
		legs.set(of.enrollment, { way: (legs.get(of.enrollment)?.way ?? '') + way, lastStep });
	}
	return legs;
}

/**
 * enrollment.way with a leg ('' for none) behind it; of a way that never ends the end is kept. The leg is named once only: on SQLite every
 * reference to a column of bound rows reads their JSON again.
 */
export function wayWith(leg: RawBuilder<unknown>): RawBuilder<string> {
	return sql<string>`(case when length(enrollment.way) > ${LONGEST_WAY} then substr(enrollment.way, length(enrollment.way) - ${LONGEST_WAY - 1}) else coalesce(enrollment.way, '') end) || ${leg}`;
}

/** The steps of a stored way, in order. A leg that was cut off at the front is left out. */
export function readWay(way: string | null): Passed[] {
	const passed: Passed[] = [];
	let atMs: number | null = null;
	for (const part of (way ?? '').split(' ')) {
		if (part.startsWith('@')) atMs = Number.parseInt(part.slice(1), 36);
		const [, step, outcome] = /^([\w-]+):(.*)$/.exec(part) ?? [];
		if (atMs !== null && step !== undefined && outcome !== undefined) passed.push({ atMs, step, outcome: decodeURIComponent(outcome) });
	}
	return passed;
}

/** What tokens that are under way have passed in their leg so far, by enrollment. */
export async function runningLegs(reader: Reader, enrollments: readonly number[]): Promise<Map<number, Passed[]>> {
	const rows = await reader.all<MemoRow & { enrollment: number; begun: string; parked_at: number }>(sql<MemoRow & { enrollment: number; begun: string; parked_at: number }>`
		select m.token, m.step, m.trail, m.kind, m.value, t.enrollment, t.trail as begun, t.parked_at from token t join memo m on m.token = t.id
		where ${reader.dialect.anyOf(sql`t.enrollment`, enrollments)} order by t.parked_at, t.id`);
	const legs = new Map<number, Passed[]>();
	for (const own of byToken(rows).values()) {
		const [first] = own;
		if (first === undefined) continue;
		const passed = inOrder(own, first.begun).map((memo) => ({ atMs: reader.nowMs, step: shortStep(memo.step), outcome: decodeURIComponent(outcomeOf(memo)) }));
		legs.set(first.enrollment, [...(legs.get(first.enrollment) ?? []), ...passed]);
	}
	return legs;
}

/** A step passed, by name as last seen. */
export interface PassedStep extends Passed {
	/** n8n's node id; null where the engine has never heard of the step. */
	id: string | null;
	name: string;
	type: string;
}

/** Looks up what the short hands stand for, among the steps of these workflows. One statement. */
export async function nameSteps(reader: Reader, workflows: readonly string[]): Promise<(workflow: string, passed: readonly Passed[]) => PassedStep[]> {
	const rows = await reader.all<{ workflow: string; step: string; name: string; type: string }>(sql<{ workflow: string; step: string; name: string; type: string }>`select workflow, step, name, type from step where ${reader.dialect.anyOf(sql`workflow`, [...new Set(workflows)])}`);
	const known = new Map(rows.map((row) => [`${row.workflow} ${shortStep(row.step)}`, row]));
	return (workflow, passed) => passed.map((one) => {
		const row = known.get(`${workflow} ${one.step}`);
		return { ...one, id: row?.step ?? null, name: row?.name ?? 'a step that is gone', type: row?.type ?? '' };
	});
}

const shortSteps = new Map<string, string>();
const MOST_REMEMBERED = 10_000;

export function shortStep(step: string): string {
	const known = shortSteps.get(step);
	if (known !== undefined) return known;
	if (shortSteps.size >= MOST_REMEMBERED) shortSteps.clear();
	const short = hashId('way', step).slice(0, STEP_LETTERS);
	shortSteps.set(step, short);
	return short;
}

function byToken<Row extends MemoRow>(memos: readonly Row[]): Map<string, Row[]> {
	const tokens = new Map<string, Row[]>();
	for (const memo of memos) {
		const own = tokens.get(memo.token);
		if (own === undefined) tokens.set(memo.token, [memo]);
		else own.push(memo);
	}
	return tokens;
}

/**
 * Memos of one token in the order of the visits: each trail follows from the one before (PROTOCOL 13). Branches of a fork share theirs.
 * Hashes are made only while something is left to be found.
 */
function inOrder<Row extends MemoRow>(memos: readonly Row[], begun: string): readonly Row[] {
	const [one, other] = memos;
	if (one === undefined || other === undefined) return memos;
	// Nearly every leg: out of a wait and into the next. A batch of 500 must not pay for the general case.
	if (memos.length === 2 && one.trail !== other.trail) return one.trail === begun ? memos : [other, one];
	const ordered: Row[] = [];
	let rest = [...memos];
	let trails = new Set([begun]);
	while (rest.length > 1) {
		const here = rest.filter(({ trail }) => trails.has(trail));
		if (here.length === 0) break;
		ordered.push(...here);
		rest = rest.filter((memo) => !here.includes(memo));
		if (rest.length > 1) trails = new Set(here.map((memo) => nextTrail(memo.trail, memo.step, outputOf(memo))));
	}
	// Several items of one person, each with a key of its own, are one passing.
	const seen = new Set<string>();
	return [...ordered, ...rest].filter(({ step, trail }) => !seen.has(`${step} ${trail}`) && seen.add(`${step} ${trail}`) !== undefined);
}

/** JSON columns come as text on SQLite and as values on PostgreSQL. */
function stored(value: MemoRow['value']): Record<string, unknown> {
	return typeof value === 'string' ? (JSON.parse(value) as Record<string, unknown>) : value;
}

function outputOf({ value }: MemoRow): number {
	const { output } = stored(value);
	return typeof output === 'number' ? output : 0;
}

const PLAIN = /^\w{1,40}$/;

/** Of short values as SQLite gives them: nearly all of a batch say the same, such as {"output":0}. */
const outcomes = new Map<string, string>();
const SHORT = 60;

function outcomeOf({ kind, value }: MemoRow): string {
	if (kind === 'park') return STAYED;
	if (typeof value !== 'string' || value.length > SHORT || kind !== 'route') return readOutcome(kind, value);
	const known = outcomes.get(value);
	if (known !== undefined) return known;
	if (outcomes.size >= MOST_REMEMBERED) outcomes.clear();
	const outcome = readOutcome(kind, value);
	outcomes.set(value, outcome);
	return outcome;
}

function readOutcome(kind: string, value: MemoRow['value']): string {
	const { name, output, state, parked } = stored(value);
	if (parked === true) return STAYED;
	const said = typeof state === 'string' ? state : typeof name === 'string' && name !== '' ? name : typeof output === 'number' ? String(output) : kind;
	return PLAIN.test(said) ? said : encodeURIComponent([...said].slice(0, LONGEST_OUTCOME).join(''));
}
