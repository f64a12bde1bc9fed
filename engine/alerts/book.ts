import { sql } from 'kysely';

import { iso } from '../kernel';
import { fromJsonColumn } from '../journeys';
import type { Reader, Tx } from '../store';
import { tellListeners } from './deliveries';
import type { Alert, AlertKind } from './types';

/*
 * An alert is open from the crossing until it is over; of a kind and what it is about there is one open alert (a unique index), so whoever finds the
 * same crossing a second time, in this process or another, writes nothing. Raised and resolved are told in the transaction that writes them.
 */

const KEEP_MS = 90 * 86_400_000;

export type Facts = Pick<Alert, 'journey' | 'step' | 'reason' | 'of' | 'usual' | 'limit' | 'paused'>;

export interface Crossing {
	kind: AlertKind;
	/** What is unique among the open alerts of a kind. */
	about: string;
	/** Id of the journey; null: all, or a step's. */
	journeyId: string | null;
	number: number | null;
	facts: Facts;
}

export interface OpenAlert {
	id: number;
	kind: AlertKind;
	about: string;
	journey: string | null;
}

interface AlertRow extends OpenAlert {
	facts: unknown;
	number: number | null;
	at: number;
	over_at: number | null;
}

export async function openAlerts(reader: Reader): Promise<OpenAlert[]> {
	return await reader.all<OpenAlert>(sql<OpenAlert>`select id, kind, about, journey from alert where over_at is null order by id`);
}

/** Writes those that are not open yet and tells the listeners; answers with them. */
export async function raise(tx: Tx, crossings: readonly Crossing[]): Promise<Crossing[]> {
	if (crossings.length === 0) return [];
	const rows = crossings.map(({ kind, about, journeyId, number, facts }) => ({ kind, about, journey: journeyId, number, facts }));
	const raised = await tx.all<{ id: number; kind: string; about: string }>(sql<{ id: number; kind: string; about: string }>`insert into alert (kind, about, journey, facts, number, at)
		select r.kind, r.about, r.journey, r.facts, r.number, ${tx.nowMs} from ${tx.dialect.rows(rows, { kind: 'text', about: 'text', journey: 'text', number: 'real', facts: 'json' }, 'r')} where 1 = 1
		on conflict (kind, about) where over_at is null do nothing returning id, kind, about`);
	await tellListeners(tx, await alertsBy(tx, raised.map(({ id }) => Number(id))), 'raised');
	return crossings.filter(({ kind, about }) => raised.some((row) => row.kind === kind && row.about === about));
}

export async function resolve(tx: Tx, alerts: readonly OpenAlert[]): Promise<void> {
	if (alerts.length === 0) return;
	const ids = alerts.map(({ id }) => Number(id));
	await tx.run(sql`update alert set over_at = ${tx.nowMs} where ${tx.dialect.anyOf(sql`id`, ids)} and over_at is null`);
	await tellListeners(tx, await alertsBy(tx, ids), 'resolved');
}

export async function alertsBy(reader: Reader, ids: readonly number[]): Promise<Alert[]> {
	if (ids.length === 0) return [];
	return (await reader.all<AlertRow>(sql<AlertRow>`select * from alert where ${reader.dialect.anyOf(sql`id`, ids)} order by id`)).map(view);
}

export async function listAlerts(reader: Reader, { open = false, limit = 100 }: { open?: boolean; limit?: number } = {}): Promise<Alert[]> {
	return (await reader.all<AlertRow>(sql<AlertRow>`select * from alert ${open ? sql`where over_at is null` : sql``} order by id desc limit ${limit}`)).map(view);
}

export async function forgetOld(tx: Tx): Promise<void> {
	await tx.run(sql`delete from alert where over_at < ${tx.nowMs - KEEP_MS}`);
}

function view({ id, kind, facts, number, at, over_at: overAt }: AlertRow): Alert {
	return { id: Number(id), kind, number, ...fromJsonColumn<Facts>(facts as Facts | string), at: iso(at), overAt: iso(overAt) };
}
