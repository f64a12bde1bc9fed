import { sql } from 'kysely';

import type { IngestReport } from '../events/types';
import { randomId, type Log, type Random } from '../kernel';
import type { Store, Tx } from '../store';
import { eventOf, nameOf, type Accepted } from './collected';
import type { Delivery } from './intake';
import type { NextEvents } from './types';

/** As many as are kept in memory for a trigger that does not keep up (outbox.ts). */
const MOST_KEPT = 50_000;
const MOST_KEPT_BYTES = 64 * 1024 * 1024;

interface Row {
	id: number;
	profile: number;
	event: string;
	batch: string | null;
}

/** Whom an emitting trigger of another process wants to hear of. */
export interface Wanted {
	workflow: string;
	/** null: all. */
	names: readonly string[] | null;
}

/**
 * Accepted events on their way to a trigger that runs in another process: under queue mode a webhook process takes what the leading main process emits. Waiting ->
 * in a batch (handed to n8n under its key) -> deleted when that execution has ended. Written in the transaction that stores the events, so none is lost or
 * comes twice on this side; a batch whose process died is given again under the same key, by which n8n starts no second execution while it knows the first.
 */
export class Handover {
	/** Batches that this process has given and that have not ended. */
	private readonly given = new Map<string, Set<string>>();

	constructor(private readonly store: Store, private readonly random: Random, private readonly log: Log) {}

	/** Within the transaction that stored them. Of a person who repeats a message nothing comes again. */
	async putIn(tx: Tx, wanted: readonly Wanted[], { messages, source, bytes }: Delivery, report: IngestReport): Promise<void> {
		const repeated = new Set(report.repeated);
		const share = Math.round(bytes / messages.length);
		for (const { workflow, names } of wanted) {
			const rows = messages.flatMap((message, n) => {
				const profile = report.profiles[n] ?? null;
				if (profile === null || repeated.has(n) || !(names === null || names.includes(nameOf(message)))) return [];
				const { profileId: _profile, ...event } = eventOf(message, profile, source, tx.nowMs);
				return [{ profile, event: JSON.stringify(event), bytes: share }];
			});
			if (rows.length === 0) continue;
			const kept = await tx.first(sql<{ events: number; bytes: number | null }>`select count(*) as events, sum(bytes) as bytes from collected_event where workflow = ${workflow}`);
			if (Number(kept?.events ?? 0) + rows.length > MOST_KEPT || Number(kept?.bytes ?? 0) > MOST_KEPT_BYTES) {
				tx.afterCommit(() => this.log.warn('Events were stored, but do not come out of the collector trigger: its executions are slower than events arrive, or its process is down', { workflow, events: rows.length }));
				continue;
			}
			const int = sql.raw(tx.dialect.types.int);
			await tx.run(sql`insert into collected_event (workflow, profile, event, bytes, at) select ${workflow}, r.profile, r.event, r.bytes, cast(${tx.nowMs} as ${int})
				from ${tx.dialect.rows(rows, { profile: 'integer', event: 'text', bytes: 'integer' }, 'r')}`);
		}
	}

	/** The next batch, as nextEvents() gives it: one that a dead process left first. null: there is none, or it may wait for others still. */
	async take(workflow: string, { size, maxWaitMs }: NextEvents): Promise<{ events: Accepted[]; batch: string } | null> {
		const mine = this.given.get(workflow) ?? new Set();
		this.given.set(workflow, mine);
		const isDue = await this.store.read(async (reader) => {
			const waiting = await reader.first(sql<{ events: number; oldest: number | null }>`select count(*) as events, min(at) as oldest from (
				select at from collected_event where workflow = ${workflow} and batch is null order by id limit ${sql.lit(size)}) as next`);
			const left = await reader.all(sql<{ batch: string }>`select distinct batch from collected_event where workflow = ${workflow} and batch is not null`);
			if (left.some(({ batch }) => !mine.has(batch))) return true;
			return Number(waiting?.events ?? 0) >= size || (waiting?.oldest ?? null) !== null && reader.nowMs - Number(waiting?.oldest) >= maxWaitMs;
		});
		if (!isDue) return null;
		const fresh = randomId(this.random);
		const rows = await this.store.tx('collected-take', async (tx) => {
			const left = await tx.first(sql<{ batch: string }>`select batch from collected_event where workflow = ${workflow} and batch is not null
				and not (${tx.dialect.anyOf(sql.ref('batch'), [...mine])}) order by id limit 1`);
			if (left !== undefined) return await tx.all(sql<Row>`select id, profile, event, batch from collected_event where workflow = ${workflow} and batch = ${left.batch} order by id`);
			return await tx.all(sql<Row>`update collected_event set batch = ${fresh} where id in (select id from collected_event where workflow = ${workflow} and batch is null
				order by id limit ${sql.lit(size)} ${tx.dialect.skipLocked}) returning id, profile, event, batch`);
		});
		const batch = rows[0]?.batch ?? null;
		if (batch === null) return null;
		mine.add(batch);
		return { events: rows.sort((a, b) => a.id - b.id).map(collectedOf), batch };
	}

	/** The execution that got this batch has ended, however it ended: as with what comes from memory, it does not come again. */
	async done(workflow: string, batch: string): Promise<void> {
		await this.store.tx('collected-done', (tx) => tx.run(sql`delete from collected_event where workflow = ${workflow} and batch = ${batch}`));
		this.given.get(workflow)?.delete(batch);
	}

	/** The trigger left: whoever emits for it next takes up what was given and has not ended. */
	leave(workflow: string): void {
		this.given.delete(workflow);
	}

	/** Nobody emits for this workflow any more. */
	async forget(workflow: string): Promise<void> {
		this.leave(workflow);
		await this.store.tx('collected-forget', (tx) => tx.run(sql`delete from collected_event where workflow = ${workflow}`));
	}
}

function collectedOf({ profile, event: stored }: Row): Accepted {
	const { type, event, ...rest } = JSON.parse(stored) as Omit<Accepted, 'profileId'>;
	return { type, event, profileId: profile, ...rest };
}
