import { NodeOperationError, type IExecuteFunctions, type INodeProperties, type INodePropertyOptions } from 'n8n-workflow';

import type { HoldingPolicy, SendVariants } from '../../../engine';
import { comesOnce } from '../comesOnce';
import { workflowOf } from '../runtime';
import { nameIn, nameLocator } from './locator';
import type { Panel } from './panel';
import { variantsIn } from './variants';

/*
 * What every sender asks for the guards: purpose, topic, and how long and when it holds people back. One for the whole batch (the engine gets one
 * request a batch), so these take no expression: one that gave another topic for each item would silently use the first item's for all.
 */

/** Read with readSending(). `marketing`: what a marketing message is here. */
export function purposeField(marketing: string): INodeProperties {
	return {
		displayName: 'Purpose',
		name: 'purpose',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Marketing', value: 'marketing', description: marketing },
			{ name: 'Transactional', value: 'transactional', description: 'An order, a password, a bill: sent even to those who unsubscribed from marketing' },
		],
		default: 'marketing',
		description: 'Why it is sent, which decides whose consent it needs',
	};
}

/** Read with readSending(). `whole`: what an empty one means. */
export function topicField(whole: string): INodeProperties {
	return {
		...nameLocator({
			displayName: 'Topic',
			name: 'topic',
			list: 'searchTopics',
			placeholder: 'e.g. newsletter',
			description: `What people subscribe to or unsubscribe from: a topic of Profile Engine: Settings, or another name. Empty: ${whole}.`,
			displayOptions: { show: { purpose: ['marketing'] } },
		}),
		noDataExpression: true,
	};
}

/** For a sender's collection `options`, each at its place by name. `what` it sends, and the output by which people go on who are skipped. Read with readSending(). */
export function holdingFields(what: 'mail' | 'message', skippedBy: string): Record<'holdAtMost' | 'whenCapped' | 'whenQuiet', INodeProperties> {
	const orSkip = (hold: INodePropertyOptions): INodePropertyOptions[] => [hold, { name: 'Skip', value: 'skip', description: `The person goes on by ${skippedBy}, with the reason` }];
	return {
		holdAtMost: {
			displayName: 'Hold at Most (Hours)',
			name: 'holdAtMostHours',
			type: 'number',
			noDataExpression: true,
			typeOptions: { minValue: 0, maxValue: 744 },
			default: 36,
			description: `A ${what} that would have to wait longer than this for quiet hours or a cap to end is skipped, and the person goes on by ${skippedBy}. Overrides the one in Profile Engine: Settings.`,
		},
		whenCapped: {
			displayName: 'When Capped',
			name: 'whenCapped',
			type: 'options',
			noDataExpression: true,
			options: orSkip({ name: 'Hold Until Allowed', value: 'hold', description: 'The person waits at this node' }),
			default: 'skip',
			description: `What happens to a marketing ${what} to somebody who got as many as the frequency cap allows, or who has paused messages`,
		},
		whenQuiet: {
			displayName: 'When Quiet',
			name: 'whenQuiet',
			type: 'options',
			noDataExpression: true,
			options: orSkip({ name: 'Hold Until Morning', value: 'hold', description: 'The person waits at this node until the quiet hours end where they are' }),
			default: 'hold',
			description: `What happens to a marketing ${what} in the quiet hours or on a blackout date where the person is`,
		},
	};
}

interface HoldingOptions {
	holdAtMostHours?: number;
	whenCapped?: HoldingPolicy['whenCapped'];
	whenQuiet?: HoldingPolicy['whenQuiet'];
}

/** n8n lets any value stand in a dropdown, for example in a workflow that was written elsewhere: a purpose that is none would pass the guards of marketing. */
export function readPurpose(context: Panel): 'marketing' | 'transactional' {
	const purpose = context.getNodeParameter('purpose', 0, 'marketing');
	if (purpose === 'marketing' || purpose === 'transactional') return purpose;
	throw new NodeOperationError(context.getNode(), `'Purpose' is neither Marketing nor Transactional: ${String(purpose).slice(0, 60)}`, {
		description: 'It decides whose consent is asked for, so nothing is sent. Choose one of the two.',
	});
}

/** The values of these fields, and the sender's variants. */
export function sendingIn(context: Panel): { purpose: 'marketing' | 'transactional'; topic: string; holding: HoldingPolicy; variants?: SendVariants } {
	const purpose = readPurpose(context);
	const { holdAtMostHours, whenCapped, whenQuiet } = context.getNodeParameter('options', 0, {}) as HoldingOptions;
	return {
		...variantsIn(context),
		purpose,
		topic: purpose === 'marketing' ? nameIn(context.getNodeParameter('topic', 0, '')) : '',
		holding: {
			...(whenCapped === undefined ? {} : { whenCapped }),
			...(whenQuiet === undefined ? {} : { whenQuiet }),
			...(holdAtMostHours === undefined ? {} : { atMostHours: holdAtMostHours }),
		},
	};
}

/** The same, and whether the canvas brings a person to this node once at most. What was not added among the options is the engine's to decide, which has defaults and settings. */
export function readSending(context: IExecuteFunctions): ReturnType<typeof sendingIn> & { once: boolean } {
	return { ...sendingIn(context), once: comesOnce(workflowOf(context), context.getNode().name) };
}
