import { goesOn } from '../../shared/canvas';
import { setsPairs } from '../../shared/pairing';
import type { Finding } from './finding';
import { beforeOf, nextOf, reached, textsIn, type CheckedNode, type Graph } from './graph';
import { kindOf, mayHold, walkedNodes } from './kinds';

interface Reference {
	/** The node whose data is taken; '' for the items that come in. */
	of: string;
	how: 'first' | 'last' | 'all' | 'item';
	path: string;
	/** The same text asks whether some node has run. */
	asksFirst: boolean;
}

/**
 * Expressions that take one person's data for everybody of a batch, and those that look behind a wait, where nothing of before is there.
 * Looked at in all nodes that people of a journey come by.
 */
export function references(graph: Graph): Finding[] {
	return walkedNodes(graph).flatMap((node) => referencesIn(node).flatMap((reference) => judged(graph, node, reference)));
}

function judged(graph: Graph, node: CheckedNode, reference: Reference): Finding[] {
	const { of, path } = reference;
	const where = path === '' ? '' : ` in "${path}"`;
	if (of !== '') {
		if (!graph.nodes.has(of)) return [{ level: 'problem', check: 'node that is gone', node: node.name, message: `"${node.name}" takes data${where} from "${of}", a node that does not exist.`, todo: 'Choose another node in the expression, or take the data from the item: $json.' }];
		if (!sameLeg(graph, node.name).has(of)) {
			return [{
				level: 'problem', check: 'data from before a wait', node: node.name,
				message: `"${node.name}" takes data${where} from "${of}". Between them people wait, or "${of}" is on another branch: after a wait everybody goes on in a new execution, in which "${of}" has not run.`,
				todo: 'Take it from the item ($json): fields chosen under Fields That Travel in the Journey Trigger go with each person through every wait. What else is needed later belongs into the profile (Profile Engine).',
			}];
		}
	}
	return [...oneForAll(graph, node, reference, where), ...behindSender(graph, node, reference, where)];
}

function oneForAll(graph: Graph, node: CheckedNode, { of, how }: Reference, where: string): Finding[] {
	if (how === 'item') {
		const doubtful = of === '' ? null : doubtfulBetween(graph, node.name, of);
		if (doubtful === null) return [];
		return [{
			level: 'warning', check: 'wrong person’s data', node: node.name,
			message: `"${node.name}" takes data${where} from "${of}" by $('${of}').item. "${doubtful}" between them may not say which item came from which: then n8n guesses, and one person gets another's data.`,
			todo: `Take it from the item ($json) instead, or set "${doubtful}" to run once for each item.`,
		}];
	}
	// A Code node that runs once for all items is there to see all of them.
	if (of === '' && kindOf(node) === 'code' && node.parameters.mode !== 'runOnceForEachItem') return [];
	const what = how === 'all' ? 'what belongs to everybody' : `the ${how} person's data`;
	return [{
		level: how === 'all' ? 'warning' : 'problem', check: 'one person’s data for all', node: node.name,
		message: `"${node.name}" takes ${what}${where} for each person (.${how}()). Many people travel in one execution, so ${how === 'all' ? 'each would get data of all' : `all would get the data of the ${how}`}.`,
		todo: "Use $json, or $('…').item, which is each person's own.",
	}];
}

/**
 * Told for certain: whoever the sender holds begins an execution there, and what stands before it and not behind it as well has not run in that one.
 * An expression that asks first whether the node has run (isExecuted) knows that.
 */
function behindSender(graph: Graph, node: CheckedNode, { of, asksFirst }: Reference, where: string): Finding[] {
	if (of === '' || asksFirst) return [];
	const since = reached([node.name], (from) => beforeOf(graph, from), (before) => before.name !== of && goesOn(before));
	const sender = [...since].flatMap((name) => graph.nodes.get(name) ?? []).find((before) => before.name !== of && mayHold(before) && sameLeg(graph, before.name).has(of));
	if (sender === undefined) return [];
	return [{
		level: 'warning', check: 'data from before a sender', node: node.name,
		message: `"${node.name}" takes data${where} from "${of}". Whoever "${sender.name}" holds back (quiet hours, a cap, a mail server that is away) goes on later in a new execution, in which "${of}" has not run: the expression fails, and they are held.`,
		todo: `Take it from the item ($json): what comes into "${sender.name}" comes out of it again, also later. Or ask $('${of}').isExecuted first.`,
	}];
}

/** What has run in the execution in which this node runs: backwards to where it may have begun. The wait itself has run: there the execution began. */
export function sameLeg(graph: Graph, name: string): Set<string> {
	return reached([name], (from) => beforeOf(graph, from), goesOn);
}

/** The first node between the two that may not pair its items rightly; null when all do. */
function doubtfulBetween(graph: Graph, name: string, of: string): string | null {
	const behind = reached([of], (from) => nextOf(graph, from));
	for (const between of reached([name], (from) => beforeOf(graph, from), (node) => node.name !== of)) {
		const node = graph.nodes.get(between);
		if (node !== undefined && between !== of && behind.has(between) && !setsPairs(node)) return between;
	}
	return null;
}

const NODE = String.raw`\$\(\s*(['"\x60])((?:\\.|(?!\1).)*)\1\s*\)`;
const PATTERNS: ReadonlyArray<[pattern: RegExp, of: number | null, how: (match: RegExpMatchArray) => Reference['how']]> = [
	[new RegExp(String.raw`${NODE}\s*\.\s*(first|last|all|item|itemMatching)\b`, 'g'), 2, (match) => (match[3] === 'itemMatching' ? 'item' : (match[3] as Reference['how']))],
	[/\$input\s*\.\s*(first|last|all)\b/g, null, (match) => match[1] as Reference['how']],
	[/\$items\(\s*(['"])(.*?)\1/g, 2, () => 'all'],
	[/\$node\[\s*(['"])(.*?)\1\s*\]/g, 2, () => 'item'],
];

function referencesIn(node: CheckedNode): Reference[] {
	const isCode = kindOf(node) === 'code';
	const found = new Map<string, Reference>();
	for (const { path, text } of textsIn(node.parameters)) {
		if (!isCode && !text.startsWith('=')) continue;
		for (const [pattern, of, how] of PATTERNS) {
			for (const match of text.matchAll(pattern)) {
				const reference: Reference = { of: of === null ? '' : (match[of] ?? ''), how: how(match), path, asksFirst: /\.\s*isExecuted\b/.test(text) };
				found.set(`${reference.of} ${reference.how}`, found.get(`${reference.of} ${reference.how}`) ?? reference);
			}
		}
	}
	return [...found.values()];
}
