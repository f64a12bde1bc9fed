import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription, ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { databaseCredential, listSearch, loadOptions, tellTemplate, variantFields } from '../shared/fields';
import { serveStep } from '../shared/serve';
import { openStep } from '../shared/step';
import { contentFields } from './contentFields';
import { audienceFields, optionFields, recipientFields, showingFields, whereFields } from './fields';
import { preview } from './preview';
import { send } from './send';

const STEP_TYPE = 'onSite';

/** Sends, and is its own resume point: people whose message is held back park here and come out of trigger(). */
export class JourneyOnSite implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey On-Site',
		name: 'journeyOnSite',
		icon: { light: 'file:../../icons/journeyOnSite.svg', dark: 'file:../../icons/journeyOnSite.dark.svg' },
		group: ['transform'],
		version: 1,
		// Liquid's tags as an ellipsis. \x7d: a closing pair of braces would end n8n's expression.
		subtitle:
			'={{ $parameter["content"] === "template" ? "template " + ($parameter["template"].value ?? $parameter["template"]) : ($parameter["content"] === "survey" ? $parameter["question"] : $parameter["headline"]).replace(/\\{%.*?%\\x7d/g, "").replace(/\\{\\{.*?\\x7d\\x7d/g, "…").slice(0, 60) }}',
		description: 'Shows each person of a journey a message, a sign-up form or a survey when they are on your site, with consent',
		defaults: { name: 'Journey On-Site' },
		// As a tool its trigger() would come along, and n8n would serve the tool as a step of its own.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Sent', 'Not Sent'],
		credentials: [...databaseCredential],
		properties: [...showingFields, ...audienceFields, ...contentFields, ...whereFields, ...variantFields('onsite'), ...recipientFields, ...optionFields],
	};

	methods = { listSearch, loadOptions };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await serveStep(this, STEP_TYPE, (engine, step) => tellTemplate(this, engine, step, 'onsite'));
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const opened = await openStep(this, STEP_TYPE);
		return opened.kind === 'manual' ? await preview(this, opened) : await send(this, opened);
	}
}
