import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { Reader } from '../store';
import type { RuleReach } from './rule';

/** Throws RULE_INVALID when a rule refers to a segment, list or score model that does not exist. */
export async function checkReferences(reader: Reader, reach: RuleReach): Promise<void> {
	const models = [...reach.scores].filter((model) => model !== '');
	if (models.length > 0) {
		const known = new Set((await reader.all(sql<{ name: string }>`select name from score_model where ${reader.dialect.anyOf(sql.ref('name'), models)}`)).map((row) => row.name));
		const missing = models.find((model) => !known.has(model));
		if (missing !== undefined) throw new EngineError('RULE_INVALID', `The rule refers to the score model "${missing}", which does not exist. Create it first, or check the spelling, capitals included.`);
	}
	const names = [...reach.segments, ...reach.lists];
	if (names.length === 0) return;
	const rows = await reader.all(sql<{ name: string; kind: string }>`select name, kind from segment where ${reader.dialect.anyOf(sql.ref('name'), names)}`);
	const kinds = new Map(rows.map((row) => [row.name, row.kind]));
	for (const name of reach.segments) check(name, kinds.get(name), 'rule');
	for (const name of reach.lists) check(name, kinds.get(name), 'list');
}

function check(name: string, kind: string | undefined, wanted: 'rule' | 'list'): void {
	if (kind === wanted) return;
	const [what, other] = wanted === 'rule' ? ['segment', 'list'] : ['list', 'segment'];
	throw new EngineError('RULE_INVALID', kind === undefined
		? `The rule refers to the ${what} "${name}", which does not exist. Create it first, or check the spelling, capitals included.`
		: `The rule refers to "${name}" as a ${what}, but it is a ${other}: write {"${other}": "${name}"}.`);
}

/**
 * Throws CONFLICT, saying which, when a segment, a published journey or a step of one, a score model or the rule of a stage uses this
 * one. What nobody has published for a while is none. A name that an expression makes is known to no one: then people are held there.
 */
export async function checkUnused(reader: Reader, segment: { name: string; what: 'segment' | 'list' }, readers: ReadonlyArray<{ name: string; reach: RuleReach }>): Promise<void> {
	const { name, what } = segment;
	const users = readers.filter(({ reach }) => (what === 'list' ? reach.lists : reach.segments).has(name)).map((reader) => `the segment "${reader.name}"`);
	const isPublished = (alias: string) => sql<boolean>`(select coalesce(max(b.updated_at), 0) from setting b where b.key = 'leader_beat') - ${sql.ref(`${alias}.beat_at`)} <= ${sql.lit(UNPUBLISHED_AFTER_MS)}`;
	const journeys = await reader.all(
		sql<{ name: string }>`select j.name from journey j where ((j.entry_kind = 'segment' and j.entry_name = ${name})
			or exists (select 1 from journey_exit x where x.journey = j.id and x.kind = 'segment' and x.name = ${name})) and ${isPublished('j')} order by j.name`,
	);
	users.push(...journeys.map((journey) => `the journey "${journey.name}"`));
	const steps = await reader.all(sql<{ name: string; workflow: string; rules: unknown }>`select s.name, s.workflow, s.rules from step s where s.rules is not null and ${isPublished('s')} order by s.workflow, s.name`);
	users.push(...steps.filter(({ rules }) => refers(parsed(rules), what, name)).map((step) => `the step "${step.name}" of the workflow ${step.workflow}`));
	const models = await reader.all(sql<{ name: string; config: unknown }>`select name, config from score_model order by name`);
	users.push(...models.filter(({ config }) => refers(parsed(config), what, name)).map((model) => `the score model "${model.name}"`));
	const stages = await reader.first(sql<{ value: unknown }>`select value from setting where key = 'stages'`);
	if (stages !== undefined && refers(parsed(stages.value), what, name)) users.push('the rule of a stage');
	if (users.length === 0) return;
	throw new EngineError('CONFLICT', `The ${what} "${name}" is used by ${users.slice(0, 20).join(', ')}${users.length > 20 ? ` and ${users.length - 20} more` : ''}. Change ${users.length === 1 ? 'it' : 'them'} first.`);
}

function parsed(column: unknown): unknown {
	return typeof column === 'string' ? JSON.parse(column) : column;
}

/** Whether a condition on this segment or list stands anywhere in the settings of something that holds rules. */
function refers(value: unknown, what: 'segment' | 'list', name: string): boolean {
	if (typeof value !== 'object' || value === null) return false;
	return (value as Record<string, unknown>)[what] === name || Object.values(value).some((inner) => refers(inner, what, name));
}

/** As journeys/serve.ts takes a step for unserved. */
const UNPUBLISHED_AFTER_MS = 5 * 60_000;
