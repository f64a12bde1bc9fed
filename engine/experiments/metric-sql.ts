import { sql, type RawBuilder } from 'kysely';

import { eventMatchSql, messageEvent, messageEvents } from '../events';
import type { Dialect } from '../store';
import type { ExperimentMetric } from './types';

/**
 * Whether the row `a` of `assignment` converted: from its assignment on, within its window (`windowMs` is that of variants). What was before the path was chosen is no work of
 * the path: no earlier message, and no event of the very instant (the one that let the person in).
 */
export function convertedSql(dialect: Dialect, metric: ExperimentMetric, windowMs: number): RawBuilder<boolean> {
	switch (metric.kind) {
		case 'goal': return sql<boolean>`exists (select 1 from goal g where g.enrollment = a.enrollment and g.name = ${metric.goal.trim()} and g.reached_at >= a.assigned_at and g.reached_at <= a.matures_at)`;
		case 'message': {
			const at = sql.ref(`m.${metric.happened}_at`);
			return sql<boolean>`exists (select 1 from message m where m.profile = a.profile and m.enrollment = a.enrollment and m.reserved_at >= a.assigned_at and ${at} <= a.matures_at
				${metric.step === undefined ? sql`` : sql`and m.workflow = a.workflow and m.step = ${metric.step}`})`;
		}
		case 'event': return sql<boolean>`exists (select 1 from event ev where ev.profile = a.profile and ev.occurred_at > a.assigned_at and ev.occurred_at <= a.matures_at and ev.historical < 2
			and (ev.enrollment is null or ev.enrollment = a.enrollment) and ${eventMatchSql(dialect, metric.match, 'ev')})`;
		case 'own': return sql<boolean>`exists (select 1 from message m where m.id = a.message and ${ownSql(dialect, metric, windowMs)})`;
	}
}

/** Of variants the window begins when the message leaves; one that was held longer than others has the same time. */
function ownSql(dialect: Dialect, { happened, goal = '' }: Extract<ExperimentMetric, { kind: 'own' }>, windowMs: number): RawBuilder<boolean> {
	const within = (at: RawBuilder<unknown>) => sql<boolean>`(${at} >= m.attempted_at and ${at} <= m.attempted_at + ${Math.round(windowMs)})`;
	switch (happened) {
		case 'opened': case 'clicked': case 'delivered': return within(sql.ref(`m.${happened}_at`));
		case 'replied': return sql<boolean>`exists (select 1 from event ev where ev.profile = a.profile and ${dialect.anyOf(sql.ref('ev.name'), messageEvents('replied'))} and ${within(sql.ref('ev.occurred_at'))}
			and (ev.message = m.id or ${answersLast(dialect)}))`;
		case 'converted': return sql<boolean>`exists (select 1 from goal g where g.enrollment = m.enrollment and ${goal.trim() === '' ? sql`1 = 1` : sql`g.name = ${goal.trim()}`} and ${within(sql.ref('g.reached_at'))})`;
	}
}

/** Of an answer to which no message was found when it came (reports/newest.ts), such as one after more than a week: the last one before it that went there by the same service. */
function answersLast(dialect: Dialect): RawBuilder<boolean> {
	const named = ['sms', 'whatsapp', 'chat'].map((channel) => sql`(m.channel = ${channel} and ev.name = ${messageEvent(channel, 'replied')})`);
	return sql<boolean>`(ev.message is null and (${sql.join(named, sql` or `)}) and ${dialect.jsonText(sql.ref('ev.properties'), ['provider'])} = m.provider
		and not exists (select 1 from message later where later.profile = m.profile and later.channel = m.channel and later.provider = m.provider and later.attempted_at > m.attempted_at and later.attempted_at <= ev.occurred_at and later.state in ('sent', 'unknown')))`;
}

/** Of variants: whoever was kept back by a guard says nothing of them. */
export function leftSql(): RawBuilder<boolean> {
	return sql<boolean>`exists (select 1 from message m where m.id = a.message and m.state in ('sent', 'unknown'))`;
}

/** Of variants: their reader left the list by it, or complained. */
export function objectedSql(windowMs: number): RawBuilder<boolean> {
	const by = sql`m.attempted_at + ${Math.round(windowMs)}`;
	return sql<boolean>`exists (select 1 from message m where m.id = a.message and (m.unsubscribed_at <= ${by} or m.complained_at <= ${by}))`;
}
