import type { INode } from 'n8n-workflow';

import { isStep, nameOf } from './family';
import { CHANNEL_OPTIONS } from './fields/channels';
import { behind, forkIn, leadsTo, type Drawn } from './loops';
import { channelOf } from './senders';

/*
 * What a Journey Best Channel has to be like on the canvas, for the node when it is published and for Journey Control: Check. Each output of a channel leads to that channel's
 * sender, and all of the sender's outputs lead back.
 */

export const BEST_CHANNEL = 'journeyBestChannel';
/** Reached and Not Reached come first: n8n keeps lines by their place, and a channel more must not move what stands behind these. */
export const FIRST_CHANNEL = 2;
const MANY = 'journeyAnyChannel';
const SEND = 1;

/** The channels of the panel, in their order, each once. */
export function channelsOf({ channel = 'email', fallback = 'sms', secondFallback = '' }: INode['parameters']): string[] {
	return [...new Set([channel, fallback, secondFallback].filter((one): one is string => typeof one === 'string' && one !== ''))];
}

export function titleOf(channel: string): string {
	return CHANNEL_OPTIONS.find(({ value }) => value === channel)?.name ?? channel;
}

/** Whether a line from this node to a Journey Best Channel comes out of one of its loops. */
export function returns(drawn: Drawn, from: string, best: string): boolean {
	return channelsOf(drawn.node(best)?.parameters ?? {}).some((_, n) => behind(drawn, best, FIRST_CHANNEL + n).has(from));
}

export interface LoopFault {
	/** The node to look at. */
	node: string;
	message: string;
	todo: string;
}

/** What is wrong with the loops of this Journey Best Channel, at most one fault an output. */
export function loopFaults(drawn: Drawn, name: string): LoopFault[] {
	const channels = channelsOf(drawn.node(name)?.parameters ?? {});
	return channels.flatMap((channel, n) => faultOf(drawn, name, channel, FIRST_CHANNEL + n, channels.length) ?? []);
}

function faultOf(drawn: Drawn, name: string, channel: string, output: number, channels: number): LoopFault | null {
	const title = `${output - FIRST_CHANNEL + 1} ${titleOf(channel)}`;
	const fault = (node: string, message: string, todo: string): LoopFault => ({ node, message, todo });
	const loop = behind(drawn, name, output);
	if (loop.size === 0) return fault(name, `Nothing stands behind the output "${title}" of "${name}"`, `Put the sender of that channel there and connect both of its outputs back to the input of "${name}", or take the channel out of the panel.`);
	const elsewhere = [0, 1, ...Array.from({ length: channels }, (_, n) => FIRST_CHANNEL + n)].filter((other) => other !== output);
	const both = [...loop].find((one) => elsewhere.some((other) => behind(drawn, name, other).has(one)));
	if (both !== undefined) return fault(both, `"${both}" stands behind "${title}" and behind another output of "${name}"`, 'It would not be certain where somebody comes from. Give each output nodes of its own; people who were reached go on behind Reached.');
	const steps = [...loop].filter((one) => isStep(drawn.node(one)?.type ?? ''));
	const wrong = steps.find((one) => channelOf(drawn.node(one) ?? { type: '', parameters: {} }) === undefined);
	if (wrong !== undefined) return fault(wrong, `"${wrong}" stands in the loop behind "${title}" of "${name}"`, 'Only the sender belongs there. Put other journey nodes before this one, or behind Reached or Not Reached.');
	const [sender, second] = steps;
	if (sender === undefined) return fault(name, `No sender stands behind the output "${title}" of "${name}"`, `Put a sender for ${titleOf(channel)} there, or Journey Any Channel with that channel around other nodes.`);
	if (second !== undefined) return fault(second, `"${sender}" and "${second}" both stand behind "${title}" of "${name}"`, 'One sender an output: a second one would write to the same person as well. Make it a channel of its own.');
	const node = drawn.node(sender);
	if (node?.disabled === true) return fault(sender, `"${sender}" behind "${title}" of "${name}" is turned off`, 'Turn it on, or take the channel out of the panel.');
	const own = node === undefined ? undefined : channelOf(node);
	if (own !== channel) return fault(sender, `"${sender}" behind "${title}" of "${name}" sends by ${titleOf(own ?? '')}`, `Put a sender for ${titleOf(channel)} there, or choose ${titleOf(own ?? '')} in the panel: who can be reached is asked of the channel in the panel.`);
	return wiringFault(drawn, name, sender, output, title);
}

function wiringFault(drawn: Drawn, name: string, sender: string, output: number, title: string): LoopFault | null {
	const gate = nameOf(drawn.node(sender)?.type ?? '') === MANY;
	const ways = gate ? [0] : [0, 1];
	const open = ways.find((way) => !(drawn.outputs(sender)[way] ?? []).some((target) => leadsTo(drawn, target, name)));
	if (open !== undefined) {
		const which = gate ? 'Done' : open === 0 ? 'Sent' : 'Not Sent';
		return { node: sender, message: `The output ${which} of "${sender}" does not lead back to "${name}"`, todo: `Connect it to the input of "${name}": only there it is decided whether another channel is tried, and everybody goes on by Reached or Not Reached.` };
	}
	const forked = forkIn(gate ? withoutSend(drawn, sender) : drawn, name, output);
	if (forked !== null) return { node: forked, message: `Two lines out of "${forked}" both lead back to "${name}"`, todo: `Each person comes back once from "${title}". Let one node come after the other.` };
	return null;
}

/** The loop of a Journey Any Channel is one visit of it. */
function withoutSend(drawn: Drawn, gate: string): Drawn {
	return { node: drawn.node, outputs: (name) => (name === gate ? drawn.outputs(name).filter((_, n) => n !== SEND) : drawn.outputs(name)) };
}
