import { sql } from 'kysely';

import { untilBlocked } from '../blocked';
import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from './world';

describe.each(DATABASES)('the end of an execution on %s', (kind) => {
	let world: World;
	let profiles: number[];

	async function open(onFailure: 'hold' | 'retry' = 'hold'): Promise<void> {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, onFailure });
		profiles = await world.people(3);
		await world.track('Signed Up', profiles);
	}
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const wait = () => world.walk.step('wait', 'wait');
	const states = async () => (await world.tokens()).map(({ state }) => state);

	it('success with a receipt ends the leg, its last step recorded (rules 6, 9)', async () => {
		await open();
		const leg = await world.walk.start(trigger());
		await world.walk.route(world.walk.step('last', 'filter'), leg.people);

		expect(await world.walk.settle(leg)).toEqual({ settled: 3, released: 0, held: 0, away: 0 });
		expect(await world.enrollments()).toMatchObject(profiles.map(() => ({ state: 'completed', open_tokens: 0, end_reason: 'completed', end_step: 'last' })));
		expect(await world.rows('select nonce from lease')).toEqual([]);
		expect(await world.rows('select token from memo')).toEqual([]);
	});

	it('success without a receipt gives the people back: nothing ran (rule 9)', async () => {
		await open();
		const claim = await world.walk.claim(trigger());

		expect(await world.walk.settle(claim)).toEqual({ settled: 0, released: 3, held: 0, away: 0 });
		expect(await world.walk.claim(trigger())).toMatchObject({ people: [{ stamp: { epoch: 2 } }, { stamp: { epoch: 2 } }, { stamp: { epoch: 2 } }] });
	});

	it('a receipt of an earlier epoch is none (rules 6, 9)', async () => {
		await open();
		await world.walk.start(trigger());
		world.clock.advance(30_001);
		const again = await world.walk.claim(trigger());

		expect(await world.walk.settle(again)).toMatchObject({ settled: 0, released: 3 });
	});

	it('an unproven end gives the people back, with or without receipts (rules 5, 9)', async () => {
		await open();
		const leg = await world.walk.start(trigger());

		expect(await world.walk.settle(leg, { kind: 'unproven' })).toMatchObject({ settled: 0, released: 3 });
		expect(await states()).toEqual(['parked', 'parked', 'parked']);
	});

	it('an execution that never starts is not tried for ever: after ten times the people are held (rule 9)', async () => {
		await open();
		let tries = 0;
		while (!(await states()).includes('held') && tries < 20) {
			await world.walk.settle(await world.walk.claim(trigger()), { kind: 'unproven' });
			tries += 1;
		}

		expect(tries).toBe(11);
		expect((await world.tokens())[0]?.reason).toMatch(/never started/);
	});

	it('a failure covers every person of the lease, with or without children, and holds them with the reason (rule 10)', async () => {
		await open();
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait(), leg.people.slice(0, 1), HOUR_MS);

		expect(await world.walk.settle(leg, { kind: 'failed', reason: 'Code: x is not defined' })).toMatchObject({ settled: 0, released: 0, held: 3 });
		expect((await world.tokens()).filter(({ step }) => step === 'trigger')).toMatchObject(profiles.map(() => ({ state: 'held', reason: 'Code: x is not defined' })));
		expect((await world.tokens()).filter(({ step, state }) => step === 'wait' && state === 'parked')).toHaveLength(1);
		expect((await world.engine.journeys.status())[0]?.steps.find(({ step }) => step === 'trigger')).toMatchObject({ held: 3, problem: 'Code: x is not defined' });
		expect((await world.walk.claim(trigger())).people).toEqual([]);
	});

	it('held people go on alone, in a new epoch, when somebody says so (rule 10)', async () => {
		await open();
		await world.walk.settle(await world.walk.start(trigger()), { kind: 'failed', reason: 'broken' });

		expect(await world.engine.journeys.retryHeld({ workflow: 'wf', step: 'The trigger' })).toEqual({ retried: 3 });
		const [one, two] = [await world.walk.start(trigger()), await world.walk.start(trigger())];

		expect([one, two]).toMatchObject([{ people: [{ stamp: { epoch: 2 } }] }, { people: [{ stamp: { epoch: 2 } }] }]);
		expect([one.people.length, two.people.length]).toEqual([1, 1]);
	});

	it('retries each alone, later each time, where the journey says retry, and holds after three (rule 10)', async () => {
		await open('retry');
		await world.walk.settle(await world.walk.start(trigger()), { kind: 'failed', reason: 'broken' });
		const atOnce = await world.walk.claim(trigger());
		const sizes: number[] = [];
		for (let minutes = 0; minutes < 30; minutes += 1) {
			world.clock.advance(MINUTE_MS);
			const leg = await world.walk.start(trigger());
			if (leg.people.length === 0) break;
			sizes.push(leg.people.length);
			await world.walk.settle(leg, { kind: 'failed', reason: 'broken again' });
		}

		expect(atOnce.people).toEqual([]);
		expect(sizes).toEqual(Array.from({ length: 9 }, () => 1));
		expect((await world.tokens()).map(({ state, reason }) => [state, reason])).toEqual(profiles.map(() => ['held', 'broken again']));
	});

	it('gives back at a failure who never got a receipt, and holds who did (rule 10)', async () => {
		await open();
		const begun = await world.walk.start(trigger(), { limit: 1 });
		const claim = await world.walk.claim(trigger());

		expect(await world.walk.settle(claim, { kind: 'failed', reason: 'x' })).toMatchObject({ released: 2, held: 0 });
		expect(await world.walk.settle(begun, { kind: 'failed', reason: 'x' })).toMatchObject({ released: 0, held: 1 });
	});

	it('holds after a crash who was in a leg with nodes of other kinds, whose effects may have happened (rule 10)', async () => {
		await open();
		await world.walk.start(trigger(), { foreignEffects: true });

		world.clock.advance(30_001);

		expect((await world.walk.claim(trigger())).people).toEqual([]);
		expect(await world.tokens()).toMatchObject(profiles.map(() => ({ state: 'held', reason: expect.stringMatching(/nodes of other kinds/) as string })));
	});

	it('claims again after a crash who had no receipt yet, or whose journey says retry (rule 10)', async () => {
		await open('retry');
		await world.walk.start(trigger(), { foreignEffects: true, limit: 1 });
		await world.walk.claim(trigger());

		world.clock.advance(30_001);

		expect((await world.walk.claim(trigger())).people).toHaveLength(3);
	});

	it('a leg inside a wait of n8n\'s own is away: not claimed, and its steps are accepted when it comes back (rule 11)', async () => {
		await open();
		const leg = await world.walk.start(trigger());
		const away = await world.walk.settle(leg, { kind: 'waiting', untilMs: world.clock.nowMs() + DAY_MS });

		world.clock.advance(DAY_MS);
		const claimed = await world.walk.claim(trigger());
		const begunAgain = await world.walk.begin(leg.nonce, leg.people);
		const parked = await world.walk.park(wait(), leg.people, HOUR_MS);

		expect(away).toMatchObject({ away: 3 });
		expect([claimed.people, begunAgain.people]).toEqual([[], []]);
		expect(parked).toHaveLength(3);
	});

	it('ends as unobserved who came by one of our steps after the wait, holds who did not (rule 11)', async () => {
		await open();
		const leg = await world.walk.start(trigger());
		await world.walk.route(trigger(), leg.people);
		await world.walk.settle(leg, { kind: 'waiting', untilMs: world.clock.nowMs() + HOUR_MS });
		world.clock.advance(HOUR_MS);
		await world.walk.goal(world.walk.step('goal', 'goal'), leg.people.slice(0, 1), { name: 'Approved' });
		const [came] = leg.people;

		world.clock.advance(9 * MINUTE_MS);
		await world.walk.claim(trigger());
		const inGrace = await states();
		world.clock.advance(2 * MINUTE_MS);
		await world.walk.claim(trigger());

		const afterGrace = await states();
		world.clock.advance(6 * HOUR_MS - 11 * MINUTE_MS);
		await world.walk.claim(trigger());
		const running = await states();
		world.clock.advance(1);
		await world.walk.claim(trigger());

		expect(inGrace).toEqual(['away', 'away', 'away']);
		// One of them was heard of, so their execution runs: the others may be in a slow node.
		expect([afterGrace, running]).toEqual([['away', 'away', 'away'], ['away', 'away', 'away']]);
		expect(await states()).toEqual(['held', 'held']);
		expect((await world.enrollments()).find(({ profile }) => profile === came?.stamp.profile)).toMatchObject({ state: 'completed', open_tokens: 0, end_reason: 'unobserved', end_step: 'goal' });
	});

	it('hears of one without waiting for those who came with them and whom another transaction has (rules 3, 11)', async () => {
		await open();
		const leg = await world.walk.start(trigger());
		await world.walk.settle(leg, { kind: 'waiting', untilMs: world.clock.nowMs() + HOUR_MS });
		world.clock.advance(HOUR_MS);
		const { walk } = await world.another();
		const call = () => walk.route(trigger(), leg.people.slice(0, 1));
		const untils = async () => (await world.rows<{ until: number }>('select lease_until as until from token order by lease_until')).map(({ until }) => until - world.clock.nowMs());

		if (kind === 'postgres') {
			await world.engine.store.tx('test-lock', async (tx) => {
				await tx.all(sql`select id from token where id = ${leg.people[1]?.stamp.token} for update`);
				const calling = call();
				await Promise.race([calling, untilBlocked(tx, [calling])]);
				expect(await untils()).toEqual([10 * MINUTE_MS, 6 * HOUR_MS, 6 * HOUR_MS]);
			});
		}
		await call();

		expect(await untils()).toEqual([6 * HOUR_MS, 6 * HOUR_MS, 6 * HOUR_MS]);
	});

	it('holds ten minutes after the wait whose execution nothing is heard of (rule 11)', async () => {
		await open();
		const leg = await world.walk.start(trigger());
		await world.walk.settle(leg, { kind: 'waiting', untilMs: world.clock.nowMs() + HOUR_MS });
		world.clock.advance(HOUR_MS + 10 * MINUTE_MS);
		await world.walk.claim(trigger());
		const before = await states();
		world.clock.advance(1);
		await world.walk.claim(trigger());

		expect([before, await states()]).toEqual([['away', 'away', 'away'], ['held', 'held', 'held']]);
	});

	it('holds nobody whose wait ended while n8n was down before it has been up again for ten minutes (rule 11)', async () => {
		await open();
		const leg = await world.walk.start(trigger());
		await world.walk.settle(leg, { kind: 'waiting', untilMs: world.clock.nowMs() + HOUR_MS });
		world.clock.advance(3 * HOUR_MS);
		const { walk } = await world.another();
		const found: string[][] = [];

		for (const passed of [0, 10 * MINUTE_MS, 1]) {
			world.clock.advance(passed);
			await walk.claim(trigger());
			found.push(await states());
		}

		expect(found).toEqual([['away', 'away', 'away'], ['away', 'away', 'away'], ['held', 'held', 'held']]);
	});

	it('loses nobody whose execution takes hours between two steps behind a wait (rule 11)', async () => {
		await open();
		const leg = await world.walk.start(trigger());
		await world.walk.settle(leg, { kind: 'waiting', untilMs: world.clock.nowMs() + HOUR_MS });
		world.clock.advance(HOUR_MS);
		for (let step = 0; step < 3; step += 1) {
			await world.walk.route(world.walk.step(`pass ${step}`, 'filter'), leg.people);
			world.clock.advance(5 * HOUR_MS);
			await world.walk.claim(trigger());
		}

		expect(await world.walk.park(wait(), leg.people, HOUR_MS)).toHaveLength(3);
	});

	it('a leg with an approval is over hours after it was last heard of; one that may wait again stays, called or not (rule 11)', async () => {
		const over = async (foreignWaits: number, called: boolean) => {
			await open();
			const { nonce, people } = await world.walk.claim(trigger());
			await world.engine.journeys.begin({ nonce, workflow: 'wf', steps: [], foreignEffects: false, foreignWaits });
			await world.engine.journeys.settle(nonce, { kind: 'waiting', untilMs: called ? null : world.clock.nowMs() + HOUR_MS });
			world.clock.advance(DAY_MS);
			if (called) await world.walk.park(wait(), people, 0);
			if (called) await world.walk.settle(await world.walk.start(wait()));
			world.clock.advance(7 * HOUR_MS);
			await world.walk.claim(trigger());
			const states = (await world.enrollments()).map(({ state }) => state);
			const tokens = (await world.rows<{ state: string }>('select state from token')).map(({ state }) => state);
			await world.close();
			return [...new Set([...states, ...tokens])];
		};

		expect(await over(1, true)).toEqual(['completed']);
		expect(await over(2, true)).toEqual(['active', 'away']);
		expect(await over(1, false)).toEqual(['active', 'held']);
		expect(await over(2, false)).toEqual(['active', 'away']);
		await open();
	});

	it('an execution that had waited and stops at an error holds its people at once, or tries each again, as the journey says (rules 10, 11)', async () => {
		await open();
		const leg = await world.walk.start(trigger());
		const broken = { nonce: leg.nonce, workflow: 'wf', reason: 'Mail: nobody is left on the item' };
		const running = await world.engine.journeys.breakOff(broken);
		await world.walk.settle(leg, { kind: 'waiting', untilMs: null });
		const elsewhere = await world.engine.journeys.breakOff({ ...broken, workflow: 'sub-workflow' });
		const [once, twice] = await Promise.all([world.engine.journeys.breakOff(broken), (await world.another()).engine.journeys.breakOff(broken)]);

		expect([running, elsewhere, once + twice]).toEqual([0, 0, 3]);
		expect(await world.rows('select state, reason from token')).toEqual(profiles.map(() => ({ state: 'held', reason: 'Mail: nobody is left on the item' })));
		expect(await world.walk.park(wait(), leg.people, 0)).toEqual([]);

		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, onFailure: 'retry' });
		await world.engine.journeys.retryHeld({ workflow: 'wf' });
		const again = await world.walk.start(trigger());
		await world.walk.settle(again, { kind: 'waiting', untilMs: null });
		await world.engine.journeys.breakOff({ ...broken, nonce: again.nonce });
		expect((await states()).sort()).toEqual(['parked', 'parked', 'parked']);
	});

	it('an error behind a wait that cannot be written down leaves everybody away, and holds all when it is told again (rule 24)', async () => {
		let dies = true;
		world = await World.open(kind, { atPoint: (point) => {
			if (dies && point === 'break-off:before-commit') throw new Error('the process dies here');
		} });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		await world.track('Signed Up', await world.people(3));
		const leg = await world.walk.start(trigger());
		await world.walk.settle(leg, { kind: 'waiting', untilMs: null });
		const broken = { nonce: leg.nonce, workflow: 'wf', reason: 'Mail: nobody is left on the item' };
		await expect(world.engine.journeys.breakOff(broken)).rejects.toThrow('the process dies here');
		const before = await states();
		dies = false;

		expect(await world.engine.journeys.breakOff(broken)).toBe(3);
		expect([before, await states()]).toEqual([['away', 'away', 'away'], ['held', 'held', 'held']]);
	});

	it('two processes that find the same ended waits at once end each leg once (rules 2, 3)', async () => {
		await open();
		const leg = await world.walk.start(trigger());
		await world.walk.settle(leg, { kind: 'waiting', untilMs: world.clock.nowMs() });
		await world.walk.park(wait(), leg.people, 30 * DAY_MS);
		world.clock.advance(7 * HOUR_MS);

		await claimAtOnce([await world.another(), await world.another()]);

		expect(await world.enrollments()).toMatchObject(profiles.map(() => ({ state: 'active', open_tokens: 1 })));
	});

	it('a late step that comes while another process is about to end its leg keeps it (rules 7, 11)', async () => {
		await open();
		const leg = await world.walk.start(trigger());
		await world.walk.settle(leg, { kind: 'waiting', untilMs: world.clock.nowMs() });
		await world.walk.route(trigger(), leg.people);
		world.clock.advance(7 * HOUR_MS);

		// What any call of a step does to its token's lease, in a transaction that was there first.
		const late = `update token set lease_until = ${world.clock.nowMs() + MINUTE_MS}`;
		await claimAtOnce([await world.another()], late);

		expect(await states()).toEqual(['away', 'away', 'away']);
		expect(await world.walk.park(wait(), leg.people, HOUR_MS)).toHaveLength(3);
	});

	/** On PostgreSQL all of them have read the expired leases, and wait for a lock, before the first may act. */
	async function claimAtOnce(others: Array<{ walk: World['walk'] }>, meanwhile?: string): Promise<void> {
		const claims = () => others.map((other) => other.walk.claim(trigger()));
		if (kind === 'sqlite') {
			if (meanwhile !== undefined) await world.change(meanwhile);
			await Promise.all(claims());
			return;
		}
		const waiting = await world.engine.store.tx('test-lock', async (tx) => {
			await tx.all(sql`select id from enrollment for update`);
			const pending = claims();
			await untilBlocked(tx, pending);
			if (meanwhile !== undefined) await tx.run(sql.raw(meanwhile));
			return { pending };
		});
		await Promise.all(waiting.pending);
	}

	it('an exit reaches people who are away, and their late steps are dropped (rules 7, 20)', async () => {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, exitOn: { event: 'Ordered' } });
		profiles = await world.people(1);
		await world.track('Signed Up', profiles);
		const leg = await world.walk.start(trigger());
		await world.walk.settle(leg, { kind: 'waiting', untilMs: null });

		await world.track('Ordered', profiles);

		expect(await world.walk.park(wait(), leg.people, 0)).toEqual([]);
		expect(await world.enrollments()).toMatchObject([{ state: 'exited', open_tokens: 0 }]);
	});
});
