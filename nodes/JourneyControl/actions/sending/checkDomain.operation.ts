import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import { SENDING_SERVICES } from '../../../../engine';
import type { Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';

const displayOptions = { show: { resource: ['sending'], operation: ['checkDomain'] } };

const NO_SERVICE = 'custom';

export const description: INodeProperties[] = [
	{
		displayName: 'Sender',
		name: 'sender',
		type: 'string',
		displayOptions,
		required: true,
		default: '',
		placeholder: 'e.g. hello@example.com',
		description: 'The address that mails come from, or its domain',
	},
	{
		displayName: 'Mail Service',
		name: 'service',
		type: 'options',
		displayOptions,
		options: [...SENDING_SERVICES.map(({ id, name }) => ({ name, value: id })), { name: 'Other', value: NO_SERVICE }],
		default: NO_SERVICE,
		description: 'Who delivers these mails: what it needs in SPF, and where its DKIM keys usually are',
	},
	{
		displayName: 'DKIM Selectors',
		name: 'selectors',
		type: 'string',
		displayOptions,
		default: '',
		placeholder: 'e.g. s1, s2',
		description: 'The part before ._domainkey of the DKIM records, separated by commas. Empty: the usual ones of the service are looked for.',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		displayOptions,
		placeholder: 'Add Option',
		default: {},
		options: [
			{
				displayName: 'DNS Servers',
				name: 'dnsServers',
				type: 'string',
				default: '',
				placeholder: 'e.g. 1.1.1.1, 8.8.8.8',
				description: 'IP addresses of the servers to ask, separated by commas, such as public ones when yours answers differently inside your network. Empty: those of the machine that n8n runs on.',
			},
		],
	},
];

/** A row a finding, worst first; it asks DNS and nobody else. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const sender = text(this, 'sender', index);
		if (sender === '') throw new NodeOperationError(this.getNode(), 'Say which domain to check', { itemIndex: index, description: "Fill in 'Sender': the address that mails come from, or its domain." });
		const service = text(this, 'service', index);
		const dnsServers = list(text(this, 'options.dnsServers', index));
		const { domain, findings } = await engine.messages.checkSenderDomain({
			sender, selectors: list(text(this, 'selectors', index)), ...(service === NO_SERVICE ? {} : { service }), ...(dnsServers.length === 0 ? {} : { dnsServers }),
		});
		const order = ['fail', 'warn', 'pass'];
		return [...findings].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status)).map((finding) => ({ domain, ...finding }));
	});
}

function text(context: IExecuteFunctions, name: string, index: number): string {
	return String(context.getNodeParameter(name, index, '') ?? '').trim();
}

function list(value: string): string[] {
	return value.split(/[,;\s]+/).filter((one) => one !== '');
}
