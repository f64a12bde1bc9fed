import { sql } from 'kysely';

import type { Reactions } from '../events';
import { canonicalJson, EngineError } from '../kernel';
import { storedObject } from '../profiles';
import type { Reader, Store } from '../store';
import { KnownSegments, storedRule } from './known-segments';
import { buildMemberships } from './membership';
import { checkRule } from './rule';
import { ruleSql } from './rule-sql';
import { createTracker, type SegmentTracker } from './tracker';
import type { SegmentRule, SegmentsApi, SegmentView } from './types';

export type * from './types';
export type { ProfileChange, Refreshed, SegmentTracker } from './tracker';
export type { Membership } from './membership';
export { checkRule, type RuleReach } from './rule';
export { ruleSql } from './rule-sql';

const LONGEST_NAME = 200;
const MOST_MEMBERS = 1000;

export type Segments = SegmentsApi & SegmentTracker & {
	/** `evaluate` within a transaction or reader of the caller. */
	evaluateIn(reader: Reader, by: { name: string } | { rule: SegmentRule }, profiles: readonly number[]): Promise<number[]>;
};

/** Segments: live rules over people. Throws RULE_INVALID, NOT_FOUND, BAD_INPUT and the store's errors. */
export function createSegments(deps: { store: Store; reactions: Reactions }): Segments {
	const { store } = deps;
	const known = new KnownSegments();

	async function ruleBy(reader: Reader, by: { name: string } | { rule: SegmentRule }): Promise<SegmentRule> {
		if ('rule' in by) {
			checkRule(by.rule);
			return by.rule;
		}
		const row = await reader.first(sql<{ rule: unknown }>`select rule from segment where name = ${by.name}`);
		if (row === undefined) throw unknownSegment(by.name);
		return storedRule(row.rule);
	}

	const evaluateIn: Segments['evaluateIn'] = async (reader, by, profiles) => {
		const rule = await ruleBy(reader, by);
		if (profiles.length === 0) return [];
		const rows = await reader.all(
			sql<{ id: number }>`select p.id from profile p where ${reader.dialect.anyOf(sql.ref('p.id'), profiles)} and ${ruleSql(reader.dialect, rule, reader.nowMs, 'p')} order by p.id`,
		);
		return rows.map((row) => row.id);
	};

	return {
		...createTracker({ store, reactions: deps.reactions, known }),

		save: async ({ name, rule }) => {
			if (typeof name !== 'string' || name.trim() === '' || name.length > LONGEST_NAME) throw new EngineError('BAD_INPUT', `A segment needs a name of 1 to ${LONGEST_NAME} characters.`);
			const reach = checkRule(rule);
			return store.tx('segment-save', async (tx) => {
				await known.lockForSave(tx);
				const old = await tx.first(sql<{ id: number; rule: unknown }>`select id, rule from segment where name = ${name}`);
				// A node that saves its segment at every run must not rebuild it at every run.
				if (old === undefined || canonicalJson(storedRule(old.rule)) !== canonicalJson(rule)) {
					const row = await tx.first(
						sql<{ id: number }>`insert into segment (name, rule, created_at, updated_at) values (${name}, ${tx.dialect.json(rule)}, ${tx.nowMs}, ${tx.nowMs})
							on conflict (name) do update set rule = excluded.rule, updated_at = excluded.updated_at returning id`,
					);
					if (row === undefined) throw new EngineError('INTERNAL', 'Saving a segment gave no id.');
					await known.bumpVersion(tx);
					await buildMemberships(tx, { id: row.id, name, rule, reach });
				}
				const view = await viewSegment(tx, name);
				if (view === null) throw new EngineError('INTERNAL', 'A saved segment cannot be read.');
				return view;
			});
		},
		list: () => store.read((reader) => viewSegments(reader, sql`true`)),
		get: (name) => store.read((reader) => viewSegment(reader, name)),
		count: (by) =>
			store.read(async (reader) => {
				if ('name' in by) {
					const view = await viewSegment(reader, by.name);
					if (view === null) throw unknownSegment(by.name);
					return view.members;
				}
				const rule = await ruleBy(reader, by);
				const row = await reader.first(sql<{ n: number }>`select count(*) as n from profile p where ${ruleSql(reader.dialect, rule, reader.nowMs, 'p')}`);
				return row?.n ?? 0;
			}),
		members: (name, page = {}) =>
			store.read(async (reader) => {
				const segment = await reader.first(sql<{ id: number }>`select id from segment where name = ${name}`);
				if (segment === undefined) throw unknownSegment(name);
				const limit = Math.max(1, Math.min(MOST_MEMBERS, Math.floor(page.limit ?? 100)));
				const rows = await reader.all(
					sql<{ profile: number; entered_at: number; attributes: unknown }>`select m.profile, m.entered_at, p.attributes from segment_member m join profile p on p.id = m.profile
						where m.segment = ${segment.id} and m.profile > ${page.afterProfile ?? 0} order by m.profile limit ${sql.lit(limit)}`,
				);
				return rows.map((row) => ({ profile: row.profile, enteredAt: new Date(row.entered_at).toISOString(), attributes: storedObject(row.attributes) }));
			}),
		evaluate: (by, profiles) => store.read((reader) => evaluateIn(reader, by, profiles)),
		evaluateIn,
	};
}

async function viewSegment(reader: Reader, name: string): Promise<SegmentView | null> {
	return (await viewSegments(reader, sql`s.name = ${name}`))[0] ?? null;
}

async function viewSegments(reader: Reader, where: ReturnType<typeof sql>): Promise<SegmentView[]> {
	const rows = await reader.all(
		sql<{ id: number; name: string; rule: unknown; updated_at: number; members: number }>`select s.id, s.name, s.rule, s.updated_at,
			(select count(*) from segment_member m where m.segment = s.id) as members from segment s where ${where} order by s.name`,
	);
	return rows.map((row) => ({ id: row.id, name: row.name, rule: storedRule(row.rule), members: row.members, updatedAt: new Date(row.updated_at).toISOString() }));
}

function unknownSegment(name: string): EngineError {
	return new EngineError('NOT_FOUND', `There is no segment "${name}". Choose one that exists, or save it first (Profile Engine: Segment: Create or Update).`);
}
