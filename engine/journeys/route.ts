import type { Store } from '../store';
import { nextTrail } from './trail';
import type { StepRef, VisitItem, VisitResult } from './types';
import { allowNew, openVisits, remember } from './visit';

/** What an item gets whose contact has moved on, is held or has left: the node drops it. */
export function gone(item: VisitItem): VisitResult {
	return { index: item.index, alive: false, stamp: item.stamp, output: 0 };
}

export function passed(item: VisitItem, step: StepRef, output: number): VisitResult {
	return { index: item.index, alive: true, stamp: { ...item.stamp, trail: nextTrail(item.stamp.trail, step.step, output) }, output };
}

/** A routing choice: remembered at the first pass, the same on a replay. */
export async function route(store: Store, step: StepRef, items: Array<VisitItem & { output: number }>): Promise<VisitResult[]> {
	return await store.tx('route', async (tx) => {
		const visits = await openVisits(tx, step, items);
		const fresh = await allowNew(tx, step, visits);
		await remember(tx, step, fresh.map((visit) => ({ visit, kind: 'route', value: { output: visit.item.output }, output: String(visit.item.output) })));
		const outputs = new Map<number, number>();
		for (const visit of visits) if (visit.memo !== null) outputs.set(visit.item.index, Number(visit.memo.value.output));
		for (const visit of fresh) outputs.set(visit.item.index, visit.item.output);
		return items.map((item) => {
			const output = outputs.get(item.index);
			return output === undefined ? gone(item) : passed(item, step, output);
		});
	});
}
