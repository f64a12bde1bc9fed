import { sql } from 'kysely';

import { nextTrail, openVisits } from '../../journeys';
import { EngineError, isChannel, isTopic, LONGEST_TOPIC, randomId } from '../../kernel';
import type { Tx } from '../../store';
import { judgeAll, markAttempting, type Attempted, type Judged } from '../attempt';
import { confirmChunk, type Fate } from '../confirm';
import type { MessagesDeps } from '../index';
import { NO_ANSWER, tellSegments } from '../ledger';
import { reserveForJourney, type Reserved } from '../reserve';
import { freeIfResumed, outcomeOf } from '../send';
import { sentThrough } from '../sent-to';
import type { LedgerRequest, SendResult } from '../types';
import type { GateAnswer, GateItem, GateRequest, GateResult, GateTurn } from './types';

/*
 * PROTOCOL 14 and 15 around a sender that is not ours. States of a visit at the gate, in its memo (kind 'gate'): reserved -> out -> decided -> left,
 * or parked where guards hold it. `out` is the message's `attempting`, committed before the item leaves; an execution that ends with it out
 * gives the token back (journeys/settle.ts), and after its deadline the message is unknown: it is never given out a second time.
 */

type Deps = Pick<MessagesDeps, 'store' | 'random' | 'settings' | 'segments' | 'events' | 'consent'>;
type Work = Extract<Reserved, { kind: 'work' }>;

const SHORTEST_ANSWER_MS = 1_000;
const LONGEST_ANSWER_MS = 86_400_000;
const LONGEST_SERVICE = 100;

export async function gateOpen(deps: Deps, request: GateRequest, items: readonly GateItem[]): Promise<GateResult[]> {
	check(request);
	const asked = ledgerRequest(request);
	const reserved = await deps.store.tx('gate-open', (tx) => reserveForJourney(tx, asked, items));
	const works = reserved.filter((entry) => entry.kind === 'work');
	const judged = works.length === 0 ? [] : await deps.store.tx('gate-judge', (tx) => judge(tx, deps, asked, works));
	const kept = judged.filter((verdict) => verdict.kind !== 'attempt');
	const fates = await confirm(deps, request, '', kept);
	return reserved.map((entry) => resultOf(request, entry, fates));
}

export async function gateTurn(deps: Deps, request: GateRequest, { answer, queue }: { answer: GateAnswer | null; queue: readonly GateItem[] }): Promise<GateTurn> {
	check(request);
	const results = answer === null ? [] : [await confirmAnswer(deps, request, answer)];
	for (const item of queue) {
		const given = await giveOut(deps, request, item);
		if ('nonce' in given) return { results, out: given };
		results.push(given);
	}
	return { results, out: null };
}

async function giveOut(deps: Deps, request: GateRequest, item: GateItem): Promise<GateResult | { index: number; message: string; nonce: string }> {
	const asked = ledgerRequest(request);
	const nonce = randomId(deps.random);
	const secret = await deps.settings.signingSecret();
	const { entry, verdict } = await deps.store.tx('gate-attempt', async (tx) => {
		const [reserved = { kind: 'dropped', item } as Reserved] = await reserveForJourney(tx, asked, [item]);
		if (reserved.kind !== 'work') return { entry: reserved, verdict: null };
		const [judged] = await judge(tx, deps, asked, [reserved]);
		if (judged?.kind === 'attempt') await markAttempting(tx, nonce, tx.nowMs + request.answerWithinMs, [sentThrough(asked, secret, judged.addressed)]);
		return { entry: reserved, verdict: judged ?? null };
	});
	if (entry.kind === 'work' && verdict?.kind === 'attempt') return { index: item.index, message: entry.message, nonce };
	const fates = await confirm(deps, request, nonce, verdict === null || verdict.kind === 'attempt' ? [] : [verdict]);
	return resultOf(request, entry, fates);
}

/** Of somebody who has left or was claimed again meanwhile only the ledger hears (PROTOCOL 7). */
async function confirmAnswer(deps: Deps, request: GateRequest, { item, message, nonce, failed }: GateAnswer): Promise<GateResult> {
	const [visit = null] = await deps.store.tx('gate-answer', (tx) => openVisits(tx, request.step, [item]));
	const isTheirs = visit !== null && visit.memo?.value.message === message;
	const work: Work = { kind: 'work', item, message, visit: isTheirs ? visit : null, profile: visit?.token.profile ?? item.stamp.profile };
	const outcome = failed === null ? ({ kind: 'accepted', providerId: '' } as const) : ({ kind: 'permanent', reason: failed.slice(0, 500) } as const);
	const fates = await confirm(deps, request, nonce, [{ kind: 'outcome', work, attempts: 1, outcome }]);
	return isTheirs ? resultOf(request, work, fates) : { index: item.index, outcome: 'dropped', reason: null, message, profile: null };
}

/** The visit is over: it is no longer given back when the execution ends. */
export async function gateLeave(deps: Pick<MessagesDeps, 'store'>, step: GateRequest['step'], items: readonly GateItem[]): Promise<number[]> {
	return await deps.store.tx('gate-leave', async (tx) => {
		const visits = (await openVisits(tx, step, items)).filter(({ memo }) => memo?.kind === 'gate' && typeof memo.value.output === 'number');
		const rows = visits.map(({ token, item, memo }) => ({ token: token.id, trail: item.stamp.trail, value: { ...memo?.value, left: true } }));
		if (rows.length > 0) {
			await tx.run(sql`update memo set value = r.value from ${tx.dialect.rows(rows, { token: 'text', trail: 'text', value: 'json' }, 'r')}
				where memo.token = r.token and memo.step = ${step.step} and memo.trail = r.trail and memo.item_key = ''`);
		}
		return visits.map(({ item }) => item.index);
	});
}

async function judge(tx: Tx, deps: Deps, asked: LedgerRequest, works: readonly Work[]): Promise<Judged[]> {
	const { verdicts, skipped } = await judgeAll(tx, deps, asked, works);
	await tellSegments(tx, deps.segments, skipped);
	return verdicts.map((verdict) => (verdict.kind === 'unknown' ? { kind: 'ended', work: verdict.work, state: 'unknown', guard: null, reason: NO_ANSWER } : verdict));
}

async function confirm(deps: Deps, request: GateRequest, nonce: string, attempted: readonly Attempted[]): Promise<Fate[]> {
	if (attempted.length === 0) return [];
	const fates = await confirmChunk(deps, request, request.service === '' ? request.channel : request.service, nonce, attempted);
	await freeIfResumed(deps, fates);
	return fates;
}

function resultOf({ step }: GateRequest, entry: Reserved, fates: readonly Fate[]): GateResult {
	const { item } = entry;
	const onward = (output: 0 | 1): Pick<SendResult, 'stamp'> => (item.stamp === undefined ? {} : { stamp: { ...item.stamp, trail: nextTrail(item.stamp.trail, step.step, output) } });
	if (entry.kind === 'dropped') return { index: item.index, outcome: 'dropped', reason: null, message: null, profile: null };
	const about = { index: item.index, message: entry.message, profile: entry.profile };
	if (entry.kind === 'parked') return { ...about, outcome: 'parked', reason: null };
	if (entry.kind === 'decided') return { ...about, ...onward(entry.output), outcome: outcomeOf(entry.output, entry.state), reason: entry.reason };
	const fate = fates.find(({ work }) => work.message === entry.message);
	if (fate === undefined) return { ...about, outcome: 'ready', reason: null };
	if (fate.kind === 'dropped' || fate.kind === 'again') return { ...about, outcome: 'dropped', reason: null };
	if (fate.kind !== 'passed') return { ...about, outcome: 'parked', reason: fate.reason };
	return { ...about, ...onward(fate.output), outcome: outcomeOf(fate.output, fate.state), reason: fate.reason };
}

function ledgerRequest({ step, channel, purpose, topic, holding, once = false }: GateRequest): LedgerRequest {
	return { step, channel, purpose, topic, once, memo: 'gate', ...(holding === undefined ? {} : { holding }) };
}

function check({ step, channel, purpose, topic, service, answerWithinMs }: GateRequest): void {
	if (purpose !== 'marketing' && purpose !== 'transactional') throw new EngineError('BAD_INPUT', `"${step.name}" sends neither marketing nor transactional messages. Choose a Purpose; nothing was sent.`);
	if (!(answerWithinMs >= SHORTEST_ANSWER_MS && answerWithinMs <= LONGEST_ANSWER_MS)) throw new EngineError('BAD_INPUT', `"${step.name}" needs a time to wait for an answer of one second to one day.`);
	if (service.length > LONGEST_SERVICE) throw new EngineError('BAD_INPUT', `"${step.name}" has a service name of more than ${LONGEST_SERVICE} characters.`);
	if (!isChannel(channel)) throw new EngineError('BAD_INPUT', `"${step.name}" names a channel that there is not.`);
	if (!isTopic(topic)) throw new EngineError('BAD_INPUT', `The topic of "${step.name}" is no text of at most ${LONGEST_TOPIC} characters: nobody could unsubscribe from it. Choose a shorter one; nothing was sent.`);
}
