import type { JourneyConfig, JourneyEntry } from '../../../../engine/journeys/types';
import { DATABASES } from '../../databases';
import { MINUTE_MS, World } from '../world';

type Schedule = Extract<JourneyEntry, { kind: 'schedule' }>;
const EVERYBODY = { rule: { attribute: 'number', operator: 'greaterOrEqual', value: 0 } } as const;

describe.each(DATABASES)('the list of broadcasts on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const trigger = (step = 'trigger') => world.walk.step(step, 'trigger');
	const publish = async (entry: Partial<Schedule> & Pick<Schedule, 'when'>, config: Partial<JourneyConfig> = {}, step = 'trigger') =>
		await world.walk.register(trigger(step), { entry: { kind: 'schedule', people: EVERYBODY, localTime: false, ...entry }, reEntry: 'anyTime', ...config });
	const at = async (time: string): Promise<void> => {
		world.clock.set(Date.parse(time));
		await world.engine.journeys.enterDue();
		await world.engine.journeys.enterDue();
	};

	it('shows what is to come, and of what was how many were meant, entered and were refused, why', async () => {
		const people = await world.people(7, { attributes: { plan: 'pro' } });
		await world.engine.profiles.upsert([{ profileId: people[0] ?? 0, attributes: { plan: 'free' } }, { profileId: people[1] ?? 0, attributes: { plan: 'free' } }, { profileId: people[6] ?? 0, attributes: { number: null } }], { source: 'test' });
		await publish({ when: { cron: '0 10 * * *' } }, { reEntry: 'afterLeaving', audience: { rule: { attribute: 'plan', operator: 'equals', value: 'pro' } } });
		await world.engine.journeys.enroll({ journey: { workflow: 'wf' }, people: [{ profileId: people[2] ?? 0 }] });

		await at('2026-03-02T10:00:00Z');

		expect(await world.engine.journeys.broadcasts({ workflow: 'wf' })).toEqual([
			expect.objectContaining({ state: 'planned', at: '2026-03-03T10:00:00.000Z', startsAt: '2026-03-03T10:00:00.000Z', startedAt: null, meant: null, entered: 0, reason: null }),
			{
				workflow: 'wf', journeyStep: 'trigger', journey: 'Welcome', state: 'done', at: '2026-03-02T10:00:00.000Z', startsAt: null, startedAt: '2026-03-02T10:00:00.000Z', endedAt: '2026-03-02T10:00:00.000Z',
				meant: 6, entered: 3, refused: { 'is not in the audience of the journey': 2, 'is in this journey already': 1 }, toAsk: 0, toCome: 0, nextAt: null, rateUntil: null, reason: null,
			},
		]);
		expect(await world.engine.journeys.broadcasts({ workflow: 'another' })).toEqual([]);
	});

	it('counts over all slices, and says of a run that is under way how many it has not come to', async () => {
		let slices = 0;
		await world.close();
		world = await World.open(kind, { atPoint: (point) => {
			if (point === 'broadcast-slice:after-commit' && (slices += 1) === 2) throw new Error('the process dies here');
		} });
		await world.people(1200);
		await publish({ when: { at: '2026-03-02T10:00:00Z' }, people: { rule: { attribute: 'number', operator: 'less', value: 1100 } } }, { reEntry: 'never' });
		world.clock.set(Date.parse('2026-03-02T10:00:00Z'));

		await expect(world.engine.journeys.enterDue()).rejects.toThrow('the process dies here');
		const under = await world.engine.journeys.broadcasts();
		await world.engine.journeys.enterDue();
		const done = await world.engine.journeys.broadcasts();

		expect(under).toMatchObject([{ state: 'running', meant: 1000, entered: 1000, toAsk: 200, endedAt: null }]);
		expect(done).toMatchObject([{ state: 'done', meant: 1100, entered: 1100, toAsk: 0 }]);
	});

	it('says who waits for their own hour until when, and who no longer belonged when it came', async () => {
		const [ann = 0, ben = 0, cid = 0] = await world.people(3);
		await world.engine.profiles.upsert([[ann, 'Asia/Tokyo'], [ben, 'Europe/Berlin'], [cid, 'America/New_York']].map(([profileId, timezone]) => ({ profileId: Number(profileId), attributes: { timezone: String(timezone) } })), { source: 'test' });
		await publish({ when: { at: '2026-03-05T09:00' }, localTime: true, zone: 'Europe/Berlin' });
		const planned = await world.engine.journeys.broadcasts();

		await at('2026-03-05T00:00:00Z');
		const under = await world.engine.journeys.broadcasts();
		await world.engine.profiles.upsert([{ profileId: cid, attributes: { number: null } }], { source: 'test' });
		await at('2026-03-05T09:00:00Z');
		await at('2026-03-05T14:00:00Z');

		// It begins where a day begins first on earth.
		expect(planned).toMatchObject([{ state: 'planned', at: '2026-03-05T08:00:00.000Z', startsAt: '2026-03-04T19:00:00.000Z' }]);
		expect(under).toMatchObject([{ state: 'running', meant: 3, entered: 1, toCome: 2, nextAt: '2026-03-05T08:00:00.000Z' }]);
		expect(await world.engine.journeys.broadcasts()).toMatchObject([{ state: 'done', endedAt: '2026-03-05T14:00:00.000Z', meant: 3, entered: 2, toCome: 0, nextAt: null, refused: { 'no longer belonged to its people at their own hour': 1 } }]);
	});

	it('says until when people go on at its rate', async () => {
		await world.people(300);
		await publish({ when: { at: '2026-03-02T10:00:00Z' }, ratePerMinute: 100 });

		await at('2026-03-02T10:00:00Z');

		const [run] = await world.engine.journeys.broadcasts();
		const { last = 0 } = (await world.rows<{ last: number }>('select max(due_at) as last from token'))[0] ?? {};
		expect(run).toMatchObject({ state: 'done', entered: 300, rateUntil: '2026-03-02T10:03:00.000Z' });
		expect(Date.parse(run?.rateUntil ?? '') - Number(last)).toBeLessThan(MINUTE_MS / 100 + 1);
	});

	it('says why nobody came by one that was missed, and that a planned one of a journey that nobody serves would be', async () => {
		await world.people(1);
		await publish({ when: { at: '2026-03-02T08:00:00Z' } });
		await publish({ when: { at: '2026-03-09T08:00:00Z' } }, {}, 'later');
		await world.upFor(30);

		expect(await world.engine.journeys.broadcasts()).toMatchObject([
			{ state: 'planned', journeyStep: 'later', reason: 'the journey is not published now: published only after its time, it is missed' },
			{ state: 'missed', journeyStep: 'trigger', at: '2026-03-02T08:00:00.000Z', startedAt: null, endedAt: null, meant: null, entered: 0, reason: 'it was over when the journey was published' },
		]);
	});

	it('comes in parts, the newest first', async () => {
		await world.people(1);
		await publish({ when: { cron: '0 * * * *' } });
		for (const hour of ['10', '11', '12']) await at(`2026-03-02T${hour}:00:00Z`);

		const first = await world.engine.journeys.broadcasts({ limit: 2 });
		const rest = await world.engine.journeys.broadcasts({ limit: 2, before: first.at(-1)?.at ?? '' });

		expect([first, rest].map((part) => part.map((run) => `${run.state} ${run.at.slice(11, 13)}`))).toEqual([['planned 13', 'done 12', 'done 11'], ['done 10']]);
		await expect(world.engine.journeys.broadcasts({ before: 'yesterday' })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await expect(world.engine.journeys.broadcasts({ limit: Number.NaN })).rejects.toMatchObject({ code: 'BAD_INPUT' });
	});
});
