import { sql, type RawBuilder } from 'kysely';

import { messageEvents } from '../events';
import type { AttributionSettings } from '../settings';
import type { Reader } from '../store';
import type { Reached } from './reached';
import type { AttributionDimension } from './types';

/** By which columns of the ledger credits can be told apart. What the ledger gets later is one line here and a name in AttributionDimension; the compiler then names the rest. */
export const COLUMNS = {
	journey: ['workflow', 'journey'],
	step: ['workflow', 'step'],
	channel: ['channel'],
	topic: ['topic'],
	template: ['template'],
	variant: ['variant'],
} as const satisfies Record<Exclude<AttributionDimension, 'day'>, ReadonlyArray<keyof Touch>>;

/** A message that a person had, or did something with, before they converted. */
export interface Touch {
	/** Which of the conversions, by its place. */
	n: number;
	message: string;
	at: number;
	workflow: string;
	journey: string | null;
	step: string;
	channel: string;
	topic: string;
	template: number | null;
	variant: string | null;
}

const DAY_MS = 86_400_000;
const READ = [...new Set<string>(Object.values(COLUMNS).flat())].map((name) => sql.ref(`m.${name}`));

/**
 * The touches of these conversions, in the order of conversion and time; of the models that need but one, that one. One statement.
 *
 * Clicks and opens are read off their events, since the ledger knows only the first and the last, and a look at the mail after the order must not take the credit for it
 * away; and off the ledger as well, which outlives them (retention). A machine's are in neither: it clicks without an event, and its opens say so.
 */
export async function touchesOf(reader: Reader, conversions: readonly Reached[], rules: AttributionSettings): Promise<Touch[]> {
	if (conversions.length === 0) return [];
	const { dialect } = reader;
	const asked = conversions.map(({ profile, at }, n) => ({ n, profile, at }));
	const byId = dialect.name === 'postgres' ? sql`t.message collate "C"` : sql`t.message`;
	const order = sql`t.at, coalesce(m.attempted_at, m.reserved_at), ${byId}`;
	const wanted = rules.model === 'last' ? sql`where placed.place = placed.touches` : rules.model === 'first' ? sql`where placed.place = 1` : sql``;
	const rows = await reader.all<Touch>(sql<Touch>`with conv as (select c.n, c.profile, c.at from ${dialect.rows(asked, { n: 'integer', profile: 'integer', at: 'integer' }, 'c')}),
		seen as (${sql.join(sources(reader, rules), sql` union all `)}),
		touch as (select n, profile, message, max(at) as at from seen group by n, profile, message),
		placed as (select t.n, t.message, t.at, ${sql.join(READ)}, row_number() over (partition by t.n order by ${order}) as place, count(*) over (partition by t.n) as touches
			from touch t join message m on m.id = t.message and m.profile = t.profile where m.purpose ${rules.onlyMarketing ? sql`not in ('test', 'transactional')` : sql`<> 'test'`})
		select * from placed ${wanted} order by n, place`);
	return rows.map((row) => ({ ...row, n: Number(row.n), at: Number(row.at), template: row.template === null ? null : Number(row.template) }));
}

/** Each: n, profile, message, at. */
function sources(reader: Reader, { clickDays, openDays, sentDays }: AttributionSettings): Array<RawBuilder<unknown>> {
	const { dialect } = reader;
	const events = (news: 'clicked' | 'opened', days: number): RawBuilder<unknown> => sql`select c.n, c.profile, ev.message, ev.occurred_at as at from conv c cross join event ev
		where ev.profile = c.profile and ${dialect.anyOf(sql`ev.name`, messageEvents(news))} and ev.occurred_at <= c.at and ev.occurred_at >= c.at - ${windowSql(days)} and ev.message is not null
		${news === 'clicked' ? sql`` : sql`and coalesce(${dialect.jsonText(sql.ref('ev.properties'), ['machine'])}, 'false') not in ('true', '1')`}`;
	return [...(clickDays === 0 ? [] : [events('clicked', clickDays)]), ...(openDays === 0 ? [] : [events('opened', openDays)]), ledgerSql({ clickDays, openDays, sentDays })];
}

/** All that the ledger knows of a message in one look at its row. */
function ledgerSql({ clickDays, openDays, sentDays }: Pick<AttributionSettings, 'clickDays' | 'openDays' | 'sentDays'>): RawBuilder<unknown> {
	const all: Array<[RawBuilder<unknown>, number]> = [
		[sql`m.clicked_at`, clickDays], [sql`m.last_clicked_at`, clickDays], [sql`m.opened_at`, openDays], [sql`m.last_opened_at`, openDays],
		// A message on a page is sent when it begins to wait there: nobody has had it yet.
		[sql`case when m.state = 'sent' and m.bounced_at is null and m.channel <> 'onsite' then m.attempted_at end`, sentDays],
	];
	const times = all.filter(([, days]) => days > 0);
	const which = sql.join(times.map(([, days], k) => sql`select ${sql.lit(k)} as k, ${windowSql(days)} as most`), sql` union all `);
	return sql`select s.n, s.profile, s.message, s.at from (select c.n, c.profile, c.at as converted_at, m.id as message, w.most, case w.k ${sql.join(times.map(([time], k) => sql`when ${sql.lit(k)} then ${time}`), sql` `)} end as at
		from conv c cross join message m cross join (${which}) as w where m.profile = c.profile) as s where s.at <= s.converted_at and s.at >= s.converted_at - s.most`;
}

function windowSql(days: number): RawBuilder<unknown> {
	return sql.lit(Math.round(days * DAY_MS));
}
