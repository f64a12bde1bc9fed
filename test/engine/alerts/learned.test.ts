import type { AlertMeasure } from '../../../engine/settings/types';
import type { JourneyConfig, Stamp } from '../../../engine/journeys/types';
import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from '../journeys/world';
import { Mailbox } from '../messages/mailbox';

const SIGNED_UP = { kind: 'event', match: { event: 'Signed Up' } } as const;

describe.each(DATABASES)('what is usual for a journey, on %s', (kind) => {
	let world: World;
	let mailbox: Mailbox | null;
	beforeEach(async () => {
		world = await World.open(kind);
		mailbox = null;
	});
	afterEach(async () => {
		await world.close();
		await mailbox?.close();
	});

	const trigger = (step = 'trigger') => world.walk.step(step, 'trigger');
	const register = (more: Partial<JourneyConfig> = {}, step = 'trigger') => world.walk.register(trigger(step), { entry: SIGNED_UP, ...more });
	const alerts = async () => (await world.engine.alerts.list()).map(({ kind: what, number, usual, limit, paused, overAt }) => [what, number, usual, limit, paused, overAt !== null]).reverse();
	/** Counted in the hour before so many days, as the hours of a journey's past stand in the database. */
	const past = async (days: number, counts: Record<string, number>) => {
		const hour = Math.floor(world.clock.nowMs() / HOUR_MS) - days * 24;
		for (const [what, people] of Object.entries(counts)) await world.change(`insert into journey_tally (journey, hour, kind, people) values ('${world.journey('trigger')}', ${hour}, '${what}', ${people})`);
	};
	/** Counted now, and judged. */
	const now = async (counts: Record<string, number>) => {
		for (const [what, people] of Object.entries(counts)) await world.change(`insert into journey_tally_new (journey, at, kind, people) values ('${world.journey('trigger')}', ${world.clock.nowMs()}, '${what}', ${people})`);
		await world.engine.tick();
	};
	const NO_LIMITS = { limits: { complaints: 0, bounces: 0, failures: 0, unsubscribes: 0, entries: 0 } };

	// Three times the median is the widest of the three here, below it nothing is said.
	it.each<[AlertMeasure, string, number, boolean]>([['complaints', 'complained', 2, true], ['bounces', 'bounced', 20, true], ['failures', 'held', 60, false], ['unsubscribes', 'unsubscribed', 10, false]])(
		'learns the share of %s from days with messages enough, and tells of what is far above it', async (measure, what, usually, brakes) => {
			await register({ alerts: NO_LIMITS });
			for (let days = 2; days < 9; days += 1) await past(days, { sent: 1000 - (measure === 'failures' ? usually : 0), [what]: usually });
			// A day of twelve mails says nothing, however many of them came back; one very bad day in seven moves nothing.
			await past(9, { sent: 12, [what]: 12 });
			await now({ sent: 1000 - (measure === 'failures' ? 3 * usually : 0), [what]: 3 * usually });
			const usual = await alerts();
			await now({ [what]: 1 });

			expect(usual).toEqual([]);
			const [alert = []] = await alerts();
			expect(alert).toEqual([measure, expect.any(Number), expect.closeTo((3 * usually) / 10, 6), null, brakes, false]);
			expect((await world.engine.journeys.status())[0]?.paused !== null).toBe(brakes);
		});

	it('needs three days with messages enough, and never takes less than the floor for usual; whoever will not have it learned has only limits', async () => {
		await register({ alerts: NO_LIMITS });
		for (const days of [3, 5]) await past(days, { sent: 1000 });
		await now({ sent: 1000, bounced: 200 });
		const twoDays = await alerts();
		await past(7, { sent: 1000 });
		await register({ alerts: { ...NO_LIMITS, learn: false } });
		await now({ bounced: 1 });
		const unlearned = await alerts();
		await register({ alerts: NO_LIMITS });
		world.clock.advance(HOUR_MS);
		await now({ bounced: 1 });

		expect([twoDays, unlearned]).toEqual([[], []]);
		expect(await alerts()).toEqual([['bounces', 20.2, 2, null, true, false]]);
	});

	it('learns the share of bounces from mails that were sent and came back, day by day', async () => {
		mailbox = await Mailbox.open();
		await world.engine.collector.configure({ workflow: 'collector', writeKeys: { key: 'shop' }, publicUrl: 'https://links.shop.example', port: null, host: '127.0.0.1' });
		await world.engine.settings.set({ caps: [], quietHours: null });
		await register({ alerts: { ...NO_LIMITS, atLeast: 30 } });
		const people = await world.people(60);
		const known = new Set<string>();
		const day = async (bounces: number) => {
			await world.track('Signed Up', people);
			const leg = await world.walk.start(trigger());
			await world.walk.email(world.walk.step('email', 'email'), leg.people, (mailbox as Mailbox).mail());
			await world.walk.settle(leg);
			const sent = (await world.rows<{ id: string; profile: number }>('select id, profile from message order by profile, id')).filter(({ id }) => !known.has(id));
			for (const { id } of sent) known.add(id);
			await world.engine.events.ingest(sent.slice(0, bounces).map(({ id, profile }) => ({ type: 'track', event: 'Email Bounced', profileId: profile, message: id })), { source: 'test', own: true });
			await world.engine.tick();
		};
		for (let n = 0; n < 4; n += 1) {
			await day(2);
			world.clock.advance(DAY_MS);
		}
		world.clock.advance(DAY_MS);
		await day(5);
		const five = await alerts();
		world.clock.advance(2 * DAY_MS);
		await day(8);

		expect(five).toEqual([]);
		expect(await alerts()).toEqual([['bounces', expect.closeTo(800 / 60, 2), expect.any(Number), null, true, false]]);
	});

	it('of two journeys in one workflow each has its own: one brakes, the other goes on, and is told of when it stands still', async () => {
		await register({ alerts: { limits: { entries: 5 } } }, 'first');
		await register({ entry: { kind: 'event', match: { event: 'Bought' } }, alerts: { limits: { entries: 5 } } }, 'second');
		const people = await world.people(6);
		await world.track('Signed Up', people);
		await world.track('Bought', people.slice(0, 3));
		await world.engine.tick();
		const braked = await world.engine.journeys.status();
		const claims = [(await world.walk.claim(trigger('first'))).people.length, (await world.walk.claim(trigger('second'), { limit: 1 })).people.length];
		for (let minute = 0; minute < 40; minute += 1) {
			await world.upFor(1);
			for (let n = 0; n < 20; n += 1) await world.engine.tick();
		}

		expect(braked.map(({ paused }) => paused !== null)).toEqual([true, false]);
		expect(claims).toEqual([0, 1]);
		expect((await world.engine.alerts.list()).map(({ kind: what, journey, paused }) => [what, journey?.step, paused]).reverse()).toEqual([['entries', 'first', true], ['stalled', 'second', false]]);
	});

	it('pauses in the midst of a broadcast: the rest comes in and waits, nobody is handed out, and after the resume everybody goes once', async () => {
		let slices = 0;
		await world.close();
		world = await World.open(kind, { atPoint: (point) => {
			if (point === 'broadcast-slice:after-commit' && (slices += 1) === 1) throw new Error('the process dies here');
		} });
		const people = await world.people(1200);
		await register({ entry: { kind: 'schedule', people: { rule: { attribute: 'number', operator: 'greaterOrEqual', value: 0 } }, localTime: false, when: { at: '2026-03-02T10:00:00Z' } }, alerts: { limits: { entries: 400 } } });
		world.clock.set(Date.parse('2026-03-02T10:00:00Z'));
		await expect(world.engine.tick()).rejects.toThrow('the process dies here');
		// What entered is judged before the next slice.
		await world.engine.tick();
		const early = await world.walk.claim(trigger(), { limit: 5000 });
		await world.engine.tick();
		const during = [(await world.enrollments()).length, early.people.length, (await world.walk.claim(trigger(), { limit: 5000 })).people.length];
		await world.engine.journeys.resume({ workflow: 'wf' });
		const stamps: Stamp[] = [];
		for (let claimed = 500; claimed === 500; ) {
			const leg = await world.walk.start(trigger());
			await world.walk.settle(leg);
			claimed = leg.people.length;
			stamps.push(...leg.people.map(({ stamp }) => stamp));
		}
		world.clock.advance(MINUTE_MS);
		await world.engine.tick();

		expect(during).toEqual([1200, 0, 0]);
		expect(stamps.map(({ profile }) => profile).sort((a, b) => a - b)).toEqual(people);
		expect(await alerts()).toMatchObject([['entries', expect.any(Number), null, 400, true, false]]);
		expect((await world.engine.journeys.status())[0]).toMatchObject({ entered: 1200, completed: 1200, paused: null });
	});
});
