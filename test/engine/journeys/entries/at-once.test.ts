import { sql } from 'kysely';

import { lockProfiles } from '../../../../engine/profiles';
import { mergeProfiles } from '../../../../engine/profiles/merge';
import { untilBlocked } from '../../blocked';
import { Mailbox } from '../../messages/mailbox';
import { HOUR_MS, World } from '../world';

/** Two transactions that have looked and wait for the same person; SQLite has one writer at a time, so nobody waits in between there. */
describe('people whom time brings, looked at by two processes at once on postgres', () => {
	let world: World;
	beforeEach(async () => {
		world = await World.open('postgres');
	});
	afterEach(() => world.close());

	/** Begins the works one after the other while the person is locked, each when those before it wait, and lets go when all do; `meanwhile` is what the lock's holder does. */
	async function whileHeld(profile: number, works: ReadonlyArray<() => Promise<unknown>>, meanwhile = ''): Promise<void> {
		const begun: Array<Promise<unknown>> = [];
		await world.engine.store.tx('hold', async (tx) => {
			await tx.all(sql`select id from profile where id = ${profile} for update`);
			for (const work of works) {
				begun.push(work());
				await untilBlocked(tx, begun);
			}
			if (meanwhile !== '') await tx.run(sql.raw(meanwhile));
		});
		await Promise.all(begun);
	}

	it('enter a broadcast once, whoever was first at the slice', async () => {
		const people = await world.people(20);
		const { engine } = await world.another();
		await world.walk.register(world.walk.step('cast', 'trigger'), { entry: { kind: 'schedule', when: { at: '2026-03-02T10:00:00Z' }, people: { rule: { all: [] } }, localTime: false } });
		world.clock.advance(HOUR_MS);

		await whileHeld(people[0] ?? 0, [() => world.engine.journeys.enterDue(), () => engine.journeys.enterDue()]);
		await world.engine.journeys.enterDue();

		expect((await world.enrollments()).map(({ profile }) => profile).sort((a, b) => a - b)).toEqual(people);
		expect(await world.rows('select state, entered from broadcast_run')).toEqual([{ state: 'done', entered: 20 }]);
	});

	it('enter a broadcast though they become one, while it is being started, with somebody who is newer than it', async () => {
		const { engine } = await world.another();
		await world.engine.events.ingest([{ type: 'track', event: 'Seen', anonymousId: 'guest' }], { source: 'test' });
		await world.walk.register(world.walk.step('cast', 'trigger'), { entry: { kind: 'schedule', when: { at: '2026-03-02T10:00:00Z' }, people: { rule: { all: [] } }, localTime: false } });
		world.clock.advance(HOUR_MS);
		const starting: Array<Promise<unknown>> = [];

		// A run of the same time that is not there in the end: the start waits for it with all that it has asked by then.
		const given = world.engine.store.tx('hold', async (tx) => {
			await tx.run(sql`insert into broadcast_run (journey, occurs_at, state, next_id, last_id, entered, free_at, started_at) values (${world.journey('cast')}, ${world.clock.nowMs()}, 'running', 1, 0, 0, 0, 0)`);
			starting.push(engine.journeys.enterDue());
			await untilBlocked(tx, starting);
			await world.engine.events.ingest([{ type: 'identify', userId: 'ann' }], { source: 'test' });
			await world.engine.events.ingest([{ type: 'identify', userId: 'ann', anonymousId: 'guest' }], { source: 'test' });
			throw new Error('nothing of it stays');
		});
		await expect(given).rejects.toThrow('nothing of it stays');
		await Promise.all(starting);
		await world.engine.journeys.enterDue();

		expect((await world.enrollments()).map(({ profile }) => profile)).toEqual([2]);
		expect(await world.rows('select state, entered from broadcast_run')).toEqual([{ state: 'done', entered: 1 }]);
	});

	it('enter a broadcast though they become one with somebody it has passed, at the moment at which it ends', async () => {
		const made = await world.engine.profiles.upsert(['free', 'free', 'pro'].map((plan, n) => ({ identities: [{ kind: 'email', value: `p${n}@customer.example` }], attributes: { plan } })), { source: 'test' });
		const [first = 0, , last = 0] = made.profiles.map(Number);
		const { engine } = await world.another();
		await world.walk.register(world.walk.step('cast', 'trigger'), { entry: { kind: 'schedule', when: { at: '2026-03-02T10:00:00Z' }, people: { rule: { attribute: 'plan', operator: 'equals', value: 'pro' } }, localTime: false } });
		world.clock.advance(HOUR_MS);
		await world.engine.journeys.enterDue();
		// As it stands when a slice ended before the last of them.
		await world.change('delete from token');
		await world.change('delete from enrollment');
		await world.change(`update broadcast_run set state = 'running', next_id = ${last}, entered = 0`);
		const ending: Array<Promise<unknown>> = [];

		await world.engine.store.tx('merge', async (tx) => {
			await lockProfiles(tx, [first, last]);
			await mergeProfiles(tx, { keepers: world.engine.keepers }, [{ into: first, from: last, reason: 'manual' }], 'test');
			ending.push(engine.journeys.enterDue());
			await untilBlocked(tx, ending);
			await tx.run(sql`update profile set attributes = jsonb_build_object('plan', 'pro') where id = ${first}`);
		});
		await Promise.all(ending);
		await world.engine.journeys.enterDue();
		await world.engine.journeys.enterDue();

		expect((await world.enrollments()).map(({ profile }) => profile)).toEqual([first]);
		expect(await world.rows('select state, entered from broadcast_run')).toEqual([{ state: 'done', entered: 1 }]);
	});

	it('enter once by their date, whoever was first at the row', async () => {
		await world.walk.register(world.walk.step('date', 'trigger'), { entry: { kind: 'date', attribute: 'born', yearly: true, offsetDays: 0, at: '10:00' } });
		const people = await world.people(20, { attributes: { born: '1990-03-02' } });
		const { engine } = await world.another();
		await world.engine.journeys.enterDue();
		world.clock.advance(HOUR_MS);

		await whileHeld(people[0] ?? 0, [() => world.engine.journeys.enterDue(), () => engine.journeys.enterDue()]);

		expect((await world.enrollments()).map(({ profile }) => profile).sort((a, b) => a - b)).toEqual(people);
		expect(await world.rows('select reason from refusal')).toEqual([]);
	});

	it('do not enter for want of an answer that is being stored while the appointment is taken up', async () => {
		const mailbox = await Mailbox.open();
		const [ann = 0] = await world.people(1);
		await world.walk.register(world.walk.step('silent', 'trigger'), { entry: { kind: 'message', happened: 'notOpened', withinMs: HOUR_MS } });
		await world.walk.register(world.walk.step('mails', 'trigger'), { entry: { kind: 'enroll' } });
		await world.engine.journeys.enroll({ journey: { workflow: 'wf', step: 'mails' }, people: [{ profileId: ann }] });
		const leg = await world.walk.start(world.walk.step('mails', 'trigger'));
		await world.walk.email(world.walk.step('mail', 'email'), leg.people, mailbox.mail());
		await world.walk.settle(leg);
		const before = await world.rows('select profile from silence_entry');
		world.clock.advance(HOUR_MS);

		await whileHeld(ann, [() => world.engine.journeys.enterDue()], 'delete from silence_entry');
		await mailbox.close();

		expect(before).toEqual([{ profile: ann }]);
		expect(await world.rows(`select id from enrollment where journey = '${world.journey('silent')}'`)).toEqual([]);
	});
});
