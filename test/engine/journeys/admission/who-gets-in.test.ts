import { sql } from 'kysely';

import type { EngineApi } from '../../../../engine/api';
import { admit } from '../../../../engine/journeys/admission/admit';
import type { Listening } from '../../../../engine/journeys/react';
import { lockProfiles } from '../../../../engine/profiles';
import { DATABASES } from '../../databases';
import { protocolViolations } from '../protocol-checks';
import { DAY_MS, HOUR_MS, MINUTE_MS, World } from '../world';

const BOOKED = { kind: 'event', match: { event: 'Booked' }, key: 'booking.id' } as const;
const SIGNED_UP = { kind: 'event', match: { event: 'Signed Up' } } as const;

describe.each(DATABASES)('who gets into a journey on %s', (kind) => {
	let world: World;
	beforeEach(async () => {
		world = await World.open(kind);
	});
	afterEach(async () => {
		expect(await protocolViolations(world.engine.store, [], { entryEvent: 'Booked', atRest: false })).toEqual({});
		await world.close();
	});

	const trigger = () => world.walk.step('trigger', 'trigger');
	const refusals = () => world.rows<{ profile: number; reason: string }>('select profile, reason from refusal order by refused_at, profile');
	const book = (profile: number, id: unknown) => world.track('Booked', [profile], { properties: id === undefined ? {} : { booking: { id: id as string } } });
	/** Without user ids, which would keep two of them apart. */
	const strangers = async (...names: string[]) => (await world.engine.profiles.upsert(names.map((name) => ({ identities: [{ kind: 'email', value: `${name}@customer.example` }] })), { source: 'test' })).profiles.map(Number);
	const finish = async () => world.walk.settle(await world.walk.start(trigger()));

	describe('a key of the event', () => {
		it.each([
			['never', [1, 0, 1, 0, 0, 1, 0]], ['afterLeaving', [1, 0, 1, 0, 1, 1, 0]], ['anyTime', [1, 0, 1, 0, 1, 1, 1]],
		] as const)('makes two bookings two runs, and one booking never two at once, with re-entry %s', async (reEntry, expected) => {
			await world.walk.register(trigger(), { entry: BOOKED, reEntry });
			const [ann] = await world.people(1);
			const entered = [await book(Number(ann), 'A1'), await book(Number(ann), 'A1'), await book(Number(ann), 7), await book(Number(ann), '7')];
			await finish();
			entered.push(await book(Number(ann), 'A1'), await book(Number(ann), undefined), await book(Number(ann), undefined));

			expect(entered).toEqual(expected);
			if (reEntry === 'never') expect(new Set((await refusals()).map(({ reason }) => reason))).toEqual(new Set(['has been in this journey before with this key', 'has been in this journey before']));
			if (reEntry !== 'never') expect((await refusals())[0]?.reason).toBe('is in this journey already with this key');
		});

		it('is one value in one spelling on both databases; lists, objects, null and empty text are no key', async () => {
			await world.walk.register(trigger(), { entry: BOOKED, reEntry: 'afterLeaving' });
			const [ann] = await world.people(1);
			const given = [1, '1', 1e21, 0.1, true, 'true', false, 'ä', 'x'.repeat(500), 'x'.repeat(500), null, '', [1], { a: 1 }];
			const entered: number[] = [];
			for (const id of given) entered.push(await book(Number(ann), id));

			expect(entered).toEqual([1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 0, 0, 0]);
			expect((await world.rows<{ entry_key: string }>('select entry_key from enrollment order by id')).map(({ entry_key: key }) => key.slice(0, 10))).toEqual(['key:1', 'key:1e+21', 'key:0.1', 'key:true', 'key:false', 'key:ä', expect.stringMatching(/^key#/), '']);
		});

		it('of two people who become one leaves the older run of it, as a merge does with any two runs that may not be at once', async () => {
			await world.walk.register(trigger(), { entry: BOOKED, reEntry: 'anyTime' });
			const [ann, ben] = await strangers('ann', 'ben');
			await book(Number(ann), 'A1');
			world.clock.advance(MINUTE_MS);
			await book(Number(ben), 'A1');
			await book(Number(ben), 'B2');
			await world.engine.profiles.merge({ profileId: Number(ann) }, { profileId: Number(ben) });

			const runs = await world.rows('select entry_key, state, end_reason from enrollment order by id');
			expect(runs).toEqual([{ entry_key: 'key:A1', state: 'active', end_reason: null }, { entry_key: 'key:A1', state: 'exited', end_reason: 'merged' }, { entry_key: 'key:B2', state: 'active', end_reason: null }]);
		});

		it('is gone with the person', async () => {
			await world.walk.register(trigger(), { entry: BOOKED });
			const [ann] = await world.people(1);
			await book(Number(ann), 'ann@customer.example');
			await world.engine.privacy.erasePerson({ profileId: Number(ann) }, { source: 'test' });

			expect(await world.rows('select profile, entry_key, state from enrollment')).toEqual([{ profile: 0, entry_key: '', state: 'erased' }]);
		});
	});

	describe('the least gap', () => {
		it('keeps who entered lately out, whatever the key, and lets them in when it is over', async () => {
			await world.walk.register(trigger(), { entry: BOOKED, reEntry: 'anyTime', minGapMs: DAY_MS });
			const [ann, ben] = await world.people(2);
			const entered = [await book(Number(ann), 'A1')];
			world.clock.advance(DAY_MS - 1);
			entered.push(await book(Number(ann), 'B2'), await book(Number(ben), 'B2'));
			world.clock.advance(1);
			entered.push(await book(Number(ann), 'C3'));

			expect(entered).toEqual([1, 0, 1, 1]);
			expect(await refusals()).toEqual([{ profile: ann, reason: 'entered this journey too short a time ago' }]);
		});

		it('is known to the process after this one, and to the person that a guest turns out to be', async () => {
			await world.walk.register(trigger(), { entry: BOOKED, reEntry: 'anyTime', minGapMs: DAY_MS });
			const book = async (engine: EngineApi, whose: object, id: string) => (await engine.events.ingest([{ type: 'track', event: 'Booked', ...whose, properties: { booking: { id } } }], { source: 'test' })).entered;
			const entered = [await book(world.engine, { anonymousId: 'browser' }, 'A1')];
			await world.engine.events.ingest([{ type: 'identify', userId: 'ann' }], { source: 'test' });
			world.clock.advance(HOUR_MS);
			const { engine } = await world.another();
			await engine.events.ingest([{ type: 'identify', userId: 'ann', anonymousId: 'browser' }], { source: 'test' });
			entered.push(await book(engine, { userId: 'ann' }, 'B2'));
			world.clock.advance(DAY_MS - HOUR_MS);
			entered.push(await book(engine, { userId: 'ann' }, 'C3'));

			expect(entered).toEqual([1, 0, 1]);
		});

		it('holds within one batch of events', async () => {
			await world.walk.register(trigger(), { entry: SIGNED_UP, reEntry: 'anyTime', minGapMs: HOUR_MS });
			const [ann] = await world.people(1);

			expect(await world.track('Signed Up', [Number(ann), Number(ann), Number(ann)])).toBe(1);
			expect(await refusals()).toHaveLength(2);
		});
	});

	describe('the audience', () => {
		it('is asked by the one SQL of segments as the batch has left people, and who is not in it is recorded as refused', async () => {
			await world.engine.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
			await world.walk.register(trigger(), { entry: SIGNED_UP, audience: { rule: { all: [{ segment: 'Pro' }, { event: 'Ordered', count: { operator: 'atMost', value: 1 } }] } } });
			const [ann, ben, cid] = await world.people(3);
			await world.track('Ordered', [Number(cid), Number(cid)]);

			const { entered } = await world.engine.events.ingest([
				{ type: 'identify', profileId: Number(ann), traits: { plan: 'pro' } }, { type: 'track', event: 'Signed Up', profileId: Number(ann) },
				{ type: 'track', event: 'Signed Up', profileId: Number(ben) },
				{ type: 'identify', profileId: Number(cid), traits: { plan: 'pro' } }, { type: 'track', event: 'Signed Up', profileId: Number(cid) },
			], { source: 'test' });

			expect(entered).toBe(1);
			expect(await world.tokens()).toMatchObject([{ profile: ann }]);
			expect(await refusals()).toEqual([{ profile: ben, reason: 'is not in the audience of the journey' }, { profile: cid, reason: 'is not in the audience of the journey' }]);
		});

		it('keeps people out of journeys that a segment starts, and asks for lists and scores of now', async () => {
			await world.engine.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
			await world.engine.lists.create('VIP');
			await world.engine.scores.saveModel({ name: 'Heat', rules: [{ name: 'Signed up', group: 'engagement', when: { event: 'Signed Up' }, points: 10 }] });
			await world.walk.register(trigger(), { entry: { kind: 'segment', segment: 'Pro' }, audience: { rule: { all: [{ list: 'VIP' }, { score: 'Heat', operator: 'greaterOrEqual', value: 10 }] } } });
			const [ann, ben, cid] = await world.people(3);
			await world.engine.lists.add('VIP', [{ profileId: Number(ann) }, { profileId: Number(ben) }]);
			await world.track('Signed Up', [Number(ann), Number(cid)]);
			await world.engine.profiles.upsert([ann, ben, cid].map((profileId) => ({ profileId: Number(profileId), attributes: { plan: 'pro' } })), { source: 'test' });

			expect((await world.tokens()).map(({ profile }) => profile)).toEqual([ann]);
			expect(await refusals()).toHaveLength(2);
		});

		it('must exist when the journey is published, and is neither deleted nor renamed while it is', async () => {
			await expect(world.walk.register(trigger(), { entry: SIGNED_UP, audience: { name: 'Nobody' } })).rejects.toMatchObject({ code: 'NOT_FOUND' });
			await expect(world.walk.register(trigger(), { entry: SIGNED_UP, audience: { rule: { event: 'Ordered', sinceEnrollment: true } } })).rejects.toMatchObject({ code: 'RULE_INVALID' });
			await world.engine.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
			await world.walk.register(trigger(), { entry: SIGNED_UP, audience: { name: 'Pro' } });
			await expect(world.engine.segments.delete('Pro')).rejects.toMatchObject({ code: 'CONFLICT' });
			await world.walk.register(trigger(), { entry: SIGNED_UP });
			await world.engine.segments.delete('Pro');
		});

		it('that is gone nonetheless lets nobody in and says so at the step, and fails nobody\'s events', async () => {
			await world.engine.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
			await world.walk.register(trigger(), { entry: SIGNED_UP, audience: { name: 'Pro' } });
			const [ann] = await world.people(1, { attributes: { plan: 'pro' } });
			await world.change('update step set rules = null');
			await world.engine.segments.delete('Pro');
			const entered = await world.track('Signed Up', [Number(ann)]);
			const problem = (await world.engine.journeys.status())[0]?.steps[0]?.problem;
			await world.engine.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' } });
			const again = await world.track('Signed Up', [Number(ann)]);

			expect([entered, again]).toEqual([0, 1]);
			expect(problem).toMatch(/^The audience cannot be asked, so nobody enters\. .*"Pro"/);
			expect((await world.engine.journeys.status())[0]?.steps[0]?.problem).toBeNull();
			expect(await refusals()).toEqual([{ profile: ann, reason: 'the audience of the journey cannot be asked' }]);
		});
	});

	describe('the holdout', () => {
		const heldOut = async (step: string) => (await world.rows<{ profile: number }>(`select profile from enrollment where journey = '${world.journey(step)}' and holdout = 1 order by profile`)).map(({ profile }) => profile);

		it('is the same people in every journey and at each entry, and more of them with a higher percentage', async () => {
			await world.walk.register(trigger(), { entry: SIGNED_UP, reEntry: 'anyTime' });
			await world.walk.register(world.walk.step('other', 'trigger'), { entry: SIGNED_UP, reEntry: 'anyTime' });
			const people = await world.people(400);
			await world.track('Signed Up', people);
			const none = await heldOut('trigger');
			await world.engine.settings.set({ holdout: { percent: 20 } });
			await world.track('Signed Up', people);
			const [some, others] = [await heldOut('trigger'), await heldOut('other')];
			await world.change('delete from enrollment');
			await world.change('delete from token');
			await world.engine.settings.set({ holdout: { percent: 40 } });
			await world.track('Signed Up', people);
			const more = await heldOut('trigger');

			expect(none).toEqual([]);
			expect(some).toEqual(others);
			expect(some.length).toBeGreaterThan(40);
			expect(some.length).toBeLessThan(130);
			expect(more).toEqual(expect.arrayContaining(some));
			expect(more.length).toBeGreaterThan(some.length);
			expect(await world.engine.segments.evaluate({ rule: { random: { percent: 40, salt: 'holdout' } } }, people)).toEqual(more);
		});

		it('of a journey is drawn by itself, leaves test people alone, and a merge keeps what was drawn', async () => {
			await world.walk.register(trigger(), { entry: SIGNED_UP, reEntry: 'anyTime', holdout: { percent: 50 } });
			await world.walk.register(world.walk.step('other', 'trigger'), { entry: SIGNED_UP, holdout: { percent: 50 } });
			const people = await strangers(...Array.from({ length: 200 }, (_, n) => `p${n}`));
			await world.track('Signed Up', people);
			const [here, there] = [await heldOut('trigger'), await heldOut('other')];
			const kept = await world.rows<{ id: number; holdout: number }>('select id, holdout from enrollment order by id');
			const held = Number(here[0]);
			const free = Number(people.find((profile) => !here.includes(profile)));
			await world.engine.profiles.merge({ profileId: free }, { profileId: held });

			expect(here).not.toEqual(there);
			expect(await world.rows('select id, holdout from enrollment order by id')).toEqual(kept);
			expect(new Set(await world.rows(`select holdout from enrollment where journey = '${world.journey('trigger')}' and profile in (${free}, ${held})`))).toEqual(new Set([{ holdout: 0 }, { holdout: 1 }]));
			const { profiles: testers } = await world.engine.profiles.upsert(Array.from({ length: 40 }, (_, n) => ({ identities: [{ kind: 'email', value: `t${n}@customer.example` }] })), { source: 'test', test: true });
			await world.track('Signed Up', testers.map(Number));
			expect(await world.rows(`select count(*) as held from enrollment e join profile p on p.id = e.profile where p.is_test = 1 and e.holdout = 1`)).toEqual([{ held: 0 }]);
		});

		it('keeps the held out out of experiments', async () => {
			await world.walk.register(trigger(), { entry: SIGNED_UP, holdout: { percent: 50 } });
			await world.track('Signed Up', await world.people(60));
			const leg = await world.walk.start(trigger());
			await world.engine.experiments.split(world.walk.step('split', 'split'), leg.people.map(({ stamp }, index) => ({ index, stamp })), { mode: 'experiment', unit: 'person', paths: [{ name: 'A' }, { name: 'B' }], metric: { kind: 'event', match: { event: 'Bought' } }, windowMs: DAY_MS });

			const counted = await world.rows<{ profile: number }>('select profile from assignment where matures_at is not null order by profile');
			const held = await heldOut('trigger');
			expect(counted.length + held.length).toBe(60);
			expect(counted.filter(({ profile }) => held.includes(profile))).toEqual([]);
			const [status] = await world.engine.experiments.status({ workflow: 'wf', step: 'split' });
			expect(status?.paths.reduce((sum, path) => sum + path.people, 0)).toBe(counted.length);
		});

		it.each([5.123, -1, 101, 'much', null])('the setting refuses %j percent', async (percent) => {
			await expect(world.engine.settings.set({ holdout: { percent: percent as number } })).rejects.toThrow(/holdout/);
		});
	});

	it('one function lets people in for every kind of entry: with a key and a time of their own, each once', async () => {
		await world.walk.register(trigger(), { entry: SIGNED_UP, reEntry: 'afterLeaving' });
		const [ann, ben] = await world.people(2);
		const at = world.clock.nowMs() - HOUR_MS;
		const admitted = await world.engine.store.tx('test-enroll', async (tx) => {
			await lockProfiles(tx, [Number(ann), Number(ben)]);
			const row = await tx.first(sql<Listening>`select id, workflow, step, entry_kind, entry_name, exit_name, beat_at from journey`);
			const journey = { ...(row as Listening), config: { name: 'Welcome', entry: SIGNED_UP, reEntry: 'afterLeaving', fields: [], carryEvent: false, onFailure: 'hold' } } satisfies Listening;
			return await admit(tx, journey, [
				{ profile: Number(ben), occurredAtMs: at }, { profile: Number(ann), occurredAtMs: at, key: 'K' },
				{ profile: Number(ben), occurredAtMs: at }, { profile: 999_999, occurredAtMs: at },
			]);
		});

		expect(admitted).toEqual([{ enrollment: expect.any(Number), profile: ben, dueAtMs: world.clock.nowMs() }, { enrollment: expect.any(Number), profile: ann, dueAtMs: world.clock.nowMs() }]);
		expect(await world.rows('select profile, started_at, entry_key from enrollment order by id')).toEqual([{ profile: ben, started_at: at, entry_key: '' }, { profile: ann, started_at: at, entry_key: 'key:K' }]);
		expect(await refusals()).toEqual([{ profile: ben, reason: 'is in this journey already' }]);
	});
});
