import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Engine, Identity, ScoreView } from '../../engine';
import { getEngine } from '../shared/engine';
import { failItem, toNodeError } from '../shared/errors';
import { readIdentity, settingReader } from '../shared/fields';
import { outputsWith } from '../shared/outputs';
import { stamped } from '../shared/stamp';
import { callEngine, openStep, type Contact, type ManualItem, type OutsideItem } from '../shared/step';
import { readRouting, type Routing } from './routing';

export async function routeByScore(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const opened = await openStep(this, 'score');
	const routing = settingOf(this);
	const outputs = outputsWith(routing.buckets.length + 1, opened.failed);
	if (opened.kind === 'manual') {
		await routeManually(this, await getEngine(this), outputs, routing, opened.items);
		return outputs;
	}
	const { engine, ref, contacts, outside } = opened;
	if (contacts.length > 0) {
		const scores = await scoresOf(this, engine, routing, contacts.map(({ stamp }) => stamp.profile));
		const items = contacts.map(({ index, stamp }) => {
			const output = outputOf(routing, scores.get(stamp.profile));
			return { index, stamp, output, name: routing.buckets[output] ?? OTHER };
		});
		const results = await callEngine(this, () => engine.journeys.route(ref, items));
		const byIndex = new Map<number, Contact>(contacts.map((contact) => [contact.index, contact]));
		for (const { index, alive, stamp, output, name } of results) {
			const contact = byIndex.get(index);
			if (contact && alive) outputs[placeOf(routing, output, name)]?.push(stamped(contact.item, index, stamp, fieldsOf(routing, scores.get(contact.stamp.profile))));
		}
	}
	if (outside.length > 0) await routeOutside(this, engine, outputs, routing, outside);
	return outputs;
}

function settingOf(context: IExecuteFunctions): Routing {
	try {
		return readRouting((name, fallback) => context.getNodeParameter(name, 0, fallback));
	} catch (error) {
		throw toNodeError(context.getNode(), error, 0);
	}
}

async function scoresOf(context: IExecuteFunctions, engine: Engine, { model }: Routing, profiles: number[]): Promise<Map<number, ScoreView>> {
	const scores = await callEngine(context, () => engine.scores.of(model, [...new Set(profiles)]));
	return new Map(scores.map((score) => [score.profile, score]));
}

/** How the way of everybody else is remembered and counted; a bucket may well be called Other. */
const OTHER = 'everybody else';

/** The last output is that of everybody else. */
function outputOf({ buckets }: Routing, score: ScoreView | undefined): number {
	const place = score === undefined ? -1 : buckets.indexOf(score.bucket);
	return place < 0 ? buckets.length : place;
}

/**
 * Where somebody leaves whose way was remembered: by the bucket, which may stand in another place of the node's list by now. A bucket that
 * was taken off the list leaves by Other.
 */
function placeOf({ buckets }: Routing, output: number, name: string | undefined): number {
	if (name === undefined) return Math.min(output, buckets.length);
	const place = name === buckets[output] ? output : buckets.indexOf(name);
	return place < 0 ? buckets.length : place;
}

function fieldsOf({ field }: Routing, score: ScoreView | undefined): IDataObject {
	if (field === '' || score === undefined) return {};
	const { total, fit, engagement, grade, bucket } = score;
	return { [field]: { total, fit, engagement, grade, bucket } };
}

/** The person the trigger acts as, or the one named under Options; reads only. */
async function routeManually(context: IExecuteFunctions, engine: Engine, outputs: INodeExecutionData[][], routing: Routing, items: ManualItem[]): Promise<void> {
	const named = await findNamed(context, engine, outputs, items.filter(({ profile }) => profile === null));
	const known = items.flatMap((item) => (item.profile === null ? [] : [{ ...item, profile: item.profile as number | null }]));
	const all = [...known, ...named].sort((a, b) => a.index - b.index);
	const scores = await scoresOf(context, engine, routing, all.flatMap(({ profile }) => (profile === null ? [] : [profile])));
	await hintLost(context, engine, routing);
	for (const { index, item, profile } of all) {
		const score = profile === null ? undefined : scores.get(profile);
		outputs[outputOf(routing, score)]?.push(stamped(item, index, { manual: true, profile }, fieldsOf(routing, score)));
	}
}

/** Whoever tries the node out hears of outputs that nobody will ever leave by: the model has been changed since they were chosen. */
async function hintLost(context: IExecuteFunctions, engine: Engine, { model: name, buckets }: Routing): Promise<void> {
	const names = (await callEngine(context, () => engine.scores.model(name)))?.buckets.map((bucket) => bucket.name) ?? [];
	const lost = buckets.filter((bucket) => !names.includes(bucket)).map((bucket) => `"${bucket}"`);
	if (lost.length === 0) return;
	context.addExecutionHints({
		type: 'warning', location: 'outputPane',
		message: `The score model "${name}" has no bucket ${lost.join(', ')}: nobody leaves there. It has ${names.join(', ')}; choose them under Buckets.`,
	});
}

async function routeOutside(context: IExecuteFunctions, engine: Engine, outputs: INodeExecutionData[][], routing: Routing, outside: OutsideItem[]): Promise<void> {
	const people = await findNamed(context, engine, outputs, outside);
	const scores = await scoresOf(context, engine, routing, people.flatMap(({ profile }) => (profile === null ? [] : [profile])));
	for (const { index, item, profile } of people) {
		const score = profile === null ? undefined : scores.get(profile);
		outputs[outputOf(routing, score)]?.push({ ...item, json: { ...item.json, ...fieldsOf(routing, score) }, pairedItem: { item: index } });
	}
}

/** Whom the identity under Options finds for each of these items, in one call; items without one are errors. */
async function findNamed(
	context: IExecuteFunctions, engine: Engine, outputs: INodeExecutionData[][], items: ReadonlyArray<{ index: number; item: INodeExecutionData }>,
): Promise<Array<{ index: number; item: INodeExecutionData; profile: number | null }>> {
	const read = settingReader(context, ['options'], (index) => identityOf(context, index));
	const found: Array<{ index: number; item: INodeExecutionData; identity: Identity }> = [];
	for (const { index, item } of items) {
		try {
			found.push({ index, item, identity: read(index) });
		} catch (error) {
			outputs[0]?.push(failItem(context, error, index));
		}
	}
	if (found.length === 0) return [];
	const profiles = await callEngine(context, () => engine.scores.find(found.map(({ identity }) => identity)));
	return found.map(({ index, item }, n) => ({ index, item, profile: profiles[n] ?? null }));
}

function identityOf(context: IExecuteFunctions, index: number): Identity {
	const options = context.getNodeParameter('options', index, {}) as { identityKind?: unknown; identityValue?: unknown };
	const identity = readIdentity(options.identityKind ?? 'email', options.identityValue);
	if (identity) return identity;
	throw new NodeOperationError(context.getNode(), 'This item names no person to score', {
		itemIndex: index,
		description: 'Run the workflow from its Journey Trigger; for items of no journey set Identity Kind and Identity Value under Options, for example email and the field that holds the address.',
	});
}
