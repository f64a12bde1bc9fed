import { sql } from 'kysely';

import { createEvents } from '../../../engine/events';
import { createSegments, type SegmentRule } from '../../../engine/segments';
import type { Store } from '../../../engine/store';
import { untilBlocked } from '../blocked';
import { DATABASES, type DatabaseKind } from '../databases';
import { openWorld, Told, type World } from '../events/fixture';

const PEOPLE = 23_000;
const within = (seconds: number): SegmentRule => ({ event: 'Order', withinSeconds: seconds });

/** People numbered from 1; every third has ordered, a while ago. Written directly: this is not about how they came. */
async function crowd(world: World, count = PEOPLE): Promise<void> {
	const numbers = world.store.dialect.name === 'sqlite'
		? sql`(with recursive n(n) as (select 1 union all select n + 1 from n where n < ${sql.lit(count)}) select n from n) as numbers`
		: sql`generate_series(1, ${sql.lit(count)}) as numbers(n)`;
	const json = world.store.dialect.name === 'sqlite' ? sql`json_object('n', numbers.n)` : sql`jsonb_build_object('n', numbers.n)`;
	const at = world.clock.nowMs() - 1000;
	await world.store.tx('crowd', async (tx) => {
		await tx.run(sql`insert into profile (created_at, updated_at, event_no, attributes) select 0, 0, 1, ${json} from ${numbers}`);
		await tx.run(sql`insert into event (profile, event_no, name, source, occurred_at, received_at, properties) select p.id, 1, 'Order', 't', ${at}, ${at}, ${tx.dialect.json({})} from profile p where p.id % 3 = 0`);
	});
}

/** The store of a process that dies at its n-th slice: nothing of it, or of anything later, takes place. */
function dying(store: Store, atSlice: number): Store {
	let slices = 0;
	return {
		...store,
		tx: (name, work) => {
			if (name === 'segment-build') slices += 1;
			return slices >= atSlice ? Promise.reject(new Error('the process is gone')) : store.tx(name, work);
		},
	};
}

async function kept(world: World, name: string): Promise<{ members: number[]; due: number[] }> {
	const members = await world.rows<{ profile: number }>(sql`select m.profile from segment_member m join segment s on s.id = m.segment where s.name = ${name} order by 1`);
	const due = await world.rows<{ profile: number }>(sql`select r.profile from segment_recheck r join segment s on s.id = r.segment where s.name = ${name} order by 1`);
	return { members: members.map((row) => row.profile), due: due.map((row) => row.profile) };
}

const every = (n: number, upTo = PEOPLE): number[] => Array.from({ length: Math.floor(upTo / n) }, (_none, i) => (i + 1) * n);

describe.each(DATABASES)('building a segment on %s', (kind: DatabaseKind) => {
	it('finds everybody, with appointments, and logs nothing, since nothing changed about them', async () => {
		const world = await openWorld(kind);
		await crowd(world);

		const view = await world.segments.save({ name: 'Buyers', rule: within(60) });

		expect(view).toMatchObject({ members: every(3).length, building: null });
		expect(await kept(world, 'Buyers')).toEqual({ members: every(3), due: every(3) });
		expect(await world.segments.changes({})).toEqual([]);
		expect([world.told.entries, world.told.leavers]).toEqual([[], []]);
		await world.close();
	});

	it('lets a changed rule add and remove, leaves who stays untouched, logs both, and starts no journey unless asked', async () => {
		const world = await openWorld(kind);
		await crowd(world, 10);
		await world.segments.save({ name: 'S', rule: { attribute: 'n', operator: 'lessOrEqual', value: 3 } });
		world.clock.advance(1000);

		await world.segments.save({ name: 'S', rule: { attribute: 'n', operator: 'in', value: [3, 4] } });
		await world.segments.save({ name: 'S', rule: { attribute: 'n', operator: 'in', value: [4, 5] }, startJourneys: true });

		const changes = await world.segments.changes({ name: 'S' });
		expect(changes.map(({ profile, change, why }) => `${profile} ${change} ${why}`)).toEqual(['1 left rebuild', '2 left rebuild', '4 entered rebuild', '3 left rebuild', '5 entered rebuild']);
		expect(world.told.entries.map(({ profile, historical }) => [profile, historical])).toEqual([[4, true], [5, false]]);
		expect(world.told.leavers.map(({ profile, historical }) => [profile, historical])).toEqual([[1, true], [2, true], [3, false]]);
		await world.close();
	});

	it('goes on where a process died, shows how far it is, and ends as a full build would', async () => {
		const world = await openWorld(kind);
		await crowd(world);
		await world.segments.save({ name: 'S', rule: within(60) });
		const doomed = createSegments({ store: dying(world.store, 2), reactions: new Told() });

		await expect(doomed.save({ name: 'S', rule: { attribute: 'n', operator: 'lessOrEqual', value: 20_000 } })).rejects.toThrow('the process is gone');

		expect((await world.segments.get('S'))?.building).toEqual({ done: 5_000, of: PEOPLE });
		expect((await kept(world, 'S')).members.filter((id) => id <= 5_000)).toHaveLength(5_000);
		await world.segments.resumeBuilds();
		expect((await world.segments.get('S'))?.building).toMatchObject({ done: 5_000 });
		world.clock.advance(10_000);
		await world.segments.resumeBuilds();
		await world.segments.idle();

		expect((await kept(world, 'S')).members).toEqual(every(1, 20_000));
		expect(await world.segments.get('S')).toMatchObject({ building: null, members: 20_000 });
		const left = (await world.rows<{ n: number }>(sql`select count(*) as n from segment_change where change = 'left'`))[0]?.n;
		expect(left).toBe(every(3).filter((id) => id > 20_000).length);
		await world.close();
	}, 120_000);

	it('loses no change of people made while it runs, whichever side of it they are on', async () => {
		const world = await openWorld(kind);
		await crowd(world);
		const others = createEvents({ store: world.store, segments: createSegments({ store: world.store, reactions: new Told() }), reactions: new Told() });
		const whom = [1, 2, 4, 5_000, 11_000, 17_002, 22_999, 23_000];
		const order = (ids: number[]) => others.ingest(ids.map((profileId) => ({ type: 'track' as const, event: 'Order', profileId })), { source: 't' });

		const [view] = await Promise.all([
			world.segments.save({ name: 'Buyers', rule: { event: 'Order', count: { operator: 'atLeast', value: 1 } }, wait: true }),
			(async () => {
				for (const id of whom) await order([id]);
				await others.ingest([{ type: 'track', event: 'Order', userId: 'new one' }], { source: 't' });
			})(),
		]);

		const expected = [...new Set([...every(3), ...whom, PEOPLE + 1])].sort((a, b) => a - b);
		expect(view.building).toBeNull();
		expect((await kept(world, 'Buyers')).members).toEqual(expected);
		expect(await world.segments.count({ rule: { event: 'Order' } })).toBe(expected.length);
		await world.close();
	}, 120_000);

	it('waits for people who are being changed, instead of writing what was true before', async () => {
		const world = await openWorld(kind);
		await crowd(world, 3);
		const doomed = createSegments({ store: dying(world.store, 1), reactions: new Told() });
		await expect(doomed.save({ name: 'Never', rule: { none: [{ event: 'Order' }] } })).rejects.toThrow('the process is gone');
		world.clock.advance(10_000);

		await world.store.tx('change', async (tx) => {
			await world.events.ingestIn(tx, [{ type: 'track', event: 'Order', profileId: 1 }], { source: 't' });
			// Stored, looked at, and not committed yet: now the slice comes.
			if (kind === 'sqlite') return;
			await world.segments.resumeBuilds();
			await untilBlocked(tx, [world.segments.idle()]);
		});
		await world.segments.resumeBuilds();
		await world.segments.idle();

		expect((await kept(world, 'Never')).members).toEqual([2]);
		await world.close();
	});

	it('lets go of whom a rule took in that was replaced before its first build had ended', async () => {
		const world = await openWorld(kind);
		await crowd(world);
		const doomed = createSegments({ store: dying(world.store, 2), reactions: new Told() });
		await expect(doomed.save({ name: 'S', rule: { attribute: 'n', operator: 'lessOrEqual', value: 20_000 } })).rejects.toThrow('the process is gone');

		await world.segments.save({ name: 'S', rule: { attribute: 'n', operator: 'greater', value: PEOPLE - 2 }, wait: true });

		expect((await kept(world, 'S')).members).toEqual([PEOPLE - 1, PEOPLE]);
		// Nobody who is told to leave was told to enter, so no journey may start by it.
		expect(world.told.leavers.filter((entry) => !entry.historical)).toEqual([]);
		await world.close();
	});

	it('is right in the end about a segment that was saved while another it asks for was still being built, and at once when asked', async () => {
		const world = await openWorld(kind);
		await crowd(world);
		const doomed = createSegments({ store: dying(world.store, 2), reactions: new Told() });
		await expect(doomed.save({ name: 'Inner', rule: { attribute: 'n', operator: 'greater', value: 100 } })).rejects.toThrow('the process is gone');
		await world.segments.save({ name: 'Outer', rule: { none: [{ segment: 'Inner' }] }, wait: true });

		const asked = [50, 150, 22_000];
		expect(await world.segments.evaluate({ name: 'Outer' }, asked)).toEqual([50]);
		expect(await world.segments.evaluate({ rule: { segment: 'Inner' } }, asked)).toEqual([150, 22_000]);
		world.clock.advance(10_000);
		await world.segments.resumeBuilds();
		await world.segments.idle();

		expect((await kept(world, 'Inner')).members).toHaveLength(PEOPLE - 100);
		expect((await kept(world, 'Outer')).members).toEqual(every(1, 100));
		expect(world.told.entries.filter((entry) => !entry.historical)).toEqual([]);
		await world.close();
	}, 120_000);

	it('carries a rebuild on to the segments that refer to it', async () => {
		const world = await openWorld(kind);
		await crowd(world, 10);
		await world.segments.save({ name: 'A', rule: { attribute: 'n', operator: 'less', value: 4 } });
		await world.segments.save({ name: 'B', rule: { none: [{ segment: 'A' }] } });

		await world.segments.save({ name: 'A', rule: { attribute: 'n', operator: 'less', value: 2 } });

		expect((await kept(world, 'B')).members).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
		await world.close();
	});
});

describe.each(DATABASES)('references between segments on %s', (kind: DatabaseKind) => {
	it('are refused when they go in a circle, with the way round', async () => {
		const world = await openWorld(kind);
		await world.segments.save({ name: 'A', rule: { all: [] } });
		await world.segments.save({ name: 'B', rule: { segment: 'A' } });
		await world.segments.save({ name: 'C', rule: { any: [{ segment: 'B' }] } });

		await expect(world.segments.save({ name: 'A', rule: { none: [{ segment: 'C' }] } })).rejects.toMatchObject({ code: 'RULE_INVALID', message: expect.stringMatching(/in a circle: .*"A" -> "C" -> "B" -> "A"|in a circle: .*"B" -> "A" -> "C" -> "B"/) as string });
		await expect(world.segments.save({ name: 'D', rule: { segment: 'D' } })).rejects.toMatchObject({ code: 'RULE_INVALID' });
		expect((await world.segments.get('A'))?.rule).toEqual({ all: [] });
		await world.close();
	});

	it('are refused to what does not exist or is something else', async () => {
		const world = await openWorld(kind);
		await world.segments.lists.create('L');
		await world.segments.save({ name: 'S', rule: { all: [] } });

		const refused = (rule: SegmentRule, message: string) => expect(world.segments.count({ rule })).rejects.toMatchObject({ code: 'RULE_INVALID', message: expect.stringContaining(message) as string });
		await refused({ segment: 'Nope' }, 'the segment "Nope", which does not exist');
		await refused({ list: 'Nope' }, 'the list "Nope", which does not exist');
		await refused({ segment: 'L' }, 'write {"list": "L"}');
		await refused({ list: 'S' }, 'write {"segment": "S"}');
		await refused({ grade: 'Leads', in: ['A'] }, 'the score model "Leads", which does not exist');
		await refused({ event: 'A', sinceEnrollment: true }, 'since when somebody is in a journey');
		await expect(world.segments.save({ name: 'L', rule: { all: [] } })).rejects.toMatchObject({ code: 'CONFLICT' });
		await world.close();
	});

	it('keep what they refer to from being deleted or renamed; what is gone leaves nothing behind', async () => {
		const world = await openWorld(kind);
		await crowd(world, 6);
		await world.segments.save({ name: 'A', rule: within(60) });
		await world.segments.save({ name: 'B', rule: { segment: 'A' } });

		for (const ask of [() => world.segments.delete('A'), () => world.segments.rename('A', 'Z')]) {
			await expect(ask()).rejects.toMatchObject({ code: 'CONFLICT', message: 'The segment "A" is used by the segment "B". Change it first.' });
		}
		await world.segments.rename('B', 'Better');
		await world.segments.delete('Better');
		await world.segments.delete('A');

		expect(await world.segments.list()).toEqual([]);
		for (const table of ['segment', 'segment_member', 'segment_recheck', 'segment_change']) expect(await world.rows(sql`select * from ${sql.table(table)}`)).toEqual([]);
		expect((await world.segments.save({ name: 'A', rule: { any: [] } })).members).toBe(0);
		await world.close();
	});
});
