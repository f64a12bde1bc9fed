import { sql } from 'kysely';

import { DATABASES } from '../databases';
import { World } from '../journeys/world';
import { PushService, token } from '../messages/push-service';

const source = { source: 'test' };
const QUARTER_MS = 15 * 60_000;
const OK = { status: 'ok' };
const fault = (error: string, message = 'The device cannot receive push notifications') => ({ status: 'error', message, details: { error } });

describe.each(DATABASES)('receipts of notifications, on %s', (kind) => {
	let world: World;
	let service: PushService;
	const trigger = () => world.walk.step('trigger', 'trigger');

	beforeEach(async () => {
		service = await PushService.open();
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime' });
		await world.engine.settings.set({ quietHours: null, caps: [] });
	});
	afterEach(async () => {
		await world.close();
		await service.close();
	});

	/** Sent in one call: tickets are numbered in this order. */
	async function sent(people: Record<string, string[]>, given: Parameters<PushService['push']>[0] = {}): Promise<number[]> {
		const { profiles } = await world.engine.profiles.upsert(Object.entries(people).map(([id, devices]) => ({ identities: [{ kind: 'user_id', value: id }, ...devices.map((device) => ({ kind: 'device', value: token(device) }))] })), source);
		await world.track('Signed Up', profiles.map(Number));
		await world.walk.push(world.walk.step('push', 'push'), (await world.walk.start(trigger())).people, service.push({ content: { title: 'Hello', body: 'You' }, ...given }));
		return profiles.map(Number);
	}
	const ticketOf = (device: string) => `ticket-${service.sent.findIndex(({ to }) => to === token(device)) + 1}`;
	const later = async (ms = QUARTER_MS) => {
		world.clock.advance(ms);
		await world.engine.tick();
	};
	const ledger = async () => (await world.rows<{ profile: number; state: string; delivered_at: number | null; bounced_at: number | null; reason: string | null }>('select profile, state, delivered_at, bounced_at, reason from message order by reserved_at, profile')).map(({ state, delivered_at, bounced_at, reason }) => [state, delivered_at !== null, bounced_at !== null, reason]);
	const events = async () => (await world.rows<{ name: string }>("select name from event where name like 'Push%' order by id")).map(({ name }) => name);
	const devices = () => world.rows<{ value: string }>("select value from identity where kind = 'device' order by value").then((rows) => rows.map(({ value }) => value));
	const waiting = () => world.rows<{ ticket: string }>('select ticket from push_receipt order by ticket').then((rows) => rows.map(({ ticket }) => ticket));

	it('are asked for a quarter of an hour later, and tell what was delivered, of all people in one call', async () => {
		await sent({ ann: ['a'], ben: ['b'] });
		service.receipts.set('ticket-1', OK).set('ticket-2', OK);

		await later(QUARTER_MS - 1);
		const before = [service.asked.length, await ledger()];
		await later(1);
		await later();

		expect(before).toEqual([0, [['sent', false, false, null], ['sent', false, false, null]]]);
		expect(service.asked.map((ids) => [...ids].sort())).toEqual([['ticket-1', 'ticket-2']]);
		expect(await ledger()).toEqual([['sent', true, false, null], ['sent', true, false, null]]);
		expect([await events(), await waiting()]).toEqual([['Push Notification Received', 'Push Notification Received'], []]);
	});

	it('take a device that is gone away from the person, and tell of the last one; none is suppressed', async () => {
		await sent({ ann: ['a'], ben: ['b', 'c'] });
		for (const device of ['a', 'b']) service.receipts.set(ticketOf(device), fault('DeviceNotRegistered', `"${token(device)}" is not a registered push notification recipient`));
		service.receipts.set(ticketOf('c'), OK);

		await later();

		expect(await devices()).toEqual([token('c')]);
		expect(await ledger()).toEqual([['sent', false, true, null], ['sent', true, false, null]]);
		expect((await events()).sort()).toEqual(['Push Notification Bounced', 'Push Notification Received']);
		expect((await world.rows<{ properties: unknown }>("select properties from event where name = 'Push Notification Bounced'")).map(({ properties }) => (typeof properties === 'string' ? JSON.parse(properties) as object : properties))).toMatchObject([{ type: 'hard', category: 'not-registered' }]);
		expect(await world.rows('select address from suppression')).toEqual([]);
		expect(JSON.stringify(await world.rows("select properties from event where name like 'Push%'"))).not.toContain(token('a'));
	});

	it('that come later are asked for again, and what is known of other devices is kept meanwhile', async () => {
		await sent({ ann: ['a', 'b'] });
		service.receipts.set(ticketOf('a'), fault('DeviceNotRegistered'));
		await later();
		const first = [await ledger(), await devices(), await events()];
		await later();
		service.receipts.set(ticketOf('b'), fault('MessageRateExceeded'));

		await later(2 * QUARTER_MS);

		expect(first).toEqual([[['sent', false, false, null]], [token('b')], []]);
		expect(service.asked).toEqual([[expect.any(String), expect.any(String)], [ticketOf('b')], [ticketOf('b')]]);
		expect([await ledger(), await events(), await waiting()]).toEqual([[['sent', false, true, null]], ['Push Notification Bounced'], []]);
	});

	it('are asked for ever more seldom while there is none', async () => {
		await sent({ ann: ['a'] });
		const times: number[] = [];

		for (let quarter = 1; quarter <= 8; quarter += 1) {
			await later();
			times.push(service.asked.length);
		}

		expect(times).toEqual([1, 2, 2, 3, 3, 3, 3, 4]);
	});

	it('of an account whose access token nobody has brought to this process are left to others', async () => {
		await sent({ ann: ['a'] });
		await world.engine.store.tx('push-receipts', (tx) => tx.run(sql`update push_receipt set account = 'of another process'`));

		await later();

		expect(service.asked).toEqual([]);
		expect(await waiting()).toEqual(['ticket-1']);
	});

	it.each([['InvalidCredentials', 'eas credentials'], ['SomethingNew', 'SomethingNew']])('say that Apple or Google did not take it: %s', async (code, words) => {
		await sent({ ann: ['a'] });
		service.receipts.set('ticket-1', fault(code));

		await later();

		expect(await ledger()).toEqual([['failed', false, false, expect.stringContaining(words)]]);
		expect(await devices()).toEqual([token('a')]);
	});

	it('are asked for by whichever process is up, once', async () => {
		await sent({ ann: ['a'] });
		service.receipts.set('ticket-1', OK);
		const other = await world.another();
		world.clock.advance(QUARTER_MS);

		await Promise.all([world.engine.tick(), other.engine.tick()]);

		expect(service.asked).toEqual([['ticket-1']]);
		expect(await events()).toEqual(['Push Notification Received']);
	});

	it('of an account with an access token are asked for after a restart as soon as a step by it is served again, though nothing is sent; the token is stored nowhere', async () => {
		const provider = { ...service.config, accessToken: 'token-of-expo' };
		await sent({ ann: ['a'] }, { provider });
		service.receipts.set('ticket-1', OK);
		await world.engine.close();
		const { engine } = await world.another();
		world.clock.advance(QUARTER_MS);
		await engine.tick();
		const before = service.asked;
		const kept = JSON.stringify(await engine.store.read((reader) => reader.all(sql`select * from push_receipt`)));

		await engine.messages.askReceiptsBy(provider);
		await engine.tick();

		expect([before, service.asked]).toEqual([[], [['ticket-1']]]);
		expect(service.service.calls.at(-1)?.headers.authorization).toBe('Bearer token-of-expo');
		expect(await engine.store.read((reader) => reader.all(sql<{ name: string }>`select name from event where name like 'Push%'`))).toEqual([{ name: 'Push Notification Received' }]);
		expect([kept.includes('ticket-1'), kept.includes('token-of-expo')]).toEqual([true, false]);
	});

	it('that a dead process had asked for are asked for again, and told once', async () => {
		await sent({ ann: ['a'] });
		service.receipts.set('ticket-1', OK);
		const rows = await world.rows<Record<string, string | number | null>>('select ticket, message, device, base_url, account, sent_at, due_at from push_receipt');
		await later();
		// As when it died after it had told, before it had written so.
		const [row] = rows;
		await world.engine.store.tx('push-receipts', (tx) => tx.run(sql`insert into push_receipt (ticket, message, device, base_url, account, sent_at, due_at) values (${row?.ticket}, ${row?.message}, ${row?.device}, ${row?.base_url}, ${row?.account}, ${row?.sent_at}, ${row?.due_at})`));

		await later(5 * 60_000);

		expect(service.asked).toEqual([['ticket-1'], ['ticket-1']]);
		expect([await events(), await waiting()]).toEqual([['Push Notification Received'], []]);
	});

	it('wait while the service does not answer, and are given up after a day, when it has them no more', async () => {
		await sent({ ann: ['a'] });
		service.answer = { status: 500, text: 'oops' };
		await later();
		const once = service.asked.length;
		await later(1_000);
		const leased = service.asked.length;
		await later(5 * 60_000);
		const again = service.asked.length;

		await later(25 * 3_600_000);

		expect([once, leased, again]).toEqual([1, 1, 2]);
		expect(await waiting()).toEqual([]);
		expect(service.asked).toHaveLength(2);
		expect(await ledger()).toEqual([['sent', false, false, null]]);
	});

	it('are asked for with the access token of the step, which is stored nowhere', async () => {
		await sent({ ann: ['a'] }, { provider: { ...service.config, accessToken: 'token-of-the-account' } });
		service.receipts.set('ticket-1', OK);
		const stored = JSON.stringify(await world.rows('select * from push_receipt'));

		await later();

		expect(stored).not.toContain('token-of-the-account');
		expect(stored).not.toContain(token('a'));
		expect(service.service.calls.filter(({ path }) => path === '/push/getReceipts').map(({ headers }) => headers.authorization)).toEqual(['Bearer token-of-the-account']);
		expect(await events()).toEqual(['Push Notification Received']);
	});

	it('are asked for a thousand at a time, and of nobody who was erased', async () => {
		const [ann] = await sent({ ann: ['a'] });
		service.receipts.set('ticket-1', OK);
		await world.engine.store.tx('push-receipts', (tx) => tx.run(sql`insert into push_receipt (ticket, message, device, base_url, sent_at, due_at)
			select r.ticket, r.ticket, 'x', ${service.service.url}, cast(${tx.nowMs} as bigint), cast(${tx.nowMs + QUARTER_MS} as bigint) from ${tx.dialect.rows(Array.from({ length: 1_500 }, (_none, n) => ({ ticket: `more-${n}` })), { ticket: 'text' }, 'r')}`));
		await world.engine.privacy.erasePerson({ profileId: Number(ann) }, source);

		await later();

		expect(service.asked.map(({ length }) => length)).toEqual([1_000, 501]);
		expect(await events()).toEqual([]);
	});
});
