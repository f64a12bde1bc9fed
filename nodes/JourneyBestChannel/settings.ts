import type { IExecuteFunctions } from 'n8n-workflow';

import type { BestChannelRequest, StepRef } from '../../engine';
import { channelsOf } from '../shared/bestChannels';
import { nameIn, readPurpose } from '../shared/fields';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Everything is one for the batch. */
export function requestOf(context: IExecuteFunctions, step: StepRef): BestChannelRequest {
	const read = (name: string, fallback: unknown) => context.getNodeParameter(name, 0, fallback);
	const purpose = readPurpose(context);
	const { whenUnknown = 'asSent' } = read('options', {}) as { whenUnknown?: BestChannelRequest['unknown'] };
	return {
		step, purpose, topic: purpose === 'marketing' ? nameIn(read('topic', '')) : '',
		channels: channelsOf(context.getNode().parameters).map((channel) => ({ channel })),
		order: read('order', 'given') as BestChannelRequest['order'],
		engagedWithinMs: Math.round(Number(read('engagedDays', 90)) * DAY_MS),
		deliveryWithinMs: read('waitForDelivery', false) === true ? Math.round(Number(read('deliveryMinutes', 30)) * MINUTE_MS) : null,
		unknown: whenUnknown,
	};
}
