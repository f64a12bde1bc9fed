import type { Explanation } from '../../../engine/insights/types';
import type { JourneyConfig, JourneyEntry } from '../../../engine/journeys/types';
import type { JsonObject } from '../../../engine/kernel';
import { DATABASES } from '../databases';
import { DAY_MS, World } from '../journeys/world';

const BERLIN = { lat: 52.52, lon: 13.4, km: 5 };

describe.each(DATABASES)('Explain and Test, by whichever way people come in, on %s', (kind) => {
	let world: World;
	let ada: number;

	beforeEach(async () => {
		world = await World.open(kind);
		[ada = 0] = await world.people(1, { attributes: { plan: 'free', location: { lat: 48.1, lon: 11.6 } } });
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const publish = async (entry: JourneyEntry, more: Partial<JourneyConfig> = {}) => await world.walk.register(trigger(), { entry, ...more });
	const explain = (): Promise<Explanation> => world.engine.insights.explain({ who: { profileId: ada }, workflow: 'wf' });

	it.each<[JourneyEntry, sentence: string, untrue: string[], holds: boolean | null]>([
		[{ kind: 'attribute', attribute: 'plan', from: { operator: 'in', value: ['free', 'trial'] }, to: { operator: 'equals', value: 'pro' } }, 'It starts the moment "plan" changes; before, plan is one of "free" or "trial"; then, plan is "pro".', ['People whose plan is "pro".'], false],
		[{ kind: 'attribute', attribute: 'plan' }, 'It starts the moment "plan" changes.', [], null],
		[{ kind: 'consent', channel: 'email', topic: 'news', state: 'subscribed' }, 'It starts the moment of a yes to "news" by email.', [expect.stringContaining('news') as string], false],
		[{ kind: 'message', happened: 'notOpened', withinMs: DAY_MS, channel: 'email', workflow: 'w', step: 's' }, 'It starts when a message by email of one step is not opened in time.', [], null],
		[{ kind: 'date', attribute: 'birthday', yearly: true, offsetDays: -1, at: '09:00' }, 'It starts 1 day before "birthday", each year, at 09:00 where they are.', ['People whose birthday is set.'], false],
		[{ kind: 'schedule', when: { cron: '0 9 * * 1' }, people: { rule: { attribute: 'plan', operator: 'equals', value: 'pro' } }, localTime: true }, 'It starts on the schedule 0 9 * * 1 where they are, for whoever belongs to its people then: People whose plan is "pro".', ['People whose plan is "pro".'], false],
		[{ kind: 'area', ...BERLIN }, 'It starts when somebody comes within 5 km of 52.52, 13.4, by the attribute "location".', [expect.stringContaining('location') as string], false],
		[{ kind: 'area', ...BERLIN, event: 'Moved', property: 'position' }, 'It starts when somebody comes within 5 km of 52.52, 13.4, by the event "Moved".', [expect.stringContaining('Moved') as string], false],
		[{ kind: 'stage', stage: 'customer' }, 'It starts the moment the stage becomes "customer".', ['People whose stage is "customer".'], false],
		[{ kind: 'enroll' }, 'Nobody comes in by themselves: it starts by Journey Control: Enroll only.', [], null],
	])('says what starts it, and what of that is not true of somebody: %j', async (entry, sentence, untrue, holds) => {
		await publish(entry);

		const told = await explain();

		expect(told.qualifies).toEqual({ sentence, holds, conditions: untrue.map((one) => ({ sentence: one, holds: false })) });
		expect(told.text).toContain(sentence);
	});

	it('says by what somebody came in: what starts the journey, or Enroll', async () => {
		await publish({ kind: 'attribute', attribute: 'plan' }, { reEntry: 'anyTime' });
		await world.engine.profiles.upsert([{ profileId: ada, attributes: { plan: 'pro' } }], { source: 'test' });
		world.clock.advance(1000);
		await world.engine.journeys.enroll({ journey: { workflow: 'wf', step: 'The trigger' }, people: [{ profileId: ada }], requestId: 'r1' });
		world.clock.advance(1000);
		await world.engine.journeys.enroll({ journey: { workflow: 'wf' }, people: [{ profileId: ada, data: { coupon: 'X' } }] });

		expect((await explain()).runs.map(({ enteredBy }) => enteredBy)).toEqual(['Journey Control: Enroll', 'Journey Control: Enroll', 'a change of "plan"']);
	});

	it('says that the journey is paused since when and why, and that nobody goes on before it is resumed', async () => {
		await publish({ kind: 'event', match: { event: 'Signed Up' } }, { entryCap: { people: 1, perMs: DAY_MS } });
		const [ben = 0] = await world.people(2).then(([, second]) => [second]);
		await world.track('Signed Up', [ada, ben]);

		const told = await explain();
		await world.engine.journeys.resume({ workflow: 'wf' });
		const after = await explain();

		expect(told.journey.paused).toEqual({ since: new Date(world.clock.nowMs()).toISOString(), reason: expect.stringContaining('More than 1 people entered') as string });
		expect(told.text).toMatch(/They are due at "The trigger" and go on when the journey is resumed\..*The journey is paused since 2026-03-02 09:00 UTC, so nobody of it goes on or is sent anything: More than 1 people entered .*Journey Control: Resume lets them go on\./);
		expect(after.journey.paused).toBeNull();
		expect(after.text).toContain('go on in a moment');
	});

	it('says that somebody is held out', async () => {
		await publish({ kind: 'event', match: { event: 'Signed Up' } }, { holdout: { percent: 100 } });
		await world.track('Signed Up', [ada]);

		const told = await explain();

		expect(told.runs).toMatchObject([{ heldOut: true }]);
		expect(told.text).toContain('They are held out: they walk the journey and get none of its marketing messages');
	});

	it.each<[JourneyEntry]>([
		[{ kind: 'segment', segment: 'Press' }], [{ kind: 'attribute', attribute: 'plan' }], [{ kind: 'consent', channel: 'email', state: 'subscribed' }], [{ kind: 'stage', stage: 'customer' }],
		[{ kind: 'message', happened: 'clicked' }], [{ kind: 'date', attribute: 'birthday', yearly: true, offsetDays: 0, at: '09:00' }],
		[{ kind: 'schedule', when: { cron: '0 9 * * 1' }, people: { name: 'Press' }, localTime: false }], [{ kind: 'area', ...BERLIN }], [{ kind: 'enroll' }],
	])('puts test people in by name where no event starts it, on their own clock: %j', async (entry) => {
		await world.engine.lists.create('Press');
		await publish(entry, { virtualDaySeconds: 2, audience: { rule: { attribute: 'number', operator: 'exists' } } });
		const [test = 0, other = 0] = (await world.engine.profiles.upsert(([{ number: 7 }, {}] as JsonObject[]).map((attributes, n) => ({ identities: [{ kind: 'email', value: `t${n}@test.example` }], attributes })), { source: 'test', test: true })).profiles.map(Number);

		const started = await world.engine.insights.startTest({ workflow: 'wf', journey: 'The trigger', people: [{ profileId: test }, { profileId: other }], properties: { coupon: 'X' } });
		const leg = await world.walk.start(trigger());
		const [inside = []] = await world.walk.route(trigger(), leg.people);
		await world.walk.park(world.walk.step('wait', 'wait'), inside, 30 * DAY_MS);
		await world.walk.settle(leg);
		world.clock.advance(60_000);
		const out = await world.walk.start(world.walk.step('wait', 'wait'));

		expect(started).toMatchObject({
			startedBy: 'enroll', daySeconds: 2, people: [{ profile: test, entered: true, enrollment: expect.any(Number) as number, reason: null }, { profile: other, entered: false, enrollment: null, reason: 'is not in the audience of the journey' }],
		});
		expect(leg.people.map(({ json }) => json.event)).toEqual([{ name: 'Enrolled', properties: { coupon: 'X' } }]);
		expect(out.people).toHaveLength(1);
		expect((await world.engine.insights.timeline({ workflow: 'wf' })).entries[0]).toMatchObject({ text: 'entered by Journey Control: Enroll', day: 1 });
	});
});
