import fc from 'fast-check';
import { sql } from 'kysely';

import type { JsonObject, JsonValue } from '../../../engine/kernel';
import type { SegmentRule } from '../../../engine/segments';
import { DATABASES } from '../databases';
import { openWorld, type World } from '../events/fixture';
import { holds, type Person } from './naive';

const scalar = fc.constantFrom<string | number | boolean>('pro', 'Pro', 'free', '5', '05', '5.0', 'abc', '2026-01-01', 0, 1, 5, -1, 2.5, true, false);
const value = fc.oneof({ weight: 5, arbitrary: scalar as fc.Arbitrary<JsonValue> }, fc.constantFrom<JsonValue>('', null, [], ['Pro', 5, true], ['x', ['pro']], {}, { city: 'Pro' }, { city: 5 }));
const condition = fc.oneof(
	fc.record({ operator: fc.constantFrom('equals' as const, 'notEquals' as const), value: scalar }),
	fc.record({ operator: fc.constantFrom('contains' as const, 'notContains' as const, 'startsWith' as const, 'endsWith' as const), value: fc.constantFrom<string | number>('pro', 'P', 'o', '5', 5, 'true') }),
	fc.record({ operator: fc.constantFrom('greater' as const, 'greaterOrEqual' as const, 'less' as const, 'lessOrEqual' as const), value: fc.constantFrom<string | number>(0, 2, 5, '5', 'b', '2026-01-01') }),
	fc.record({ operator: fc.constantFrom('in' as const, 'notIn' as const), value: fc.array(scalar as fc.Arbitrary<string | number>, { maxLength: 3 }) }),
	fc.record({ operator: fc.constantFrom('exists' as const, 'notExists' as const, 'isTrue' as const, 'isFalse' as const) }),
);
const attributeRule = fc.tuple(fc.constantFrom('plan', 'age', 'address', 'address.city'), condition).map(([attribute, rest]): SegmentRule => ({ attribute, ...rest }));
const eventRule = fc.record(
	{
		event: fc.constantFrom('A', 'B'),
		filters: fc.array(fc.tuple(fc.constantFrom('v', 'address.city'), condition).map(([path, rest]) => ({ path, ...rest })), { maxLength: 2 }),
		count: fc.record({ operator: fc.constantFrom('atLeast' as const, 'atMost' as const, 'exactly' as const), value: fc.integer({ min: 0, max: 3 }) }),
		withinSeconds: fc.constantFrom(0.001, 1, 60, 3600),
	},
	{ requiredKeys: ['event'] },
) as fc.Arbitrary<SegmentRule>;
const { rule } = fc.letrec<{ rule: SegmentRule }>((tie) => ({
	rule: fc.oneof(
		{ maxDepth: 3 },
		{ weight: 2, arbitrary: attributeRule },
		{ weight: 3, arbitrary: eventRule },
		fc.array(tie('rule'), { maxLength: 3 }).map((all): SegmentRule => ({ all })),
		fc.array(tie('rule'), { maxLength: 3 }).map((any): SegmentRule => ({ any })),
		fc.array(tie('rule'), { maxLength: 3 }).map((none): SegmentRule => ({ none })),
	),
}));

type Step =
	| { do: 'identify'; who: number; attributes: JsonObject }
	| { do: 'track'; who: number; name: string; ageMs: number; properties: JsonObject }
	| { do: 'wait'; ms: number }
	/** To the millisecond before the next appointment, then to it. */
	| { do: 'due' }
	| { do: 'save'; rule: SegmentRule };

const who = fc.integer({ min: 0, max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
	fc.record({ do: fc.constant('identify' as const), who, attributes: fc.dictionary(fc.constantFrom('plan', 'age', 'address'), value, { maxKeys: 2 }) as fc.Arbitrary<JsonObject> }),
	{
		weight: 3,
		arbitrary: fc.record({
			do: fc.constant('track' as const), who, name: fc.constantFrom('A', 'B'), ageMs: fc.constantFrom(0, 1, 999, 1000, 30_000, 60_000, 3_000_000),
			properties: fc.dictionary(fc.constantFrom('v', 'address'), value, { maxKeys: 2 }) as fc.Arbitrary<JsonObject>,
		}),
	},
	fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 500, 1000, 59_999, 3_600_000) }),
	{ weight: 3, arbitrary: fc.constant<Step>({ do: 'due' }) },
	fc.record({ do: fc.constant('save' as const), rule }),
);

describe.each(DATABASES)('segments on %s', (kind) => {
	it('follow every change and every passing of time exactly as a look at everybody would, for any rule', async () => {
		const world = await openWorld(kind);
		await fc.assert(
			fc.asyncProperty(fc.array(rule, { minLength: 1, maxLength: 2 }), fc.array(step, { maxLength: 12 }), async (rules, steps) => {
				await new Run(world).all(rules, steps);
			}),
			{ numRuns: kind === 'sqlite' ? 150 : 50 },
		);
		await world.close();
	}, 240_000);
});

class Run {
	private readonly people = new Map<number, Person & { id: number }>();
	private readonly rules: SegmentRule[] = [];

	constructor(private readonly world: World) {}

	async all(rules: SegmentRule[], steps: Step[]): Promise<void> {
		await this.world.store.tx('wipe', async (tx) => {
			for (const table of ['profile', 'identity', 'event', 'segment', 'segment_member', 'segment_recheck']) await tx.run(sql`delete from ${sql.table(table)}`);
		});
		for (const [n, one] of rules.entries()) await this.save(n, one);
		await this.compare();
		for (const one of steps) {
			await this.take(one);
			await this.world.segments.recheckDue(10_000);
			await this.compare();
		}
	}

	private async save(n: number, one: SegmentRule): Promise<void> {
		this.rules[n] = one;
		await this.world.segments.save({ name: `s${n}`, rule: one });
	}

	private async take(one: Step): Promise<void> {
		const { clock } = this.world;
		if (one.do === 'wait') clock.advance(one.ms);
		if (one.do === 'save') await this.save(0, one.rule);
		if (one.do === 'due') {
			const [next] = await this.world.rows<{ due_at: number }>(sql`select due_at from segment_recheck order by due_at limit 1`);
			if (next === undefined) return;
			clock.set(next.due_at - 1);
			expect(await this.world.segments.recheckDue(10)).toBe(0);
			await this.compare();
			clock.set(next.due_at);
		}
		if (one.do === 'identify') {
			const person = await this.person(one.who, { type: 'identify', traits: one.attributes });
			for (const [name, given] of Object.entries(one.attributes)) {
				if (given === null) delete person.attributes[name];
				else person.attributes[name] = given;
			}
		}
		if (one.do === 'track') {
			const atMs = clock.nowMs() - one.ageMs;
			const person = await this.person(one.who, { type: 'track', event: one.name, timestamp: atMs, properties: one.properties });
			person.events.push({ name: one.name, atMs, properties: one.properties });
		}
	}

	private async person(key: number, message: object): Promise<Person> {
		const report = await this.world.events.ingest([{ type: 'track', userId: `user ${key}`, ...message }], { source: 't' });
		expect(report.rejected).toEqual([]);
		const person = this.people.get(key) ?? { id: report.profiles[0] ?? 0, attributes: {}, events: [] };
		this.people.set(key, person);
		return person;
	}

	private async compare(): Promise<void> {
		const nowMs = this.world.clock.nowMs();
		const people = [...this.people.values()];
		for (const [n, one] of this.rules.entries()) {
			const expected = people.filter((person) => holds(one, person, nowMs)).map((person) => person.id).sort((a, b) => a - b);
			const members = (await this.world.segments.members(`s${n}`)).map((member) => member.profile);
			expect({ at: 'kept', members }).toEqual({ at: 'kept', members: expected });
			const asked = await this.world.segments.evaluate({ rule: one }, people.map((person) => person.id));
			expect({ at: 'asked', members: asked }).toEqual({ at: 'asked', members: expected });
			expect(await this.world.segments.count({ rule: one })).toBe(expected.length);
		}
	}
}
