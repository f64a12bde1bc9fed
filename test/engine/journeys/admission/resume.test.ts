import { journeyId } from '../../../../engine/journeys';
import { followResumes, resume } from '../../../../engine/journeys/admission/resume';
import { DATABASES } from '../../databases';
import { HOUR_MS, MINUTE_MS, World } from '../world';

const SIGNED_UP = { kind: 'event', match: { event: 'Signed Up' } } as const;
const RATE = { people: 1, perMs: MINUTE_MS };
const SLICE = 5;

describe.each(DATABASES)('the resume of a journey before which many wait, on %s', (kind) => {
	let world: World;
	let dieAt = Infinity;
	let slices = 0;
	beforeEach(async () => {
		[dieAt, slices] = [Infinity, 0];
		world = await World.open(kind, { atPoint: (point) => {
			if (point !== 'resume-slice:before-commit') return;
			slices += 1;
			if (slices === dieAt) throw new Error('the process died');
		} });
		await world.walk.register(trigger(), { entry: SIGNED_UP, entryRate: RATE });
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const go = () => resume(world.engine.store, { workflow: 'wf' }, { slice: SLICE });
	const pause = () => world.engine.journeys.pause({ workflow: 'wf' }, 'a wrong price');
	const dues = async () => (await world.rows<{ due_at: number }>('select due_at from token order by enrollment')).map(({ due_at: due }) => Number(due));
	const isPaused = async () => (await world.engine.journeys.status())[0]?.paused !== null;
	const evenly = (given: readonly number[]) => given.every((due, n) => n === 0 || due - (given[n - 1] ?? 0) === MINUTE_MS);

	/** 23 wait for slots a minute apart, three of whose times are over, and the journey is paused for an hour. */
	async function paused(): Promise<number[]> {
		await world.track('Signed Up', await world.people(23));
		world.clock.advance(2 * MINUTE_MS + 1);
		await pause();
		const before = await dues();
		world.clock.advance(HOUR_MS);
		return before;
	}

	it('moves everybody whose slot was still to come, in slices and once each, and keeps their pace', async () => {
		const before = await paused();

		expect(await go()).toEqual({ resumed: 1 });

		const after = await dues();
		// The last of them finds nobody left.
		expect(slices).toBe(5);
		expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
		expect(evenly(after.slice(3))).toBe(true);
		expect(after[3]).toBeGreaterThanOrEqual(world.clock.nowMs());
		expect(await isPaused()).toBe(false);
		expect((await world.walk.claim(trigger())).people).toHaveLength(3);
	});

	it.each([1, 2, 4, 5])('is gone on with by another process when one dies at slice %s; until then nobody is handed out, and nobody is moved twice', async (slice) => {
		await paused();
		dieAt = slice;

		await expect(go()).rejects.toThrow('the process died');
		const meanwhile = [await isPaused(), (await world.walk.claim(trigger())).people.length];
		const { engine } = await world.another();
		while ((await followResumes(engine.store, 1)) > 0);

		const after = await dues();
		expect(meanwhile).toEqual([true, 0]);
		expect([evenly(after.slice(3)), await isPaused()]).toEqual([true, false]);
		expect(after[3]).toBeGreaterThanOrEqual(world.clock.nowMs());
	});

	it('gives who enters in the middle of it the slot behind all others', async () => {
		await paused();
		dieAt = 2;
		await expect(go()).rejects.toThrow('the process died');

		const { profiles } = await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'late' }] }], { source: 'test' });
		await world.track('Signed Up', profiles.map(Number));
		await go();

		const after = await dues();
		expect(after).toHaveLength(24);
		expect(evenly(after.slice(3))).toBe(true);
	});

	it('stays paused when that is said in the middle of it, and keeps the pace over both pauses', async () => {
		await paused();
		dieAt = 2;
		await expect(go()).rejects.toThrow('the process died');
		await world.engine.journeys.pause({ workflow: 'wf' }, 'again');
		while ((await followResumes(world.engine.store, 1)) > 0);
		const then = (await world.engine.journeys.status())[0]?.paused?.reason;
		world.clock.advance(HOUR_MS);

		expect(await go()).toEqual({ resumed: 1 });

		const after = await dues();
		expect(then).toBe('again');
		expect([evenly(after.slice(3)), await isPaused()]).toEqual([true, false]);
		expect(after[3]).toBeGreaterThanOrEqual(world.clock.nowMs());
	});

	it('leaves who is on a virtual clock or was handed out before where they are', async () => {
		await paused();
		await world.change(`update enrollment set time_scale = 0.01 where id = (select max(id) from enrollment)`);
		await world.change(`update token set epoch = 1 where enrollment = (select max(enrollment) - 1 from token)`);
		const before = await dues();

		await go();

		expect((await dues()).slice(-2)).toEqual(before.slice(-2));
		expect(await world.rows(`select journey from journey_shift where journey = '${journeyId(trigger())}'`)).toEqual([]);
	});
});
