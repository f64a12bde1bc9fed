import type { INode } from 'n8n-workflow';

import { inUse, walked } from '../../shared/canvas';
import { parseJson } from '../../shared/json';

/** A workflow as n8n exports it, as far as a check looks at it. */
export type CheckedNode = Pick<INode, 'id' | 'name' | 'type' | 'typeVersion' | 'parameters' | 'onError' | 'continueOnFail'> & { disabled: boolean };

export interface Edge {
	from: string;
	output: number;
	to: string;
	input: number;
}

export interface Graph {
	id: string;
	name: string;
	nodes: ReadonlyMap<string, CheckedNode>;
	edges: readonly Edge[];
}

/** Throws an Error that says what is missing. Secrets are never in it: credentials of nodes are not read. */
export function readGraph(given: unknown): Graph {
	const value = typeof given === 'string' ? parseJson(given) : given;
	if (value === undefined) throw new Error('This is no JSON. Paste the whole workflow as n8n’s editor copies or downloads it.');
	const workflow = objectOf(value);
	if (!Array.isArray(workflow.nodes)) throw new Error('This is no workflow: it has no list of nodes. Use what "Download" in n8n’s editor gives, or what n8n’s own node "n8n" puts out for Get a Workflow.');
	const nodes = new Map<string, CheckedNode>();
	for (const raw of workflow.nodes) {
		const node = objectOf(raw);
		const name = textOf(node.name);
		if (name === '' || textOf(node.type) === '') throw new Error('A node of this workflow has no name or no type.');
		nodes.set(name, {
			id: textOf(node.id), name, type: textOf(node.type), typeVersion: Number(node.typeVersion ?? 1), disabled: node.disabled === true,
			parameters: objectOf(node.parameters ?? {}) as INode['parameters'], continueOnFail: node.continueOnFail === true,
			...(typeof node.onError === 'string' ? { onError: node.onError as INode['onError'] } : {}),
		});
	}
	return { id: textOf(workflow.id), name: textOf(workflow.name), nodes, edges: edgesOf(objectOf(workflow.connections ?? {}), nodes) };
}

function edgesOf(connections: Record<string, unknown>, nodes: ReadonlyMap<string, CheckedNode>): Edge[] {
	return Object.entries(connections).flatMap(([from, kinds]) => {
		const { main } = objectOf(kinds);
		if (!Array.isArray(main) || !nodes.has(from)) return [];
		return inUse(nodes.get(from), main as unknown[]).flatMap((targets, output) => (Array.isArray(targets) ? targets : []).flatMap((target: unknown): Edge[] => {
			const { node, index } = objectOf(target);
			return nodes.has(textOf(node)) ? [{ from, output, to: textOf(node), input: Number(index ?? 0) }] : [];
		}));
	});
}

/** The nodes behind one; `at`: behind this output of it only. */
export function nextOf(graph: Graph, name: string, at?: number): CheckedNode[] {
	return graph.edges.filter(({ from, output }) => from === name && (at === undefined || output === at)).flatMap(({ to }) => graph.nodes.get(to) ?? []);
}

export function beforeOf(graph: Graph, name: string): CheckedNode[] {
	return graph.edges.filter(({ to }) => to === name).flatMap(({ from }) => graph.nodes.get(from) ?? []);
}

/** Names of the nodes that are come to from these, without them unless a loop leads back; `through` says where the walk goes on. */
export function reached(start: readonly string[], step: (name: string) => CheckedNode[], through: (node: CheckedNode) => boolean = () => true): Set<string> {
	const found = walked(start.flatMap(step), (node) => (through(node) ? step(node.name) : []));
	return new Set([...found].map(({ name }) => name));
}

/** Every text in the parameters, with where it stands. */
export function textsIn(value: unknown, path = ''): Array<{ path: string; text: string }> {
	if (typeof value === 'string') return [{ path, text: value }];
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, path === '' ? key : `${path}.${key}`));
}

function objectOf(value: unknown): Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string {
	return typeof value === 'string' ? value : '';
}
