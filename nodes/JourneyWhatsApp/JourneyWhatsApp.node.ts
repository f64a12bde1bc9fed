import { NodeConnectionTypes } from 'n8n-workflow';
import type {
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	ITriggerFunctions,
	ITriggerResponse,
} from 'n8n-workflow';

import { chosen, databaseCredential, listSearch, loadOptions, tellTemplate, variantFields } from '../shared/fields';
import { serveStep } from '../shared/serve';
import { openStep } from '../shared/step';
import { contentFields } from './contentFields';
import { audienceFields, optionFields, providerField, recipientFields, senderFields } from './fields';
import { preview } from './preview';
import { credentialTest } from './providers';
import { send } from './send';
import { templateLists } from './templateLists';

const STEP_TYPE = 'whatsapp';

/** Sends, and is its own resume point: people whose message is held back park here and come out of trigger(). */
export class JourneyWhatsApp implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey WhatsApp',
		name: 'journeyWhatsApp',
		icon: { light: 'file:../../icons/journeyWhatsApp.svg', dark: 'file:../../icons/journeyWhatsApp.dark.svg' },
		group: ['transform'],
		version: 1,
		// Liquid's tags as an ellipsis. \x7d: a closing pair of braces would end n8n's expression.
		subtitle:
			'={{ $parameter["contentSource"] === "contentTemplate" ? "template " + ($parameter["contentTemplate"].value ?? $parameter["contentTemplate"]) : $parameter["contentSource"] === "template" ? "template " + ($parameter["template"]["value"] || "") : $parameter["contentSource"] === "media" ? $parameter["mediaType"] : $parameter["text"].replace(/\\{%.*?%\\x7d/g, "").replace(/\\{\\{.*?\\x7d\\x7d/g, "…").slice(0, 60) }}',
		description: 'Sends each person of a journey a WhatsApp message, once and only to people who signed up for it',
		defaults: { name: 'Journey WhatsApp' },
		// As a tool its trigger() would come along, and n8n would serve the tool as a step of its own.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Sent', 'Not Sent'],
		credentials: [
			{ name: 'journeyWhatsAppApi', required: true, displayName: 'Meta Cloud API', testedBy: 'journeyWhatsAppTest', displayOptions: chosen('provider', 'meta') },
			{ name: 'journeyTwilioApi', required: true, displayName: 'Twilio', testedBy: 'journeyTwilioTest', displayOptions: chosen('provider', 'twilio') },
			...databaseCredential,
		],
		properties: [providerField, ...audienceFields, ...senderFields, ...contentFields, ...variantFields('whatsapp'), ...recipientFields, ...optionFields],
	};

	methods = { credentialTest, listSearch: { ...listSearch, ...templateLists }, loadOptions };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await serveStep(this, STEP_TYPE, (engine, step) => tellTemplate(this, engine, step, 'whatsapp'));
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const opened = await openStep(this, STEP_TYPE);
		return opened.kind === 'manual' ? await preview(this, opened) : await send(this, opened);
	}
}
