import fc from 'fast-check';
import { sql } from 'kysely';

import type { PointsRule, ScoreModel } from '../../../engine/scores';
import type { SegmentRule } from '../../../engine/segments';
import { DATABASES } from '../databases';
import { holds, newPerson, type Person } from '../segments/naive';
import { DAY_MS, openScores, type ScoreWorld } from './fixture';
import { naiveScore } from './naive';

/** Seconds as days: half-lives and expiries short enough to meet waits of seconds. */
const days = fc.constantFrom(1, 10, 60, 3600).map((seconds) => (seconds * 1000) / DAY_MS);
const points = fc.constantFrom(-30, -7.5, 0, 0.01, 5, 12.34, 20, 40, 100);
const filters = fc.constantFrom([], [{ path: 'v', operator: 'greater' as const, value: 2 }]);
const match = fc.record({ event: fc.constantFrom('A', 'B'), filters });
const group = fc.constantFrom('fit' as const, 'engagement' as const);
const condition = fc.oneof(
	fc.constantFrom<SegmentRule>({ attribute: 'n', operator: 'greater', value: 2 }, { none: [{ event: 'A' }] }, { all: [] }),
	fc.record({ event: fc.constantFrom('A', 'B'), withinSeconds: fc.constantFrom(1, 30, 60), count: fc.record({ operator: fc.constantFrom('atLeast' as const, 'exactly' as const), value: fc.integer({ min: 1, max: 2 }) }) }),
	fc.constant<SegmentRule>({ any: [{ attribute: 'n', operator: 'equals', value: 1 }, { none: [{ event: 'B', withinSeconds: 20 }] }] }),
) as fc.Arbitrary<SegmentRule>;
const pointsRule = fc.oneof(
	fc.record({ group, points, when: condition }),
	{
		weight: 3,
		arbitrary: fc.record(
			{ group, points, when: match, mode: fc.constant('perOccurrence' as const), cap: fc.record({ occurrences: fc.integer({ min: 1, max: 3 }), points: fc.constantFrom(10, 45.5) }, { requiredKeys: [] }), decay: days.map((halfLifeDays) => ({ halfLifeDays })), expiresAfterDays: days },
			{ requiredKeys: ['group', 'points', 'when', 'mode'] },
		),
	},
	fc.record({ group, points, when: match, decay: days.map((halfLifeDays) => ({ halfLifeDays })), expiresAfterDays: days }, { requiredKeys: ['group', 'points', 'when'] }),
) as fc.Arbitrary<Omit<PointsRule, 'name'>>;
const scoreModel: fc.Arbitrary<ScoreModel> = fc.record(
	{
		name: fc.constant('M'),
		rules: fc.array(pointsRule, { minLength: 1, maxLength: 4 }).map((rules) => rules.map((rule, n) => ({ name: `r${n}`, ...rule }))),
		bucketBy: fc.constantFrom('total' as const, 'engagement' as const),
		buckets: fc.constantFrom([{ name: 'low' }, { name: 'high', from: 5 }], [{ name: 'minus' }, { name: 'zero', from: 0 }, { name: 'plus', from: 0.01 }]),
	},
	{ requiredKeys: ['name', 'rules'] },
);
const asked: fc.Arbitrary<SegmentRule> = fc.oneof(
	fc.record({ score: fc.constant('M'), operator: fc.constantFrom('greater' as const, 'greaterOrEqual' as const, 'less' as const, 'equals' as const), value: fc.constantFrom(-5, 0, 7.77, 10, 33.3) }),
	fc.constantFrom<SegmentRule>({ bucket: 'M', in: ['warm', 'high', 'plus'] }, { grade: 'M', in: ['C', 'D'] }),
);

type Step =
	| { do: 'identify'; who: number; n: number | null }
	| { do: 'track'; who: number; name: string; ageMs: number; v: number }
	/** The anonymous visitor turns out to be this person, and later not. */
	| { do: 'merge'; who: number }
	| { do: 'unmerge' }
	/** Events of the name A are kept for 30 seconds. */
	| { do: 'retain' }
	| { do: 'wait'; ms: number }
	/** To the millisecond before the next appointment, then to it. */
	| { do: 'due' }
	| { do: 'save'; model: ScoreModel }
	| { do: 'ask'; rule: SegmentRule };

const VISITOR = 2;
const RETAINED_MS = 30_000;
const who = fc.integer({ min: 0, max: 1 });
const anybody = fc.integer({ min: 0, max: VISITOR });
const step: fc.Arbitrary<Step> = fc.oneof(
	fc.record({ do: fc.constant('identify' as const), who, n: fc.constantFrom(1, 3, null) }),
	{ weight: 4, arbitrary: fc.record({ do: fc.constant('track' as const), who: anybody, name: fc.constantFrom('A', 'B'), ageMs: fc.constantFrom(0, 1, 999, 1000, 30_000, 3_000_000), v: fc.integer({ min: 1, max: 4 }) }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant('merge' as const), who }) },
	{ weight: 2, arbitrary: fc.constantFrom<Step>({ do: 'unmerge' }, { do: 'retain' }) },
	fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 500, 1000, 9_999, 3_600_000) }),
	{ weight: 4, arbitrary: fc.constant<Step>({ do: 'due' }) },
	fc.record({ do: fc.constant('save' as const), model: scoreModel }),
	fc.record({ do: fc.constant('ask' as const), rule: asked }),
);

describe.each(DATABASES)('scores on %s', (kind) => {
	it('follow every change, merge, retention and passing of time exactly as counting again would, and segments follow them', async () => {
		const world = await openScores(kind);
		let run = 0;
		await fc.assert(
			fc.asyncProperty(scoreModel, asked, fc.array(step, { maxLength: 16 }), async (model, rule, steps) => {
				run += 1;
				await new Run(world, run).all(model, rule, steps);
			}),
			{ numRuns: kind === 'sqlite' ? 250 : 60 },
		);
		await world.close();
	}, 240_000);
});

interface Change {
	id: number;
	profile: number;
	kind: 'bucket' | 'grade';
	from_level: string | null;
	to_level: string;
}

class Run {
	private readonly people = new Map<number, Person>();
	private model!: ScoreModel;
	private rule!: SegmentRule;
	private lastChange = 0;
	/** In the order in which they came. */
	private readonly arrived: Array<{ event: Person['events'][number]; atMs: number }> = [];
	private merged: { person: Person; visitor: Person; moved: Person['events']; levels: Array<string | undefined> } | null = null;
	/** `profile kind` -> the level as it was kept at the last comparison. */
	private readonly levels = new Map<string, string>();

	constructor(private readonly world: ScoreWorld, private readonly number: number) {}

	async all(model: ScoreModel, rule: SegmentRule, steps: Step[]): Promise<void> {
		const { world } = this;
		await world.store.tx('wipe', async (tx) => {
			for (const table of ['profile', 'identity', 'event', 'segment', 'segment_member', 'segment_recheck', 'segment_build', 'segment_change', 'profile_alias', 'profile_merge', 'profile_apart', 'score_model', 'score_model_version', 'score_build', 'score', 'score_change']) await tx.run(sql`delete from ${sql.table(table)}`);
			await tx.run(sql`delete from setting where key like 'retention:%'`);
			for (const key of ['scores.version', 'segments.version']) {
				await tx.run(sql`delete from setting where key = ${key}`);
				await tx.run(sql`insert into setting (key, value, updated_at) values (${key}, ${tx.dialect.json(this.number * 1000)}, 0)`);
			}
		});
		world.levels.length = 0;
		await this.save(model);
		await this.ask(rule);
		await this.compare();
		for (const one of steps) {
			await this.take(one);
			await world.scores.tracker.recheckDue(10_000);
			await this.compare();
		}
	}

	private async save(model: ScoreModel): Promise<void> {
		this.model = model;
		await this.world.scores.saveModel(model);
	}

	private async ask(rule: SegmentRule): Promise<void> {
		this.rule = rule;
		await this.world.segments.save({ name: 'S', rule, wait: true });
		await this.world.settle();
	}

	private async take(one: Step): Promise<void> {
		const { clock } = this.world;
		if (one.do === 'wait') clock.advance(one.ms);
		if (one.do === 'save') await this.save(one.model);
		if (one.do === 'ask') await this.ask(one.rule);
		if (one.do === 'due') {
			const [next] = await this.world.rows<{ due_at: number }>(sql`select due_at from score where due_at is not null order by due_at limit 1`);
			if (next === undefined) return;
			clock.set(next.due_at - 1);
			expect(await this.world.scores.tracker.recheckDue(10)).toBe(0);
			await this.compare();
			clock.set(next.due_at);
		}
		if (one.do === 'identify') {
			const person = this.person(one.who, await this.world.is(`u${one.who}`, { n: one.n }));
			if (one.n === null) delete person.attributes.n;
			else person.attributes.n = one.n;
		}
		if (one.do === 'track') {
			const atMs = clock.nowMs() - one.ageMs;
			const person = this.person(one.who, await this.tracked(one, atMs));
			const event = { name: one.name, atMs, properties: { v: one.v } };
			person.events.push(event);
			this.arrived.push({ event, atMs: clock.nowMs() });
		}
		if (one.do === 'merge') await this.merge(one.who);
		if (one.do === 'unmerge') await this.unmerge();
		if (one.do === 'retain') {
			await this.world.events.prune({ A: RETAINED_MS / DAY_MS });
			const newest = this.arrived.at(-1)?.event;
			const gone = new Set(this.arrived.filter(({ event, atMs }) => event !== newest && event.name === 'A' && atMs <= clock.nowMs() - RETAINED_MS).map(({ event }) => event));
			for (const person of this.people.values()) person.events = person.events.filter((event) => !gone.has(event));
			for (const moved of [this.merged?.moved ?? []]) moved.splice(0, moved.length, ...moved.filter((event) => !gone.has(event)));
		}
	}

	private async tracked({ who: of, name, ageMs, v }: { who: number; name: string; ageMs: number; v: number }, atMs: number): Promise<number> {
		if (of !== VISITOR) return await this.world.did(`u${of}`, name, ageMs, { v });
		const { profiles } = await this.world.events.ingest([{ type: 'track', anonymousId: 'visitor', event: name, properties: { v }, timestamp: atMs }], { source: 't' });
		return profiles[0] ?? 0;
	}

	private async merge(into: number): Promise<void> {
		const [person, visitor] = [this.people.get(into), this.people.get(VISITOR)];
		if (person === undefined || visitor === undefined || this.merged !== null) return;
		await this.world.profiles.merge({ profileId: person.id }, { profileId: visitor.id });
		this.merged = { person, visitor, moved: [...visitor.events], levels: (['bucket', 'grade'] as const).map((kind) => this.levels.get(`${visitor.id} ${kind}`)) };
		person.events.push(...visitor.events);
		this.people.delete(VISITOR);
	}

	private async unmerge(): Promise<void> {
		if (this.merged === null) return;
		const { person, visitor, moved, levels } = this.merged;
		this.merged = null;
		await this.world.profiles.unmerge({ profileId: person.id });
		person.events = person.events.filter((event) => !moved.includes(event));
		visitor.events = moved;
		this.people.set(VISITOR, visitor);
		// Scores come back as they were, and go on from there.
		(['bucket', 'grade'] as const).forEach((kind, n) => this.levels.set(`${visitor.id} ${kind}`, levels[n] ?? ''));
	}

	private person(who: number, id: number): Person {
		if (who === VISITOR && this.merged !== null) return this.merged.person;
		const known = this.people.get(who) ?? newPerson(id);
		this.people.set(who, known);
		return known;
	}

	private async compare(): Promise<void> {
		const { world } = this;
		const nowMs = world.clock.nowMs();
		const people = [...this.people.values()].sort((a, b) => a.id - b.id);
		const wanted = people.map((person) => ({ profile: person.id, ...naiveScore(this.model, person, nowMs) }));
		expect((await world.scores.of('M', people.map(({ id }) => id))).map(({ model: _model, at: _at, ...score }) => score)).toEqual(wanted);
		const stored = await world.rows<{ profile: number; bucket: string; grade: string }>(sql`select profile, bucket, grade from score order by profile`);
		expect(stored.map((row) => ({ ...row }))).toEqual(wanted.map(({ profile, bucket, grade }) => ({ profile, bucket, grade })));
		const members = (await world.segments.members('S')).map(({ profile }) => profile);
		const inside = people.filter((person, n) => {
			const score = wanted[n];
			return score !== undefined && holds(this.rule, { ...person, scores: [{ model: 'M', value: score.total, grade: score.grade, bucket: score.bucket }] }, { nowMs });
		});
		expect(members).toEqual(inside.map(({ id }) => id));
		await this.compareHistory(stored);
	}

	/**
	 * Each change leaves one row that goes on from the level that was kept before and leads to the one that is kept now, and journeys hear of
	 * it once. Where somebody begins without points is no change.
	 */
	private async compareHistory(stored: ReadonlyArray<{ profile: number; bucket: string; grade: string }>): Promise<void> {
		const changes = await this.world.rows<Change>(sql`select id, profile, kind, from_level, to_level from score_change where id > ${this.lastChange} order by id`);
		const nobody = naiveScore({ ...this.model, rules: [] }, newPerson(0), 0);
		const at = this.levels;
		for (const { id, profile, kind, from_level: from, to_level: to } of changes) {
			expect([at.get(`${profile} ${kind}`) ?? null, ...(at.has(`${profile} ${kind}`) ? [] : [nobody[kind]])]).toContain(from);
			expect(to).not.toBe(from);
			at.set(`${profile} ${kind}`, to);
			this.lastChange = id;
		}
		for (const { profile, ...levels } of stored) {
			for (const kind of ['bucket', 'grade'] as const) {
				expect(at.get(`${profile} ${kind}`) ?? nobody[kind]).toBe(levels[kind]);
				at.set(`${profile} ${kind}`, levels[kind]);
			}
		}
		expect(this.world.levels.splice(0).map(({ profile, kind, from, to }) => ({ profile, kind, from_level: from, to_level: to }))).toEqual(changes.map(({ id: _id, ...row }) => row));
	}
}
