import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import type { BroadcastView, Engine } from '../../../../engine';
import { eachItem } from '../../../shared/eachItem';
import { limitFields, limitOf } from '../../../shared/fields/limit';
import { scopeFields, workflowOf } from '../scope';

const displayOptions = { show: { resource: ['journey'], operation: ['broadcasts'] } };

const PAGE = 1000;

export const description: INodeProperties[] = [...scopeFields(displayOptions, { all: true }), ...limitFields(displayOptions)];

/** One item a time of a schedule: those to come first, then the newest. Reads only. */
export async function execute(this: IExecuteFunctions, engine: Engine): Promise<INodeExecutionData[]> {
	return await eachItem(this, async (index) => {
		const workflow = workflowOf(this, index);
		return (await pages(engine, workflow, limitOf(this, index))).map(broadcastRow);
	});
}

/** Page by page before the last time seen. Several journeys may share a time, which a full page may cut in two: its rows come with the next one again. */
async function pages(engine: Engine, workflow: string | undefined, limit: number): Promise<BroadcastView[]> {
	const found = new Map<string, BroadcastView>();
	let before: string | undefined;
	while (found.size < limit) {
		const page = await engine.journeys.broadcasts({ ...(workflow === undefined ? {} : { workflow }), limit: PAGE, ...(before === undefined ? {} : { before }) });
		const known = found.size;
		for (const one of page) found.set(`${one.workflow} ${one.journeyStep} ${one.state === 'planned' ? '' : one.at}`, one);
		const runs = page.filter(({ state }) => state !== 'planned');
		const last = runs.at(-1);
		if (runs.length < PAGE || last === undefined || found.size === known) break;
		before = new Date(Date.parse(last.at) + 1).toISOString();
	}
	return [...found.values()].slice(0, limit);
}

/** Every row has the same columns. */
function broadcastRow(one: BroadcastView): IDataObject {
	const { journey, state, at, startsAt, startedAt, endedAt, meant, entered, refused, toAsk, toCome, nextAt, rateUntil, reason, workflow, journeyStep } = one;
	const reasons = Object.entries(refused).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
	return {
		journey, state, at, startsAt: startedAt ?? startsAt, endedAt, meant, entered,
		refused: reasons.reduce((sum, [, people]) => sum + people, 0),
		refusedBy: reasons.map(([why, people]) => `${why}: ${people}`).join(', '),
		toCome, nextAt, toAsk, rateUntil, reason, workflowId: workflow, stepId: journeyStep,
	};
}
