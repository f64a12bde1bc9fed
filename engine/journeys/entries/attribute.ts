import { sql } from 'kysely';

import { propertyFilterSql } from '../../events';
import { canonicalJson, valueAtPath, type JsonValue } from '../../kernel';
import type { AttributeStep } from '../../profiles';
import type { Tx } from '../../store';
import { enterWith, inRounds } from './enter-with';
import { firstOf } from './entry-name';
import type { ListeningBy } from './listening';

/** The value of the path that starts the journey, before and after. */
export interface ValueStep {
	profile: number;
	from: JsonValue;
	to: JsonValue;
}

/** Steps of this path in which its value became another one; null stands for none. */
export function stepsAt(path: string, steps: readonly AttributeStep[]): ValueStep[] {
	return steps.flatMap((step): ValueStep[] => {
		if (step.name !== firstOf(path)) return [];
		const [from, to] = [step.from, step.to].map((value) => valueAtPath({ [step.name]: value }, path)) as [JsonValue, JsonValue];
		return canonicalJson(from) === canonicalJson(to) ? [] : [{ profile: step.profile, from, to }];
	});
}

/**
 * Lets those in whose attribute changed as the journey wants it: one statement for the tests of all steps, by the segment language's own
 * operators. Each change counts, also of one person in one batch, as it would in batches of their own.
 */
export async function enterByAttribute(tx: Tx, journey: ListeningBy<'attribute'>, all: readonly AttributeStep[]): Promise<number> {
	const { attribute, from, to } = journey.config.entry;
	const steps = stepsAt(attribute, all);
	if (steps.length === 0) return 0;
	const asked = [from, to].flatMap((test, n) => (test === undefined ? [] : [propertyFilterSql(tx.dialect, sql.ref(n === 0 ? 'r.was' : 'r.now'), { path: VALUE, ...test })]));
	const rows = steps.map((step, n) => ({ n, was: { [VALUE]: step.from }, now: { [VALUE]: step.to } }));
	const held = asked.length === 0 ? rows : await tx.all(sql<{ n: number }>`select r.n from ${tx.dialect.rows(rows, { n: 'integer', was: 'json', now: 'json' }, 'r')} where ${sql.join(asked, sql` and `)} order by r.n`);
	const matching = held.flatMap(({ n }) => steps[Number(n)] ?? []);
	let entered = 0;
	for (const round of inRounds(matching)) {
		const entrants = round.map((step) => ({ profile: step.profile, data: { name: 'Attribute Changed', properties: { attribute, from: step.from, to: step.to } } }));
		entered += (await enterWith(tx, journey, entrants, 'attribute')).size;
	}
	return entered;
}

const VALUE = 'value';
