import { nameIn } from '../../shared/fields';
import type { Finding } from './finding';
import { beforeOf, reached, type Graph } from './graph';
import { channelOf, kindOf } from './kinds';

/** Waits for an engagement with a message that nobody can have been sent by then: they end by their time-out only. */
export function waitsForNoMessage(graph: Graph): Finding[] {
	return [...graph.nodes.values()].filter((node) => kindOf(node) === 'journeyWaitForEvent' && !node.disabled && node.parameters.waitFor === 'message').flatMap((node): Finding[] => {
		const asked = nameIn(node.parameters.messageStep ?? '');
		if (asked.startsWith('=')) return [];
		const senders = [...reached([node.name], (name) => beforeOf(graph, name))].flatMap((name) => graph.nodes.get(name) ?? []).filter((before) => channelOf(before) !== undefined && !before.disabled);
		if (senders.some(({ id, name }) => asked === '' || id === asked || name === asked)) return [];
		const whose = asked === '' ? 'a message' : `the message of "${[...graph.nodes.values()].find(({ id, name }) => id === asked || name === asked)?.name ?? asked}"`;
		return [{
			level: 'problem', check: 'wait that cannot end', node: node.name,
			message: `"${node.name}" waits until ${whose} is ${String(node.parameters.happened ?? 'opened') === 'replied' ? 'replied to' : String(node.parameters.happened ?? 'opened')}, but no way leads there from ${asked === '' ? 'a sender' : 'that sender'}: everybody waits for the whole time-out.`,
			todo: asked === '' ? 'Put the sender in front of it.' : 'Choose a sender in front of it under Message Step, or turn that one on.',
		}];
	});
}
