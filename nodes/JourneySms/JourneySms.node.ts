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
import { audienceFields, contentFields, optionFields, providerField, recipientFields, senderFields } from './fields';
import { preview } from './preview';
import { credentialTest } from './providers';
import { send } from './send';

const STEP_TYPE = 'sms';

/** Sends, and is its own resume point: people whose message is held back park here and come out of trigger(). */
export class JourneySms implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey SMS',
		name: 'journeySms',
		icon: { light: 'file:../../icons/journeySms.svg', dark: 'file:../../icons/journeySms.dark.svg' },
		group: ['transform'],
		version: 1,
		// Liquid's tags as an ellipsis. \x7d: a closing pair of braces would end n8n's expression.
		subtitle:
			'={{ $parameter["contentSource"] === "expression" ? $parameter["purpose"] : $parameter["contentSource"] === "template" ? "template " + ($parameter["template"].value ?? $parameter["template"]) : $parameter["text"].replace(/\\{%.*?%\\x7d/g, "").replace(/\\{\\{.*?\\x7d\\x7d/g, "…").slice(0, 60) }}',
		description: 'Sends each person of a journey a text message (SMS or MMS), once and only with consent',
		defaults: { name: 'Journey SMS' },
		// As a tool its trigger() would come along, and n8n would serve the tool as a step of its own.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Sent', 'Not Sent'],
		credentials: [
			{ name: 'journeyTwilioApi', required: true, displayName: 'Twilio', testedBy: 'journeyTwilioTest', displayOptions: chosen('provider', 'twilio') },
			{ name: 'journeyBirdApi', required: true, displayName: 'Bird', testedBy: 'journeyBirdTest', displayOptions: chosen('provider', 'bird') },
			{ name: 'journeyHttpSmsApi', required: true, displayName: 'HTTP SMS', testedBy: 'journeyHttpSmsTest', displayOptions: chosen('provider', 'http') },
			{ name: 'journeyInfobipApi', required: true, displayName: 'Infobip', testedBy: 'journeyInfobipTest', displayOptions: chosen('provider', 'infobip') },
			{ name: 'journeyPlivoApi', required: true, displayName: 'Plivo', testedBy: 'journeyPlivoTest', displayOptions: chosen('provider', 'plivo') },
			{ name: 'journeySinchApi', required: true, displayName: 'Sinch', testedBy: 'journeySinchTest', displayOptions: chosen('provider', 'sinch') },
			{ name: 'journeySolapiApi', required: true, displayName: 'Solapi', testedBy: 'journeySolapiTest', displayOptions: chosen('provider', 'solapi') },
			{ name: 'journeyTelnyxApi', required: true, displayName: 'Telnyx', testedBy: 'journeyTelnyxTest', displayOptions: chosen('provider', 'telnyx') },
			{ name: 'journeyVonageApi', required: true, displayName: 'Vonage', testedBy: 'journeyVonageTest', displayOptions: chosen('provider', 'vonage') },
			...databaseCredential,
		],
		properties: [providerField, ...audienceFields, ...senderFields, ...contentFields, ...variantFields('sms'), ...recipientFields, ...optionFields],
	};

	methods = { credentialTest, listSearch, loadOptions };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await serveStep(this, STEP_TYPE, (engine, step) => tellTemplate(this, engine, step));
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const opened = await openStep(this, STEP_TYPE);
		return opened.kind === 'manual' ? await preview(this, opened) : await send(this, opened);
	}
}
