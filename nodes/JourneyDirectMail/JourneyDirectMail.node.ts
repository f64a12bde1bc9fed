import { NodeConnectionTypes } from 'n8n-workflow';
import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	ITriggerFunctions,
	ITriggerResponse,
} from 'n8n-workflow';

import { databaseCredential, listSearch, loadOptions, tellTemplate, variantFields } from '../shared/fields';
import { serveStep } from '../shared/serve';
import { openStep } from '../shared/step';
import { addressFields } from './addressFields';
import { audienceFields, contentFields, optionFields, recipientFields } from './fields';
import { journeyLobTest } from './lob';
import { preview } from './preview';
import { send } from './send';

const STEP_TYPE = 'directMail';

/** Sends, and is its own resume point: people whose mail is held back park here and come out of trigger(). */
export class JourneyDirectMail implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Direct Mail',
		name: 'journeyDirectMail',
		icon: { light: 'file:../../icons/journeyDirectMail.svg', dark: 'file:../../icons/journeyDirectMail.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: '={{ $parameter["contentSource"] === "template" ? "template " + ($parameter["template"].value ?? $parameter["template"]) : $parameter["piece"] === "letter" ? "Letter" : "Postcard" }}',
		description: 'Has a postcard or letter printed and posted to each person of a journey, once and only with consent (Lob)',
		defaults: { name: 'Journey Direct Mail' },
		// As a tool its trigger() would come along, and n8n would serve the tool as a step of its own.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Sent', 'Not Sent'],
		credentials: [{ name: 'journeyLobApi', required: true, displayName: 'Lob', testedBy: 'journeyLobTest' }, ...databaseCredential],
		properties: [...audienceFields, ...contentFields, ...variantFields('directmail'), ...addressFields, ...recipientFields, ...optionFields],
	};

	methods = { credentialTest: { journeyLobTest }, listSearch, loadOptions };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await serveStep(this, STEP_TYPE, (engine, step) => tellTemplate(this, engine, step));
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const opened = await openStep(this, STEP_TYPE);
		return opened.kind === 'manual' ? await preview(this, opened) : await send(this, opened);
	}
}
