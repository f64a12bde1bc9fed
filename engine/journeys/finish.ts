import { sql } from 'kysely';

import { EngineError, hashId } from '../kernel';
import type { Settings } from '../settings';
import type { Store } from '../store';
import { exitEnrollments } from './end';
import { isCurrency, isMoney } from './money';
import { gone, passed } from './route';
import type { StepRef, VisitItem, VisitResult } from './types';
import { allowNew, countPassages, openVisits, remember } from './visit';

/** A conversion, once per visit; what a goal of the trigger of this name has counted already is not counted again. Value is a decimal text, currency an ISO 4217 code; without one the settings' own. Throws BAD_INPUT. */
export async function goal({ store, settings }: { store: Store; settings: Pick<Settings, 'current'> }, step: StepRef, items: Array<VisitItem & { name: string; value?: string; currency?: string }>): Promise<VisitResult[]> {
	for (const item of items) {
		if (item.name.trim() === '') throw new EngineError('BAD_INPUT', `"${step.name}" needs a name for the goal.`);
		if (item.value !== undefined && !isMoney(item.value)) throw new EngineError('BAD_INPUT', `The goal's value must be a plain decimal number such as 49.90; "${step.name}" got something else for item ${item.index}.`, { item: item.index });
		if (item.currency !== undefined && !isCurrency(item.currency)) throw new EngineError('BAD_INPUT', `The goal's currency must be a three-letter code such as EUR; "${step.name}" got something else for item ${item.index}.`, { item: item.index });
	}
	return await store.tx('goal', async (tx) => {
		const visits = await openVisits(tx, step, items);
		const fresh = await allowNew(tx, step, visits);
		await remember(tx, step, fresh.map((visit) => ({ visit, kind: 'goal', value: { output: 0 }, output: '0' })));
		const needsCurrency = fresh.some(({ item }) => item.value !== undefined && item.currency === undefined);
		const ownCurrency = needsCurrency ? (await settings.current(tx)).currency : null;
		const reached = fresh.map(({ token, item }) => ({
			id: hashId('goal', token.id, step.step, item.stamp.trail), enrollment: token.enrollment, journey: token.journey, profile: token.profile,
			name: item.name.trim(), value: item.value ?? null, currency: item.currency ?? (item.value === undefined ? null : ownCurrency),
		}));
		const given = tx.dialect.rows(reached, { id: 'text', enrollment: 'integer', journey: 'text', profile: 'integer', name: 'text', value: 'text', currency: 'text' }, 'r');
		await tx.run(sql`insert into goal (id, enrollment, journey, workflow, step, profile, name, value, currency, reached_at)
			select r.id, r.enrollment, r.journey, ${step.workflow}, ${step.step}, r.profile, r.name, r.value, r.currency, ${tx.nowMs}
			from ${given} where not exists (select 1 from goal g where g.enrollment = r.enrollment and g.name = r.name and g.event is not null) on conflict (id) do nothing`);
		const alive = new Set([...visits.filter((visit) => visit.memo !== null), ...fresh].map((visit) => visit.item.index));
		return items.map((item) => (alive.has(item.index) ? passed(item, step, 0) : gone(item)));
	});
}

/** Ends the enrollments of these people at once, with a reason. */
export async function exit(store: Store, step: StepRef, items: Array<VisitItem & { reason: string }>): Promise<VisitResult[]> {
	return await store.tx('exit', async (tx) => {
		const visits = await openVisits(tx, step, items);
		const fresh = await allowNew(tx, step, visits);
		const perReason = new Map<string, Set<number>>();
		for (const visit of fresh) {
			const reason = visit.item.reason.trim() === '' ? step.name : visit.item.reason.trim().slice(0, 200);
			perReason.set(reason, (perReason.get(reason) ?? new Set()).add(visit.token.enrollment));
		}
		for (const [reason, enrollments] of perReason) {
			await exitEnrollments(tx, [...enrollments], reason, step.step);
			await countPassages(tx, step, [...enrollments].map(() => '0'));
		}
		const left = new Set(fresh.map((visit) => visit.item.index));
		return items.map((item) => (left.has(item.index) ? passed(item, step, 0) : gone(item)));
	});
}
