import { sql, type RawBuilder } from 'kysely';

import { messageEvents } from '../events';
import type { Dialect } from '../store';

/** The engine's own events of what people do with a message, of every channel. */
export const OPENED = messageEvents('opened');
export const CLICKED = messageEvents('clicked');
/** Answers of machines have an event of their own. */
export const REPLIED = messageEvents('replied');

/** Whether an event of this alias tells of a person's look, not of a proxy's or a scanner's. */
export function isByPerson(dialect: Dialect, alias: string): RawBuilder<boolean> {
	return sql<boolean>`coalesce(${dialect.jsonText(sql.ref(`${alias}.properties`), ['machine'])}, 'false') not in ('true', '1')`;
}
