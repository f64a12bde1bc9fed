import { ENGAGEMENT_EVENTS } from '../../../../engine';
import type { Engine, SegmentRule } from '../../../../engine';
import { nameIn, readEventMatch } from '../../../shared/fields';
import type { Finding } from '../../check/finding';
import type { CheckedNode, Graph } from '../../check/graph';
import { kindOf } from '../../check/kinds';
import { counted } from './counted';

const A_DAY_MS = 86_400_000;
const A_YEAR_MS = 366 * A_DAY_MS;
const CHECK = 'wait that cannot end';

/** Whether the engine writes this event: its name is right, whoever has done it. */
export function isOwn(event: string): boolean {
	return (ENGAGEMENT_EVENTS as readonly string[]).includes(event);
}

/** What a wait hopes for, as a rule that can be counted, and what to say when it holds for nobody. */
interface Hope {
	rule: SegmentRule;
	message: string;
	todo: string;
}

/** Waits for what is true of nobody, or what nobody has ever done: everybody would wait in vain. */
export async function vainWaits(engine: Engine, graph: Graph): Promise<Finding[]> {
	const findings: Finding[] = [];
	for (const node of [...graph.nodes.values()].filter((one) => !one.disabled)) {
		const hope = kindOf(node) === 'journeyWaitForEvent' ? await awaitedBy(engine, node) : kindOf(node) === 'journeyWait' ? dateOf(node) : null;
		if (hope === null) continue;
		const people = await counted(engine, hope.rule);
		if (typeof people === 'string') findings.push({ level: 'problem', check: CHECK, node: node.name, message: people, todo: 'Choose what exists, or make it with Profile Engine: the node cannot be published like this.' });
		else if (people === 0) findings.push({ level: 'warning', check: CHECK, node: node.name, people: 0, message: hope.message, todo: hope.todo });
	}
	return findings;
}

/** null: nothing that could be counted, or an expression. */
async function awaitedBy(engine: Engine, { name, parameters }: CheckedNode): Promise<Hope | null> {
	const waitFor = parameters.waitFor ?? 'event';
	if (waitFor === 'segment') {
		const segment = nameIn(parameters.segment ?? '');
		// Whoever is awaited to leave is in it, or was never: both are common.
		if (segment === '' || segment.startsWith('=') || parameters.change === 'left') return null;
		return {
			rule: (await engine.lists.get(segment)) === null ? { segment } : { list: segment },
			message: `"${name}" waits until people enter "${segment}", in which nobody is: as it stands everybody waits for the whole time-out.`,
			todo: 'Look at its rule (Profile Engine: Segment: Get): it may never hold.',
		};
	}
	if (waitFor !== 'event') return null;
	try {
		const { event } = readEventMatch(parameters.event ?? '', parameters.eventFilters ?? {});
		// What the engine writes itself is no slip of the pen, though nobody has done it yet.
		if (event.startsWith('=') || isOwn(event)) return null;
		return {
			rule: { event },
			message: `"${name}" waits for "${event}", which nobody has ever done: as it stands everybody waits for the whole time-out.`,
			todo: 'Check the name of the event, capitals included (Profile Engine: Event: Catalog lists those that were seen).',
		};
	} catch {
		return null;
	}
}

/** A date of the person. Unless the step says otherwise, whoever has none waits until there is one, however long. */
function dateOf({ name, parameters }: CheckedNode): Hope | null {
	const attribute = nameIn(parameters.attribute ?? '');
	if (parameters.wait !== 'attribute' || attribute === '' || attribute.startsWith('=')) return null;
	const waits = (parameters.ifMissing ?? 'wait') === 'wait';
	return {
		rule: { attribute, operator: 'exists' },
		message: `"${name}" waits for a date in "${attribute}", which nobody has: ${waits ? 'everybody would wait there without an end' : 'everybody would go on as if there were no wait'}.`,
		todo: waits ? 'Check the name of the attribute, or choose what happens under If There Is No Date.' : 'Check the name of the attribute.',
	};
}

const UNIT_MS: Readonly<Record<string, number>> = { seconds: 1000, minutes: 60_000, hours: 3_600_000, days: 86_400_000, weeks: 604_800_000 };

/** A date of the calendar, typed into the step, that was over yesterday wherever people are: the wait is none. */
export function waitsThatAreOver(graph: Graph, nowMs: number): Finding[] {
	return [...graph.nodes.values()].filter((node) => !node.disabled && kindOf(node) === 'journeyWait' && node.parameters.wait === 'date').flatMap(({ name, parameters }): Finding[] => {
		const date = typeof parameters.date === 'string' ? parameters.date : '';
		const offset = parameters.offset === 'after' ? Number(parameters.offsetAmount ?? 1) * (UNIT_MS[String(parameters.offsetUnit ?? 'days')] ?? 0) : 0;
		const atMs = date.startsWith('=') ? Number.NaN : Date.parse(date.trim().replace(' ', 'T')) + offset;
		if (!(atMs < nowMs - 2 * A_DAY_MS) || parameters.ifPassed === 'nextYear') return [];
		const then = parameters.ifPassed === 'exit' ? 'everybody leaves the journey there' : parameters.ifPassed === 'output' ? 'everybody leaves by Passed' : 'nobody waits there';
		return [{ level: 'warning', check: 'wait that is over', node: name, message: `"${name}" waits until ${date.slice(0, 10)}, which is over: ${then}.`, todo: 'Choose a day to come, or a date of the person.' }];
	});
}

export function longWaits(graph: Graph): Finding[] {
	return [...graph.nodes.values()].filter((node) => !node.disabled && (kindOf(node) === 'journeyWaitForEvent' || (kindOf(node) === 'journeyWait' && (node.parameters.wait ?? 'duration') === 'duration'))).flatMap((node): Finding[] => {
		const isEvent = kindOf(node) === 'journeyWaitForEvent';
		const amount = Number(node.parameters[isEvent ? 'timeout' : 'amount'] ?? 0);
		const ms = amount * (UNIT_MS[String(node.parameters[isEvent ? 'timeoutUnit' : 'unit'] ?? 'days')] ?? 0);
		if (!(ms > A_YEAR_MS)) return [];
		return [{ level: 'warning', check: CHECK, node: node.name, message: `"${node.name}" lasts for more than a year: in all likelihood nobody will see its end.`, todo: 'Check the number and its unit.' }];
	});
}
