import { sql, type RawBuilder } from 'kysely';

import type { Reader, Store, Tx } from '../store';
import { registerAdmission } from './admission/register';
import { entryName } from './entries/entry-name';
import { planEntry } from './entries/plan';
import { saveExits } from './exits';
import { noteLimits } from './limits';
import { placeOf } from './place';
import { checkRetries } from './settle';
import { noteStep } from './step';
import { saveGoals } from './trigger-goals';
import type { JourneyConfig, StepRef } from './types';
import { fromJsonColumn } from './watch';

/** PROTOCOL 21: a step is unserved when no pump has beaten for this long while a leader is up. */
export const UNSERVED_AFTER_MS = 5 * 60_000;

/** A leader beats every 20 s; one that was silent for longer was down. */
const LEADER_PAUSE_MS = 90_000;

export function journeyId(step: { workflow: string; step: string }): string {
	return placeOf(step);
}

/**
 * A published Journey Trigger tells what starts and ends its journey. `zone`: of the settings. Throws NOT_FOUND when a segment it names does not exist,
 * BAD_INPUT and RULE_INVALID for what could not be meant.
 */
export async function register(store: Store, step: StepRef, config: JourneyConfig, zone: (reader: Reader) => Promise<string>): Promise<void> {
	await store.tx('register', async (tx) => {
		const name = await entryName(tx, step, config.entry);
		checkRetries(config);
		const before = await tx.first(sql<{ config: JourneyConfig | string }>`select config from journey where id = ${journeyId(step)}`);
		await noteStep(tx, step);
		await tx.run(sql`insert into journey (id, workflow, step, name, config, entry_kind, entry_name, exit_name, beat_at, created_at)
			values (${journeyId(step)}, ${step.workflow}, ${step.step}, ${config.name}, ${tx.dialect.json(config)}, ${config.entry.kind}, ${name},
				${config.exitOn?.event ?? ''}, ${tx.nowMs}, ${tx.nowMs})
			on conflict (id) do update set name = excluded.name, config = excluded.config, entry_kind = excluded.entry_kind,
				entry_name = excluded.entry_name, exit_name = excluded.exit_name, beat_at = excluded.beat_at`);
		await registerAdmission(tx, step, journeyId(step), config);
		// Behind the journey's row: of two processes that publish it at once the second finds what the first has noted.
		await saveExits(tx, journeyId(step), config);
		await saveGoals(tx, journeyId(step), config);
		await noteLimits(tx, journeyId(step), before === undefined ? null : fromJsonColumn<JourneyConfig>(before.config), config);
		await planEntry(tx, step, journeyId(step), config.entry, before === undefined ? null : fromJsonColumn<JourneyConfig>(before.config).entry, () => zone(tx));
		await markServed(tx, step);
	});
}

/** A pump is alive at this step. */
export async function beat(store: Store, step: StepRef): Promise<void> {
	await store.tx('beat', async (tx) => {
		await noteStep(tx, step);
		await markServed(tx, step);
	});
}

async function markServed(tx: Tx, step: StepRef): Promise<void> {
	await tx.run(sql`update step set beat_at = ${tx.nowMs} where workflow = ${step.workflow} and step = ${step.step}`);
	await tx.run(sql`update journey set beat_at = ${tx.nowMs} where id = ${journeyId(step)}`);
}

/** The process that runs triggers says that it is up, whether or not any step is published. */
export async function beatLeader(store: Store): Promise<void> {
	await store.tx('beat-leader', async (tx) => {
		const last = await tx.first<{ at: number }>(sql<{ at: number }>`select updated_at as at from setting where key = 'leader_beat'`);
		const mark = async (key: string): Promise<number> => await tx.run(sql`insert into setting (key, value, updated_at) values (${key}, ${tx.dialect.json({})}, ${tx.nowMs})
			on conflict (key) do update set updated_at = excluded.updated_at`);
		// After a pause n8n has just come up: its journeys are being published one after the other, and their old beats prove nothing.
		if (last === undefined || tx.nowMs - last.at > LEADER_PAUSE_MS) await mark('leader_since');
		await mark('leader_beat');
	});
}

/**
 * The newest sign of a leader, as SQL: a step or journey whose own beat is much older is unserved.
 * 0 until a leader has been up for as long as that: only then has every published journey had the time to beat.
 */
export const leaderBeatSql = sql<number>`(select coalesce(max(beat.updated_at), 0) from setting beat join setting since on since.key = 'leader_since'
	where beat.key = 'leader_beat' and beat.updated_at - since.updated_at > ${UNSERVED_AFTER_MS})`;

/** Whether n8n came up so recently, after a pause (that was not over by `after`): what was to happen meanwhile may be under way only now. */
export function cameUpWithin(ms: number, { nowMs }: Pick<Reader, 'nowMs'>, after?: RawBuilder<unknown>): RawBuilder<boolean> {
	return sql<boolean>`exists (select 1 from setting since where since.key = 'leader_since' and since.updated_at >= ${nowMs - ms}${after === undefined ? sql`` : sql` and since.updated_at > ${after}`})`;
}
