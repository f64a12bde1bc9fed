import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INode, INodeExecutionData, IPairedItemData, ISourceData, ITaskData } from 'n8n-workflow';

import type { Stamp } from '../../engine';
import { isOurs } from './family';
import { howToKeepTheContact, onlySelects, setsPairs } from './pairing';
import { executeDataOf, rootModeOf, runExecutionDataOf, workflowOf } from './runtime';
import { markOf } from './stamp';
import type { Mark } from './stamp';

/**
 * Who an item is (PROTOCOL rule 18), in this order:
 * 1. its stamp in the JSON;
 * 2. the stamp of the item it came from, found by walking pairedItem back through nodes that are known to set it right;
 * 3. when everything that journey nodes put out in this execution belongs to one contact, that contact;
 * 4. otherwise nobody: an error that names the node which lost the contact. Never a guess.
 *
 * An item that n8n made up because a node has "Always Output Data" on and put out nothing (filler) is nobody's, although
 * n8n pairs it with every person who came in: behind a node of ours or one that only selects, these people are parked, went
 * another way or were filtered out, and it is dropped; behind another node (a look-up that found nothing) it is an error.
 */
export type Found =
	| { kind: 'contact'; index: number; item: INodeExecutionData; stamp: Stamp }
	/** A manual run in the editor: a profile to look as, no enrollment. */
	| { kind: 'manual'; index: number; item: INodeExecutionData; profile: number | null }
	/** No journey is in this execution: a Sheet row, a form. */
	| { kind: 'outside'; index: number; item: INodeExecutionData }
	/** Made up by n8n: stands for nobody and is to be left out. */
	| { kind: 'filler'; index: number; item: INodeExecutionData }
	| { kind: 'lost'; index: number; item: INodeExecutionData; error: NodeOperationError };

/** The contact of each item on the given input, in the order of the items. */
export function findContacts(context: IExecuteFunctions, items: INodeExecutionData[], inputIndex = 0): Found[] {
	const search = new Search(context, inputIndex);
	return items.map((item, index) => search.find(item, index));
}

/** Every mark that our nodes put out so far in this execution, the latest first. */
export function marksIn(context: IExecuteFunctions): Mark[] {
	const nodes = workflowOf(context)?.nodes ?? {};
	return Object.entries(runExecutionDataOf(context)?.resultData.runData ?? {})
		.filter(([name]) => isOurs(nodes[name]?.type ?? ''))
		.flatMap(([, tasks]) => tasks)
		.sort((a, b) => b.executionIndex - a.executionIndex)
		.flatMap((task) => (task.data?.main ?? []).flatMap((output) => output ?? []))
		.map((item) => markOf(item.json))
		.filter((mark) => mark !== null);
}

type Way =
	| { kind: 'mark'; mark: Mark }
	/** Reached the start of the execution without meeting a mark. */
	| { kind: 'start' }
	| { kind: 'filler'; at: INode }
	| { kind: 'broken'; at: INode | null; why: 'pairs' | 'several' };

class Search {
	private readonly runData: Record<string, ITaskData[]>;
	private readonly nodes: Record<string, INode>;
	private readonly source: ISourceData | null;
	private readonly ways = new Map<string, Way>();
	private marks: Mark[] | undefined;
	private hinted = false;

	constructor(
		private readonly context: IExecuteFunctions,
		inputIndex: number,
	) {
		this.runData = runExecutionDataOf(context)?.resultData.runData ?? {};
		this.nodes = workflowOf(context)?.nodes ?? {};
		this.source = executeDataOf(context)?.source?.main?.[inputIndex] ?? null;
	}

	find(item: INodeExecutionData, index: number): Found {
		const own = markOf(item.json);
		const way = own && !this.mixesContacts(own, index) ? ({ kind: 'mark', mark: own } as const) : this.follow(this.source, index);
		if (way.kind === 'mark') return this.found(way.mark, item, index);
		const marks = this.marksOfExecution();
		if (marks.length === 0) return { kind: 'outside', index, item };
		if (way.kind === 'filler') return isOurs(way.at.type) || onlySelects(way.at) ? { kind: 'filler', index, item } : { kind: 'lost', index, item, error: this.fillerError(way.at, index) };
		const only = way.kind === 'broken' && way.why === 'several' ? null : this.onlyContact(marks);
		if (only) {
			this.hintOnBatches(way);
			return this.found(only, item, index);
		}
		return { kind: 'lost', index, item, error: this.lostError(way, index) };
	}

	private found(mark: Mark, item: INodeExecutionData, index: number): Found {
		const manualRun = isManualMode(rootModeOf(this.context));
		if (mark.kind === 'stamp') {
			// Data pinned or copied from a real execution: look as that person, touch nothing of theirs.
			return manualRun
				? { kind: 'manual', index, item, profile: mark.stamp.profile }
				: { kind: 'contact', index, item, stamp: mark.stamp };
		}
		return { kind: 'manual', index, item, profile: mark.profile };
	}

	/**
	 * A Merge can lay two people's items on each other; the JSON then names one of them. However many nodes stand between it and here: what they made of such
	 * an item still has the one's mark and the other's data.
	 */
	private mixesContacts(own: Mark, index: number): boolean {
		const way = this.follow(this.source, index);
		if (way.kind === 'broken') return way.why === 'several';
		const at = this.at(this.source, index);
		return way.kind === 'mark' && contactKey(way.mark) !== contactKey(own) && at !== null && !isOurs(at.node.type) && pairsOf(at.item).length > 1;
	}

	private follow(source: ISourceData | null, index: number): Way {
		if (!source) return { kind: 'start' };
		const key = `${source.previousNode}\n${source.previousNodeRun ?? 0}\n${source.previousNodeOutput ?? 0}\n${index}`;
		const known = this.ways.get(key);
		if (known) return known;
		// Stands while the way is searched: a circle ends here instead of running for ever.
		this.ways.set(key, { kind: 'broken', at: this.nodes[source.previousNode] ?? null, why: 'pairs' });
		const way = this.search(source, index);
		this.ways.set(key, way);
		return way;
	}

	private search(source: ISourceData, index: number): Way {
		const at = this.at(source, index);
		if (!at) return { kind: 'broken', at: this.nodes[source.previousNode] ?? null, why: 'pairs' };
		if (isFiller(at)) return { kind: 'filler', at: at.node };
		const mark = markOf(at.item.json);
		const pairs = pairsOf(at.item);
		if (mark && isOurs(at.node.type)) return { kind: 'mark', mark };
		if (mark && pairs.length < 2) return this.marked(at, mark, pairs);
		if (at.task.source.length === 0 || at.task.source.every((one) => one === null)) return { kind: 'start' };
		if (pairs.length === 0 || !setsPairs(at.node)) return mark ? { kind: 'mark', mark } : { kind: 'broken', at: at.node, why: 'pairs' };
		const way = this.followPairs(at, pairs);
		return mark && way.kind === 'mark' && contactKey(way.mark) === contactKey(mark) ? { kind: 'mark', mark } : way;
	}

	/** The item names its person itself, unless it was made of several people's before it came to this node. */
	private marked(at: At, mark: Mark, pairs: IPairedItemData[]): Way {
		const way = pairs.length === 0 || !setsPairs(at.node) ? null : this.followPairs(at, pairs);
		return way?.kind === 'broken' && way.why === 'several' ? way : { kind: 'mark', mark };
	}

	private followPairs(at: At, pairs: IPairedItemData[]): Way {
		let agreed: Way | null = null;
		for (const pair of pairs) {
			const way = this.follow(pair.sourceOverwrite ?? at.task.source[pair.input ?? 0] ?? null, pair.item);
			if (way.kind === 'broken') return way;
			if (way.kind === 'start') continue;
			if (way.kind === 'filler') {
				agreed ??= way;
				continue;
			}
			if (agreed?.kind === 'mark' && contactKey(agreed.mark) !== contactKey(way.mark)) {
				return { kind: 'broken', at: at.node, why: 'several' };
			}
			agreed = way;
		}
		return agreed ?? { kind: 'start' };
	}

	private at(source: ISourceData | null, index: number): At | null {
		if (!source) return null;
		const node = this.nodes[source.previousNode];
		const task = this.runData[source.previousNode]?.[source.previousNodeRun ?? 0];
		const item = task?.data?.main?.[source.previousNodeOutput ?? 0]?.[index];
		return node && task && item ? { node, task, item } : null;
	}

	private marksOfExecution(): Mark[] {
		return (this.marks ??= marksIn(this.context));
	}

	private onlyContact(marks: Mark[]): Mark | null {
		const [first] = marks;
		if (!first || marks.some((mark) => contactKey(mark) !== contactKey(first))) return null;
		return this.nearestMark() ?? first;
	}

	/** The stamp carries the way taken so far, so it has to be that of the last journey node before this one. */
	private nearestMark(): Mark | null {
		const queue: Array<ISourceData | null> = [this.source];
		const seen = new Set<string>();
		for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
			if (!next || seen.has(`${next.previousNode}\n${next.previousNodeRun ?? 0}`)) continue;
			seen.add(`${next.previousNode}\n${next.previousNodeRun ?? 0}`);
			const task = this.runData[next.previousNode]?.[next.previousNodeRun ?? 0];
			const items = task?.data?.main?.[next.previousNodeOutput ?? 0] ?? [];
			for (const item of items) {
				const mark = markOf(item.json);
				if (mark) return mark;
			}
			queue.push(...(task?.source ?? []));
		}
		return null;
	}

	/** In the editor one person runs, where it always works; with a batch it would stop. Said before publishing. */
	private hintOnBatches(way: Way): void {
		if (this.hinted || !isManualMode(rootModeOf(this.context))) return;
		this.hinted = true;
		const name = way.kind === 'broken' && way.at ? `"${way.at.name}"` : 'A node before this one';
		this.context.addExecutionHints({
			type: 'warning',
			location: 'outputPane',
			message: `${name} does not say which item belongs to which person. That works with one person, as here; with a batch this node would stop. ${way.kind === 'broken' && way.at ? howToKeepTheContact(way.at) : ''}`,
		});
	}

	private fillerError(at: INode, index: number): NodeOperationError {
		return new NodeOperationError(this.context.getNode(), `"${at.name}" put out nothing, and n8n made up an empty item in its place`, {
			itemIndex: index,
			description: `Nobody can say whom it is for. Turn off Always Output Data in the settings of "${at.name}".`,
		});
	}

	private lostError(way: Way, index: number): NodeOperationError {
		const node = this.context.getNode();
		if (way.kind !== 'broken' || !way.at) {
			return new NodeOperationError(node, 'This item belongs to no person of the journey', {
				itemIndex: index,
				description: 'It comes from a part of the workflow that does not start at the Journey Trigger, while other people of the journey are in the same execution. Put it into a workflow of its own.',
			});
		}
		if (way.why === 'several') {
			return new NodeOperationError(node, `"${way.at.name}" made one item out of several people`, {
				itemIndex: index,
				description: `So nobody can say whom this item is for. ${howToKeepTheContact(way.at)}`,
			});
		}
		return new NodeOperationError(node, `The person of this item was lost in "${way.at.name}"`, {
			itemIndex: index,
			description: `Its items no longer have the field _journey, and it does not say reliably which of them came from which person. ${howToKeepTheContact(way.at)}`,
		});
	}
}

interface At {
	node: INode;
	task: ITaskData;
	item: INodeExecutionData;
}

/** n8n-core's ensureAlwaysOutputData (2.41.1): one item without content on the first output, paired with all that came in. */
function isFiller({ node, item }: At): boolean {
	return node.alwaysOutputData === true && Array.isArray(item.pairedItem) && item.binary === undefined && Object.keys(item.json).length === 0;
}

function pairsOf({ pairedItem }: INodeExecutionData): IPairedItemData[] {
	if (pairedItem === undefined) return [];
	if (Array.isArray(pairedItem)) return pairedItem;
	return [typeof pairedItem === 'number' ? { item: pairedItem } : pairedItem];
}

/** Two legs of one enrollment are two: a stamp of one must not act for the other. */
function contactKey(mark: Mark): string {
	return mark.kind === 'stamp' ? mark.stamp.token : `manual ${mark.profile}`;
}

/** 'evaluation' is n8n's own test runner. */
export function isManualMode(mode: string): boolean {
	return mode === 'manual' || mode === 'evaluation';
}
