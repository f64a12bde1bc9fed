import { DATABASES } from '../databases';
import { scriptedServer, usual } from '../channels/servers';
import { protocolViolations } from '../journeys/protocol-checks';
import type { Leg, Person } from '../journeys/walk';
import { HOUR_MS, MINUTE_MS, World } from '../journeys/world';
import { Mailbox, smtp } from './mailbox';

/** The provider's time and the margin for the confirmation. */
const DEADLINE_MS = 40_000;

describe.each(DATABASES)('attempts whose end is not known, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let leg: Leg;
	let profiles: number[];

	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('email', 'email');
	const states = async () => (await world.messages()).map(({ state }) => state);

	beforeEach(async () => {
		[world, mailbox] = [await World.open(kind), await Mailbox.open()];
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		profiles = await world.people(2);
		await world.track('Signed Up', profiles);
		leg = await world.walk.start(trigger());
	});
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, mailbox.accepted, { entryEvent: 'Signed Up', atRest: false })).toEqual({});
		await world.close();
		await mailbox.close();
	});

	/** Another process's attempt is under way: its mail has arrived and is not yet accepted. Answers with how to let it end. */
	async function attemptElsewhere(people: readonly Person[], end: 'accept' | 'refuse' = 'accept'): Promise<() => Promise<unknown>> {
		const other = await world.another();
		let goOn: () => void = () => undefined;
		const gate = new Promise<void>((resolve) => (goOn = resolve));
		const arrived = new Promise<void>((resolve) => {
			mailbox.options = { beforeAccept: async () => {
				resolve();
				await gate;
			} };
		});
		const server = end === 'accept' ? null : await scriptedServer((line, socket) => {
			if (!line?.startsWith('RCPT')) return usual(line, socket);
			arrivedAtRefusing();
			void gate.then(() => socket.write('451 later\r\n'));
		});
		let arrivedAtRefusing: () => void = () => undefined;
		const refusing = new Promise<void>((resolve) => (arrivedAtRefusing = resolve));
		const sending = other.walk.email(step(), people, mailbox.mail({ provider: server === null ? smtp(mailbox.port) : { ...server.config, timeoutMs: 10_000 } }));
		await (server === null ? arrived : refusing);
		return async () => {
			mailbox.options = {};
			goOn();
			const result = await sending;
			await server?.close();
			return result;
		};
	}

	it('a connection that breaks after the mail was handed over makes it unknown: on by Sent, and never sent again (rule 15)', async () => {
		const breaking = await scriptedServer((line, socket) => (line === '.' ? void socket.destroy() : usual(line, socket)));
		const mail = mailbox.mail({ provider: breaking.config });

		const { results, sent } = await world.walk.email(step(), leg.people, mail);
		world.clock.advance(HOUR_MS);
		const replay = await world.walk.start(trigger());
		const again = await world.walk.email(step(), replay.people, mailbox.mail());
		await breaking.close();

		expect(results.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
		expect(sent).toHaveLength(2);
		expect(again.results.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
		expect(mailbox.accepted).toEqual([]);
		expect(await states()).toEqual(['unknown', 'unknown']);
	});

	it('another process\'s attempt is left alone until its deadline, and its end is what the person goes on with (rule 15)', async () => {
		const finish = await attemptElsewhere(leg.people);
		world.clock.advance(30_001);
		world.clock.advance(35_000);
		await world.change('update message set attempt_until = attempt_until + 60000');

		const replay = await world.walk.start(trigger());
		const busy = await world.walk.email(step(), replay.people, mailbox.mail());
		await world.walk.settle(replay);
		await finish();
		world.clock.advance(MINUTE_MS);
		const later = await world.walk.start(step());
		const { results } = await world.walk.email(step(), later.people, mailbox.mail());

		expect(busy.results.map(({ outcome, reason }) => [outcome, reason])).toEqual([['parked', 'another process is sending this message'], ['parked', 'another process is sending this message']]);
		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
		expect(mailbox.accepted).toHaveLength(2);
		expect(await states()).toEqual(['sent', 'sent']);
	});

	it('after the deadline it is unknown, not sent again; the confirmation that comes late is recorded and changes no way (rule 15)', async () => {
		const finish = await attemptElsewhere(leg.people);
		world.clock.advance(60_000 + DEADLINE_MS);

		const replay = await world.walk.start(trigger());
		const { results, sent } = await world.walk.email(step(), replay.people, mailbox.mail());
		const before = await states();
		const stale = await finish();
		const parked = await world.walk.park(world.walk.step('wait', 'wait'), sent, HOUR_MS);

		expect(results.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
		expect(before).toEqual(['unknown', 'unknown']);
		expect(await states()).toEqual(['sent', 'sent']);
		expect(parked).toHaveLength(2);
		expect(mailbox.accepted).toHaveLength(2);
		expect(stale).toMatchObject({ results: [{ outcome: 'dropped' }, { outcome: 'dropped' }] });
	});

	it('late evidence that it did not leave makes an unknown message failed, and nobody is left waiting (rule 15)', async () => {
		const finish = await attemptElsewhere(leg.people, 'refuse');
		world.clock.advance(60_000 + DEADLINE_MS);
		const replay = await world.walk.start(trigger());
		await world.walk.email(step(), replay.people, mailbox.mail());
		await world.walk.settle(replay);

		await finish();

		expect(await states()).toEqual(['failed', 'failed']);
		expect(await world.tokens()).toEqual([]);
		expect(await world.enrollments()).toMatchObject([{ state: 'completed' }, { state: 'completed' }]);
	});

	it('a stale process that reserved and is overtaken before its attempt takes nothing from the message: it is still sent, once (rule 7)', async () => {
		const inOrder = [...leg.people].sort((a, b) => a.stamp.profile - b.stamp.profile);
		let overtaken: Promise<unknown> | undefined;
		let people: Person[] = [];
		mailbox.options = { beforeAccept: async () => {
			if (overtaken !== undefined) return;
			// The first of two chunks is at the provider; meanwhile the lease runs out and another process claims.
			overtaken = (async () => {
				world.clock.advance(60_001);
				({ people } = await (await world.another()).walk.start(trigger()));
			})();
			await overtaken;
		} };

		const stale = await world.walk.email(step(), inOrder, mailbox.mail({ provider: smtp(mailbox.port, { connections: 1, timeoutMs: 120_000 }) }));
		const ledger = await states();
		const fresh = await world.walk.email(step(), people, mailbox.mail({ provider: smtp(mailbox.port, { connections: 1, timeoutMs: 120_000 }) }));

		expect(people).toHaveLength(2);
		expect(stale.results.map(({ outcome }) => outcome)).toEqual(['dropped', 'dropped']);
		expect(ledger).toEqual(['sent', 'reserved']);
		expect(fresh.results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
		expect(mailbox.accepted.map(({ to }) => to).sort()).toEqual(['p0@customer.example', 'p1@customer.example']);
	});

	it('a stale confirmation does not rewrite what the new epoch has decided: nobody goes on twice (rules 7, 13)', async () => {
		const finish = await attemptElsewhere(leg.people);
		world.clock.advance(60_001);
		await world.change('update message set attempt_until = attempt_until + 600000');
		const second = await world.walk.start(trigger());
		const busy = await world.walk.email(step(), second.people, mailbox.mail());
		await finish();

		// The second process dies too; the third finds that these people are parked at the step.
		world.clock.advance(90_001);
		const third = await world.walk.start(trigger());
		const replay = await world.walk.email(step(), third.people, mailbox.mail());

		expect(busy.results.map(({ outcome }) => outcome)).toEqual(['parked', 'parked']);
		expect(replay.results.map(({ outcome }) => outcome)).toEqual(['parked', 'parked']);
	});

	it('a process that died in mid-attempt leaves nothing attempting for ever, though its person is gone (check 12)', async () => {
		const finish = await attemptElsewhere(leg.people);
		await world.change('update token set lease_until = 0');
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, exitOn: { event: 'Ordered' } });
		await world.track('Ordered', profiles);

		await world.engine.tick();
		const early = await states();
		world.clock.advance(60_000 + DEADLINE_MS);
		for (let n = 0; n < 21; n += 1) await world.engine.tick();
		const swept = await states();
		await finish();

		expect([early, swept]).toEqual([['attempting', 'attempting'], ['unknown', 'unknown']]);
		expect(await states()).toEqual(['sent', 'sent']);
	});
});
