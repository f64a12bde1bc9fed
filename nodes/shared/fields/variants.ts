import type { INodeProperties } from 'n8n-workflow';

import type { JsonObject, SendVariants, VariantFactor, VariantParts } from '../../../engine';
import { nameOf } from '../family';
import { CHANNEL_OF } from '../senders';
import { durationFields, toMs } from './duration';
import { entriesIn } from './filter';
import { nameIn, nameLocator } from './locator';
import type { Panel } from './panel';
import { TEMPLATE_LISTS } from './template';
import { metricOptions, VARIED, type VariedChannel, type VariedField } from './variedFields';

/*
 * The Variants of every sender's panel: `variantFields` among its properties; readSending() reads them with the other things that are one for the batch. What of a channel's
 * message may differ is variedFields.ts'.
 */

const ON = { show: { variants: ['abn', 'multivariate'] } };

export function variantFields(channel: VariedChannel): INodeProperties[] {
	return [
		{
			displayName: 'Variants', name: 'variants', type: 'options', noDataExpression: true, default: 'none',
			options: [
				{ name: 'A/B/n Test', value: 'abn', description: 'Several versions of this message, each to a part of the people' },
				{ name: 'Multivariate Test', value: 'multivariate', description: 'Several things at once, each with its own alternatives; people get every combination of them' },
				{ name: 'None', value: 'none', description: 'Everybody gets the same' },
			],
			description: 'Whether people get different versions of this message, so that the best one is found. Each person keeps theirs; Journey Control: Get Experiments shows the results.',
		},
		{
			displayName: 'Variant', name: 'variantList', type: 'fixedCollection', noDataExpression: true, typeOptions: { multipleValues: true, multipleValueButtonText: 'Add Variant', maxValue: 40 }, displayOptions: ON,
			placeholder: 'Add Variant', default: { variant: [{ name: 'A' }, { name: 'B' }] },
			description: 'What differs; whatever is left empty is as this node has it. One that is renamed where it stands keeps its people; people of one that is taken out are drawn again.',
			options: [{ displayName: 'Variant', name: 'variant', values: [...ROW, ...VARIED[channel].map(fieldOf), templateOfRow(channel), TIME] }],
		},
		metricField(channel),
		...durationFields({
			amount: { name: 'variantWindow', displayName: 'Within', default: 3, description: 'How long after a message left the metric counts. Messages are counted when this time is over.' },
			unit: { name: 'variantWindowUnit', displayName: 'Unit', default: 'days', description: 'Unit of the time' },
			displayOptions: ON,
		}).map((field): INodeProperties => ({ ...field, noDataExpression: true })),
		{
			displayName: 'Send the Winner to All', name: 'sendWinner', type: 'boolean', noDataExpression: true, default: true, displayOptions: ON,
			description: 'Whether everybody who is written to from then on gets the winner, once one is certain. Otherwise the test goes on as it is.',
		},
		{
			displayName: 'Variant Options', name: 'variantOptions', type: 'collection', placeholder: 'Add Option', default: {}, displayOptions: ON,
			options: [
				{ displayName: 'Goal', name: 'goal', type: 'string', noDataExpression: true, default: '', placeholder: 'e.g. First Order', displayOptions: { show: { '/variantMetric': ['converted'] } }, description: 'Name of the goal of this journey that counts. Empty: any.' },
				{ displayName: 'Never One That People Leave After', name: 'guarded', type: 'boolean', noDataExpression: true, default: true, description: 'Whether a variant after which more people unsubscribe or complain than after another never wins, whatever its metric' },
				{ displayName: 'People of Each Variant at Least', name: 'minimumPeople', type: 'number', noDataExpression: true, typeOptions: { minValue: 1, numberPrecision: 0 }, default: 100, description: 'How many messages of each variant must have been counted before a winner is named' },
				{ displayName: 'Risk of a Wrong Winner (%)', name: 'riskPercent', type: 'number', noDataExpression: true, typeOptions: { minValue: 0.1, maxValue: 50 }, default: 5, description: 'How likely a winner may be named where there is none, however often and however long one looks' },
			],
		},
	];
}

function metricField(channel: VariedChannel): INodeProperties {
	return {
		displayName: 'Metric', name: 'variantMetric', type: 'options', noDataExpression: true, displayOptions: ON, options: metricOptions(channel), default: 'clicked',
		description: 'What the best variant has most of, in parts of the messages that left. Opens and clicks by machines never count.', ...(channel === 'directmail' ? { default: 'converted' } : {}),
	};
}

const ROW: INodeProperties[] = [
	{
		displayName: 'Factor', name: 'factor', type: 'string', noDataExpression: true, default: '', placeholder: 'e.g. Subject', displayOptions: { show: { '/variants': ['multivariate'] } },
		description: 'What this is an alternative of. Lines with the same factor belong together; each person gets one of every factor.',
	},
	{ displayName: 'Name', name: 'name', type: 'string', noDataExpression: true, default: '', placeholder: 'e.g. B', description: 'What the variant is called in results, links (utm_content), events and Liquid (journey.variant)' },
	{
		displayName: 'Share (%)', name: 'share', type: 'number', noDataExpression: true, typeOptions: { minValue: 0, maxValue: 99, numberPrecision: 2 }, default: 0,
		description: 'Part of the people who get it. 0: an equal part of what the others leave. Where all have one they add up to 100.',
	},
];

const TIME: INodeProperties = {
	displayName: 'Send Time', name: 'at', type: 'string', noDataExpression: true, default: '', placeholder: 'e.g. 18:00',
	description: 'Time of day where the person is, until which the message waits in a journey. Empty: at once.',
};

function fieldOf({ displayName, name, rows, shown, example, description }: VariedField): INodeProperties {
	return {
		displayName, name, type: 'string', noDataExpression: true, default: '', ...(rows === undefined ? {} : { typeOptions: { rows } }), ...(shown === undefined ? {} : { displayOptions: { show: shown } }),
		placeholder: `e.g. ${example}`, description: [description, 'Empty: as this node has it.'].join(' '),
	};
}

function templateOfRow(channel: VariedChannel): INodeProperties {
	return nameLocator({ displayName: 'Template', name: 'template', list: TEMPLATE_LISTS[channel], placeholder: 'e.g. welcome-b', description: 'A published template of Journey Content in place of this node\'s content; what stands above changes it in turn. Empty: this node\'s own content.' });
}

/** What of these fields goes with the request; nothing where the node has no variants. Throws BAD_INPUT; the engine checks names and shares. */
export function variantsIn(context: Panel): { variants?: SendVariants } {
	const read = (name: string, otherwise: unknown): unknown => context.getNodeParameter(name, 0, otherwise as never, { rawExpressions: true });
	const kind = read('variants', 'none');
	const channel = CHANNEL_OF.get(nameOf(context.getNode().type) ?? '');
	if ((kind !== 'abn' && kind !== 'multivariate') || channel === undefined) return {};
	const { goal = '', guarded = true, minimumPeople, riskPercent } = read('variantOptions', {}) as { goal?: string; guarded?: boolean; minimumPeople?: number; riskPercent?: number };
	const happened = read('variantMetric', 'clicked') as SendVariants['metric']['happened'];
	return {
		variants: {
			factors: factorsIn(context, channel, entriesIn(read('variantList', {}), 'variant'), kind === 'multivariate'),
			metric: { kind: 'own', happened, ...(happened !== 'converted' || goal.trim() === '' ? {} : { goal: goal.trim() }) },
			windowMs: toMs(read('variantWindow', 3), read('variantWindowUnit', 'days'), 'Within'),
			sendToWinner: read('sendWinner', true) !== false, guarded,
			...(minimumPeople === undefined ? {} : { minimumPeople }), ...(riskPercent === undefined ? {} : { alpha: riskPercent / 100 }),
		},
	};
}

function factorsIn(context: Panel, channel: VariedChannel, rows: ReadonlyArray<Record<string, unknown>>, several: boolean): VariantFactor[] {
	const factors = new Map<string, VariantFactor>();
	for (const row of rows) {
		const name = several ? textIn(row.factor) : '';
		const share = Number(row.share ?? 0);
		const factor = factors.get(name) ?? { name, alternatives: [] };
		factors.set(name, factor);
		factor.alternatives.push({ name: textIn(row.name), ...(share === 0 ? {} : { share }), parts: partsOf(context, channel, row) });
	}
	return [...factors.values()];
}

function partsOf(context: Panel, channel: VariedChannel, row: Record<string, unknown>): VariantParts {
	const parameters = context.getNode().parameters;
	const content: JsonObject = {};
	for (const { name, shown, make } of VARIED[channel]) {
		const written = String(row[name] ?? '');
		// What stands in a field that is hidden now was meant for another kind of content.
		const isShown = Object.entries(shown ?? {}).every(([of, values]) => values.includes(String(context.getNodeParameter(of.slice(1), 0, ''))));
		if (written.trim() !== '' && isShown && make !== undefined) Object.assign(content, make(written, parameters));
	}
	const [template, senderName, at] = [nameIn(row.template), channel === 'email' ? textIn(row.senderName) : '', textIn(row.at)];
	return { ...(Object.keys(content).length === 0 ? {} : { content }), ...(template === '' ? {} : { template }), ...(senderName === '' ? {} : { senderName }), ...(at === '' ? {} : { at }) };
}

function textIn(value: unknown): string {
	return String(value ?? '').trim();
}
