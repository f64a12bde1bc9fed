import type { IExecuteFunctions, ITriggerFunctions } from 'n8n-workflow';

import type { EventMatch, WaitHappening } from '../../engine';
import { EngineError } from '../../engine';
import { messageStepIn, nameIn, readEventMatch, toMs, varyByItem } from '../shared/fields';

/** Parameters whose values may be another for each item. */
export const AWAITED_SETTINGS: readonly string[] = ['waitFor', 'event', 'eventFilters', 'segment', 'change', 'channel', 'topic', 'consent', 'happened', 'messageStep', 'already', 'timeout', 'timeoutUnit'];

export interface Awaited {
	until: EventMatch | WaitHappening;
	delayMs: number;
}

/** Throws BAD_INPUT. */
export function readAwaited(context: IExecuteFunctions, index: number): Awaited {
	const read = (name: string, fallback?: unknown): unknown => context.getNodeParameter(name, index, fallback as never);
	return { until: untilOf(context, read), delayMs: toMs(read('timeout'), read('timeoutUnit'), 'Wait at Most') };
}

function untilOf(context: IExecuteFunctions, read: (name: string, fallback?: unknown) => unknown): EventMatch | WaitHappening {
	const already = read('already', 'continue') !== 'wait';
	switch (read('waitFor', 'event')) {
		case 'event':
			return readEventMatch(read('event'), read('eventFilters', {}));
		case 'segment': {
			const segment = nameIn(read('segment', ''));
			if (segment === '') throw new EngineError('BAD_INPUT', 'Segment or List is empty. Choose one, or type its name under By Name.');
			return { kind: 'segment', segment, change: read('change', 'entered') === 'left' ? 'left' : 'entered', already };
		}
		case 'consent': {
			const topic = nameIn(read('topic', ''));
			return { kind: 'consent', channel: String(read('channel', 'email')), ...(topic === '' ? {} : { topic }), state: read('consent', 'subscribed') === 'unsubscribed' ? 'unsubscribed' : 'subscribed', already };
		}
		case 'message': {
			const [happened, step] = [read('happened', 'opened'), messageStepIn(context, read('messageStep', ''))];
			return { kind: 'message', happened: happened === 'clicked' || happened === 'delivered' || happened === 'replied' ? happened : 'opened', ...(step === '' ? {} : { step }), already };
		}
		default:
			throw new EngineError('BAD_INPUT', 'Wait For says nothing that there is. Choose one.');
	}
}

/** The segment or list that a published step asks for; null where there is none, or each item names its own. */
export function askedSegment(context: ITriggerFunctions): { name: string } | null {
	if (context.getNodeParameter('waitFor', 'event') !== 'segment' || varyByItem(context, ['segment'])) return null;
	const name = nameIn(context.getNodeParameter('segment', ''));
	return name === '' ? null : { name };
}
