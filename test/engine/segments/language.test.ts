import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { sql } from 'kysely';

import { nextChangeSql, ruleSql, type SegmentRule } from '../../../engine/segments';
import { DATABASES, TEST_START_MS } from '../databases';
import { openWorld, type World } from '../events/fixture';
import { fill } from './fill';
import { anyRule, LISTS, personAt, RUN } from './generators';
import { holds, newPerson, type Person } from './naive';

interface Case {
	what?: string;
	people: Person[];
	rules: SegmentRule[];
	waitMs: number;
}

/** Shrunk failures and known edges, kept: people, rules and how long after the start of the clock. */
const FIXED = JSON.parse(readFileSync(join(__dirname, 'fixed-cases.json'), 'utf8')) as Case[];
const RUNS = 100;
/** A journey's run asks, too: it began between the events of the people. */
const ENROLLMENT = { id: RUN, startedMs: TEST_START_MS - 30_000 };
const WAITS_MS = [0, 1, 29_999, 30_000, 31 * 86_400_000, 364 * 86_400_000];

const cases = fc.record({
	people: fc.array(personAt(TEST_START_MS), { minLength: 1, maxLength: 60, size: 'max' }),
	rules: fc.array(anyRule, { minLength: 1, maxLength: 14, size: 'max' }),
	waitMs: fc.constantFrom(...WAITS_MS),
});

describe.each(DATABASES)('the rule language on %s', (kind) => {
	let world: World;

	beforeAll(async () => {
		world = await openWorld(kind);
		for (const name of LISTS) await world.segments.lists.create(name);
	});
	afterAll(async () => await world.close());

	it('means what a naive evaluator says, and changes by time no earlier than it announces, in at least 10,000 cases', async () => {
		let checked = 0;
		await fc.assert(fc.asyncProperty(cases, async (one) => {
			checked += await check(world, one);
		}), { numRuns: RUNS, endOnFailure: false });

		expect(checked).toBeGreaterThanOrEqual(10_000);
	}, 300_000);

	it.each(FIXED.map((one) => [one.what ?? '', one] as const))('means it in a case that is kept: %s', async (_what, one) => {
		expect(await check(world, one)).toBeGreaterThan(0);
	});
});

/** One rule for everybody is one statement. Answers with the number of pairs of a person and a rule. */
async function check(world: World, { people: given, rules, waitMs }: Case): Promise<number> {
	// A case that is kept may be older than what is known of people today.
	const people = await fill(world.store, structuredClone(given).map((person) => ({ ...newPerson(0), ...person })));
	const nowMs = TEST_START_MS + waitMs;
	const enrollment = { id: sql<number>`${sql.lit(ENROLLMENT.id)}`, startedAt: sql<number>`${sql.lit(ENROLLMENT.startedMs)}` };
	for (const rule of rules) {
		// What time will change is only asked of rules that may be saved.
		const saved = !JSON.stringify(rule).includes('sinceEnrollment');
		const rows = await world.store.read((reader) => reader.all<{ id: number; holds: number | boolean; due: number | null }>(
			sql<{ id: number; holds: number | boolean; due: number | null }>`select p.id, ${ruleSql(reader.dialect, rule, nowMs, 'p', { enrollment })} as holds,
				${(saved ? nextChangeSql(reader.dialect, rule, nowMs, 'p') : null) ?? sql`null`} as due from profile p order by p.id`,
		));
		for (const [n, row] of rows.entries()) {
			const person = people[n];
			if (person === undefined) throw new Error('nobody');
			const expected = holds(rule, person, { nowMs, enrollment: ENROLLMENT });
			expect({ rule, person, holds: Boolean(row.holds) }).toEqual({ rule, person, holds: expected });
			if (!saved) continue;
			expect(row.due === null || Number(row.due) > nowMs).toBe(true);
			// Up to the announced instant nothing changes: tried where things usually do.
			const until = row.due === null ? Infinity : Number(row.due) - 1;
			for (const later of [...person.events.flatMap((event) => [1, 60_000, 1000, 3_600_000].map((ms) => event.atMs + ms)), nowMs + 86_400_000, nowMs + 40 * 86_400_000, until]) {
				if (later <= nowMs || later > until || later === Infinity) continue;
				expect({ rule, person, later, holds: holds(rule, person, { nowMs: later }) }).toEqual({ rule, person, later, holds: expected });
			}
		}
	}
	return people.length * rules.length;
}
