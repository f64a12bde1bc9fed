import { sql } from 'kysely';

import type { Events } from '../events';
import { journeyId } from '../journeys';
import type { JourneysApi } from '../journeys/types';
import { EngineError, type JsonObject } from '../kernel';
import type { Store } from '../store';
import { findProfile, type IdentityRules } from '../profiles';
import { journeyOf, type KnownJourney } from './journey';
import type { StartTest, TestStart } from './types';

export interface TestDeps {
	store: Store;
	events: Pick<Events, 'ingest'>;
	journeys: Pick<JourneysApi, 'enroll'>;
	identityOptions: IdentityRules;
}

const MOST_PEOPLE = 50;
const DAY_SECONDS = 86_400;

/**
 * Test people go the way that everybody goes: they do what starts the journey, in the published workflow, so the trigger's own conditions
 * are tried too. Nobody else can be started: their clock may run fast, and whoever writes to real people does not say so by a test.
 */
export async function startTest({ store, events, journeys, identityOptions }: TestDeps, { people, properties = {}, ...request }: StartTest): Promise<TestStart> {
	if (people.length === 0 || people.length > MOST_PEOPLE) throw new EngineError('BAD_INPUT', `A test starts with 1 to ${MOST_PEOPLE} people, not ${people.length}.`);
	const { journey, profiles } = await store.read(async (reader) => {
		const options = await identityOptions(reader);
		const found: number[] = [];
		for (const [index, by] of people.entries()) {
			const profile = await findProfile(reader, by, options);
			if (profile === null) throw new EngineError('NOT_FOUND', 'No profile has this identity. Make a test person first (Profile Engine: Profile: Create or Update, with Test People turned on). Nobody was started.', { index });
			found.push(profile);
		}
		const real = await reader.first<{ id: number }>(sql<{ id: number }>`select id from profile where ${reader.dialect.anyOf(sql`id`, found)} and is_test <> 1 limit 1`);
		if (real !== undefined) throw new EngineError('BAD_INPUT', `Profile ${real.id} is no test person, so nobody was started. Only profiles that are flagged as test people can be.`, { profile: real.id });
		return { journey: await journeyOf(reader, request, null), profiles: [...new Set(found)] };
	});
	if (!journey.published) throw new EngineError('BAD_INPUT', 'The journey is not published, so nobody would go on. Publish its workflow, then start the test again.');
	const startedAtMs = await store.read(async (reader) => reader.nowMs);
	const { entry, virtualDaySeconds: daySeconds = DAY_SECONDS } = journey.config;
	const about = { journey: journey.name, daySeconds, realTime: daySeconds === DAY_SECONDS };
	if (entry.kind !== 'event') return { ...about, startedBy: 'enroll', people: await enrolled(journeys, journey, profiles, properties) };
	await events.ingest(profiles.map((profileId) => ({ type: 'track', event: entry.match.event, profileId, properties })), { source: 'test' });
	return { ...about, startedBy: 'event', people: await outcomes(store, journey, profiles, startedAtMs) };
}

/** A date, a segment or a broadcast cannot be waited for in a test, nor may the test people be changed for it: they go in by the one way in, where audience and entering again hold. */
async function enrolled(journeys: TestDeps['journeys'], { workflow, step }: KnownJourney, profiles: readonly number[], data: JsonObject): Promise<TestStart['people']> {
	const answers = await journeys.enroll({ journey: { workflow, step }, people: profiles.map((profileId) => ({ profileId, data })) });
	return answers.map(({ index, outcome, enrollment, reason }) => ({ profile: profiles[index] ?? 0, entered: outcome === 'entered', enrollment, reason }));
}

async function outcomes(store: Store, journey: KnownJourney, profiles: readonly number[], sinceMs: number): Promise<TestStart['people']> {
	return await store.read(async (reader) => {
		const mine = sql`${reader.dialect.anyOf(sql`profile`, profiles)} and journey = ${journeyId(journey)}`;
		const entered = await reader.all<{ id: number; profile: number }>(sql<{ id: number; profile: number }>`select max(id) as id, profile from enrollment where ${mine} and entered_at >= ${sinceMs} group by profile`);
		const refused = await reader.all<{ profile: number; reason: string }>(sql<{ profile: number; reason: string }>`select profile, reason from refusal where ${mine} and refused_at >= ${sinceMs} order by refused_at desc`);
		return profiles.map((profile) => {
			const run = entered.find((row) => row.profile === profile);
			if (run !== undefined) return { profile, entered: true, enrollment: run.id, reason: null };
			return { profile, entered: false, enrollment: null, reason: refused.find((row) => row.profile === profile)?.reason ?? 'the conditions of the Journey Trigger do not hold for this event: give it the properties they ask for' };
		});
	});
}
