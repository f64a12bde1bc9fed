import { sql } from 'kysely';

import { EngineError } from '../kernel';
import type { Reader, Tx } from '../store';
import { checkRule, type RuleReach } from './rule';
import type { SegmentRule } from './types';

export interface KnownSegment {
	id: number;
	name: string;
	rule: SegmentRule;
	reach: RuleReach;
	/** 0: refers to no other segment; else one more than the highest it refers to. Lower ones are brought up to date first. */
	level: number;
}

const VERSION_KEY = 'segments.version';
/** First half of the advisory lock's key; the second is the schema, so that two of ours in one database do not meet. */
const LOCK = 7_205_532;

/**
 * The segments with a rule, in dependency order, kept per process and read again when the version in `setting` says that somebody
 * saved one.
 *
 * On PostgreSQL a save takes the lock alone and whoever changes people shares it: what a batch was about to commit under the
 * old rule is then there when the build of the new one looks, and every later batch goes by the new rule.
 */
export class KnownSegments {
	private version = '';
	private segments: readonly KnownSegment[] = [];

	/** For a transaction that changes people: shares the lock, then answers with the segments as they are. */
	async forChange(tx: Tx): Promise<readonly KnownSegment[]> {
		if (tx.dialect.name === 'postgres') await tx.all(sql`select pg_advisory_xact_lock_shared(${sql.lit(LOCK)}, hashtext(current_schema()))`);
		const version = await readVersion(tx);
		if (version !== this.version) {
			this.segments = inOrder(await readSegments(tx));
			this.version = version;
		}
		return this.segments;
	}

	/** For a save: alone from here to the commit. */
	async lockForSave(tx: Tx): Promise<void> {
		if (tx.dialect.name === 'postgres') await tx.all(sql`select pg_advisory_xact_lock(${sql.lit(LOCK)}, hashtext(current_schema()))`);
	}

	async bumpVersion(tx: Tx): Promise<void> {
		const next = Number(await readVersion(tx)) + 1;
		await tx.run(
			sql`insert into setting (key, value, updated_at) values (${VERSION_KEY}, ${tx.dialect.json(next)}, ${tx.nowMs})
				on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`,
		);
	}
}

async function readVersion(reader: Reader): Promise<string> {
	const row = await reader.first(sql<{ value: unknown }>`select value from setting where key = ${VERSION_KEY}`);
	return row === undefined ? '0' : String(row.value);
}

export async function readSegments(reader: Reader): Promise<Array<Omit<KnownSegment, 'level'>>> {
	const rows = await reader.all(sql<{ id: number; name: string; rule: unknown }>`select id, name, rule from segment where kind = 'rule' order by id`);
	return rows.map((row) => {
		const rule = storedRule(row.rule);
		return { id: row.id, name: row.name, rule, reach: checkRule(rule) };
	});
}

export function storedRule(column: unknown): SegmentRule {
	return (typeof column === 'string' ? JSON.parse(column) : column) as SegmentRule;
}

/** Segments behind those they refer to. Throws RULE_INVALID, with the way round, when some refer to each other in a circle. */
export function inOrder(segments: ReadonlyArray<Omit<KnownSegment, 'level'>>): KnownSegment[] {
	const byName = new Map(segments.map((segment) => [segment.name, segment]));
	const levels = new Map<string, number>();
	const levelOf = (name: string, way: readonly string[]): number => {
		const circle = way.indexOf(name);
		if (circle >= 0) {
			throw new EngineError('RULE_INVALID', `Segments may not refer to each other in a circle: ${[...way.slice(circle), name].map((one) => `"${one}"`).join(' -> ')}. Change one of these rules.`);
		}
		const known = levels.get(name);
		if (known !== undefined) return known;
		let level = 0;
		for (const other of byName.get(name)?.reach.segments ?? []) if (byName.has(other)) level = Math.max(level, levelOf(other, [...way, name]) + 1);
		levels.set(name, level);
		return level;
	};
	return segments.map((segment) => ({ ...segment, level: levelOf(segment.name, []) })).sort((a, b) => a.level - b.level || a.id - b.id);
}
