import { sql, type RawBuilder } from 'kysely';

import type { Dialect } from '../store';

/** The engine's own events of what people do with a message, by Segment's names. */
export const OPENED = 'Email Opened';
export const CLICKED = 'Email Link Clicked';

/** Whether an event of this alias tells of a person's look, not of a proxy's or a scanner's. */
export function isByPerson(dialect: Dialect, alias: string): RawBuilder<boolean> {
	return sql<boolean>`coalesce(${dialect.jsonText(sql.ref(`${alias}.properties`), ['machine'])}, 'false') not in ('true', '1')`;
}
