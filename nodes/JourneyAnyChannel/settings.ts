import type { IExecuteFunctions } from 'n8n-workflow';

import type { GateRequest, StepRef } from '../../engine';
import { readSending } from '../shared/fields';

const MINUTE_MS = 60_000;
const ANSWER_WITHIN_MINUTES = 10;

/** Everything that is one for the batch. */
export function gateOf(context: IExecuteFunctions, step: StepRef): GateRequest {
	const { answerWithinMinutes = ANSWER_WITHIN_MINUTES } = context.getNodeParameter('options', 0, {}) as { answerWithinMinutes?: number };
	return {
		step,
		...readSending(context),
		channel: channelOf(context),
		service: String(context.getNodeParameter('service', 0, '') ?? '').trim(),
		answerWithinMs: Math.round(Number(answerWithinMinutes) * MINUTE_MS),
	};
}

export function channelOf(context: IExecuteFunctions): string {
	return String(context.getNodeParameter('channel', 0, 'chat'));
}
