import { sql } from 'kysely';

import { lastEventNoSql, lockProfiles } from '../../../engine/profiles';
import { untilBlocked } from '../blocked';
import { DATABASES } from '../databases';
import type { Person } from './walk';
import { HOUR_MS, World } from './world';

const CLICK = { event: 'Email Link Clicked' };

describe.each(DATABASES)('waiting for an event on %s', (kind) => {
	let world: World;
	let ann: number;
	beforeEach(async () => {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		[ann] = (await world.people(1)) as [number];
		await world.track('Signed Up', [ann]);
	});
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	const wait = (name = 'wait') => world.walk.step(name, 'waitForEvent');

	async function parkAt(step = wait(), match: Parameters<World['walk']['park']>[3] = CLICK): Promise<Person[]> {
		const leg = await world.walk.start(trigger());
		const parked = await world.walk.park(step, leg.people, HOUR_MS, match);
		await world.walk.settle(leg);
		return parked;
	}

	it('wakes at once by the awaited event, and hands its properties on', async () => {
		await parkAt();
		const woken: string[] = [];
		world.engine.onWake(({ step }) => woken.push(step));

		await world.track('Email Link Clicked', [ann], { properties: { url: 'https://shop.example/a' } });
		const { people } = await world.walk.start(wait());

		if (kind === 'sqlite') expect(woken).toEqual(['wait']);
		expect(people).toMatchObject([{ outcome: 'event', json: { cameWith: { name: 'Email Link Clicked', properties: { url: 'https://shop.example/a' } } } }]);
	});

	it('waits on when the event does not match the filters', async () => {
		await parkAt(wait(), { event: 'Ordered', filters: [{ path: 'total', operator: 'greater', value: 50 }] });

		await world.track('Ordered', [ann], { properties: { total: 20 } });
		const tooSmall = await world.walk.claim(wait());
		await world.track('Ordered', [ann], { properties: { total: 60 } });

		expect(tooSmall.people).toEqual([]);
		expect((await world.walk.claim(wait())).people).toMatchObject([{ outcome: 'event' }]);
	});

	it('an event at the very moment of the time-out: the event wins while nobody has claimed, the time-out once claimed, the same on a replay (rule 16)', async () => {
		await parkAt();
		world.clock.advance(HOUR_MS);
		await world.track('Email Link Clicked', [ann]);

		const first = await world.walk.claim(wait());
		world.clock.advance(30_001);
		const replay = await world.walk.claim(wait());

		expect([first.people[0]?.outcome, replay.people[0]?.outcome]).toEqual(['event', 'event']);
	});

	it('an event after the time-out was claimed does not change the way, and is still there for the next wait (rules 16, 17)', async () => {
		await parkAt();
		world.clock.advance(HOUR_MS);
		const late = await world.walk.claim(wait());
		await world.track('Email Link Clicked', [ann]);
		world.clock.advance(30_001);

		const leg = await world.walk.start(wait());
		await world.walk.park(wait('second'), leg.people, HOUR_MS, CLICK);

		expect([late.people[0]?.outcome, leg.people[0]?.outcome]).toEqual(['timeout', 'timeout']);
		expect((await world.walk.claim(wait('second'))).people).toMatchObject([{ outcome: 'event' }]);
	});

	it('finds an event that landed before the park (rule 17)', async () => {
		const leg = await world.walk.start(trigger());
		await world.track('Email Link Clicked', [ann], { enrollment: Number(leg.people[0]?.stamp.enrollment) });

		await world.walk.park(wait(), leg.people, HOUR_MS, CLICK);

		expect((await world.walk.claim(wait())).people).toMatchObject([{ outcome: 'event' }]);
	});

	it('does not find an event of before this leg (rule 17)', async () => {
		const leg = await world.walk.start(trigger());
		await world.walk.park(wait('pause'), leg.people, HOUR_MS);
		await world.walk.settle(leg);
		await world.track('Email Link Clicked', [ann]);
		world.clock.advance(HOUR_MS);
		const next = await world.walk.start(wait('pause'));

		await world.walk.park(wait(), next.people, HOUR_MS, CLICK);

		expect(next.people).toHaveLength(1);
		expect((await world.walk.claim(wait())).people).toEqual([]);
	});

	it('finds an event that came after the entry and before the first claim: the first leg begins with the entry event (rules 4, 17)', async () => {
		await world.track('Email Link Clicked', [ann]);

		await parkAt();

		expect((await world.walk.claim(wait())).people).toMatchObject([{ outcome: 'event' }]);
	});

	it('an event recorded by hand in the editor ends no wait, neither one under way nor a later one, and starts and exits nobody', async () => {
		const byHand = { source: 'n8n', inert: true, historical: true, own: true };
		const click = { type: 'track' as const, event: CLICK.event, profileId: ann, properties: { link: 'shop' } };
		const leg = await world.walk.start(trigger());
		await world.engine.events.ingest([click], byHand);
		await world.walk.park(wait(), leg.people, HOUR_MS, CLICK);
		await world.walk.settle(leg);
		await world.engine.events.ingest([click, { ...click, event: 'Signed Up' }], byHand);

		const [status] = await world.engine.journeys.status();
		const woken = await world.walk.claim(wait());
		await world.track(CLICK.event, [ann]);
		const after = await world.walk.claim(wait());

		expect(woken.people).toEqual([]);
		expect(status).toMatchObject({ entered: 1, active: 1 });
		expect(after.people).toMatchObject([{ outcome: 'event' }]);
		expect((await world.engine.profiles.get({ profileId: ann }))?.events.map(({ name }) => name)).toHaveLength(5);
	});

	it('does not count one event for two waits in a row (rules 4, 17)', async () => {
		await parkAt();
		await world.track('Email Link Clicked', [ann]);
		const leg = await world.walk.start(wait());

		await world.walk.park(wait('second'), leg.people, HOUR_MS, CLICK);

		expect((await world.walk.claim(wait('second'))).people).toEqual([]);
	});

	it('does not count a click of an earlier run, neither in the look-back nor while parked (rule 17)', async () => {
		const leg = await world.walk.start(trigger());
		await world.track('Email Link Clicked', [ann], { enrollment: 9_999 });
		await world.walk.park(wait(), leg.people, HOUR_MS, CLICK);
		await world.walk.settle(leg);

		await world.track('Email Link Clicked', [ann], { enrollment: 9_999 });
		const byOthers = await world.walk.claim(wait());
		await world.track('Email Link Clicked', [ann], { enrollment: Number(leg.people[0]?.stamp.enrollment) });

		expect(byOthers.people).toEqual([]);
		expect((await world.walk.claim(wait())).people).toMatchObject([{ outcome: 'event' }]);
	});

	it('an event that happened before the entry wakes nobody, however late it arrives (rule 17)', async () => {
		await parkAt();

		await world.engine.events.ingest([{ type: 'track', event: 'Email Link Clicked', profileId: ann, timestamp: world.clock.nowMs() - HOUR_MS }], { source: 'test', own: true });

		expect((await world.walk.claim(wait())).people).toEqual([]);
	});

	it('the first of two awaited events decides, and the second is kept for later (rule 16)', async () => {
		await parkAt();

		await world.track('Email Link Clicked', [ann, ann], { properties: { n: 1 } });
		const [first] = await world.rows<{ event_no: number }>('select ev.event_no from token t join event ev on ev.id = t.outcome_event');

		expect(first?.event_no).toBe(2);
	});

	it('a park that comes while the event is being stored waits for it, and finds it (rule 3)', async () => {
		const leg = await world.walk.start(trigger());

		// The event's transaction, as far as it has come when the park begins: stored, its reactions done, not committed.
		const { parking } = await world.engine.store.tx('test-ingest', async (tx) => {
			await lockProfiles(tx, [ann]);
			await tx.run(sql`insert into event (profile, event_no, name, source, occurred_at, received_at, properties)
				select p.id, ${lastEventNoSql('p')} + 1, ${CLICK.event}, 'test', ${tx.nowMs}, ${tx.nowMs}, ${tx.dialect.json({})} from profile p where p.id = ${ann}`);
			const begun = world.walk.park(wait(), leg.people, HOUR_MS, CLICK);
			if (kind === 'postgres') await untilBlocked(tx, [begun]);
			return { parking: begun };
		});
		await parking;

		expect((await world.walk.claim(wait())).people).toMatchObject([{ outcome: 'event' }]);
	});

	it('a click and a park that run at the same time never miss each other (rule 3)', async () => {
		const other = await world.another();
		const people = await world.engine.profiles.upsert(Array.from({ length: 40 }, (_, n) => ({ identities: [{ kind: 'user_id', value: `race${n}` }] })), { source: 'test' });
		const ids = people.profiles.map(Number);
		await world.track('Signed Up', ids);
		const leg = await world.walk.start(trigger());
		const racing = leg.people.filter(({ stamp }) => stamp.profile !== ann);

		await Promise.all(racing.flatMap((person) => [
			world.walk.park(wait(), [person], HOUR_MS, CLICK),
			other.engine.events.ingest([{ type: 'track', event: CLICK.event, profileId: person.stamp.profile }], { source: 'test', own: true }),
		]));

		const waiting = (await world.tokens()).filter(({ step }) => step === 'wait');
		expect(waiting).toHaveLength(40);
		expect(waiting.filter(({ outcome }) => outcome !== 'event')).toEqual([]);
	});
});
