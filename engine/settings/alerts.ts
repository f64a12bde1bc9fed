import { EngineError, isJsonObject } from '../kernel';
import type { AlertMeasure, AlertSettings } from './types';

export const ALERT_MEASURES: readonly AlertMeasure[] = ['entries', 'complaints', 'bounces', 'failures', 'unsubscribes'];

/**
 * Complaints: Gmail and Yahoo ask senders to stay below 0.3 %. Bounces: from about 5 % on mail services look into an account or close it.
 * Failures only tell: whoever fails is held or goes on by Not Sent already, and a pause would also stop those for whom all is well. Opt-outs only
 * tell, since a mail to people who do not want it anyway may be meant to thin out a list. Entries have no limit that would fit every journey.
 */
export const DEFAULT_ALERTS: AlertSettings = {
	limits: { entries: 0, complaints: 0.3, bounces: 5, failures: 20, unsubscribes: 5 },
	atLeast: 50,
	learn: true,
	brake: ['complaints', 'bounces', 'entries'],
	stalledMinutes: 15,
};

const MOST = 1_000_000_000;

/** What is given, over the defaults. Throws BAD_INPUT. */
export function checkAlerts(value: unknown): AlertSettings {
	if (!isJsonObject(value)) refuse('must be an object such as {"limits": {"complaints": 0.1}, "brake": ["complaints"]}.');
	const unknown = Object.keys(value).find((key) => !Object.hasOwn(DEFAULT_ALERTS, key));
	if (unknown !== undefined) refuse(`has no "${unknown.slice(0, 40)}"; it may have ${Object.keys(DEFAULT_ALERTS).join(', ')}.`);
	const { stalledMinutes = DEFAULT_ALERTS.stalledMinutes, learn = DEFAULT_ALERTS.learn } = value;
	const { limits, atLeast, brake } = checkMeasures(value, refuse);
	if (typeof learn !== 'boolean') refuse('must have true or false as "learn".');
	return {
		limits: { ...DEFAULT_ALERTS.limits, ...limits }, atLeast: atLeast ?? DEFAULT_ALERTS.atLeast, learn, brake: brake ?? DEFAULT_ALERTS.brake,
		stalledMinutes: whole(stalledMinutes, 1, 1440, '"stalledMinutes"', refuse),
	};
}

type Refuse = (must: string) => never;

/** The part that a journey may have of its own; `refuse` is told what must be. */
export function checkMeasures(given: { limits?: unknown; atLeast?: unknown; brake?: unknown }, refuse: Refuse): { limits?: Partial<Record<AlertMeasure, number>>; atLeast?: number; brake?: AlertMeasure[] } {
	const { limits, atLeast, brake } = given;
	return {
		...(limits === undefined ? {} : { limits: limitsIn(limits, refuse) }),
		...(atLeast === undefined ? {} : { atLeast: whole(atLeast, 1, MOST, '"atLeast"', refuse) }),
		...(brake === undefined ? {} : { brake: Array.isArray(brake) ? [...new Set(brake.map((name) => measure(name, refuse)))] : refuse('must have a list as "brake", for example ["complaints", "bounces"].') }),
	};
}

function limitsIn(value: unknown, refuse: Refuse): Partial<Record<AlertMeasure, number>> {
	if (!isJsonObject(value)) refuse('must have an object as "limits", for example {"complaints": 0.1}.');
	return Object.fromEntries(Object.entries(value).map(([name, limit]) => {
		const known = measure(name, refuse);
		const most = known === 'entries' ? MOST : 100;
		if (typeof limit !== 'number' || !(limit >= 0 && limit <= most)) refuse(`must have a number from 0 to ${most} as the limit of ${known}${known === 'entries' ? ' (people an hour)' : ' (percent)'}; 0 is no limit.`);
		return [known, limit];
	}));
}

function measure(name: unknown, refuse: Refuse): AlertMeasure {
	return ALERT_MEASURES.find((known) => known === name) ?? refuse(`names a measure that there is not; use ${ALERT_MEASURES.join(', ')}.`);
}

function whole(value: unknown, from: number, to: number, what: string, refuse: Refuse): number {
	if (typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to) return value;
	return refuse(`must have a whole number from ${from} to ${to} as ${what}.`);
}

function refuse(must: string): never {
	throw new EngineError('BAD_INPUT', `Setting "alerts" ${must}`, { setting: 'alerts' });
}
