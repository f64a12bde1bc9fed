import type { Workflow } from 'n8n-workflow';

import { targetsByOutput, walked } from './canvas';
import { BEST_CHANNEL, FIRST_CHANNEL, returns } from './bestChannels';
import { nameOf } from './family';
import { drawnIn } from './loops';
import { leavesOneWay } from './oneWay';

const SEND = 1;
/** Behind the name of a Journey Best Channel: that node for whoever comes back from a sender, and goes on by Reached or Not Reached. */
const BACK = '\u0000';
/** More than once is as good as endless. */
const OFTEN = 2;

/** By the execution's own workflow, which does not change: a gate is run once a person. */
const KNOWN = new WeakMap<Workflow, Map<string, boolean>>();

/** How often somebody who is at a node comes by another one: by lines of their own so often, and at most once by each of these joins. */
interface Comings {
	times: number;
	joins: ReadonlySet<string>;
}
const NEVER: Comings = { times: 0, joins: new Set() };

/**
 * Whether a run brings a person to this node once at most, as the canvas is drawn: no loop leads back to it, and no two lines out of one output (or out of
 * several outputs of a node that may use more than one at a time) lead there, but through a Journey Join. Conservative: false where it cannot be told.
 */
export function comesOnce(workflow: Workflow | undefined, name: string): boolean {
	if (workflow === undefined) return false;
	const known = KNOWN.get(workflow) ?? new Map<string, boolean>();
	KNOWN.set(workflow, known);
	const answer = known.get(name) ?? isOnce(workflow, name);
	known.set(name, answer);
	return answer;
}

function isOnce(workflow: Workflow, name: string): boolean {
	const way = new Ways(workflow, name);
	if (way.loops(name)) return false;
	const triggers = Object.values(workflow.nodes).filter((node) => nameOf(node.type) === 'journeyTrigger' && !node.disabled).map((node) => way.from(node.name));
	const coming = triggers.filter(({ times, joins }) => times > 0 || joins.size > 0);
	return coming.length > 0 && coming.every((comings) => way.total(comings) === 1);
}

class Ways {
	private readonly names: string[];
	private readonly comings = new Map<string, Comings>();
	private readonly behind = new Map<string, Set<string>>();
	private readonly joins = new Map<string, boolean>();
	private readonly bests: string[];

	constructor(private readonly workflow: Workflow, private readonly to: string) {
		this.bests = Object.values(workflow.nodes).filter(({ type }) => nameOf(type) === BEST_CHANNEL).map(({ name }) => name);
		this.names = [...Object.keys(workflow.nodes), ...this.bests.map((name) => name + BACK)].filter((name) => name === to || this.reached(name).has(to));
		// Monotone and at most OFTEN: loops on the way settle within a few rounds.
		for (let changed = true; changed; ) {
			changed = false;
			for (const name of this.names) {
				const before = this.comings.get(name) ?? NEVER;
				const now = this.leaving(name);
				if (now.times === before.times && now.joins.size === before.joins.size) continue;
				this.comings.set(name, now);
				changed = true;
			}
		}
	}

	from(name: string): Comings {
		if (name === this.to) return { times: 1, joins: new Set() };
		return this.meets(name) ? { times: 0, joins: new Set([name]) } : this.comings.get(name) ?? NEVER;
	}

	total({ times, joins }: Comings): number {
		return Math.min(OFTEN, times + [...joins].reduce((sum, join) => sum + this.total(this.comings.get(join) ?? NEVER), 0));
	}

	loops(name: string): boolean {
		return this.reached(name).has(name);
	}

	private leaving(name: string): Comings {
		if (name === this.to) return this.from(name);
		const node = this.workflow.nodes[name.replace(BACK, '')];
		const outputs = this.outputs(name).map((lines) => together(lines.map((line) => this.from(line))));
		return node !== undefined && leavesOneWay(node) ? either(outputs) : together(outputs);
	}

	private meets(name: string): boolean {
		const answer = this.joins.get(name) ?? this.isMeeting(name);
		this.joins.set(name, answer);
		return answer;
	}

	/** Paths meet there once. In a loop each round is another meeting, and so it is where a loop brings the same path again. */
	private isMeeting(name: string): boolean {
		const node = this.workflow.nodes[name];
		if (node === undefined || node.disabled === true || nameOf(node.type) !== 'journeyJoin' || this.loops(name)) return false;
		return !this.names.some((before) => this.forks(before, name) && this.loops(before));
	}

	private forks(from: string, to: string): boolean {
		const node = this.workflow.nodes[from];
		const leading = this.outputs(from).map((lines) => lines.filter((line) => line === to || this.reached(line).has(to)).length);
		return node !== undefined && leavesOneWay(node) ? leading.some((count) => count > 1) : leading.reduce((sum, count) => sum + count, 0) > 1;
	}

	/** The loop behind Send of a gate is one visit of it. Those of a Journey Best Channel bring nobody to the same sender twice. */
	private outputs(name: string): string[][] {
		if (name.endsWith(BACK)) return targetsByOutput(this.workflow, name.slice(0, -BACK.length)).slice(0, FIRST_CHANNEL);
		const drawn = drawnIn(this.workflow);
		const outputs = targetsByOutput(this.workflow, name).map((lines) => lines.map((line) => (this.bests.includes(line) && returns(drawn, name, line) ? line + BACK : line)));
		return name === this.to && nameOf(this.workflow.nodes[name]?.type ?? '') === 'journeyAnyChannel' ? outputs.filter((_, n) => n !== SEND) : outputs;
	}

	private reached(name: string): Set<string> {
		const found = this.behind.get(name) ?? walked(this.outputs(name).flat(), (next) => this.outputs(next).flat());
		this.behind.set(name, found);
		return found;
	}
}

function together(all: readonly Comings[]): Comings {
	return { times: Math.min(OFTEN, all.reduce((sum, { times }) => sum + times, 0)), joins: new Set(all.flatMap(({ joins }) => [...joins])) };
}

/** The worst of each: of two ways of which people take one, those through joins count as if all of them were taken. */
function either(all: readonly Comings[]): Comings {
	return { times: Math.max(0, ...all.map(({ times }) => times)), joins: new Set(all.flatMap(({ joins }) => [...joins])) };
}
