import { sql } from 'kysely';

import { ruleBy, type RuleSource, type SegmentRule } from '../segments';
import type { Store } from '../store';
import { noteStep } from './step';
import type { StepRef } from './types';

/**
 * A published step says what it asks for, so that nobody deletes or renames a segment, list or score model under it; `by` null: not
 * known without an item; several stand for a step of several rules. It counts for as long as the step beats. Throws NOT_FOUND and RULE_INVALID for what does not exist.
 */
export async function stepAsks(store: Store, step: StepRef, given: RuleSource | readonly RuleSource[] | null): Promise<void> {
	await store.tx('step-asks', async (tx) => {
		const asked = given === null ? [] : 'name' in given || 'rule' in given ? [given] : given;
		for (const by of asked) await ruleBy(tx, by, true);
		// A name may be either: both kinds share the names.
		const rules = asked.map((by): SegmentRule => ('rule' in by ? by.rule : { any: [{ segment: by.name }, { list: by.name }] }));
		const rule: SegmentRule | null = rules.length > 1 ? { any: rules } : (rules[0] ?? null);
		await noteStep(tx, step);
		await tx.run(sql`update step set rules = ${rule === null ? null : tx.dialect.json(rule)}, beat_at = ${tx.nowMs} where workflow = ${step.workflow} and step = ${step.step}`);
	});
}
