import { DATABASES } from '../databases';
import { meeting } from './meeting';
import { HOUR_MS } from './world';

describe.each(DATABASES)('Journey Join on %s', (kind) => {
	const { world, step, passed, meetings, fork, parkAt, out, arrive, leaving } = meeting(kind);

	it('lets two paths that were parked for different times go on as one, once (rule 25)', async () => {
		const profiles = await fork(3);
		world().clock.advance(HOUR_MS);
		expect(await arrive('a')).toEqual(['arrived', 'arrived', 'arrived']);
		expect(await leaving()).toEqual([]);
		world().clock.advance(HOUR_MS);
		expect(await arrive('b')).toEqual(['arrived', 'arrived', 'arrived']);

		expect((await leaving()).map(({ stamp, json, outcome }) => ({ profile: stamp.profile, json, outcome })).sort((a, b) => a.profile - b.profile))
			.toEqual(profiles.map((profile, number) => ({ profile, json: { profileId: profile, number }, outcome: 'due' })));
		expect(await world().enrollments()).toMatchObject(profiles.map(() => ({ state: 'completed', open_tokens: 0 })));
		expect(await passed('join')).toEqual({ arrived: 6 });
		expect(await meetings()).toEqual([]);
	});

	it('joins the paths of one execution too, each person once', async () => {
		await world().track('Signed Up', await world().people(2));
		const leg = await world().walk.start(step('trigger'));

		await world().walk.join(step('join'), leg.people, 'left');
		await world().walk.join(step('join'), leg.people, 'right');
		await world().walk.settle(leg);

		expect(await leaving()).toHaveLength(2);
		expect(await leaving()).toEqual([]);
	});

	it('lets one go on when both paths arrive at the same moment in two processes (rules 2, 3)', async () => {
		const other = await world().another();
		for (let round = 0; round < 5; round += 1) {
			await world().track('Signed Up', await world().people(20));
			await parkAt(await world().walk.start(step('trigger')), ['a', 'b']);
			world().clock.advance(2 * HOUR_MS);
			const [left, right] = [await out('a'), await out('b', other.walk)];

			const outcomes = await Promise.all([world().walk.join(step('join'), left.people, 'a'), other.walk.join(step('join'), [...right.people].reverse(), 'b')]);
			await Promise.all([world().walk.settle(left), other.walk.settle(right)]);

			expect(outcomes.flat()).toEqual(Array<string>(40).fill('arrived'));
			expect(await leaving()).toHaveLength(20);
		}
		expect((await world().enrollments()).every(({ state }) => state === 'completed')).toBe(true);
	});

	it('goes on with the first path, where that is asked for; the others end quietly and are counted', async () => {
		await fork(2, ['a', 'b', 'c']);
		world().clock.advance(HOUR_MS);
		await arrive('a', { needed: 1 });
		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['due', 'due']);
		world().clock.advance(2 * HOUR_MS);

		expect(await arrive('b', { needed: 1 })).toEqual(['late', 'late']);
		expect(await arrive('c', { needed: 1 })).toEqual(['late', 'late']);

		expect(await leaving()).toEqual([]);
		expect(await passed('join')).toEqual({ arrived: 2, late: 4 });
		expect(await world().enrollments()).toMatchObject([{ state: 'completed' }, { state: 'completed' }]);
		expect(await meetings()).toEqual([]);
	});

	it('lets people go by the time-out, counted from the first path; who comes later ends', async () => {
		await fork(1, ['a', 'b']);
		world().clock.advance(HOUR_MS);
		await arrive('a', { timeoutMs: HOUR_MS / 2 });
		world().clock.advance(HOUR_MS / 2 - 1);
		expect(await leaving()).toEqual([]);
		world().clock.advance(1);
		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['timeout']);
		world().clock.advance(HOUR_MS);

		expect(await arrive('b')).toEqual(['late']);

		expect(await world().enrollments()).toMatchObject([{ state: 'completed', open_tokens: 0 }]);
	});

	it('decides between time-out and last path once: whoever was first, the same on a replay (rules 4, 16)', async () => {
		await fork(2);
		world().clock.advance(2 * HOUR_MS);
		const a = await out('a');
		await world().walk.join(step('join'), a.people, 'a', { timeoutMs: 0 });
		await world().walk.settle(a);
		const claimed = await world().walk.claim(step('join'), { limit: 1 });
		const b = await out('b');

		const outcomes = await world().walk.join(step('join'), b.people, 'b');

		const claimedAt = b.people.findIndex(({ stamp }) => stamp.enrollment === claimed.people[0]?.stamp.enrollment);
		expect(outcomes[claimedAt]).toBe('late');
		expect(outcomes[1 - claimedAt]).toBe('arrived');
		await world().walk.settle(b);
		// The execution never started: the same outcome comes again, beside that of the other person.
		await world().walk.settle(claimed);
		expect((await leaving()).map(({ stamp, outcome }) => [stamp.enrollment === claimed.people[0]?.stamp.enrollment, outcome]).sort()).toEqual([[false, 'due'], [true, 'timeout']]);
	});

	it('waits for so many of the paths as are asked for', async () => {
		await fork(1, ['a', 'b', 'c']);
		world().clock.advance(3 * HOUR_MS);
		await arrive('a');
		await arrive('c');
		expect(await leaving()).toHaveLength(1);

		expect(await arrive('b')).toEqual(['late']);
	});

	it('counts a path once, however many legs it has', async () => {
		await fork(1, ['a', 'b']);
		world().clock.advance(HOUR_MS);
		const a = await out('a');
		await parkAt(a, ['a1', 'a2']);
		world().clock.advance(2 * HOUR_MS);
		const legs = [await out('a1'), await out('a2')];
		for (const leg of legs) {
			await world().walk.join(step('join'), leg.people, 'a');
			await world().walk.settle(leg);
		}
		expect(await leaving()).toEqual([]);

		await arrive('b');

		expect(await leaving()).toHaveLength(1);
		expect(await world().enrollments()).toMatchObject([{ state: 'completed' }]);
	});
});
