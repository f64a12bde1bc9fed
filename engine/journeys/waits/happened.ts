import { sql, type RawBuilder } from 'kysely';

import type { Reader } from '../../store';
import { CLICKED, isByPerson, OPENED, REPLIED } from '../engagement';
import type { Happening } from './check';

/** Who clicks or replies has opened, whether or not the mail program showed pictures. */
const TOLD_BY = { opened: [...OPENED, ...CLICKED, ...REPLIED], clicked: CLICKED, replied: REPLIED } as const;

/** Whether something that changed at this time (SQL, milliseconds) counts. */
export type Counts = (at: RawBuilder<unknown>) => RawBuilder<boolean>;

export function since(instant: RawBuilder<unknown>): Counts {
	return (at) => sql<boolean>`${at} >= ${instant}`;
}

/**
 * Whether what a row of `token` awaits is so, or has happened at a time that counts: one meaning for the look back of a park, for what
 * happens while somebody waits, and after two people became one.
 */
export function happenedSql(reader: Reader, happening: Happening, counts: Counts): RawBuilder<boolean> {
	const changed = sql<boolean>`${happenedAtSql(reader, happening, counts)} is not null`;
	return happening.already ? sql<boolean>`(${isSoSql(reader, happening)} or ${changed})` : changed;
}

function isSoSql({ dialect }: Reader, happening: Happening): RawBuilder<boolean> {
	if (happening.kind === 'segment') {
		const inside = sql<boolean>`exists (select 1 from segment_member m where m.segment = ${happening.segment} and m.profile = token.profile)`;
		return happening.change === 'entered' ? inside : sql<boolean>`not ${inside}`;
	}
	if (happening.kind === 'consent') {
		return sql<boolean>`exists (select 1 from consent c where c.profile = token.profile and c.channel = ${happening.channel} and ${topicSql('c', happening)} and c.state = ${happening.state})`;
	}
	const message = (condition: RawBuilder<unknown>) => sql<boolean>`exists (select 1 from message m where m.id = token.awaits_key and ${condition})`;
	if (happening.happened === 'delivered') return message(sql`m.bounced_at is null and (m.delivered_at is not null or ${takenBySmtp})`);
	if (happening.happened === 'reported') return message(reported);
	if (happening.happened === 'clicked') return message(sql`m.clicked_at is not null`);
	if (happening.happened === 'replied') return message(sql`m.replied_at is not null`);
	return sql<boolean>`(${message(sql`(m.clicked_at is not null or m.replied_at is not null)`)} or exists (select 1 ${engagedSql(dialect, OPENED)}))`;
}

/** When it first happened at a time that counts; null: it has not. */
export function happenedAtSql({ dialect }: Reader, happening: Happening, counts: Counts): RawBuilder<number | null> {
	if (happening.kind === 'segment') {
		return sql<number | null>`(select min(c.at) from segment_change c where c.profile = token.profile and c.segment = ${happening.segment} and c.change = ${happening.change} and ${counts(sql`c.at`)})`;
	}
	if (happening.kind === 'consent') {
		return sql<number | null>`(select min(c.at) from consent_history c where c.profile = token.profile and c.kind = 'consent' and c.channel = ${happening.channel} and ${topicSql('c', happening)}
			and c.state = ${happening.state} and coalesce(c.previous, 'none') <> c.state and ${counts(sql`c.at`)})`;
	}
	if (happening.happened === 'delivered') {
		return sql<number | null>`(select case when ${counts(sql`m.delivered_at`)} then m.delivered_at when ${takenBySmtp} and ${counts(sql`m.ended_at`)} then m.ended_at end
			from message m where m.id = token.awaits_key and m.bounced_at is null)`;
	}
	if (happening.happened === 'reported') {
		const at = sql`coalesce(m.bounced_at, m.delivered_at, m.opened_at, m.clicked_at, m.complained_at, m.replied_at, m.auto_replied_at, m.ended_at)`;
		return sql<number | null>`(select ${at} from message m where m.id = token.awaits_key and ${reported} and ${counts(at)})`;
	}
	return sql<number | null>`(select min(ev.received_at) ${engagedSql(dialect, TOLD_BY[happening.happened])} and ${counts(sql`ev.received_at`)})`;
}

/** A "no" to the channel as a whole is one to each topic; a "yes" to it is none to a topic that was never said yes to. */
function topicSql(alias: string, { topic, state }: Extract<Happening, { kind: 'consent' }>): RawBuilder<boolean> {
	const column = sql.ref(`${alias}.topic`);
	return state === 'unsubscribed' ? sql<boolean>`${column} in ('', ${topic})` : sql<boolean>`${column} = ${topic}`;
}

/** SMTP says nothing after that; other providers report the delivery itself. */
const takenBySmtp = sql<boolean>`(m.state = 'sent' and m.provider = 'smtp')`;

/** A scanner's look tells as well that it is there. */
const reported = sql<boolean>`(m.bounced_at is not null or m.delivered_at is not null or m.opened_at is not null or m.clicked_at is not null or m.complained_at is not null
	or m.replied_at is not null or m.auto_replied_at is not null or m.machine_opens + m.machine_clicks > 0 or m.state in ('failed', 'skipped'))`;

/** By events, since the ledger's times are those of machines too, and of the first only. */
function engagedSql(dialect: Reader['dialect'], names: readonly string[]): RawBuilder<unknown> {
	return sql`from event ev where ev.profile = token.profile and ${dialect.anyOf(sql`ev.name`, names)} and ev.message = token.awaits_key and ev.historical < 2 and ${isByPerson(dialect, 'ev')}`;
}
