import type { StepRef } from '../../../engine/journeys/types';
import type { DatabaseKind } from '../databases';
import { closeSignUps, openSignUps } from './sign-ups';
import type { Leg, Person, Walk } from './walk';
import { HOUR_MS, type World } from './world';

/** A journey that forks into paths which meet, in a world of its own for each test of the suite. */
export function meeting(kind: DatabaseKind) {
	let world: World;
	beforeEach(async () => {
		world = await openSignUps(kind);
	});
	afterEach(() => closeSignUps(world));

	const step = (name: string): StepRef => world.walk.step(name, name === 'trigger' ? 'trigger' : name.startsWith('join') ? 'join' : 'wait');
	const passed = async (name: string) => (await world.engine.journeys.status())[0]?.steps.find((one) => one.step === name)?.passed ?? {};
	const meetings = () => world.rows('select enrollment, step, round from meeting order by enrollment, step, round');
	const tokensAt = (name: string) => world.tokens().then((tokens) => tokens.filter((token) => token.step === name));

	/** People of a new journey, and one leg of each parked at each of these waits, an hour apart: a fork into so many paths. */
	async function fork(people: number, waits: readonly string[] = ['a', 'b']): Promise<number[]> {
		const profiles = await world.people(people);
		await world.track('Signed Up', profiles);
		await parkAt(await world.walk.start(step('trigger')), waits);
		return profiles;
	}

	async function parkAt(leg: Leg, waits: readonly string[]): Promise<void> {
		for (const [n, wait] of waits.entries()) await world.walk.park(step(wait), leg.people, (n + 1) * HOUR_MS);
		await world.walk.settle(leg);
	}

	/** The people who come out of a step, in an execution that is still open. */
	async function out(name: string, walk: Walk = world.walk): Promise<Leg> {
		const leg = await walk.start(step(name), { steps: ['a', 'b', 'c', 'join', 'join-inner'] });
		const [people = []] = leg.people.length === 0 ? [] : await walk.route(step(name), leg.people);
		return { ...leg, people };
	}

	/** One path from its wait to the join, to the end of its execution. */
	async function arrive(wait: string, more: Parameters<Walk['join']>[3] & { at?: string } = {}): Promise<string[]> {
		const leg = await out(wait);
		const outcomes = leg.people.length === 0 ? [] : await world.walk.join(step(more.at ?? 'join'), leg.people, wait, more);
		await world.walk.settle(leg);
		return outcomes;
	}

	/** Who leaves the join now, by which outcome. */
	async function leaving(name = 'join'): Promise<Person[]> {
		const leg = await world.walk.start(step(name));
		await world.walk.settle(leg);
		return leg.people;
	}

	return { world: () => world, step, passed, meetings, tokensAt, fork, parkAt, out, arrive, leaving };
}
