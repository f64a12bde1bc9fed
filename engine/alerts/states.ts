import { sql } from 'kysely';

import { shortPools } from '../coupons';
import { leaderBeatSql } from '../journeys';
import type { StopSwitch } from '../settings';
import type { Tx } from '../store';
import type { Crossing, Facts } from './book';
import { stillSteps, type StillStep } from './still';

/** A leader beats every 20 s. */
const LEADER_PAUSE_MS = 90_000;

interface JourneyState {
	id: string;
	workflow: string;
	step: string;
	name: string;
	paused_at: number | null;
	paused_reason: string | null;
	capped_at: number | null;
}

/**
 * Everything that is wrong now and is no number of the last hours. stalledJudged: whether people who do not move could be looked for; while no process that runs
 * triggers is up, or it has just come up, they stand still for that reason.
 */
export async function states(tx: Tx, stop: StopSwitch, stalledMs: number): Promise<{ crossings: Crossing[]; stalledJudged: boolean }> {
	const journeys = await tx.all<JourneyState>(sql<JourneyState>`select j.id, j.workflow, j.step, j.name, j.paused_at, j.paused_reason, g.capped_at
		from journey j left join journey_gate g on g.journey = j.id order by j.id`);
	const beat = await tx.first<{ at: number }>(sql<{ at: number }>`select ${leaderBeatSql} as at`);
	const stalledJudged = Number(beat?.at ?? 0) > tx.nowMs - LEADER_PAUSE_MS;
	return {
		stalledJudged,
		crossings: [
			...(await heldPeople(tx, journeys)), ...(await refusedAccounts(tx, journeys)), ...cappedJourneys(journeys), ...stoppedSending(stop), ...(await lowPools(tx)),
			...(await stillSteps(tx, { stalledMs, leaderIsUp: stalledJudged })).map((step) => stalled(step, journeys)),
		],
	};
}

async function heldPeople(tx: Tx, journeys: readonly JourneyState[]): Promise<Crossing[]> {
	const rows = await tx.all<{ journey: string; people: number }>(sql<{ journey: string; people: number }>`select journey, count(*) as people from token where state = 'held' group by journey`);
	return rows.flatMap(({ journey: id, people }) => {
		const journey = journeys.find((one) => one.id === id);
		if (journey === undefined) return [];
		return [{ kind: 'held' as const, about: id, journeyId: id, number: Number(people), facts: facts(journey, null, `"${short(journey.name)}": ${people} ${Number(people) === 1 ? 'person is' : 'people are'} held after a failure and wait${Number(people) === 1 ? 's' : ''} for somebody to look. Journey Control: Get People says why; Retry Held lets them go on.`) }];
	});
}

async function refusedAccounts(tx: Tx, journeys: readonly JourneyState[]): Promise<Crossing[]> {
	const rows = await tx.all<{ workflow: string; step: string; name: string; refused_reason: string | null }>(sql<{ workflow: string; step: string; name: string; refused_reason: string | null }>`select workflow, step, name, refused_reason from step where refused_at is not null order by workflow, step`);
	return rows.map(({ workflow, step, name, refused_reason: said }) => ({
		kind: 'account' as const, about: JSON.stringify([workflow, step]), journeyId: null, number: null,
		facts: facts(journeys.find((one) => one.workflow === workflow) ?? null, name, `The account that "${short(name)}" sends with is refused or cannot be reached: ${said ?? 'no reason was given'}. Nobody is lost: messages wait and are tried again. Check the credential.`),
	}));
}

function cappedJourneys(journeys: readonly JourneyState[]): Crossing[] {
	return journeys.filter(({ capped_at: capped, paused_at: at }) => capped !== null && at !== null).map((journey) => ({
		kind: 'entryCap' as const, about: journey.id, journeyId: journey.id, number: null, facts: { ...facts(journey, null, journey.paused_reason ?? 'More people entered than its entry cap allows.'), paused: true },
	}));
}

function stoppedSending({ stopped, reason }: StopSwitch): Crossing[] {
	if (!stopped) return [];
	return [{ kind: 'sendingStopped', about: '', journeyId: null, number: null, facts: facts(null, null, `All sending is stopped: ${reason ?? 'no reason was given'} Messages wait until somebody uses Journey Control: Resume Sending.`) }];
}

async function lowPools(tx: Tx): Promise<Crossing[]> {
	return (await shortPools(tx)).map(({ pool, left, limit, reason }) => ({ kind: 'couponsLow' as const, about: String(pool), journeyId: null, number: left, facts: { ...facts(null, null, reason), limit } }));
}

function stalled({ workflow, step, name, dueSinceMs, isServed, minutes }: StillStep, journeys: readonly JourneyState[]): Crossing {
	const journey = journeys.find((one) => one.workflow === workflow && one.step === step) ?? journeys.find((one) => one.workflow === workflow) ?? null;
	const why = isServed ? 'The workflow is published, but its executions do not come to an end or do not start: look at n8n\'s executions and workers.' : 'No published workflow serves this step: publish the workflow, or let its people go on elsewhere with Journey Control: Move.';
	return {
		kind: 'stalled', about: JSON.stringify([workflow, step]), journeyId: null, number: null,
		facts: facts(journey, name, `People at "${short(name)}" have been due since ${new Date(dueSinceMs).toISOString()} and nobody has moved for ${minutes} minutes. ${why}`),
	};
}

function facts(journey: JourneyState | null, step: string | null, reason: string): Facts {
	return {
		journey: journey === null ? null : { name: journey.name, workflow: journey.workflow, step: journey.step },
		step, reason, of: null, usual: null, limit: null, paused: false,
	};
}

function short(name: string): string {
	return name.slice(0, 100);
}
