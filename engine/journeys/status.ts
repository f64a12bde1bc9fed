import { sql } from 'kysely';

import { millionthsText } from '../kernel';
import type { Settings } from '../settings';
import type { Reader, Store } from '../store';
import { stepKey, timesInSteps } from './control/step-time';
import { placesOf, wakePlaces } from './place';
import { journeyId, leaderBeatSql, UNSERVED_AFTER_MS } from './serve';
import { NEVER_MS } from './trail';
import type { JourneyStatus, PersonAtStep, StepStatus } from './types';
import { fromJsonColumn } from './watch';

/** Numbers per journey and step, now. */
export async function status(store: Store, settings: Settings, filter: { workflow?: string } = {}): Promise<JourneyStatus[]> {
	return await store.read(async (reader) => {
		const mine = (column: string) => (filter.workflow === undefined ? sql<boolean>`1 = 1` : sql<boolean>`${sql.ref(column)} = ${filter.workflow}`);
		const journeys = await reader.all<JourneyRow>(sql<JourneyRow>`select id, workflow, name, paused_at, paused_reason from journey where ${mine('workflow')} order by name, workflow, step`);
		const enrollments = await reader.all<{ journey: string; state: string; end_reason: string | null; people: number }>(
			sql<{ journey: string; state: string; end_reason: string | null; people: number }>`select journey, state, end_reason, count(*) as people from enrollment where ${mine('workflow')} group by journey, state, end_reason`,
		);
		const goals = await reader.all<{ journey: string; name: string; currency: string | null; people: number; value: string | null }>(
			sql<{ journey: string; name: string; currency: string | null; people: number; value: string | null }>`select journey, name, currency, count(*) as people,
				${reader.dialect.sumDecimals(sql`value`)} as value from goal where ${mine('workflow')} group by journey, name, currency order by name`,
		);
		const tests = await reader.all<{ journey: string; people: number }>(sql<{ journey: string; people: number }>`select e.journey, count(*) as people from profile p join enrollment e on e.profile = p.id
			where p.is_test = 1 and ${mine('e.workflow')} group by e.journey`);
		const steps = await stepStatus(reader, filter);
		const { stopped } = await settings.stopSwitch(reader);
		return journeys.map((journey) => {
			const own = enrollments.filter((row) => row.journey === journey.id);
			const count = (state: string) => own.filter((row) => row.state === state).reduce((sum, row) => sum + Number(row.people), 0);
			return {
				workflow: journey.workflow,
				name: journey.name,
				entered: own.reduce((sum, row) => sum + Number(row.people), 0),
				tests: Number(tests.find((row) => row.journey === journey.id)?.people ?? 0),
				active: count('active'),
				completed: count('completed'),
				exited: Object.fromEntries(own.filter((row) => row.state === 'exited').map((row) => [row.end_reason ?? '', Number(row.people)])),
				goals: goals.filter((row) => row.journey === journey.id).map((row) => ({ name: row.name, count: Number(row.people), value: row.value ?? '0', currency: row.currency })),
				steps: steps.filter((step) => step.workflow === journey.workflow),
				sendingStopped: stopped,
				paused: journey.paused_at === null ? null : { since: new Date(journey.paused_at).toISOString(), reason: journey.paused_reason ?? '' },
			};
		});
	});
}

interface JourneyRow {
	id: string;
	workflow: string;
	name: string;
	paused_at: number | null;
	paused_reason: string | null;
}

interface StepCounts {
	workflow: string;
	step: string;
	name: string;
	type: string;
	problem: string | null;
	waiting: number;
	due: number;
	held: number;
	away: number;
	stranded: number;
	held_reason: string | null;
	reason: string | null;
}

async function stepStatus(reader: Reader, filter: { workflow?: string }): Promise<StepStatus[]> {
	const mine = (column: string) => (filter.workflow === undefined ? sql<boolean>`1 = 1` : sql<boolean>`${sql.ref(column)} = ${filter.workflow}`);
	const steps = await reader.all<StepCounts>(sql<StepCounts>`select s.workflow, s.step, s.name, s.type, s.problem,
			coalesce(sum(case when t.state = 'parked' and t.due_at > ${reader.nowMs} then 1 else 0 end), 0) as waiting,
			coalesce(sum(case when (t.state = 'parked' and t.due_at <= ${reader.nowMs}) or t.state = 'claimed' then 1 else 0 end), 0) as due,
			coalesce(sum(case when t.state = 'held' then 1 else 0 end), 0) as held,
			coalesce(sum(case when t.state = 'away' then 1 else 0 end), 0) as away,
			coalesce(sum(case when t.state = 'parked' and ${leaderBeatSql} - coalesce(s.beat_at, 0) > ${UNSERVED_AFTER_MS} then 1 else 0 end), 0) as stranded,
			max(case when t.state = 'held' then t.reason end) as held_reason, max(t.reason) as reason
		from step s left join token t on t.place = s.place where ${mine('s.workflow')}
		group by s.workflow, s.step, s.name, s.type, s.problem order by s.workflow, s.name`);
	const passages = await reader.all<{ workflow: string; step: string; output: string; people: number }>(
		sql<{ workflow: string; step: string; output: string; people: number }>`select workflow, step, output, people from passage where ${mine('workflow')} order by output`,
	);
	const messages = await reader.all<LedgerLine>(sql<LedgerLine>`select workflow, step, state, case when state in ('skipped', 'deferred') then guard end as guard,
			count(*) as people, count(opened_at) as opened, count(clicked_at) as clicked, sum(case when machine_opens > 0 then 1 else 0 end) as machine_opened, sum(case when machine_clicks > 0 then 1 else 0 end) as machine_clicked, count(delivered_at) as delivered, count(bounced_at) as bounced, count(complained_at) as complained, count(replied_at) as replied, count(auto_replied_at) as auto_replied, count(unsubscribed_at) as unsubscribed, sum(segments) as segments, cast(sum(cost) as text) as cost
		from message where ${mine('workflow')} and purpose <> 'test' group by workflow, step, state, 4`);
	const entries = await reader.all<{ journey: string; people: number }>(sql<{ journey: string; people: number }>`select journey, count(*) as people from enrollment where ${mine('workflow')} group by journey`);
	const enteredBy = new Map(entries.map((line) => [line.journey, Number(line.people)]));
	const times = await timesInSteps(reader, filter);
	return steps.map((row) => {
		const here = (other: { workflow: string; step: string }) => other.workflow === row.workflow && other.step === row.step;
		const ledger = messages.filter(here);
		const total = (pick: (line: (typeof ledger)[number]) => number) => ledger.reduce((sum, line) => sum + Number(pick(line)), 0);
		const state = (name: string) => total((line) => (line.state === name ? line.people : 0));
		const passed = Object.fromEntries(passages.filter(here).map((line) => [line.output, Number(line.people)]));
		return {
			workflow: row.workflow, step: row.step, name: row.name, type: row.type,
			// Who waits here is counted when they come, a message when it is reserved, anybody else when they pass.
			entered: row.type === 'trigger' ? (enteredBy.get(journeyId(row)) ?? 0) : (passed.entered ?? (ledger.length > 0 ? total((line) => line.people) : Object.values(passed).reduce((sum, people) => sum + people, 0))),
			timeInStep: times.get(stepKey(row)) ?? null,
			waiting: Number(row.waiting), due: Number(row.due), held: Number(row.held), away: Number(row.away), stranded: Number(row.stranded),
			passed,
			...(ledger.length === 0 ? {} : {
				messages: {
					sent: state('sent'), skipped: state('skipped'), failed: state('failed'), unknown: state('unknown'), deferred: state('deferred'),
					opened: total((line) => line.opened), clicked: total((line) => line.clicked), machineOpened: total((line) => line.machine_opened), machineClicked: total((line) => line.machine_clicked),
					delivered: total((line) => line.delivered), bounced: total((line) => line.bounced), complained: total((line) => line.complained), replied: total((line) => line.replied), autoReplied: total((line) => line.auto_replied), unsubscribed: total((line) => line.unsubscribed),
					...billed(ledger),
				},
				guards: guardsOf(ledger),
			}),
			// A failure outranks what only waits for its time.
			problem: row.held_reason ?? row.problem ?? row.reason,
		};
	});
}

interface LedgerLine {
	workflow: string;
	step: string;
	state: string;
	guard: string | null;
	people: number;
	opened: number;
	clicked: number;
	machine_opened: number;
	machine_clicked: number;
	delivered: number;
	bounced: number;
	complained: number;
	replied: number;
	auto_replied: number;
	unsubscribed: number;
	segments: number | null;
	/** As text: millionths of a currency with small units are soon more than a number holds. */
	cost: string | null;
}

/** Of what left, or may have. */
function billed(ledger: readonly LedgerLine[]): { segments: number; cost: string | null } {
	const left = ledger.filter(({ state }) => state === 'sent' || state === 'unknown');
	const costs = left.flatMap(({ cost }) => (cost === null ? [] : [BigInt(cost)]));
	return { segments: left.reduce((sum, { segments }) => sum + Number(segments ?? 0), 0), cost: costs.length === 0 ? null : millionthsText(costs.reduce((sum, cost) => sum + cost, 0n)) };
}

function guardsOf(ledger: readonly LedgerLine[]): NonNullable<StepStatus['guards']> {
	const names = [...new Set(ledger.flatMap(({ guard }) => (guard === null ? [] : [guard])))].sort();
	const count = (guard: string, state: string) => Number(ledger.find((line) => line.guard === guard && line.state === state)?.people ?? 0);
	return names.map((guard) => ({ guard, skipped: count(guard, 'skipped'), deferred: count(guard, 'deferred') }));
}

interface PersonRow {
	profile: number;
	enrollment: number;
	step: string;
	name: string | null;
	state: string;
	parked_at: number;
	due_at: number;
	reason: string | null;
	attributes: PersonAtStep['attributes'] | string;
}

/** Who stands where, since when, due when. In profile order; a page starts after a profile. */
export async function people(store: Store, filter: { workflow: string; step?: string; limit?: number; afterProfile?: number }): Promise<PersonAtStep[]> {
	return await store.read(async (reader) => {
		const rows = await reader.all<PersonRow>(sql<PersonRow>`select t.profile, t.enrollment, s.step, s.name, t.state, t.parked_at, t.due_at, t.reason, p.attributes
			from token t left join profile p on p.id = t.profile join step s on s.place = t.place
			where t.place in ${placesOf(filter.workflow, filter.step)}
			and t.profile > ${filter.afterProfile ?? 0} order by t.profile, t.id limit ${filter.limit ?? 50}`);
		return rows.map((row) => ({
			profile: row.profile, enrollment: row.enrollment, step: row.step, stepName: row.name ?? row.step, state: row.state,
			since: new Date(row.parked_at).toISOString(), dueAt: row.due_at >= NEVER_MS ? null : new Date(row.due_at).toISOString(), reason: row.reason,
			attributes: fromJsonColumn(row.attributes),
		}));
	});
}

/** Held people go on, each alone, in a new epoch. */
export async function retryHeld(store: Store, filter: { workflow: string; step?: string }): Promise<{ retried: number }> {
	return await store.tx('retry-held', async (tx) => {
		const freed = await tx.all<{ place: string }>(sql<{ place: string }>`update token set state = 'parked', lone = 1, due_at = ${tx.nowMs}, failures = 0, reason = null
			where state = 'held' and place in ${placesOf(filter.workflow, filter.step)} returning place`);
		await wakePlaces(tx, freed);
		return { retried: freed.length };
	});
}
