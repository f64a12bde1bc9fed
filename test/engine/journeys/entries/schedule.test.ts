import type { JourneyConfig, JourneyEntry } from '../../../../engine/journeys/types';
import { DATABASES } from '../../databases';
import { DAY_MS, MINUTE_MS, World } from '../world';

type Schedule = Extract<JourneyEntry, { kind: 'schedule' }>;
const EVERYBODY = { rule: { attribute: 'number', operator: 'greaterOrEqual', value: 0 } } as const;

describe.each(DATABASES)('broadcasts on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const trigger = (step = 'trigger') => world.walk.step(step, 'trigger');
	const publish = async (entry: Partial<Schedule> & Pick<Schedule, 'when'>, config: Partial<JourneyConfig> = {}) =>
		await world.walk.register(trigger(), { entry: { kind: 'schedule', people: EVERYBODY, localTime: false, ...entry }, reEntry: 'anyTime', ...config });
	const entered = async () => (await world.rows<{ profile: number; entered_at: number }>('select profile, entered_at from enrollment order by entered_at, id')).map(({ profile, entered_at }) => `${profile} ${new Date(entered_at).toISOString()}`);
	const runs = async () => await world.rows<{ state: string; occurs_at: number; entered: number; reason: string | null }>('select state, occurs_at, entered, reason from broadcast_run order by occurs_at');
	/** Time as it passes: the engine looks when something is due. */
	async function until(time: string): Promise<void> {
		const end = Date.parse(time);
		while (world.clock.nowMs() < end) {
			const [next] = await world.rows<{ starts: number | null; turn: number | null }>('select (select min(next_at) from broadcast) as starts, (select min(due_at) from broadcast_person) as turn');
			world.clock.set(Math.min(end, Math.max(Number(next?.starts ?? end), world.clock.nowMs() + 1), Math.max(Number(next?.turn ?? end), world.clock.nowMs() + 1)));
			await world.engine.journeys.enterDue();
		}
	}

	it('go once at their time to whom the rule holds for then, and carry the time', async () => {
		const [ann = 0, ben = 0] = await world.people(2, { attributes: { plan: 'free' } });
		await publish({ when: { at: '2026-03-03T09:00' }, zone: 'Europe/Berlin', people: { rule: { attribute: 'plan', operator: 'equals', value: 'pro' } } }, { carryEvent: true });
		await until('2026-03-03T07:00:00Z');
		await world.engine.profiles.upsert([{ profileId: ben, attributes: { plan: 'pro' } }], { source: 'test' });

		await until('2026-03-05T00:00:00Z');
		await world.engine.profiles.upsert([{ profileId: ann, attributes: { plan: 'pro' } }], { source: 'test' });
		await until('2026-03-06T00:00:00Z');
		const { people } = await world.walk.start(trigger());

		expect(await entered()).toEqual([`${ben} 2026-03-03T08:00:00.000Z`]);
		expect(people[0]?.json.event).toEqual({ name: 'Broadcast', properties: { at: '2026-03-03T08:00:00.000Z' } });
		expect(await runs()).toEqual([{ state: 'done', occurs_at: Date.parse('2026-03-03T08:00:00Z'), entered: 1, reason: null }]);
	});

	it('come again by their cron expression, at the hour that the clocks of the zone show, also over summer time', async () => {
		const [ann = 0] = await world.people(1);
		await publish({ when: { cron: '0 9 * * 1' }, zone: 'Europe/Berlin' });

		await until('2026-04-07T00:00:00Z');

		expect(await entered()).toEqual(['2026-03-09T08', '2026-03-16T08', '2026-03-23T08', '2026-03-30T07', '2026-04-06T07'].map((hour) => `${ann} ${hour}:00:00.000Z`));
	});

	it('come once in the night in which the clocks are put back, and in the one in which they skip the hour', async () => {
		const [ann = 0] = await world.people(1);
		await publish({ when: { cron: '30 2 * * *' }, zone: 'America/New_York' });
		await until('2026-03-10T00:00:00Z');
		world.clock.set(Date.parse('2026-04-03T12:00:00Z'));
		await publish({ when: { cron: '0 0 * * 6,0' }, zone: 'America/Santiago' });
		await until('2026-04-06T00:00:00Z');

		expect((await entered()).filter((one) => one > `${ann} 2026-03-07`)).toEqual(['03-07T07:30', '03-08T07:00', '03-09T06:30', '04-04T03:00', '04-05T04:00'].map((time) => `${ann} 2026-${time}:00.000Z`));
	});

	it('are refused when no day fits their cron expression, in words', async () => {
		await expect(publish({ when: { cron: '0 9 30 2 *' } })).rejects.toMatchObject({ code: 'BAD_INPUT', message: expect.stringContaining('no day there is fits the cron expression 0 9 30 2 *') as string });
	});

	it('go on where a process died between two slices, and take everybody once', async () => {
		let slices = 0;
		await world.close();
		world = await World.open(kind, { atPoint: (point) => {
			if (point === 'broadcast-slice:after-commit' && (slices += 1) === 2) throw new Error('the process dies here');
		} });
		const people = await world.people(1700);
		await publish({ when: { at: '2026-03-02T10:00:00Z' } });
		world.clock.set(Date.parse('2026-03-02T10:00:00Z'));

		await expect(world.engine.tick()).rejects.toThrow('the process dies here');
		const half = (await world.enrollments()).length;
		const { engine } = await world.another();
		await engine.tick();
		await engine.tick();

		expect(half).toBe(1000);
		expect((await world.enrollments()).map(({ profile }) => profile).sort((a, b) => a - b)).toEqual(people);
		expect(await runs()).toMatchObject([{ state: 'done', entered: 1700 }]);
	});

	it('take everybody once when two processes work at the same run', async () => {
		const people = await world.people(1700);
		await publish({ when: { at: '2026-03-02T10:00:00Z' } });
		const { engine } = await world.another();
		world.clock.set(Date.parse('2026-03-02T10:00:00Z'));

		await Promise.all([world.engine.tick(), engine.tick()]);
		await Promise.all([world.engine.tick(), engine.tick()]);

		expect((await world.enrollments()).map(({ profile }) => profile).sort((a, b) => a - b)).toEqual(people);
		expect(await runs()).toMatchObject([{ state: 'done', entered: 1700 }]);
	});

	it('come to each person at that hour of their own clocks, and ask the rule again then', async () => {
		const [ann = 0, ben = 0, cid = 0, dan = 0] = await world.people(4);
		const zones = [[ann, 'Pacific/Kiritimati'], [ben, 'Europe/Berlin'], [cid, 'Pacific/Pago_Pago'], [dan, 'America/New_York']] as const;
		await world.engine.profiles.upsert(zones.map(([profileId, timezone]) => ({ profileId, attributes: { timezone } })), { source: 'test' });
		await publish({ when: { at: '2026-03-05T09:00' }, localTime: true });

		await until('2026-03-05T12:00:00Z');
		await world.engine.profiles.upsert([{ profileId: dan, attributes: { number: null } }], { source: 'test' });
		await until('2026-03-07T00:00:00Z');

		expect(await entered()).toEqual([`${ann} 2026-03-04T19:00:00.000Z`, `${ben} 2026-03-05T08:00:00.000Z`, `${cid} 2026-03-05T20:00:00.000Z`]);
		expect(await runs()).toMatchObject([{ state: 'done', entered: 3 }]);
	});

	it('come every day to everybody, though the run of one day begins where the one before has not come to', async () => {
		const [ann = 0] = await world.people(1, { attributes: { timezone: 'Pacific/Pago_Pago' } });
		await publish({ when: { cron: '0 9 * * *' }, localTime: true });

		await until('2026-03-08T00:00:00Z');

		expect(await entered()).toEqual(['03', '04', '05', '06', '07'].map((day) => `${ann} 2026-03-${day}T20:00:00.000Z`));
	});

	it('let those in at once whose own hour is over when a single one is published, and begin a repeated one where no clock has shown it yet', async () => {
		const [ann = 0] = await world.people(1, { attributes: { timezone: 'Asia/Tokyo' } });
		world.clock.set(Date.parse('2026-03-02T09:30:00Z'));
		await publish({ when: { at: '2026-03-02T10:00' }, localTime: true });
		await world.walk.register(trigger('cron'), { entry: { kind: 'schedule', when: { cron: '0 9 * * *' }, people: EVERYBODY, localTime: true }, reEntry: 'anyTime' });

		await world.engine.journeys.enterDue();
		await until('2026-03-04T00:00:00Z');

		const rows = await world.rows<{ journey: string; profile: number; entered_at: number }>('select journey, profile, entered_at from enrollment order by entered_at');
		expect(rows.map(({ journey, profile, entered_at }) => `${journey} ${profile} ${new Date(entered_at).toISOString()}`)).toEqual([
			`${world.journey('trigger')} ${ann} 2026-03-02T09:30:00.000Z`, `${world.journey('cron')} ${ann} 2026-03-03T00:00:00.000Z`, `${world.journey('cron')} ${ann} 2026-03-04T00:00:00.000Z`,
		]);
	});

	it('let people go from the trigger at their rate, over all slices, and act on those who stand there', async () => {
		const people = await world.people(600);
		await publish({ when: { at: '2026-03-02T10:00:00Z' }, ratePerMinute: 100 }, { exitOn: { event: 'Bought' } });
		world.clock.set(Date.parse('2026-03-02T10:00:00Z'));
		await world.engine.tick();
		const counts: number[] = [];
		await world.track('Bought', [people.at(-1) ?? 0]);
		for (let minute = 0; minute < 7; minute += 1) {
			world.clock.advance(minute === 0 ? MINUTE_MS - 1 : MINUTE_MS);
			const leg = await world.walk.start(trigger(), { limit: 5000 });
			counts.push(leg.people.length);
			await world.walk.settle(leg);
		}

		expect((await world.enrollments()).filter(({ state }) => state === 'completed')).toHaveLength(599);
		expect(counts).toEqual([100, 100, 100, 100, 100, 99, 0]);
	});

	it('go by the slower of their own rate and that of the journey, and its cap asks before anybody of them goes on', async () => {
		const people = await world.people(600);
		await publish({ when: { at: '2026-03-02T10:00:00Z' }, ratePerMinute: 100 }, { entryRate: { people: 50, perMs: MINUTE_MS }, entryCap: { people: 400, perMs: DAY_MS } });
		world.clock.set(Date.parse('2026-03-02T10:00:00Z'));
		await world.engine.tick();
		const [asked] = await world.engine.journeys.status();
		const paused = (await world.walk.start(trigger(), { limit: 5000 })).people.length;
		await world.engine.journeys.resume({ workflow: 'wf' });
		const counts: number[] = [];
		for (let minute = 0; minute < 13; minute += 1) {
			world.clock.advance(minute === 0 ? MINUTE_MS - 1 : MINUTE_MS);
			const leg = await world.walk.start(trigger(), { limit: 5000 });
			counts.push(leg.people.length);
			await world.walk.settle(leg);
		}

		expect([asked?.paused?.reason, asked?.entered, paused]).toEqual([expect.stringContaining('More than 400 people entered') as string, people.length, 0]);
		expect(counts).toEqual([...Array<number>(12).fill(50), 0]);
	});

	it('keep their rate over a pause: after the resume nobody is due at once', async () => {
		const people = await world.people(600);
		await publish({ when: { at: '2026-03-02T10:00:00Z' }, ratePerMinute: 100 });
		world.clock.set(Date.parse('2026-03-02T10:00:00Z'));
		await world.engine.tick();
		const leaving = async () => {
			const leg = await world.walk.start(trigger(), { limit: 5000 });
			await world.walk.settle(leg);
			return leg.people.length;
		};
		world.clock.advance(MINUTE_MS - 1);
		const counts = [await leaving()];
		await world.engine.journeys.pause({ workflow: 'wf' }, 'a look');
		world.clock.advance(60 * MINUTE_MS);
		await world.engine.journeys.enroll({ journey: { workflow: 'wf' }, people: [{ profileId: people[0] ?? 0 }] });
		await world.engine.journeys.resume({ workflow: 'wf' });

		for (let minute = 0; minute < 6; minute += 1) {
			counts.push(await leaving());
			world.clock.advance(MINUTE_MS);
		}

		// At once only the one who was enrolled by name.
		expect(counts).toEqual([100, 1, 100, 100, 100, 100, 100]);
	});

	it('make up for the newest of those that were missed while n8n was down, if it is less than a day ago, and record the others', async () => {
		const [ann = 0] = await world.people(1);
		await publish({ when: { cron: '0 */6 * * *' } });
		await until('2026-03-02T12:00:00Z');

		world.clock.set(Date.parse('2026-03-04T07:00:00Z'));
		await world.engine.tick();
		await world.engine.tick();
		await until('2026-03-04T12:00:00Z');

		expect(await entered()).toEqual(['2026-03-02T12', '2026-03-04T07', '2026-03-04T12'].map((hour) => `${ann} ${hour}:00:00.000Z`));
		expect((await runs()).filter(({ state }) => state === 'missed').every(({ reason }) => reason === 'n8n was down; only the newest that was missed is made up for')).toBe(true);
		expect(await runs()).toMatchObject([{ state: 'done' }, { state: 'missed' }, { state: 'missed' }, { state: 'missed' }, { state: 'missed' }, { state: 'done' }, { state: 'done' }]);
	});

	it('do not go when they are a day late, were over before they were published, or are published no more', async () => {
		await world.people(1);
		await publish({ when: { at: '2026-03-02T10:00:00Z' } });
		world.clock.set(Date.parse('2026-03-03T10:00:00Z'));
		await world.engine.tick();
		await world.walk.register(trigger('past'), { entry: { kind: 'schedule', when: { at: '2026-03-03T09:00:00Z' }, people: EVERYBODY, localTime: false } });
		await world.walk.register(trigger('left'), { entry: { kind: 'schedule', when: { at: '2026-03-03T12:00:00Z' }, people: EVERYBODY, localTime: false } });
		await world.upFor(130);
		await world.engine.tick();

		expect(await entered()).toEqual([]);
		const reasons = ['n8n was down for a day and longer', 'it was over when the journey was published', 'the journey is not published'];
		expect((await runs()).map(({ reason }) => reason)).toEqual(reasons);
		const steps = await world.rows<{ problem: string | null }>('select problem from step order by seen_at, name desc');
		expect(steps.map(({ problem }) => problem?.split(': ')[1]).sort()).toEqual(reasons.map((reason) => `${reason}.`).sort());
	});

	it('go on as they were when n8n starts again, and by the new time when they are published with another', async () => {
		const [ann = 0] = await world.people(1);
		await publish({ when: { at: '2026-03-02T10:00:00Z' } });
		await until('2026-03-02T11:00:00Z');
		await publish({ when: { at: '2026-03-02T10:00:00Z' } });
		await until('2026-03-02T12:00:00Z');

		await publish({ when: { at: '2026-03-02T13:00:00Z' } });
		await until('2026-03-02T14:00:00Z');

		expect(await entered()).toEqual([`${ann} 2026-03-02T10:00:00.000Z`, `${ann} 2026-03-02T13:00:00.000Z`]);
	});

	it('neither lose nor double somebody who becomes one with another in the middle of a run', async () => {
		let slices = 0;
		await world.close();
		world = await World.open(kind, { atPoint: (point) => {
			if (point === 'broadcast-slice:after-commit' && (slices += 1) === 1) throw new Error('the process dies here');
		} });
		const made = await world.engine.profiles.upsert(Array.from({ length: 600 }, (_, n) => ({ identities: [{ kind: 'email', value: `p${n}@customer.example` }], attributes: { number: n === 0 ? null : n } })), { source: 'test' });
		const ids = made.profiles.map(Number);
		const [outside = 0, inside = 0] = ids;
		const [late = 0, later = 0] = ids.slice(-2);
		await publish({ when: { at: '2026-03-02T10:00:00Z' } });
		world.clock.set(Date.parse('2026-03-02T10:00:00Z'));
		await expect(world.engine.tick()).rejects.toThrow('the process dies here');

		// Passed without being asked for, and now one with somebody whom the run has not come to; and somebody it let in, now under a later id.
		await world.engine.profiles.merge({ profileId: outside }, { profileId: late });
		await world.engine.profiles.merge({ profileId: later }, { profileId: inside }, { keep: 'one' });
		for (let n = 0; n < 3; n += 1) await world.engine.tick();

		const rows = await world.rows<{ profile: number; n: number }>('select profile, count(*) as n from enrollment group by profile');
		expect(rows.filter(({ n }) => n > 1)).toEqual([]);
		expect(rows.map(({ profile }) => profile)).toEqual(expect.arrayContaining([outside, later]));
		expect(rows).toHaveLength(598);
		expect(await world.rows('select * from broadcast_person')).toEqual([]);
	});

	it('come to whoever becomes one in the middle of a run with somebody who is newer than it', async () => {
		let slices = 0;
		await world.close();
		world = await World.open(kind, { atPoint: (point) => {
			if (point === 'broadcast-slice:after-commit' && (slices += 1) === 1) throw new Error('the process dies here');
		} });
		const guests = Array.from({ length: 502 }, (_, n) => ({ identities: [{ kind: 'anonymous_id', value: `guest${n}` }], attributes: { number: n } }));
		const ids = (await world.engine.profiles.upsert(guests, { source: 'test' })).profiles.map(Number);
		await publish({ when: { at: '2026-03-02T10:00:00Z' } });
		world.clock.set(Date.parse('2026-03-02T10:00:00Z'));
		await expect(world.engine.tick()).rejects.toThrow('the process dies here');

		// One whom it has not come to signs in, one whom it has let in does so too, and one does who is new.
		await world.engine.events.ingest([{ type: 'identify', userId: 'ann' }, { type: 'identify', userId: 'ben' }, { type: 'identify', userId: 'new', traits: { number: 1 } }], { source: 'test' });
		await world.engine.events.ingest([{ type: 'identify', userId: 'ann', anonymousId: 'guest501' }, { type: 'identify', userId: 'ben', anonymousId: 'guest0' }], { source: 'test' });
		const [ann, ben] = await Promise.all(['ann', 'ben'].map(async (value) => (await world.engine.profiles.get({ kind: 'user_id', value }))?.id));
		for (let n = 0; n < 3; n += 1) await world.engine.tick();

		const rows = await world.rows<{ profile: number; n: number }>('select profile, count(*) as n from enrollment group by profile order by profile');
		expect(Number(ann)).toBeGreaterThan(ids.at(-1) ?? 0);
		expect(rows.filter(({ n }) => n > 1)).toEqual([]);
		expect(rows.map(({ profile }) => profile)).toEqual([...ids.slice(1, 501), Number(ann), Number(ben)]);
		expect(await runs()).toMatchObject([{ state: 'done', entered: 502 }]);
	});

	it('by people\'s own clocks begin though somebody becomes one with another before it is known up to whom they go', async () => {
		let starts = 0;
		await world.close();
		world = await World.open(kind, { atPoint: (point) => {
			if (point === 'broadcast-start:after-commit' && (starts += 1) === 1) throw new Error('the process dies here');
		} });
		const ids = (await world.engine.profiles.upsert(['Pacific/Pago_Pago', 'Pacific/Pago_Pago', 'Asia/Tokyo'].map((timezone, number) => ({
			identities: [{ kind: 'email', value: `p${number}@customer.example` }], attributes: { number, timezone },
		})), { source: 'test' })).profiles.map(Number);
		const [west = 0, other = 0, east = 0] = ids;
		await publish({ when: { at: '2026-03-05T09:00' }, localTime: true });
		const [begins] = await world.rows<{ next_at: number }>('select next_at from broadcast');
		world.clock.set(Number(begins?.next_at));
		await expect(world.engine.tick()).rejects.toThrow('the process dies here');

		await world.engine.profiles.merge({ profileId: west }, { profileId: other });
		await until('2026-03-07T00:00:00Z');

		expect(await entered()).toEqual([`${east} 2026-03-05T00:00:00.000Z`, `${west} 2026-03-05T20:00:00.000Z`]);
		expect(await runs()).toMatchObject([{ state: 'done', entered: 2 }]);
	});

	it('by people\'s own clocks wait for the hour of whoever was given a turn by a merge, or has gone west since the run came by', async () => {
		let slices = 0;
		await world.close();
		world = await World.open(kind, { atPoint: (point) => {
			if (point === 'broadcast-slice:after-commit' && (slices += 1) === 1) throw new Error('the process dies here');
		} });
		const made = await world.engine.profiles.upsert(Array.from({ length: 501 }, (_, n) => ({
			identities: [{ kind: 'email', value: `p${n}@customer.example` }], attributes: { number: n === 1 || n === 500 ? n : null, timezone: n === 1 ? 'Europe/Berlin' : 'America/New_York' },
		})), { source: 'test' });
		const [asked = 0, traveller = 0] = made.profiles.map(Number);
		await publish({ when: { at: '2026-03-03T09:00' }, localTime: true });
		const [begins] = await world.rows<{ next_at: number }>('select next_at from broadcast');
		world.clock.set(Number(begins?.next_at));
		await expect(world.engine.tick()).rejects.toThrow('the process dies here');

		// Passed without being asked for, and now one with somebody whom the run has not come to.
		await world.engine.profiles.merge({ profileId: asked }, { profileId: Number(made.profiles[500]) });
		await world.engine.tick();
		const tooEarly = await entered();
		world.clock.set(Date.parse('2026-03-03T07:00:00Z'));
		await world.change(`update profile set attributes = '{"number": 1, "timezone": "America/New_York"}' where id = ${traveller}`);
		await until('2026-03-04T12:00:00Z');
		await world.engine.tick();

		expect(tooEarly).toEqual([]);
		expect((await entered()).sort()).toEqual([asked, traveller].map((profile) => `${profile} 2026-03-03T14:00:00.000Z`));
		expect(await runs()).toMatchObject([{ state: 'done', entered: 2 }]);
	});

	it('say at the trigger that a list they ask for was deleted, and go on when it is there again', async () => {
		const [ann = 0] = await world.people(1);
		await world.engine.lists.create('Press');
		await world.engine.lists.add('Press', [{ profileId: ann }]);
		await publish({ when: { at: '2026-03-02T10:00:00Z' }, people: { name: 'Press' } });
		await expect(world.engine.lists.delete('Press')).rejects.toMatchObject({ code: 'CONFLICT' });
		await world.change("update segment set name = 'Other' where name = 'Press'");
		world.clock.set(Date.parse('2026-03-02T10:00:00Z'));

		await world.engine.tick();
		const problem = await world.rows<{ problem: string | null }>("select problem from step where step = 'trigger'");
		await world.change("update segment set name = 'Press' where name = 'Other'");
		await world.engine.tick();

		expect(problem[0]?.problem).toContain('Press');
		expect(await world.enrollments()).toHaveLength(1);
		expect(await world.rows("select problem from step where step = 'trigger'")).toEqual([{ problem: null }]);
	});

	it('leave out whoever was erased, and end when their journey starts otherwise', async () => {
		const [ann = 0] = await world.people(1, { attributes: { timezone: 'America/New_York' } });
		await publish({ when: { at: '2026-03-03T09:00' }, localTime: true });
		await until('2026-03-03T00:00:00Z');
		const waiting = await world.rows('select profile from broadcast_person');
		await world.engine.privacy.erasePerson({ profileId: ann }, { source: 'test' });
		const after = await world.rows('select profile from broadcast_person');
		await world.walk.register(trigger(), { entry: { kind: 'enroll' } });
		world.clock.advance(DAY_MS);
		await world.engine.tick();

		expect([waiting, after]).toEqual([[{ profile: ann }], []]);
		expect(await runs()).toMatchObject([{ state: 'done', entered: 0 }]);
	});
});
