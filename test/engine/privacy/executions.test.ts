import type { ErasureReport } from '../../../engine/privacy/types';
import { DATABASES } from '../databases';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from '../journeys/world';

describe.each(DATABASES)('what an erasure says of executions on %s', (kind) => {
	let world: World;
	let people: number[];

	beforeEach(async () => {
		world = await World.open(kind);
		people = await world.people(3);
	});
	afterEach(() => world.close());

	const at = (n: number) => new Date(world.clock.nowMs() + n).toISOString();
	const execution = (id: string, workflow = 'reads', kept = true) => ({ workflow, execution: id, kept });
	const note = (id: string, whom: number[] | null, workflow?: string, kept?: boolean) => world.engine.privacy.noteExecutions([execution(id, workflow, kept)], whom);
	const erase = (n: number): Promise<ErasureReport> => world.engine.privacy.erasePerson({ profileId: people[n] ?? 0 }, { source: 'test' });
	const named = async () => (await world.rows<{ n: number }>('select count(*) as n from execution_person'))[0]?.n;

	it('names those that read or wrote the person, newest first, by workflow, and the one that asks', async () => {
		await note('7', [people[0] ?? 0, people[1] ?? 0]);
		world.clock.advance(HOUR_MS);
		await note('8', [people[0] ?? 0], 'writes');
		await note('9', [people[0] ?? 0]);
		await note('9', [people[0] ?? 0]);
		await note('10', [people[2] ?? 0]);

		const report = await world.engine.privacy.erasePerson({ profileId: people[0] ?? 0 }, { source: 'test', execution: execution('11', 'erasing') });

		const rest = { mayHold: [], more: 0, onlyFailed: false };
		expect(report.executions).toEqual([
			{ workflow: 'erasing', from: at(0), until: at(0), ids: ['11'], ...rest },
			{ workflow: 'reads', from: at(-HOUR_MS), until: at(0), ids: ['9', '7'], ...rest },
			{ workflow: 'writes', from: at(0), until: at(0), ids: ['8'], ...rest },
		]);
	});

	it('keeps nobody who was erased: neither in the notes nor by a note that comes after', async () => {
		await note('7', people);
		await erase(0);
		await note('8', people);

		expect(await world.rows('select profile from execution_person order by execution, profile')).toEqual([1, 2, 1, 2].map((n) => ({ profile: people[n] })));
	});

	it('names one of very many people once and none of them: it may hold anybody who was known by then', async () => {
		const many = await world.people(150);
		await note('7', many);
		await note('8', many.slice(0, 60));
		await note('8', many.slice(60, 120));
		world.clock.advance(HOUR_MS);
		const { profiles: [later] } = await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'later@x.org' }] }], { source: 'test' });

		expect([(await erase(0)).executions, (await world.engine.privacy.erasePerson({ profileId: Number(later) }, { source: 'test' })).executions, await named()])
			.toEqual([[expect.objectContaining({ workflow: 'reads', ids: [], mayHold: ['8', '7'], more: 0 })], [], 0]);
	});

	it('of a workflow whose successful executions n8n forgets says only when failed ones may be found', async () => {
		await note('7', people, 'forgetful', false);
		world.clock.advance(HOUR_MS);

		expect((await erase(0)).executions).toEqual([{ workflow: 'forgetful', from: at(-HOUR_MS), until: at(MINUTE_MS - HOUR_MS), ids: [], mayHold: [], more: 0, onlyFailed: true }]);
		expect(await named()).toBe(0);
	});

	it('of a journey names those that carried people while the person was in it', async () => {
		const trigger = world.walk.step('trigger', 'trigger');
		await world.walk.register(trigger, { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		const carried = async (id: string, whom: number) => {
			await world.track('Signed Up', [whom]);
			const { nonce, people: claimed } = await world.walk.claim(trigger);
			await world.engine.journeys.begin({ nonce, workflow: 'wf', steps: [], foreignEffects: false, execution: execution(id, 'wf') });
			await world.walk.route(trigger, claimed);
			await world.walk.settle({ nonce });
			world.clock.advance(HOUR_MS);
		};
		await carried('7', people[1] ?? 0);
		await carried('8', people[0] ?? 0);
		await carried('9', people[1] ?? 0);

		expect((await erase(0)).executions).toEqual([expect.objectContaining({ workflow: 'wf', ids: [], mayHold: ['8'] })]);
	});

	it('follows a merge and its undoing', async () => {
		const [one = 0, other = 0] = people;
		await world.engine.profiles.upsert([{ identities: [{ kind: 'anonymous_id', value: 'a' }] }], { source: 'test' });
		const visitor = (await world.engine.profiles.get({ kind: 'anonymous_id', value: 'a' }))?.id ?? 0;
		await note('7', [visitor]);
		await note('8', [one, visitor]);
		await world.engine.profiles.merge({ profileId: one }, { profileId: visitor });
		await note('9', [visitor]);
		expect(await world.rows('select execution, profile from execution_person order by execution')).toMatchObject([{ profile: one }, { profile: one }, { profile: one }]);

		await world.engine.profiles.unmerge({ profileId: one });

		const ids = async (profileId: number) => (await world.engine.privacy.erasePerson({ profileId }, { source: 'test' })).executions.map((left) => left.ids);
		expect([await ids(visitor), await ids(one), await ids(other)]).toEqual([[['8', '7']], [['9', '8', '7']], []]);
	});

	it('goes back as far as the setting says, and nothing is noted where that is no day', async () => {
		await world.engine.settings.set({ executionDays: 3 });
		await note('7', people);
		world.clock.advance(2 * DAY_MS);
		await note('8', people);
		world.clock.advance(2 * DAY_MS);

		for (let n = 0; n < 21; n += 1) await world.engine.tick();
		await world.engine.settings.set({ executionDays: 0 });
		await note('9', people);

		expect(await world.rows('select execution from execution')).toEqual([{ execution: '8' }]);
		expect(await named()).toBe(3);
	});

	it('is in the person\'s own copy', async () => {
		await note('7', people);

		const copy = await world.engine.privacy.exportPerson({ profileId: people[0] ?? 0 }, { source: 'test' });

		expect(copy?.sections.executions).toEqual([{ workflow: 'reads', execution: '7', at: at(0) }]);
	});
});
