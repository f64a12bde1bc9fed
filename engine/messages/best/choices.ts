import { sql } from 'kysely';

import { fromJsonColumn } from '../../journeys';
import type { Reader, Tx } from '../../store';
import type { PassedChannel } from './types';

/** A channel that is behind somebody. trail: under which they were out by it; absent: passed over. */
export interface Tried extends PassedChannel {
	trail?: string;
}

/** One visit at a Journey Best Channel, from coming to Reached or Not Reached. */
export interface Choice {
	id: string;
	enrollment: number;
	profile: number;
	/** Still to be tried, in the order that was chosen when the person came. */
	left: string[];
	tried: Tried[];
	/** By which they are out now, or wait to be reached; null: by none. */
	at: string | null;
	/** Trail of the visit behind that channel's output: the sender's message bears it. */
	outTrail: string | null;
	message: string | null;
	outcome: 'reached' | 'notReached' | null;
}

interface Row {
	id: string;
	enrollment: number;
	profile: number;
	left_channels: string[] | string;
	tried: Tried[] | string;
	at_channel: string | null;
	out_trail: string | null;
	message: string | null;
	outcome: Choice['outcome'];
}

/** Visits of these runs at this step, and these by id, over or not. */
export async function readChoices(reader: Reader, step: string, enrollments: readonly number[]): Promise<Choice[]> {
	const rows = await reader.all<Row>(sql<Row>`select id, enrollment, profile, left_channels, tried, at_channel, out_trail, message, outcome from channel_choice
		where ${reader.dialect.anyOf(sql`enrollment`, enrollments)} and step = ${step} order by chosen_at, id`);
	return rows.map((row) => ({
		id: row.id, enrollment: Number(row.enrollment), profile: Number(row.profile), left: fromJsonColumn<string[]>(row.left_channels), tried: fromJsonColumn<Tried[]>(row.tried), at: row.at_channel, outTrail: row.out_trail,
		message: row.message, outcome: row.outcome,
	}));
}

/** What Explain tells of one visit. */
export interface ToldChoice {
	enrollment: number;
	step: string;
	/** By which the person is out, waits to be reached, or was reached. */
	channel: string | null;
	outcome: Choice['outcome'];
	passed: PassedChannel[];
}

/** All visits of these runs at any Journey Best Channel, in their order. */
export async function choicesOf(reader: Reader, enrollments: readonly number[]): Promise<ToldChoice[]> {
	const rows = await reader.all<Row & { name: string }>(sql<Row & { name: string }>`select c.enrollment, coalesce(s.name, c.step) as name, c.at_channel, c.outcome, c.tried from channel_choice c left join step s on s.workflow = c.workflow and s.step = c.step
		where ${reader.dialect.anyOf(sql`c.enrollment`, enrollments)} order by c.chosen_at, c.id`);
	return rows.map((row) => ({
		enrollment: Number(row.enrollment), step: row.name, channel: row.at_channel, outcome: row.outcome, passed: fromJsonColumn<Tried[]>(row.tried).map(({ channel, reason }) => ({ channel, reason })),
	}));
}

export async function writeChoices(tx: Tx, step: { workflow: string; step: string }, choices: readonly Choice[]): Promise<void> {
	if (choices.length === 0) return;
	const rows = choices.map(({ id, enrollment, profile, left, tried, at, outTrail, message, outcome }) => ({ id, enrollment, profile, left_channels: left, tried, at_channel: at, out_trail: outTrail, message, outcome }));
	const given = tx.dialect.rows(rows, {
		id: 'text', enrollment: 'integer', profile: 'integer', left_channels: 'json', tried: 'json', at_channel: 'text', out_trail: 'text', message: 'text', outcome: 'text',
	}, 'r');
	const now = sql`cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)})`;
	await tx.run(sql`insert into channel_choice (id, enrollment, profile, workflow, step, left_channels, tried, at_channel, out_trail, message, outcome, chosen_at, changed_at)
		select r.id, r.enrollment, r.profile, ${step.workflow}, ${step.step}, r.left_channels, r.tried, r.at_channel, r.out_trail, r.message, r.outcome, ${now}, ${now} from ${given} where true
		on conflict (id) do update set left_channels = excluded.left_channels, tried = excluded.tried, at_channel = excluded.at_channel, out_trail = excluded.out_trail,
			message = excluded.message, outcome = excluded.outcome, changed_at = excluded.changed_at`);
}
