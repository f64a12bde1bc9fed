import type { Finding } from './finding';
import { nextOf, reached, type CheckedNode, type Graph } from './graph';
import { isTrigger, kindOf } from './kinds';

/** Each person leaves these by one output. */
const ONE_WAY: ReadonlySet<string> = new Set(['segmentFilter', 'leadScore', 'journeyBranch', 'journeySplit', 'journeyWait', 'journeyWaitForEvent', 'journeyJoin', 'journeyEmail', 'journeySms', 'if', 'filter']);
/** Sets of lines that are looked at; a drawing with more is left alone. */
const MOST_WAYS = 500;

/** Lines into a join by which one and the same person can come. */
type Lines = ReadonlySet<string>;

/** A Journey Join that nobody can ever meet at: too few lines, or lines of which each person takes one only. */
export function joinsThatCannotMeet(graph: Graph): Finding[] {
	return [...graph.nodes.values()].filter((node) => kindOf(node) === 'journeyJoin' && !node.disabled).flatMap((join) => judged(graph, join));
}

function judged(graph: Graph, join: CheckedNode): Finding[] {
	const triggers = [...graph.nodes.values()].filter(isTrigger).map(({ name }) => name);
	const walked = new Set([...triggers, ...reached(triggers, (name) => nextOf(graph, name))]);
	const lines = new Set(graph.edges.filter(({ from, to }) => to === join.name && walked.has(from)).map(lineOf));
	const { continueWhen = 'all', paths = 2 } = join.parameters;
	if (lines.size === 0 || continueWhen === 'first') return [];
	if (lines.size === 1) {
		return [{ level: 'problem', check: 'join that cannot meet', node: join.name, message: `"${join.name}" joins nothing: one line leads into it.`, todo: 'Connect each path that is to meet by a line of its own, or take the Journey Join out.' }];
	}
	const needed = continueWhen === 'number' ? Math.max(1, Math.trunc(Number(paths) || 2)) : lines.size;
	const ways = triggers.map((trigger) => waysFrom(graph, trigger, join.name, new Set()));
	if (ways.includes(null)) return [];
	const most = Math.max(0, ...ways.flatMap((found) => (found ?? []).map(({ size }) => size)));
	if (most >= needed) return [];
	const parting = [...walked].map((name) => graph.nodes.get(name)).find((node) => node !== undefined && node.name !== join.name && partsAt(graph, node) && outputsTo(graph, node.name, join.name) > 1);
	return [{
		level: 'problem', check: 'join that cannot meet', node: join.name,
		message: `"${join.name}" waits until ${needed} paths have arrived, but nobody can come by more than ${most}${parting === undefined ? '' : `: from "${parting.name}" each person takes one of the ways only`}. Everybody would stand there for the whole time and leave by Timed Out.`,
		todo: 'Where people take one way of several, nothing has to be joined: lead the ways straight to the next step. Join what one person walks at the same time: several lines from one output.',
	}];
}

/** Sets of lines, none of them within another; null: too many to look at. A way that comes back to where it was adds nothing. */
function waysFrom(graph: Graph, name: string, join: string, before: ReadonlySet<string>): Lines[] | null {
	const node = graph.nodes.get(name);
	if (node === undefined || before.has(name)) return [new Set()];
	const since = new Set([...before, name]);
	const outputs = [...new Set(graph.edges.filter(({ from }) => from === name).map(({ output }) => output))];
	let all: Lines[] = [new Set()];
	const parts = partsAt(graph, node);
	for (const output of outputs) {
		let ways: Lines[] = [new Set()];
		for (const edge of graph.edges.filter((one) => one.from === name && one.output === output)) {
			const behind = edge.to === join ? [new Set([lineOf(edge)])] : waysFrom(graph, edge.to, join, since);
			if (behind === null) return null;
			ways = largest(ways.flatMap((one) => behind.map((other) => new Set([...one, ...other]))));
			if (ways.length > MOST_WAYS) return null;
		}
		all = largest(parts ? [...all, ...ways] : all.flatMap((one) => ways.map((other) => new Set([...one, ...other]))));
		if (all.length > MOST_WAYS) return null;
	}
	return all;
}

/** Whoever comes round again may take another way then; a node that is off hands everybody on. */
function partsAt(graph: Graph, node: CheckedNode): boolean {
	return !node.disabled && ONE_WAY.has(kindOf(node)) && !reached([node.name], (name) => nextOf(graph, name)).has(node.name);
}

function outputsTo(graph: Graph, from: string, join: string): number {
	const outputs = [...new Set(graph.edges.filter((edge) => edge.from === from).map(({ output }) => output))];
	return outputs.filter((output) => nextOf(graph, from, output).some(({ name }) => name === join || reached([name], (one) => nextOf(graph, one)).has(join))).length;
}

function largest(ways: readonly Lines[]): Lines[] {
	return ways.filter((one, n) => !ways.some((other, m) => m !== n && (other.size > one.size || (other.size === one.size && m < n)) && [...one].every((line) => other.has(line))));
}

function lineOf({ from, output }: { from: string; output: number }): string {
	return `${from}:${output}`;
}
