import '../harness/environment';

import { ExecutionLifecycleHooks, WorkflowExecute } from 'n8n-core';
import { createRunExecutionData, NodeHelpers } from 'n8n-workflow';
import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	IRun,
	ITriggerResponse,
	IWorkflowExecuteAdditionalData,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { TriggerContext } from 'n8n-core';

import { TestN8n } from '../harness/n8n';

export interface DeskOptions {
	/** Type name as it is in n8n, without the package. */
	type: string;
	node: INodeType;
	parameters?: INodeParameters;
	/** Credential type -> its data. */
	credentials?: Record<string, ICredentialDataDecryptedObject>;
	onError?: INode['onError'];
	webhookId?: string;
}

const SUBJECT = 'Subject';

/**
 * One node behind a start node, run by n8n-core's own WorkflowExecute: what an administrator at the canvas sees.
 * Parameters that are not given have their defaults, as the editor saves them.
 */
export class Desk {
	readonly n8n: TestN8n;
	private executions = 0;

	constructor(private readonly options: DeskOptions) {
		const type = `n8n-nodes-journeys.${options.type}`;
		this.n8n = new TestN8n(
			{
				nodes: [
					{ name: 'Start', type: 'n8n-nodes-base.start' },
					{ name: SUBJECT, type, ...(options.onError ? { onError: options.onError } : {}) },
				],
				edges: [['Start', SUBJECT]],
			},
			{ [type]: options.node },
		);
		const node = this.node;
		if (options.webhookId) node.webhookId = options.webhookId;
		node.credentials = Object.fromEntries(Object.keys(options.credentials ?? {}).map((name) => [name, { id: name, name }]));
		const given = options.parameters ?? {};
		node.parameters = NodeHelpers.getNodeParameters(options.node.description.properties, given, true, false, node, options.node.description) ?? given;
	}

	get node(): INode {
		return this.n8n.nodeNamed(SUBJECT);
	}

	async run(items: IDataObject[] | INodeExecutionData[], mode: WorkflowExecuteMode = 'trigger'): Promise<IRun> {
		const main = [items.map((item) => ('json' in item ? (item as INodeExecutionData) : { json: item as IDataObject }))];
		const data = createRunExecutionData({
			startData: {},
			resultData: { runData: {} },
			executionData: {
				contextData: {},
				nodeExecutionStack: [{ node: this.n8n.nodeNamed('Start'), data: { main }, source: null }],
				metadata: {},
				waitingExecution: {},
				waitingExecutionSource: {},
			},
		});
		return await new WorkflowExecute(this.additionalData(mode), mode, data).processRunExecutionData(this.n8n.workflow);
	}

	/** trigger(), as publishing and every start call it. */
	async publish(): Promise<ITriggerResponse | undefined> {
		const context = new TriggerContext(this.n8n.workflow, this.node, this.additionalData('trigger'), 'trigger', 'activate', () => undefined);
		return await this.options.node.trigger?.call(context);
	}

	additionalData(mode: WorkflowExecuteMode): IWorkflowExecuteAdditionalData {
		this.executions += 1;
		const executionId = `execution-${this.executions}`;
		const { id = 'workflow-1', name = 'A workflow' } = this.n8n.workflow;
		const base = { id, name, active: true, activeVersionId: null, isArchived: false, createdAt: new Date(0), updatedAt: new Date(0), nodes: [], connections: {} };
		const data: Partial<IWorkflowExecuteAdditionalData> = {
			executionId,
			currentNodeExecutionIndex: 0,
			restApiUrl: '',
			instanceBaseUrl: 'http://localhost:5678/',
			webhookBaseUrl: 'http://localhost:5678/webhook',
			variables: {},
			hooks: new ExecutionLifecycleHooks(mode, executionId, base),
			credentialsHelper: {
				getDecrypted: async (_data: unknown, details: { id: string | null }) => this.options.credentials?.[details.id ?? ''] ?? {},
			} as unknown as IWorkflowExecuteAdditionalData['credentialsHelper'],
		};
		return data as IWorkflowExecuteAdditionalData;
	}
}

export { SUBJECT };
