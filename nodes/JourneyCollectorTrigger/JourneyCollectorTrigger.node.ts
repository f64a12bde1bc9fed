import { NodeConnectionTypes } from 'n8n-workflow';
import type {
	IExecuteFunctions,
	IHookFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	ITriggerFunctions,
	ITriggerResponse,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

import { credentialTest as emailTests } from '../JourneyEmail/providers';
import { credentialTest as chatTests } from '../JourneyChat/providers';
import { journeyLobTest } from '../JourneyDirectMail/lob';
import { credentialTest as smsTests } from '../JourneySms/providers';
import { credentialTest as whatsAppTests } from '../JourneyWhatsApp/providers';
import { chosen, databaseCredential, listSearch, loadOptions } from '../shared/fields';
import { activate, deactivate } from './activate';
import { properties } from './fields';
import { passOn } from './passOn';
import { receive } from './receive';
import { webhooks } from './routes';
import { journeyCollectorTest } from './writeKeys';

export class JourneyCollectorTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Journey Collector Trigger',
		name: 'journeyCollectorTrigger',
		icon: { light: 'file:../../icons/journeyCollector.svg', dark: 'file:../../icons/journeyCollector.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '=/{{$parameter["pathPrefix"]}}{{$parameter["port"] ? " and port " + $parameter["port"] : ""}}',
		description:
			'Receives events of sites and apps in Segment format and the reports of delivery services, and serves the open, click and unsubscribe links of journey mails',
		eventTriggerDescription: 'Waiting for an event at the test address',
		activationMessage: 'Sites and apps can now send events, and the links in journey mails work.',
		defaults: { name: 'Journey Collector Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{ name: 'journeyCollectorApi', required: true, displayName: 'Write Keys', testedBy: 'journeyCollectorTest' },
			{ name: 'journeySesApi', required: true, displayName: 'Amazon SES', testedBy: 'journeySesTest', displayOptions: chosen('reportsFrom', 'ses') },
			{ name: 'journeyBirdApi', required: true, displayName: 'Bird', testedBy: 'journeyBirdTest', displayOptions: chosen('reportsFrom', 'bird') },
			{ name: 'journeyBrevoApi', required: true, displayName: 'Brevo', testedBy: 'journeyBrevoTest', displayOptions: chosen('reportsFrom', 'brevo') },
			{ name: 'journeyDiscordApi', required: true, displayName: 'Discord', testedBy: 'journeyDiscordTest', displayOptions: chosen('reportsFrom', 'discord') },
			{ name: 'journeyHttpSmsApi', required: true, displayName: 'HTTP SMS', testedBy: 'journeyHttpSmsTest', displayOptions: chosen('reportsFrom', 'http') },
			{ name: 'journeyInfobipApi', required: true, displayName: 'Infobip', testedBy: 'journeyInfobipTest', displayOptions: chosen('reportsFrom', 'infobip') },
			{ name: 'journeyLineApi', required: true, displayName: 'LINE', testedBy: 'journeyLineTest', displayOptions: chosen('reportsFrom', 'line') },
			{ name: 'journeyLobApi', required: true, displayName: 'Lob', testedBy: 'journeyLobTest', displayOptions: chosen('reportsFrom', 'lob') },
			{ name: 'journeyMailgunApi', required: true, displayName: 'Mailgun', testedBy: 'journeyMailgunTest', displayOptions: chosen('reportsFrom', 'mailgun') },
			{ name: 'journeyWhatsAppApi', required: true, displayName: 'Meta', testedBy: 'journeyWhatsAppTest', displayOptions: chosen('reportsFrom', 'meta') },
			{ name: 'journeyPlivoApi', required: true, displayName: 'Plivo', testedBy: 'journeyPlivoTest', displayOptions: chosen('reportsFrom', 'plivo') },
			{ name: 'journeyPostmarkApi', required: true, displayName: 'Postmark', testedBy: 'journeyPostmarkTest', displayOptions: chosen('reportsFrom', 'postmark') },
			{ name: 'journeyResendApi', required: true, displayName: 'Resend', testedBy: 'journeyResendTest', displayOptions: chosen('reportsFrom', 'resend') },
			{ name: 'journeySendGridApi', required: true, displayName: 'SendGrid', testedBy: 'journeySendGridTest', displayOptions: chosen('reportsFrom', 'sendgrid') },
			{ name: 'journeySinchApi', required: true, displayName: 'Sinch', testedBy: 'journeySinchTest', displayOptions: chosen('reportsFrom', 'sinch') },
			{ name: 'journeySlackApi', required: true, displayName: 'Slack', testedBy: 'journeySlackTest', displayOptions: chosen('reportsFrom', 'slack') },
			{ name: 'journeySolapiApi', required: true, displayName: 'Solapi', testedBy: 'journeySolapiTest', displayOptions: chosen('reportsFrom', 'solapi') },
			{ name: 'journeySparkPostApi', required: true, displayName: 'SparkPost', testedBy: 'journeySparkPostTest', displayOptions: chosen('reportsFrom', 'sparkpost') },
			{ name: 'journeyTelegramApi', required: true, displayName: 'Telegram', testedBy: 'journeyTelegramTest', displayOptions: chosen('reportsFrom', 'telegram') },
			{ name: 'journeyTelnyxApi', required: true, displayName: 'Telnyx', testedBy: 'journeyTelnyxTest', displayOptions: chosen('reportsFrom', 'telnyx') },
			{ name: 'journeyTwilioApi', required: true, displayName: 'Twilio', testedBy: 'journeyTwilioTest', displayOptions: chosen('reportsFrom', 'twilio') },
			{ name: 'journeyViberApi', required: true, displayName: 'Viber', testedBy: 'journeyViberTest', displayOptions: chosen('reportsFrom', 'viber') },
			{ name: 'journeyVonageApi', required: true, displayName: 'Vonage', testedBy: 'journeyVonageTest', displayOptions: chosen('reportsFrom', 'vonage') },
			...databaseCredential,
		],
		triggerPanel: {
			header: 'Receive events',
			executionsHelp: {
				inactive:
					'Publish the workflow: from then on every event is taken in by the profile engine. No execution starts, however many arrive, unless Also Start Executions is on. A call to the test address is shown here and stored nowhere.',
				active:
					'Events are taken in by the profile engine as they arrive. No execution starts, however many arrive, unless Also Start Executions is on. A call to the test address is shown here and stored nowhere.',
			},
			activationHint: 'Publish the workflow to open the production address',
		},
		webhooks,
		properties,
	};

	methods = { credentialTest: { ...emailTests, ...whatsAppTests, ...chatTests, ...smsTests, journeyLobTest, journeyCollectorTest }, listSearch, loadOptions };

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return false;
			},
			// The routes are n8n's own; the engine is told by trigger(), which n8n calls at every start as well.
			async create(this: IHookFunctions): Promise<boolean> {
				return true;
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return await deactivate(this);
			},
		},
	};

	async trigger(this: ITriggerFunctions): Promise<ITriggerResponse> {
		return await activate.call(this);
	}

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await passOn.call(this);
	}

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await receive.call(this);
	}
}
