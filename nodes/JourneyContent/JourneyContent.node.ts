import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties, INodeType, INodeTypeDescription } from 'n8n-workflow';

import { agentFields } from '../shared/agent';
import { databaseCredential, listSearch, loadOptions } from '../shared/fields';
import { actionSubtitle } from '../shared/subtitle';
import * as block from './actions/block/Block.resource';
import * as brand from './actions/brand/Brand.resource';
import * as coupon from './actions/coupon/Coupon.resource';
import * as image from './actions/image/Image.resource';
import * as product from './actions/product/Product.resource';
import { router } from './actions/router';
import * as template from './actions/template/Template.resource';
import { testCredentialTests, testedBy } from './actions/template/testBy';
import { GUARDED } from './guarded';

const operations: INodeProperties[] = [
	...block.description,
	...brand.description,
	...coupon.description,
	...image.description,
	...product.description,
	...template.description,
];

export class JourneyContent implements INodeType {
	// eslint-disable-next-line n8n-nodes-base/node-class-description-missing-subtitle -- it has one, put together from its operations.
	description: INodeTypeDescription = {
		displayName: 'Journey Content',
		name: 'journeyContent',
		icon: { light: 'file:../../icons/journeyContent.svg', dark: 'file:../../icons/journeyContent.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: actionSubtitle(operations),
		description: 'Keep what the messages of your journeys are made of: templates in versions and languages, to preview, check and publish',
		defaults: { name: 'Journey Content' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		// Of test sends; the others need none but the database's.
		credentials: [
			{ name: 'journeySmtpApi', required: true, displayName: 'Mail Server', testedBy: 'journeySmtpTest', displayOptions: testedBy('smtp', 'email') },
			{ name: 'journeySesApi', required: true, displayName: 'Amazon SES', testedBy: 'journeySesTest', displayOptions: testedBy('ses', 'email') },
			{ name: 'journeyBrevoApi', required: true, displayName: 'Brevo', testedBy: 'journeyBrevoTest', displayOptions: testedBy('brevo', 'email') },
			{ name: 'journeyGmailOAuth2Api', required: true, displayName: 'Gmail', testedBy: 'journeyGmailTest', displayOptions: testedBy('gmail', 'email') },
			{ name: 'journeyMailgunApi', required: true, displayName: 'Mailgun', testedBy: 'journeyMailgunTest', displayOptions: testedBy('mailgun', 'email') },
			{ name: 'journeyMicrosoftOAuth2Api', required: true, displayName: 'Microsoft 365', testedBy: 'journeyMicrosoftTest', displayOptions: testedBy('microsoft', 'email') },
			{ name: 'journeyPostmarkApi', required: true, displayName: 'Postmark', testedBy: 'journeyPostmarkTest', displayOptions: testedBy('postmark', 'email') },
			{ name: 'journeyResendApi', required: true, displayName: 'Resend', testedBy: 'journeyResendTest', displayOptions: testedBy('resend', 'email') },
			{ name: 'journeySendGridApi', required: true, displayName: 'SendGrid', testedBy: 'journeySendGridTest', displayOptions: testedBy('sendgrid', 'email') },
			{ name: 'journeySparkPostApi', required: true, displayName: 'SparkPost', testedBy: 'journeySparkPostTest', displayOptions: testedBy('sparkpost', 'email') },
			{ name: 'journeyTwilioApi', required: true, displayName: 'Twilio', testedBy: 'journeyTwilioTest', displayOptions: testedBy('twilio', 'sms', 'whatsapp') },
			{ name: 'journeyBirdApi', required: true, displayName: 'Bird', testedBy: 'journeyBirdTest', displayOptions: testedBy('bird', 'sms') },
			{ name: 'journeyHttpSmsApi', required: true, displayName: 'HTTP SMS', testedBy: 'journeyHttpSmsTest', displayOptions: testedBy('http', 'sms') },
			{ name: 'journeyInfobipApi', required: true, displayName: 'Infobip', testedBy: 'journeyInfobipTest', displayOptions: testedBy('infobip', 'sms') },
			{ name: 'journeyPlivoApi', required: true, displayName: 'Plivo', testedBy: 'journeyPlivoTest', displayOptions: testedBy('plivo', 'sms') },
			{ name: 'journeySinchApi', required: true, displayName: 'Sinch', testedBy: 'journeySinchTest', displayOptions: testedBy('sinch', 'sms') },
			{ name: 'journeySolapiApi', required: true, displayName: 'Solapi', testedBy: 'journeySolapiTest', displayOptions: { show: { resource: ['template'], operation: ['sendTest'], testChannel: ['sms', 'chat'], provider: ['solapi', 'kakao'] } } },
			{ name: 'journeyTelnyxApi', required: true, displayName: 'Telnyx', testedBy: 'journeyTelnyxTest', displayOptions: testedBy('telnyx', 'sms') },
			{ name: 'journeyVonageApi', required: true, displayName: 'Vonage', testedBy: 'journeyVonageTest', displayOptions: testedBy('vonage', 'sms') },
			{ name: 'journeyTelegramApi', required: true, displayName: 'Telegram', testedBy: 'journeyTelegramTest', displayOptions: testedBy('telegram', 'chat') },
			{ name: 'journeyDiscordApi', required: true, displayName: 'Discord', testedBy: 'journeyDiscordTest', displayOptions: testedBy('discord', 'chat') },
			{ name: 'journeyLineApi', required: true, displayName: 'LINE', testedBy: 'journeyLineTest', displayOptions: testedBy('line', 'chat') },
			{ name: 'journeySlackApi', required: true, displayName: 'Slack', testedBy: 'journeySlackTest', displayOptions: testedBy('slack', 'chat') },
			{ name: 'journeyViberApi', required: true, displayName: 'Viber', testedBy: 'journeyViberTest', displayOptions: testedBy('viber', 'chat') },
			{ name: 'journeyFcmApi', required: true, displayName: 'Firebase', testedBy: 'journeyFcmTest', displayOptions: testedBy('fcm', 'push') },
			{ name: 'journeyApnsApi', required: true, displayName: 'Apple', testedBy: 'journeyApnsTest', displayOptions: testedBy('apns', 'push') },
			{ name: 'journeyExpoApi', required: true, displayName: 'Expo', testedBy: 'journeyExpoTest', displayOptions: testedBy('expo', 'push') },
			{ name: 'journeyOneSignalApi', required: true, displayName: 'OneSignal', testedBy: 'journeyOneSignalTest', displayOptions: testedBy('onesignal', 'push') },
			{ name: 'journeyWhatsAppApi', required: true, displayName: 'Meta Cloud API', testedBy: 'journeyWhatsAppTest', displayOptions: testedBy('meta', 'whatsapp') },
			{ name: 'journeyLobApi', required: true, displayName: 'Lob', testedBy: 'journeyLobTest', displayOptions: { show: { resource: ['template'], operation: ['sendTest'], testChannel: ['directmail'] } } },
			...databaseCredential,
		],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Block', value: 'block', description: 'A part that templates share: header, footer, product row' },
					{ name: 'Brand', value: 'brand', description: 'Colours, fonts, logo, address and social links, once for all templates' },
					{ name: 'Coupon', value: 'coupon', description: 'Pools of codes, of which each person gets one of their own' },
					{ name: 'Image', value: 'image', description: 'Pictures of messages, in the sizes that mails need' },
					{ name: 'Product', value: 'product', description: 'Feeds of shops, and what of them to show whom' },
					{ name: 'Template', value: 'template', description: 'What messages of a channel are made of, with versions and languages' },
				],
				default: 'template',
			},
			...operations,
			...agentFields(GUARDED),
		],
	};

	methods = { credentialTest: testCredentialTests, listSearch, loadOptions };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await router.call(this);
	}
}
