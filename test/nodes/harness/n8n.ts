import './environment';

import { ExecutionLifecycleHooks, TriggerContext, WorkflowExecute } from 'n8n-core';
import { createRunExecutionData, UnexpectedError, Workflow } from 'n8n-workflow';
import type {
	IConnections,
	IExecuteData,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	INodeTypes,
	IRun,
	IWorkflowBase,
	IWorkflowExecuteAdditionalData,
	NodeParameterValueType,
	WorkflowExecuteMode,
} from 'n8n-workflow';

import { foreignNodes } from './foreignNodes';

export interface NodeSpec {
	name: string;
	/** Default `id-<name>`. A step keeps its people as long as it keeps its id. */
	id?: string;
	/** A class of ours, or the type of a foreign stand-in, e.g. 'n8n-nodes-base.set'. */
	type: string;
	parameters?: INodeParameters;
	onError?: INode['onError'];
	typeVersion?: number;
	disabled?: boolean;
	alwaysOutputData?: boolean;
	executeOnce?: boolean;
	/** Retry On Fail, with a pause of a millisecond. */
	maxTries?: number;
}

/** [from, to], [from, to, output of from] or [from, to, output of from, input of to]. */
export type Edge = [string, string] | [string, string, number] | [string, string, number, number];

/** A workflow as it is drawn: nodes, and what leads to what. The node's id is `id-<name>`. */
export interface Canvas {
	id?: string;
	nodes: NodeSpec[];
	edges: Edge[];
	/** Default v1, which goes a way to its end first; v0 of old workflows takes turns among the ways. */
	executionOrder?: 'v0' | 'v1';
	/** Name of an agent -> its tools. */
	tools?: Record<string, string[]>;
}

/**
 * n8n's own engine, as far as a node can see it: WorkflowExecute of n8n-core runs the executions, trigger() is called with
 * a TriggerContext, and an emission starts an execution in the middle of the canvas, as n8n does.
 */
export class TestN8n {
	readonly workflow: Workflow;
	/** Every execution that an emission started, in order. */
	readonly runs: IRun[] = [];
	private readonly base: IWorkflowBase;
	private readonly closers: Array<() => Promise<void>> = [];
	private executions = 0;
	private latest: ReturnType<WorkflowExecute['processRunExecutionData']> | undefined;
	private running = 0;

	/** Of which execution this workflow is called as a sub-workflow. */
	parentExecution: { executionId: string; workflowId: string } | undefined;

	constructor(
		canvas: Canvas,
		private readonly ours: Record<string, INodeType>,
	) {
		const nodes = canvas.nodes.map((spec, place): INode => ({
			id: spec.id ?? `id-${spec.name}`,
			name: spec.name,
			type: spec.type,
			typeVersion: spec.typeVersion ?? 1,
			position: [place * 200, 0],
			parameters: spec.parameters ?? {},
			...(spec.onError ? { onError: spec.onError } : {}),
			...(spec.disabled ? { disabled: true } : {}),
			...(spec.alwaysOutputData ? { alwaysOutputData: true } : {}),
			...(spec.executeOnce ? { executeOnce: true } : {}),
			...(spec.maxTries === undefined ? {} : { retryOnFail: true, maxTries: spec.maxTries, waitBetweenTries: 1 }),
		}));
		this.base = {
			id: canvas.id ?? 'workflow-1',
			name: 'A journey',
			active: true,
			activeVersionId: null,
			isArchived: false,
			createdAt: new Date(0),
			updatedAt: new Date(0),
			nodes,
			connections: connectionsOf(canvas.edges, canvas.tools ?? {}),
			settings: { executionOrder: canvas.executionOrder ?? 'v1' },
		};
		this.workflow = new Workflow({ ...this.base, nodeTypes: this.nodeTypes() });
	}

	/** One execution from a node on, with the given items as its input. */
	async execute(start: string, items: INodeExecutionData[], mode: WorkflowExecuteMode = 'trigger', rootMode?: WorkflowExecuteMode): Promise<IRun> {
		return await this.process(start, items, mode, {}, rootMode);
	}

	/** What Retry does in n8n: the same input under a new execution id, with the failed one's custom data and its id. */
	async retry(start: string, items: INodeExecutionData[], failed: { id: string; run: IRun }): Promise<IRun> {
		return await this.process(start, items, 'retry', { of: failed.id, customData: failed.run.data.resultData.metadata });
	}

	private async process(start: string, items: INodeExecutionData[], mode: WorkflowExecuteMode, retry: { of?: string; customData?: Record<string, string> }, rootMode?: WorkflowExecuteMode): Promise<IRun> {
		const node = this.nodeNamed(start);
		const stack: IExecuteData[] = [{ node, data: { main: [items] }, source: null }];
		const data = createRunExecutionData({
			startData: {},
			...(this.parentExecution === undefined ? {} : { parentExecution: this.parentExecution }),
			resultData: { runData: {}, ...(retry.customData ? { metadata: { ...retry.customData } } : {}) },
			executionData: { contextData: {}, nodeExecutionStack: stack, metadata: {}, waitingExecution: {}, waitingExecutionSource: {} },
		});
		const additionalData = this.additionalData(mode, rootMode, retry.of);
		this.latest = new WorkflowExecute(additionalData, mode, data).processRunExecutionData(this.workflow);
		return await this.latest;
	}

	/** What *Stop* at a running execution does, to the one that was started last. */
	stop(): void {
		this.latest?.cancel();
	}

	/**
	 * An execution that waits goes on, as n8n does it: from what it has saved, past the node that waited. `answer`: what a form or an approval puts out
	 * in place of the items. Nobody is told of its end, least of all whoever waited for the first one's.
	 */
	async resume(waiting: IRun, answer?: INodeExecutionData[]): Promise<IRun> {
		const data = structuredClone(waiting.data);
		const [first] = data.executionData?.nodeExecutionStack ?? [];
		if (first === undefined) throw new UnexpectedError('This execution waits nowhere');
		if (answer !== undefined) first.data.main = [answer];
		this.running += 1;
		try {
			const run = await new WorkflowExecute(this.additionalData('trigger'), 'trigger', data).processRunExecutionData(this.workflow);
			this.runs.push(run);
			return run;
		} finally {
			this.running -= 1;
		}
	}

	/** Calls trigger() of every node that has one, as publishing does. */
	async publish(): Promise<void> {
		for (const node of Object.values(this.workflow.nodes)) {
			const type = this.workflow.nodeTypes.getByNameAndVersion(node.type, node.typeVersion);
			if (!type.trigger || node.disabled) continue;
			const emit: TriggerContext['emit'] = (data, _response, done) => {
				this.running += 1;
				void this.execute(node.name, data[0] ?? [])
					.then((run) => {
						this.runs.push(run);
						done?.resolve(run);
					}, (error: unknown) => done?.reject(error instanceof Error ? error : new Error(String(error))))
					.finally(() => (this.running -= 1));
			};
			const context = new TriggerContext(this.workflow, node, this.additionalData('trigger'), 'trigger', 'activate', emit);
			const response = await type.trigger.call(context);
			if (response?.closeFunction) this.closers.push(response.closeFunction);
		}
	}

	/** A parameter as trigger() gets it. */
	triggerParameter(name: string, parameter: string, fallback: unknown): unknown {
		const context = new TriggerContext(this.workflow, this.nodeNamed(name), this.additionalData('trigger'), 'trigger', 'activate', () => undefined);
		return context.getNodeParameter(parameter, fallback as NodeParameterValueType);
	}

	/** What the canvas shows below the name of a node, as the editor works it out. */
	subtitleOf(name: string): string {
		const node = this.nodeNamed(name);
		const { subtitle } = this.workflow.nodeTypes.getByNameAndVersion(node.type, node.typeVersion).description;
		return String(this.workflow.expression.getSimpleParameterValue(node, subtitle, 'internal', {}));
	}

	/** The id of the execution that began last. */
	get lastExecutionId(): string {
		return String(this.executions);
	}

	get isRunning(): boolean {
		return this.running > 0;
	}

	/** What unpublishing and SIGTERM do. */
	async close(): Promise<void> {
		for (const close of this.closers.splice(0)) await close();
	}

	nodeNamed(name: string): INode {
		const node = this.workflow.nodes[name];
		if (!node) throw new UnexpectedError(`No node is named ${name}`);
		return node;
	}

	private nodeTypes(): INodeTypes {
		const types = { ...foreignNodes, ...this.ours };
		const find = (name: string): INodeType => {
			const type = types[name];
			if (!type) throw new UnexpectedError(`No node type is named ${name}`);
			return type;
		};
		return { getByName: find, getByNameAndVersion: find, getKnownTypes: () => ({}) };
	}

	private additionalData(mode: WorkflowExecuteMode, rootMode?: WorkflowExecuteMode, retryOf?: string): IWorkflowExecuteAdditionalData {
		this.executions += 1;
		const executionId = String(this.executions);
		const data: Partial<IWorkflowExecuteAdditionalData> & { rootExecutionMode?: WorkflowExecuteMode } = {
			executionId,
			currentNodeExecutionIndex: 0,
			restApiUrl: '',
			instanceBaseUrl: 'http://localhost:5678/',
			webhookBaseUrl: 'http://localhost:5678/webhook',
			webhookWaitingBaseUrl: 'http://localhost:5678/webhook-waiting',
			formWaitingBaseUrl: 'http://localhost:5678/form-waiting',
			variables: {},
			hooks: new ExecutionLifecycleHooks(mode, executionId, this.base, retryOf),
			...(rootMode ? { rootExecutionMode: rootMode } : {}),
		};
		return data as IWorkflowExecuteAdditionalData;
	}
}

/** The items a node put out in a run, all its calls together; an empty list when it did not run. */
export function outputOf(run: IRun, node: string, output = 0): INodeExecutionData[] {
	return (run.data.resultData.runData[node] ?? []).flatMap((task) => task.data?.main?.[output] ?? []);
}

/** The error that ended a run. */
export function errorOf(run: IRun): { message: string; description?: string | null } | undefined {
	return run.data.resultData.error as { message: string; description?: string | null } | undefined;
}

function connectionsOf(edges: Edge[], tools: Record<string, string[]>): IConnections {
	const connections: IConnections = {};
	for (const [from, to, output = 0, index = 0] of edges) {
		const main = ((connections[from] ??= {}).main ??= []);
		while (main.length <= output) main.push([]);
		main[output]?.push({ node: to, type: 'main', index });
	}
	for (const [agent, names] of Object.entries(tools)) {
		for (const name of names) connections[name] = { ai_tool: [[{ node: agent, type: 'ai_tool', index: 0 }]] };
	}
	return connections;
}
