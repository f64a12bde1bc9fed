import { sql } from 'kysely';

import { createEngine, type LocalEngine } from '../../../engine/engine';
import { ManualClock } from '../../../engine/kernel';
import { DATABASES, emptyDatabase, TEST_START_MS } from '../databases';
import { imported, openEngine } from './fixture';

const PEOPLE = 700;
const FILE = `email,plan,crm\n${Array.from({ length: PEOPLE }, (_none, n) => `p${n}@x.org,pro,c${n}`).join('\n')}\n`;
const columns = { crm: { identity: 'crm' } };

const counts = (engine: LocalEngine) =>
	engine.store.read((reader) => reader.first(sql`select (select count(*) from profile) as people, (select count(*) from identity) as identities, (select count(*) from import_person) as notes`));

describe.each(DATABASES)('undoing on %s', (kind) => {
	it('goes on after the database failed in the middle, and undoes each person once', async () => {
		const { database, drop } = await emptyDatabase(kind);
		const clock = new ManualClock(TEST_START_MS);
		let batches = 0;
		const engine = await createEngine({ database, clock, onPoint: (point) => {
			if (point === 'undo:before-commit' && (batches += 1) === 3) throw new Error('the disk is gone');
		} });
		await imported(engine.transfer, 'email,plan\np1@x.org,free\np650@x.org,free\n');
		const { importId } = await imported(engine.transfer, FILE, { columns });

		await expect(engine.transfer.importUndo(importId, { source: 'test' })).rejects.toMatchObject({ code: 'DATABASE_FAILED' });
		const between = await engine.transfer.importProgress(importId);
		const rest = await engine.transfer.importUndo(importId, { source: 'test' });

		expect(between.state).toBe('undoing');
		expect(rest.removed + rest.reverted).toBe(PEOPLE - 400);
		expect(await counts(engine)).toEqual({ people: 2, identities: 2, notes: 2 });
		for (const email of ['p1@x.org', 'p650@x.org']) expect((await engine.profiles.get({ kind: 'email', value: email }))?.attributes).toEqual({ email, plan: 'free' });
		await engine.close();
		await drop();
	});

	it('takes back what an import that failed had stored', async () => {
		const { database, drop } = await emptyDatabase(kind);
		let batches = 0;
		const engine = await createEngine({ database, clock: new ManualClock(TEST_START_MS), onPoint: (point) => {
			if (point === 'import:before-commit' && (batches += 1) === 2) throw new Error('the disk is gone');
		} });

		await expect(imported(engine.transfer, FILE, { columns })).rejects.toMatchObject({ code: 'DATABASE_FAILED', details: { line: 501 } });
		const [failed] = await engine.transfer.imports();
		const undone = await engine.transfer.importUndo(failed?.importId ?? '', { source: 'test' });

		expect(failed).toMatchObject({ state: 'failed', line: 501, created: 500 });
		expect(undone.removed).toBe(500);
		expect(await counts(engine)).toEqual({ people: 0, identities: 0, notes: 0 });
		await engine.close();
		await drop();
	});

	it('leaves people alone who became one with somebody else since, and says how many', async () => {
		const { engine, close } = await openEngine(kind);
		await engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: '1' }], attributes: { plan: 'free' } }], { source: 'test' });
		const { importId } = await imported(engine.transfer, 'email,user_id,plan\nada@x.org,,pro\nbob@x.org,,pro\neve@x.org,,pro\n,5,pro\n');
		await engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: '1' }, { kind: 'email', value: 'ada@x.org' }] }, { identities: [{ kind: 'user_id', value: '5' }, { kind: 'email', value: 'eve@x.org' }] }], { source: 'test' });
		const merged = await engine.profiles.get({ kind: 'email', value: 'ada@x.org' });

		const undone = await engine.transfer.importUndo(importId, { source: 'test' });

		expect(merged?.identities).toHaveLength(2);
		expect(undone).toMatchObject({ removed: 1, lost: 2, kept: 0 });
		expect((await engine.profiles.get({ kind: 'email', value: 'eve@x.org' }))?.attributes).toMatchObject({ plan: 'pro' });
		expect(await engine.profiles.get({ kind: 'email', value: 'ada@x.org' })).toMatchObject({ id: merged?.id, attributes: merged?.attributes });
		await close();
	});

	it('and looking at imports ends 30 days after, when what they noted is forgotten', async () => {
		const { engine, clock, close } = await openEngine(kind);
		const { importId } = await imported(engine.transfer, `${FILE}nobody,x,y\n`, { columns });
		clock.advance(29 * 24 * 3_600_000);
		for (let n = 0; n < 21; n += 1) await engine.tick();
		const kept = await counts(engine);
		clock.advance(2 * 24 * 3_600_000);
		for (let n = 0; n < 61; n += 1) await engine.tick();

		expect(kept).toMatchObject({ notes: PEOPLE });
		expect(await counts(engine)).toEqual({ people: PEOPLE, identities: 2 * PEOPLE, notes: 0 });
		await expect(engine.transfer.importProgress(importId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await close();
	});
});

it('two processes that import the same file into PostgreSQL at once make each person once', async () => {
	const { database, drop } = await emptyDatabase('postgres');
	const clock = new ManualClock(TEST_START_MS);
	const engines = await Promise.all([1, 2].map(() => createEngine({ database, clock })));

	const reports = await Promise.all(engines.map((engine) => imported(engine.transfer, FILE, { columns, consent: 'subscribed' })));

	expect(reports.reduce((sum, report) => sum + report.created, 0)).toBe(PEOPLE);
	expect(await counts(engines[0] as LocalEngine)).toMatchObject({ people: PEOPLE, identities: 2 * PEOPLE });
	for (const engine of engines) await engine.close();
	await drop();
});
