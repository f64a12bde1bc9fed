import { Client } from 'pg';

import { createEngine, type LocalEngine } from '../../../engine/engine';
import { ManualClock } from '../../../engine/kernel';
import { DATABASES, bareDatabase, TEST_START_MS, type DatabaseKind } from '../databases';
import { Mailbox } from '../messages/mailbox';
import { Walk } from '../journeys/walk';
import { HOUR_MS } from '../journeys/world';
import { tableRows } from './tables';

/** What the process believes: decades from now, so that no time of its own can be taken for one of the database's. */
const WRONG_MS = Date.parse('2061-07-01T00:00:00Z');
const YEAR_MS = 365 * 86_400_000;

describe.each(DATABASES)('the time on %s', (kind) => {
	let mailbox: Mailbox;
	beforeEach(async () => {
		mailbox = await Mailbox.open();
		jest.useFakeTimers({ now: WRONG_MS, doNotFake: ['hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
	});
	afterEach(async () => {
		jest.useRealTimers();
		await mailbox.close();
	});

	it('rule 23: a process whose own clock is decades off stores nothing of it: not in an entry, a lease, a mail, a wait, a consent or an exit', async () => {
		const { database, drop } = await bareDatabase(kind);
		const engine = await createEngine({ database, ...(kind === 'sqlite' ? { clock: new ManualClock(TEST_START_MS) } : {}) });
		const nowMs = await rightNow(kind, database.kind === 'postgres' ? database.url : '');

		await live(engine, mailbox);
		const times = (await tableRows(engine.store)).flatMap(({ table, row }) => Object.entries(row).flatMap(([column, value]) => instantsIn(value).map((at) => ({ table, column, at }))));
		await engine.close();
		await drop();

		expect(mailbox.accepted).toHaveLength(1);
		expect(times.filter(({ column }) => ['entered_at', 'parked_at', 'due_at', 'attempted_at', 'received_at', 'lease_until', 'changed_at'].includes(column)).map(({ column }) => column)).toEqual(
			expect.arrayContaining(['entered_at', 'parked_at', 'due_at', 'attempted_at', 'received_at', 'lease_until', 'changed_at']));
		expect(times.filter(({ at }) => Math.abs(at - nowMs) > YEAR_MS)).toEqual([]);
	});

	async function live(engine: LocalEngine, box: Mailbox): Promise<void> {
		const walk = new Walk(engine);
		const [trigger, wait] = [walk.step('trigger', 'trigger'), walk.step('wait', 'waitForEvent')];
		await walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } }, exitOn: { event: 'Ordered' } });
		const { profiles } = await engine.profiles.upsert(['ann', 'bea', 'cid'].map((name) => ({ identities: [{ kind: 'email', value: `${name}@customer.example` }] })), { source: 'test' });
		const [ann = 0, bea = 0, cid = 0] = profiles.map(Number);
		const track = (event: string, profileId: number) => engine.events.ingest([{ type: 'track', event, profileId }], { source: 'test' });
		await track('Signed Up', ann);
		const leg = await walk.start(trigger);
		const [passed = []] = await walk.route(trigger, leg.people);
		const { sent } = await walk.email(walk.step('email', 'email'), passed, box.mail());
		await walk.park(wait, await walk.goal(walk.step('goal', 'goal'), sent, { name: 'Seen' }), HOUR_MS, { event: 'Clicked' });
		await walk.settle(leg);
		await engine.consent.set([{ profile: ann, channel: 'email', topic: '', state: 'unsubscribed', source: 'test' }]);
		await track('Signed Up', cid);
		const waiting = await walk.start(trigger);
		await walk.park(wait, waiting.people, HOUR_MS, { event: 'Clicked' });
		await walk.settle(waiting);
		await track('Signed Up', bea);
		await walk.start(trigger);
		await track('Clicked', ann);
		await walk.start(wait);
		await engine.tick();
	}
});

/** Instants in milliseconds, also those within JSON. */
function instantsIn(value: unknown): number[] {
	return [...(JSON.stringify(value) ?? '').matchAll(/(?<![\w.-])\d{13}(?![\w.])/g)].map(([digits]) => Number(digits));
}

async function rightNow(kind: DatabaseKind, url: string): Promise<number> {
	if (kind === 'sqlite') return TEST_START_MS;
	const client = new Client({ connectionString: url });
	await client.connect();
	const { rows } = await client.query<{ now: string }>('select (extract(epoch from clock_timestamp()) * 1000)::bigint as now');
	await client.end();
	return Number(rows[0]?.now);
}
