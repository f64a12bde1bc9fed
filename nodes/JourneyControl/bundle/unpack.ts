import { ApplicationError } from 'n8n-workflow';

import { canonicalJson, isEngineError } from '../../../engine';
import type { Engine, JourneyStatus, SettingsPatch, SettingsValues } from '../../../engine';
import { nameOf } from '../../shared/family';
import type { Bundle } from './format';
import { asksForStages, textsWithin } from './names';
import { modelOf, stagesOf } from './pack';
import { referencesOf } from './references';

export type Existing = 'keep' | 'replace';

/** What an import does, or would do, with one thing of a bundle. */
export interface Step {
	kind: 'list' | 'segment' | 'score model' | 'stages' | 'setting' | 'reference' | 'workflow';
	name: string;
	/** create: it is not there. same: it is there and alike. change: it is replaced. keep: it differs and stays as it is here. conflict: it cannot be brought in. */
	action: 'create' | 'same' | 'change' | 'keep' | 'conflict';
	detail: string;
}

interface Planned extends Step {
	value: unknown;
	apply: (() => Promise<unknown>) | null;
}

/**
 * Brings in what a bundle names, in an order in which each thing finds what it refers to. A dry run asks and changes nothing. What fails on
 * the way is told as a conflict; the rest is brought in. Importing again does nothing more.
 */
export async function unpack(engine: Engine, bundle: Bundle, { existing, dryRun, source }: { existing: Existing; dryRun: boolean; source: string }): Promise<Step[]> {
	const planned = inOrder([...(await plannedLists(engine, bundle)), ...(await plannedModels(engine, bundle, existing, source)), ...(await plannedSegments(engine, bundle, existing, source))]);
	const stages = await plannedStages(engine, bundle, existing, source);
	// Stages may ask for scores, scores and segments may ask for stages: whoever asks comes later.
	const all = [...planned.filter(({ value }) => !asksForStages(value)), ...stages, ...planned.filter(({ value }) => asksForStages(value)), ...(await plannedSettings(engine, bundle, existing, source))];
	const done: Step[] = [];
	for (const { value: _value, apply, ...step } of all) done.push(dryRun || apply === null ? step : await applied(step, apply));
	const here = await engine.journeys.status();
	return [...done, ...references(bundle, here), { kind: 'workflow', name: bundle.workflow.name, action: 'create', detail: `Comes out with this operation: make it with n8n’s own node (n8n: Workflow: Create) or paste it into the editor, choose credentials, publish.${namesakes(bundle, here)}` }];
}

/** n8n gives a workflow another id where it is made anew: what names one by its id has to be chosen again. */
function references(bundle: Bundle, here: readonly JourneyStatus[]): Step[] {
	const known = new Set(here.map(({ workflow }) => workflow));
	return referencesOf(bundle).map(({ in: place, workflow }): Step => known.has(workflow)
		? { kind: 'reference', name: workflow, action: 'same', detail: `The ${place} names this workflow, which is here.` }
		: { kind: 'reference', name: workflow, action: 'conflict', detail: `The ${place} names the workflow with this id, which is not here. Choose the workflow anew in it after the import.` });
}

/** A second journey of the same name beside the first is what an import onto the same instance makes, and whoever starts both gets both. */
function namesakes({ workflow }: Bundle, here: readonly JourneyStatus[]): string {
	const names = new Set(workflow.nodes.flatMap(({ type, disabled, parameters }) => (nameOf(String(type)) === 'journeyTrigger' && disabled !== true ? [journeyName(parameters) || workflow.name] : [])));
	const namesake = here.find(({ name }) => names.has(name));
	return namesake === undefined ? '' : ` A journey "${namesake.name}" is here already (workflow ${namesake.workflow}): published beside it, this one takes people in as well, and they get both. Replace the nodes of that workflow, or unpublish it first.`;
}

function journeyName(parameters: unknown): string {
	const { options } = (parameters ?? {}) as { options?: { journeyName?: unknown } };
	return typeof options?.journeyName === 'string' ? options.journeyName.trim() : '';
}

async function applied(step: Step, apply: () => Promise<unknown>): Promise<Step> {
	return await apply().then(() => step, (error: unknown): Step | Promise<never> =>
		isEngineError(error) ? { ...step, action: 'conflict', detail: error.message } : Promise.reject(error instanceof Error ? error : new ApplicationError(String(error))));
}

async function plannedLists(engine: Engine, bundle: Bundle): Promise<Planned[]> {
	return await Promise.all(bundle.lists.map(async (name): Promise<Planned> => {
		const step = { kind: 'list' as const, name, value: null };
		const here = await engine.lists.get(name);
		if (here !== null) return { ...step, action: 'same', detail: here.members === 0 ? '' : `With ${here.members} people on it here: the journey goes by these.`, apply: null };
		if ((await engine.segments.get(name)) !== null) return { ...step, action: 'conflict', detail: 'A segment has this name here. Rename one of the two.', apply: null };
		return { ...step, action: 'create', detail: 'Empty: who is on it stays behind.', apply: () => engine.lists.create(name) };
	}));
}

async function plannedSegments(engine: Engine, bundle: Bundle, existing: Existing, source: string): Promise<Planned[]> {
	return await Promise.all(bundle.segments.map(async ({ name, rule }): Promise<Planned> => {
		const step = { kind: 'segment' as const, name, value: rule };
		if ((await engine.lists.get(name)) !== null) return { ...step, action: 'conflict', detail: 'A list has this name here. Rename one of the two.', apply: null };
		const here = await engine.segments.get(name);
		return { ...step, ...compared(here?.rule ?? null, rule, existing, () => engine.segments.save({ name, rule, source })) };
	}));
}

async function plannedModels(engine: Engine, bundle: Bundle, existing: Existing, source: string): Promise<Planned[]> {
	return await Promise.all(bundle.scoreModels.map(async (model): Promise<Planned> => {
		const here = await engine.scores.model(model.name);
		return { kind: 'score model', name: model.name, value: model, ...compared(here === null ? null : modelOf(here), model, existing, () => engine.scores.saveModel(model, { source })) };
	}));
}

async function plannedStages(engine: Engine, { stages }: Bundle, existing: Existing, source: string): Promise<Planned[]> {
	if (stages === null) return [];
	const step = { kind: 'stages' as const, name: 'stages' };
	return [{ ...step, value: null, ...compared(await stagesOf(engine), stages, existing, () => engine.scores.defineStages(stages, { source })) }];
}

async function plannedSettings(engine: Engine, { settings }: Bundle, existing: Existing, source: string): Promise<Planned[]> {
	const { values, chosen } = await engine.settings.get();
	return Object.entries(settings).map(([name, value]): Planned => {
		// What nobody has chosen here is a default, and no decision that would be overruled.
		const here = chosen.includes(name as keyof SettingsValues) ? values[name as keyof SettingsValues] : null;
		return { kind: 'setting', name, value: null, ...compared(here, value, existing, () => engine.settings.set({ [name]: value } as SettingsPatch, { by: source })) };
	});
}

function compared(here: unknown, wanted: unknown, existing: Existing, apply: () => Promise<unknown>): Pick<Planned, 'action' | 'detail' | 'apply'> {
	if (here === null) return { action: 'create', detail: '', apply };
	if (canonicalJson(here) === canonicalJson(wanted)) return { action: 'same', detail: '', apply: null };
	if (existing === 'keep') return { action: 'keep', detail: 'It differs from the bundle and stays as it is here. Choose Replace to take over the bundle’s.', apply: null };
	return { action: 'change', detail: `Here it is ${shortened(canonicalJson(here))}`, apply };
}

/** Whoever is referred to comes before whoever refers; circles are left in the order they stand in, and the engine refuses them. */
function inOrder(steps: readonly Planned[]): Planned[] {
	const ordered: Planned[] = [];
	let rest = [...steps];
	while (rest.length > 0) {
		const names = new Set(rest.map(({ name }) => name));
		const free = rest.filter(({ name, value }) => ![...textsWithin(value)].some((text) => text !== name && names.has(text)));
		const next = free.length > 0 ? free : rest;
		ordered.push(...next);
		rest = rest.filter((step) => !next.includes(step));
	}
	return ordered;
}

function shortened(text: string): string {
	return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
