import type { IExecuteData, IExecuteFunctions, ILoadOptionsFunctions, INode, IRunExecutionData, ITriggerFunctions, IWorkflowExecuteAdditionalData, Workflow } from 'n8n-workflow';

import type { EngineContext } from './engine';

/**
 * What n8n-core's NodeExecutionContext holds in public fields besides the documented interface. There is no other way
 * to the run data that tells from which item an item came, nor to the graph as it is executed.
 * Source: n8n-core dist/execution-engine/node-execution-context (2.41.1).
 */
export interface RuntimeFields {
	workflow: Workflow;
	runExecutionData: IRunExecutionData;
	executeData: IExecuteData;
	additionalData: IWorkflowExecuteAdditionalData & { rootExecutionMode?: string; hooks?: { retryOf?: string } };
}

function fieldsOf(context: unknown): Partial<RuntimeFields> {
	return context as Partial<RuntimeFields>;
}

export function workflowOf(context: IExecuteFunctions | ITriggerFunctions): Workflow | undefined {
	return fieldsOf(context).workflow;
}

export function workflowNodesOf(context: EngineContext): INode[] {
	return Object.values(fieldsOf(context).workflow?.nodes ?? {});
}

export function runExecutionDataOf(context: IExecuteFunctions): IRunExecutionData | undefined {
	return fieldsOf(context).runExecutionData;
}

export function executeDataOf(context: IExecuteFunctions): IExecuteData | undefined {
	return fieldsOf(context).executeData;
}

/** The mode of the execution a sub-workflow was called from, where there is one. */
export function rootModeOf(context: IExecuteFunctions): string {
	return fieldsOf(context).additionalData?.rootExecutionMode ?? context.getMode();
}

/** What n8n's hooks of this execution know of it; `retryOf` is the execution that a user's Retry ran again. */
export function hooksOf(context: IExecuteFunctions): { retryOf?: string } | undefined {
	return fieldsOf(context).additionalData?.hooks;
}

/** Where the parameter stands whose dropdown is being filled, e.g. `parameters.eventFilters.filter[0].path`. */
export function parameterPathOf(context: ILoadOptionsFunctions): string {
	const { path } = context as ILoadOptionsFunctions & { path?: unknown };
	return typeof path === 'string' ? path : '';
}

/** The workflow in whose panel a dropdown is being filled; '' where n8n does not say. */
export function workflowIdOf(context: ILoadOptionsFunctions): string {
	const { workflowId } = (fieldsOf(context).additionalData ?? {}) as { workflowId?: unknown };
	return typeof workflowId === 'string' ? workflowId : '';
}
