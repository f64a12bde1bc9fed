import type { Engine, ScoreModel, StageDefinition } from '../../../engine';
import { cleanWorkflow, FORMAT, SETTINGS, VERSION, type Bundle } from './format';
import { asksForStages, textsWithin } from './names';

/**
 * The workflow with every segment, list and score model that it names, and those that they name in turn. Names are found wherever they stand
 * in a node's settings; one that only an expression makes at run time cannot be.
 */
export async function pack(engine: Engine, workflow: Record<string, unknown>): Promise<Bundle> {
	const clean = cleanWorkflow(workflow);
	const segments = new Map((await engine.segments.list()).map(({ name, rule }) => [name, rule]));
	const lists = new Set((await engine.lists.list()).map(({ name }) => name));
	const models = new Map((await engine.scores.models()).map((model) => [model.name, modelOf(model)]));
	const texts = textsWithin(clean.nodes.map(({ parameters }) => parameters));
	const named = new Set<string>();
	const queue = [...segments.keys(), ...lists, ...models.keys()].filter((name) => texts.has(name));
	const stages = await stagesOf(engine);
	let needsStages = clean.nodes.some(({ parameters }) => asksForStages(parameters));
	for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
		if (named.has(name)) continue;
		named.add(name);
		const inside = [segments.get(name), models.get(name)];
		needsStages ||= inside.some(asksForStages);
		const within = textsWithin(inside);
		queue.push(...[...segments.keys(), ...lists, ...models.keys()].filter((other) => within.has(other) && !named.has(other)));
	}
	const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
	return {
		format: FORMAT, version: VERSION, workflow: clean,
		segments: [...segments].filter(([name]) => named.has(name)).map(([name, rule]) => ({ name, rule })).sort(byName),
		lists: [...lists].filter((name) => named.has(name)).sort(),
		scoreModels: [...models.values()].filter(({ name }) => named.has(name)).sort(byName),
		stages: needsStages ? stages : null,
		settings: await settingsOf(engine),
	};
}

/** A model as it is saved, without what was counted about it. */
export function modelOf({ name, description, rules, buckets, bucketBy, grades }: Required<ScoreModel>): ScoreModel {
	return { name, description, rules, buckets, bucketBy, grades };
}

export async function stagesOf(engine: Engine): Promise<StageDefinition> {
	const { stages, alsoAllowed } = await engine.scores.stages();
	return { stages, ...(alsoAllowed.length === 0 ? {} : { alsoAllowed }) };
}

async function settingsOf(engine: Engine): Promise<Bundle['settings']> {
	const { values, chosen } = await engine.settings.get();
	return Object.fromEntries(SETTINGS.filter((name) => chosen.includes(name)).map((name) => [name, values[name]]));
}
