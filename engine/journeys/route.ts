import type { Store } from '../store';
import { nextTrail } from './trail';
import type { RouteChoice, StepRef, VisitItem, VisitResult } from './types';
import { allowNew, openVisits, remember } from './visit';

/** What an item gets whose contact has moved on, is held or has left: the node drops it. */
export function gone(item: VisitItem): VisitResult {
	return { index: item.index, alive: false, stamp: item.stamp, output: 0 };
}

export function passed(item: VisitItem, step: StepRef, output: number): VisitResult {
	return { index: item.index, alive: true, stamp: { ...item.stamp, trail: nextTrail(item.stamp.trail, step.step, output) }, output };
}

/**
 * A routing choice: remembered at the first pass, the same on a replay. The trail goes by the number, which the memos behind it are kept
 * under; where the person leaves now goes by the name, since outputs may have been added or taken away in between.
 */
export async function route(store: Store, step: StepRef, items: Array<VisitItem & RouteChoice>): Promise<VisitResult[]> {
	return await store.tx('route', async (tx) => {
		const visits = await openVisits(tx, step, items);
		const fresh = await allowNew(tx, step, visits);
		await remember(tx, step, fresh.map((visit) => ({ visit, kind: 'route', value: choiceOf(visit.item), output: visit.item.name ?? String(visit.item.output) })));
		const choices = new Map<number, RouteChoice>();
		for (const { item, memo } of visits) if (memo !== null) choices.set(item.index, choiceOf({ output: Number(memo.value.output), name: memo.value.name }));
		for (const { item } of fresh) choices.set(item.index, choiceOf(item));
		return items.map((item) => {
			const choice = choices.get(item.index);
			return choice === undefined ? gone(item) : { ...passed(item, step, choice.output), ...choice };
		});
	});
}

function choiceOf({ output, name }: { output: number; name?: unknown }): RouteChoice {
	return typeof name === 'string' ? { output, name } : { output };
}
