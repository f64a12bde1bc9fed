import { sql } from 'kysely';

import type { Reactions } from '../events';
import { EngineError, isKeptAs } from '../kernel';
import type { AuditWriter, IdentityRules } from '../profiles';
import type { Reader, Store } from '../store';
import { countBy, evaluateEnrolled, evaluateIn, peopleBy, previewBy } from './ask';
import { createBuilds, WAITED_PEOPLE } from './build';
import { firstMatch, type Asker } from './first-match';
import { inOrder, KnownSegments, readSegments, storedRule } from './known-segments';
import { createLists } from './lists';
import { pruneChanges } from './prune';
import { checkReferences, checkUnused } from './references';
import { clearGone, removeSegment } from './remove';
import { checkRule } from './rule';
import { sentenceOf } from './sentence';
import { noTotals, type AskTotals } from './totals';
import { createMover, createTracker, type SegmentTracker } from './tracker';
import type { ListsApi, RuleSource, SaveSegment, SegmentsApi, SegmentView } from './types';
import { valuesOf } from './values';
import { checkSegmentName, idOf, viewChanges, viewMembers, viewSegment, viewSegments } from './view';

export type * from './types';
export type { Asker } from './first-match';
export type { ProfileChange, Refreshed, SegmentTracker } from './tracker';
export type { Membership } from './membership';
export type { AskTotals, PeopleAsked, TotalsOfNow } from './totals';
export { evaluateChanging, ruleBy } from './ask';
export { segmentsKeeper } from './keeper';
export { CHANGES_KEPT_DAYS } from './prune';
export { checkReferences } from './references';
export { checkRule, conditionsOf, type ConditionShape, type RuleReach } from './rule';
export { partSql } from './random-sql';
export { nextChangeSql, ruleSql } from './rule-sql';
export { sentenceOf } from './sentence';

const MOST_SAMPLES = 100;

export type Segments = SegmentsApi & SegmentTracker & {
	readonly lists: ListsApi;
	/** `evaluate` within a transaction or reader of the caller. */
	evaluateIn(reader: Reader, by: RuleSource, profiles: readonly number[]): Promise<number[]>;
	/** Everybody who belongs, in slices of ids. Throws NOT_FOUND, RULE_INVALID. */
	people(by: RuleSource): AsyncGenerator<number[]>;
	/** For people in a journey, where "since enrollment" means something: in or out, in the order given. */
	evaluateEnrolled(by: RuleSource, people: ReadonlyArray<{ profile: number; enrollment: number }>): Promise<boolean[]>;
	/** The place of the first of these rules that holds for each person, -1 for none; rules that are null were answered by the caller. */
	firstMatch(rules: ReadonlyArray<RuleSource | null>, people: readonly Asker[]): Promise<number[]>;
	/** Goes on with builds and deletions that a process left behind when it died. Call it every second or so. */
	resumeBuilds(): Promise<void>;
	/** Forgets changes that nobody needs any more. `more`: call it again soon. */
	prune(): Promise<{ deleted: number; more: boolean }>;
	/** Waits until nothing is being built in this process. */
	idle(): Promise<void>;
	/** Ends builds after their slice; they are gone on with at the next start. */
	close(): Promise<void>;
};

/** Segments: live rules over people, and static lists. Without `totals` they go by stored scores. Throws RULE_INVALID, NOT_FOUND, CONFLICT, BAD_INPUT and the store's errors. */
export function createSegments(deps: { store: Store; reactions: Reactions; totals?: AskTotals; identityOptions?: IdentityRules; audit?: AuditWriter }): Segments {
	const { store, audit, totals = noTotals } = deps;
	const known = new KnownSegments();
	const mover = createMover({ reactions: deps.reactions, known, totals });
	const builds = createBuilds({ store, known, mover, totals });

	async function save({ name, rule, startJourneys = false, wait = false, source = 'api' }: SaveSegment): Promise<SegmentView> {
		checkSegmentName(name, 'segment');
		const reach = checkRule(rule);
		const saved = await store.tx('segment-save', async (tx) => {
			await known.lockForSave(tx);
			await checkReferences(tx, reach);
			const old = await tx.first(sql<{ id: number; rule: unknown; kind: string; first_build: number | null }>`select s.id, s.rule, s.kind, b.first_build from segment s
				left join segment_build b on b.segment = s.id where s.name = ${name}`);
			if (old?.kind === 'list') throw new EngineError('CONFLICT', `There is a list "${name}" already. Choose another name for the segment.`);
			// A node that saves its segment at every run must not rebuild it at every run.
			if (old !== undefined && isKeptAs(rule, storedRule(old.rule))) return { id: old.id, changed: false };
			const others = (await readSegments(tx)).filter((segment) => segment.name !== name);
			inOrder([...others, { id: old?.id ?? 0, name, rule, reach }]);
			const row = await tx.first(
				sql<{ id: number }>`insert into segment (name, rule, created_at, updated_at) values (${name}, ${tx.dialect.json(rule)}, ${tx.nowMs}, ${tx.nowMs})
					on conflict (name) do update set rule = excluded.rule, updated_at = excluded.updated_at returning id`,
			);
			if (row === undefined) throw new EngineError('INTERNAL', 'Saving a segment gave no id.');
			await known.bumpVersion(tx);
			await builds.start(tx, { segment: row.id, first: old === undefined || old.first_build === 1, startJourneys });
			await audit?.(tx, [{ action: 'segment.save', who: source, detail: { segment: name, created: old === undefined } }]);
			return { id: row.id, changed: true };
		});
		if (saved.changed || wait) await build(saved.id, wait);
		const view = await store.read((reader) => viewSegment(reader, name));
		if (view === null) throw new EngineError('CONFLICT', `The segment "${name}" was deleted while it was being built.`);
		return view;
	}

	async function build(segment: number, wait: boolean): Promise<void> {
		if (wait) return builds.finish(segment);
		if (await builds.work(segment, WAITED_PEOPLE)) inBackground(segment);
	}

	/** What fails here is tried again by resumeBuilds. */
	function inBackground(segment: number): void {
		builds.finish(segment).catch(() => undefined);
	}

	return {
		...createTracker({ store, known, mover }),
		lists: createLists({ store, known, mover, audit, ...(deps.identityOptions === undefined ? {} : { identityOptions: deps.identityOptions }) }),
		save,
		list: () => store.read((reader) => viewSegments(reader)),
		get: (name) => store.read((reader) => viewSegment(reader, name)),
		delete: (name, { source = 'api' } = {}) => removeSegment({ store, known, audit }, name, 'segment', source),
		rename: async (name, to, { source = 'api' } = {}) => {
			checkSegmentName(to, 'segment');
			return store.tx('segment-rename', async (tx) => {
				await known.lockForSave(tx);
				const id = await idOf(tx, name, 'segment');
				await checkUnused(tx, { name, what: 'segment' }, await readSegments(tx));
				const taken = name !== to && (await tx.first(sql`select 1 as taken from segment where name = ${to}`)) !== undefined;
				if (taken) throw new EngineError('CONFLICT', `There is a segment or list "${to}" already. Choose another name.`);
				await tx.run(sql`update segment set name = ${to}, updated_at = ${tx.nowMs} where id = ${id}`);
				await known.bumpVersion(tx);
				await audit?.(tx, [{ action: 'segment.rename', who: source, detail: { segment: name, to } }]);
				const view = await viewSegment(tx, to);
				if (view === null) throw new EngineError('INTERNAL', 'A segment that was renamed cannot be read.');
				return view;
			});
		},
		count: (by) => countBy({ store, totals }, by),
		people: (by) => peopleBy({ store, totals }, by),
		preview: (by, { sample = 5 } = {}) => previewBy({ store, totals }, by, Math.max(0, Math.min(MOST_SAMPLES, Math.floor(sample)))),
		describe: async (rule) => {
			checkRule(rule, { inJourney: true });
			return sentenceOf(rule);
		},
		values: (of, options) => valuesOf(store, of, options),
		members: (name, page = {}) => store.read(async (reader) => viewMembers(reader, await idOf(reader, name, 'segment'), page)),
		changes: (filter) => store.read((reader) => viewChanges(reader, filter)),
		evaluate: (by, profiles) => store.read((reader) => evaluateIn(reader, totals, by, profiles)),
		evaluateIn: (reader, by, profiles) => evaluateIn(reader, totals, by, profiles),
		firstMatch: (rules, people) => store.read((reader) => firstMatch(reader, totals, rules, people)),
		evaluateEnrolled: (by, people) => store.read((reader) => evaluateEnrolled(reader, totals, by, people)),
		resumeBuilds: async () => {
			for (const segment of await builds.open()) inBackground(segment);
			await clearGone(store);
		},
		prune: () => pruneChanges(store),
		idle: () => builds.idle(),
		close: async () => {
			builds.stop();
			await builds.idle();
		},
	};
}
