import { DATABASES } from '../../databases';
import { protocolViolations } from '../protocol-checks';
import { HOUR_MS, MINUTE_MS, World } from '../world';
import { dice } from './dice';

const SIGNED_UP = { kind: 'event', match: { event: 'Signed Up' } } as const;

describe.each(DATABASES)('the entry cap of a journey on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, [], { entryEvent: 'Signed Up', atRest: false })).toEqual({});
		await world.close();
	});

	const trigger = () => world.walk.step('trigger', 'trigger');
	const paused = async () => (await world.engine.journeys.status({ workflow: 'wf' }))[0]?.paused ?? null;
	const register = (people: number, perMs = HOUR_MS, more = {}) => world.walk.register(trigger(), { entry: SIGNED_UP, entryCap: { people, perMs }, ...more });

	it('pauses the journey in the transaction that takes in more than it allows: all are in, nobody of them is handed out, and it asks', async () => {
		await register(10);
		const people = await world.people(14);
		await world.track('Signed Up', people.slice(0, 10));
		const allowed = await world.walk.claim(trigger());
		const before = await paused();

		const entered = await world.track('Signed Up', people.slice(10, 12));
		const later = await world.track('Signed Up', people.slice(12));

		expect([allowed.people.length, before, entered, later]).toEqual([10, null, 2, 2]);
		expect((await paused())?.reason).toBe('More than 10 people entered "Welcome" within an hour, so it paused itself. They wait at the trigger and nobody in it is sent anything. Look whether they are the right ones, then let them go on with Journey Control: Resume, or end their runs with Journey Control: Exit.');
		expect(await world.walk.claim(trigger())).toMatchObject({ people: [], nextDueMs: null });
		expect((await world.tokens()).filter(({ state }) => state === 'parked').map(({ profile }) => profile)).toEqual(people.slice(10));
		expect((await world.engine.privacy.audit({ action: 'journey.pause' })).entries).toMatchObject([{ who: 'entry cap', detail: { workflow: 'wf', journeyStep: 'trigger' } }]);

		await world.engine.journeys.resume({ workflow: 'wf' });
		expect((await world.walk.claim(trigger())).people.map(({ stamp }) => stamp.profile).sort((a, b) => a - b)).toEqual(people.slice(10));
	});

	it('one batch of more than it allows is paused as a whole, before anybody is handed out', async () => {
		await register(3);
		await world.track('Signed Up', await world.people(8));

		expect((await world.walk.claim(trigger())).people).toEqual([]);
		expect((await world.tokens())).toHaveLength(8);
	});

	it('counts the window to the millisecond, in any batches', async () => {
		const cap = { people: 25, perMs: 10_000 };
		await register(cap.people, cap.perMs);
		const people = await world.people(260);
		const roll = dice(11);
		const entries: number[] = [];
		let pauses = 0;
		for (let at = 0; at < people.length;) {
			const batch = people.slice(at, at + 1 + roll(12));
			at += batch.length;
			await world.track('Signed Up', batch);
			entries.push(...batch.map(() => world.clock.nowMs()));
			const within = entries.filter((entered) => entered > world.clock.nowMs() - cap.perMs).length;
			expect({ at, paused: (await paused()) !== null }).toEqual({ at, paused: within > cap.people });
			if (within > cap.people) {
				pauses += 1;
				await world.engine.journeys.resume({ workflow: 'wf' });
				entries.length = 0;
			}
			world.clock.advance(1 + roll(5_000));
		}
		expect(pauses).toBeGreaterThan(2);
	});

	it('after a resume the crowd that is in does not pause it again, and the next one as large does', async () => {
		await register(4);
		const people = await world.people(15);
		await world.track('Signed Up', people.slice(0, 6));
		await world.engine.journeys.resume({ workflow: 'wf' });
		world.clock.advance(MINUTE_MS);
		await world.track('Signed Up', people.slice(6, 10));
		const goesOn = await paused();
		await world.track('Signed Up', people.slice(10, 11));

		expect(goesOn).toBeNull();
		expect(await paused()).not.toBeNull();
	});

	it('says so too when the journey was paused by a person already, who would else resume it without knowing', async () => {
		await register(2);
		await world.engine.journeys.pause({ workflow: 'wf' }, 'New mail at noon');
		const since = (await paused())?.since;
		world.clock.advance(MINUTE_MS);
		await world.track('Signed Up', await world.people(5));

		const now = await paused();
		expect(now?.since).toBe(since);
		expect(now?.reason).toMatch(/^More than 2 people entered .* It was already paused: New mail at noon$/);
	});

	it('refused people are no entries, and a cap that is taken away and given again counts from then on', async () => {
		await register(3, HOUR_MS, { reEntry: 'never' });
		const people = await world.people(6);
		await world.track('Signed Up', people.slice(0, 3));
		for (let n = 0; n < 4; n += 1) await world.track('Signed Up', people.slice(0, 3));
		const repeated = await paused();
		await world.walk.register(trigger(), { entry: SIGNED_UP, reEntry: 'never' });
		await register(3, HOUR_MS, { reEntry: 'never' });
		await world.track('Signed Up', people.slice(3));

		expect([repeated, await paused()]).toEqual([null, null]);
	});

	it.each([
		[{ entryCap: { people: 0, perMs: HOUR_MS } }, /whole numbers as its entry cap/],
		[{ entryRate: { people: 1.5, perMs: HOUR_MS } }, /whole numbers as its entry rate/],
		[{ entryRate: { people: 1, perMs: 40 * 24 * HOUR_MS } }, /at most 31 days/],
		[{ minGapMs: -1 }, /least gap/],
		[{ holdout: { percent: 101 } }, /percentage from 0 to 100/],
		[{ entry: { kind: 'event' as const, match: { event: 'Booked' }, key: 'booking..id' } }, /key of its event/],
	])('publishing refuses numbers that mean nothing: %j', async (config, message) => {
		await expect(world.walk.register(trigger(), { entry: SIGNED_UP, ...config })).rejects.toThrow(message);
	});
});
