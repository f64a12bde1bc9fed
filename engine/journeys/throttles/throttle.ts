import { sql } from 'kysely';

import { EngineError } from '../../kernel';
import type { Store, Tx } from '../../store';
import { insertChildren } from '../park';
import { nextSlots, type SlotSequence } from '../slots';
import { noteStep } from '../step';
import { NEVER_MS } from '../trail';
import type { ParkResult, StepRef, VisitItem } from '../types';
import { allowNew, openVisits, remember } from '../visit';
import type { ThrottleLimit } from './types';

const MOST_PEOPLE = 1_000_000;
const SHORTEST_MS = 1_000;
const LONGEST_MS = 86_400_000;

/**
 * Journey Throttle: everybody gets the next free slot of the step's row, which is locked, so that processes take turns and the order of arrival
 * is the order of leaving. Who waits already keeps the slot when the limit changes. Test people on a virtual clock pass at once and take
 * none: their minutes are not those of the others. Throws BAD_INPUT.
 */
export async function throttle(store: Store, step: StepRef, items: readonly VisitItem[], limit: ThrottleLimit): Promise<ParkResult[]> {
	check(step, limit);
	return await store.tx('throttle', async (tx) => {
		const visits = await openVisits(tx, step, items);
		const fresh = await allowNew(tx, step, visits);
		const due = new Map<string, number>();
		for (const { token } of fresh) if (token.timeScale !== 1) due.set(token.id, tx.nowMs);
		const queue = [...new Set(fresh.map(({ token }) => token.id).filter((id) => !due.has(id)))];
		if (queue.length > 0) {
			const { slots, sequence } = nextSlots(await lockSequence(tx, step, limit), limit, tx.nowMs, queue.length);
			for (const [k, id] of queue.entries()) due.set(id, Math.min(NEVER_MS, slots[k] ?? tx.nowMs));
			await tx.run(sql`update throttle set people = ${limit.people}, per_ms = ${limit.perMs}, base_at = ${sequence.baseMs}, taken = ${sequence.taken},
				slot_people = ${sequence.people}, slot_per_ms = ${sequence.perMs} where workflow = ${step.workflow} and step = ${step.step}`);
		}
		await remember(tx, step, fresh.map((visit) => ({ visit, kind: 'park', value: { due: due.get(visit.token.id) }, output: 'entered' })));
		await insertChildren(tx, step, fresh.map((visit) => ({ visit, dueAtMs: due.get(visit.token.id) ?? tx.nowMs })));
		if ([...due.values()].some((at) => at <= tx.nowMs)) tx.wake(step.workflow, step.step);
		const known = new Map(visits.filter(({ memo }) => memo !== null).map(({ item, memo }) => [item.index, Number(memo?.value.due)]));
		for (const visit of fresh) known.set(visit.item.index, due.get(visit.token.id) ?? tx.nowMs);
		return items.map(({ index }) => ({ index, parked: known.has(index), dueAtMs: known.get(index) ?? null }));
	});
}

/** A published Journey Throttle says what it lets through: the claim goes by it from now on. */
export async function setThrottle(store: Store, step: StepRef, limit: ThrottleLimit): Promise<void> {
	check(step, limit);
	await store.tx('set-throttle', async (tx) => {
		await noteStep(tx, step);
		await lockSequence(tx, step, limit);
		await tx.run(sql`update throttle set people = ${limit.people}, per_ms = ${limit.perMs} where workflow = ${step.workflow} and step = ${step.step}`);
	});
}

function check(step: StepRef, { people, perMs }: ThrottleLimit): void {
	if (Number.isInteger(people) && people >= 1 && people <= MOST_PEOPLE && Number.isInteger(perMs) && perMs >= SHORTEST_MS && perMs <= LONGEST_MS) return;
	throw new EngineError('BAD_INPUT', `"${step.name}" needs a whole number of people, 1 to 1,000,000, in a time of one second to one day.`);
}

/** After the tokens (PROTOCOL 3), and last: nobody who holds this row waits for another. */
async function lockSequence(tx: Tx, step: StepRef, limit: ThrottleLimit): Promise<SlotSequence | null> {
	await tx.run(sql`insert into throttle (workflow, step, people, per_ms, base_at, taken, slot_people, slot_per_ms)
		values (${step.workflow}, ${step.step}, ${limit.people}, ${limit.perMs}, ${tx.nowMs}, 0, ${limit.people}, ${limit.perMs}) on conflict do nothing`);
	const row = await tx.first<SlotSequence>(sql<SlotSequence>`select slot_people as people, slot_per_ms as "perMs", base_at as "baseMs", taken from throttle
		where workflow = ${step.workflow} and step = ${step.step} ${tx.dialect.forUpdate}`);
	return row ?? null;
}
