import type { JourneyConfig, StepRef } from '../../../engine/journeys/types';
import { DATABASES } from '../databases';
import { protocolViolations } from './protocol-checks';
import type { Leg, Person, Walk } from './walk';
import { DAY_MS, HOUR_MS, World } from './world';

const TRIGGER: Partial<JourneyConfig> & Pick<JourneyConfig, 'entry'> = { entry: { kind: 'event', match: { event: 'Signed Up' } }, fields: ['number'], onFailure: 'retry' };

describe.each(DATABASES)('Journey Join on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(step('trigger'), TRIGGER);
	});
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, [], { entryEvent: 'Signed Up', atRest: false })).toEqual({});
		await world.close();
	});

	const step = (name: string): StepRef => world.walk.step(name, name === 'trigger' ? 'trigger' : name.startsWith('join') ? 'join' : 'wait');
	const passed = async (name: string) => (await world.engine.journeys.status())[0]?.steps.find((one) => one.step === name)?.passed ?? {};
	const meetings = () => world.rows('select enrollment, step, round from meeting order by enrollment, step, round');
	const walkAt = (name: string) => world.tokens().then((tokens) => tokens.filter((token) => token.step === name));

	/** People of a new journey, and one leg of each parked at each of these waits, an hour apart: a fork into so many paths. */
	async function fork(people: number, waits: readonly string[] = ['a', 'b']): Promise<number[]> {
		const profiles = await world.people(people);
		await world.track('Signed Up', profiles);
		await parkAt(await world.walk.start(step('trigger')), waits);
		return profiles;
	}

	async function parkAt(leg: Leg, waits: readonly string[]): Promise<void> {
		for (const [n, wait] of waits.entries()) await world.walk.park(step(wait), leg.people, (n + 1) * HOUR_MS);
		await world.walk.settle(leg);
	}

	/** The people who come out of a step, in an execution that is still open. */
	async function out(name: string, walk: Walk = world.walk): Promise<Leg> {
		const leg = await walk.start(step(name), { steps: ['a', 'b', 'c', 'join', 'join-inner'] });
		const [people = []] = leg.people.length === 0 ? [] : await walk.route(step(name), leg.people);
		return { ...leg, people };
	}

	/** One path from its wait to the join, to the end of its execution. */
	async function arrive(wait: string, more: Parameters<Walk['join']>[3] & { at?: string } = {}): Promise<string[]> {
		const leg = await out(wait);
		const outcomes = leg.people.length === 0 ? [] : await world.walk.join(step(more.at ?? 'join'), leg.people, wait, more);
		await world.walk.settle(leg);
		return outcomes;
	}

	/** Who leaves the join now, by which outcome. */
	async function leaving(name = 'join'): Promise<Person[]> {
		const leg = await world.walk.start(step(name));
		await world.walk.settle(leg);
		return leg.people;
	}

	it('lets two paths that were parked for different times go on as one, once (rule 25)', async () => {
		const profiles = await fork(3);
		world.clock.advance(HOUR_MS);
		expect(await arrive('a')).toEqual(['arrived', 'arrived', 'arrived']);
		expect(await leaving()).toEqual([]);
		world.clock.advance(HOUR_MS);
		expect(await arrive('b')).toEqual(['arrived', 'arrived', 'arrived']);

		expect((await leaving()).map(({ stamp, json, outcome }) => ({ profile: stamp.profile, json, outcome })).sort((a, b) => a.profile - b.profile))
			.toEqual(profiles.map((profile, number) => ({ profile, json: { profileId: profile, number }, outcome: 'due' })));
		expect(await world.enrollments()).toMatchObject(profiles.map(() => ({ state: 'completed', open_tokens: 0 })));
		expect(await passed('join')).toEqual({ arrived: 6 });
		expect(await meetings()).toEqual([]);
	});

	it('joins the paths of one execution too, each person once', async () => {
		await world.track('Signed Up', await world.people(2));
		const leg = await world.walk.start(step('trigger'));

		await world.walk.join(step('join'), leg.people, 'left');
		await world.walk.join(step('join'), leg.people, 'right');
		await world.walk.settle(leg);

		expect(await leaving()).toHaveLength(2);
		expect(await leaving()).toEqual([]);
	});

	it('lets one go on when both paths arrive at the same moment in two processes (rules 2, 3)', async () => {
		const other = await world.another();
		for (let round = 0; round < 5; round += 1) {
			await world.track('Signed Up', await world.people(20));
			await parkAt(await world.walk.start(step('trigger')), ['a', 'b']);
			world.clock.advance(2 * HOUR_MS);
			const [left, right] = [await out('a'), await out('b', other.walk)];

			const outcomes = await Promise.all([world.walk.join(step('join'), left.people, 'a'), other.walk.join(step('join'), [...right.people].reverse(), 'b')]);
			await Promise.all([world.walk.settle(left), other.walk.settle(right)]);

			expect(outcomes.flat()).toEqual(Array<string>(40).fill('arrived'));
			expect(await leaving()).toHaveLength(20);
		}
		expect((await world.enrollments()).every(({ state }) => state === 'completed')).toBe(true);
	});

	it('goes on with the first path, where that is asked for; the others end quietly and are counted', async () => {
		await fork(2, ['a', 'b', 'c']);
		world.clock.advance(HOUR_MS);
		await arrive('a', { needed: 1 });
		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['due', 'due']);
		world.clock.advance(2 * HOUR_MS);

		expect(await arrive('b', { needed: 1 })).toEqual(['late', 'late']);
		expect(await arrive('c', { needed: 1 })).toEqual(['late', 'late']);

		expect(await leaving()).toEqual([]);
		expect(await passed('join')).toEqual({ arrived: 2, late: 4 });
		expect(await world.enrollments()).toMatchObject([{ state: 'completed' }, { state: 'completed' }]);
		expect(await meetings()).toEqual([]);
	});

	it('lets people go by the time-out, counted from the first path; who comes later ends', async () => {
		await fork(1, ['a', 'b']);
		world.clock.advance(HOUR_MS);
		await arrive('a', { timeoutMs: HOUR_MS / 2 });
		world.clock.advance(HOUR_MS / 2 - 1);
		expect(await leaving()).toEqual([]);
		world.clock.advance(1);
		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['timeout']);
		world.clock.advance(HOUR_MS);

		expect(await arrive('b')).toEqual(['late']);

		expect(await world.enrollments()).toMatchObject([{ state: 'completed', open_tokens: 0 }]);
	});

	it('decides between time-out and last path once: whoever was first, the same on a replay (rules 4, 16)', async () => {
		await fork(2);
		world.clock.advance(2 * HOUR_MS);
		const a = await out('a');
		await world.walk.join(step('join'), a.people, 'a', { timeoutMs: 0 });
		await world.walk.settle(a);
		const claimed = await world.walk.claim(step('join'), { limit: 1 });
		const b = await out('b');

		const outcomes = await world.walk.join(step('join'), b.people, 'b');

		const claimedAt = b.people.findIndex(({ stamp }) => stamp.enrollment === claimed.people[0]?.stamp.enrollment);
		expect(outcomes[claimedAt]).toBe('late');
		expect(outcomes[1 - claimedAt]).toBe('arrived');
		await world.walk.settle(b);
		// The execution never started: the same outcome comes again, beside that of the other person.
		await world.walk.settle(claimed);
		expect((await leaving()).map(({ stamp, outcome }) => [stamp.enrollment === claimed.people[0]?.stamp.enrollment, outcome]).sort()).toEqual([[false, 'due'], [true, 'timeout']]);
	});

	it('waits for so many of the paths as are asked for', async () => {
		await fork(1, ['a', 'b', 'c']);
		world.clock.advance(3 * HOUR_MS);
		await arrive('a');
		await arrive('c');
		expect(await leaving()).toHaveLength(1);

		expect(await arrive('b')).toEqual(['late']);
	});

	it('counts a path once, however many legs it has', async () => {
		await fork(1, ['a', 'b']);
		world.clock.advance(HOUR_MS);
		const a = await out('a');
		await parkAt(a, ['a1', 'a2']);
		world.clock.advance(2 * HOUR_MS);
		const legs = [await out('a1'), await out('a2')];
		for (const leg of legs) {
			await world.walk.join(step('join'), leg.people, 'a');
			await world.walk.settle(leg);
		}
		expect(await leaving()).toEqual([]);

		await arrive('b');

		expect(await leaving()).toHaveLength(1);
		expect(await world.enrollments()).toMatchObject([{ state: 'completed' }]);
	});

	it('lets nobody wait for a path that has ended: when nothing else of the run is under way, they go on as if the time were over', async () => {
		await fork(2);
		world.clock.advance(2 * HOUR_MS);
		await arrive('a');
		const b = await out('b');
		expect(await leaving()).toEqual([]);

		await world.walk.settle(b);

		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['timeout', 'timeout']);
		expect(await world.enrollments()).toMatchObject([{ state: 'completed' }, { state: 'completed' }]);
	});

	it('waits for a path that is held: a person may let it go on', async () => {
		await fork(1);
		world.clock.advance(2 * HOUR_MS);
		const b = await out('b');
		await world.change("update token set state = 'held', nonce = null, lease_until = null where place = (select place from step where step = 'b')");
		await world.walk.settle(b);
		await arrive('a');
		expect(await leaving()).toEqual([]);

		await world.engine.journeys.retryHeld({ workflow: 'wf' });
		expect(await arrive('b')).toEqual(['arrived']);

		expect(await leaving()).toHaveLength(1);
	});

	it('takes nobody for waiting here who was moved to another step: they may still come', async () => {
		await fork(1, ['a', 'b', 'c']);
		world.clock.advance(3 * HOUR_MS);
		await arrive('a', { at: 'join-inner', needed: 2 });
		await arrive('b', { needed: 2 });
		await world.change("update token set place = (select place from step where step = 'c') where place = (select place from step where step = 'join-inner')");
		await world.walk.settle(await out('c'));

		expect(await leaving()).toEqual([]);
	});

	it('lets the inner of two joins go on first, so that the outer one is not left without it', async () => {
		await fork(1, ['a', 'b', 'c']);
		world.clock.advance(3 * HOUR_MS);
		await arrive('a', { at: 'join-inner', ahead: ['join'] });
		await arrive('c', { at: 'join', ahead: [] });
		await world.walk.settle(await out('b'));

		const inner = await world.walk.start(step('join-inner'));
		expect(inner.people.map(({ outcome }) => outcome)).toEqual(['timeout']);
		expect(await leaving()).toEqual([]);
		await world.walk.join(step('join'), inner.people, 'inner');
		await world.walk.settle(inner);

		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['due']);
	});

	it('lets paths of an outer fork meet, whatever inner joins each has been through', async () => {
		await fork(2, ['a', 'b', 'c']);
		world.clock.advance(3 * HOUR_MS);
		await arrive('a', { at: 'join-inner', ahead: ['join'] });
		await arrive('b', { at: 'join-inner', ahead: ['join'] });
		const inner = await world.walk.start(step('join-inner'));
		await parkAt(inner, ['d']);
		await arrive('c');
		world.clock.advance(HOUR_MS);

		expect(await arrive('d')).toEqual(['arrived', 'arrived']);

		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['due', 'due']);
	});

	it('makes a loop that comes by again another meeting, with its own late ones (rule 13)', async () => {
		await fork(1, ['a', 'b']);
		for (let round = 0; round < 3; round += 1) {
			world.clock.advance(HOUR_MS);
			expect(await arrive('a', { needed: 1 })).toEqual(['arrived']);
			const leg = await world.walk.start(step('join'));
			expect(leg.people).toHaveLength(1);
			await parkAt(leg, ['a', 'b']);
		}
		expect(await meetings()).toHaveLength(3);
		// Two of the round that has begun, and three late ones.
		expect(await walkAt('b')).toHaveLength(4);
		world.clock.advance(2 * HOUR_MS);

		const late = await out('b');
		expect(await world.walk.join(step('join'), late.people, 'b', { needed: 1 })).toEqual(expect.arrayContaining(['arrived', 'late', 'late', 'late']));
		await world.walk.settle(late);
		expect(await arrive('a', { needed: 1 })).toEqual(['late']);

		expect(await leaving()).toHaveLength(1);
		expect(await world.enrollments()).toMatchObject([{ state: 'completed', open_tokens: 0 }]);
	});

	it('does nothing again when either leg is replayed after a crash, before and after the others have gone on (rules 1, 12)', async () => {
		await fork(1);
		world.clock.advance(2 * HOUR_MS);
		const crashed = [await out('a'), await out('b')];
		await world.walk.join(step('join'), crashed[0]?.people ?? [], 'a');
		await world.walk.join(step('join'), crashed[1]?.people ?? [], 'b');
		const gone = await leaving();
		world.clock.advance(61_000);

		// Neither leg was settled: both leases have run out, and both come by again.
		expect(await arrive('a')).toEqual(['arrived']);
		expect(await arrive('b')).toEqual(['arrived']);

		expect(gone).toHaveLength(1);
		expect(await leaving()).toEqual([]);
		expect(await passed('join')).toEqual({ arrived: 2 });
		expect(await world.enrollments()).toMatchObject([{ state: 'completed', open_tokens: 0 }]);
	});

	it('takes nothing from a leg that somebody else has claimed since (rules 6, 7)', async () => {
		await fork(1);
		world.clock.advance(2 * HOUR_MS);
		const slow = await out('a');
		world.clock.advance(10 * 60_000);
		const again = await out('a');

		expect(await world.walk.join(step('join'), slow.people, 'a', { needed: 1 })).toEqual(['gone']);
		expect(await world.walk.join(step('join'), again.people, 'a', { needed: 1 })).toEqual(['arrived']);
	});

	it('ends with the run: an exit takes who waits here, and whoever comes afterwards is gone (rule 20)', async () => {
		await fork(2);
		world.clock.advance(2 * HOUR_MS);
		await arrive('a');
		const b = await out('b');
		await world.walk.exit(step('exit'), b.people.slice(0, 1), 'Enough');

		expect(await world.walk.join(step('join'), b.people, 'b')).toEqual(['gone', 'arrived']);
		await world.walk.settle(b);

		expect(await leaving()).toHaveLength(1);
		expect((await world.enrollments()).map(({ state }) => state)).toEqual(expect.arrayContaining(['exited', 'completed']));
		expect(await meetings()).toEqual([]);
	});

	it('keeps who waits here through a merge of two people: the other path finds them by an old stamp (rule 17)', async () => {
		const [one = 0] = await fork(1);
		const { profiles: [guest] } = await world.engine.profiles.upsert([{ identities: [{ kind: 'anonymous_id', value: 'browser' }], attributes: { number: 7 } }], { source: 'test' });
		await world.track('Signed Up', [Number(guest)]);
		await parkAt(await world.walk.start(step('trigger')), ['a', 'b']);
		world.clock.advance(2 * HOUR_MS);
		await arrive('a');
		const b = await out('b');

		await world.engine.profiles.merge({ profileId: one }, { profileId: Number(guest) });
		expect(await world.walk.join(step('join'), b.people, 'b')).toEqual(['arrived', 'arrived']);
		await world.walk.settle(b);

		expect((await leaving()).map(({ stamp }) => stamp.profile)).toEqual([one, one]);
	});

	it('keeps nothing of somebody who is erased while they wait here', async () => {
		const [one = 0] = await fork(2);
		world.clock.advance(HOUR_MS);
		await arrive('a');
		expect(await meetings()).toHaveLength(2);

		await world.engine.privacy.erasePerson({ profileId: one }, { source: 'test' });

		expect(await meetings()).toHaveLength(1);
	});

	it('runs the time-out of a test person on the virtual clock', async () => {
		await world.walk.register(step('trigger'), { ...TRIGGER, virtualDaySeconds: 86.4 });
		await world.track('Signed Up', await world.people(1, { test: true }));
		const leg = await world.walk.start(step('trigger'));
		await world.walk.park(step('b'), leg.people, 1000 * DAY_MS);
		await world.walk.join(step('join'), leg.people, 'a', { timeoutMs: DAY_MS });
		await world.walk.settle(leg);

		world.clock.advance(86_399);
		expect(await leaving()).toEqual([]);
		world.clock.advance(1);

		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['timeout']);
	});

	it('asks for no path that was added while people wait: they never took it', async () => {
		await fork(1);
		world.clock.advance(2 * HOUR_MS);
		await arrive('a', { needed: 2 });
		await world.engine.journeys.setNeeded(step('join'), 3);

		await arrive('b', { needed: 3 });

		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['due']);
	});

	it('lets people go on who wait for a path that is gone, a slice a time, and at once whoever comes', async () => {
		await fork(3, ['a', 'b', 'c']);
		world.clock.advance(3 * HOUR_MS);
		await arrive('a', { needed: 3 });
		await arrive('b', { needed: 3 });
		expect(await leaving()).toEqual([]);

		await world.engine.journeys.setNeeded(step('join'), 2);
		await world.engine.tick();

		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['due', 'due', 'due']);
		expect(await world.rows('select recheck_above from join_step')).toEqual([{ recheck_above: null }]);
		expect(await arrive('c', { needed: 2 })).toEqual(['late', 'late', 'late']);
	});

	it('goes through everybody who waits when fewer paths are needed, in several slices', async () => {
		await fork(1);
		world.clock.advance(HOUR_MS);
		await arrive('a', { needed: 3 });
		const none = kind === 'postgres' ? "'[]'::jsonb" : "'[]'";
		const [first] = await world.rows<{ id: number }>('select id from enrollment order by id limit 1');
		const id = Number(first?.id);
		await world.change(`insert into meeting (enrollment, step, round, workflow, needed, arrived, ahead) select ${id} + n.id, 'join', 0, 'wf', 3, ${none}, ${none} from (${numbers(1200)}) as n`);
		await world.engine.journeys.setNeeded(step('join'), 1);

		expect(await world.engine.journeys.recheckMeetings(1)).toBe(1);
		expect(await world.rows('select count(*) as n from meeting where needed = 1')).toEqual([{ n: 500 }]);
		expect(await world.engine.journeys.recheckMeetings(10)).toBe(2);

		expect(await world.rows('select count(*) as n from meeting where needed > 1')).toEqual([{ n: 0 }]);
		expect(await leaving()).toHaveLength(1);
	});

	function numbers(count: number): string {
		return `select column1 as id from (values ${Array.from({ length: count }, (_, n) => `(${n + 1})`).join(', ')}) as v`;
	}
});
