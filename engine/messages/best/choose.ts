import { allowNew, countPassages, insertChildren, nextTrail, openVisits, remember, storeRule, type Child } from '../../journeys';
import { hashId, type JsonObject } from '../../kernel';
import type { Tx } from '../../store';
import type { MessagesDeps } from '../index';
import { checkBestChannel } from './check';
import { readChoices, writeChoices, type Choice } from './choices';
import { fateOf, type Fate } from './delivery';
import { firstOf, objections, orders } from './reachable';
import { situationsOf, TOLD_AGAIN_MS, type BestVisit, type Situation } from './situations';
import type { BestChannelItem, BestChannelRequest, BestChannelResult } from './types';

/*
 * States of a visit (channel_choice): out by a channel -> out by the next -> … -> reached | notReached, with waits for a delivery in between, for which the person
 * parks here. Each change is one transaction with the memo that remembers it, as a routing choice is (journeys/route.ts), and with the child that waits
 * (journeys/park.ts): a replay finds both, or neither.
 */

const REACHED = 'reached';
const NOT_REACHED = 'notReached';

type Deps = Pick<MessagesDeps, 'store' | 'settings'>;

/** Where one visit goes on: wait for the message's delivery, or by the output of this name. */
interface Way {
	visit: BestVisit;
	choice: Choice;
	output: string | null;
	/** Of a wait, by the person's own clock; default: as long as the step says. */
	waitMs?: number;
}

export async function bestChannel(deps: Deps, request: BestChannelRequest, items: readonly BestChannelItem[]): Promise<BestChannelResult[]> {
	checkBestChannel(request);
	const { step } = request;
	return await deps.store.tx('best-channel', async (tx) => {
		const visits = firstOfEach(await openVisits(tx, step, items));
		const known = visits.filter(({ memo }) => memo !== null);
		const fresh = await allowNew(tx, step, visits);
		const situations = await situationsOf(tx, step, fresh);
		const ways = await decide(tx, deps, request, situations);
		await writeChoices(tx, step, ways.map(({ choice }) => choice));
		await remember(tx, step, ways.map(({ visit, choice, output, waitMs }) => (output === null
			? { visit, kind: 'park', value: { choice: choice.id, due: dueAt(tx, request, visit, waitMs) } }
			: { visit, kind: 'route', value: { output: numberOf(request, output), name: output, choice: choice.id }, output })));
		await countPassages(tx, step, [...situations.values()].flatMap((situation) => (situation.kind === 'new' && !situation.moved ? ['entered'] : [])));
		await park(tx, request, ways.filter(({ output }) => output === null));
		const results = new Map(ways.map((way) => [way.visit.item.index, resultOf(request, way)]));
		for (const way of await recalled(tx, request, known)) results.set(way.visit.item.index, resultOf(request, way));
		return items.map(({ index }) => results.get(index) ?? { index, outcome: 'dropped', channel: null, passed: [] });
	});
}

/** Several items of one person in one call are one visit: the first goes on. */
function firstOfEach(visits: readonly BestVisit[]): BestVisit[] {
	const seen = new Set<string>();
	return visits.filter(({ token, item }) => !seen.has(`${token.id} ${item.stamp.trail}`) && seen.add(`${token.id} ${item.stamp.trail}`) !== undefined);
}

async function decide(tx: Tx, { settings }: Deps, request: BestChannelRequest, situations: ReadonlyMap<BestVisit, Situation>): Promise<Way[]> {
	const all = [...situations].flatMap(([visit, situation]) => (situation.kind === 'late' ? [] : [[visit, situation] as const]));
	const order = await orders(tx, request, all.flatMap(([{ token }, { kind }]) => (kind === 'back' ? [] : [token.profile])));
	const open = all.map(([visit, situation]) => ({ visit, choice: choiceOf(visit, situation, order), fate: situation.kind === 'new' ? null : fateOf(situation.message, situation.sent, request, situation.kind === 'back' && situation.waited && !situation.slept) }));
	const asked = new Map<string, Set<number>>();
	for (const { visit, choice, fate } of open) if (fate === null || fate.kind === 'next') for (const channel of choice.left) asked.set(channel, (asked.get(channel) ?? new Set()).add(visit.token.profile));
	const objection = await objections(tx, request, await settings.current(tx), asked);
	return open.map(({ visit, choice, fate }): Way => {
		const before: Choice = { ...choice, message: (messageOf(situations.get(visit)) ?? choice.message) };
		if (fate?.kind === 'wait') return { visit, choice: before, output: null, ...(hasWaited(situations.get(visit)) ? { waitMs: TOLD_AGAIN_MS } : {}) };
		if (fate?.kind === 'reached') return { visit, choice: { ...before, outcome: 'reached' }, output: REACHED };
		return onward(request, visit, before, fate, (channel) => objection(visit.token.profile, channel));
	});
}

function hasWaited(situation: Situation | undefined): boolean {
	return situation?.kind === 'back' && situation.waited;
}

function messageOf(situation: Situation | undefined): string | null {
	return situation === undefined || situation.kind === 'new' || situation.kind === 'late' ? null : (situation.message?.id ?? null);
}

/** The visit as it is recorded, or a new one. Who comes from a sender that this step has not given them to has tried that channel. */
function choiceOf(visit: BestVisit, situation: Exclude<Situation, { kind: 'late' }>, order: (profile: number) => string[]): Choice {
	if (situation.kind === 'back') return situation.choice;
	const { id: token, enrollment, profile } = visit.token;
	const { trail } = visit.item.stamp;
	const given = order(profile);
	const id = hashId('channel choice', token, trail);
	const begun: Choice = { id, enrollment, profile, left: given, tried: [], at: null, outTrail: null, message: null, outcome: null };
	if (situation.kind !== 'stray') return begun;
	return { ...begun, left: given.filter((channel) => channel !== situation.channel), at: situation.channel, outTrail: situation.message?.trail ?? trail };
}

/** On to the next channel that reaches them. */
function onward(request: BestChannelRequest, visit: BestVisit, choice: Choice, fate: Extract<Fate, { kind: 'next' }> | null, objection: (channel: string) => string | null): Way {
	const tried = choice.at === null || fate === null ? choice.tried : [...choice.tried, { channel: choice.at, reason: fate.reason, ...(choice.outTrail === null ? {} : { trail: choice.outTrail }) }];
	const { channel, passed, left } = firstOf(choice.left, objection);
	const on: Choice = { ...choice, left, tried: [...tried, ...passed], message: null };
	if (channel === null) return { visit, choice: { ...on, at: null, outTrail: null, outcome: 'notReached' }, output: NOT_REACHED };
	return { visit, choice: { ...on, at: channel, outTrail: nextTrail(visit.item.stamp.trail, request.step.step, numberOf(request, channel)) }, output: channel };
}

/** Of the output with this name: what trails go by. */
function numberOf({ channels }: BestChannelRequest, name: string): number {
	if (name === REACHED) return 0;
	if (name === NOT_REACHED) return 1;
	return 2 + channels.findIndex(({ channel }) => channel === name);
}

function dueAt(tx: Tx, { deliveryWithinMs }: BestChannelRequest, { token }: BestVisit, waitMs = deliveryWithinMs ?? 0): number {
	return Math.round(tx.nowMs + waitMs * token.timeScale);
}

/** Whatever tells of the message wakes them at once (waits/follow.ts); the people are locked, so nothing comes in between the look at the ledger and this. */
async function park(tx: Tx, request: BestChannelRequest, ways: readonly Way[]): Promise<void> {
	if (ways.length === 0) return;
	const rule = await storeRule(tx, { kind: 'message', happened: 'reported', already: true });
	await insertChildren(tx, request.step, ways.map(({ visit, choice, waitMs }): Child => ({
		visit, dueAtMs: dueAt(tx, request, visit, waitMs), awaits: { kind: 'message', key: choice.message ?? '', rule }, payload: withoutStamp(visit.item.item),
	})));
	tx.wake(request.step.workflow, request.step.step);
}

/** The stamp of a leg that is over must not come back with the item. */
function withoutStamp({ _journey: _stamp, ...item }: JsonObject): JsonObject {
	return item;
}

/** What an earlier pass decided. */
async function recalled(tx: Tx, request: BestChannelRequest, visits: readonly BestVisit[]): Promise<Way[]> {
	if (visits.length === 0) return [];
	const choices = new Map((await readChoices(tx, request.step.step, [...new Set(visits.map(({ token }) => token.enrollment))])).map((choice) => [choice.id, choice]));
	return visits.flatMap((visit): Way[] => {
		const { memo, token } = visit;
		const empty: Choice = { id: '', enrollment: token.enrollment, profile: token.profile, left: [], tried: [], at: null, outTrail: null, message: null, outcome: null };
		const choice = choices.get(String(memo?.value.choice)) ?? empty;
		if (memo?.kind === 'park') return [{ visit, choice, output: null }];
		return typeof memo?.value.name === 'string' ? [{ visit, choice, output: memo.value.name }] : [];
	});
}

function resultOf(request: BestChannelRequest, { visit: { item, memo }, choice, output }: Way): BestChannelResult {
	const passed = choice.tried.map(({ channel, reason }) => ({ channel, reason }));
	if (output === null) return { index: item.index, outcome: 'parked', channel: choice.at, passed };
	// Trails go by the number that was remembered; outputs may have been added or taken away since.
	const number = memo === null ? numberOf(request, output) : Number(memo.value.output);
	const stamp = { ...item.stamp, trail: nextTrail(item.stamp.trail, request.step.step, number) };
	if (output === REACHED || output === NOT_REACHED) return { index: item.index, outcome: output, channel: output === REACHED ? choice.at : null, passed, stamp };
	return { index: item.index, outcome: 'channel', channel: output, passed, stamp };
}
