import { sql } from 'kysely';

import type { Reader, Tx } from '../store';
import { checkRule, type RuleReach } from './rule';
import type { SegmentRule } from './types';

export interface KnownSegment {
	id: number;
	name: string;
	rule: SegmentRule;
	reach: RuleReach;
}

const VERSION_KEY = 'segments.version';
/** First half of the advisory lock's key; the second is the schema, so that two of ours in one database do not meet. */
const LOCK = 7_205_532;

/**
 * The segments, kept per process and read again when the version in `setting` says that somebody saved one.
 *
 * On PostgreSQL a save takes the lock alone and whoever changes people shares it: a build would otherwise not see what a
 * batch is about to commit, nor the batch the new segment, and these people would be missing from it for good.
 */
export class KnownSegments {
	private version = '';
	private segments: readonly KnownSegment[] = [];

	/** For a transaction that changes people: shares the lock, then answers with the segments as they are. */
	async forChange(tx: Tx): Promise<readonly KnownSegment[]> {
		if (tx.dialect.name === 'postgres') await tx.all(sql`select pg_advisory_xact_lock_shared(${sql.lit(LOCK)}, hashtext(current_schema()))`);
		const version = await readVersion(tx);
		if (version !== this.version) {
			this.segments = await readSegments(tx);
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

async function readSegments(reader: Reader): Promise<KnownSegment[]> {
	const rows = await reader.all(sql<{ id: number; name: string; rule: unknown }>`select id, name, rule from segment order by id`);
	return rows.map((row) => {
		const rule = storedRule(row.rule);
		return { id: row.id, name: row.name, rule, reach: checkRule(rule) };
	});
}

export function storedRule(column: unknown): SegmentRule {
	return (typeof column === 'string' ? JSON.parse(column) : column) as SegmentRule;
}
