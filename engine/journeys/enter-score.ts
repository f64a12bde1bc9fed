import { sql } from 'kysely';

import { EngineError } from '../kernel';
import { readStageNames } from '../scores';
import type { ChangedLevel, ScoreReactions } from '../scores/types';
import type { Tx } from '../store';
import { enterMembers } from './enter';
import { journeysWhere } from './entries/listening';
import type { JourneyConfig } from './types';
import { fromJsonColumn } from './watch';

/** People whose bucket, grade or stage has just changed, live: they enter the journeys that start on it. The profiles are locked. */
export async function levelsChanged(tx: Tx, changes: readonly ChangedLevel[]): Promise<{ entered: number }> {
	const live = changes.filter((change) => !change.historical);
	if (live.length === 0) return { entered: 0 };
	let entered = 0;
	for (const journey of await journeysWhere(tx, sql`j.entry_kind in ('score', 'stage')`)) {
		const people = new Set(live.filter((change) => startsOn(journey.config.entry, change)).map(({ profile }) => profile));
		entered += await enterMembers(tx, [journey], [...people], `${journey.entry_kind}:${tx.nowMs}`);
	}
	return { entered };
}

function startsOn(entry: JourneyConfig['entry'], { model, kind, to }: ChangedLevel): boolean {
	if (entry.kind === 'stage') return kind === 'stage' && entry.stage === to;
	return entry.kind === 'score' && entry.model === model && (kind === 'bucket' ? entry.bucket === to : kind === 'grade' && entry.grade === to);
}

export const scoreReactions: ScoreReactions = { levelsChanged };

/**
 * What a journey that starts on a score or a stage is found by. Throws NOT_FOUND for a model, BAD_INPUT for a level it does not have:
 * such a journey would never start, and nobody would know why.
 */
export async function scoreEntryName(tx: Tx, entry: Extract<JourneyConfig['entry'], { kind: 'score' | 'stage' }>): Promise<string> {
	if (entry.kind === 'stage') {
		if (entry.stage.trim() === '') throw new EngineError('BAD_INPUT', 'The stage that starts the journey is empty. Choose one.');
		const stages = await readStageNames(tx);
		if (!stages.includes(entry.stage)) throw new EngineError('BAD_INPUT', `There is no stage "${entry.stage}". The stages are ${stages.join(', ')}. Choose one of them, capitals included.`);
		return entry.stage;
	}
	const row = await tx.first(sql<{ config: unknown }>`select config from score_model where name = ${entry.model}`);
	if (row === undefined) throw new EngineError('NOT_FOUND', `There is no score model "${entry.model}". Create it with Profile Engine (Score Model: Create or Update), then publish the journey again.`);
	const { buckets, grades } = fromJsonColumn<{ buckets: Array<{ name: string }>; grades: Array<{ grade: string }> }>(row.config as string);
	if ((entry.bucket === undefined) === (entry.grade === undefined)) throw new EngineError('BAD_INPUT', 'A journey that starts on a score names a bucket or a grade, one of the two.');
	if (entry.bucket !== undefined && !buckets.some(({ name }) => name === entry.bucket)) {
		throw new EngineError('BAD_INPUT', `The score model "${entry.model}" has no bucket "${entry.bucket}". It has ${buckets.map(({ name }) => name).join(', ')}.`);
	}
	if (entry.grade !== undefined && entry.grade !== 'F' && !grades.some(({ grade }) => grade === entry.grade)) {
		throw new EngineError('BAD_INPUT', `The score model "${entry.model}" has no grade "${entry.grade}". It has ${grades.map(({ grade }) => grade).join(', ')} and F.`);
	}
	return entry.model;
}
