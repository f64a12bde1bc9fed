import type { MoveRequest } from '../../../../engine/journeys/types';
import { DATABASES } from '../../databases';
import { Mailbox } from '../../messages/mailbox';
import type { Person } from '../walk';
import { DAY_MS, HOUR_MS, World } from '../world';

describe.each(DATABASES)('moving people by hand on %s', (kind) => {
	let world: World;
	let profiles: number[];
	let fail: string | null;

	beforeEach(async () => {
		fail = null;
		world = await World.open(kind, { atPoint: (point) => {
			if (point === fail) throw new Error('the process died');
		} });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		for (const step of [wait(), later(), mail()]) await world.engine.journeys.beat(step);
		profiles = await world.people(4);
	});
	afterEach(async () => {
		expect(await world.rows(`select e.id from enrollment e left join token t on t.enrollment = e.id
			group by e.id, e.open_tokens, e.state having e.open_tokens <> count(t.id) or (e.state = 'active') <> (count(t.id) > 0)`)).toEqual([]);
		await world.close();
	});

	const trigger = () => world.walk.step('trigger', 'trigger');
	const wait = () => world.walk.step('wait', 'waitForEvent');
	const later = () => world.walk.step('later', 'wait');
	const mail = () => world.walk.step('mail', 'email');
	const move = (more: Partial<MoveRequest> = {}) => world.engine.journeys.move({ workflow: 'wf', to: 'later', ...more });
	const places = async () => (await world.tokens()).map(({ step, state }) => `${step} ${state}`);

	async function toTheWait(people = profiles): Promise<void> {
		await world.track('Signed Up', people);
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait(), leg.people, DAY_MS, { event: 'Ordered' });
		await world.walk.settle(leg);
	}

	it('puts who waits to the other step, from where they go on at once, and counts them as moved (rule 1)', async () => {
		await toTheWait();

		expect(await move({ step: 'The wait' })).toEqual({ moved: 4, refused: [] });

		expect(await places()).toEqual(['later parked', 'later parked', 'later parked', 'later parked']);
		const leg = await world.walk.start(later());
		expect(leg.people.map(({ outcome }) => outcome)).toEqual(['due', 'due', 'due', 'due']);
		await world.walk.settle(leg);
		expect(await world.enrollments()).toMatchObject(profiles.map(() => ({ state: 'completed', open_tokens: 0 })));
		const [journey] = await world.engine.journeys.status();
		expect(journey?.steps.find(({ step }) => step === 'wait')).toMatchObject({ passed: { entered: 4, moved: 4 }, timeInStep: null });
		expect(journey?.steps.find(({ step }) => step === 'later')).toMatchObject({ entered: 4 });
		expect((await world.engine.privacy.audit({ action: 'journey.move' })).entries).toMatchObject([{ who: 'api', detail: { count: 4, workflow: 'wf', to: 'later' } }]);
	});

	it('moves only the people that are chosen, also by an id that was merged away', async () => {
		await toTheWait();
		const [visitor = 0] = (await world.engine.profiles.upsert([{ identities: [{ kind: 'anonymous_id', value: 'visitor' }] }], { source: 'test' })).profiles.map(Number);
		await world.engine.profiles.merge({ profileId: profiles[0] ?? 0 }, { profileId: visitor });

		expect((await move({ people: [visitor] })).moved).toBe(1);
		expect((await places()).sort()).toEqual(['later parked', 'wait parked', 'wait parked', 'wait parked']);
	});

	it('keeps waiting for the same and until the same time where that is asked for', async () => {
		await toTheWait();
		await world.engine.journeys.beat(world.walk.step('other', 'waitForEvent'));

		await move({ to: 'other', wait: 'keep' });
		expect((await world.tokens()).every(({ due_at, step }) => step === 'other' && due_at === world.clock.nowMs() + DAY_MS)).toBe(true);
		await world.track('Ordered', profiles.slice(0, 1));

		const leg = await world.walk.start(world.walk.step('other', 'waitForEvent'));
		expect(leg.people.map(({ outcome, stamp }) => [stamp.profile, outcome])).toEqual([[profiles[0], 'event']]);
	});

	it('frees people who are held, and who are stranded at a step that is gone', async () => {
		await toTheWait(profiles.slice(0, 2));
		await world.track('Signed Up', profiles.slice(2));
		await world.walk.settle(await world.walk.start(trigger()), { kind: 'failed', reason: 'The service is down' });
		expect(await places()).toContain('trigger held');
		for (let minute = 0; minute < 20; minute += 1) {
			await world.upFor(1);
			await world.engine.journeys.beat(later());
		}
		expect((await world.engine.journeys.status())[0]?.steps.find(({ step }) => step === 'wait')?.stranded).toBe(2);

		expect(await move()).toMatchObject({ moved: 4 });
		expect(await places()).toEqual(['later parked', 'later parked', 'later parked', 'later parked']);
	});

	it('leaves who is in an execution, and who is inside a wait of n8n', async () => {
		await toTheWait(profiles.slice(0, 1));
		await world.track('Signed Up', profiles.slice(1, 3));
		const running = await world.walk.start(trigger(), { limit: 1 });
		const waiting = await world.walk.start(trigger(), { limit: 1 });
		await world.walk.settle(waiting, { kind: 'waiting', untilMs: null });

		const { moved, refused } = await move();

		expect(moved).toBe(1);
		expect(refused.map(({ reason }) => reason).sort()).toEqual([expect.stringContaining('inside a wait'), expect.stringContaining('right now')]);
		expect(await world.walk.settle(running)).toMatchObject({ settled: 1 });
	});

	it.each([
		['filter', 'filter', 'Nobody can stand at'],
		['gone', 'wait', 'Nobody serves'],
	])('refuses a %s to go to', async (name, type, says) => {
		await toTheWait();
		const step = world.walk.step(name, type);
		await world.engine.journeys.beat(step);
		for (let minute = 0; minute < 20; minute += 1) {
			await world.upFor(1);
			if (name !== 'gone') await world.engine.journeys.beat(step);
		}

		await expect(move({ to: name })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining(says) as string });
		expect((await places()).every((place) => place === 'wait parked')).toBe(true);
	});

	it('refuses steps that nobody has ever heard of', async () => {
		await toTheWait();

		await expect(move({ to: 'never heard of' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
		await expect(move({ step: 'never heard of' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
	});

	it('refuses the trigger of another journey in the same workflow', async () => {
		await world.walk.register(world.walk.step('second', 'trigger'), { name: 'Second', entry: { kind: 'event', match: { event: 'Came Back' } } });
		await toTheWait();

		expect(await move({ to: 'second' })).toMatchObject({ moved: 0, refused: profiles.map(() => ({ reason: '"The second" is the trigger of another journey' })) });
		expect(await move({ to: 'trigger' })).toMatchObject({ moved: 4 });
	});

	describe('and mails', () => {
		let mailbox: Mailbox;
		beforeEach(async () => {
			mailbox = await Mailbox.open();
		});
		afterEach(() => mailbox.close());

		const send = async (people: readonly Person[]) => await world.walk.email(mail(), people, mailbox.mail());

		async function mailThenWait(): Promise<void> {
			await world.track('Signed Up', profiles);
			const leg = await world.walk.start(trigger());
			const { sent } = await send(leg.people);
			await world.walk.park(wait(), sent, DAY_MS);
			await world.walk.settle(leg);
		}

		it('refuses a step that has sent to them in this run', async () => {
			await mailThenWait();

			const { moved, refused } = await move({ to: 'mail' });

			expect(moved).toBe(0);
			expect(refused.map(({ reason }) => reason)).toEqual(profiles.map(() => '"The mail" has sent to this person in this run already; it would send again'));
		});

		it('leaves whom a fork has put on several branches where they are, since a moved branch could send what another one sends too (rules 1, 2)', async () => {
			await world.track('Signed Up', profiles.slice(0, 1));
			const leg = await world.walk.start(trigger());
			for (const branch of [wait(), later()]) await world.walk.park(branch, leg.people, DAY_MS);
			await world.walk.settle(leg);

			const forked = await move({ people: profiles.slice(0, 1), to: 'mail' });
			world.clock.advance(DAY_MS);
			await world.walk.settle(await world.walk.start(wait()));
			const alone = await move({ people: profiles.slice(0, 1), to: 'mail' });

			expect([forked.moved, alone.moved]).toEqual([0, 1]);
			expect(forked.refused.map(({ reason }) => reason)).toEqual(Array.from({ length: 2 }, () => expect.stringContaining('is on several branches of this journey at once')));
			expect(await world.enrollments()).toMatchObject([{ state: 'active', open_tokens: 1 }]);
		});

		it('sends nothing again that a step sent before the move, however they come to it, and new messages after that', async () => {
			await mailThenWait();
			await move({ to: 'trigger' });

			const leg = await world.walk.start(trigger());
			const again = await send(leg.people);
			expect(mailbox.accepted).toHaveLength(4);
			expect(again.results.map(({ outcome, reason }) => [outcome, reason])).toEqual(profiles.map(() => ['alreadySent', 'got this message in this run before they were moved by hand']));
			const replayed = await send(leg.people);
			expect(replayed.results.map(({ outcome }) => outcome)).toEqual(profiles.map(() => 'alreadySent'));
			expect(mailbox.accepted).toHaveLength(4);

			world.clock.advance(HOUR_MS);
			await world.walk.park(wait(), again.sent, HOUR_MS);
			await world.walk.settle(leg);
			world.clock.advance(HOUR_MS);
			const round = await world.walk.start(wait());
			await world.change('update enrollment set moved_at = moved_at - 1');
			expect((await send(round.people)).sent).toHaveLength(4);
			expect(mailbox.accepted).toHaveLength(8);
		});

		it('sends nothing again either to whom two paths bring to the step together', async () => {
			const [ann = 0] = profiles;
			/** From the trigger to the wait by two ways at once: two legs, which come to the mail in one batch. */
			const bothToTheMail = async () => {
				const leg = await world.walk.start(trigger());
				const [routed = []] = await world.walk.route(world.walk.step('side', 'filter'), leg.people);
				for (const path of [leg.people, routed]) await world.walk.park(wait(), path, HOUR_MS);
				await world.walk.settle(leg);
				world.clock.advance(HOUR_MS);
				const both = await world.walk.start(wait());
				expect(both.people).toHaveLength(2);
				return { both, ...(await send(both.people)) };
			};
			await world.track('Signed Up', [ann]);
			const first = await bothToTheMail();
			await world.walk.park(later(), first.sent.slice(0, 1), DAY_MS);
			await world.walk.settle(first.both);
			expect(mailbox.accepted).toHaveLength(2);
			world.clock.advance(HOUR_MS);
			expect(await move({ to: 'trigger' })).toMatchObject({ moved: 1 });

			const again = await bothToTheMail();

			expect(again.results.map(({ outcome }) => outcome)).toEqual(['alreadySent', 'alreadySent']);
			expect(mailbox.accepted).toHaveLength(2);
		});

		it('leaves nothing open in the ledger of what somebody was held with', async () => {
			await world.track('Signed Up', profiles.slice(0, 1));
			const leg = await world.walk.start(trigger());
			await world.walk.email(mail(), leg.people, { ...mailbox.mail(), content: { subject: 'Hi', body: { kind: 'html', source: '<p>{% for n in (1..100000000) %}x{% endfor %}</p>' } } });
			expect([await places(), await world.messages()]).toMatchObject([['trigger held'], [{ state: 'reserved' }]]);

			expect(await move()).toMatchObject({ moved: 1 });

			expect(await world.messages()).toMatchObject([{ state: 'skipped', reason: 'moved to another step' }]);
		});

		it('does not send where they no longer stand what was held there', async () => {
			await world.engine.journeys.stopSending('Wrong prices');
			await world.track('Signed Up', profiles);
			const leg = await world.walk.start(trigger());
			await send(leg.people);
			await world.walk.settle(leg);
			expect(await places()).toContain('mail parked');

			await move({ step: 'mail' });
			await world.engine.journeys.resumeSending();

			expect(await world.messages()).toMatchObject(profiles.map(() => ({ state: 'skipped', reason: 'moved to another step' })));
			expect((await world.walk.start(mail())).people).toEqual([]);
			expect(mailbox.accepted).toEqual([]);
		});
	});

	it('is whole or has not happened when the process dies, and can be repeated (rule 24)', async () => {
		await toTheWait();
		fail = 'move-people:before-commit';
		await expect(move()).rejects.toThrow();
		expect((await places()).every((place) => place === 'wait parked')).toBe(true);

		fail = 'move-people:after-commit';
		await move().catch(() => undefined);
		fail = null;
		expect(await move()).toMatchObject({ moved: 0 });
		expect(await places()).toEqual(['later parked', 'later parked', 'later parked', 'later parked']);
	});

	it('and a claim by another process at the same moment: each person goes one of the two ways (rule 7)', async () => {
		await toTheWait();
		world.clock.advance(DAY_MS);
		const other = await world.another();

		const [leg, { moved }] = await Promise.all([other.walk.start(wait()), move()]);

		expect(leg.people.length + moved).toBe(4);
		await other.walk.settle(leg);
		expect((await places()).filter((place) => place.startsWith('later'))).toHaveLength(moved);
	});

	it('and an event that ends the wait at the same moment: nobody waits for what has happened (rule 16)', async () => {
		await toTheWait();
		await world.engine.journeys.beat(world.walk.step('other', 'waitForEvent'));
		const other = await world.another();

		await Promise.all([
			other.engine.events.ingest(profiles.map((profileId) => ({ type: 'track', event: 'Ordered', profileId })), { source: 'test' }),
			move({ to: 'other', wait: 'keep' }),
		]);

		expect((await world.tokens()).map(({ step, outcome }) => [step, outcome])).toEqual(profiles.map(() => ['other', 'event']));
	});
});

describe.each(DATABASES)('taking people out by hand on %s', (kind) => {
	let world: World;
	let profiles: number[];

	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		profiles = await world.people(5);
		await world.track('Signed Up', profiles);
		const leg = await world.walk.start(trigger(), { limit: 3 });
		await world.walk.park(world.walk.step('wait', 'wait'), leg.people, DAY_MS);
		await world.walk.settle(leg);
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');

	it('ends the runs of everybody at a step, with the reason', async () => {
		expect(await world.engine.journeys.exitPeople({ workflow: 'wf', step: 'The wait', reason: ' Cancelled ' })).toEqual({ exited: 3 });

		expect((await world.engine.journeys.status())[0]).toMatchObject({ active: 2, exited: { Cancelled: 3 } });
		expect((await world.tokens()).map(({ step }) => step)).toEqual(['trigger', 'trigger']);
		expect((await world.engine.privacy.audit({ action: 'journey.exit' })).entries).toMatchObject([{ detail: { count: 3, workflow: 'wf' } }]);
	});

	it('ends the runs of chosen people, also of those whom an execution has; what still runs for them does nothing (rules 7, 20)', async () => {
		const leg = await world.walk.start(trigger());
		const running = leg.people.map(({ stamp }) => stamp.profile);

		expect(await world.engine.journeys.exitPeople({ workflow: 'wf', people: running, reason: 'Cancelled' })).toEqual({ exited: 2 });

		expect(await world.walk.park(world.walk.step('wait', 'wait'), leg.people, DAY_MS)).toEqual([]);
		expect(await world.walk.settle(leg)).toMatchObject({ settled: 0 });
		expect(await world.engine.journeys.exitPeople({ workflow: 'wf', people: running, reason: 'Cancelled' })).toEqual({ exited: 0 });
	});

	it('wants a reason, and a step that there is', async () => {
		await expect(world.engine.journeys.exitPeople({ workflow: 'wf', reason: ' ' })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await expect(world.engine.journeys.exitPeople({ workflow: 'wf', step: 'gone', reason: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
		expect((await world.tokens())).toHaveLength(5);
	});

	it('works in slices, so that thousands end without holding everybody else up', async () => {
		const many = (await world.engine.profiles.upsert(Array.from({ length: 1200 }, (_, n) => ({ identities: [{ kind: 'email', value: `m${n}@customer.example` }] })), { source: 'test' })).profiles.map(Number);
		await world.track('Signed Up', many);
		const before = world.points.length;

		expect(await world.engine.journeys.exitPeople({ workflow: 'wf', reason: 'Cancelled' })).toEqual({ exited: 1205 });
		expect(world.points.slice(before).filter((point) => point === 'exit-people:after-commit')).toHaveLength(3);
	});
});
