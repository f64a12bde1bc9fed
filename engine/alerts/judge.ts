import { sql } from 'kysely';

import { fromJsonColumn, pauseIn, type JourneyConfig } from '../journeys';
import { ALERT_MEASURES } from '../settings';
import type { AlertMeasure, AlertSettings } from '../settings/types';
import type { Tx } from '../store';
import { openAlerts, raise, resolve, type Crossing } from './book';
import { DAY_HOURS, HOUR_MS, learn, LEARNED_HOURS, measure, type Measured, type Usual } from './measures';
import { hoursOf } from './tallies';

/** An alert is over when its number is this far below what it crossed, or it would come and go with each message. */
const OVER_BELOW = 0.8;

const NOTHING: Usual = { entries: null, complaints: null, bounces: null, failures: null, unsubscribes: null };

interface JourneyRow {
	id: string;
	workflow: string;
	step: string;
	name: string;
	paused_at: number | null;
	config: JourneyConfig | string;
}

type Rules = Omit<AlertSettings, 'stalledMinutes'>;

/** What each journey learned, for the hour in which it was worked out: the past changes once an hour. */
export class Learned {
	private readonly known = new Map<string, { hour: number; atLeast: number; usual: Usual }>();

	async of(tx: Tx, journeys: ReadonlyArray<{ id: string; rules: Rules }>): Promise<Map<string, Usual>> {
		const hour = Math.floor(tx.nowMs / HOUR_MS);
		const fresh = journeys.filter(({ id, rules }) => rules.learn && (this.known.get(id)?.hour !== hour || this.known.get(id)?.atLeast !== rules.atLeast));
		if (fresh.length > 0) {
			const hours = await hoursOf(tx, fresh.map(({ id }) => id), LEARNED_HOURS);
			for (const { id, rules: { atLeast } } of fresh) this.known.set(id, { hour, atLeast, usual: learn(hours.get(id) ?? new Map(), hour, atLeast) });
		}
		return new Map(journeys.map(({ id, rules }) => [id, rules.learn ? (this.known.get(id)?.usual ?? NOTHING) : NOTHING]));
	}
}

/** Raises and resolves what these journeys' numbers say, and pauses those that brake themselves, all in the caller's transaction. */
export async function judge(tx: Tx, learned: Learned, settings: AlertSettings, ids: readonly string[]): Promise<void> {
	if (ids.length === 0) return;
	const rows = await tx.all<JourneyRow>(sql<JourneyRow>`select id, workflow, step, name, paused_at, config from journey where ${tx.dialect.anyOf(sql`id`, ids)} order by id`);
	const journeys = rows.map((row) => ({ ...row, rules: rulesOf(settings, fromJsonColumn<JourneyConfig>(row.config)) }));
	const usual = await learned.of(tx, journeys);
	const hours = await hoursOf(tx, journeys.map(({ id }) => id), DAY_HOURS + 1);
	const open = (await openAlerts(tx)).filter(({ journey, kind }) => journey !== null && isMeasure(kind));
	const hour = Math.floor(tx.nowMs / HOUR_MS);
	const crossings: Crossing[] = [];
	for (const journey of journeys) {
		const numbers = measure(hours.get(journey.id) ?? new Map(), hour, journey.rules.atLeast);
		for (const name of ALERT_MEASURES) {
			const bounds = { limit: journey.rules.limits[name] > 0 ? journey.rules.limits[name] : null, usual: usual.get(journey.id)?.[name] ?? null };
			const before = open.find((alert) => alert.kind === name && alert.journey === journey.id);
			if (before === undefined && isOver(numbers[name], bounds)) crossings.push(crossing(journey, name, numbers[name], bounds));
			else if (before !== undefined && isPast(numbers[name], bounds)) await resolve(tx, [before]);
		}
	}
	const raised = await raise(tx, crossings);
	for (const journey of journeys) {
		const why = raised.filter(({ journeyId, facts }) => journeyId === journey.id && facts.paused && journey.paused_at === null);
		if (why.length > 0) await pauseIn(tx, [journey], why.map(({ facts }) => facts.reason).join(' '), 'alert');
	}
}

export function isMeasure(kind: string): kind is AlertMeasure {
	return ALERT_MEASURES.some((name) => name === kind);
}

function rulesOf({ limits, atLeast, learn: learning, brake }: AlertSettings, { alerts = {} }: JourneyConfig): Rules {
	return { limits: { ...limits, ...alerts.limits }, atLeast: alerts.atLeast ?? atLeast, learn: alerts.learn ?? learning, brake: alerts.brake ?? brake };
}

interface Bounds {
	limit: number | null;
	usual: number | null;
}

function isOver({ number, enough }: Measured, { limit, usual }: Bounds): boolean {
	return enough && ((limit !== null && number > limit) || (usual !== null && number > usual));
}

function isPast({ number, enough }: Measured, { limit, usual }: Bounds): boolean {
	return !enough || ((limit === null || number <= limit * OVER_BELOW) && (usual === null || number <= usual * OVER_BELOW));
}

function crossing(journey: JourneyRow & { rules: Rules }, name: AlertMeasure, { number, of }: Measured, bounds: Bounds): Crossing {
	const paused = journey.rules.brake.includes(name);
	const { workflow, step } = journey;
	return {
		kind: name, about: journey.id, journeyId: journey.id, number,
		facts: { journey: { name: journey.name, workflow, step }, step: null, reason: sentence(journey, name, { number, of }, bounds, paused), of, ...bounds, paused },
	};
}

const WHAT: Readonly<Record<AlertMeasure, (number: string, of: string) => string>> = {
	entries: (number) => `${number} people entered within an hour`,
	complaints: (number, of) => `${number} % of ${of} messages of the last 24 hours were marked as spam`,
	bounces: (number, of) => `${number} % of ${of} messages of the last 24 hours bounced`,
	failures: (number, of) => `${number} % of ${of} messages and people of the last 24 hours failed or are held`,
	unsubscribes: (number, of) => `after ${number} % of ${of} messages of the last 24 hours somebody unsubscribed`,
};

function sentence({ name, paused_at: pausedAt }: JourneyRow, kind: AlertMeasure, { number, of }: Pick<Measured, 'number' | 'of'>, { limit, usual }: Bounds, paused: boolean): string {
	const crossed = limit !== null && number > limit ? `the limit is ${rounded(limit)}` : `up to ${rounded(usual ?? 0)} is usual for it`;
	const end = pausedAt !== null ? 'It was paused already.'
		: paused ? 'It paused itself: nobody in it goes on or is sent anything. Look at what it sends and to whom, then let it go on with Journey Control: Resume.'
			: 'It goes on. Look at what it does, and pause it with Journey Control: Pause if need be.';
	return `"${name.slice(0, 100)}": ${WHAT[kind](rounded(number), String(of))}; ${crossed}. ${end}`;
}

function rounded(number: number): string {
	return String(Math.round(number * 100) / 100);
}
