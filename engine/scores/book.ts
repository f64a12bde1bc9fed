import { sql } from 'kysely';

import { canonicalJson, hashId } from '../kernel';
import { checkRule, type RuleReach } from '../segments';
import type { SegmentRule } from '../segments/types';
import type { Reader, Tx } from '../store';
import { comparedTotals, segmentsIn, writtenOut, type SavedSegment } from './borrowed';
import { DEFAULT_STAGES, eventOf } from './check';
import { levelsOf, type Levels } from './levels';
import { fades, knownRule, type KnownRule } from './points';
import { joinedReach } from './reach';
import type { ScoreModel, StageDefinition } from './types';

export interface KnownModel {
	name: string;
	version: number;
	model: Required<ScoreModel>;
	rules: readonly KnownRule[];
	reach: RuleReach;
	levels: Levels;
	/** As kept in the database: the scores there rely on it. */
	follows: string;
	/** As it is now; another one than `follows`: everybody has to be scored again. First what only says when to look, then what is borrowed. */
	followsNow: string;
	updatedAtMs: number;
}

/** Whether a segment whose rule it borrows has been changed, so that points come and go by that. */
export function borrowsOtherwise({ follows, followsNow }: Pick<KnownModel, 'follows' | 'followsNow'>): boolean {
	return follows.split(' ')[1] !== followsNow.split(' ')[1];
}

export interface KnownStages {
	definition: Required<StageDefinition>;
	/** Place of each stage, first 0. */
	places: ReadonlyMap<string, number>;
	/** Stages that people reach by themselves, in order. */
	rules: ReadonlyArray<{ name: string; place: number; when: SegmentRule; reach: RuleReach }>;
	reach: RuleReach;
	follows: string;
	followsNow: string;
}

/** All models and the stages. */
export interface Book {
	/** Raised by every save of a model or of the stages, and by whatever else has people scored again. */
	version: number;
	models: readonly KnownModel[];
	stages: KnownStages;
}

const VERSION_KEY = 'scores.version';
/** Of engine/segments: raised by every save, and so by everything that may change what scores borrow from segments. */
const SEGMENTS_VERSION_KEY = 'segments.version';
export const STAGES_KEY = 'stages';
/** The build of the stages; models have names. */
export const STAGES_BUILD = '';
/** First half of the advisory lock's key; the second is the schema. Segments have their own. */
const LOCK = 7_205_533;
const NOBODY: SegmentRule = { any: [] };

/**
 * The book as each process keeps it, read again when a version says that a model, the stages or a segment was saved.
 *
 * On PostgreSQL a save takes the lock alone and whoever changes people shares it, after the locks of the people: whoever scored by
 * the old version has then committed before the rebuild begins, also people it made, whom the rebuild would not see otherwise.
 */
export class Books {
	private version = '';
	private book: Book | undefined;

	async forChange(tx: Tx): Promise<Book> {
		if (tx.dialect.name === 'postgres') await tx.all(sql`select pg_advisory_xact_lock_shared(${sql.lit(LOCK)}, hashtext(current_schema()))`);
		return await this.read(tx);
	}

	async lockForSave(tx: Tx): Promise<void> {
		if (tx.dialect.name === 'postgres') await tx.all(sql`select pg_advisory_xact_lock(${sql.lit(LOCK)}, hashtext(current_schema()))`);
	}

	async read(reader: Reader): Promise<Book> {
		const rows = await reader.all(sql<{ key: string; value: unknown }>`select key, value from setting where key in (${VERSION_KEY}, ${SEGMENTS_VERSION_KEY})`);
		const version = rows.map((row) => `${row.key} ${String(row.value)}`).sort().join(' ');
		if (this.book === undefined || version !== this.version) {
			this.book = { version: Number(rows.find(({ key }) => key === VERSION_KEY)?.value ?? 0), ...(await readBook(reader)) };
			this.version = version;
		}
		return this.book;
	}

	/** Answers with the version from now on. */
	async bumpVersion(tx: Tx): Promise<number> {
		const row = await tx.first(sql<{ value: unknown }>`select value from setting where key = ${VERSION_KEY}`);
		const next = Number(row?.value ?? 0) + 1;
		await tx.run(
			sql`insert into setting (key, value, updated_at) values (${VERSION_KEY}, ${tx.dialect.json(next)}, ${tx.nowMs})
				on conflict (key) do update set value = excluded.value, updated_at = excluded.updated_at`,
		);
		return next;
	}
}

export async function readSaved(reader: Reader): Promise<SavedSegment[]> {
	const rows = await reader.all(sql<{ name: string; rule: unknown; kind: string }>`select name, rule, kind from segment where kind <> 'gone'`);
	return rows.map(({ name, rule, kind }) => ({ name, rule: parsed<SegmentRule>(rule), isList: kind === 'list' }));
}

async function readBook(reader: Reader): Promise<Omit<Book, 'version'>> {
	const saved = await readSaved(reader);
	const byName = new Map(saved.map((segment) => [segment.name, segment]));
	const stages = await readStages(reader, byName);
	const compared = comparedTotals([...saved.map(({ rule }) => rule), ...stages.rules.map(({ when }) => when)]);
	const rows = await reader.all(
		sql<{ name: string; version: number; config: unknown; follows: string; updated_at: number }>`select name, version, config, follows, updated_at from score_model order by name`,
	);
	const models = rows.map((row): KnownModel => {
		const known = knownModel(parsed<Required<ScoreModel>>(row.config), byName, compared.get(row.name) ?? new Set());
		return { ...known, version: row.version, follows: row.follows, updatedAtMs: row.updated_at };
	});
	return { models, stages };
}

export function knownModel(model: Required<ScoreModel>, saved: ReadonlyMap<string, SavedSegment>, compared: ReadonlySet<number>): Omit<KnownModel, 'version' | 'follows' | 'updatedAtMs'> {
	const rules = model.rules.map((rule) => {
		const { when, reach } = usable(writtenOut(rule.when, saved), (of) => of.scores.size === 0);
		return knownRule(rule, when, reach, eventOf(rule.when));
	});
	const watched = rules.some(fades) ? [...compared].sort((a, b) => a - b) : [];
	const borrowed = rules.filter(({ rule }) => segmentsIn(rule.when).length > 0).map(({ when }) => when);
	return { name: model.name, model, rules, reach: joinedReach(rules.map(({ reach }) => reach)), levels: levelsOf(model, watched), followsNow: `${hashId('watched', canonicalJson(watched))} ${hashId('borrowed', canonicalJson(borrowed))}` };
}

/** Names of the stages, first to last. */
export async function readStageNames(reader: Reader): Promise<string[]> {
	const row = await reader.first(sql<{ value: unknown }>`select value from setting where key = ${STAGES_KEY}`);
	const { stages } = row === undefined ? DEFAULT_STAGES : parsed<{ definition: Required<StageDefinition> }>(row.value).definition;
	return stages.map(({ name }) => name);
}

async function readStages(reader: Reader, saved: ReadonlyMap<string, SavedSegment>): Promise<KnownStages> {
	const row = await reader.first(sql<{ value: unknown }>`select value from setting where key = ${STAGES_KEY}`);
	const stored = row === undefined ? null : parsed<{ definition: Required<StageDefinition>; follows: string }>(row.value);
	const known = knownStages(stored?.definition ?? DEFAULT_STAGES, saved);
	return { ...known, follows: stored?.follows ?? known.followsNow };
}

export function knownStages(definition: Required<StageDefinition>, saved: ReadonlyMap<string, SavedSegment>): Omit<KnownStages, 'follows'> {
	const rules = definition.stages.flatMap(({ name, when }, place) =>
		when === undefined ? [] : [{ name, place, borrows: segmentsIn(when).length > 0, ...usable(writtenOut(when, saved), (reach) => !reach.scores.has('')) }],
	);
	return {
		definition, rules,
		places: new Map(definition.stages.map(({ name }, place) => [name, place])),
		reach: joinedReach(rules.map(({ reach }) => reach)),
		followsNow: hashId('follows', canonicalJson(rules.filter(({ borrows }) => borrows).map(({ when }) => when))),
	};
}

/** A segment may be changed after it was borrowed, into what scores cannot use: events must be taken in all the same. */
function usable(when: SegmentRule, fits: (reach: RuleReach) => boolean): { when: SegmentRule; reach: RuleReach } {
	try {
		const reach = checkRule(when);
		if (fits(reach)) return { when, reach };
	} catch {
		// As below: holds for nobody.
	}
	return { when: NOBODY, reach: checkRule(NOBODY) };
}

/** JSON columns come as text on SQLite and as values on PostgreSQL. */
export function parsed<Value>(column: unknown): Value {
	return (typeof column === 'string' ? JSON.parse(column) : column) as Value;
}
