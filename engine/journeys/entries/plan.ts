import { sql } from 'kysely';

import { isKeptAs } from '../../kernel';
import { ruleBy, type SegmentRule } from '../../segments';
import type { Tx } from '../../store';
import type { JourneyEntry, StepRef } from '../types';
import { fromJsonColumn } from '../watch';
import { cancelBroadcast, planBroadcast } from './broadcast';
import { startDateBuild } from './date-build';
import { checkSchedule } from './schedule-times';

/**
 * What publishing a journey sets going, in the transaction that stores it: looking for people's dates, the next time of a schedule. `before`: how it
 * started until now. Published again as it was, as at every start of n8n, nothing begins anew. Throws BAD_INPUT, RULE_INVALID, NOT_FOUND.
 */
export async function planEntry(tx: Tx, step: StepRef, journey: string, entry: JourneyEntry, before: JourneyEntry | null, zone: () => Promise<string>): Promise<void> {
	const isSame = before !== null && isKeptAs(entry, before);
	if (entry.kind === 'date' && !isSame) await startDateBuild(tx, journey);
	if (entry.kind === 'schedule') {
		checkSchedule(step, entry);
		await ruleBy(tx, entry.people);
		await planBroadcast(tx, step, journey, entry, await zone());
		await noteRule(tx, step, entry.people);
	} else if (before?.kind === 'schedule') await cancelBroadcast(tx, journey);
}

/** As a step that asks for segments (asks.ts), besides what it asks for already: none of them is deleted while the journey is published. */
async function noteRule(tx: Tx, { workflow, step }: StepRef, people: Extract<JourneyEntry, { kind: 'schedule' }>['people']): Promise<void> {
	const rule: SegmentRule = 'rule' in people ? people.rule : { any: [{ segment: people.name }, { list: people.name }] };
	const row = await tx.first(sql<{ rules: SegmentRule | string | null }>`select rules from step where workflow = ${workflow} and step = ${step}`);
	const other = row === undefined || row.rules === null ? null : fromJsonColumn<SegmentRule>(row.rules);
	if (other !== null && isKeptAs(rule, other)) return;
	await tx.run(sql`update step set rules = ${tx.dialect.json(other === null ? rule : { any: [other, rule] })} where workflow = ${workflow} and step = ${step}`);
}
