import type { JsonObject } from '../../../../engine/kernel';
import { DATABASES } from '../../databases';
import type { Person } from '../walk';
import { DAY_MS, HOUR_MS, World } from '../world';

describe.each(DATABASES)('waiting for the best time to send on %s', (kind) => {
	let world: World;
	afterEach(() => world.close());

	const trigger = () => world.walk.step('trigger', 'trigger');
	let steps = 0;

	/** At the wait, Monday 2 March 2026, 09:00 UTC. */
	async function arrive(attributes: JsonObject[]): Promise<Person[]> {
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		const { profiles } = await world.engine.profiles.upsert(attributes.map((one, n) => ({ identities: [{ kind: 'user_id', value: `u${n}` }], attributes: one })), { source: 'test' });
		await world.track('Signed Up', profiles.map(Number));
		const { people } = await world.walk.start(trigger());
		return people.sort((a, b) => a.stamp.profile - b.stamp.profile);
	}

	/** Somebody opened a mail at these hours (UTC) of so many days ago. */
	async function opened(profile: number, hours: number[], { daysAgo = 5, machine = false, name = 'Email Opened' }: { daysAgo?: number; machine?: boolean; name?: string } = {}): Promise<void> {
		const today = Date.parse('2026-03-02T00:00:00Z');
		await world.engine.events.ingest(hours.map((hour, n) => ({
			type: 'track', event: name, profileId: profile, timestamp: today - (daysAgo + n) * DAY_MS + hour * HOUR_MS + 600_000, ...(name === 'Email Opened' ? { properties: { machine } } : {}),
		})), { source: 'test', own: true, historical: true });
	}

	async function best(people: Person[], more: { withinHours?: number; segment?: string; at?: string } = {}): Promise<Array<string | null>> {
		steps += 1;
		const results = await world.walk.wait(world.walk.step(`wait ${steps}`, 'wait'), people, { until: { kind: 'best', ...more } });
		return results.map(({ dueAtMs }) => (dueAtMs === null ? null : new Date(dueAtMs).toISOString()));
	}

	it('is the local hour at which the person opened and clicked most, the earlier of equals, at once where that is now', async () => {
		const people = await arrive([{ timezone: 'Europe/Berlin' }, { timezone: 'Asia/Kolkata' }, { timezone: 'UTC' }, { timezone: 'UTC' }]);
		const [berlin = 0, kolkata = 0, now = 0, equal = 0] = people.map(({ stamp }) => stamp.profile);
		await opened(berlin, [18, 18, 7]);
		await opened(berlin, [18], { name: 'Email Link Clicked', daysAgo: 40 });
		await opened(kolkata, [14, 14, 14]);
		await opened(now, [9, 9, 20]);
		await opened(equal, [20, 20, 13, 13]);

		// 18:10 UTC in Berlin's winter is in the hour from 19:00; in Kolkata 14:10 UTC is 19:40, so the hour begins at 13:30 UTC.
		expect(await best(people)).toEqual(['2026-03-02T18:00:00.000Z', '2026-03-02T13:30:00.000Z', '2026-03-02T09:00:00.000Z', '2026-03-02T13:00:00.000Z']);
	});

	it('opens by machines, opens of more than 90 days ago and too few of them are no habit, neither theirs nor everybody\'s', async () => {
		const people = await arrive([{ timezone: 'UTC' }, { timezone: 'UTC' }, { timezone: 'UTC' }]);
		const [machine = 0, old = 0, few = 0] = people.map(({ stamp }) => stamp.profile);
		// Enough to be everybody's, too.
		await opened(machine, Array(20).fill(15), { machine: true });
		await opened(old, Array(9).fill(15), { daysAgo: 91 });
		await opened(few, [15, 15]);

		expect(await best(people, { at: '11:15' })).toEqual(Array(3).fill('2026-03-02T11:15:00.000Z'));
	});

	it('whoever is new goes by the segment, else by everybody, each at their own local time', async () => {
		const people = await arrive([{ timezone: 'Europe/Berlin' }, { timezone: 'UTC', plan: 'gold' }, { timezone: 'UTC' }]);
		const [fresh = people[0] as Person, gold, other] = people;
		await world.engine.segments.save({ name: 'Gold', rule: { attribute: 'plan', operator: 'equals', value: 'gold' }, wait: true });
		await opened(Number(gold?.stamp.profile), Array(12).fill(20));
		await opened(Number(other?.stamp.profile), Array(15).fill(16));

		expect(await best([fresh], { segment: 'Gold' })).toEqual(['2026-03-02T19:00:00.000Z']);
		expect(await best([fresh])).toEqual(['2026-03-02T15:00:00.000Z']);
	});

	it('what test people do says nothing about others', async () => {
		const people = await arrive([{ timezone: 'UTC' }, { timezone: 'UTC' }, { timezone: 'UTC' }]);
		const [fresh = people[0] as Person, tester, other] = people;
		await world.change(`update profile set is_test = 1 where id = ${Number(tester?.stamp.profile)}`);
		await opened(Number(tester?.stamp.profile), Array(40).fill(11));
		await opened(Number(other?.stamp.profile), Array(15).fill(16));

		await world.engine.segments.save({ name: 'All', rule: { attribute: 'timezone', operator: 'exists' }, wait: true });

		expect(await best([fresh])).toEqual(['2026-03-02T16:00:00.000Z']);
		expect(await best([fresh], { segment: 'All' })).toEqual(['2026-03-02T16:00:00.000Z']);
	});

	it('looks no further than the hours that are given; where none of them says anything, the set time, or at once', async () => {
		const people = await arrive([{ timezone: 'UTC' }, { timezone: 'UTC' }]);
		const [evening = 0] = people.map(({ stamp }) => stamp.profile);
		await opened(evening, [20, 20, 20, 11]);

		expect(await best(people.slice(0, 1), { withinHours: 6 })).toEqual(['2026-03-02T11:00:00.000Z']);
		expect(await best(people.slice(1), { withinHours: 3, at: '11:30' })).toEqual(['2026-03-02T11:30:00.000Z']);
		expect(await best(people.slice(1), { withinHours: 1, at: '22:00' })).toEqual(['2026-03-02T09:00:00.000Z']);
		expect(await best(people.slice(0, 1), { withinHours: 48 })).toEqual(['2026-03-02T20:00:00.000Z']);
	});

	it('works out the hours of others once an hour, not at every park', async () => {
		const people = await arrive([{ timezone: 'UTC' }, { timezone: 'UTC' }]);
		const [fresh = people[0] as Person, other] = people;
		await opened(Number(other?.stamp.profile), Array(12).fill(20));
		const seen = [...(await best([fresh]))];
		await opened(Number(other?.stamp.profile), Array(30).fill(15), { daysAgo: 20 });
		seen.push(...(await best([fresh])));
		world.clock.advance(HOUR_MS + 1);
		seen.push(...(await best([fresh])));

		expect(seen).toEqual(['2026-03-02T20:00:00.000Z', '2026-03-02T20:00:00.000Z', '2026-03-02T15:00:00.000Z']);
	});
});
