import { sql, type RawBuilder } from 'kysely';

import type { Reader } from '../../store';
import type { Listening } from '../react';
import type { JourneyConfig, JourneyEntry } from '../types';
import { fromJsonColumn } from '../watch';

/** A journey that starts in this way. */
export type ListeningBy<Kind extends JourneyEntry['kind']> = Listening & { config: JourneyConfig & { entry: Extract<JourneyEntry, { kind: Kind }> } };

/** Journeys (alias j) by a condition, in order. */
export async function journeysWhere(reader: Reader, where: RawBuilder<unknown>): Promise<Listening[]> {
	const rows = await reader.all<Omit<Listening, 'config'> & { config: JourneyConfig | string }>(
		sql<Omit<Listening, 'config'> & { config: JourneyConfig | string }>`select j.id, j.workflow, j.step, j.entry_kind, j.entry_name, j.exit_name, j.beat_at, j.config from journey j where ${where} order by j.id`,
	);
	return rows.map((row) => ({ ...row, config: fromJsonColumn<JourneyConfig>(row.config) }));
}

export function startsBy<Kind extends JourneyEntry['kind']>(journey: Listening, kind: Kind): journey is ListeningBy<Kind> {
	return journey.config.entry.kind === kind;
}
