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
import { audienceFields, contentFields, optionFields, providerField, recipientFields } from './fields';
import { preview } from './preview';
import { credentialTest } from './providers';
import { tellReceipts } from './receipts';
import { send } from './send';

const STEP_TYPE = 'push';

/** Sends, and is its own resume point: people whose message is held back park here and come out of trigger(). */
export class JourneyPush implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Push',
		name: 'journeyPush',
		icon: { light: 'file:../../icons/journeyPush.svg', dark: 'file:../../icons/journeyPush.dark.svg' },
		group: ['transform'],
		version: 1,
		// Liquid's tags as an ellipsis. \x7d: a closing pair of braces would end n8n's expression.
		subtitle: '={{ $parameter["contentSource"] === "template" ? "template " + ($parameter["template"].value ?? $parameter["template"]) : ($parameter["title"] || $parameter["message"]).replace(/\\{%.*?%\\x7d/g, "").replace(/\\{\\{.*?\\x7d\\x7d/g, "…").slice(0, 60) }}',
		description: 'Sends each person of a journey a notification of your app, once, on all of their devices and only with consent',
		defaults: { name: 'Journey Push' },
		// As a tool its trigger() would come along, and n8n would serve the tool as a step of its own.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Sent', 'Not Sent'],
		credentials: [
			{ name: 'journeyFcmApi', required: true, displayName: 'Firebase', testedBy: 'journeyFcmTest', displayOptions: chosen('provider', 'fcm') },
			{ name: 'journeyApnsApi', required: true, displayName: 'Apple', testedBy: 'journeyApnsTest', displayOptions: chosen('provider', 'apns') },
			{ name: 'journeyExpoApi', required: true, displayName: 'Expo', testedBy: 'journeyExpoTest', displayOptions: chosen('provider', 'expo') },
			{ name: 'journeyOneSignalApi', required: true, displayName: 'OneSignal', testedBy: 'journeyOneSignalTest', displayOptions: chosen('provider', 'onesignal') },
			...databaseCredential,
		],
		properties: [providerField, ...audienceFields, ...contentFields, ...variantFields('push'), ...recipientFields, ...optionFields],
	};

	methods = { credentialTest, listSearch, loadOptions };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await serveStep(this, STEP_TYPE, async (engine, step) => {
			await tellTemplate(this, engine, step);
			await tellReceipts(this, engine);
		});
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const opened = await openStep(this, STEP_TYPE);
		return opened.kind === 'manual' ? await preview(this, opened) : await send(this, opened);
	}
}
