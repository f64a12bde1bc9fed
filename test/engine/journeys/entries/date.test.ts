import type { JourneyConfig, JourneyEntry } from '../../../../engine/journeys/types';
import { DATABASES } from '../../databases';
import { World } from '../world';

const BIRTHDAY: JourneyEntry = { kind: 'date', attribute: 'birthday', yearly: true, offsetDays: 0, at: '09:00' };

describe.each(DATABASES)('journeys that start by a date of the person on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const trigger = (step = 'trigger') => world.walk.step(step, 'trigger');
	const publish = async (entry: JourneyEntry = BIRTHDAY, config: Partial<JourneyConfig> = {}) => {
		await world.walk.register(trigger(), { entry, reEntry: 'anyTime', ...config });
		await world.engine.tick();
	};
	const set = async (profileId: number, attributes: Record<string, unknown>, historical = false) => await world.engine.profiles.upsert([{ profileId, attributes: attributes as never }], { source: 'test', historical });
	const entered = async () => (await world.rows<{ profile: number; entered_at: number }>('select profile, entered_at from enrollment order by id')).map(({ profile, entered_at }) => `${profile} ${new Date(entered_at).toISOString()}`);
	/** Time as it passes: the engine looks when somebody is due. */
	async function until(time: string): Promise<void> {
		const end = Date.parse(time);
		while (world.clock.nowMs() < end) {
			const [next] = await world.rows<{ due: number | null }>('select min(due_at) as due from date_entry');
			world.clock.set(Math.min(end, Math.max(Number(next?.due ?? end), world.clock.nowMs() + 1)));
			await world.engine.journeys.enterDue();
		}
	}

	it('start at the hour where each person is, every year, by an attribute that was there before they were published', async () => {
		const [ann = 0, ben = 0, cid = 0] = await world.people(3, { attributes: { birthday: '1990-03-04' } });
		await set(ann, { timezone: 'Asia/Tokyo' });
		await set(ben, { country: 'DE' });
		await publish();

		await until('2026-03-06T00:00:00Z');
		const first = await entered();
		await until('2027-03-06T00:00:00Z');

		expect(first).toEqual([`${ann} 2026-03-04T00:00:00.000Z`, `${ben} 2026-03-04T08:00:00.000Z`, `${cid} 2026-03-04T09:00:00.000Z`]);
		expect(await world.enrollments()).toHaveLength(6);
	});

	it('go by the number that quiet hours go by, of two that came at one moment', async () => {
		const [ann = 0] = await world.people(1, { attributes: { birthday: '1990-03-04' } });
		await world.engine.profiles.upsert([{ profileId: ann, identities: [{ kind: 'phone', value: '+493012345678' }, { kind: 'phone', value: '+81312345678' }] }], { source: 'test' });
		await publish();

		await until('2026-03-06T00:00:00Z');

		// The first of them: nine in the morning in Germany.
		expect(await entered()).toEqual([`${ann} 2026-03-04T08:00:00.000Z`]);
	});

	it('start once where it is no anniversary, so many days before or after, and carry the date', async () => {
		await publish({ kind: 'date', attribute: 'trial.ends', yearly: false, offsetDays: -3, at: '07:30' }, { carryEvent: true });
		const [ann = 0, ben = 0] = await world.people(2);
		await set(ann, { trial: { ends: '2026-03-10T18:00:00Z' } });
		await set(ben, { trial: { ends: 'soon' } });

		await until('2027-04-01T00:00:00Z');
		const { people } = await world.walk.start(trigger());

		expect(await world.enrollments()).toHaveLength(1);
		expect(people[0]?.json.event).toEqual({ name: 'Date Reached', properties: { attribute: 'trial.ends', day: '2026-03-07' } });
	});

	it('take 29 February for the 28th in a year without one, and 30 February for no date', async () => {
		await publish();
		const [ann = 0, ben = 0] = await world.people(2);
		await set(ann, { birthday: '2000-02-29' });
		await set(ben, { birthday: '2000-02-30' });

		await until('2027-03-03T00:00:00Z');
		await until('2028-03-03T00:00:00Z');

		expect((await entered()).map((one) => one.slice(-24, -14))).toEqual(['2027-02-28', '2028-02-29']);
	});

	it('take a skipped hour for the first instant after the gap, and of a doubled one the first', async () => {
		await publish({ ...BIRTHDAY, at: '02:30' });
		const [ann = 0, ben = 0] = await world.people(2, { attributes: { timezone: 'Europe/Berlin' } });
		await set(ann, { birthday: '1990-03-29' });
		await set(ben, { birthday: '1990-10-25' });

		await until('2026-03-30T00:00:00Z');
		await until('2026-10-26T00:00:00Z');

		expect(await entered()).toEqual([`${ann} 2026-03-29T01:00:00.000Z`, `${ben} 2026-10-25T00:30:00.000Z`]);
	});

	it('follow an attribute and a zone that change, and neither let anybody in twice a day nor lose them by a journey around the world', async () => {
		await publish();
		const [ann = 0, ben = 0, cid = 0] = await world.people(3, { attributes: { birthday: '1990-03-04', timezone: 'Europe/Berlin' } });
		await until('2026-03-03T12:00:00Z');
		await set(ann, { birthday: '1990-03-05' });
		// Behind: the morning of the fourth comes to New York after Berlin's has begun the journey.
		await until('2026-03-04T08:30:00Z');
		await set(ben, { timezone: 'America/New_York' });
		await set(cid, { timezone: 'America/Los_Angeles' });
		await until('2026-03-07T00:00:00Z');

		expect(await entered()).toEqual([`${ben} 2026-03-04T08:00:00.000Z`, `${cid} 2026-03-04T08:00:00.000Z`, `${ann} 2026-03-05T08:00:00.000Z`]);
	});

	it('still let somebody in whose clocks were put forward past the hour before it came', async () => {
		await publish();
		const [ann = 0] = await world.people(1, { attributes: { birthday: '1990-03-04', timezone: 'America/New_York' } });
		await until('2026-03-04T12:00:00Z');

		await set(ann, { timezone: 'Europe/Berlin' });
		await world.engine.journeys.enterDue();
		await until('2026-03-04T20:00:00Z');

		expect(await entered()).toEqual([`${ann} 2026-03-04T12:00:00.000Z`]);
	});

	it('see a zone of the settings that changes without a word to anybody, in time', async () => {
		await publish();
		const [ann = 0] = await world.people(1, { attributes: { birthday: '1990-03-08' } });

		await world.engine.settings.set({ zone: 'Asia/Tokyo' });
		await until('2026-03-09T00:00:00Z');

		expect(await entered()).toEqual([`${ann} 2026-03-08T00:00:00.000Z`]);
	});

	it('make up for less than a day in which n8n was down, and record later ones as refused', async () => {
		await publish();
		const [ann = 0, ben = 0] = await world.people(2);
		await set(ann, { birthday: '1990-03-04' });
		await set(ben, { birthday: '1990-03-05' });

		world.clock.set(Date.parse('2026-03-06T08:59:59Z'));
		await world.engine.tick();

		expect(await entered()).toEqual([`${ben} 2026-03-06T08:59:59.000Z`]);
		expect(await world.rows('select profile, reason from refusal')).toEqual([{ profile: ann, reason: 'their date was more than a day ago when n8n came back' }]);
	});

	it('let nobody in at once because the journey is published, or the date told, on the day itself after the hour; and an import is as good as any', async () => {
		const [ann = 0, ben = 0, cid = 0] = await world.people(3, { attributes: { birthday: '1990-03-02' } });
		world.clock.set(Date.parse('2026-03-02T10:00:00Z'));
		await publish();
		await set(ben, { birthday: '1991-03-02' });
		await set(cid, { birthday: '1991-03-03' }, true);

		await until('2026-03-04T00:00:00Z');
		await until('2027-03-02T12:00:00Z');

		expect(await entered()).toEqual([`${cid} 2026-03-03T09:00:00.000Z`, ...[ann, ben].map((one) => expect.stringContaining(`${one} 2027-03-02`) as string)]);
	});

	it('are built once where the attribute\'s name has half an emoji in it, however often n8n starts', async () => {
		const entry = { ...BIRTHDAY, attribute: 'birthday\ud83d' };

		for (let n = 0; n < 3; n += 1) await publish(entry);

		expect(world.points.filter((point) => point === 'date-build:before-commit')).toHaveLength(1);
	});

	it('are built anew when the journey is published with another hour, and not when n8n merely starts again', async () => {
		await world.people(3, { attributes: { birthday: '1990-03-04' } });
		await publish();
		await publish();
		const builds = world.points.filter((point) => point === 'date-build:before-commit').length;

		await publish({ ...BIRTHDAY, at: '18:00' });
		await until('2026-03-05T00:00:00Z');
		await publish({ kind: 'event', match: { event: 'Signed Up' } });
		await until('2027-03-06T00:00:00Z');

		expect(builds).toBe(1);
		expect((await entered()).map((one) => one.slice(-24))).toEqual(Array(3).fill('2026-03-04T18:00:00.000Z'));
		expect(await world.rows('select * from date_entry')).toEqual([]);
	});

	it('are looked for by whoever is there: a process that dies in between is followed by another, and everybody enters once', async () => {
		let slices = 0;
		await world.close();
		world = await World.open(kind, { atPoint: (point) => {
			if (point === 'date-build:before-commit' && (slices += 1) === 2) throw new Error('the process dies here');
		} });
		await world.people(2500, { attributes: { birthday: '1990-03-03' } });
		await world.walk.register(trigger(), { entry: BIRTHDAY });

		await expect(world.engine.tick()).rejects.toThrow('the process dies here');
		const { engine } = await world.another();
		await engine.tick();
		const waiting = await world.rows('select count(*) as n from date_entry where day is not null');
		world.clock.set(Date.parse('2026-03-03T09:00:00Z'));
		await engine.tick();

		expect(waiting).toEqual([{ n: 2500 }]);
		expect(await world.rows('select count(*) as n, count(distinct profile) as people from enrollment')).toEqual([{ n: 2500, people: 2500 }]);
		expect(await world.rows('select * from date_build')).toEqual([]);
	});

	it('enter once when two processes look at the same moment', async () => {
		await publish();
		const people = await world.people(30, { attributes: { birthday: '1990-03-04' } });
		const { engine } = await world.another();
		world.clock.set(Date.parse('2026-03-03T09:00:00Z'));
		await world.engine.tick();
		world.clock.set(Date.parse('2026-03-04T09:00:00Z'));

		await Promise.all([world.engine.tick(), engine.tick()]);
		await world.engine.tick();

		expect((await world.enrollments()).map(({ profile }) => profile).sort((a, b) => a - b)).toEqual(people);
	});

	it('give two people who become one a single turn, whichever had which date, and each their own when they are taken apart', async () => {
		await publish();
		const made = await world.engine.profiles.upsert(['a', 'b'].map((value) => ({ identities: [{ kind: 'email', value: `${value}@customer.example` }] })), { source: 'test' });
		const [one = 0, two = 0] = made.profiles.map(Number);
		await set(two, { birthday: '1990-03-04' });

		await world.engine.profiles.merge({ profileId: one }, { profileId: two });
		await until('2026-03-04T12:00:00Z');
		const merged = await entered();
		await world.engine.profiles.unmerge({ profileId: one });
		await until('2026-03-05T12:00:00Z');
		const apart = await entered();
		await until('2027-03-05T12:00:00Z');

		expect(merged).toEqual([`${one} 2026-03-04T09:00:00.000Z`]);
		expect(apart).toHaveLength(1);
		expect((await entered()).slice(1)).toEqual([expect.stringContaining(`${two} 2027-03-04`)]);
	});

	it('forget whoever is erased, and tell whoever asks what is kept', async () => {
		await publish();
		const [ann = 0] = await world.people(1, { attributes: { birthday: '1990-03-04' } });
		const told = JSON.stringify(await world.engine.privacy.exportPerson({ profileId: ann }, { source: 'test' }));

		await world.engine.privacy.erasePerson({ profileId: ann }, { source: 'test' });
		await until('2026-03-05T12:00:00Z');

		expect(told).toContain('"day":"2026-03-04"');
		expect(await world.rows('select * from date_entry')).toEqual([]);
		expect(await entered()).toEqual([]);
	});
});
