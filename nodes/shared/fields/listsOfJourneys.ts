import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { getEngine } from '../engine';
import { workflowIdOf } from '../runtime';
import { besideIn, byName, described, listed, placeOf } from './listing';

/** Types of steps that send messages, also before the first. */
const SENDING = new Set(['anyChannel', 'email']);

/** Workflows whose journeys were published once, by name. */
async function searchWorkflows(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => {
		const journeys = await (await getEngine(this)).journeys.status({});
		return [...new Map(journeys.map(({ workflow, name }) => [workflow, { name, value: workflow }])).values()].sort((one, other) => byName(one.name, other.name));
	});
}

/** Steps that send, of the workflow that is chosen beside the field or being edited, where n8n says which; as far as they have been published once. */
async function searchMessageSteps(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => {
		// A condition on messages says whose steps it means, and means none without that.
		const inRule = placeOf(this).at(-2)?.startsWith('message[') === true;
		const workflow = inRule ? besideIn(this, 'workflow') : workflowIdOf(this);
		if (inRule && workflow === '') return [];
		const journeys = await (await getEngine(this)).journeys.status(workflow === '' ? {} : { workflow });
		const steps = new Map(journeys.flatMap(({ steps: all }) => all.filter(({ type, messages }) => SENDING.has(type) || messages !== undefined)).map((step) => [step.step, step]));
		return [...steps.values()].map(({ step, name }) => ({ name, value: step })).sort((one, other) => byName(one.name, other.name));
	});
}

/** The same of all journeys, each as workflow id/node id: what one journey sends may start another. */
async function searchAllMessageSteps(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await described(this, filter, async () => {
		const journeys = await (await getEngine(this)).journeys.status();
		const steps = new Map(journeys.flatMap((journey) => journey.steps.filter(({ type, messages }) => SENDING.has(type) || messages !== undefined).map((step) => [`${step.workflow}/${step.step}`, `${journey.name}: ${step.name}`])));
		return [...steps].map(([value, name]) => ({ name, value })).sort((one, other) => byName(one.name, other.name));
	});
}

/** Goals that somebody has reached in the workflow being edited, where n8n says which. */
async function searchGoals(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const workflow = workflowIdOf(this);
		const journeys = await (await getEngine(this)).journeys.status(workflow === '' ? {} : { workflow });
		return [...new Set(journeys.flatMap(({ goals }) => goals.map(({ name }) => name)))].sort(byName);
	});
}

export const listsOfJourneys = { searchWorkflows, searchMessageSteps, searchAllMessageSteps, searchGoals };
