import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { isManualMode } from './contact';
import { failItem } from './errors';
import { outputsWith } from './outputs';
import { rootModeOf } from './runtime';
import { markOf, stamped } from './stamp';

/** One item of a manual run: a profile to look as, or nobody. */
export interface ManualItem {
	index: number;
	item: INodeExecutionData;
	profile: number | null;
}

/**
 * Whether this call is part of a manual run: nothing may be parked, stored or mailed to a customer.
 * Read in n8n 2.41.1: the editor's Execute Workflow, Execute Step, a partial run and a test webhook all have mode
 * 'manual'; a sub-workflow of one has 'integrated' with rootExecutionMode 'manual'; n8n's evaluations have 'evaluation'.
 * Items marked by a Journey Trigger that no journey emitted (`n8n execute` on the command line) count as well.
 */
export function isManualRun(context: IExecuteFunctions, items: INodeExecutionData[]): boolean {
	if (isManualMode(rootModeOf(context))) return true;
	return items.length > 0 && items.every((item) => markOf(item.json)?.kind === 'manual');
}

/**
 * The manual run of a step that holds or routes people: its settings are checked, and every item passes at once by the
 * given output, marked so that the nodes behind it record nothing either.
 */
export function passManually(
	context: IExecuteFunctions,
	opened: { items: ManualItem[]; failed: INodeExecutionData[] },
	outputCount: number,
	output: number,
	check: (itemIndex: number) => unknown,
): INodeExecutionData[][] {
	const outputs = outputsWith(outputCount, opened.failed);
	for (const { index, item, profile } of opened.items) {
		try {
			check(index);
			outputs[output]?.push(stamped(item, index, { manual: true, profile }));
		} catch (error) {
			outputs[0]?.push(failItem(context, error, index));
		}
	}
	return outputs;
}
