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
import { kakaoFields } from './kakaoFields';
import { preview } from './preview';
import { credentialTest } from './providers';
import { send } from './send';

const STEP_TYPE = 'chat';

/** Sends, and is its own resume point: people whose message is held back park here and come out of trigger(). */
export class JourneyChat implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Chat',
		name: 'journeyChat',
		icon: { light: 'file:../../icons/journeyChat.svg', dark: 'file:../../icons/journeyChat.dark.svg' },
		group: ['transform'],
		version: 1,
		// Liquid's tags as an ellipsis. \x7d: a closing pair of braces would end n8n's expression.
		subtitle:
			'={{ $parameter["contentSource"] === "template" ? "template " + ($parameter["template"].value ?? $parameter["template"]) : $parameter["provider"] === "kakao" ? "Kakao " + ($parameter["templateId"] || "") : $parameter["contentSource"] === "expression" ? $parameter["provider"] : $parameter["text"].replace(/\\{%.*?%\\x7d/g, "").replace(/\\{\\{.*?\\x7d\\x7d/g, "…").slice(0, 60) }}',
		description: 'Sends each person of a journey a chat message (Telegram, LINE, Kakao, Slack, Discord, Viber), once and only with consent',
		defaults: { name: 'Journey Chat' },
		// As a tool its trigger() would come along, and n8n would serve the tool as a step of its own.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Sent', 'Not Sent'],
		credentials: [
			{ name: 'journeyTelegramApi', required: true, displayName: 'Telegram', testedBy: 'journeyTelegramTest', displayOptions: chosen('provider', 'telegram') },
			{ name: 'journeyDiscordApi', required: true, displayName: 'Discord', testedBy: 'journeyDiscordTest', displayOptions: chosen('provider', 'discord') },
			{ name: 'journeySolapiApi', required: true, displayName: 'Solapi', testedBy: 'journeySolapiTest', displayOptions: chosen('provider', 'kakao') },
			{ name: 'journeyLineApi', required: true, displayName: 'LINE', testedBy: 'journeyLineTest', displayOptions: chosen('provider', 'line') },
			{ name: 'journeySlackApi', required: true, displayName: 'Slack', testedBy: 'journeySlackTest', displayOptions: chosen('provider', 'slack') },
			{ name: 'journeyViberApi', required: true, displayName: 'Viber', testedBy: 'journeyViberTest', displayOptions: chosen('provider', 'viber') },
			...databaseCredential,
		],
		properties: [providerField, ...audienceFields, ...kakaoFields, ...contentFields, ...variantFields('chat'), ...recipientFields, ...optionFields],
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
