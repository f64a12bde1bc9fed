import { NodeConnectionTypes } from 'n8n-workflow';
import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	ITriggerFunctions,
	ITriggerResponse,
} from 'n8n-workflow';

import { databaseCredential, listSearch, loadOptions, tellTemplate } from '../shared/fields';
import { serveStep } from '../shared/serve';
import { openStep } from '../shared/step';
import { fields } from './fields';
import { preview } from './preview';
import { send } from './send';

const STEP_TYPE = 'webPush';

/** Sends, and is its own resume point: people whose message is held back park here and come out of trigger(). */
export class JourneyWebPush implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Web Push',
		name: 'journeyWebPush',
		icon: { light: 'file:../../icons/journeyWebPush.svg', dark: 'file:../../icons/journeyWebPush.dark.svg' },
		group: ['transform'],
		version: 1,
		// Liquid's tags as an ellipsis. \x7d: a closing pair of braces would end n8n's expression.
		subtitle: '={{ $parameter["contentSource"] === "template" ? "template " + ($parameter["template"].value ?? $parameter["template"]) : ($parameter["title"] || $parameter["message"]).replace(/\\{%.*?%\\x7d/g, "").replace(/\\{\\{.*?\\x7d\\x7d/g, "…").slice(0, 60) }}',
		description: 'Sends each person of a journey a notification in the browsers that they subscribed in, once and only with consent',
		defaults: { name: 'Journey Web Push' },
		// As a tool its trigger() would come along, and n8n would serve the tool as a step of its own.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Sent', 'Not Sent'],
		credentials: [...databaseCredential],
		properties: fields,
	};

	methods = { listSearch, loadOptions };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await serveStep(this, STEP_TYPE, (engine, step) => tellTemplate(this, engine, step));
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const opened = await openStep(this, STEP_TYPE);
		return opened.kind === 'manual' ? await preview(this, opened) : await send(this, opened);
	}
}
