import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { ENGAGEMENT_EVENTS } from '../../../engine';
import type { JourneyStatus, StepStatus } from '../../../engine';
import { getEngine } from '../engine';
import { toNodeError } from '../errors';
import { parameterPathOf, workflowIdOf } from '../runtime';
import { nameIn } from './locator';
import { previewRule } from './rulePreview';

type Listed = { name: string; value: string };

const LONGEST_LIST = 500;
/** Types of steps that send messages, also before the first. */
const SENDING = new Set(['anyChannel', 'email']);

/** The engine's own engagement events first: they are what most journeys wait for. */
async function searchEvents(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const seen = await (await getEngine(this)).events.names();
		return [...ENGAGEMENT_EVENTS, ...seen.filter((name) => !(ENGAGEMENT_EVENTS as readonly string[]).includes(name)).sort(byName)];
	});
}

async function searchEventProperties(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const event = eventOf(this);
		if (event === '') return [];
		const entries = await (await getEngine(this)).events.properties(event);
		return entries.map((entry) => entry.name).sort(byName);
	});
}

async function searchAttributes(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const entries = await (await getEngine(this)).profiles.attributes();
		return entries.map((entry) => entry.name).sort(byName);
	});
}

async function searchSegments(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const segments = await (await getEngine(this)).segments.list();
		return segments.map((segment) => segment.name).sort(byName);
	});
}

async function searchScoreModels(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => (await (await getEngine(this)).scores.models()).map(({ name }) => name));
}

/** Buckets of the score model beside the field, lowest first; or its grades, best first, where that is asked for beside it. */
async function searchLevels(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const beside = parameterPathOf(this).split('.').slice(1, -1);
		const read = (name: string): string => nameIn(this.getCurrentNodeParameter([...beside, name].join('.')));
		const name = read('scoreModel') || read('model');
		const model = name === '' ? null : await (await getEngine(this)).scores.model(name);
		if (model === null) return [];
		// Whoever is below the last one.
		if (read('scoreLevel') === 'grade' || beside.some((part) => part.startsWith('grade['))) return [...model.grades.map(({ grade }) => grade), 'F'];
		return model.buckets.map((bucket) => bucket.name);
	});
}

/** Keys of the topics in the settings, in their order. */
async function searchTopics(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => (await (await getEngine(this)).settings.get()).values.topics.map(({ key }) => key));
}

/** In their own order. */
async function searchStages(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => (await (await getEngine(this)).scores.stages()).stages.map(({ name }) => name));
}

async function searchLists(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => (await (await getEngine(this)).lists.list()).map(({ name }) => name).sort(byName));
}

/** Segments and lists alike. */
async function searchGroups(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const engine = await getEngine(this);
		return [...(await engine.segments.list()), ...(await engine.lists.list())].map(({ name }) => name).sort(byName);
	});
}

/** Values of the attribute or property beside the value field, the most frequent first. */
async function searchValues(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const beside = parameterPathOf(this).split('.').slice(1, -1);
		const named = (name: string): string => nameIn(this.getCurrentNodeParameter([...beside, name].join('.')));
		const engine = await getEngine(this);
		if (named('attribute') !== '') return await engine.segments.values({ attribute: named('attribute') });
		const [event, property] = [eventOf(this), named('path')];
		return event === '' || property === '' ? [] : await engine.segments.values({ event, property });
	});
}

/** In the order of the settings: the first is the default. */
async function searchEmailSenders(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => {
		const { values } = await (await getEngine(this)).settings.get();
		return values.senders.filter(({ channel }) => channel === 'email').map(({ key, name, address }) => ({ value: key, name: `${key}: ${name === undefined ? address : `${name} <${address}>`}` }));
	});
}

/** Workflows whose journeys were published once, by the names of these. */
async function searchWorkflows(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => {
		const names = new Map<string, string[]>();
		for (const { workflow, name } of await (await getEngine(this)).journeys.status()) names.set(workflow, [...(names.get(workflow) ?? []), name]);
		return sorted([...names].map(([value, journeys]) => ({ name: journeys.sort(byName).join(' + '), value })));
	});
}

/** Steps that send, of the workflow that is chosen beside the field or being edited, where n8n says which; as far as they have been published once. */
async function searchMessageSteps(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => {
		const beside = parameterPathOf(this).split('.').slice(1, -1);
		// A condition on messages says whose steps it means, and means none without that.
		const inRule = beside.at(-1)?.startsWith('message[') === true;
		const workflow = inRule ? nameIn(this.getCurrentNodeParameter([...beside, 'workflow'].join('.'))) : workflowIdOf(this);
		if (inRule && workflow === '') return [];
		const journeys = await (await getEngine(this)).journeys.status(workflow === '' ? {} : { workflow });
		const steps = new Map(journeys.flatMap(sendingSteps).map(({ step, name }) => [step, name]));
		return sorted([...steps].map(([value, name]) => ({ name, value })));
	});
}

/** The same of all journeys, each as workflow id/node id: what one journey sends may start another. */
async function searchAllMessageSteps(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => {
		const journeys = await (await getEngine(this)).journeys.status();
		const steps = new Map(journeys.flatMap((journey) => sendingSteps(journey).map(({ workflow, step, name }) => [`${workflow}/${step}`, `${journey.name}: ${name}`])));
		return sorted([...steps].map(([value, name]) => ({ name, value })));
	});
}

function sendingSteps({ steps }: JourneyStatus): StepStatus[] {
	return steps.filter(({ type, messages }) => SENDING.has(type) || messages !== undefined);
}

/** For `methods = { listSearch }` of every node with a name locator. */
export const listSearch = { searchEvents, searchEventProperties, searchAttributes, searchSegments, searchLists, searchGroups, searchValues, searchScoreModels, searchStages, searchLevels, searchTopics, searchEmailSenders, searchMessageSteps, searchAllMessageSteps, searchWorkflows, previewRule };

async function listed(context: ILoadOptionsFunctions, filter: string | undefined, load: () => Promise<string[]>): Promise<INodeListSearchResult> {
	return await described(context, filter, async () => (await load()).map((name) => ({ name, value: name })));
}

async function described(context: ILoadOptionsFunctions, filter: string | undefined, load: () => Promise<Listed[]>): Promise<INodeListSearchResult> {
	try {
		const wanted = (filter ?? '').toLowerCase();
		return { results: (await load()).filter(({ name }) => name.toLowerCase().includes(wanted)).slice(0, LONGEST_LIST) };
	} catch (error) {
		throw toNodeError(context.getNode(), error);
	}
}

/**
 * The event that a property filter belongs to: beside the filter list, however deep that lies in a rule. n8n's own
 * relative paths reach only one level up.
 */
function eventOf(context: ILoadOptionsFunctions): string {
	const place = parameterPathOf(context).split('.').slice(1);
	if (place.at(-1) === 'locationProperty') return nameIn(context.getCurrentNodeParameter([...place.slice(0, -1), 'locationEvent'].join('.')));
	if (place[0] === 'exitFilters') return nameIn(context.getCurrentNodeParameter('exitEvent'));
	if (place[0] === 'areaProperty') return nameIn(context.getCurrentNodeParameter('areaEvent'));
	for (let depth = Math.max(0, place.length - 1); depth >= 0; depth -= 1) {
		const name = nameIn(context.getCurrentNodeParameter([...place.slice(0, depth), 'event'].join('.')));
		if (name !== '') return name;
	}
	return '';
}

function sorted(results: Listed[]): Listed[] {
	return results.sort((one, other) => byName(one.name, other.name));
}

function byName(a: string, b: string): number {
	return a.localeCompare(b, 'en');
}
