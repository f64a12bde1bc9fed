import { DATABASES } from '../databases';
import { meeting } from './meeting';
import { SIGNED_UP } from './sign-ups';
import { DAY_MS, HOUR_MS } from './world';

describe.each(DATABASES)('Journey Join beside crashes, exits, merges and edits on %s', (kind) => {
	const { world, step, passed, meetings, fork, parkAt, out, arrive, leaving } = meeting(kind);

	it('does nothing again when either leg is replayed after a crash, before and after the others have gone on (rules 1, 12)', async () => {
		await fork(1);
		world().clock.advance(2 * HOUR_MS);
		const crashed = [await out('a'), await out('b')];
		await world().walk.join(step('join'), crashed[0]?.people ?? [], 'a');
		await world().walk.join(step('join'), crashed[1]?.people ?? [], 'b');
		const gone = await leaving();
		world().clock.advance(61_000);

		// Neither leg was settled: both leases have run out, and both come by again.
		expect(await arrive('a')).toEqual(['arrived']);
		expect(await arrive('b')).toEqual(['arrived']);

		expect(gone).toHaveLength(1);
		expect(await leaving()).toEqual([]);
		expect(await passed('join')).toEqual({ arrived: 2 });
		expect(await world().enrollments()).toMatchObject([{ state: 'completed', open_tokens: 0 }]);
	});

	it('takes nothing from a leg that somebody else has claimed since (rules 6, 7)', async () => {
		await fork(1);
		world().clock.advance(2 * HOUR_MS);
		const slow = await out('a');
		world().clock.advance(10 * 60_000);
		const again = await out('a');

		expect(await world().walk.join(step('join'), slow.people, 'a', { needed: 1 })).toEqual(['gone']);
		expect(await world().walk.join(step('join'), again.people, 'a', { needed: 1 })).toEqual(['arrived']);
	});

	it('ends with the run: an exit takes who waits here, and whoever comes afterwards is gone (rule 20)', async () => {
		await fork(2);
		world().clock.advance(2 * HOUR_MS);
		await arrive('a');
		const b = await out('b');
		await world().walk.exit(step('exit'), b.people.slice(0, 1), 'Enough');

		expect(await world().walk.join(step('join'), b.people, 'b')).toEqual(['gone', 'arrived']);
		await world().walk.settle(b);

		expect(await leaving()).toHaveLength(1);
		expect((await world().enrollments()).map(({ state }) => state)).toEqual(expect.arrayContaining(['exited', 'completed']));
		expect(await meetings()).toEqual([]);
	});

	it('keeps who waits here through a merge of two people: the other path finds them by an old stamp (rule 17)', async () => {
		const [one = 0] = await fork(1);
		const { profiles: [guest] } = await world().engine.profiles.upsert([{ identities: [{ kind: 'anonymous_id', value: 'browser' }], attributes: { number: 7 } }], { source: 'test' });
		await world().track('Signed Up', [Number(guest)]);
		await parkAt(await world().walk.start(step('trigger')), ['a', 'b']);
		world().clock.advance(2 * HOUR_MS);
		await arrive('a');
		const b = await out('b');

		await world().engine.profiles.merge({ profileId: one }, { profileId: Number(guest) });
		expect(await world().walk.join(step('join'), b.people, 'b')).toEqual(['arrived', 'arrived']);
		await world().walk.settle(b);

		expect((await leaving()).map(({ stamp }) => stamp.profile)).toEqual([one, one]);
	});

	it('keeps nothing of somebody who is erased while they wait here', async () => {
		const [one = 0] = await fork(2);
		world().clock.advance(HOUR_MS);
		await arrive('a');
		expect(await meetings()).toHaveLength(2);

		await world().engine.privacy.erasePerson({ profileId: one }, { source: 'test' });

		expect(await meetings()).toHaveLength(1);
	});

	it('runs the time-out of a test person on the virtual clock', async () => {
		await world().walk.register(step('trigger'), { entry: { kind: 'event', match: { event: SIGNED_UP } }, virtualDaySeconds: 86.4 });
		await world().track('Signed Up', await world().people(1, { test: true }));
		const leg = await world().walk.start(step('trigger'));
		await world().walk.park(step('b'), leg.people, 1000 * DAY_MS);
		await world().walk.join(step('join'), leg.people, 'a', { timeoutMs: DAY_MS });
		await world().walk.settle(leg);

		world().clock.advance(86_399);
		expect(await leaving()).toEqual([]);
		world().clock.advance(1);

		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['timeout']);
	});

	it('asks for no path that was added while people wait: they never took it', async () => {
		await fork(1);
		world().clock.advance(2 * HOUR_MS);
		await arrive('a', { needed: 2 });
		await world().engine.journeys.setNeeded(step('join'), 3);

		await arrive('b', { needed: 3 });

		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['due']);
	});

	it('lets people go on who wait for a path that is gone, a slice a time, and at once whoever comes', async () => {
		await fork(3, ['a', 'b', 'c']);
		world().clock.advance(3 * HOUR_MS);
		await arrive('a', { needed: 3 });
		await arrive('b', { needed: 3 });
		expect(await leaving()).toEqual([]);

		await world().engine.journeys.setNeeded(step('join'), 2);
		await world().engine.tick();

		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['due', 'due', 'due']);
		expect(await world().rows('select recheck_above from join_step')).toEqual([{ recheck_above: null }]);
		expect(await arrive('c', { needed: 2 })).toEqual(['late', 'late', 'late']);
	});

	it('goes through everybody who waits when fewer paths are needed, in several slices', async () => {
		await fork(1);
		world().clock.advance(HOUR_MS);
		await arrive('a', { needed: 3 });
		const none = kind === 'postgres' ? "'[]'::jsonb" : "'[]'";
		const [first] = await world().rows<{ id: number }>('select id from enrollment order by id limit 1');
		const id = Number(first?.id);
		await world().change(`insert into meeting (enrollment, step, round, workflow, needed, arrived, ahead) select ${id} + n.id, 'join', 0, 'wf', 3, ${none}, ${none} from (${numbers(1200)}) as n`);
		await world().engine.journeys.setNeeded(step('join'), 1);

		expect(await world().engine.journeys.recheckMeetings(1)).toBe(1);
		expect(await world().rows('select count(*) as n from meeting where needed = 1')).toEqual([{ n: 500 }]);
		expect(await world().engine.journeys.recheckMeetings(10)).toBe(2);

		expect(await world().rows('select count(*) as n from meeting where needed > 1')).toEqual([{ n: 0 }]);
		expect(await leaving()).toHaveLength(1);
	});

	function numbers(count: number): string {
		return `select column1 as id from (values ${Array.from({ length: count }, (_, n) => `(${n + 1})`).join(', ')}) as v`;
	}
});
