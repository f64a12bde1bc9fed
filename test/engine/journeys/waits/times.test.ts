import type { WaitTime } from '../../../../engine/journeys/types';
import type { JsonObject } from '../../../../engine/kernel';
import { DATABASES } from '../../databases';
import type { Person } from '../walk';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from '../world';

const iso = (ms: number | null | undefined): string | null => (ms === null || ms === undefined || ms > 8e15 ? null : new Date(ms).toISOString());

describe.each(DATABASES)('waiting for a time on %s', (kind) => {
	let world: World;
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const wait = () => world.walk.step('wait', 'wait');
	const waiting = async () => (await world.tokens()).filter(({ step }) => step === 'wait');

	/** People with these attributes, at the wait; Monday 2 March 2026, 09:00 UTC unless said otherwise. */
	async function arrive(attributes: JsonObject[], { startMs, virtualDaySeconds, test = false }: { startMs?: number; virtualDaySeconds?: number; test?: boolean } = {}): Promise<Person[]> {
		world = await World.open(kind, startMs === undefined ? {} : { startMs });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } }, ...(virtualDaySeconds === undefined ? {} : { virtualDaySeconds }) });
		const { profiles } = await world.engine.profiles.upsert(attributes.map((one, n) => ({ identities: [{ kind: 'user_id', value: `u${n}` }], attributes: one })), { source: 'test', test });
		await world.track('Signed Up', profiles.map(Number));
		const { people } = await world.walk.start(trigger());
		return people.sort((a, b) => a.stamp.profile - b.stamp.profile);
	}

	async function dueTimes(people: Person[], until: WaitTime, dates: string[] = []): Promise<Array<string | null>> {
		const results = await world.walk.wait(wait(), people, { until }, dates);
		return results.map(({ dueAtMs }) => iso(dueAtMs));
	}

	it('goes on at the next such time of day of each person\'s own zone: the attribute\'s, the country\'s, that of the settings', async () => {
		const people = await arrive([{ timezone: 'Europe/Berlin' }, { timezone: 'America/New_York' }, { country: 'Japan' }, {}, { timezone: 'Nowhere/At_All' }]);
		await world.engine.settings.set({ zone: 'Asia/Kolkata' });

		expect(await dueTimes(people, { kind: 'time', at: '09:30' })).toEqual([
			'2026-03-03T08:30:00.000Z', '2026-03-02T14:30:00.000Z', '2026-03-03T00:30:00.000Z', '2026-03-03T04:00:00.000Z', '2026-03-03T04:00:00.000Z',
		]);
	});

	it('takes only the weekdays that are chosen, and the very moment counts', async () => {
		const people = await arrive([{ timezone: 'UTC' }]);
		const due = async (at: string, weekdays: number[]) => {
			const [result] = await world.walk.wait(world.walk.step(`wait ${at} ${weekdays.join()}`, 'wait'), people, { until: { kind: 'time', at, weekdays } });
			return iso(result?.dueAtMs);
		};

		expect(await due('09:00', [])).toBe('2026-03-02T09:00:00.000Z');
		expect(await due('08:59', [1])).toBe('2026-03-09T08:59:00.000Z');
		expect(await due('08:59', [1, 5])).toBe('2026-03-06T08:59:00.000Z');
		expect(await due('10:00', [6, 7])).toBe('2026-03-07T10:00:00.000Z');
	});

	it('a time that the clocks skip is the first instant after the gap, one that comes twice its first', async () => {
		const people = await arrive([{ timezone: 'Europe/Berlin' }], { startMs: Date.parse('2026-03-28T12:00:00Z') });
		const skipped = await dueTimes(people, { kind: 'time', at: '02:30' });
		world.clock.set(Date.parse('2026-10-24T12:00:00Z'));
		const doubled = await world.walk.wait(world.walk.step('other', 'wait'), people, { until: { kind: 'time', at: '02:30' } });

		expect([skipped, doubled.map(({ dueAtMs }) => iso(dueAtMs))]).toEqual([['2026-03-29T01:00:00.000Z'], ['2026-10-25T00:30:00.000Z']]);
	});

	it('waits for the date of each item: local without a zone, exact with one, and says whose cannot be read', async () => {
		const people = await arrive([{ timezone: 'Asia/Tokyo' }, { timezone: 'Asia/Tokyo' }, { timezone: 'Asia/Tokyo' }, { timezone: 'Asia/Tokyo' }]);

		const results = await world.walk.wait(wait(), people, { until: { kind: 'date' } }, ['2026-05-01', '2026-05-01T09:30:15', '2026-05-01T09:30:00+02:00', 'next week']);

		expect(results.map(({ dueAtMs }) => iso(dueAtMs))).toEqual(['2026-04-30T15:00:00.000Z', '2026-05-01T00:30:15.000Z', '2026-05-01T07:30:00.000Z', null]);
		expect(results.map(({ parked, problem }) => [parked, problem === undefined])).toEqual([[true, true], [true, true], [true, true], [false, false]]);
		expect(results[3]?.problem).toContain('is no date');
	});

	it('counts days before and after by the calendar there, hours exactly, and a time of day on the day that they give', async () => {
		const berlin = { timezone: 'Europe/Berlin', renewal: '2026-03-30T08:00:00Z' };
		const people = await arrive([berlin, berlin, berlin, berlin]);
		const due = async (n: number, offset: { amount: number; unit: 'days' | 'hours' | 'weeks'; direction: 'before' | 'after' }, at?: string) => {
			const [result] = await world.walk.wait(wait(), people.slice(n, n + 1), { until: { kind: 'attribute', attribute: 'renewal', offset, ...(at === undefined ? {} : { at }) } });
			return iso(result?.dueAtMs);
		};

		// The clocks went forward on the 29th: ten in the morning two days before is an hour later by UTC.
		expect(await due(0, { amount: 2, unit: 'days', direction: 'before' })).toBe('2026-03-28T09:00:00.000Z');
		expect(await due(1, { amount: 48, unit: 'hours', direction: 'before' })).toBe('2026-03-28T08:00:00.000Z');
		expect(await due(2, { amount: 1, unit: 'weeks', direction: 'after' }, '18:30')).toBe('2026-04-06T16:30:00.000Z');
		expect(await due(3, { amount: 0, unit: 'days', direction: 'after' }, '07:00')).toBe('2026-03-30T05:00:00.000Z');
	});

	it('whose date is over goes on at once and comes back as passed; of a yearly one the next is taken, the 28th where there is no 29 February', async () => {
		const people = await arrive([{ born: '2000-02-29' }, { born: '1990-03-02' }, { born: '1990-03-04' }]);
		const over = await dueTimes(people.slice(0, 1), { kind: 'attribute', attribute: 'born' });
		const yearly = await world.walk.wait(world.walk.step('yearly', 'wait'), people, { until: { kind: 'attribute', attribute: 'born', at: '10:00', offset: { amount: 3, unit: 'days', direction: 'before' }, passed: 'nextYear' } });
		const { people: passed } = await world.walk.claim(wait());

		expect(over).toEqual(['2026-03-02T09:00:00.000Z']);
		expect(passed).toMatchObject([{ outcome: 'passed' }]);
		expect(yearly.map(({ dueAtMs }) => iso(dueAtMs))).toEqual(['2027-02-25T10:00:00.000Z', '2027-02-27T10:00:00.000Z', '2027-03-01T10:00:00.000Z']);
	});

	it('without a date people stay with the reason until there is one, or go on as missing', async () => {
		const people = await arrive([{}, { renewal: 'soon' }]);
		const held = await dueTimes(people.slice(0, 1), { kind: 'attribute', attribute: 'renewal' });
		const gone = await world.walk.wait(world.walk.step('other', 'wait'), people.slice(1), { until: { kind: 'attribute', attribute: 'renewal', missing: 'goOn' } });
		const [before] = await waiting();
		await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'u0' }], attributes: { renewal: '2026-03-10T10:00:00Z' } }], { source: 'test' });
		const [after] = await waiting();

		expect([held, before?.reason, before?.state]).toEqual([[null], 'waits for a date in the attribute "renewal"', 'parked']);
		expect((await world.walk.claim(world.walk.step('other', 'wait'))).people).toMatchObject([{ outcome: 'missing' }]);
		expect(gone[0]?.parked).toBe(true);
		expect([iso(after?.due_at), after?.reason]).toEqual(['2026-03-10T10:00:00.000Z', null]);
	});

	it('follows the attribute in the transaction that changes it: later, earlier, over, gone, by a profile call or an event\'s traits', async () => {
		const people = await arrive([{ renewal: '2026-03-10T10:00:00Z' }, { renewal: '2026-03-10T10:00:00Z', timezone: 'UTC' }]);
		await world.walk.wait(wait(), people, { until: { kind: 'attribute', attribute: 'renewal', at: '12:00' } });
		const set = async (user: string, attributes: JsonObject) => await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: user }], attributes }], { source: 'test' });
		const dues = async () => (await waiting()).map(({ due_at, outcome }) => [iso(due_at), outcome]);

		const seen = [await dues()];
		await set('u0', { renewal: '2026-04-01' });
		await world.engine.events.ingest([{ type: 'identify', userId: 'u1', traits: { renewal: '2026-03-05' } }], { source: 'test' });
		seen.push(await dues());
		await set('u1', { timezone: 'Asia/Tokyo' });
		await set('u0', { other: 1 });
		seen.push(await dues());
		await set('u0', { renewal: null });
		await set('u1', { renewal: '2026-01-01' });
		seen.push(await dues());

		expect(seen).toEqual([
			[['2026-03-10T12:00:00.000Z', null], ['2026-03-10T12:00:00.000Z', null]],
			[['2026-04-01T12:00:00.000Z', null], ['2026-03-05T12:00:00.000Z', null]],
			[['2026-04-01T12:00:00.000Z', null], ['2026-03-05T03:00:00.000Z', null]],
			[[null, null], ['2026-03-02T09:00:00.000Z', 'passed']],
		]);
	});

	it('finds and follows a date within an object, as the list of attributes offers it', async () => {
		const people = await arrive([{ contract: { renews_on: '2026-03-10' } }, {}]);
		await world.walk.wait(wait(), people, { until: { kind: 'attribute', attribute: 'contract.renews_on', at: '12:00' } });
		const dues = async () => (await waiting()).map(({ due_at }) => iso(due_at));
		const before = await dues();
		await world.engine.profiles.upsert([0, 1].map((n) => ({ identities: [{ kind: 'user_id', value: `u${n}` }], attributes: { contract: { renews_on: `2026-04-0${n + 1}` } } })), { source: 'test' });

		expect([before, await dues()]).toEqual([['2026-03-10T12:00:00.000Z', null], ['2026-04-01T12:00:00.000Z', '2026-04-02T12:00:00.000Z']]);
	});

	it('whoever is due already stays due, whatever the attribute says now (rule 16)', async () => {
		const people = await arrive([{ born: '1990-03-03' }]);
		await world.walk.wait(wait(), people, { until: { kind: 'attribute', attribute: 'born', passed: 'nextYear' } });
		world.clock.advance(3 * DAY_MS);

		await world.engine.profiles.upsert([{ identities: [{ kind: 'user_id', value: 'u0' }], attributes: { born: '1990-07-07' } }], { source: 'test' });

		expect((await world.walk.claim(wait())).people).toMatchObject([{ outcome: 'due' }]);
	});

	it('a change of the attribute and parks that run at the same time never miss each other (rule 3)', async () => {
		const people = await arrive(Array.from({ length: 30 }, () => ({ renewal: '2026-03-10T10:00:00Z' })));
		const other = await world.another();

		await Promise.all(people.flatMap((person) => [
			world.walk.wait(wait(), [person], { until: { kind: 'attribute', attribute: 'renewal' } }),
			other.engine.profiles.upsert([{ profileId: person.stamp.profile, attributes: { renewal: '2026-04-01T10:00:00Z' } }], { source: 'test' }),
		]));

		expect((await waiting()).map(({ due_at }) => iso(due_at))).toEqual(Array(30).fill('2026-04-01T10:00:00.000Z'));
	});

	it('follows the person through a merge and its undoing', async () => {
		const [ann] = await arrive([{ renewal: '2026-03-10T10:00:00Z' }]);
		await world.walk.wait(wait(), ann === undefined ? [] : [ann], { until: { kind: 'attribute', attribute: 'renewal' } });
		await world.engine.profiles.upsert([{ identities: [{ kind: 'crm', value: 'c1' }], attributes: { renewal: '2026-06-01T10:00:00Z' } }], { source: 'test' });
		const due = async () => iso((await waiting())[0]?.due_at);

		const before = await due();
		const { profile } = await world.engine.profiles.merge({ kind: 'crm', value: 'c1' }, { kind: 'user_id', value: 'u0' }, { keep: 'one' });
		const merged = [await due(), (await world.engine.profiles.get({ profileId: profile }))?.attributes.renewal];
		await world.engine.profiles.unmerge({ profileId: profile });

		expect(before).toBe('2026-03-10T10:00:00.000Z');
		expect(merged[0]).toBe(new Date(Date.parse(String(merged[1]))).toISOString());
		expect(await due()).toBe('2026-03-10T10:00:00.000Z');
	});

	it('test people on a virtual clock wait by that clock: its weekdays and its dates', async () => {
		// A day in a minute.
		const people = await arrive([{ timezone: 'UTC', renewal: '2026-03-12' }], { virtualDaySeconds: 60, test: true });
		const saturday = await dueTimes(people, { kind: 'time', at: '09:00', weekdays: [6] });
		const renewal = await world.walk.wait(world.walk.step('renewal', 'wait'), people, { until: { kind: 'attribute', attribute: 'renewal', at: '09:00' } });
		world.clock.advance(6 * MINUTE_MS);
		const later = await world.walk.wait(world.walk.step('later', 'wait'), people, { until: { kind: 'time', at: '21:00' } });

		// Five days on, ten days on; then it is Sunday morning there.
		expect(saturday).toEqual(['2026-03-02T09:05:00.000Z']);
		expect(renewal.map(({ dueAtMs }) => iso(dueAtMs))).toEqual(['2026-03-02T09:10:00.000Z']);
		expect(later.map(({ dueAtMs }) => iso(dueAtMs))).toEqual(['2026-03-02T09:06:30.000Z']);
	});

	it('whoever is claimed later than the step allows comes back as late, the same on a replay, and can wait for the next such time (rule 4)', async () => {
		const people = await arrive([{ timezone: 'Europe/Berlin' }, { timezone: 'Europe/Berlin' }]);
		const overdue = { afterMs: 2 * HOUR_MS };
		await world.walk.wait(wait(), people.slice(0, 1), { delayMs: HOUR_MS, overdue });
		world.clock.advance(2 * HOUR_MS);
		await world.walk.wait(wait(), people.slice(1), { delayMs: HOUR_MS, overdue });
		world.clock.advance(HOUR_MS + 1);

		const first = await world.walk.claim(wait());
		world.clock.advance(30 * HOUR_MS);
		const leg = await world.walk.start(wait());
		const late = leg.people.filter(({ outcome }) => outcome === 'late');
		const [next] = await world.walk.wait(wait(), late, { until: { kind: 'sameTime' }, overdue });

		expect(first.people.map(({ outcome }) => outcome).sort()).toEqual(['due', 'late']);
		expect(leg.people.map(({ outcome }) => outcome).sort()).toEqual(['due', 'late']);
		// Due at 11:00 in Berlin on Monday; it is Tuesday evening there.
		expect(iso(next?.dueAtMs)).toBe('2026-03-04T10:00:00.000Z');
	});

	it('a park repeated after a crash finds the due time of the first, though the time of day has passed by then (rule 1)', async () => {
		const people = await arrive([{ timezone: 'UTC' }]);
		const first = await dueTimes(people, { kind: 'time', at: '10:00' });
		world.clock.advance(2 * HOUR_MS);
		const { people: again } = await world.walk.start(trigger());
		const repeated = await dueTimes(again, { kind: 'time', at: '10:00' });

		expect([first, repeated]).toEqual([['2026-03-02T10:00:00.000Z'], ['2026-03-02T10:00:00.000Z']]);
		expect(await waiting()).toHaveLength(1);
	});

	it.each([
		[{ kind: 'time', at: '25:00' }, 'is no time of day'], [{ kind: 'time', at: '9', weekdays: [] }, 'is no time of day'], [{ kind: 'time', at: '09:00', weekdays: [0] }, 'Weekdays are numbers'],
		[{ kind: 'attribute', attribute: ' ' }, 'is empty'], [{ kind: 'date', offset: { amount: -1, unit: 'days', direction: 'after' } }, 'from 0 to 100 years'],
		[{ kind: 'date', offset: { amount: 1.5, unit: 'days', direction: 'after' } }, 'whole numbers'], [{ kind: 'best', withinHours: 0 }, 'within 1 to 336 hours'], [{ kind: 'best', segment: 'Nobody' }, 'no segment or list "Nobody"'],
	] as Array<[WaitTime, string]>)('refuses %j with what to do', async (until, message) => {
		const people = await arrive([{}]);

		await expect(world.walk.wait(wait(), people, { until })).rejects.toThrow(message);
	});
});
