import { allowNew, insertChildren, openVisits, remember, type Child } from '../../journeys';
import type { StepRef } from '../../journeys/types';
import type { JsonObject } from '../../kernel';
import type { Store } from '../../store';
import type { GateItem } from './types';

/**
 * Everybody who comes parks at the gate first. So what runs through the loop is a leg of its own that begins at the gate: nothing before it is run
 * again with it, no other branch hangs on its end, and whoever was not sent to by then can simply be given back (PROTOCOL 9, 10).
 */
export async function gateEnter(store: Store, step: StepRef, items: readonly GateItem[]): Promise<Array<{ index: number; parked: boolean }>> {
	return await store.tx('gate-enter', async (tx) => {
		const visits = await openVisits(tx, step, items);
		const fresh = await allowNew(tx, step, visits);
		await remember(tx, step, fresh.map((visit) => ({ visit, kind: 'park', value: { due: tx.nowMs }, output: 'entered' })));
		const children = fresh.map((visit): Child => ({ visit, dueAtMs: tx.nowMs, payload: withoutStamp(visit.item.item) }));
		if ((await insertChildren(tx, step, children)).length > 0) tx.wake(step.workflow, step.step);
		const parked = new Set([...visits.filter(({ memo }) => memo !== null), ...fresh].map(({ item }) => item.index));
		return items.map(({ index }) => ({ index, parked: parked.has(index) }));
	});
}

/** The stamp of a leg that is over must not come back with the item. */
function withoutStamp({ _journey: _stamp, ...item }: JsonObject): JsonObject {
	return item;
}
