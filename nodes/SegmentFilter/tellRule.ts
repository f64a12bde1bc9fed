import type { ITriggerFunctions, ITriggerResponse } from 'n8n-workflow';

import { readBy, RULE_SETTINGS, varyByItem } from '../shared/fields';
import { tellAsks } from '../shared/tellAsks';

/** The trigger() of a Segment Filter: which segments, lists and score models it asks for. */
export async function tellRule(this: ITriggerFunctions): Promise<ITriggerResponse> {
	return await tellAsks(this, 'filter', () => (varyByItem(this, RULE_SETTINGS) ? null : readBy((name, fallback) => this.getNodeParameter(name, fallback))));
}
