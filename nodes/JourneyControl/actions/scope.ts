import { NodeOperationError } from 'n8n-workflow';
import type { IDisplayOptions, IExecuteFunctions, ILoadOptionsFunctions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { NOBODY_STANDS_AT } from '../../../engine';
import { getEngine } from '../../shared/engine';
import { byWorkflow } from './journey/rows';

const ALL: INodePropertyOptions = {
	name: 'All Journeys',
	value: 'all',
	description: 'Every journey that the engine knows',
};

const ONE: INodePropertyOptions[] = [
	{ name: 'Choose From List', value: 'list', description: 'A workflow with a journey' },
	{ name: 'This Workflow', value: 'this', description: 'The journey that this node stands in' },
	{ name: 'Workflow by ID', value: 'id', description: 'A workflow by the ID in its address' },
];

/** Which journeys an operation is about. `all` also offers every journey at once. */
export function scopeFields(displayOptions: IDisplayOptions, allowed: { all: boolean }): INodeProperties[] {
	const shown = (scope: string): IDisplayOptions => ({ show: { ...displayOptions.show, scope: [scope] } });
	return [
		{
			displayName: 'Journey',
			name: 'scope',
			type: 'options',
			noDataExpression: true,
			displayOptions,
			options: [ALL, ...ONE],
			default: 'all',
			description: 'Which journey this is about',
			...(allowed.all ? {} : { options: ONE, default: 'list' }),
		},
		{
			displayName: 'Journey Name or ID',
			name: 'journey',
			type: 'options',
			typeOptions: { loadOptionsMethod: 'getJourneys' },
			displayOptions: shown('list'),
			required: true,
			default: '',
			description:
				'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
		},
		{
			displayName: 'Workflow ID',
			name: 'workflowId',
			type: 'string',
			displayOptions: shown('id'),
			required: true,
			default: '',
			placeholder: 'e.g. 8fHk2LqzT1',
			description: 'The last part of the address of the workflow in the editor',
		},
	];
}

/** The workflow's id; undefined for all journeys. */
export function workflowOf(context: IExecuteFunctions, itemIndex: number): string | undefined {
	const scope = context.getNodeParameter('scope', itemIndex) as string;
	if (scope === 'all') return undefined;
	if (scope === 'this') return String(context.getWorkflow().id);
	const parameter = scope === 'list' ? 'journey' : 'workflowId';
	const id = String(context.getNodeParameter(parameter, itemIndex, '') ?? '').trim();
	if (id !== '') return id;
	throw new NodeOperationError(context.getNode(), 'No journey is chosen', {
		itemIndex,
		description: "Choose one under 'Journey', or give the ID of its workflow.",
	});
}

/** The same, for operations that need exactly one. */
export function oneWorkflowOf(context: IExecuteFunctions, itemIndex: number): string {
	return workflowOf(context, itemIndex) ?? String(context.getWorkflow().id);
}

export async function getJourneys(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const engine = await getEngine(this);
	return byWorkflow(await engine.journeys.status()).map(({ name, workflow, active }) => ({
		name,
		value: workflow,
		description: `Workflow ${workflow}, ${active} people under way`,
	}));
}

function chosenWorkflow(context: ILoadOptionsFunctions): string | undefined {
	const scope = context.getCurrentNodeParameter('scope') as string;
	if (scope === 'this') return String(context.getWorkflow().id);
	return context.getCurrentNodeParameter(scope === 'list' ? 'journey' : 'workflowId') as string | undefined;
}

/** Conversions that Settings name. */
export async function getConversions(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const { values } = await (await getEngine(this)).settings.get();
	return values.conversions.map(({ name, event }) => ({ name, value: name, description: event }));
}

const ANY_GOAL: INodePropertyOptions = { name: 'Any Goal', value: '' };

/** Goals that somebody has reached in the chosen journey. */
export async function getGoals(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const workflow = chosenWorkflow(this);
	if (!workflow) return [ANY_GOAL];
	const journeys = await (await getEngine(this)).journeys.status({ workflow });
	return [ANY_GOAL, ...[...new Set(journeys.flatMap(({ goals }) => goals.map(({ name }) => name)))].sort().map((name) => ({ name, value: name }))];
}

/** The Journey Splits of the chosen journey. */
export async function getSplits(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const workflow = chosenWorkflow(this);
	if (!workflow) return [];
	const engine = await getEngine(this);
	return (await engine.experiments.status({ workflow })).map(({ stepName, step, mode }) => ({ name: stepName, value: step, description: mode }));
}

/** Steps of the chosen journey where people can stand. */
export async function getPlaces(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return (await stepsOf(this)).filter(({ description }) => !NOBODY_STANDS_AT.includes(description ?? ''));
}

/** n8n shows a field in red whose value is none of its list's: what may stay empty needs an entry for that. */
const ALL_STEPS: INodePropertyOptions = { name: 'All Steps', value: '' };
const NO_TRIGGER: INodePropertyOptions = { name: 'Not Chosen', value: '', description: 'For a workflow with one Journey Trigger' };

/** Journey Triggers of the chosen workflow. */
export async function getTriggers(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return [NO_TRIGGER, ...(await stepsOf(this)).filter(({ description }) => description === 'trigger')];
}

/** Steps of the chosen journey, for the people in one of them. */
export async function getSteps(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	return [ALL_STEPS, ...(await stepsOf(this))];
}

async function stepsOf(context: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const workflow = chosenWorkflow(context);
	if (!workflow) return [];
	const engine = await getEngine(context);
	return byWorkflow(await engine.journeys.status({ workflow })).flatMap(({ steps }) => steps.map(({ name, step, type }) => ({ name, value: step, description: type })));
}
