import { sql, type RawBuilder } from 'kysely';

import { eventMatchSql } from '../events';
import type { Dialect } from '../store';
import type { ExperimentMetric } from './types';

/**
 * Whether the row `a` of `assignment` converted: from its assignment on, within its window. What was before the path was chosen is no work of
 * the path: no earlier message, and no event of the very instant (the one that let the person in).
 */
export function convertedSql(dialect: Dialect, metric: ExperimentMetric): RawBuilder<boolean> {
	switch (metric.kind) {
		case 'goal': return sql<boolean>`exists (select 1 from goal g where g.enrollment = a.enrollment and g.name = ${metric.goal.trim()} and g.reached_at >= a.assigned_at and g.reached_at <= a.matures_at)`;
		case 'message': {
			const at = sql.ref(`m.${metric.happened}_at`);
			return sql<boolean>`exists (select 1 from message m where m.profile = a.profile and m.enrollment = a.enrollment and m.reserved_at >= a.assigned_at and ${at} <= a.matures_at
				${metric.step === undefined ? sql`` : sql`and m.workflow = a.workflow and m.step = ${metric.step}`})`;
		}
		case 'event': return sql<boolean>`exists (select 1 from event ev where ev.profile = a.profile and ev.occurred_at > a.assigned_at and ev.occurred_at <= a.matures_at and ev.historical < 2
			and (ev.enrollment is null or ev.enrollment = a.enrollment) and ${eventMatchSql(dialect, metric.match, 'ev')})`;
	}
}
