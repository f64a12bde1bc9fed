import { sql } from 'kysely';

import type { LocalEngine } from '../../../engine/engine';
import { resolveProfiles } from '../../../engine/profiles';
import { World } from '../journeys/world';
import { personColumns } from '../profiles/person-columns';

const ROUNDS = 25;
/** Ids that were merged into others are no profiles any more. */
const NAMES_THE_GONE = new Set(['profile.id', 'profile_alias.id', 'profile_merge.from_profile', 'profile_apart.one_profile', 'profile_apart.other_profile']);

/** `table.column` of rows that name a profile which is neither there, nor gone by an alias, nor nobody. */
async function orphans(engine: LocalEngine): Promise<string[]> {
	return await engine.store.read(async (reader) => {
		const found: string[] = [];
		for (const { table, column } of await personColumns(reader)) {
			if (NAMES_THE_GONE.has(`${table}.${column}`)) continue;
			const row = await reader.first<{ n: number }>(sql<{ n: number }>`select count(*) as n from ${sql.table(table)} t where ${sql.ref(`t.${column}`)} <> 0 and ${sql.ref(`t.${column}`)} is not null
				and not exists (select 1 from profile p where p.id = ${sql.ref(`t.${column}`)})`);
			if ((row?.n ?? 0) > 0) found.push(`${table}.${column}: ${row?.n ?? 0}`);
		}
		return found;
	});
}

it('whatever happens to a person while they are erased on PostgreSQL, nothing is left of them: it is stored before and goes, or for somebody new', async () => {
	const world = await World.open('postgres');
	const other = await world.another();
	await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'event', match: { event: 'Seen' } } });
	const { engine } = world;
	await engine.lists.create('VIP');
	await engine.segments.save({ name: 'Seen', rule: { event: 'Seen', withinSeconds: 604_800 } });
	const erasures: string[] = [];
	const failures: string[] = [];

	for (let round = 0; round < ROUNDS; round += 1) {
		const [me, anonymous] = [{ kind: 'user_id', value: `u${round}` }, { kind: 'anonymous_id', value: `a${round}` }];
		const ids = await engine.profiles.upsert([{ identities: [me], attributes: { plan: 'pro' } }, { identities: [anonymous] }], { source: 'test' });
		const profile = Number(ids.profiles[0]);
		const tasks: Array<(one: LocalEngine) => Promise<unknown>> = [
			(one) => one.events.ingest([{ type: 'track', event: 'Seen', userId: me.value }, { type: 'identify', userId: me.value, traits: { city: 'Bern' } }], { source: 's' }),
			(one) => one.events.ingest([{ type: 'identify', userId: me.value, anonymousId: anonymous.value }], { source: 's' }),
			(one) => one.privacy.erasePerson(me, { source: 'test' }).then((report) => erasures.push(report.erased ? 'erased' : 'nobody')),
			(one) => one.lists.add('VIP', [me]),
			(one) => one.consent.setFor([{ whose: me, channel: 'email', topic: '', state: 'subscribed', source: 'page' }]),
			(one) => one.consent.setDoNotSell([{ whose: { profileId: profile }, active: true, source: 'gpc' }]),
			(one) => one.profiles.upsert([{ identities: [me, { kind: 'email', value: `u${round}@x.org` }], attributes: { plan: 'team' } }], { source: 'test' }),
			(one) => one.groups.addMembers([{ key: `g${round}`, member: me }]),
		];
		const done = await Promise.allSettled(tasks.map((task, n) => task(n % 2 === 0 ? engine : other.engine)));
		failures.push(...done.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : [])));
	}
	await engine.tick();

	expect(failures).toEqual([]);
	expect(erasures).toHaveLength(ROUNDS);
	expect(erasures.filter((outcome) => outcome === 'erased').length).toBe(ROUNDS);
	expect(await orphans(engine)).toEqual([]);
	await world.close();
}, 120_000);

it('who becomes one with somebody else while the erasure waits for them on PostgreSQL is forgotten all the same, as that one', async () => {
	const world = await World.open('postgres');
	const other = await world.another();
	const [me, visitor] = [{ kind: 'user_id', value: 'u1' }, { kind: 'anonymous_id', value: 'a1' }];
	await world.engine.profiles.upsert([{ identities: [me], attributes: { plan: 'pro' } }, { identities: [visitor] }], { source: 'test' });
	let merged = (): void => undefined;
	const gate = new Promise<void>((resolve) => (merged = resolve));
	const merging = { keepers: world.engine.keepers };
	let locked = (): void => undefined;
	const isLocked = new Promise<void>((resolve) => (locked = resolve));

	const merge = other.engine.store.tx('test-merge', async (tx) => {
		await resolveProfiles(tx, [{ identities: [me, visitor] }], { create: true, test: false, source: 's', merging });
		locked();
		await gate;
	});
	await isLocked;
	const erasure = world.engine.privacy.erasePerson(visitor, { source: 'test' });
	while (await nobodyWaits(world.engine));
	merged();
	await merge;

	expect(await erasure).toMatchObject({ erased: true });
	expect(await world.engine.profiles.get(me)).toBeNull();
	expect(await world.engine.profiles.count()).toBe(0);
	expect(await orphans(world.engine)).toEqual([]);
	await world.close();
});

/** Whether no transaction of the server waits for a lock. */
async function nobodyWaits(engine: LocalEngine): Promise<boolean> {
	const rows = await engine.store.read((reader) => reader.all(sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database() and query like '%for update%'`));
	return rows.length === 0;
}
