import { sql } from 'kysely';

import { fromJsonColumn } from '../journeys';
import { randomId, type Random } from '../kernel';
import type { Store, Tx } from '../store';
import { alertsBy } from './book';
import type { Alert, AlertFilter, AlertListener, AlertNews, HandedOut } from './types';

/*
 * News for a listener is a row: waiting -> handed out (nonce, lease) -> deleted when its execution has run | waiting again. One process at a time
 * has it. When that process dies the lease runs out and the news is handed out anew: at least once. An execution that is late, and finds its news in
 * other hands, drops it (`held`).
 */

const MOST_TRIES = 5;
const AGAIN_AFTER_MS = 30_000;
const BEAT_MS = 60_000;
const FORGET_MS = 7 * 86_400_000;

type News = AlertNews['news'];

export async function tellListeners(tx: Tx, alerts: readonly Alert[], news: News): Promise<void> {
	if (alerts.length === 0) return;
	const listeners = await tx.all<AlertListener & { filter: unknown }>(sql<AlertListener & { filter: unknown }>`select workflow, step, filter from alert_listener order by workflow, step`);
	const rows = listeners.flatMap(({ workflow, step, filter }) => {
		const wanted = fromJsonColumn<AlertFilter>(filter as AlertFilter | string);
		return alerts.filter((alert) => wants(wanted, alert, news)).map(({ id }) => ({ workflow, step, alert: id, news }));
	});
	if (rows.length === 0) return;
	await tx.run(sql`insert into alert_delivery (workflow, step, alert, news) select r.workflow, r.step, r.alert, r.news
		from ${tx.dialect.rows(rows, { workflow: 'text', step: 'text', alert: 'integer', news: 'text' }, 'r')} order by r.alert`);
}

function wants({ kinds, workflows, resolved }: AlertFilter, { kind, journey }: Alert, news: News): boolean {
	return (news === 'raised' || resolved) && (kinds.length === 0 || kinds.includes(kind)) && (workflows.length === 0 || journey === null || workflows.includes(journey.workflow));
}

export async function listen(store: Store, { workflow, step }: AlertListener, filter: AlertFilter): Promise<void> {
	await store.tx('listen-alerts', (tx) => tx.run(sql`insert into alert_listener (workflow, step, filter, beat_at) values (${workflow}, ${step}, ${tx.dialect.json(filter)}, ${tx.nowMs})
		on conflict (workflow, step) do update set filter = excluded.filter, beat_at = excluded.beat_at`));
}

export async function next(store: Store, random: Random, { workflow, step }: AlertListener, { leaseMs, limit = 50 }: { leaseMs: number; limit?: number }): Promise<HandedOut> {
	const nonce = randomId(random);
	const mine = sql`workflow = ${workflow} and step = ${step}`;
	// A look without a lock: mostly there is nothing, and everybody asks every second.
	const due = await store.read((reader) => reader.first(sql`select 1 as due from alert_listener where ${mine} and (beat_at < ${reader.nowMs - BEAT_MS}
		or exists (select 1 from alert_delivery d where d.workflow = ${workflow} and d.step = ${step} and d.lease_until <= ${reader.nowMs}))`));
	if (due === undefined) return { nonce, news: [] };
	return await store.tx('next-alerts', async (tx) => {
		await tx.run(sql`update alert_listener set beat_at = ${tx.nowMs} where ${mine}`);
		await tx.run(sql`delete from alert_delivery where ${mine} and lease_until <= ${tx.nowMs} and tries >= ${MOST_TRIES}`);
		const handed = await tx.all<{ id: number; alert: number; news: News }>(sql<{ id: number; alert: number; news: News }>`update alert_delivery set nonce = ${nonce}, lease_until = ${tx.nowMs + leaseMs}, tries = tries + 1
			where id in (select id from alert_delivery where ${mine} and lease_until <= ${tx.nowMs} order by id limit ${limit} ${tx.dialect.skipLocked}) returning id, alert, news`);
		const alerts = new Map((await alertsBy(tx, [...new Set(handed.map(({ alert }) => Number(alert)))])).map((alert) => [alert.id, alert]));
		const news = handed.sort((a, b) => Number(a.id) - Number(b.id)).flatMap(({ id, alert, news: what }) => {
			const found = alerts.get(Number(alert));
			return found === undefined ? [] : [{ delivery: Number(id), alert: { news: what, ...found } }];
		});
		return { nonce, news };
	});
}

export async function stillHeld(store: Store, nonce: string, deliveries: readonly number[]): Promise<number[]> {
	return await store.read(async (reader) => (await reader.all<{ id: number }>(sql<{ id: number }>`select id from alert_delivery where nonce = ${nonce} and ${reader.dialect.anyOf(sql`id`, deliveries)}`)).map(({ id }) => Number(id)));
}

export async function renew(store: Store, nonce: string, leaseMs: number): Promise<void> {
	await store.tx('renew-alerts', (tx) => tx.run(sql`update alert_delivery set lease_until = ${tx.nowMs + leaseMs} where nonce = ${nonce}`));
}

export async function settle(store: Store, nonce: string, told: boolean): Promise<void> {
	await store.tx('settle-alerts', (tx) => tx.run(told ? sql`delete from alert_delivery where nonce = ${nonce}` : sql`update alert_delivery set nonce = null, lease_until = ${tx.nowMs + AGAIN_AFTER_MS} where nonce = ${nonce}`));
}

/** n8n calls a trigger's close function on every shutdown, so only a long silence says that nobody listens any more. */
export async function forgetSilent(tx: Tx): Promise<void> {
	const gone = await tx.all<AlertListener>(sql<AlertListener>`delete from alert_listener where beat_at < ${tx.nowMs - FORGET_MS} returning workflow, step`);
	for (const { workflow, step } of gone) await tx.run(sql`delete from alert_delivery where workflow = ${workflow} and step = ${step}`);
}
