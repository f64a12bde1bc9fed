import { sql, type RawBuilder } from 'kysely';

import { claim } from '../../../engine/journeys/claim';
import { systemRandom } from '../../../engine/kernel';
import type { Query, Reader, Store, Tx } from '../../../engine/store';
import { untilBlocked } from '../blocked';
import { DATABASES, type DatabaseKind } from '../databases';
import { DAY_MS, MINUTE_MS, World } from './world';

const SECOND_MS = 1_000;
const PARKED = 20_000;

describe.each(DATABASES)('leases that run out on %s', (kind) => {
	let world: World;
	let people: number[];
	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		people = await world.people(3);
		await world.track('Signed Up', people);
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const profilesOf = (claimed: { people: ReadonlyArray<{ stamp: { profile: number } }> }) => claimed.people.map(({ stamp }) => stamp.profile);

	it('leave whom a call of a step has renewed alone, and give the others of the lease out again (rules 7, 8)', async () => {
		const leg = await world.walk.start(trigger());
		world.clock.advance(15 * SECOND_MS);
		await world.walk.route(world.walk.step('branch', 'filter'), leg.people.slice(0, 1));
		world.clock.advance(20 * SECOND_MS);

		const others = await world.walk.claim(trigger());
		world.clock.advance(MINUTE_MS);
		const everybody = await world.walk.claim(trigger());

		expect(profilesOf(others)).toEqual(people.slice(1));
		expect(profilesOf(everybody).sort()).toEqual(people);
	});

	it('are found as long as one of them is under way, however often the others were taken over', async () => {
		const leg = await world.walk.start(trigger());
		world.clock.advance(MINUTE_MS);
		const first = await world.walk.claim(trigger(), { limit: 1 });
		const rest = await world.walk.claim(trigger());

		expect([...profilesOf(first), ...profilesOf(rest)].sort()).toEqual(profilesOf(leg));
	});

	it('are taken over without waiting for whom another transaction has (rule 3)', async () => {
		await world.walk.start(trigger());
		world.clock.advance(MINUTE_MS);
		const other = await world.another();
		const taken: number[][] = [];

		if (kind === 'postgres') {
			await world.engine.store.tx('hold', async (tx) => {
				await tx.all(sql`select id from token where profile = ${people[0]} for update`);
				const pending = other.walk.claim(trigger()).then((claimed) => taken.push(profilesOf(claimed)));
				await Promise.race([pending, untilBlocked(tx, [pending])]);
				taken.push([]);
			});
		}
		taken.push(profilesOf(await other.walk.claim(trigger())));

		expect(taken.map((some) => some.sort())).toEqual(kind === 'postgres' ? [people.slice(1), [], people.slice(0, 1)] : [people]);
	});

	it('leave whom a late call renews between the look at them and the taking over (rules 7, 8)', async () => {
		const leg = await world.walk.start(trigger());
		world.clock.advance(MINUTE_MS);
		const other = await world.another();
		const lateCall = () => other.walk.route(world.walk.step('branch', 'filter'), leg.people.slice(0, 1));
		// SQLite's one writer comes before or after.
		if (kind === 'sqlite') await lateCall();

		const claimed = await claim(meanwhile(world.engine.store, 'foreign_effects', kind === 'sqlite' ? () => Promise.resolve() : lateCall), systemRandom, trigger(), { limit: 500, leaseMs: 30_000 });

		expect(profilesOf({ people: claimed.items })).toEqual(people.slice(1));
	});

	it('move ahead with each renewal, so that no claim looks into them', async () => {
		const leg = await world.walk.start(trigger());
		world.clock.advance(10 * SECOND_MS);
		await world.engine.journeys.renew(leg.nonce, 60_000);

		expect(await world.rows('select distinct l.lease_until as lease, t.lease_until as token from lease l join token t on t.nonce = l.nonce')).toEqual([{ lease: world.clock.nowMs() + MINUTE_MS, token: world.clock.nowMs() + MINUTE_MS }]);
	});

	it('lie as far ahead as the foreign wait that its people are in, also after a late renewal', async () => {
		const leg = await world.walk.start(trigger());
		await world.walk.settle(leg, { kind: 'waiting', untilMs: world.clock.nowMs() + 30 * DAY_MS });
		await world.engine.journeys.renew(leg.nonce, 30_000);

		const [lease] = await world.rows<{ lease: number; token: number }>('select l.lease_until as lease, min(t.lease_until) as token from lease l join token t on t.nonce = l.nonce group by l.nonce, l.lease_until');

		expect(lease?.lease).toBe(lease?.token);
		expect(await world.walk.claim(trigger())).toMatchObject({ people: [] });
	});

	it('go with the last of those who were away in them, held or ended, however far ahead they lie', async () => {
		const approval = await world.walk.start(trigger(), { limit: 1 });
		const nap = await world.walk.start(trigger());
		await world.walk.settle(approval, { kind: 'waiting', untilMs: null });
		await world.walk.settle(nap, { kind: 'waiting', untilMs: world.clock.nowMs() });
		await world.walk.route(world.walk.step('branch', 'filter'), approval.people);
		world.clock.advance(11 * MINUTE_MS);
		const left: unknown[][] = [];
		for (const limit of [1, 500]) {
			await world.walk.claim(trigger(), { limit });
			left.push(await world.rows('select nonce from lease order by nonce'));
		}
		world.clock.advance(6 * 60 * MINUTE_MS);
		await world.walk.claim(trigger());

		expect([...left, await world.rows('select nonce from lease')]).toEqual([[approval, nap].map(({ nonce }) => ({ nonce })).sort((a, b) => (a.nonce < b.nonce ? -1 : 1)), [{ nonce: approval.nonce }], []]);
	});

	it('are looked for by index, and so is who is due: no claim reads those who are parked', async () => {
		await parkMany(world);
		await world.walk.start(trigger(), { limit: 1 });
		world.clock.advance(MINUTE_MS);
		const reads: string[] = [];

		const claimed = await claim(watching(world.engine.store, kind, reads), systemRandom, trigger(), { limit: 500, leaseMs: 30_000 });

		expect(claimed.items).toHaveLength(1);
		expect(reads.join('\n')).toContain('token_lease');
		if (kind === 'sqlite') expect(reads.join('\n')).toContain('lease_expiry (workflow=? AND step=? AND lease_until<?)');
		expect(reads.filter((line) => /Seq Scan on token|SCAN (token|t|c|a)\b/.test(line))).toEqual([]);
	});
});

/** Nobody of them is due. PostgreSQL chooses by what it knows of the sizes. */
async function parkMany(world: World): Promise<void> {
	await world.engine.store.tx('test-park', async (tx) => {
		const many = tx.dialect.rows(Array.from({ length: PARKED }, (_, n) => ({ n })), { n: 'integer' }, 'r');
		await tx.run(sql`insert into token (id, enrollment, profile, journey, place, hop, trail, state, due_at, parked_at)
			select 'parked' || cast(r.n as text), 1000 + r.n, 1000 + r.n, t.journey, t.place, 0, '', 'parked', ${world.clock.nowMs() + DAY_MS}, t.parked_at from ${many} cross join (select * from token limit 1) t`);
	});
	await world.change('analyze');
}

/** The same store, which has this happen right behind the first statement that reads such a column. */
function meanwhile(store: Store, column: string, happen: () => Promise<unknown>): Store {
	let happened = false;
	return { ...store, tx: (name, work) => store.tx(name, (tx) => work({ ...tx, all: async <Row>(query: Query<Row>) => {
		const rows = await tx.all(query);
		if (!happened && rows.some((row) => Object.hasOwn(row as object, column))) {
			happened = true;
			await happen();
		}
		return rows;
	} })) };
}

/** The same store, which notes how each statement finds its rows. */
function watching(store: Store, kind: DatabaseKind, reads: string[]): Store {
	const plan = async (reader: Reader, query: Query) => {
		const lines = await reader.all<Record<string, string>>(sql<Record<string, string>>`${sql.raw(kind === 'sqlite' ? 'explain query plan' : 'explain')} ${query as RawBuilder<unknown>}`);
		reads.push(...lines.map((line) => line.detail ?? line['QUERY PLAN'] ?? ''));
	};
	const watched = <R extends Reader | Tx>(reader: R): R => ({
		...reader,
		all: async <Row>(query: Query<Row>) => {
			await plan(reader, query);
			return await reader.all(query);
		},
		...('run' in reader ? { run: async (query: Query) => {
			await plan(reader, query);
			return await reader.run(query);
		} } : {}),
	});
	return { ...store, tx: (name, work) => store.tx(name, (tx) => work(watched(tx))), read: (work) => store.read((reader) => work(watched(reader))) };
}
