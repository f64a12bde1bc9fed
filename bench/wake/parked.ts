import { DatabaseSync } from 'node:sqlite';

import { createEngine, type LocalEngine } from '../../engine';
import { childTokenId, rootTokenId } from '../../engine/journeys/trail';
import { ManualClock } from '../../engine/kernel';
import { PRAGMAS } from '../../engine/store/sqlite/pragmas';
import { contact } from './flows';

/** Ids as long as n8n's own: 16 characters of a workflow, a UUID of a node. */
const WORKFLOW = 'kD3mQzT8vWx1LbNc';
export const TRIGGER = { workflow: WORKFLOW, step: '0b1f6c1e-52a4-4d7a-9b0e-6f4f5c0d2a11', name: 'Start', type: 'trigger' };
const WAIT = { workflow: WORKFLOW, step: '7e9a2b44-0c6d-4a1b-8f35-1d2c3b4a5e6f', name: 'Pause', type: 'wait' };
/** People wait at the first; who has been there goes to the second, and from there back. */
export const WAITS = [WAIT, { ...WAIT, step: 'c4d5e6f7-1a2b-4c3d-9e8f-a0b1c2d3e4f5', name: 'Pause Again' }] as const;

/** Where the benchmark's time begins, UTC: 1 January 2026. */
export const START_MS = 1_767_225_600_000;
/** Of those who were parked by set-based SQL the first is due then, the n-th n milliseconds later. */
export const DUE_FROM_MS = START_MS + 86_400_000;

export async function openEngine(file: string, clock = new ManualClock(START_MS)): Promise<LocalEngine> {
	return await createEngine({ database: { kind: 'sqlite', file }, clock });
}

/**
 * A database in which `people` wait at WAIT, one after the other due from DUE_FROM_MS on. The first of them really went there: entered by an event, claimed at the
 * trigger, parked, settled by the engine. The others are copies of their rows, made by one statement a table, column by column, whatever columns
 * there are. Skipped by that: the others' identities, entry events (all point at the one), counts and histograms of the steps.
 */
export async function parkedDatabase(file: string, people: number): Promise<void> {
	const engine = await openEngine(file);
	await parkOne(engine);
	await engine.close();
	const database = new DatabaseSync(file);
	database.exec(`${PRAGMAS} pragma synchronous = off; pragma cache_size = -1000000; pragma wal_autocheckpoint = 100000;`);
	copyParked(database, people - 1, `${DUE_FROM_MS} + n`);
	database.exec(`update token set due_at = ${DUE_FROM_MS} where id = (select id from token order by enrollment limit 1); pragma wal_checkpoint(truncate)`);
	database.close();
}

/** Copies the one who is parked in this database; `due`: SQL of when the n-th copy is due, n from 1 on. Answers with the enrollment of the first copy. */
export function copyParked(database: DatabaseSync, copies: number, due: string): number {
	database.function('attributes_of', { deterministic: true }, (n) => attributesOf(Number(n)));
	database.function('token_of', { deterministic: true }, (n) => tokenOf(Number(n)));
	const [one] = database.prepare('select enrollment, profile from token').all() as Array<{ enrollment: number; profile: number }>;
	if (one === undefined) throw new Error('Nobody was parked.');
	copyRows(database, 'profile', copies, { id: `${one.profile} + n`, attributes: 'attributes_of(n)' });
	copyRows(database, 'enrollment', copies, { id: `${one.enrollment} + n`, profile: `${one.profile} + n` });
	copyRows(database, 'token', copies, { id: `token_of(${one.enrollment} + n)`, enrollment: `${one.enrollment} + n`, profile: `${one.profile} + n`, due_at: due });
	return one.enrollment + 1;
}

async function parkOne(engine: LocalEngine): Promise<void> {
	await engine.journeys.register(TRIGGER, { name: 'Wake benchmark', entry: { kind: 'event', match: { event: 'Wake Bench' } }, reEntry: 'afterLeaving', fields: ['first_name', 'plan'], carryEvent: true, onFailure: 'hold' });
	const { event, ...traits } = contact(0);
	await engine.events.ingest([{ type: 'identify', userId: 'user-0', traits }, { type: 'track', userId: 'user-0', event: 'Wake Bench', properties: event }], { source: 'bench' });
	const { nonce, items } = await engine.journeys.claim(TRIGGER, { limit: 1, leaseMs: 30_000 });
	await engine.journeys.begin({ nonce, workflow: WORKFLOW, steps: [TRIGGER.step, WAIT.step], foreignEffects: false });
	await engine.journeys.park({ step: WAIT, items: items.map(({ stamp }, index) => ({ index, stamp })), delayMs: 86_400_000 });
	await engine.journeys.settle(nonce, { kind: 'success' });
}

function attributesOf(n: number): string {
	const { event: _event, ...traits } = contact(n);
	return JSON.stringify(traits);
}

/** As the engine makes the ids of those who parked once. */
function tokenOf(enrollment: number): string {
	return childTokenId(rootTokenId(enrollment), WAIT.step, '');
}

/** `n` runs from 1; `changed`: SQL of the columns that are another in each copy. */
function copyRows(database: DatabaseSync, table: string, copies: number, changed: Record<string, string>): void {
	const columns = (database.prepare(`select name from pragma_table_info(?)`).all(table) as Array<{ name: string }>).map(({ name }) => name);
	const values = columns.map((name) => changed[name] ?? `one."${name}"`);
	database.exec(`insert into ${table} (${columns.map((name) => `"${name}"`).join()})
		with recursive counted(n) as (select 1 where ${copies} > 0 union all select n + 1 from counted where n < ${copies})
		select ${values.join()} from counted cross join (select * from ${table} limit 1) as one`);
}
