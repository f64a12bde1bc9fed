import '../harness/environment';

import { TriggerContext } from 'n8n-core';
import { NodeHelpers } from 'n8n-workflow';
import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	IRun,
	ITriggerFunctions,
	ITriggerResponse,
	IWorkflowExecuteAdditionalData,
	WorkflowExecuteMode,
} from 'n8n-workflow';

import { TestN8n } from '../harness/n8n';

/** Credential type -> its data. */
export type Credentials = Record<string, ICredentialDataDecryptedObject>;

export interface DeskOptions {
	/** Type name as it is in n8n, without the package. */
	type: string;
	node: INodeType;
	parameters?: INodeParameters;
	credentials?: Credentials;
	onError?: INode['onError'];
	webhookId?: string;
	timezone?: string;
}

export const SUBJECT = 'Subject';

/**
 * One node behind a start node, run by n8n-core's own WorkflowExecute: what an administrator at the canvas sees.
 * Parameters that are not given have their defaults, as the editor saves them.
 */
export class Desk {
	readonly n8n: TestN8n;

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
		if (options.webhookId) this.node.webhookId = options.webhookId;
		if (options.timezone) Object.assign(this.n8n.workflow, { timezone: options.timezone });
		this.node.parameters = defaulted(options.node, options.parameters ?? {}, this.node);
		giveCredentials(this.n8n, SUBJECT, options.credentials ?? {});
	}

	get node(): INode {
		return this.n8n.nodeNamed(SUBJECT);
	}

	async run(items: Array<IDataObject | INodeExecutionData>, mode: WorkflowExecuteMode = 'trigger'): Promise<IRun> {
		return await this.n8n.execute('Start', executionItems(items), mode);
	}

	/** A user's Retry of the run before, from its first node on; the rows may come in another order than the first time. */
	async retry(run: IRun, items: Array<IDataObject | INodeExecutionData>): Promise<IRun> {
		return await this.n8n.retry('Start', executionItems(items), { id: this.n8n.lastExecutionId, run });
	}

	/** trigger(), as publishing and every start call it. */
	async trigger(mode: WorkflowExecuteMode = 'trigger'): Promise<ITriggerResponse | undefined> {
		const activation = mode === 'manual' ? 'manual' : 'activate';
		const context = new TriggerContext(this.n8n.workflow, this.node, additionalDataOf(this.n8n, mode), mode, activation, (data, _response, done, key) => this.emit(data[0] ?? [], done, key));
		return await this.options.node.trigger?.call(context);
	}

	/** What the trigger emits, one execution's items at a time, as they come. */
	emitted(): { next(): Promise<INodeExecutionData[]> } {
		return {
			next: async () => this.waiting.shift() ?? (await new Promise((resolve) => this.listeners.push(resolve))),
		};
	}

	private readonly waiting: INodeExecutionData[][] = [];
	private readonly listeners: Array<(items: INodeExecutionData[]) => void> = [];

	/** The ends of the executions that the trigger started and that have not ended, oldest first; a test ends them. */
	readonly running: Array<NonNullable<Parameters<ITriggerFunctions['emit']>[2]>> = [];

	/** The keys by which n8n would start each of them once, oldest first; undefined: it was given none. */
	readonly keys: Array<string | undefined> = [];

	private emit(items: INodeExecutionData[], done: Parameters<ITriggerFunctions['emit']>[2], key?: string): void {
		this.keys.push(key);
		if (done !== undefined) this.running.push(done);
		const listener = this.listeners.shift();
		if (listener === undefined) this.waiting.push(items);
		else listener(items);
	}
}

function executionItems(items: Array<IDataObject | INodeExecutionData>): INodeExecutionData[] {
	return items.map((item) => ('json' in item ? (item as INodeExecutionData) : { json: item as IDataObject }));
}

/** What the editor saves: the given parameters, and the default of every other one that is shown. */
export function defaulted(type: INodeType, given: INodeParameters, node: INode): INodeParameters {
	return NodeHelpers.getNodeParameters(type.description.properties, given, true, false, node, type.description) ?? given;
}

interface Inside {
	additionalData(...given: [mode: WorkflowExecuteMode, rootMode?: WorkflowExecuteMode, retryOf?: string]): IWorkflowExecuteAdditionalData;
}

export function additionalDataOf(n8n: TestN8n, mode: WorkflowExecuteMode): IWorkflowExecuteAdditionalData {
	return (n8n as unknown as Inside).additionalData(mode);
}

/** The harness has no credentials, since journeys need none; what is asked for here is answered from the test. */
export function giveCredentials(n8n: TestN8n, nodeName: string, credentials: Credentials): void {
	const inside = n8n as unknown as Inside;
	const before = inside.additionalData.bind(n8n);
	n8n.nodeNamed(nodeName).credentials = Object.fromEntries(Object.keys(credentials).map((name) => [name, { id: name, name }]));
	inside.additionalData = (...given) => ({
		...before(...given),
		webhookTestBaseUrl: 'http://localhost:5678/webhook-test',
		webhookWaitingBaseUrl: 'http://localhost:5678/webhook-waiting',
		formWaitingBaseUrl: 'http://localhost:5678/form-waiting',
		credentialsHelper: {
			isCredentialUsableByNode: () => true,
			getDecrypted: async (_data: unknown, details: { id: string | null }) => credentials[details.id ?? ''] ?? {},
		} as unknown as IWorkflowExecuteAdditionalData['credentialsHelper'],
	});
}
