import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine, GateItem, GateOut, GateResult, JsonObject, Stamp } from '../../engine';
import { getEngine } from '../shared/engine';
import { settingReader } from '../shared/fields';
import { outputsWith } from '../shared/outputs';
import { refuseOutside } from '../shared/outside';
import { settingsOf } from '../shared/settings';
import { markOf, stamped, type ManualMark } from '../shared/stamp';
import { callEngine, openStep, stepRef } from '../shared/step';
import { failureIn } from './answer';
import { givenOutBy, isAnswer } from './loop';
import { channelOf, gateOf } from './settings';

const DONE = 0;
const SEND = 1;
/** How many the engine may look at for the next turn, when those before turn out to be kept back by now: each is a person's JSON to hand over. */
const LOOK_AHEAD = 5;

type Delivery = { message: string | null; channel: string; status: string; reason: string | null };

/** Kept in the execution between the calls of the loop, as Loop Over Items does. */
interface Turns {
	queue: GateItem[];
	done: Array<{ item: GateItem; delivery: Delivery; stamp: Stamp }>;
	/** run: of this node, by which it was given out. */
	out: (GateOut & { item: GateItem; run: number }) | null;
	/** Of a manual run. */
	manual?: { queue: IDataObject[]; done: IDataObject[] };
}

export async function passThrough(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const turns = turnsOf(this);
	if (wasGivenOut(this)) return turns.manual ? nextManually(this, turns.manual, this.getInputData()) : await answered(this, turns);
	const opened = await openStep(this, 'anyChannel');
	if (opened.kind === 'manual') {
		const passed = opened.items.map(({ item, index, profile }) => stamped(item, index, { manual: true, profile }));
		if (this.getNodeParameter('manualOutput', 0, 'done') !== 'send') return [[...opened.failed, ...passed.map((item) => withDelivery(item, nothingSent(this)))], []];
		turns.manual = { queue: passed.map(({ json }) => json), done: [] };
		const outputs = nextManually(this, turns.manual, null);
		outputs[DONE]?.push(...opened.failed);
		return outputs;
	}
	const { engine, ref } = opened;
	const { read, failed } = settingsOf(this, opened.contacts, settingReader(this, ['address'], (index) => addressOf(this, index)));
	const outputs = outputsWith(2, [...opened.failed, ...refuseOutside(this, opened.outside), ...failed]);
	if (read.length === 0) return outputs;
	const items = read.map(({ contact: { index, stamp, item }, setting: address }): GateItem => ({ index, stamp, item: item.json as JsonObject, ...address }));
	if (!opened.resumed) {
		await callEngine(this, () => engine.messages.gateEnter(ref, items));
		return outputs;
	}
	const request = gateOf(this, ref);
	const byIndex = new Map(items.map((item) => [item.index, item]));
	for (const result of await callEngine(this, () => engine.messages.gateOpen(request, items))) {
		const item = byIndex.get(result.index);
		if (item !== undefined) note(turns, request.channel, item, result);
	}
	return await goOn(this, engine, turns, null, outputs);
}

/** n8n's own emission has no source; everything that comes from behind Send is an answer. */
function wasGivenOut(context: IExecuteFunctions): boolean {
	try {
		return isAnswer(context);
	} catch {
		return false;
	}
}

function turnsOf(context: IExecuteFunctions): Turns {
	const kept = context.getContext('node') as Partial<Turns>;
	kept.queue ??= [];
	kept.done ??= [];
	kept.out ??= null;
	return kept as Turns;
}

/** Exactly one is out at a time, so what comes back is about that one, whatever the nodes behind Send made of the item. */
async function answered(context: IExecuteFunctions, turns: Turns): Promise<INodeExecutionData[][]> {
	const { out } = turns;
	const items = context.getInputData();
	// A second line back brings a second answer about somebody who has been confirmed already: it must not be taken for the next one's. n8n keeps from which run
	// of this node it comes, whatever became of the item; with the execution order of old workflows it comes while the next one is out.
	if (out === null || !givenOutBy(context).has(out.run) || items.some((item) => isAboutAnother(item, out.item))) return [[], []];
	turns.out = null;
	const answer = { item: out.item, message: out.message, nonce: out.nonce, failed: failureIn(items) };
	return await goOn(context, await getEngine(context), turns, answer, [[], []]);
}

function isAboutAnother(item: INodeExecutionData, out: GateItem): boolean {
	const mark = markOf(item.json);
	return mark?.kind === 'stamp' && mark.stamp.token !== out.stamp.token;
}

type Answer = Parameters<Engine['messages']['gateTurn']>[1]['answer'];

/** Gives out the next one; when there is none, everybody who had a turn leaves by Done. */
async function goOn(context: IExecuteFunctions, engine: Engine, turns: Turns, given: Answer, outputs: INodeExecutionData[][]): Promise<INodeExecutionData[][]> {
	const request = gateOf(context, stepRef(context, 'anyChannel'));
	let answer = given;
	while (answer !== null || turns.queue.length > 0) {
		const queue = turns.queue.splice(0, LOOK_AHEAD);
		const asked = { answer, queue };
		const { results, out } = await callEngine(context, () => engine.messages.gateTurn(request, asked));
		const all = answer === null ? queue : [answer.item, ...queue];
		const byIndex = new Map(all.map((item) => [item.index, item]));
		for (const result of results) {
			const item = byIndex.get(result.index);
			if (item !== undefined) note(turns, request.channel, item, result);
		}
		answer = null;
		if (out === null) continue;
		const place = queue.findIndex(({ index }) => index === out.index);
		const item = queue[place];
		if (item === undefined) continue;
		turns.queue.unshift(...queue.slice(place + 1));
		turns.out = { ...out, item, run: runOf(context) };
		outputs[SEND]?.push(itemOf(item, item.stamp, { message: out.message, channel: request.channel, status: 'sending', reason: null }));
		return outputs;
	}
	const leaving = turns.done.splice(0);
	if (leaving.length === 0) return outputs;
	const left = new Set(await callEngine(context, () => engine.messages.gateLeave(request.step, leaving.map(({ item }) => item))));
	for (const { item, stamp, delivery } of leaving) if (left.has(item.index)) outputs[DONE]?.push(itemOf(item, stamp, delivery));
	return outputs;
}

function runOf(context: IExecuteFunctions): number {
	return Number(context.getWorkflowDataProxy(0).$runIndex ?? 0);
}

/** Parked people come again by themselves, dropped ones have moved on. */
function note(turns: Turns, channel: string, item: GateItem, { outcome, message, reason, stamp }: GateResult): void {
	if (outcome === 'ready') turns.queue.push(item);
	else if (outcome !== 'parked' && outcome !== 'dropped') turns.done.push({ item, stamp: stamp ?? item.stamp, delivery: { message, channel, status: outcome, reason } });
}

function itemOf({ item, index }: GateItem, stamp: Stamp | ManualMark, delivery: Delivery): INodeExecutionData {
	return stamped({ json: item as IDataObject }, index, stamp, { delivery });
}

function addressOf(context: IExecuteFunctions, index: number): { address?: string } {
	const address = String(context.getNodeParameter('address', index, '') ?? '').trim();
	return address === '' ? {} : { address };
}

function nothingSent(context: IExecuteFunctions): Delivery {
	return { message: null, channel: channelOf(context), status: 'preview', reason: 'Manual run: nothing was sent and nothing is recorded' };
}

function withDelivery(item: INodeExecutionData, delivery: Delivery): INodeExecutionData {
	return { ...item, json: { ...item.json, delivery } };
}

/** The same loop without the engine: the nodes behind Send act, nothing is recorded. */
function nextManually(context: IExecuteFunctions, manual: NonNullable<Turns['manual']>, answer: INodeExecutionData[] | null): INodeExecutionData[][] {
	const was = manual.queue[0];
	if (answer !== null && was !== undefined) {
		const failed = failureIn(answer);
		manual.queue.shift();
		manual.done.push({ ...was, delivery: { message: null, channel: channelOf(context), status: failed === null ? 'sent' : 'failed', reason: failed ?? 'Manual run: nothing is recorded' } });
	}
	const next = manual.queue[0];
	if (next !== undefined) return [[], [{ json: next, pairedItem: { item: 0 } }]];
	return [manual.done.splice(0).map((json) => ({ json, pairedItem: { item: 0 } })), []];
}
