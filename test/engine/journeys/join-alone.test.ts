import { DATABASES } from '../databases';
import { meeting } from './meeting';
import { HOUR_MS } from './world';

describe.each(DATABASES)('who waits at Journey Join for somebody who cannot come on %s', (kind) => {
	const { world, step, meetings, tokensAt, fork, parkAt, out, arrive, leaving } = meeting(kind);

	it('lets nobody wait for a path that has ended: when nothing else of the run is under way, they go on as if the time were over', async () => {
		await fork(2);
		world().clock.advance(2 * HOUR_MS);
		await arrive('a');
		const b = await out('b');
		expect(await leaving()).toEqual([]);

		await world().walk.settle(b);

		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['timeout', 'timeout']);
		expect(await world().enrollments()).toMatchObject([{ state: 'completed' }, { state: 'completed' }]);
	});

	it('waits for a path that is held: a person may let it go on', async () => {
		await fork(1);
		world().clock.advance(2 * HOUR_MS);
		const b = await out('b');
		await world().change("update token set state = 'held', nonce = null, lease_until = null where place = (select place from step where step = 'b')");
		await world().walk.settle(b);
		await arrive('a');
		expect(await leaving()).toEqual([]);

		await world().engine.journeys.retryHeld({ workflow: 'wf' });
		expect(await arrive('b')).toEqual(['arrived']);

		expect(await leaving()).toHaveLength(1);
	});

	it('takes nobody for waiting here who was moved to another step: they may still come', async () => {
		await fork(1, ['a', 'b', 'c']);
		world().clock.advance(3 * HOUR_MS);
		await arrive('a', { at: 'join-inner', needed: 2 });
		await arrive('b', { needed: 2 });
		await world().change("update token set place = (select place from step where step = 'c') where place = (select place from step where step = 'join-inner')");
		await world().walk.settle(await out('c'));

		expect(await leaving()).toEqual([]);
	});

	it('lets the inner of two joins go on first, so that the outer one is not left without it', async () => {
		await fork(1, ['a', 'b', 'c']);
		world().clock.advance(3 * HOUR_MS);
		await arrive('a', { at: 'join-inner', ahead: ['join'] });
		await arrive('c', { at: 'join', ahead: [] });
		await world().walk.settle(await out('b'));

		const inner = await world().walk.start(step('join-inner'));
		expect(inner.people.map(({ outcome }) => outcome)).toEqual(['timeout']);
		expect(await leaving()).toEqual([]);
		await world().walk.join(step('join'), inner.people, 'inner');
		await world().walk.settle(inner);

		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['due']);
	});

	it('lets paths of an outer fork meet, whatever inner joins each has been through', async () => {
		await fork(2, ['a', 'b', 'c']);
		world().clock.advance(3 * HOUR_MS);
		await arrive('a', { at: 'join-inner', ahead: ['join'] });
		await arrive('b', { at: 'join-inner', ahead: ['join'] });
		const inner = await world().walk.start(step('join-inner'));
		await parkAt(inner, ['d']);
		await arrive('c');
		world().clock.advance(HOUR_MS);

		expect(await arrive('d')).toEqual(['arrived', 'arrived']);

		expect((await leaving()).map(({ outcome }) => outcome)).toEqual(['due', 'due']);
	});

	it('makes a loop that comes by again another meeting, with its own late ones (rule 13)', async () => {
		await fork(1, ['a', 'b']);
		for (let round = 0; round < 3; round += 1) {
			world().clock.advance(HOUR_MS);
			expect(await arrive('a', { needed: 1 })).toEqual(['arrived']);
			const leg = await world().walk.start(step('join'));
			expect(leg.people).toHaveLength(1);
			await parkAt(leg, ['a', 'b']);
		}
		expect(await meetings()).toHaveLength(3);
		// Two of the round that has begun, and three late ones.
		expect(await tokensAt('b')).toHaveLength(4);
		world().clock.advance(2 * HOUR_MS);

		const late = await out('b');
		expect(await world().walk.join(step('join'), late.people, 'b', { needed: 1 })).toEqual(expect.arrayContaining(['arrived', 'late', 'late', 'late']));
		await world().walk.settle(late);
		expect(await arrive('a', { needed: 1 })).toEqual(['late']);

		expect(await leaving()).toHaveLength(1);
		expect(await world().enrollments()).toMatchObject([{ state: 'completed', open_tokens: 0 }]);
	});
});
