import type { IExecuteFunctions } from 'n8n-workflow';

import type { CallingExecution } from '../../engine';
import { isManualMode } from './contact';
import { rootModeOf, runExecutionDataOf, workflowOf } from './runtime';

/** What n8n keeps when a workflow does not say otherwise. */
const KEEPS_SUCCESS = 'EXECUTIONS_DATA_SAVE_ON_SUCCESS';
const KEEPS_MANUAL = 'EXECUTIONS_DATA_SAVE_MANUAL_EXECUTIONS';

/**
 * The execution in which this is called, as an erasure has to name it, and the one that called it as a sub-workflow: what comes out of here goes
 * there. None where n8n gives no id, or outside of an execution.
 */
export function executionsOf(context: IExecuteFunctions, env: NodeJS.ProcessEnv = process.env): CallingExecution[] {
	const own = executionOf(context, env);
	if (own === null) return [];
	const parent = runExecutionDataOf(context)?.parentExecution;
	// Of the caller's settings nothing is known here: rather one too many.
	return parent === undefined ? [own] : [own, { workflow: parent.workflowId, execution: parent.executionId, kept: true }];
}

export function executionOf(context: IExecuteFunctions, env: NodeJS.ProcessEnv = process.env): CallingExecution | null {
	const execution = context.getExecutionId();
	const { id } = context.getWorkflow();
	if (execution === undefined || execution === '' || id === undefined || id === '') return null;
	return { workflow: String(id), execution, kept: isKept(context, env) };
}

/** As n8n decides it (2.41.1, execution-lifecycle/to-save-settings): the workflow's own setting, else the instance's. */
function isKept(context: IExecuteFunctions, env: NodeJS.ProcessEnv): boolean {
	const { saveDataSuccessExecution: success = 'DEFAULT', saveManualExecutions: manual = 'DEFAULT' } = workflowOf(context)?.settings ?? {};
	if (isManualMode(rootModeOf(context))) return manual === 'DEFAULT' ? env[KEEPS_MANUAL] !== 'false' : manual;
	return success === 'DEFAULT' ? env[KEEPS_SUCCESS] !== 'none' : success === 'all';
}
