import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { BestChannelLook, BestChannelRequest, Engine, Identity, JsonObject, PassedChannel } from '../../engine';
import { FIRST_CHANNEL } from '../shared/bestChannels';
import { getEngine } from '../shared/engine';
import { failItem } from '../shared/errors';
import { readIdentity } from '../shared/fields';
import { stamped } from '../shared/stamp';
import { callEngine, openStep, stepRef, type Contact, type ManualItem, type OutsideItem } from '../shared/step';
import { cameFrom } from './loop';
import { requestOf } from './settings';

const REACHED = 0;
const NOT_REACHED = 1;
const STEP_TYPE = 'bestChannel';

/** The field of an item that tells what became of a channel's message. */
const FIELD_OF: Readonly<Record<string, string>> = { chat: 'chat', directmail: 'directMail', email: 'mail', onsite: 'onSite', push: 'push', sms: 'sms', webpush: 'webPush', whatsapp: 'whatsapp' };

/** On the item, as `bestChannel`: by which channel the person goes out or was reached, and why not by others. */
type Told = { channel: string | null; passed: PassedChannel[] };

export async function chooseChannel(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const opened = await openStep(this, STEP_TYPE);
	const request = requestOf(this, stepRef(this, STEP_TYPE));
	const outputs: INodeExecutionData[][] = Array.from({ length: FIRST_CHANNEL + request.channels.length }, () => []);
	outputs[NOT_REACHED]?.push(...opened.failed);
	const back = cameFrom(this);
	if (opened.kind === 'manual') {
		await lookManually(this, request, opened.items, back, outputs);
		return outputs;
	}
	await moveOn(this, opened.engine, request, opened.contacts, back, outputs);
	await lookOutside(this, opened.engine, request, opened.outside, back, outputs);
	return outputs;
}

async function moveOn(context: IExecuteFunctions, engine: Engine, request: BestChannelRequest, contacts: readonly Contact[], back: string | undefined, outputs: INodeExecutionData[][]): Promise<void> {
	if (contacts.length === 0) return;
	const byIndex = new Map(contacts.map((contact) => [contact.index, contact]));
	const items = contacts.map(({ index, stamp, item }) => ({ index, stamp, item: item.json as JsonObject, ...(back === undefined ? {} : { back }) }));
	for (const { index, outcome, channel, passed, stamp } of await callEngine(context, () => engine.messages.bestChannel(request, items))) {
		const contact = byIndex.get(index);
		if (contact === undefined || stamp === undefined) continue;
		const output = outcome === 'reached' ? REACHED : outcome === 'notReached' ? NOT_REACHED : outputOf(context, request, channel, index);
		outputs[output]?.push(stamped(contact.item, index, stamp, told({ channel, passed })));
	}
}

/** A replay goes by the channel that was remembered, wherever its output stands by now. */
function outputOf(context: IExecuteFunctions, request: BestChannelRequest, channel: string | null, itemIndex: number): number {
	const place = request.channels.findIndex((one) => one.channel === channel);
	if (place >= 0) return FIRST_CHANNEL + place;
	throw new NodeOperationError(context.getNode(), `Before an interruption somebody was given out by ${channel ?? 'a channel'}, which this step has no more`, {
		itemIndex, description: 'Their message may have been sent. Put the channel back, then use Journey Control: Retry Held.',
	});
}

/** Nothing is recorded: who comes goes out by the first channel that reaches them, and whoever comes back from a preview was reached. */
async function lookManually(context: IExecuteFunctions, request: BestChannelRequest, items: readonly ManualItem[], back: string | undefined, outputs: INodeExecutionData[][]): Promise<void> {
	if (items.length === 0) return;
	const mark = (profile: number | null) => ({ manual: true, profile }) as const;
	if (back !== undefined) {
		for (const { index, item, profile } of items) outputs[REACHED]?.push(stamped(item, index, mark(profile)));
		return;
	}
	const engine = await getEngine(context);
	const answers = await callEngine(context, () => engine.messages.tryBestChannel(request, items.map(({ profile }) => ({ profile }))));
	for (const [n, { index, item, profile }] of items.entries()) {
		const { channel = null, passed = [] } = answers[n] ?? {};
		outputs[channel === null ? NOT_REACHED : outputOf(context, request, channel, index)]?.push(stamped(item, index, mark(profile), told({ channel, passed })));
	}
}

/** Items of no journey: chosen by what is known of the person; nobody waits for a delivery. */
async function lookOutside(context: IExecuteFunctions, engine: Engine, request: BestChannelRequest, items: readonly OutsideItem[], back: string | undefined, outputs: INodeExecutionData[][]): Promise<void> {
	const asked: Array<{ one: OutsideItem; identity: Identity | null; before: Told; look: Omit<BestChannelLook, 'profile'> }> = [];
	for (const one of items) {
		try {
			const before = toldOn(one.item.json);
			asked.push({ one, before, identity: identityOf(context, one.index), look: { without: before.passed.map(({ channel }) => channel), ...(back === undefined ? {} : { after: { channel: back, message: messageOn(context, one, back) } }) } });
		} catch (error) {
			outputs[NOT_REACHED]?.push(failItem(context, error, one.index));
		}
	}
	if (asked.length === 0) return;
	const known = asked.flatMap(({ identity }) => identity ?? []);
	const found = known.length === 0 ? [] : await callEngine(context, () => engine.scores.find(known));
	const people = asked.map(({ identity, look }) => ({ ...look, profile: identity === null ? null : (found[known.indexOf(identity)] ?? null) }));
	const answers = await callEngine(context, () => engine.messages.tryBestChannel(request, people));
	for (const [n, { one: { index, item }, before }] of asked.entries()) {
		const { reached, channel, passed } = answers[n] ?? { reached: false, channel: null, passed: [] };
		const output = reached ? REACHED : channel === null ? NOT_REACHED : outputOf(context, request, channel, index);
		outputs[output]?.push({ ...item, json: { ...item.json, ...told({ channel, passed: back === undefined ? passed : [...before.passed, ...passed] }) }, pairedItem: { item: index } });
	}
}

function identityOf(context: IExecuteFunctions, index: number): Identity | null {
	const { identityKind = 'email', identityValue } = context.getNodeParameter('options', index, {}) as { identityKind?: unknown; identityValue?: unknown };
	return readIdentity(identityKind, identityValue);
}

/** The id alone is taken from the item; what became of the message is asked of the ledger. */
function messageOn(context: IExecuteFunctions, { index, item }: OutsideItem, channel: string): string {
	const about = item.json[FIELD_OF[channel] ?? ''] as IDataObject | undefined;
	if (typeof about?.message === 'string') return about.message;
	throw new NodeOperationError(context.getNode(), 'Nothing says what became of the message of this item', {
		itemIndex: index,
		description: `It comes from no journey, so its field '${FIELD_OF[channel] ?? channel}' has to come back as the sender put it out. Connect the sender straight to this node, or put both behind a Journey Trigger.`,
	});
}

function toldOn(json: IDataObject): Told {
	const { passed } = (json.bestChannel ?? {}) as { passed?: unknown };
	return { channel: null, passed: Array.isArray(passed) ? (passed as PassedChannel[]).filter((one) => typeof one?.channel === 'string') : [] };
}

function told({ channel, passed }: Told): IDataObject {
	return { bestChannel: { channel, passed: passed.map(({ channel: by, reason }) => ({ channel: by, reason })) } };
}
