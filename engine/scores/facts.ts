import { sql, type RawBuilder } from 'kysely';

import { eventMatchSql } from '../events';
import type { EventMatch } from '../events/types';
import { nextChangeSql, ruleSql } from '../segments';
import type { Dialect, Reader } from '../store';
import { fades, Part, type Facts, type KnownRule } from './points';

/** What the database says of one person for one model, as Parts in the order of the rules. */
export interface PersonFacts {
	profile: number;
	parts: Part[];
	/** The next instant at which time alone may change a condition; null when it never will. */
	conditionChangesAtMs: number | null;
}

/** Facts of all these people, in one statement; whoever does not exist is left out. */
export async function readFacts(reader: Reader, rules: readonly KnownRule[], profiles: readonly number[]): Promise<PersonFacts[]> {
	if (profiles.length === 0) return [];
	const columns: Array<RawBuilder<unknown>> = [];
	rules.forEach((rule, n) => {
		columns.push(sql`${factSql(reader.dialect, rule, reader.nowMs)} as ${sql.ref(`fact${n}`)}`);
		const next = rule.event === null && rule.reach.timed ? nextChangeSql(reader.dialect, rule.when, reader.nowMs, 'p') : null;
		if (next !== null) columns.push(sql`${next} as ${sql.ref(`next${n}`)}`);
	});
	const rows = await reader.all(
		sql<Record<string, unknown>>`select ${sql.join([sql`p.id as profile`, ...columns])} from profile p where ${reader.dialect.anyOf(sql.ref('p.id'), profiles)} order by p.id`,
	);
	return rows.map((row) => {
		const changes = rules.map((_rule, n) => row[`next${n}`]).filter((at): at is number => typeof at === 'number');
		return {
			profile: row.profile as number,
			parts: rules.map((rule, n) => new Part(rule, factsOf(rule, row[`fact${n}`]))),
			conditionChangesAtMs: changes.length === 0 ? null : Math.min(...changes),
		};
	});
}

function factSql(dialect: Dialect, rule: KnownRule, nowMs: number): RawBuilder<unknown> {
	const { event } = rule;
	if (event === null) return ruleSql(dialect, rule.when, nowMs, 'p');
	const newest = newestSql(dialect, rule, event, nowMs);
	const word = dialect.name === 'sqlite' ? { list: sql`json_array`, group: sql`json_group_array` } : { list: sql`json_build_array`, group: sql`json_agg` };
	// Only what fades needs every time; for the rest a number and the newest time are enough.
	return fades(rule) ? sql`(select ${word.group}(newest.at) from ${newest})` : sql`(select ${word.list}(count(*), max(newest.at)) from ${newest})`;
}

/** The newest occurrences that may count: by index (profile, name, time), never further than the rule's own limit. */
function newestSql(dialect: Dialect, rule: KnownRule, event: EventMatch, nowMs: number): RawBuilder<unknown> {
	const alive = rule.expiresMs === null ? sql`` : sql` and happened.occurred_at > cast(${nowMs - rule.expiresMs} as ${sql.raw(dialect.types.int)})`;
	return sql`(select happened.occurred_at as at from event happened where happened.profile = p.id and ${eventMatchSql(dialect, event, 'happened')}${alive}
		order by happened.occurred_at desc limit ${sql.lit(rule.most)}) as newest`;
}

function factsOf(rule: KnownRule, column: unknown): Facts {
	if (rule.event === null) return { kind: 'condition', holds: column === true || column === 1 };
	const value = (typeof column === 'string' ? JSON.parse(column) : column) as Array<number | null> | null;
	if (fades(rule)) return { kind: 'times', timesMs: (value ?? []).map(Number).sort((a, b) => b - a) };
	return { kind: 'count', count: value?.[0] ?? 0, lastAtMs: value?.[1] ?? null };
}
