import { DatabaseSync, type StatementSync } from 'node:sqlite';

import { PRAGMAS } from '../../engine/store/sqlite/pragmas';
import { contact } from './flows';
import { BATCH, costOf, directionOf, type Cost } from './legs';
import { DUE_FROM_MS, START_MS } from './parked';

/*
 * The same by hand: what a sensible engineer would write for this one journey, with whole numbers for ids. Its tables answer what the engine's answer:
 * who is due at a step, whose lease is it, which leases ran out, where does a run stand, who waits for an event, is this person in the journey, what has the person done.
 * Each person's rows change as in the engine: the waiting is claimed, and remembers the person's newest event, from which the next wait looks; the next one is inserted with a
 * note that makes a repetition harmless, then the old one and its note are deleted; the run counts both and tells the way. The same pragmas, four transactions a batch, and
 * what an execution is told of each person is read: attributes, entry event.
 */
const SCHEMA = `
	create table person (id integer primary key, attributes text not null);
	create table event (id integer primary key, person integer not null, no integer not null, name text not null, properties text not null);
	create unique index event_no on event (person, no);
	create table run (id integer primary key, journey integer not null, person integer not null, state integer not null, open integer not null, entry_event integer, entered_at integer not null, ended_at integer, way text);
	create unique index run_once on run (journey, person) where state = 0;
	create index run_person on run (person, journey);
	create table waiting (id integer primary key, run integer not null, person integer not null, step integer not null, parent integer, state integer not null, epoch integer not null, lease integer,
		lease_until integer, due_at integer not null, parked_at integer not null, awaits integer, seen_from integer, seen_event integer, outcome integer);
	create index waiting_due on waiting (step, due_at) where state = 0;
	create index waiting_lease on waiting (lease) where lease is not null;
	create index waiting_run on waiting (run);
	create index waiting_awaits on waiting (person, awaits) where awaits is not null;
	create table note (waiting integer not null, step integer not null, visit integer not null, value text not null, primary key (waiting, step, visit)) without rowid;
	create table lease (id integer primary key, step integer not null, size integer not null, until integer not null, begun_at integer);
	create index lease_expired on lease (step, until);
	create table passage (step integer primary key, people integer not null);
	create table stay (step integer not null, bucket integer not null, people integer not null, total_ms integer not null, primary key (step, bucket)) without rowid;`;

/** Of the two waits. */
const STEPS = [2, 3] as const;

export function rawDatabase(file: string, people: number): void {
	const database = new DatabaseSync(file);
	database.exec(`${PRAGMAS} pragma synchronous = off; pragma cache_size = -1000000; pragma wal_autocheckpoint = 100000; ${SCHEMA}`);
	database.function('attributes_of', { deterministic: true }, (n) => {
		const { event: _event, ...traits } = contact(Number(n) - 1);
		return JSON.stringify(traits);
	});
	const counted = `with recursive counted(n) as (select 1 union all select n + 1 from counted where n < ${people})`;
	database.exec(`insert into person (id, attributes) ${counted} select n, attributes_of(n) from counted;
		insert into event (id, person, no, name, properties) values (1, 1, 1, 'Wake Bench', '${JSON.stringify(contact(0).event)}');
		insert into run (id, journey, person, state, open, entry_event, entered_at) ${counted} select n, 1, n, 0, 1, 1, ${START_MS} from counted;
		insert into waiting (id, run, person, step, parent, state, epoch, due_at, parked_at) ${counted} select n, n, n, ${STEPS[0]}, 0, 0, 0, ${DUE_FROM_MS - 1} + n, ${START_MS} from counted;
		pragma wal_checkpoint(truncate)`);
	database.close();
}

interface Claimed {
	id: number;
	run: number;
	person: number;
	parked_at: number;
}

export class RawSide {
	private readonly database: DatabaseSync;
	private readonly prepared = new Map<string, StatementSync>();
	private woken = 0;
	private leases = 0;
	private nowMs = START_MS;
	/** What the execution would get. */
	told: object[] = [];

	constructor(file: string, private readonly people: number) {
		this.database = new DatabaseSync(file);
		this.database.exec(PRAGMAS);
	}

	async wake(contacts: number): Promise<Cost> {
		const [from, to] = directionOf(this.woken, this.people);
		this.woken += contacts;
		this.nowMs = DUE_FROM_MS + this.woken - 1;
		return await costOf(contacts, () => {
			for (let done = 0; done < contacts; done += BATCH) this.batch(STEPS[from], STEPS[to]);
		});
	}

	private batch(here: number, next: number): void {
		const lease = (this.leases += 1);
		const claimed = this.claim(lease, here);
		this.within(() => this.statement('update lease set begun_at = ? where id = ?').run(this.nowMs, lease));
		this.park(claimed, next);
		this.settle(lease, claimed, here, next);
	}

	/** Also reads what the execution is told of each person. */
	private claim(lease: number, step: number): Claimed[] {
		const claimed = this.within(() => {
			const rows = this.statement(`update waiting set state = 1, epoch = epoch + 1, lease = ?, lease_until = ?, outcome = coalesce(outcome, 1),
				seen_event = coalesce(seen_event, (select max(no) from event where person = waiting.person), 0)
				where id in (select id from waiting where step = ? and state = 0 and due_at <= ? order by due_at limit ?) returning id, run, person, parked_at`)
				.all(lease, this.nowMs + 30_000, step, this.nowMs, BATCH) as unknown as Claimed[];
			this.statement('insert into lease (id, step, size, until) values (?, ?, ?, ?)').run(lease, step, rows.length, this.nowMs + 30_000);
			return rows;
		});
		if (claimed.length !== BATCH) throw new Error(`Raw SQL took ${claimed.length} of ${BATCH} contacts that were due.`);
		const people = this.statement('select w.id, p.attributes, e.name, e.properties from waiting w join person p on p.id = w.person join run r on r.id = w.run left join event e on e.id = r.entry_event where w.lease = ?')
			.all(lease) as Array<{ attributes: string; name: string; properties: string }>;
		this.told = people.map(({ attributes, name, properties }) => ({ ...(JSON.parse(attributes) as object), event: { name, properties: JSON.parse(properties) as object } }));
		return claimed;
	}

	private park(claimed: readonly Claimed[], step: number): void {
		const insert = this.statement('insert into waiting (run, person, step, parent, state, epoch, due_at, parked_at, seen_from) select run, person, ?, id, 0, 0, ?, ?, seen_event from waiting where id = ?');
		const note = this.statement('insert into note (waiting, step, visit, value) values (?, ?, 0, ?) on conflict do nothing');
		const count = this.statement('update run set open = open + 1 where id = ?');
		const known = this.statement('select value from note where waiting = ? and step = ? and visit = 0');
		const alive = this.statement('select w.epoch, r.state from waiting w join run r on r.id = w.run where w.id = ? and w.state = 1');
		this.within(() => {
			for (const { id, run } of claimed) {
				if (alive.get(id) === undefined || known.get(id, step) !== undefined) continue;
				insert.run(step, this.nowMs + this.people, this.nowMs, id);
				note.run(id, step, `{"due":${this.nowMs + this.people}}`);
				count.run(run);
			}
			this.statement('insert into passage (step, people) values (?, ?) on conflict (step) do update set people = people + excluded.people').run(step, claimed.length);
		});
	}

	private settle(lease: number, claimed: readonly Claimed[], here: number, next: number): void {
		const remove = this.statement('delete from waiting where id = ? and lease = ?');
		const forget = this.statement('delete from note where waiting = ?');
		const count = this.statement(`update run set open = open - 1, state = case when open = 1 then 1 else state end, ended_at = case when open = 1 then ? else ended_at end, way = coalesce(way, '') || ? where id = ?`);
		this.within(() => {
			for (const { id, run } of claimed) {
				remove.run(id, lease);
				forget.run(id);
				count.run(this.nowMs, ` @${this.nowMs.toString(36)} ${next}`, run);
			}
			const stays = new Map<number, { people: number; ms: number }>();
			for (const { parked_at: parkedAt } of claimed) {
				const ms = this.nowMs - parkedAt;
				const bucket = Math.floor(8 * Math.log2(ms));
				const { people = 0, ms: before = 0 } = stays.get(bucket) ?? {};
				stays.set(bucket, { people: people + 1, ms: before + ms });
			}
			for (const [bucket, { people, ms }] of stays) {
				this.statement('insert into stay (step, bucket, people, total_ms) values (?, ?, ?, ?) on conflict (step, bucket) do update set people = people + excluded.people, total_ms = total_ms + excluded.total_ms').run(here, bucket, people, ms);
			}
			this.statement('delete from lease where id = ?').run(lease);
		});
	}

	close(): void {
		this.database.close();
	}

	private within<Result>(work: () => Result): Result {
		this.database.exec('begin immediate');
		const result = work();
		this.database.exec('commit');
		return result;
	}

	private statement(text: string): StatementSync {
		const known = this.prepared.get(text) ?? this.database.prepare(text);
		this.prepared.set(text, known);
		return known;
	}
}
