import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import type { ListPerson, ListReport } from '../../../../engine';
import { sourceOf } from '../../../shared/source';
import { inCalls, readItems, reported, writtenItems } from '../batch';
import { identityOf } from '../identity';
import { isHistorical } from '../journeyStarts';
import { listOf } from './listName';

type Change = (list: string, people: ListPerson[], options: { startJourneys: boolean; source: string }) => Promise<ListReport>;

/** Puts the people of all items on a list or takes them off: one call a list. The items come out with their profile. */
export async function changePeople(context: IExecuteFunctions, change: Change): Promise<INodeExecutionData[]> {
	const read = readItems(context, (index) => ({ list: listOf(context, index), person: identityOf(context, index) }));
	const { rows, rejected } = await inCalls(
		context, read,
		async (part) => reported(await change(part[0]?.list ?? '', part.map(({ person }) => person), { startJourneys: !isHistorical(context), source: sourceOf(context) })),
		({ list }) => list,
	);
	return writtenItems(context, read, { profiles: rows, rejected });
}
