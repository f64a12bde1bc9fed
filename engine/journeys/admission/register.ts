import { sql } from 'kysely';

import { EngineError } from '../../kernel';
import { ruleBy } from '../../segments';
import { checkMeasures } from '../../settings';
import type { Tx } from '../../store';
import { noteProblem } from '../step';
import type { JourneyConfig, StepRef } from '../types';
import { makeGate } from './gate';

const MOST_PEOPLE = 1_000_000;
const LONGEST_MS = 31 * 86_400_000;

/**
 * What a published trigger says of who gets in and when. Throws BAD_INPUT for numbers and paths that mean nothing, NOT_FOUND and RULE_INVALID
 * for the audience: a journey that lets in nobody, or everybody, by a slip would be noticed too late.
 */
export async function registerAdmission(tx: Tx, step: StepRef, journey: string, config: JourneyConfig): Promise<void> {
	checkNumbers(step.name, config);
	checkMeasures(config.alerts ?? {}, (must): never => {
		throw new EngineError('BAD_INPUT', `"${step.name}" ${must}`);
	});
	const { audience, entryRate, entryCap } = config;
	if (audience !== undefined) await ruleBy(tx, audience);
	// What the audience names is neither deleted nor renamed while the journey is published. A name may be a segment's or a list's.
	const rule = audience === undefined ? null : 'rule' in audience ? audience.rule : { any: [{ segment: audience.name }, { list: audience.name }] };
	await tx.run(sql`update step set rules = ${rule === null ? null : tx.dialect.json(rule)} where workflow = ${step.workflow} and step = ${step.step}`);
	await noteProblem(tx, step, null);
	if (entryRate !== undefined || entryCap !== undefined) await makeGate(tx, journey);
	if (entryCap !== undefined) return;
	// A cap that is given again later counts from then on.
	await tx.run(sql`update journey_gate set window_people = 0, capped_at = null where journey = ${journey}`);
	await tx.run(sql`delete from journey_entries where journey = ${journey}`);
}

function checkNumbers(name: string, { entry, minGapMs, entryRate, entryCap, holdout }: JourneyConfig): void {
	const refuse = (must: string): never => {
		throw new EngineError('BAD_INPUT', `"${name}" ${must}`);
	};
	const isWhole = (value: unknown, most: number) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= most;
	if (entry.kind === 'event' && entry.key !== undefined && entry.key.split('.').some((part) => part === '')) refuse('needs the name of a property as the key of its event, for example booking.id; leave it empty for one run a person.');
	if (minGapMs !== undefined && !(minGapMs >= 0 && Number.isFinite(minGapMs))) refuse('needs a time of zero or more as the least gap between two entries of a person.');
	for (const [what, limit] of [['entry rate', entryRate], ['entry cap', entryCap]] as const) {
		if (limit === undefined || (isWhole(limit.people, MOST_PEOPLE) && isWhole(limit.perMs, LONGEST_MS))) continue;
		refuse(`needs whole numbers as its ${what}: 1 to 1,000,000 people within at most 31 days.`);
	}
	const percent = holdout?.percent ?? 0;
	if (!(percent >= 0 && percent <= 100)) refuse('needs a percentage from 0 to 100 as its holdout.');
}
