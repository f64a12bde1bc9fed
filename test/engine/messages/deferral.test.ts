import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import type { Leg } from '../journeys/walk';
import { changeElsewhere, DAY_MS, HOUR_MS, MINUTE_MS, World } from '../journeys/world';
import { Mailbox, type MailboxOptions } from './mailbox';

describe.each(DATABASES)('messages that cannot leave now, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox;
	let profiles: number[];
	let leg: Leg;

	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('email', 'email');
	const states = async () => (await world.messages()).map(({ state }) => state);

	async function open(people = 2, options: MailboxOptions & { atPoint?: (point: string) => void; exitOn?: string } = {}): Promise<void> {
		const { atPoint, exitOn, ...rest } = options;
		mailbox = await Mailbox.open(rest);
		world = await World.open(kind, atPoint === undefined ? {} : { atPoint });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, ...(exitOn === undefined ? {} : { exitOn: { event: exitOn } }) });
		profiles = await world.people(people);
		await world.track('Signed Up', profiles);
		leg = await world.walk.start(trigger());
		for (const [n, person] of leg.people.entries()) person.json.word = `word${n}`;
	}
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, mailbox.accepted, { entryEvent: 'Signed Up', atRest: true })).toEqual({});
		await world.close();
		await mailbox.close();
	});

	it('a dead server defers: the person parks at the step, and the same message leaves later with the item\'s data (rule 14)', async () => {
		await open();
		await mailbox.die();
		const first = await world.walk.email(step(), leg.people, mailbox.mail());
		await world.walk.settle(leg);
		const [problem, before] = [(await world.engine.journeys.status())[0]?.steps.find((one) => one.step === 'email')?.problem, await world.messages()];

		await mailbox.revive();
		const tooEarly = await world.walk.claim(step());
		world.clock.advance(MINUTE_MS);
		const again = await world.walk.start(step());
		const second = await world.walk.email(step(), again.people, mailbox.mail());
		await world.walk.settle(again);

		expect(first.results.map(({ outcome }) => outcome)).toEqual(['parked', 'parked']);
		expect(problem).toMatch(/cannot be reached/);
		expect(tooEarly.people).toEqual([]);
		expect(second.results.map(({ outcome, message }) => [outcome, message]).sort()).toEqual(before.map(({ id }) => ['sent', id]).sort());
		expect(again.people.map(({ json }) => json.word).sort()).toEqual(['word0', 'word1']);
		expect(mailbox.accepted.every(({ raw }) => /item:word\d:/.test(raw))).toBe(true);
		expect(await world.messages()).toMatchObject([{ state: 'sent', attempts: 2 }, { state: 'sent', attempts: 2 }]);
		expect((await world.engine.journeys.status())[0]?.steps.find((one) => one.step === 'email')?.problem).toBeNull();
	});

	it.each([['a NUL', 'word0\0'], ['half an emoji', 'word0\ud83d']])('keeps everybody of a batch in which one item has %s in it', async (_what, word) => {
		await open();
		if (leg.people[0] !== undefined) leg.people[0].json.word = word;
		await mailbox.die();
		const first = await world.walk.email(step(), leg.people, mailbox.mail());
		await world.walk.settle(leg);
		await mailbox.revive();
		world.clock.advance(MINUTE_MS);

		const again = await world.walk.start(step());
		await world.walk.email(step(), again.people, mailbox.mail());
		await world.walk.settle(again);

		expect(first.results.map(({ outcome }) => outcome)).toEqual(['parked', 'parked']);
		expect(mailbox.accepted.filter(({ raw }) => /item:word[01]/.test(raw))).toHaveLength(2);
	});

	it('tries with longer pauses and fails after the last: the person goes on by Not Sent', async () => {
		await open(1);
		await mailbox.die();
		let notSent = (await world.walk.email(step(), leg.people, mailbox.mail())).notSent;
		await world.walk.settle(leg);
		let attempts = 1;
		while (notSent.length === 0 && attempts < 20) {
			world.clock.advance(DAY_MS);
			const again = await world.walk.start(step());
			expect(again.people).toHaveLength(1);
			notSent = (await world.walk.email(step(), again.people, mailbox.mail())).notSent;
			await world.walk.settle(again);
			attempts += 1;
		}
		await mailbox.revive();

		expect(attempts).toBe(8);
		expect(await states()).toEqual(['failed']);
		expect(await world.enrollments()).toMatchObject([{ state: 'completed' }]);
	});

	it('a crash after the deferral replays the park, and sends nothing by the old leg (rule 13)', async () => {
		await open(2, { refuse: () => 451 });
		await world.walk.email(step(), leg.people, mailbox.mail());
		mailbox.options = {};
		world.clock.advance(90_000);

		const replay = await world.walk.start(trigger());
		const { results } = await world.walk.email(step(), replay.people, mailbox.mail());
		await world.walk.settle(replay);

		expect(results.map(({ outcome }) => outcome)).toEqual(['parked', 'parked']);
		expect(mailbox.accepted).toEqual([]);
		expect((await world.tokens()).map((token) => token.step)).toEqual(['email', 'email']);
	});

	it('who leaves while deferred gets nothing, and the message says why (rule 20)', async () => {
		await open(2, { exitOn: 'Ordered', refuse: () => 451 });
		await world.walk.email(step(), leg.people, mailbox.mail());
		await world.walk.settle(leg);

		await world.track('Ordered', profiles.slice(0, 1));
		mailbox.options = {};
		world.clock.advance(HOUR_MS);
		const again = await world.walk.start(step());
		await world.walk.email(step(), again.people, mailbox.mail());
		await world.walk.settle(again);

		expect(await world.messages()).toMatchObject([{ state: 'skipped', reason: 'left the journey' }, { state: 'sent' }]);
	});

	it('who leaves during an attempt that then fails for now is not tried again (rules 7, 20)', async () => {
		await open(1, { exitOn: 'Ordered' });
		mailbox.options = { refuse: async () => {
			await world.track('Ordered', profiles);
			return 451;
		} };

		const { results } = await world.walk.email(step(), leg.people, mailbox.mail());

		expect(results.map(({ outcome }) => outcome)).toEqual(['dropped']);
		expect(await world.tokens()).toEqual([]);
		expect(await world.messages()).toMatchObject([{ state: 'skipped', reason: 'left the journey' }]);
	});

	it('the kill switch stops at the attempt what was reserved; resuming sends each once (design: kill switch)', async () => {
		await open(4);
		await world.engine.journeys.stopSending('A mistake in the mail');

		const { results } = await world.walk.email(step(), leg.people, mailbox.mail());
		await world.walk.settle(leg);
		world.clock.advance(30 * DAY_MS);
		const whileStopped = await world.walk.claim(step());
		const ledger = await states();
		await world.engine.journeys.resumeSending();
		const again = await world.walk.start(step());
		const sent = await world.walk.email(step(), again.people, mailbox.mail());
		await world.walk.settle(again);

		expect(results.map(({ outcome, reason }) => `${outcome}: ${reason}`)).toEqual(Array.from({ length: 4 }, () => 'parked: all sending is stopped'));
		expect([whileStopped.people, ledger]).toEqual([[], ['deferred', 'deferred', 'deferred', 'deferred']]);
		expect(sent.sent).toHaveLength(4);
		expect(mailbox.accepted).toHaveLength(4);
	});

	it('the kill switch thrown in mid-batch stops the chunks that have not begun', async () => {
		await open(15, { beforeAccept: () => (stopping ??= world.engine.journeys.stopSending('stop')) });
		let stopping: Promise<void> | undefined;

		const { results } = await world.walk.email(step(), leg.people, mailbox.mail());
		await world.walk.settle(leg);

		expect(results.filter(({ outcome }) => outcome === 'sent')).toHaveLength(5);
		expect(results.filter(({ outcome }) => outcome === 'parked')).toHaveLength(10);
		expect((await world.engine.journeys.status())[0]?.sendingStopped).toBe(true);
	});

	it('sending that is resumed while a stopped batch is being put away leaves nobody waiting for ever', async () => {
		let resumed = false;
		await open(3, { atPoint: (point) => {
			// Between the attempt that saw the switch and the confirmation that parks: another process resumes, and finds nobody parked.
			if (point !== 'attempt:after-commit' || resumed) return;
			changeElsewhere(world.database, 'delete from setting where key = \'stop-switch\'');
			resumed = true;
		} });
		await world.engine.journeys.stopSending('stop');

		const { results } = await world.walk.email(step(), leg.people, mailbox.mail());
		await world.walk.settle(leg);
		const again = await world.walk.start(step());

		expect(resumed).toBe(true);
		expect(results.map(({ reason }) => reason)).toEqual(Array.from({ length: 3 }, () => 'all sending is stopped'));
		expect(again.people).toHaveLength(3);
		await world.walk.email(step(), again.people, mailbox.mail());
		await world.walk.settle(again);
		expect(mailbox.accepted).toHaveLength(3);
	});

	it('a stopped database stays stopped over a restart, and a start frees who a crash left behind after the resume', async () => {
		await open(2);
		await world.engine.journeys.stopSending('stop');
		await world.walk.email(step(), leg.people, mailbox.mail());
		await world.walk.settle(leg);

		const restarted = await world.another();
		const whileStopped = await restarted.walk.claim(step());
		// The crash: the switch is back, nobody has been freed.
		await world.change('delete from setting where key = \'stop-switch\'');
		const again = await world.another();

		expect(whileStopped.people).toEqual([]);
		expect((await again.walk.claim(step())).people).toHaveLength(2);
	});
});
