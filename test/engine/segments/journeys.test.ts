import { DATABASES } from '../databases';
import { World } from '../journeys/world';

describe.each(DATABASES)('segments, lists and journeys on %s', (kind) => {
	it('lets people start when they leave a segment, and when they are put on a list, once a change', async () => {
		const world = await World.open(kind);
		const { segments, lists } = world.engine;
		const [anna, ben] = await world.people(2, { attributes: { plan: 'pro' } });
		await segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
		await lists.create('Press');
		await world.walk.register(world.walk.step('left', 'trigger'), { entry: { kind: 'segment', segment: 'Pro', change: 'left' } });
		await world.walk.register(world.walk.step('listed', 'trigger'), { entry: { kind: 'segment', segment: 'Press' } });
		await world.walk.register(world.walk.step('off', 'trigger'), { entry: { kind: 'segment', segment: 'Press', change: 'left' } });
		const inside = async () => (await world.rows<{ step: string; profile: number }>('select j.step, e.profile from enrollment e join journey j on j.id = e.journey order by e.id')).map(({ step, profile }) => `${step} ${profile}`);

		await world.engine.profiles.upsert([{ profileId: anna, attributes: { plan: 'free' } }], { source: 'test' });
		await world.engine.profiles.upsert([{ profileId: anna, attributes: { plan: 'basic' } }], { source: 'test' });
		await world.engine.profiles.upsert([{ profileId: ben, attributes: { plan: 'free' } }], { source: 'test', historical: true });
		expect(await inside()).toEqual([`left ${anna}`]);

		const added = await lists.add('Press', [{ profileId: Number(ben) }, { kind: 'email', value: 'P0@customer.example' }, { kind: 'email', value: 'nobody@customer.example' }]);
		const again = await lists.add('Press', [{ profileId: Number(ben) }]);
		await lists.remove('Press', [{ profileId: Number(ben) }], { startJourneys: false });
		await lists.remove('Press', [{ profileId: Number(anna) }]);

		expect(added).toMatchObject({ changed: 2, unchanged: 0, profiles: [ben, anna, null], rejected: [{ index: 2, reason: 'No profile has this email.' }] });
		expect(again).toMatchObject({ changed: 0, unchanged: 1 });
		expect((await inside()).sort()).toEqual([`left ${anna}`, `listed ${anna}`, `listed ${ben}`, `off ${anna}`].sort());
		await world.close();
	});

	it('makes membership, log and entry one transaction: a process that dies before its end leaves none of them, and the next does all once', async () => {
		let dies = false;
		const world = await World.open(kind, { atPoint: (point) => {
			if (dies && point === 'recheck:before-commit') throw new Error('the process is gone');
		} });
		const [anna] = await world.people(1);
		await world.engine.segments.save({ name: 'Quiet', rule: { none: [{ event: 'Order', withinSeconds: 60 }] } });
		await world.track('Order', [Number(anna)]);
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'segment', segment: 'Quiet' } });
		const left = async () => ({
			members: (await world.engine.segments.members('Quiet')).length, entered: (await world.engine.segments.changes({ name: 'Quiet' })).filter(({ change }) => change === 'entered').length,
			enrollments: (await world.enrollments()).length, tokens: (await world.tokens()).length,
		});
		const before = await left();
		world.clock.advance(60_000);

		dies = true;
		await expect(world.engine.tick()).rejects.toThrow('the process is gone');
		expect(await left()).toEqual(before);
		dies = false;
		await world.engine.tick();
		await world.engine.tick();

		expect(before).toMatchObject({ members: 0, enrollments: 0 });
		expect(await left()).toEqual({ members: 1, entered: before.entered + 1, enrollments: 1, tokens: 1 });
		await world.close();
	});

	it('knows people by ids that were merged into another profile: on lists, and when asked', async () => {
		const world = await World.open(kind);
		const { profiles, lists, segments } = world.engine;
		const { profiles: [first = 0, second = 0] } = (await profiles.upsert(['a', 'b'].map((value) => ({ identities: [{ kind: 'email', value: `${value}@customer.example` }] })), { source: 'test' })) as { profiles: number[] };
		const { profile, merged } = await profiles.merge({ profileId: first }, { profileId: second });
		await lists.create('Press');

		const report = await lists.add('Press', [{ profileId: Number(merged) }]);

		expect(report).toMatchObject({ changed: 1, profiles: [profile], rejected: [] });
		expect(await segments.evaluate({ name: 'Press' }, [Number(merged)])).toEqual([merged]);
		await world.close();
	});

	it('does not let go of a segment that a published journey starts on, and does when it is published no more', async () => {
		const world = await World.open(kind);
		await world.engine.segments.save({ name: 'Pro', rule: { all: [] } });
		await world.walk.register(world.walk.step('trigger', 'trigger'), { entry: { kind: 'segment', segment: 'Pro' } });

		await expect(world.engine.segments.delete('Pro')).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('is used by the journey') as string });
		await world.upFor(20);
		await world.engine.segments.delete('Pro');

		expect(await world.engine.segments.list()).toEqual([]);
		await world.close();
	});

	it('does not let go of a segment or a list that the rule of a stage asks for', async () => {
		const world = await World.open(kind);
		await world.engine.segments.save({ name: 'Pro', rule: { all: [] } });
		await world.engine.lists.create('Press');
		await world.engine.scores.defineStages({ stages: [{ name: 'lead' }, { name: 'customer', when: { any: [{ segment: 'Pro' }, { list: 'Press' }] } }] });

		for (const refused of [world.engine.segments.delete('Pro'), world.engine.segments.rename('Pro', 'Best'), world.engine.lists.delete('Press')]) {
			await expect(refused).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('the rule of a stage') as string });
		}
		await world.close();
	});

	it('counts events since enrollment for each run of a person by itself', async () => {
		const world = await World.open(kind);
		const [anna] = await world.people(1);
		const trigger = world.walk.step('trigger', 'trigger');
		await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } }, reEntry: 'anyTime' });
		await world.track('Ordered', [Number(anna)]);
		world.clock.advance(1000);
		await world.track('Signed Up', [Number(anna)]);
		world.clock.advance(1000);
		await world.track('Ordered', [Number(anna)]);
		world.clock.advance(1000);
		await world.track('Signed Up', [Number(anna)]);
		const claim = await world.walk.claim(trigger);
		const { people } = await world.walk.begin(claim.nonce, claim.people);
		const rule = { event: 'Ordered', sinceEnrollment: true as const };

		const [inside, outside] = await world.walk.filter(world.walk.step('filter', 'filter'), people, { rule });

		const [first, second] = await world.rows<{ id: number }>('select id from enrollment order by id');
		expect(inside.map(({ stamp }) => stamp.enrollment)).toEqual([first?.id]);
		expect(outside.map(({ stamp }) => stamp.enrollment)).toEqual([second?.id]);
		await world.close();
	});
});
