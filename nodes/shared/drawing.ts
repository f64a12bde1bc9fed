import type { IExecuteFunctions, ITriggerFunctions, Workflow } from 'n8n-workflow';

import type { DrawnStep, Engine } from '../../engine';
import { targetsOf, walked } from './canvas';
import { nameOf } from './family';
import { workflowOf } from './runtime';

const SENDERS: ReadonlySet<string> = new Set(['journeyDirectMail', 'journeyEmail', 'journeySms', 'journeyWhatsApp', 'journeyChat', 'journeyPush', 'journeyWebPush', 'journeyOnSite', 'journeyAnyChannel']);

/** As last told, by engine and workflow: an execution for 500 people must not ask the database whether the canvas has changed. */
const told = new WeakMap<Engine, Map<string, string>>();

/**
 * Tells the engine how the workflow is drawn, once a process and change. At publishing and from each execution: n8n starts a trigger again only when its
 * own settings change, so that a line that was drawn anew is first seen by an execution. For Explain alone: it never fails its caller.
 */
export async function tellDrawing(context: IExecuteFunctions | ITriggerFunctions, engine: Engine): Promise<void> {
	const workflow = workflowOf(context);
	const id = workflow?.id;
	if (workflow === undefined || id === undefined) return;
	const steps = drawingOf(workflow);
	const known = told.get(engine) ?? new Map<string, string>();
	told.set(engine, known);
	const drawn = JSON.stringify(steps);
	if (known.get(id) === drawn) return;
	known.set(id, drawn);
	try {
		await engine.journeys.noteDrawing({ workflow: id, steps });
	} catch (error) {
		known.delete(id);
		context.logger.warn(`Journeys: how the workflow ${id} is drawn could not be kept for Explain: ${error instanceof Error ? error.message : String(error)}`);
	}
}

/** Nodes behind a Journey Trigger, with it; those that are off are passed over, as n8n passes over them. */
function drawingOf(workflow: Workflow): DrawnStep[] {
	const starts = Object.values(workflow.nodes).filter(({ type, disabled }) => nameOf(type) === 'journeyTrigger' && disabled !== true).map(({ name }) => name);
	const found = walked(starts, (name) => behind(workflow, name));
	return [...found].sort().flatMap((name) => {
		const node = workflow.nodes[name];
		if (node === undefined) return [];
		const kind = nameOf(node.type);
		const to = behind(workflow, name).flatMap((next) => workflow.nodes[next]?.id ?? []).sort();
		return [{ step: node.id, name, sends: SENDERS.has(kind ?? ''), to }];
	});
}

/** Unlike elsewhere, nodes that are off are no steps: what is behind them stands in their place. */
function behind(workflow: Workflow, name: string): string[] {
	const isOff = (node: string) => workflow.nodes[node]?.disabled === true;
	return [...walked(targetsOf(workflow, name), (next) => (isOff(next) ? targetsOf(workflow, next) : []))].filter((next) => !isOff(next));
}
