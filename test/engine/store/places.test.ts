import { DatabaseSync } from 'node:sqlite';

import { sql } from 'kysely';

import { journeyId } from '../../../engine/journeys';
import { shortStep, sqliteDialect } from '../../../engine/store/dialect';
import { DATABASES, testStore } from '../databases';
import { migrations } from './older';

const STEP = { workflow: 'kD3mQzT8vWx1LbNc', step: '0b1f6c1e-52a4-4d7a-9b0e-6f4f5c0d2a11' };

/** Statements of all migrations in these versions, for SQLite. */
async function statements(from: number, to: number): Promise<string[]> {
	return (await migrations(from, to)).flatMap((migration) => migration.statements(sqliteDialect.types));
}

describe.each(DATABASES)('the short name of a step on %s', (kind) => {
	it('is the same in SQL, by which older databases are brought up to date, as in the engine', async () => {
		const { store, close } = await testStore(kind);

		const row = await store.read((reader) => reader.first(sql<{ short: string }>`select ${sql.raw(reader.dialect.types.shortStep(`'${STEP.workflow}'`, `'${STEP.step}'`))} as short`));

		expect(row?.short).toBe(journeyId(STEP));
		await close();
	});
});

it('a database in which people wait by the long ids of before is brought up to date: they stand where they stood, in the journeys they were in', async () => {
	const database = new DatabaseSync(':memory:');
	database.function('short_step', { deterministic: true }, shortStep);
	for (const statement of await statements(1, 34)) database.exec(statement);
	const [trigger, wait] = [STEP, { ...STEP, step: 'wait' }];
	const old = `${trigger.workflow}:${trigger.step}`;
	database.exec(`insert into step (workflow, step, name, type, seen_at) values ('${trigger.workflow}', '${trigger.step}', 'Start', 'trigger', 1);
		insert into journey (id, workflow, step, name, config, entry_kind, entry_name, beat_at, created_at) values ('${old}', '${trigger.workflow}', '${trigger.step}', 'Welcome', '{}', 'event', 'x', 1, 1);
		insert into enrollment (journey, workflow, profile, entry_key, state, open_tokens, entered_at, started_at) values ('${old}', '${trigger.workflow}', 1, '', 'active', 1, 1, 1);
		insert into token (id, enrollment, profile, journey, workflow, step, hop, trail, state, due_at, parked_at) values ('t', 1, 1, '${old}', '${wait.workflow}', '${wait.step}', 1, '', 'parked', 5, 1);
		insert into goal (id, enrollment, journey, workflow, step, profile, name, reached_at) values ('g', 1, '${old}', '${trigger.workflow}', 'goal', 1, 'Bought', 1);
		insert into alert (kind, about, journey, facts, at) values ('held', '${old}', '${old}', '{}', 1)`);

	for (const statement of await statements(35, 35)) database.exec(statement);

	const id = journeyId(trigger);
	expect(database.prepare('select j.id, e.journey as of, t.journey as within, t.place, s.step, s.workflow, t.due_at from journey j join enrollment e on e.journey = j.id join token t on t.enrollment = e.id join step s on s.place = t.place').all())
		.toEqual([{ id, of: id, within: id, place: journeyId(wait), step: 'wait', workflow: wait.workflow, due_at: 5 }]);
	expect(database.prepare('select g.journey, a.journey as alert, a.about from goal g, alert a').all()).toEqual([{ journey: id, alert: id, about: id }]);
	// Every column that names a journey is brought along: a later migration may have added one.
	const tables = database.prepare(`select m.name as "table", c.name as "column" from sqlite_schema m join pragma_table_info(m.name) c where m.type = 'table' and c.name = 'journey'`).all() as Array<{ table: string }>;
	const text = (await statements(35, 35)).join('\n');
	expect(tables.map(({ table }) => table).filter((table) => table !== 'journey_shift' && !text.includes(`update ${table} set journey`))).toEqual([]);
	database.close();
});

it('leases of a database of before are found again: of whoever is away not before their time, and of whoever is claimed without one', async () => {
	const database = new DatabaseSync(':memory:');
	database.function('short_step', { deterministic: true }, shortStep);
	for (const statement of await statements(1, 36)) database.exec(statement);
	database.exec(`insert into step (workflow, step, place, name, type, seen_at) values ('w', 's', 'p', 'Start', 'trigger', 1);
		insert into lease (nonce, workflow, step, size, claimed_at, lease_until) values ('away', 'w', 's', 2, 1, 5), ('live', 'w', 's', 1, 1, 7);
		insert into token (id, enrollment, profile, journey, place, hop, trail, state, nonce, lease_until, due_at, parked_at)
			select t.id, 1, 1, 'j', 'p', 0, '', t.state, t.nonce, t.until, 3, 1
			from (select 'a' as id, 'away' as state, 'away' as nonce, 90 as until union all select 'b', 'away', 'away', 80 union all select 'c', 'claimed', 'live', 7 union all select 'd', 'claimed', 'lost', 6 union all select 'e', 'held', 'over', 5) t`);

	for (const statement of await statements(37, 37)) database.exec(statement);

	expect(database.prepare('select nonce, workflow, step, lease_until as until from lease order by nonce').all()).toEqual([
		{ nonce: 'away', workflow: 'w', step: 's', until: 90 }, { nonce: 'live', workflow: 'w', step: 's', until: 7 }, { nonce: 'lost', workflow: 'w', step: 's', until: 6 },
	]);
	expect(database.prepare(`select name from sqlite_schema where type = 'index' and name in ('token_expiry', 'token_away', 'lease_expiry') order by name`).all()).toEqual([{ name: 'lease_expiry' }, { name: 'token_away' }]);
	database.close();
});
