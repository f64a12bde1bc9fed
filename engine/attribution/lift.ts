import { sql, type RawBuilder } from 'kysely';

import { rateInterval } from '../experiments';
import { EngineError, iso } from '../kernel';
import type { AttributionDeps } from './conversions';
import { convertingOf, refused, stretchOf } from './question';
import type { Converting, Stretch } from './reached';
import type { LiftArm, LiftQuery, LiftReport } from './types';
import { forEachSlice } from './walk';
import { amongSql } from './reached';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 90;
const DEFAULT_WITHIN = 7;
const MOST_WITHIN = 365;
const ALPHA = 0.05;

type Counts = Record<'treated' | 'heldOut', { people: number; converted: number }>;

/** Whether a journey makes people convert who otherwise would not have. See AttributionApi. */
export async function lift({ store, settings }: AttributionDeps, query: LiftQuery): Promise<LiftReport> {
	const converting = convertingOf(query.conversion, await settings.current());
	const { withinDays = DEFAULT_WITHIN } = query;
	if (!(Number.isFinite(withinDays) && withinDays > 0 && withinDays <= MOST_WITHIN)) throw refused(`must have a number of days above 0 and up to ${MOST_WITHIN} as "withinDays"`);
	const { journey, nowMs } = await store.read(async (reader) => ({
		nowMs: reader.nowMs,
		journey: await reader.first<{ id: string; name: string }>(sql<{ id: string; name: string }>`select j.id, j.name from journey j where j.workflow = ${query.workflow}
			${query.journey === undefined ? sql`` : sql`and (j.step = ${query.journey} or j.step in (select s.step from step s where s.workflow = ${query.workflow} and s.name = ${query.journey}))`} order by j.created_at, j.id limit 1`),
	}));
	if (journey === undefined) throw new EngineError('NOT_FOUND', 'The engine knows no such journey. Publish its workflow once, or check the workflow id.');
	const stretch = stretchOf(query, nowMs, DEFAULT_DAYS);
	const withinMs = Math.round(withinDays * DAY_MS);
	const counts: Counts = { treated: { people: 0, converted: 0 }, heldOut: { people: 0, converted: 0 } };
	let maturing = 0;
	await forEachSlice(store, async (slice) => {
		const rows = await store.read((reader) => reader.all<ArmRow>(armsSql(converting, journey.id, stretch, withinMs, nowMs, amongSql(slice))));
		for (const row of rows) {
			const arm = counts[Number(row.holdout) === 1 ? 'heldOut' : 'treated'];
			if (Number(row.matured) === 0) maturing += Number(row.people);
			else {
				arm.people += Number(row.people);
				arm.converted += Number(row.converted);
			}
		}
	});
	const [treated, heldOut] = [armOf(counts.treated, ALPHA), armOf(counts.heldOut, ALPHA)];
	return { journey: journey.name, since: iso(stretch.since) ?? '', until: iso(stretch.until) ?? '', withinDays, treated, heldOut, maturing, ...differenceOf(counts) };
}

interface ArmRow {
	holdout: number;
	matured: number;
	people: number;
	converted: number;
}

/** Each person's first entry of the time; who converts before the message could leave counts in both arms alike. What was taken back later has converted all the same. */
function armsSql(converting: Converting, journey: string, { since, until }: Stretch, withinMs: number, nowMs: number, among: RawBuilder<boolean>): RawBuilder<ArmRow> {
	const within = (time: RawBuilder<unknown>): RawBuilder<boolean> => sql<boolean>`${time} > e.entered_at and ${time} <= e.entered_at + ${sql.lit(withinMs)}`;
	const converted = converting.kind === 'goal'
		? sql`select 1 from goal g where g.profile = e.profile and g.workflow = ${converting.workflow} ${converting.goal === undefined ? sql`` : sql`and g.name = ${converting.goal}`} and ${within(sql`g.reached_at`)}`
		: sql`select 1 from event ev where ev.profile = e.profile and ev.name = ${converting.event} and ev.historical < 2 and ${within(sql`ev.occurred_at`)}`;
	return sql<ArmRow>`select e.holdout, case when e.entered_at + ${sql.lit(withinMs)} <= ${nowMs} then 1 else 0 end as matured, count(*) as people, sum(case when exists (${converted}) then 1 else 0 end) as converted
		from (select f.profile, f.entered_at, f.holdout, row_number() over (partition by f.profile order by f.entered_at, f.id) as nth from profile p cross join enrollment f
			where ${among} and f.profile = p.id and f.journey = ${journey} and f.entered_at >= ${since} and f.entered_at < ${until}) as e
		where e.nth = 1 group by e.holdout, 2`;
}

function armOf({ people, converted }: Counts['treated'], alpha: number): LiftArm {
	return { people, converted, rate: people === 0 ? null : converted / people, interval: rateInterval({ matured: people, conversions: converted }, alpha) };
}

/** Each rate is in its interval with all but half of alpha, so both are with all but alpha: then the difference lies between the farthest ends. */
function differenceOf(counts: Counts): Pick<LiftReport, 'difference' | 'incremental'> {
	const [treated, heldOut] = [armOf(counts.treated, ALPHA / 2), armOf(counts.heldOut, ALPHA / 2)];
	if (treated.rate === null || heldOut.rate === null) return { difference: null, incremental: null };
	const rate = treated.rate - heldOut.rate;
	const interval: [number, number] = [treated.interval[0] - heldOut.interval[1], treated.interval[1] - heldOut.interval[0]];
	return { difference: { rate, interval }, incremental: { people: rate * treated.people, interval: [interval[0] * treated.people, interval[1] * treated.people] } };
}
