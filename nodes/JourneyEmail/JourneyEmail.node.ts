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
import { signInTest } from './signIn';

const STEP_TYPE = 'email';

/** Sends, and is its own resume point: people whose mail is held back park here and come out of trigger(). */
export class JourneyEmail implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Email',
		name: 'journeyEmail',
		icon: { light: 'file:../../icons/journeyEmail.svg', dark: 'file:../../icons/journeyEmail.dark.svg' },
		group: ['transform'],
		version: 1,
		// Liquid's tags as an ellipsis. \x7d: a closing pair of braces would end n8n's expression.
		subtitle:
			'={{ $parameter["contentSource"] === "expression" ? $parameter["purpose"] : $parameter["contentSource"] === "template" ? "template " + ($parameter["template"].value ?? $parameter["template"]) : $parameter["subject"].replace(/\\{%.*?%\\x7d/g, "").replace(/\\{\\{.*?\\x7d\\x7d/g, "…") }}',
		description: 'Sends each person of a journey a mail, written in MJML and Liquid, once and only with consent',
		defaults: { name: 'Journey Email' },
		// As a tool its trigger() would come along, and n8n would serve the tool as a step of its own.
		usableAsTool: undefined,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main],
		outputNames: ['Sent', 'Not Sent'],
		credentials: [
			{ name: 'journeySmtpApi', required: true, displayName: 'Mail Server', testedBy: 'journeySmtpTest', displayOptions: chosen('provider', 'smtp') },
			{ name: 'journeySesApi', required: true, displayName: 'Amazon SES', testedBy: 'journeySesTest', displayOptions: chosen('provider', 'ses') },
			{ name: 'journeyBrevoApi', required: true, displayName: 'Brevo', testedBy: 'journeyBrevoTest', displayOptions: chosen('provider', 'brevo') },
			{ name: 'journeyGmailOAuth2Api', required: true, displayName: 'Gmail', testedBy: 'journeyGmailTest', displayOptions: chosen('provider', 'gmail') },
			{ name: 'journeyMailgunApi', required: true, displayName: 'Mailgun', testedBy: 'journeyMailgunTest', displayOptions: chosen('provider', 'mailgun') },
			{ name: 'journeyMicrosoftOAuth2Api', required: true, displayName: 'Microsoft 365', testedBy: 'journeyMicrosoftTest', displayOptions: chosen('provider', 'microsoft') },
			{ name: 'journeyPostmarkApi', required: true, displayName: 'Postmark', testedBy: 'journeyPostmarkTest', displayOptions: chosen('provider', 'postmark') },
			{ name: 'journeyResendApi', required: true, displayName: 'Resend', testedBy: 'journeyResendTest', displayOptions: chosen('provider', 'resend') },
			{ name: 'journeySendGridApi', required: true, displayName: 'SendGrid', testedBy: 'journeySendGridTest', displayOptions: chosen('provider', 'sendgrid') },
			{ name: 'journeySparkPostApi', required: true, displayName: 'SparkPost', testedBy: 'journeySparkPostTest', displayOptions: chosen('provider', 'sparkpost') },
			...databaseCredential,
		],
		properties: [providerField, ...audienceFields, ...senderFields, ...contentFields, ...variantFields('email'), ...recipientFields, ...optionFields],
	};

	methods = { credentialTest: { ...credentialTest, journeyGmailTest: signInTest('gmail'), journeyMicrosoftTest: signInTest('microsoft') }, listSearch, loadOptions };

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await serveStep(this, STEP_TYPE, (engine, step) => tellTemplate(this, engine, step));
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const opened = await openStep(this, STEP_TYPE);
		return opened.kind === 'manual' ? await preview(this, opened) : await send(this, opened);
	}
}
