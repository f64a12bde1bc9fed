import { sql } from 'kysely';

import { fromJsonColumn } from '../../journeys';
import { iso, type JsonValue } from '../../kernel';
import type { Merge, PersonKeeper } from '../../profiles';
import type { Reader, Tx } from '../../store';
import type { Tried } from './choices';

/** By which channels people were to be reached, and why not by others. */
export const bestChannelKeeper: PersonKeeper = {
	name: 'best channel',
	tables: ['channel_choice'],
	merge: async (tx, merge) => (await mergeAll(tx, [merge]))[0] ?? [],
	mergeAll,
	unmerge: async (tx, { into, from }, undo) => {
		const ids = undo as string[];
		if (ids.length > 0) await tx.run(sql`update channel_choice set profile = ${from} where ${tx.dialect.anyOf(sql`id`, ids)} and profile = ${into}`);
	},
	export: exportChoices,
	eraseAll: async (tx, profiles) => {
		await tx.run(sql`delete from channel_choice where ${tx.dialect.anyOf(sql`profile`, profiles)}`);
	},
};

async function mergeAll(tx: Tx, merges: readonly Merge[]): Promise<JsonValue[]> {
	const moved = await tx.all(sql<{ id: string; profile: number }>`select id, profile from channel_choice where ${tx.dialect.anyOf(sql`profile`, merges.map(({ from }) => from))} order by id`);
	if (moved.length > 0) {
		const pairs = tx.dialect.rows(merges.map(({ into, from }) => ({ into, from })), { into: 'integer', from: 'integer' }, 'm');
		await tx.run(sql`update channel_choice set profile = m."into" from ${pairs} where channel_choice.profile = m."from"`);
	}
	return merges.map(({ from }) => moved.filter(({ profile }) => Number(profile) === from).map(({ id }) => id));
}

interface Row {
	enrollment: number;
	workflow: string;
	step: string;
	left_channels: string[] | string;
	tried: Tried[] | string;
	at_channel: string | null;
	message: string | null;
	outcome: string | null;
	chosen_at: number;
	changed_at: number;
}

async function exportChoices(reader: Reader, profile: number): Promise<JsonValue> {
	const rows = await reader.all<Row>(sql<Row>`select enrollment, workflow, step, left_channels, tried, at_channel, message, outcome, chosen_at, changed_at from channel_choice where profile = ${profile} order by chosen_at, id`);
	return rows.map((row) => ({
		enrollment: Number(row.enrollment), workflow: row.workflow, step: row.step, channel: row.at_channel, message: row.message, outcome: row.outcome, stillToTry: fromJsonColumn<string[]>(row.left_channels),
		passedOver: fromJsonColumn<Tried[]>(row.tried).map(({ channel, reason }) => ({ channel, reason })), chosenAt: iso(Number(row.chosen_at)), changedAt: iso(Number(row.changed_at)),
	}));
}
