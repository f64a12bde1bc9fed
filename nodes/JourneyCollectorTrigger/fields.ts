import type { INodeProperties } from 'n8n-workflow';

import { CALLBACK_PROVIDERS } from '../../engine';
import { eventNamesField, settingsInForceField } from '../shared/fields';

export const properties: INodeProperties[] = [
	{
		displayName:
			'Publish this workflow once for the whole n8n. Sites and apps send to the address above; a Segment SDK takes the part before /v1/batch as its host, or as its host and path. With an own listener, a web page needs one line: <code>&lt;script async src="https://your-listener/snippet.js" data-write-key="…"&gt;&lt;/script&gt;</code>',
		name: 'notice',
		type: 'notice',
		default: '',
	},
	{
		displayName:
			'A write key is public. Without a <b>User Token Secret</b> in the credential, whoever has it can say that a phone or browser of theirs is somebody else\'s, and gets what Journey Push and Journey Web Push send to that person. With the secret, devices of people who are known are sent to only where your site or app proved who is signed in, or a node or import named them.',
		name: 'proofNotice',
		type: 'notice',
		default: '',
	},
	{
		displayName: 'Path Prefix',
		name: 'pathPrefix',
		type: 'string',
		default: 'journeys',
		required: true,
		placeholder: 'e.g. journeys',
		description:
			'Path under which n8n serves the routes: identify, track, page, screen, group, alias, batch, open, click, unsubscribe and callbacks. Changing it breaks the links in mails that were already sent, unless a public address is set.',
	},
	{
		displayName: 'Public Address',
		name: 'publicUrl',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://events.example.com',
		description:
			"Address that links, pixels and unsubscribe links in mails begin with. Empty: n8n's own webhook address with the path prefix. With an own listener, give the address at which it is reached from outside; links in old mails need it for good.",
	},
	{
		displayName: 'Own Listener Port',
		name: 'port',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 65535 },
		default: 0,
		placeholder: 'e.g. 5680',
		description:
			"Port of a listener of the engine's own, which takes thousands of events a second where n8n's webhooks take about 30, and loses nothing while n8n starts, when n8n itself answers in the place of its webhooks. 0: none. It serves the same routes without the path prefix, for example /v1/batch.",
	},
	{
		displayName: 'Own Listener Address',
		name: 'host',
		type: 'string',
		displayOptions: { hide: { port: [0] } },
		default: '0.0.0.0',
		placeholder: 'e.g. 127.0.0.1',
		description: 'Network address to listen on. 0.0.0.0: all. 127.0.0.1: this machine only, behind a proxy.',
	},
	{
		displayName: 'Trusted Proxies',
		name: 'trustedProxies',
		type: 'number',
		typeOptions: { minValue: 0, maxValue: 10 },
		displayOptions: { hide: { port: [0] } },
		default: 0,
		description:
			'How many reverse proxies in front of the own listener add to X-Forwarded-For, where IP addresses may be stored: the visitor is found that many entries from its end. 0: the header is not believed.',
	},
	{
		displayName: 'Delivery Reports From',
		name: 'reportsFrom',
		type: 'multiOptions',
		options: CALLBACK_PROVIDERS.map(({ name, title }) => ({ name: title, value: name })),
		default: [],
		description:
			'Delivery services whose reports are taken: delivered, opened, clicked, bounced, marked as spam, unsubscribed, replied. Each needs its credential, the one that the senders use, with what its reports are checked with.',
	},
	{
		displayName:
			"Enter the address of each service in its settings for webhooks: the public address, then <code>/callbacks/</code> and the service's name, for example <code>https://n8n.example.com/webhook/journeys/callbacks/postmark</code>. Those at n8n are listed under Webhook URLs above. Where the reports bear a key, enter it there too, best as the password of HTTP authentication.",
		name: 'reportsNotice',
		type: 'notice',
		displayOptions: { show: { reportsFrom: CALLBACK_PROVIDERS.map(({ name }) => name) } },
		default: '',
	},
	{
		displayName: 'Also Start Executions',
		name: 'emitEvents',
		type: 'boolean',
		default: false,
		description:
			'Whether accepted events also come out of this node, in batches, after they are stored. Each comes out once at most: what an execution that fails had in it does not come again, nor what was waiting in memory when n8n crashed. What webhook processes of queue mode take comes through the database. Off: they only reach the profile engine, which starts the journeys that wait for them and loses none.',
	},
	{
		displayName: 'Executions',
		name: 'emitOptions',
		type: 'collection',
		placeholder: 'Add Option',
		displayOptions: { show: { emitEvents: [true] } },
		default: {},
		options: [
			{
				displayName: 'Batch Size',
				name: 'batchSize',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 1000 },
				default: 100,
				description: 'Events an execution, at most',
			},
			{
				displayName: 'Longest Wait (Seconds)',
				name: 'maxWait',
				type: 'number',
				typeOptions: { minValue: 0, maxValue: 300 },
				default: 5,
				description: 'How long the first event of a batch may wait for others',
			},
			eventNamesField('names', 'Only These Events', 'Events that come out; identify, group and alias, by name, stand for calls that are no event. None: all of them come out.'),
		],
	},
	settingsInForceField(['publicUrl', 'corsOrigins', 'behindAfter', 'storeIps', 'defaultCountry', 'identityLimits', 'blockedIdentities', 'mailReplies', 'retention']),
];
