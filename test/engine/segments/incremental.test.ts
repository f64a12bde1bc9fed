import fc from 'fast-check';
import { sql } from 'kysely';

import { createConsent } from '../../../engine/consent';
import type { TrackingMessage } from '../../../engine/events';
import type { JsonObject } from '../../../engine/kernel';
import type { SegmentRule } from '../../../engine/segments';
import { KnownSegments } from '../../../engine/segments/known-segments';
import { DATABASES } from '../databases';
import { openWorld, type Entry, type World } from '../events/fixture';
import { AGES_MS, attributes, groupTraits, LISTS, livingRule, MODELS, properties, referring } from './generators';
import { HAPPENINGS, holds, newPerson, type Now, type Person } from './naive';

type Step =
	| { do: 'identify'; who: number; attributes: JsonObject }
	| { do: 'track'; who: number; name: string; ageMs: number; properties: JsonObject }
	| { do: 'wait'; ms: number }
	/** To the millisecond before the next appointment, then to it. */
	| { do: 'due' }
	| { do: 'save'; rule: SegmentRule }
	| { do: 'list'; who: number; list: string; into: boolean }
	| { do: 'message'; who: number; channel: string; workflow: string; state: string; guard: string | null; happened: ReadonlyArray<(typeof HAPPENINGS)[number]> }
	/** The newest message of a person, perhaps not for the first time. */
	| { do: 'open'; who: number }
	| { do: 'consent'; who: number; channel: string; topic: string; state: 'subscribed' | 'unsubscribed' | 'pending' }
	| { do: 'doNotSell'; who: number; active: boolean }
	/** Joins it, and the traits become those of all its members. */
	| { do: 'group'; who: number; key: string; traits: JsonObject }
	| { do: 'score'; who: number; model: string; value: number; grade: string; bucket: string }
	| { do: 'stage'; who: number; stage: string };

const PEOPLE = 8;
const who = fc.integer({ min: 0, max: PEOPLE - 1 });
/** Most of what happens is between a few: two things that concern the same person are what goes wrong. */
const often = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 2 }) }, who);
const step: fc.Arbitrary<Step> = fc.oneof(
	fc.record({ do: fc.constant('identify' as const), who: often, attributes }),
	{
		weight: 3,
		arbitrary: fc.record({
			do: fc.constant('track' as const), who: often, name: fc.constantFrom('A', 'B'), ageMs: fc.constantFrom(...AGES_MS), properties,
		}),
	},
	fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 500, 1000, 59_999, 3_600_000) }),
	{ weight: 3, arbitrary: fc.constant<Step>({ do: 'due' }) },
	fc.record({ do: fc.constant('save' as const), rule: livingRule }),
	fc.record({ do: fc.constant('list' as const), who: often, list: fc.constantFrom(...LISTS), into: fc.boolean() }),
	fc.record({
		do: fc.constant('message' as const), who: often, channel: fc.constantFrom('email', 'sms'), workflow: fc.constantFrom('w1', 'w2'), state: fc.constantFrom('sent', 'sent', 'skipped', 'unknown', 'failed'),
		guard: fc.constantFrom('consent', null), happened: fc.subarray([...HAPPENINGS]),
	}),
	{ weight: 2, arbitrary: fc.record({ do: fc.constant('open' as const), who: often }) },
	fc.record({ do: fc.constant('consent' as const), who: often, channel: fc.constantFrom('email', 'sms'), topic: fc.constantFrom('', 'news'), state: fc.constantFrom('subscribed' as const, 'unsubscribed' as const, 'pending' as const) }),
	fc.record({ do: fc.constant('doNotSell' as const), who: often, active: fc.boolean() }),
	{ weight: 3, arbitrary: fc.record({ do: fc.constant('group' as const), who: often, key: fc.constantFrom('g1', 'g2'), traits: groupTraits }) },
	fc.record({ do: fc.constant('score' as const), who: often, model: fc.constantFrom(...MODELS), value: fc.constantFrom(0, 10, 12.5), grade: fc.constantFrom('A', 'B'), bucket: fc.constantFrom('hot', 'cold') }),
	fc.record({ do: fc.constant('stage' as const), who: often, stage: fc.constantFrom('lead', 'customer') }),
);
/** Everybody's past before the rules are saved, so that each comparison is about people who differ. */
const crowd = fc.array(fc.record({ attributes, event: fc.option(fc.record({ name: fc.constantFrom('A', 'B'), ageMs: fc.constantFrom(...AGES_MS), properties })) }), { minLength: PEOPLE, maxLength: PEOPLE });
type Past = { attributes: JsonObject; event: { name: string; ageMs: number; properties: JsonObject } | null };

/** s0 stands alone, s1 may refer to it, s2 to both. */
const rules = fc.tuple(livingRule, referring(['s0']), referring(['s0', 's1']));

describe.each(DATABASES)('segments on %s', (kind) => {
	it('follow every change and every passing of time exactly as a look at everybody would, for any rule', async () => {
		const world = await openWorld(kind);
		await world.store.tx('models', async (tx) => {
			for (const name of MODELS) await tx.run(sql`insert into score_model (name, version, config, created_at, updated_at) values (${name}, 1, ${tx.dialect.json({})}, 0, 0)`);
		});
		let compared = 0;
		await fc.assert(
			fc.asyncProperty(crowd, rules, fc.array(step, { maxLength: 12 }), async (past, given, steps) => {
				const run = new Run(world);
				await run.all(past, given, steps);
				compared += run.compared;
			}),
			{ numRuns: kind === 'sqlite' ? 150 : 110, endOnFailure: false },
		);
		// A case is one person, one rule and one moment, looked at in the members that are kept, by asking, and in what the journeys were told.
		expect(compared).toBeGreaterThanOrEqual(10_000);
		await world.close();
	}, 240_000);
});

class Run {
	private readonly people = new Map<number, Person>();
	/** By segment: who is in as far as the journeys were told. */
	private readonly told = new Map<number, Set<number>>();
	private readonly rules: SegmentRule[] = [];
	private readonly groups = new Map<string, JsonObject>();
	/** By segment: who was in when it was saved first. Nobody is told of them. */
	private readonly first = new Map<number, number[]>();
	/** Cases so far. */
	compared = 0;

	constructor(private readonly world: World) {}

	async all(past: Past[], given: SegmentRule[], steps: Step[]): Promise<void> {
		await this.world.store.tx('wipe', async (tx) => {
			for (const table of ['profile', 'identity', 'event', 'consent', 'do_not_sell', 'message', 'account', 'account_member', 'score', 'stage', 'segment', 'segment_member', 'segment_recheck', 'segment_change']) await tx.run(sql`delete from ${sql.table(table)}`);
			// The segments of the story before are known no longer.
			await new KnownSegments().bumpVersion(tx);
		});
		this.world.told.entries = [];
		this.world.told.leavers = [];
		for (const list of LISTS) await this.world.segments.lists.create(list);
		await this.gather(past);
		for (const [n, one] of given.entries()) {
			await this.save(n, one);
			const now = this.now();
			this.first.set((await this.world.segments.get(`s${n}`))?.id ?? 0, [...this.people.values()].filter((person) => holds(one, person, now)).map((person) => person.id));
		}
		await this.compare();
		for (const one of steps) {
			await this.take(one);
			await this.world.segments.recheckDue(10_000);
			await this.compare();
		}
	}

	private async gather(past: Past[]): Promise<void> {
		const nowMs = this.world.clock.nowMs();
		const batch = past.flatMap(({ attributes: traits, event }, n): TrackingMessage[] => [
			{ type: 'identify', userId: `user ${n}`, traits },
			...(event === null ? [] : [{ type: 'track' as const, userId: `user ${n}`, event: event.name, timestamp: nowMs - event.ageMs, properties: event.properties }]),
		]);
		const report = await this.world.events.ingest(batch, { source: 't' });
		expect(report.rejected).toEqual([]);
		const ids = [...new Set(report.profiles)];
		for (const [n, { attributes: traits, event }] of past.entries()) {
			const person = newPerson(ids[n] ?? 0);
			person.attributes = Object.fromEntries(Object.entries(traits).filter(([, one]) => one !== null));
			if (event !== null) person.events.push({ name: event.name, atMs: nowMs - event.ageMs, properties: event.properties });
			this.people.set(n, person);
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
			expect(next.due_at).toBeGreaterThan(clock.nowMs());
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
		if (one.do === 'list') {
			const person = await this.person(one.who, { type: 'identify' });
			person.lists = [...person.lists.filter((list) => list !== one.list), ...(one.into ? [one.list] : [])];
			const report = await this.world.segments.lists[one.into ? 'add' : 'remove'](one.list, [{ kind: 'user_id', value: `user ${one.who}` }]);
			expect(report.rejected).toEqual([]);
		}
		if (one.do === 'message') {
			const { channel, workflow, state, guard, happened } = one;
			const person = await this.person(one.who, { type: 'identify' });
			const atMs = clock.nowMs();
			person.messages.push({ channel, workflow, step: 's', state, guard, atMs, ...Object.fromEntries(happened.map((what) => [`${what}Ms`, atMs])) });
			await this.world.store.tx('message', async (tx) => {
				await tx.run(sql`insert into message (id, token, step, trail, item_key, workflow, profile, channel, purpose, topic, state, guard, reserved_at, ended_at, ${sql.join(HAPPENINGS.map((what) => sql.ref(`${what}_at`)))})
					values (${`m${person.id} ${person.messages.length}`}, '', 's', ${`${person.id} ${person.messages.length}`}, '', ${workflow}, ${person.id}, ${channel}, 'marketing', '', ${state}, ${guard}, ${atMs}, ${atMs},
						${sql.join(HAPPENINGS.map((what) => (happened.includes(what) ? atMs : null)))})`);
				await this.world.segments.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), messages: new Set([person.id]), historical: false });
			});
		}
		if (one.do === 'open') {
			const person = await this.person(one.who, { type: 'identify' });
			const message = person.messages.at(-1);
			if (message === undefined) return;
			message.lastOpenedMs = clock.nowMs();
			message.openedMs ??= clock.nowMs();
			await this.world.store.tx('open', async (tx) => {
				await tx.run(sql`update message set opens = opens + 1, opened_at = coalesce(opened_at, ${tx.nowMs}), last_opened_at = ${tx.nowMs} where id = ${`m${person.id} ${person.messages.length}`}`);
				await this.world.segments.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), messages: new Set([person.id]), historical: false });
			});
		}
		if (one.do === 'group') {
			const traits = Object.fromEntries(Object.entries(one.traits).filter(([, given]) => given !== null));
			const person = await this.person(one.who, { type: 'group', groupId: one.key, traits });
			const shared = this.groups.get(one.key) ?? {};
			this.groups.set(one.key, Object.assign(shared, traits));
			if (!person.groups.includes(shared)) person.groups.push(shared);
		}
		if (one.do === 'score') {
			const { model, value, grade, bucket } = one;
			const person = await this.person(one.who, { type: 'identify' });
			person.scores = [...person.scores.filter((score) => score.model !== model), { model, value, grade, bucket }];
			await this.world.store.tx('score', async (tx) => {
				await tx.run(sql`delete from score where profile = ${person.id} and model = ${model}`);
				await tx.run(sql`insert into score (profile, model, value, fit, engagement, grade, bucket, updated_at, parts) values (${person.id}, ${model}, ${value}, 0, 0, ${grade}, ${bucket}, 0, '[]')`);
				await this.world.segments.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), scores: new Map([[model, new Set([person.id])]]), historical: false });
			});
		}
		if (one.do === 'stage') {
			const person = await this.person(one.who, { type: 'identify' });
			person.stage = one.stage;
			await this.world.store.tx('stage', async (tx) => {
				await tx.run(sql`delete from stage where profile = ${person.id}`);
				await tx.run(sql`insert into stage (profile, stage, since) values (${person.id}, ${one.stage}, 0)`);
				await this.world.segments.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), scores: new Map([['', new Set([person.id])]]), historical: false });
			});
		}
		if (one.do === 'consent') {
			const { channel, topic, state } = one;
			const person = await this.person(one.who, { type: 'identify' });
			person.consents = [...person.consents.filter((said) => said.channel !== channel || said.topic !== topic), { channel, topic, state }];
			await this.world.store.tx('consent', async (tx) => {
				await tx.run(sql`delete from consent where profile = ${person.id} and channel = ${channel} and topic = ${topic}`);
				await tx.run(sql`insert into consent (profile, channel, topic, state, source, changed_at) values (${person.id}, ${channel}, ${topic}, ${state}, 't', 0)`);
				await this.world.segments.refresh(tx, { created: new Set(), events: new Map(), attributes: new Map(), consents: new Set([person.id]), historical: false });
			});
		}
		if (one.do === 'doNotSell') {
			const person = await this.person(one.who, { type: 'identify' });
			person.doNotSell = one.active;
			const { store, segments } = this.world;
			await store.tx('do not sell', (tx) => createConsent({ store, segments }).setDoNotSellIn(tx, [{ profile: person.id, active: one.active, source: 't' }]));
		}
	}

	private async person(key: number, message: object): Promise<Person> {
		const report = await this.world.events.ingest([{ type: 'track', userId: `user ${key}`, ...message }], { source: 't' });
		expect(report.rejected).toEqual([]);
		const person = this.people.get(key) ?? newPerson(report.profiles[0] ?? 0);
		this.people.set(key, person);
		return person;
	}

	private now(): Now {
		return { nowMs: this.world.clock.nowMs(), segments: new Map(this.rules.map((rule, n) => [`s${n}`, rule])) };
	}

	private async compare(): Promise<void> {
		const now = this.now();
		const people = [...this.people.values()];
		await this.hear();
		this.compared += people.length * this.rules.length;
		for (const [n, one] of this.rules.entries()) {
			const expected = people.filter((person) => holds(one, person, now)).map((person) => person.id).sort((a, b) => a - b);
			const members = (await this.world.segments.members(`s${n}`)).map((member) => member.profile);
			expect({ at: 'kept', members }).toEqual({ at: 'kept', members: expected });
			const asked = await this.world.segments.evaluate({ rule: one }, people.map((person) => person.id));
			expect({ at: 'asked', members: asked }).toEqual({ at: 'asked', members: expected });
			expect(await this.world.segments.count({ rule: one })).toBe(expected.length);
			const id = (await this.world.segments.get(`s${n}`))?.id ?? 0;
			expect({ at: 'told', members: [...(this.told.get(id) ?? [])].sort((a, b) => a - b) }).toEqual({ at: 'told', members: expected });
		}
	}

	/** Every change is told once: nobody enters who is in, nobody leaves who is not; and the log says the same. */
	private async hear(): Promise<void> {
		const { told } = this.world;
		const log = await this.world.rows<{ segment: number; profile: number; change: string }>(sql`select segment, profile, change from segment_change order by id`);
		const heard: Array<[Entry, 'entered' | 'left']> = [...told.leavers.map((entry): [Entry, 'left'] => [entry, 'left']), ...told.entries.map((entry): [Entry, 'entered'] => [entry, 'entered'])];
		const key = (segment: number, profile: number, change: string): string => `${segment} ${profile} ${change}`;
		expect(heard.map(([{ segment, profile }, change]) => key(segment, profile, change)).sort()).toEqual(log.map((row) => key(row.segment, row.profile, row.change)).sort());
		this.told.clear();
		for (const [segment, members] of this.first) this.told.set(segment, new Set(members));
		for (const { segment, profile, change } of log) {
			const inside = this.told.get(segment) ?? new Set<number>();
			this.told.set(segment, inside);
			expect({ segment, profile, change, inside: inside.has(profile) }).toEqual({ segment, profile, change, inside: change === 'left' });
			if (change === 'left') inside.delete(profile);
			else inside.add(profile);
		}
	}
}
