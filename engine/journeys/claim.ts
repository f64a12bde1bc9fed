import { sql, type RawBuilder } from 'kysely';

import { randomId, type JsonObject, type Random } from '../kernel';
import { lastEventNoSql } from '../profiles';
import type { Reader, Store, Tx } from '../store';
import { keepRunning, notPaused, runningAt, type Running } from './admission/pause';
import { stillAtGate } from './at-gate';
import { GRACE_MS } from './away';
import { deleteTokens, holdTokens, lockEnrollments } from './end';
import type { EntryData } from './entries/enter-with';
import { placeOf } from './place';
import { cameUpWithin } from './serve';
import { noteLeft, roomFor } from './throttles';
import { NEVER_MS } from './trail';
import type { Claim, ClaimedItem, JourneyConfig, StepRef } from './types';
import { fromJsonColumn } from './watch';

const LONE_FROM_EPOCH = 4;
const HELD_FROM_EPOCH = 10;

/**
 * PROTOCOL 4: one statement claims a batch: epoch + 1, a nonce, a lease; the first claim alone fixes since_no, leg_at and the outcome of a time (due, late, time-out).
 * since_no is where the leg begins: the entry event, the event that ended the wait, else what had happened by the claim.
 * What a dead process left behind goes first, then what is due, oldest first; a token that failed before comes alone. Of journeys that are
 * paused nobody is given out or taken over.
 */
export async function claim(store: Store, random: Random, step: StepRef, options: { limit: number; leaseMs: number }): Promise<Claim> {
	const nonce = randomId(random);
	const isThrottle = step.type === 'throttle';
	const { size, freeAtMs } = await store.tx('claim', async (tx): Promise<{ size: number; freeAtMs: number | null }> => {
		const journeys = await runningAt(tx, step);
		if (journeys.none) return { size: 0, freeAtMs: null };
		const left = await takeOver(tx, step, journeys, options.limit);
		const due = left.length > 0 ? left : await dueTokens(tx, step, journeys, options.limit);
		const room = isThrottle ? await roomFor(tx, step, due) : { ids: due, freeAtMs: null };
		if (room.ids.length === 0) return { size: 0, freeAtMs: room.freeAtMs };
		// Who it was is asked by a throttle alone: to read 500 ids back is a twentieth of the statement.
		const taken = sql<{ id: string }>`update token set state = 'claimed', epoch = epoch + 1, nonce = ${nonce},
			lease_until = ${tx.nowMs + options.leaseMs}, called = 0, reason = null,
			since_no = coalesce(since_no, case when parent is null then watch_from end, (select ev.event_no from event ev where ev.id = outcome_event),
				(select ${lastEventNoSql('p')} from profile p where p.id = token.profile)),
			leg_at = coalesce(leg_at, case when parent is null then parked_at when outcome = 'event' then due_at else cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}) end),
			outcome = coalesce(outcome, case when watch is not null or join_round is not null or awaits in ('segment', 'consent', 'message') then 'timeout'
				when late_after is not null and planned_at < ${tx.nowMs} - late_after then 'late' else 'due' end)
			where ${tx.dialect.anyOf(sql`id`, room.ids)} ${isThrottle ? sql`returning id` : sql``}`;
		const leaving = isThrottle ? (await tx.all(taken)).map(({ id }) => id) : [];
		const claimed = isThrottle ? leaving.length : await tx.run(taken);
		if (claimed > 0) {
			await tx.run(sql`insert into lease (nonce, workflow, step, size, claimed_at, lease_until)
				values (${nonce}, ${step.workflow}, ${step.step}, ${claimed}, ${tx.nowMs}, ${tx.nowMs + options.leaseMs})`);
			if (isThrottle) await noteLeft(tx, step, leaving);
		}
		return { size: claimed, freeAtMs: room.freeAtMs };
	});
	return await store.read(async (reader) => ({
		nonce,
		items: size === 0 ? [] : await describe(reader, nonce),
		// Who is due and must stay for want of room would have the pump ask again at once.
		nextDueMs: freeAtMs ?? (await nextDue(reader, step)),
	}));
}

/** For `limit`: of a bare parameter SQLite plans the statement anew each time it is bound, 200 µs for the larger ones of a claim. */
function whole(tx: Tx, count: number): RawBuilder<number> {
	return sql<number>`cast(${count} as ${sql.raw(tx.dialect.types.int)})`;
}

interface Backlog {
	journey: string;
	/** Of whoever is due first. */
	due: number;
	lone: number;
}

/**
 * Which parked tokens to claim: of the journey whose oldest has been due for longest, the earliest first, then of the next one until there are enough. Journey by
 * journey, as the index of due times has them: what a paused journey has waiting here is never read (with a million of them each claim of the others
 * took a second). Locked by a statement of their own:
 * an awaited event that commits while the claim waits for the row must also be seen by its look at the profile's event number,
 * or the next wait would count that event again.
 */
async function dueTokens(tx: Tx, step: StepRef, journeys: Running, limit: number): Promise<string[]> {
	const due = (journey: RawBuilder<unknown>) => sql`token.place = ${placeOf(step)} and token.journey = ${journey} and token.state = 'parked' and token.due_at <= ${tx.nowMs}`;
	const first = (column: 'due_at' | 'lone') => sql`(select ${sql.ref(column)} from token where ${due(sql`j.id`)} order by token.due_at limit 1)`;
	const found = await tx.all<Omit<Backlog, 'due'> & { due: number | null }>(sql<Omit<Backlog, 'due'> & { due: number | null }>`select j.id as journey, ${first('due_at')} as due, ${first('lone')} as lone
		from journey j where ${tx.dialect.anyOf(sql`j.id`, journeys.running)}`);
	const backlogs = found.filter((one): one is Backlog => one.due !== null).sort((a, b) => a.due - b.due);
	if (backlogs.length === 0) return [];
	const { running } = await keepRunning(tx, { ...journeys, running: backlogs.map(({ journey }) => journey) });
	const [oldest] = backlogs;
	const wanted = oldest?.lone === 1 ? 1 : limit;
	const ids: string[] = [];
	for (const { journey } of backlogs.filter((one) => running.includes(one.journey))) {
		const chosen = await tx.all<{ id: string }>(sql<{ id: string }>`select id from token where ${due(sql`${journey}`)} and lone = ${oldest?.lone ?? 0}
			order by token.due_at limit ${whole(tx, wanted - ids.length)} ${tx.dialect.skipLocked}`);
		ids.push(...chosen.map(({ id }) => id));
		if (ids.length >= wanted) break;
	}
	return ids;
}

interface Expired {
	id: string;
	enrollment: number;
	journey: string;
	state: string;
	epoch: number;
	failures: number;
	received: number;
	called: number;
	lone: number;
	nonce: string | null;
	foreign_effects: number | null;
	on_failure: string | null;
}

/**
 * Leases that ran out: those to claim again now. Expiry alone takes nothing away from a slow worker, so only what this
 * claim takes is touched. PROTOCOL 10, 11: a crashed leg in which a foreign node may have had effects is held unless the
 * journey says retry; a foreign wait that is over without its end being seen ends `unobserved` when the person came by
 * one of our steps since, else is held; who came by a gate only, and has not left it, comes again. A batch that keeps killing its process is taken apart, and what still does so is held.
 */
async function takeOver(tx: Tx, step: StepRef, journeys: Running, limit: number): Promise<string[]> {
	const found = await tx.all<Expired>(sql<Expired>`select t.id, t.enrollment, t.journey, t.state, t.epoch, t.failures, case when l.begun_at is null then 0 else 1 end as received,
			t.called, t.lone, t.nonce, l.foreign_effects, ${tx.dialect.jsonText(sql`j.config`, ['onFailure'])} as on_failure
		from (${overdueLeases(tx, step, journeys)} union all select id from (${overdueAway(tx, step, journeys, limit)}) as away) as overdue
		join token t on t.id = overdue.id left join lease l on l.nonce = t.nonce left join journey j on j.id = t.journey
		order by t.lease_until limit ${whole(tx, limit)}`);
	if (found.length === 0) return [];
	const { paused } = await keepRunning(tx, journeys);
	const expired = found.filter((row) => !paused.includes(row.journey));
	if (expired.length === 0) return [];
	const away = expired.filter((row) => row.state === 'away');
	const claimed = expired.filter((row) => row.state === 'claimed');
	const risky = claimed.filter((row) => row.received === 1 && row.foreign_effects === 1 && row.on_failure !== 'retry');
	// Retries after a failure are no deaths, however many the journey allows.
	const deadly = claimed.filter((row) => row.epoch - row.failures >= HELD_FROM_EPOCH && !risky.includes(row));
	const called = away.filter((row) => row.called === 1);
	const gate = new Set((await stillAtGate(tx, called.map(({ id }) => id))).map(({ id }) => id));
	const seen = called.filter((row) => !gate.has(row.id));
	// PROTOCOL 3: the enrollment before the token; another process may be at the same ones.
	await lockEnrollments(tx, seen.map((row) => row.enrollment));
	const over = new Set(await lockStillExpired(tx, seen));
	await deleteTokens(tx, seen.filter((row) => over.has(row.id)).map((row) => row.id), 'unobserved');
	await hold(tx, risky, 'n8n stopped in the middle of a leg with nodes of other kinds, whose effects may have happened already. Look at what they did, then use Journey Control: Retry Held.');
	await hold(tx, deadly, 'n8n stopped each time this person was on the way. Look at its log, then use Journey Control: Retry Held.');
	await hold(tx, away.filter((row) => row.called === 0), 'A wait or approval of another kind in the middle of this leg ended without this person coming back. Check its executions, then use Journey Control: Retry Held.');
	const again = expired.filter((row) => (row.state === 'claimed' && !risky.includes(row) && !deadly.includes(row)) || gate.has(row.id));
	const lone = again.find((row) => row.lone === 1 || row.epoch >= LONE_FROM_EPOCH);
	const taken = await takeFree(tx, lone === undefined ? again.map((row) => row.id) : [lone.id]);
	await forgetEmpty(tx, away, taken);
	return taken;
}

/** A lease of those inside a foreign wait lies as far ahead as they might have waited, up to a year: it goes with the last of them. Those taken now get another. */
async function forgetEmpty(tx: Tx, away: readonly Expired[], taken: readonly string[]): Promise<void> {
	const nonces = [...new Set(away.flatMap(({ nonce }) => nonce ?? []))];
	if (nonces.length === 0) return;
	await tx.run(sql`delete from lease where ${tx.dialect.anyOf(sql`nonce`, nonces)} and not exists (select 1 from token where token.nonce = lease.nonce and not ${tx.dialect.anyOf(sql`token.id`, taken)})`);
}

/** In the order of their ids, and past whom another transaction has (PROTOCOL 3): an update of many takes them in none, which is a deadlock with whoever does. */
async function takeFree(tx: Tx, ids: readonly string[]): Promise<string[]> {
	if (tx.dialect.name === 'sqlite' || ids.length === 0) return [...ids];
	const free = await tx.all<{ id: string }>(sql<{ id: string }>`select id from token where ${tx.dialect.anyOf(sql`id`, ids)} and ${stillExpired(tx)} order by id ${tx.dialect.skipLocked}`);
	return free.map(({ id }) => id);
}

/** Of leases that ran out: by their own rows, of which there is one a batch. A call of a step may have renewed some of its people alone (visit.ts), never the lease without them. `cross join`: SQLite begins with the lease then, whatever it believes about sizes. */
function overdueLeases(tx: Tx, step: StepRef, journeys: Running): RawBuilder<unknown> {
	return sql`select c.id from lease x cross join token c where c.nonce = x.nonce and x.workflow = ${step.workflow} and x.step = ${step.step} and x.lease_until < ${tx.nowMs}
		and c.state = 'claimed' and c.place = ${placeOf(step)} and c.lease_until < ${tx.nowMs} ${notPaused(journeys, tx, sql`c.journey`)}`;
}

/** Of those inside a foreign wait: each has a time of their own. What n8n did not end because it was down it ends only now, after this claim has come up as well. */
function overdueAway(tx: Tx, step: StepRef, journeys: Running, limit: number): RawBuilder<unknown> {
	return sql`select a.id from token a where a.place = ${placeOf(step)} and a.state = 'away' and a.lease_until < ${tx.nowMs}
		and (a.called = 1 or not ${cameUpWithin(GRACE_MS, tx)}) ${notPaused(journeys, tx, sql`a.journey`)} order by a.lease_until limit ${whole(tx, limit)}`;
}

/** Expired leases are read without a lock: whatever acts on them locks and asks again, since another process or a late call may have been faster. */
function stillExpired(tx: Tx): RawBuilder<unknown> {
	return sql`state in ('claimed', 'away') and lease_until < ${tx.nowMs}`;
}

async function lockStillExpired(tx: Tx, rows: readonly Expired[]): Promise<string[]> {
	if (rows.length === 0) return [];
	const expired = await tx.all<{ id: string }>(sql<{ id: string }>`select id from token
		where ${tx.dialect.anyOf(sql`id`, rows.map((row) => row.id))} and ${stillExpired(tx)} order by id ${tx.dialect.forUpdate}`);
	return expired.map((row) => row.id);
}

async function hold(tx: Tx, rows: readonly Expired[], reason: string): Promise<void> {
	await holdTokens(tx, await lockStillExpired(tx, rows), reason);
}

async function nextDue(reader: Reader, step: StepRef): Promise<number | null> {
	const journeys = await runningAt(reader, step);
	if (journeys.none) return null;
	const row = await reader.first<{ due: number | null }>(sql<{ due: number | null }>`select min((select min(t.due_at) from token t
		where t.place = ${placeOf(step)} and t.journey = j.id and t.state = 'parked' and t.due_at < ${NEVER_MS})) as due from journey j where ${reader.dialect.anyOf(sql`j.id`, journeys.running)}`);
	return row?.due ?? null;
}

interface DescribedRow {
	id: string;
	epoch: number;
	trail: string;
	enrollment: number;
	profile: number;
	outcome: ClaimedItem['outcome'];
	attributes: JsonObject | string;
	payload: JsonObject | string | null;
	journey: string;
	due_at: number;
	entry_name: string | null;
	entry_properties: JsonObject | string | null;
	entered_by: EntryData | string | null;
	came_name: string | null;
	came_properties: JsonObject | string | null;
}

async function describe(reader: Reader, nonce: string): Promise<ClaimedItem[]> {
	const described = await reader.all<DescribedRow>(sql<DescribedRow>`select t.id, t.epoch, t.trail, t.enrollment, t.profile, t.outcome, t.journey, t.due_at,
			t.payload, p.attributes, entry.name as entry_name, entry.properties as entry_properties, e.entered_by, came.name as came_name, came.properties as came_properties
		from token t join profile p on p.id = t.profile join enrollment e on e.id = t.enrollment
		left join event entry on entry.id = e.entry_event left join event came on came.id = t.outcome_event
		where t.nonce = ${nonce} and t.state = 'claimed'`);
	const configs = await configsOf(reader, described);
	// Sorted here: SQLite would copy everything that is told of each person for it.
	described.sort((a, b) => a.due_at - b.due_at || (a.id < b.id ? -1 : 1));
	return described.flatMap((row) => {
		const config = configs.get(row.journey);
		if (config === undefined) return [];
		const json = itemJson(
			row.profile, fromJsonColumn<JsonObject>(row.attributes), config,
			row.entry_name === null ? dataOf(row) : { name: row.entry_name, properties: fromJsonColumn<JsonObject>(row.entry_properties ?? {}) },
			row.came_name === null ? null : { name: row.came_name, properties: fromJsonColumn<JsonObject>(row.came_properties ?? {}) },
		);
		return [{
			stamp: { token: row.id, epoch: row.epoch, nonce, trail: row.trail, enrollment: row.enrollment, profile: row.profile },
			outcome: row.outcome,
			json: row.payload === null ? json : { ...json, ...fromJsonColumn<JsonObject>(row.payload) },
		}];
	});
}

/** One for all people of a journey: read for each of 500, it was a tenth of what a claim costs. */
async function configsOf(reader: Reader, rows: ReadonlyArray<{ journey: string }>): Promise<Map<string, JourneyConfig>> {
	const found = await reader.all<{ id: string; config: JourneyConfig | string }>(sql<{ id: string; config: JourneyConfig | string }>`select id, config from journey
		where ${reader.dialect.anyOf(sql`id`, [...new Set(rows.map(({ journey }) => journey))])}`);
	return new Map(found.map(({ id, config }) => [id, fromJsonColumn<JourneyConfig>(config)]));
}

type EventView = { name: string; properties: JsonObject; given?: true };

function dataOf({ entered_by: data }: DescribedRow): EventView | null {
	return data === null ? null : fromJsonColumn<EntryData>(data);
}

/** Items carry ids and the fields chosen in the trigger, not the whole person: what n8n keeps of executions the engine cannot erase. */
export function itemJson(profile: number, attributes: JsonObject, config: JourneyConfig, entry: EventView | null, came: EventView | null): JsonObject {
	const json: JsonObject = { profileId: profile };
	for (const field of config.fields) json[field] = attributes[field] ?? null;
	if (entry !== null && (config.carryEvent || entry.given === true)) json.event = { name: entry.name, properties: entry.properties };
	if (came !== null) json.cameWith = came;
	return json;
}
