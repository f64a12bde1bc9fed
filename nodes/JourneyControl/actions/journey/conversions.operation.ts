import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { AttributionDimension, AttributionSettings, Channel, ConversionFigures, ConversionGroup, ConversionRef, Engine, LiftReport } from '../../../../engine';
import { instantOf } from '../../../ProfileEngine/actions/instant';
import { eachItem } from '../../../shared/eachItem';
import { nameIn } from '../../../shared/fields';
import { workflowOf } from '../scope';
import { triggerOf } from '../triggerField';

export { description } from './conversionFields';

/** Credits, one item a group; or those held out against the others, one item a journey. Reads only. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => (this.getNodeParameter('conversionOutput', index) === 'holdout' ? [await liftRow(this, engine, index)] : await creditRows(this, engine, index)));
}

interface CreditOptions extends Partial<Omit<AttributionSettings, 'model'>> {
	channel?: Channel;
	since?: string;
	until?: string;
	withinDays?: number;
}

async function creditRows(context: IExecuteFunctions, engine: Engine, index: number): Promise<IDataObject[]> {
	const workflow = workflowOf(context, index);
	const { channel, since, until, withinDays: _withinDays, ...windows } = context.getNodeParameter('conversionOptions', index, {}) as CreditOptions;
	const model = context.getNodeParameter('model', index) as AttributionSettings['model'] | 'settings';
	const step = String(context.getNodeParameter('step', index, '') ?? '').trim();
	const { groups, elsewhere, notAttributed, total, refunded } = await engine.attribution.conversions({
		conversion: conversionIn(context, index, workflow),
		by: context.getNodeParameter('groupBy', index) as AttributionDimension[],
		rules: { ...windows, ...(model === 'settings' ? {} : { model }) },
		...stretchOf(context, index, { since, until }),
		...(workflow === undefined ? {} : { workflow }),
		...(step === '' ? {} : { step }),
		...(channel === undefined ? {} : { channel }),
	});
	const filtered = workflow !== undefined || step !== '' || channel !== undefined;
	return [
		...groups.map(groupRow),
		...(filtered ? [{ creditedTo: 'other messages', ...figures(elsewhere) }] : []),
		{ creditedTo: 'no message', ...figures(notAttributed) },
		{ creditedTo: 'all', ...figures(total), refunded },
	];
}

/** Numbers are numbers, so that they can be added up and drawn; money stays a decimal text. */
function figures({ conversions, people, value }: ConversionFigures): IDataObject {
	return { conversions: Number(conversions), people, value };
}

function groupRow({ conversions, people, value, assisted, workflow, journey, journeyName, step, stepName, template, ...rest }: ConversionGroup): IDataObject {
	return {
		creditedTo: 'message',
		...(journeyName === undefined ? {} : { journey: journeyName }), ...(stepName === undefined ? {} : { step: stepName }), ...rest,
		...(template === undefined ? {} : { template: template?.name ?? null, templateKey: template?.key ?? null }),
		...figures({ conversions, people, value }), assisted,
		...(workflow === undefined ? {} : { workflowId: workflow }), ...(journey === undefined ? {} : { triggerId: journey }), ...(step === undefined ? {} : { stepId: step }),
	};
}

async function liftRow(context: IExecuteFunctions, engine: Engine, index: number): Promise<IDataObject> {
	const workflow = workflowOf(context, index);
	if (workflow === undefined) throw chooseJourney(context, index, 'is compared with those held out of it');
	const { since, until, withinDays } = context.getNodeParameter('conversionOptions', index, {}) as CreditOptions;
	const journey = triggerOf(context, index);
	return liftColumns(await engine.attribution.lift({
		conversion: conversionIn(context, index, workflow), workflow,
		...(journey === undefined ? {} : { journey }), ...(withinDays === undefined ? {} : { withinDays }), ...stretchOf(context, index, { since, until }),
	}), workflow);
}

/** Rates in percent. */
function liftColumns({ journey, treated, heldOut, difference, incremental, maturing, since, until, withinDays }: LiftReport, workflow: string): IDataObject {
	return {
		journey,
		treated: treated.people, treatedConverted: treated.converted, treatedRate: percent(treated.rate), treatedFrom: percent(treated.interval[0]), treatedTo: percent(treated.interval[1]),
		heldOut: heldOut.people, heldOutConverted: heldOut.converted, heldOutRate: percent(heldOut.rate), heldOutFrom: percent(heldOut.interval[0]), heldOutTo: percent(heldOut.interval[1]),
		difference: percent(difference?.rate ?? null), differenceFrom: percent(difference?.interval[0] ?? null), differenceTo: percent(difference?.interval[1] ?? null),
		incremental: rounded(incremental?.people), incrementalFrom: rounded(incremental?.interval[0]), incrementalTo: rounded(incremental?.interval[1]),
		stillMaturing: maturing, withinDays, since, until, workflowId: workflow,
	};
}

function percent(part: number | null): number | null {
	return part === null ? null : Math.round(part * 10_000) / 100;
}

function rounded(people: number | undefined): number | null {
	return people === undefined ? null : Math.round(people * 10) / 10;
}

function conversionIn(context: IExecuteFunctions, index: number, workflow: string | undefined): ConversionRef {
	const text = (name: string) => nameIn(context.getNodeParameter(name, index, ''));
	switch (context.getNodeParameter('conversionFrom', index)) {
		case 'settings': return { kind: 'named', name: text('conversion') };
		case 'goal': {
			if (workflow === undefined) throw chooseJourney(context, index, 'has the goal');
			return { kind: 'goal', workflow, ...(text('goal') === '' ? {} : { goal: text('goal') }) };
		}
		default: return { kind: 'event', event: text('conversionEvent'), value: text('valueProperty'), currency: text('currencyProperty'), order: text('orderProperty'), refund: text('refundEvent') };
	}
}

function chooseJourney(context: IExecuteFunctions, itemIndex: number, what: string): NodeOperationError {
	return new NodeOperationError(context.getNode(), 'No journey is chosen', { itemIndex, description: `Choose under 'Journey' the one that ${what}.` });
}

function stretchOf(context: IExecuteFunctions, index: number, { since, until }: Record<'since' | 'until', string | undefined>): { since?: string; until?: string } {
	return { ...(since ? { since: instantOf(context, since, 'Since', index) } : {}), ...(until ? { until: instantOf(context, until, 'Until', index) } : {}) };
}
