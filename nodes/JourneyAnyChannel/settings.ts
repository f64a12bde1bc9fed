import type { IExecuteFunctions } from 'n8n-workflow';

import type { GateRequest, HoldingPolicy, StepRef } from '../../engine';
import { nameIn } from '../shared/fields';

const MINUTE_MS = 60_000;
const ANSWER_WITHIN_MINUTES = 10;

interface Options {
	answerWithinMinutes?: number;
	holdAtMostHours?: number;
	whenCapped?: HoldingPolicy['whenCapped'];
	whenQuiet?: HoldingPolicy['whenQuiet'];
}

/** Everything that is one for the batch. */
export function gateOf(context: IExecuteFunctions, step: StepRef): GateRequest {
	const purpose = context.getNodeParameter('purpose', 0, 'marketing') as GateRequest['purpose'];
	const { answerWithinMinutes = ANSWER_WITHIN_MINUTES, holdAtMostHours, whenCapped, whenQuiet } = context.getNodeParameter('options', 0, {}) as Options;
	return {
		step, purpose,
		channel: String(context.getNodeParameter('channel', 0, 'chat')),
		service: String(context.getNodeParameter('service', 0, '') ?? '').trim(),
		topic: purpose === 'marketing' ? nameIn(context.getNodeParameter('topic', 0, '')) : '',
		answerWithinMs: Math.round(Number(answerWithinMinutes) * MINUTE_MS),
		holding: {
			...(whenCapped === undefined ? {} : { whenCapped }),
			...(whenQuiet === undefined ? {} : { whenQuiet }),
			...(holdAtMostHours === undefined ? {} : { atMostHours: holdAtMostHours }),
		},
	};
}
