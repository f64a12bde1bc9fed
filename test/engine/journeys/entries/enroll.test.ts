import { DATABASES } from '../../databases';
import { changeElsewhere, DAY_MS, World } from '../world';

describe.each(DATABASES)('enrolling by name on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(() => world.close());

	const trigger = (step = 'trigger') => world.walk.step(step, 'trigger');
	const journey = { workflow: 'wf', step: 'trigger' };

	it('lets people into any journey by id and identity, and carries what was handed over as an entry event\'s properties', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Order Placed' } }, carryEvent: false });
		const [ann = 0, ben = 0] = await world.people(2);

		const answers = await world.engine.journeys.enroll({ journey, people: [{ profileId: ann, data: { order: 7 } }, { kind: 'email', value: 'P1@Customer.example' }] });
		const { people } = await world.walk.start(trigger());

		expect(answers).toMatchObject([{ index: 0, profile: ann, outcome: 'entered', reason: null, repeated: false }, { index: 1, profile: ben, outcome: 'entered' }]);
		expect(people.map(({ json }) => json)).toEqual([{ profileId: ann, event: { name: 'Enrolled', properties: { order: 7 } } }, { profileId: ben }]);
	});

	it('is the only way into a journey of its own kind', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'enroll' } });
		const [ann = 0] = await world.people(1, { attributes: { plan: 'pro' } });
		await world.track('Signed Up', [ann]);
		const before = await world.enrollments();

		await world.engine.journeys.enroll({ journey: { workflow: 'wf' }, people: [{ profileId: ann }] });

		expect(before).toEqual([]);
		expect(await world.enrollments()).toMatchObject([{ profile: ann, state: 'active' }]);
	});

	it('answers for each by itself why they were refused', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'enroll' }, reEntry: 'afterLeaving' });
		await world.walk.register(trigger('second'), { entry: { kind: 'enroll' } });
		const [ann = 0] = await world.people(1);
		await world.engine.journeys.enroll({ journey, people: [{ profileId: ann }] });

		const answers = await world.engine.journeys.enroll({ journey, people: [{ profileId: ann }, { profileId: 4711 }, { kind: 'email', value: 'nobody@customer.example' }, { profileId: ann, data: [1] as never }] });
		const elsewhere = await world.engine.journeys.enroll({ journey: { workflow: 'none' }, people: [{ profileId: ann }] });
		const unclear = await world.engine.journeys.enroll({ journey: { workflow: 'wf' }, people: [{ profileId: ann }] });
		await world.upFor(20);
		const unpublished = await world.engine.journeys.enroll({ journey: { workflow: 'wf', step: 'second' }, people: [{ profileId: ann }] });

		expect(answers.map(({ reason }) => reason)).toEqual(['is in this journey already', 'No profile has this id.', 'No profile has this email.', 'The data is not an object.']);
		expect([...elsewhere, ...unclear, ...unpublished].map(({ outcome, reason }) => `${outcome}: ${reason?.slice(0, 29)}`)).toEqual([
			'refused: there is no such journey: no ', 'refused: the workflow has several jour', 'refused: the journey is not published',
		]);
	});

	it('lets nobody in twice by a request that is repeated, and those whom the first one did not reach', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'enroll' }, reEntry: 'anyTime' });
		const [ann = 0, ben = 0] = await world.people(2);
		const first = await world.engine.journeys.enroll({ journey, people: [{ profileId: ann }, { profileId: ann }], requestId: 'execution 9' });
		await world.walk.settle(await world.walk.start(trigger()));

		const again = await world.engine.journeys.enroll({ journey, people: [{ profileId: ann }, { profileId: ann }, { profileId: ben }], requestId: 'execution 9' });
		const other = await world.engine.journeys.enroll({ journey, people: [{ profileId: ann }], requestId: 'execution 10' });

		expect(again.map(({ repeated, enrollment }) => [repeated, enrollment])).toEqual([[true, first[0]?.enrollment], [true, first[1]?.enrollment], [false, expect.any(Number)]]);
		expect(first[0]?.enrollment).not.toBe(first[1]?.enrollment);
		expect(other).toMatchObject([{ outcome: 'entered', repeated: false }]);
		expect(await world.enrollments()).toHaveLength(4);
	});

	it('lets everybody in once when a request is repeated while its first call is still under way in another process', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'enroll' }, reEntry: 'anyTime' });
		const people = (await world.people(40)).map((profileId) => ({ profileId }));
		const { engine } = await world.another();

		const answers = await Promise.all([world.engine, engine, world.engine].map(async ({ journeys }, n) => await journeys.enroll({ journey, people: n === 1 ? [...people].reverse() : people, requestId: 'r' })));

		expect(answers.flat().filter(({ outcome }) => outcome === 'entered')).toHaveLength(120);
		expect(answers.flat().filter(({ repeated }) => !repeated)).toHaveLength(40);
		expect(await world.enrollments()).toHaveLength(40);
	});

	it('goes on after a process that died between two slices: everybody once', async () => {
		let commits = 0;
		await world.close();
		world = await World.open(kind, { atPoint: (point) => {
			if (point === 'enroll:before-commit' && (commits += 1) === 2) throw new Error('the process dies here');
		} });
		await world.walk.register(trigger(), { entry: { kind: 'enroll' }, reEntry: 'anyTime' });
		const people = (await world.people(600)).map((profileId) => ({ profileId }));

		await expect(world.engine.journeys.enroll({ journey, people, requestId: 'r' })).rejects.toThrow('the process dies here');
		const half = (await world.enrollments()).length;
		const answers = await world.engine.journeys.enroll({ journey, people, requestId: 'r' });

		expect(half).toBe(500);
		expect(answers.filter(({ repeated }) => repeated)).toHaveLength(500);
		expect(new Set((await world.enrollments()).map(({ profile }) => profile)).size).toBe(600);
		expect(await world.enrollments()).toHaveLength(600);
	});

	it('knows a repeated request also when its people became one, and when they were taken apart again', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'enroll' }, reEntry: 'anyTime' });
		const made = await world.engine.profiles.upsert(['a', 'b'].map((value) => ({ identities: [{ kind: 'email', value: `${value}@customer.example` }] })), { source: 'test' });
		const [one = 0, two = 0] = made.profiles.map(Number);
		await world.engine.journeys.enroll({ journey, people: [{ profileId: two }], requestId: 'r' });

		await world.engine.profiles.merge({ profileId: one }, { profileId: two });
		const merged = await world.engine.journeys.enroll({ journey, people: [{ profileId: two }], requestId: 'r' });
		await world.engine.profiles.unmerge({ profileId: one });
		const apart = await world.engine.journeys.enroll({ journey, people: [{ profileId: two }, { profileId: one }], requestId: 'r' });

		expect(merged).toMatchObject([{ profile: one, repeated: true }]);
		expect(apart).toMatchObject([{ profile: two, repeated: true }, { profile: one, outcome: 'entered', repeated: false }]);
	});

	it('keeps nothing of a person who was erased, neither request nor data', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'enroll' } });
		const [ann = 0] = await world.people(1);
		await world.engine.journeys.enroll({ journey, people: [{ profileId: ann, data: { gift: 'for Ann' } }], requestId: 'r' });
		const told = JSON.stringify(await world.engine.privacy.exportPerson({ profileId: ann }, { source: 'test' }));

		await world.engine.privacy.erasePerson({ profileId: ann }, { source: 'test' });

		expect(told).toContain('for Ann');
		expect(await world.rows('select * from enroll_request')).toEqual([]);
		expect(await world.rows('select profile, entered_by from enrollment')).toEqual([{ profile: 0, entered_by: null }]);
	});

	it('forgets requests after 30 days', async () => {
		await world.walk.register(trigger(), { entry: { kind: 'enroll' } });
		const [ann = 0] = await world.people(1);
		await world.engine.journeys.enroll({ journey, people: [{ profileId: ann }], requestId: 'r' });
		changeElsewhere(world.database, `update enrollment set state = 'completed', open_tokens = 0, entry_key = 'x'`);
		changeElsewhere(world.database, 'delete from token');

		world.clock.advance(31 * DAY_MS);
		await world.engine.journeys.tidy();
		const later = await world.engine.journeys.enroll({ journey, people: [{ profileId: ann }], requestId: 'r' });

		expect(later).toMatchObject([{ outcome: 'entered', repeated: false }]);
	});

	it('refuses a list that is too long and a request id that is none', async () => {
		await expect(world.engine.journeys.enroll({ journey, people: Array.from({ length: 20_001 }, () => ({ profileId: 1 })) })).rejects.toMatchObject({ code: 'BAD_INPUT' });
		await expect(world.engine.journeys.enroll({ journey, people: [], requestId: '' })).rejects.toMatchObject({ code: 'BAD_INPUT' });
	});
});
