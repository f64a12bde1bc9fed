import { DATABASES } from '../databases';
import { JourneysDatabase } from '../../e2e/journeys-database';
import { protocolViolations as onARealN8n } from '../../e2e/protocol-queries';
import { Mailbox, type Accepted } from '../messages/mailbox';
import { protocolViolations } from './protocol-checks';
import { HOUR_MS, MINUTE_MS, World } from './world';

const ENTRY = { entryEvent: 'Signed Up', atRest: true };
/** Of the mail server: what it took. */
type Log = Accepted[];

/** What is done to a healthy database and to the mail server's log, and which query of PROTOCOL.md has to find it. */
const FAULTS: Array<[query: number, what: string, plant: (world: World, log: Log) => Promise<unknown> | void]> = [
	[1, 'a token is gone that its enrollment still counts', (world) => world.change(`delete from token where profile = (select min(profile) from token)`)],
	[1, 'an enrollment is called ended while a token of it stands', (world) => world.change(`update enrollment set state = 'completed', end_reason = 'completed', ended_at = 1 where id = (select min(enrollment) from token)`)],
	[1, 'an active one has no token, and counts none', async (world) => {
		await world.change(`update enrollment set open_tokens = 0 where id = (select min(enrollment) from token)`);
		await world.change(`delete from token where enrollment = (select min(enrollment) from token)`);
	}],
	[2, 'the provider took a message twice', (_world, log) => void log.push(...log.slice(0, 1))],
	[3, 'a visit has two messages', async (world) => {
		await world.change(`drop index if exists message_key`);
		await world.change(`update message set token = (select token from message order by id limit 1), trail = (select trail from message order by id limit 1), step = (select step from message order by id limit 1), item_key = (select item_key from message order by id limit 1)`);
	}],
	[4, 'the provider took what the ledger calls skipped', (world) => world.change(`update message set state = 'skipped', reason = 'planted' where id = (select min(id) from message)`)],
	[5, 'unknown is what nobody attempted', (world) => world.change(`update message set state = 'unknown', attempt_nonce = null where id = (select min(id) from message)`)],
	[6, 'an awaited event came and woke nobody', async (world) => {
		const [{ profile = 0 } = {}] = await world.rows<{ profile: number }>(`select min(profile) as profile from token where watch is not null`);
		await world.track('Clicked', [Number(profile)]);
		await world.change(`update token set outcome = null where profile = ${profile}`);
	}],
	[7, 'somebody was mailed after their no', async (world) => {
		const [{ profile = 0 } = {}] = await world.rows<{ profile: number }>(`select min(profile) as profile from message`);
		await world.engine.consent.set([{ profile: Number(profile), channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }]);
		await world.change(`update message set attempted_at = attempted_at + ${HOUR_MS} where profile = ${profile}`);
	}],
	[8, 'a memo was touched at an epoch that its token has never had', async (world) => {
		await world.change(`update token set epoch = 3 where profile = (select min(profile) from token)`);
		await world.change(`insert into memo (token, step, trail, item_key, kind, value, created_epoch, touched_epoch) select id, 'email', 'trail', '', 'route', '{}', 4, 4 from token where epoch = 3`);
	}],
	[8, 'a memo of a token that is gone', (world) => world.change(`insert into memo (token, step, trail, item_key, kind, value, created_epoch, touched_epoch) values ('gone', 'email', 'trail', '', 'route', '{}', 1, 1)`)],
	[9, 'a mail went to somebody else\'s address', (_world, log) => void log.push({ ...(log.shift() as Accepted), to: 'p1@customer.example' })],
	[9, 'a mail said what was meant for somebody else', (_world, log) => {
		const [one, other] = log as [Accepted, Accepted];
		[one.raw, other.raw] = [other.raw, one.raw];
	}],
	[10, 'an event started nothing, and nobody said why', (world) => world.change(`update enrollment set entry_event = null where id = (select min(id) from enrollment)`)],
	[11, 'somebody has left for no reason', async (world) => {
		await world.engine.journeys.exitPeople({ workflow: 'wf', step: 'click', people: [1], reason: 'planted' });
		await world.change(`update enrollment set end_reason = null where state = 'exited'`);
	}],
	[12, 'a claim that nobody renews and nobody takes', (world) => world.change(`update token set state = 'claimed', epoch = epoch + 1, nonce = 'dead', lease_until = 1 where profile = (select min(profile) from token)`)],
	[12, 'an attempt whose deadline is long over', (world) => world.change(`update message set state = 'attempting', attempt_until = 1 where id = (select min(id) from message)`)],
	[12, 'a message is kept for a run that has ended', async (world) => {
		await world.engine.journeys.exitPeople({ workflow: 'wf', step: 'click', people: [1], reason: 'planted' });
		await world.change(`update message set state = 'reserved', attempt_nonce = null where id = (select min(id) from message)`);
	}],
];

describe.each(DATABASES)('the queries of the protocol, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;

	beforeEach(async () => {
		[world, mailbox] = [await World.open(kind), await Mailbox.open()];
		const [trigger, email, click] = [world.walk.step('trigger', 'trigger'), world.walk.step('email', 'email'), world.walk.step('click', 'waitForEvent')];
		await world.engine.collector.configure({ workflow: 'collector', writeKeys: { key: 'site' }, publicUrl: 'https://links.shop.example', port: null, host: '127.0.0.1' });
		await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.track('Signed Up', await world.people(2));
		const leg = await world.walk.start(trigger);
		const { sent } = await world.walk.email(email, leg.people, mailbox.mail({ purpose: 'marketing' }));
		await world.walk.park(click, sent, HOUR_MS, { event: 'Clicked' });
		await world.walk.settle(leg);
		world.clock.advance(MINUTE_MS);
	});
	afterEach(async () => {
		await world.close();
		await mailbox.close();
	});

	it('find nothing where nothing is wrong', async () => {
		expect([mailbox.accepted.length, (await world.tokens()).length]).toEqual([2, 2]);
		expect(await protocolViolations(world.engine.store, mailbox.accepted, ENTRY)).toEqual({});
		expect(asked()).toEqual([]);
	});

	it.each(FAULTS)('number %s finds it: %s', async (query, _what, plant) => {
		const log = mailbox.accepted.map((one) => ({ ...one }));

		await plant(world, log);

		expect(numbers(await protocolViolations(world.engine.store, log, ENTRY))).toContain(query);
		if (kind === 'sqlite') expect(asked(log)).toContain(query);
	});

	/** The queries as chaos and the end-to-end tests ask them of n8n's own file. */
	function asked(log: Log = mailbox.accepted): number[] {
		if (world.database.kind !== 'sqlite') return [];
		const database = new JourneysDatabase(world.database.file);
		// There a mail says to whom it was written, here for whom.
		const delivered = log.map(({ message, to, raw }) => ({ message, to, html: `${raw} ${addresses(raw)}` }));
		const found = numbers(onARealN8n(database, delivered, ENTRY));
		database.close();
		return found;
	}
});

function numbers(found: Record<string, object[]>): number[] {
	return Object.keys(found).map((title) => Number.parseInt(title, 10));
}

function addresses(raw: string): string {
	return `p${Number(/marker:(\d+):/.exec(raw)?.[1]) - 1}@customer.example`;
}
