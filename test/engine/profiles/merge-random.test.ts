import fc from 'fast-check';
import { sql } from 'kysely';

import type { TrackingMessage } from '../../../engine/events';
import { DATABASES } from '../databases';
import { protocolViolations } from '../journeys/protocol-checks';
import type { Leg } from '../journeys/walk';
import { HOUR_MS, World } from '../journeys/world';
import { brokenInvariants } from './merge-invariants';
import { PeopleModel, type Known } from './people-model';

const LIMITS = { email: 2, anonymous_id: 3, '*': 2 };

type Message =
	| { type: 'track'; event: string; known: Known[] }
	| { type: 'identify' | 'group'; known: Known[] }
	| { type: 'alias'; userId: string; previousId: string };
type Step =
	| { do: 'ingest'; messages: Message[] }
	| { do: 'park' }
	| { do: 'claim' }
	| { do: 'later' }
	| { do: 'repeat' }
	| { do: 'unmerge'; whose: number };

const pick = (kind: string, prefix: string, count: number) => fc.nat(count - 1).map((n): Known => [kind, `${prefix}${n}`]);
const identity = fc.oneof(
	{ weight: 3, arbitrary: pick('user_id', 'u', 4) }, { weight: 4, arbitrary: pick('anonymous_id', 'a', 6) }, { weight: 3, arbitrary: pick('email', 'e', 4).map(([kind, value]): Known => [kind, `${value}@x.org`]) },
	{ weight: 1, arbitrary: pick('crm:contact', 'c', 3) },
);
const known = fc.uniqueArray(identity, { minLength: 1, maxLength: 3, selector: ([kind, value]) => (kind === 'user_id' ? kind : `${kind} ${value}`) });
const message: fc.Arbitrary<Message> = fc.oneof(
	{ weight: 6, arbitrary: fc.record({ type: fc.constant('track' as const), event: fc.constantFrom('Start', 'Order', 'Done', 'View'), known }) },
	{ weight: 4, arbitrary: fc.record({ type: fc.constantFrom('identify' as const, 'group' as const), known }) },
	{ weight: 1, arbitrary: fc.record({ type: fc.constant('alias' as const), userId: fc.constantFrom('u0', 'u1', 'u2'), previousId: fc.constantFrom('a0', 'a1', 'u3', 'u1') }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 6, arbitrary: fc.record({ do: fc.constant('ingest' as const), messages: fc.array(message, { minLength: 1, maxLength: 6 }) }) },
	{ weight: 2, arbitrary: fc.constant<Step>({ do: 'park' }) },
	{ weight: 1, arbitrary: fc.constant<Step>({ do: 'claim' }) },
	{ weight: 1, arbitrary: fc.constant<Step>({ do: 'later' }) },
	{ weight: 1, arbitrary: fc.constant<Step>({ do: 'repeat' }) },
);
const unmerging: fc.Arbitrary<Step> = fc.oneof({ weight: 4, arbitrary: step }, { weight: 1, arbitrary: fc.record({ do: fc.constant('unmerge' as const), whose: fc.nat(20) }) });

describe.each(DATABASES)('random people on %s', (kind) => {
	let world: World;
	let run = 0;
	let mark = 0;
	/** Identities of both sides of every unmerge. */
	const takenApart: Array<[Set<string>, Set<string>]> = [];
	beforeAll(async () => {
		world = await World.open(kind);
		await world.engine.settings.set({ identityLimits: LIMITS, quietHours: null });
		await world.engine.segments.save({ name: 'Doers', rule: { event: 'Done' } });
		await world.engine.segments.save({ name: 'Twice', rule: { event: 'Order', count: { operator: 'atLeast', value: 2 } } });
		await world.walk.register(once, { entry: { kind: 'event', match: { event: 'Start' } }, reEntry: 'afterLeaving' });
		await world.walk.register(often, { entry: { kind: 'event', match: { event: 'Order' } }, reEntry: 'anyTime', exitOn: { event: 'View' } });
	});
	afterAll(() => world.close());

	const once = { workflow: 'wf', step: 'once', name: 'once', type: 'trigger' };
	const often = { workflow: 'wf', step: 'often', name: 'often', type: 'trigger' };
	const wait = { workflow: 'wf', step: 'wait', name: 'wait', type: 'waitForEvent' };

	/** Runs one sequence under identities of its own; answers with what the engine was told, for the model. */
	async function play(steps: readonly Step[], after: () => Promise<void>): Promise<Array<{ known: Known[]; mark: number | null; formerId?: string }>> {
		run += 1;
		const own = (value: string): string => `r${run}${value}`;
		const told: Array<{ known: Known[]; mark: number | null; formerId?: string }> = [];
		let last: TrackingMessage[] = [];
		/** Legs under way: merges and unmerges come between their claim and their park. */
		let legs: Leg[] = [];
		const claim = async (): Promise<void> => {
			for (const step of [once, often, wait]) legs.push(await world.walk.start(step, { leaseMs: 100 * HOUR_MS }));
			legs = legs.filter(({ people }) => people.length > 0);
		};
		for (const one of steps) {
			switch (one.do) {
				case 'ingest':
					last = one.messages.map((given): TrackingMessage => {
						mark += 1;
						if (given.type === 'alias') {
							const [userId, previousId] = [own(given.userId), own(given.previousId)];
							told.push({ known: [['user_id', userId], ['anonymous_id', previousId]], mark: null, formerId: previousId });
							return { type: 'alias', messageId: `m${mark}`, userId, previousId };
						}
						const mine = given.known.map(([type, value]): Known => [type, own(value)]);
						told.push({ known: mine, mark: given.type === 'track' ? mark : null });
						const identities = mine.map(([type, value]) => ({ kind: type, value }));
						if (given.type === 'track') return { type: 'track', messageId: `m${mark}`, event: given.event, identities, properties: { mark } };
						return { type: given.type, messageId: `m${mark}`, identities, traits: { [`t${mark % 5}`]: mark }, ...(given.type === 'group' ? { groupId: `g${mark % 3}` } : {}) };
					});
					await world.engine.events.ingest(last, { source: 'random' });
					break;
				case 'repeat':
					if (last.length > 0) {
						const report = await world.engine.events.ingest(last, { source: 'random' });
						expect(report.accepted).toBe(0);
						// Whose a repeated message is was decided again, with what is known by now.
						for (const given of last) told.push({ known: knownOf(given), mark: null, ...(given.type === 'alias' ? { formerId: given.previousId } : {}) });
					}
					break;
				case 'claim':
					await claim();
					break;
				case 'park':
					await claim();
					for (const leg of legs.splice(0)) {
						await world.walk.park(wait, leg.people, 100 * HOUR_MS, { event: 'Done' });
						await world.walk.settle(leg);
					}
					break;
				case 'later':
					world.clock.advance(60_000);
					break;
				case 'unmerge': {
					const merges = await world.rows<{ into_profile: number }>(`select m.into_profile from profile_merge m join profile p on p.id = m.into_profile where m.undone_at is null order by m.id desc limit 5`);
					const whose = merges[one.whose % Math.max(1, merges.length)];
					if (whose === undefined) break;
					const { profile, restored } = await world.engine.profiles.unmerge({ profileId: whose.into_profile });
					takenApart.push([await identitiesOf(profile), await identitiesOf(restored)]);
					break;
				}
			}
			await after();
		}
		return told;
	}

	const holds = async (): Promise<void> => expect(await world.engine.store.read((reader) => brokenInvariants(reader))).toEqual({});
	const identitiesOf = async (profile: number): Promise<Set<string>> =>
		new Set((await world.rows<{ kind: string; value: string }>(`select kind, value from identity where profile = ${profile}`)).map((row) => `${row.kind} ${row.value}`));
	/** Nobody merges by hand here, so no profile may ever have identities of both sides. */
	async function stayApart(): Promise<void> {
		const rows = await world.rows<{ profile: number; kind: string; value: string }>('select profile, kind, value from identity');
		const owner = new Map(rows.map((row) => [`${row.kind} ${row.value}`, row.profile]));
		const ownersOf = (side: Set<string>): Set<number> => new Set([...side].flatMap((identity) => owner.get(identity) ?? []));
		expect(takenApart.filter(([one, other]) => ![...ownersOf(one)].every((profile) => !ownersOf(other).has(profile)))).toEqual([]);
	}
	const protocolHolds = async (): Promise<void> => expect(await protocolViolations(world.engine.store, [], { entryEvent: 'Start', atRest: false })).toEqual({});

	it('are who a naive evaluator says they are, whatever order and batches they come in', async () => {
		await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
			const told = await play(steps, holds);

			await protocolHolds();
			const model = new PeopleModel({ limits: LIMITS });
			for (const one of told) model.take(one.known, one.mark, one.formerId);
			expect(await groupsOf(world, `r${run}`)).toEqual(model.groups());
		}), { numRuns: kind === 'sqlite' ? 120 : 50, endOnFailure: true });
	}, 240_000);

	it('stay whole, and apart, when merges are taken back in between', async () => {
		await fc.assert(fc.asyncProperty(fc.array(unmerging, { minLength: 4, maxLength: 14 }), async (steps) => {
			takenApart.length = 0;
			await play(steps, async () => {
				await holds();
				await stayApart();
			});

			await protocolHolds();
		}), { numRuns: kind === 'sqlite' ? 80 : 30, endOnFailure: true });
	}, 240_000);
});

function knownOf(given: TrackingMessage): Known[] {
	if (given.type === 'alias') return [['user_id', given.userId ?? ''], ['anonymous_id', given.previousId ?? '']];
	return (given.identities ?? []).map(({ kind, value }): Known => [kind, value]);
}

/** The people of one run as the database has them, in the words of the model. */
async function groupsOf(world: World, prefix: string): Promise<string[]> {
	const identities = await world.engine.store.read((reader) => reader.all(sql<{ profile: number; kind: string; value: string }>`select profile, kind, value from identity`));
	const events = await world.engine.store.read((reader) => reader.all(sql<{ profile: number; properties: unknown }>`select profile, properties from event`));
	const people = new Map<number, { identities: string[]; marks: number[] }>();
	const person = (id: number) => people.get(id) ?? people.set(id, { identities: [], marks: [] }).get(id) ?? { identities: [], marks: [] };
	for (const { profile, kind, value } of identities) if (new RegExp(`^${prefix}[aecu]\\d`).test(value)) person(profile).identities.push(`${kind} ${value}`);
	for (const { profile, properties } of events) if (people.has(profile)) person(profile).marks.push(Number((typeof properties === 'string' ? (JSON.parse(properties) as { mark: number }) : (properties as { mark: number })).mark));
	return [...people.values()].map(({ identities: mine, marks }) => JSON.stringify([mine.sort(), marks.sort((a, b) => a - b)])).sort();
}
