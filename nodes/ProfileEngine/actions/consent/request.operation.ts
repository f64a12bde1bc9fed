import { NodeOperationError } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { Engine, OptInAsked } from '../../../../engine';
import { sourceOr } from '../../../shared/source';
import { inCalls, readItems, writtenItems } from '../batch';
import { channelField } from '../channel';
import { identityFields, identityOf } from '../identity';
import { withFields } from './fields';
import { IP_OPTION, SOURCE_OPTION, topicField, topicOf } from './topic';

const displayOptions = { show: { resource: ['consent'], operation: ['request'] } };

export const description: INodeProperties[] = [
	{
		displayName:
			'Send the link with a transactional Journey Email, as {{ links.confirmUrl }}, and let the journey go on with Journey Wait for Event: Subscription Confirmed. Who had said nothing before gets no marketing until they confirm; who is subscribed stays so.',
		name: 'requestNotice',
		type: 'notice',
		displayOptions,
		default: '',
	},
	...identityFields(displayOptions, 'that signed up'),
	channelField(displayOptions, 'What the person signed up for'),
	topicField(displayOptions, 'What it is about. Empty: the whole channel.'),
	{
		displayName: 'Text Version',
		name: 'textVersion',
		type: 'string',
		displayOptions,
		required: true,
		default: '',
		placeholder: 'e.g. signup-form 2026-03',
		description: 'Which version of the wording the person was shown when they signed up; kept as proof',
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		displayOptions,
		default: {},
		options: [
			{
				displayName: 'Expires After (Hours)',
				name: 'expiresInHours',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 2160 },
				default: 168,
				description: 'How long the link can be used. The person stays pending after that and can be asked again.',
			},
			IP_OPTION,
			SOURCE_OPTION,
		],
	},
];

/** One engine call for each duration. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	const read = readItems(this, (index) => ({ asked: askedOf(this, index), hours: this.getNodeParameter('options.expiresInHours', index, 168) as number }));
	const { rows: requests, rejected } = await inCalls(this, read, async (part) => {
		const report = await engine.consent.request(part.map(({ asked }) => asked), { expiresInHours: part[0]?.hours ?? 168 });
		return { rows: report.requests, rejected: report.rejected };
	}, ({ hours }) => String(hours));
	const items = writtenItems(this, read, { profiles: requests.map((request) => request?.profile ?? null), rejected });
	return withFields(items, read, (index) => {
		const request = requests[index];
		return request === null || request === undefined ? {} : { consentState: request.state, confirmUrl: request.confirmUrl, expiresAt: request.expiresAt };
	});
}

function askedOf(context: IExecuteFunctions, index: number): OptInAsked {
	const options = context.getNodeParameter('options', index, {}) as { ip?: string; source?: string };
	const textVersion = String(context.getNodeParameter('textVersion', index, '') ?? '').trim();
	if (textVersion === '') {
		throw new NodeOperationError(context.getNode(), 'Nothing says which wording the person agreed to', {
			itemIndex: index,
			description: "Fill in 'Text Version', for example signup-form 2026-03, and change it with the text of your form.",
		});
	}
	return {
		whose: identityOf(context, index),
		channel: context.getNodeParameter('channel', index) as string,
		topic: topicOf(context, index),
		textVersion,
		source: sourceOr(context, options.source, 'node'),
		...(options.ip ? { ip: options.ip } : {}),
	};
}
