import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import type { JourneyStatus, StepStatus } from '../../../engine';
import { getEngine } from '../engine';
import { workflowIdOf } from '../runtime';
import { besideIn, byName, described, listed, placeOf, type Choice } from './listing';

/** Types of steps that send messages, also before the first. */
const SENDING = new Set(['anyChannel', 'email', 'sms', 'whatsapp']);

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
		// A condition on messages says whose steps it means, and means none without that.
		const inRule = placeOf(this).at(-2)?.startsWith('message[') === true;
		const workflow = inRule ? besideIn(this, 'workflow') : workflowIdOf(this);
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

/** Goals that somebody has reached in the workflow being edited, where n8n says which. */
async function searchGoals(this: ILoadOptionsFunctions, filter?: string): Promise<INodeListSearchResult> {
	return await listed(this, filter, async () => {
		const workflow = workflowIdOf(this);
		const journeys = await (await getEngine(this)).journeys.status(workflow === '' ? {} : { workflow });
		return [...new Set(journeys.flatMap(({ goals }) => goals.map(({ name }) => name)))].sort(byName);
	});
}

export const listsOfJourneys = { searchWorkflows, searchMessageSteps, searchAllMessageSteps, searchGoals };

function sorted(results: Choice[]): Choice[] {
	return results.sort((one, other) => byName(one.name, other.name));
}
