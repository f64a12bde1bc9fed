import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { ListPerson, ListReport } from '../../../../engine';
import { groupBy } from '../../../shared/step';
import { readItems, writtenItems } from '../batch';
import { identityOf } from '../identity';
import { isHistorical } from '../journeyStarts';
import { listOf } from './listName';

type Change = (list: string, people: ListPerson[], options: { startJourneys: boolean }) => Promise<ListReport>;

/** Puts the people of all items on a list or takes them off: one call a list. The items come out with their profile. */
export async function changePeople(context: IExecuteFunctions, change: Change): Promise<INodeExecutionData[]> {
	const read = readItems(context, (index) => ({ list: listOf(context, index), person: identityOf(context, index) }));
	const numbered = read.values.map((value, n) => ({ ...value, n }));
	const profiles: Array<number | null> = read.values.map(() => null);
	const rejected: ListReport['rejected'] = [];
	for (const { key, items } of groupBy(numbered, ({ list }) => list, (list) => list)) {
		const report = await change(key, items.map(({ person }) => person), { startJourneys: !isHistorical(context) });
		items.forEach(({ n }, index) => (profiles[n] = report.profiles[index] ?? null));
		for (const { index, reason } of report.rejected) rejected.push({ index: items[index]?.n ?? 0, reason });
	}
	return writtenItems(context, read, { profiles, rejected: rejected.sort((a, b) => a.index - b.index) });
}
