import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { canonicalJson, EngineError } from '../../engine';
import type { Engine, ParkRequest, StepRef } from '../../engine';
import { failItem } from './errors';
import { callEngine, groupBy } from './step';
import type { Contact } from './step';

/** What people wait for, and what only one of them says. People of one `shared` are parked by one call. */
export interface WaitSetting {
	shared: Pick<ParkRequest, 'delayMs' | 'until' | 'overdue'>;
	date?: string;
}

/** Lets people wait at this step. Answers with the error items of those who cannot, when the node continues on fail; else the first of them is thrown. */
export async function parkPeople(context: IExecuteFunctions, engine: Engine, step: StepRef, people: Array<{ contact: Contact; setting: WaitSetting }>): Promise<INodeExecutionData[]> {
	const failed: INodeExecutionData[] = [];
	for (const group of groupBy(people, ({ setting }) => setting.shared, canonicalJson)) {
		const items = group.items.map(({ contact: { index, stamp }, setting: { date } }) => ({ index, stamp, ...(date === undefined ? {} : { date }) }));
		const results = await callEngine(context, () => engine.journeys.park({ step, items, ...group.key }));
		for (const { index, problem } of results) if (problem !== undefined) failed.push(failItem(context, new EngineError('BAD_INPUT', problem), index));
	}
	return failed;
}
