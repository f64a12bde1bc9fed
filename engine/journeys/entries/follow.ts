import { sql } from 'kysely';

import { LOCATION_FROM } from '../../profiles';
import type { ProfileChange, SegmentTracker } from '../../segments';
import type { Reader, Tx } from '../../store';
import { enterByArea } from './area';
import { enterByAttribute } from './attribute';
import { consentName, enterByConsent } from './consent';
import { followDates, mayMoveDates } from './date-follow';
import { LOCATION } from './entry-name';
import { journeysWhere, startsBy } from './listening';
import { awaitAnswers, startsBySilence } from './silence';

/**
 * Whoever changes people tells scores and segments, and then the journeys that start by such a change itself, in the same transaction: after
 * them, since a journey may ask for segments at its door. `zone`: of the settings.
 */
export function followedByEntries(tracker: SegmentTracker, zone: (reader: Reader) => Promise<string>): SegmentTracker {
	return {
		recheckDue: (limit) => tracker.recheckDue(limit),
		refresh: async (tx, change) => {
			const refreshed = await tracker.refresh(tx, change);
			return { ...refreshed, journeyEntries: refreshed.journeyEntries + (await enterByChange(tx, change, () => zone(tx))) };
		},
	};
}

/** One statement when nothing starts by it; then some a journey that does. */
async function enterByChange(tx: Tx, change: ProfileChange, zone: () => Promise<string>): Promise<number> {
	const { historical, sent = [] } = change;
	const isLive = ({ profile }: { profile: number }): boolean => !(typeof historical === 'boolean' ? historical : historical(profile));
	const steps = (change.steps ?? []).filter(isLive);
	const consents = (change.consentSteps ?? []).filter(isLive);
	if (steps.length === 0 && consents.length === 0 && sent.length === 0 && !mayMoveDates(change)) return 0;
	const named = (kinds: readonly string[], names: readonly string[]) => sql<boolean>`(${tx.dialect.anyOf(sql.ref('j.entry_kind'), kinds)} and ${tx.dialect.anyOf(sql.ref('j.entry_name'), [...new Set(names)])})`;
	const names = steps.map(({ name }) => name);
	const journeys = await journeysWhere(tx, sql`${named(['attribute', 'area'], names)} ${names.some((name) => LOCATION_FROM.includes(name)) ? sql`or ${named(['area'], [LOCATION])}` : sql``} or ${named(['consent'], consents.map(consentName))}
		${mayMoveDates(change) ? sql`or j.entry_kind = 'date'` : sql``} ${sent.length > 0 ? sql`or ${startsBySilence}` : sql``}`);
	let entered = 0;
	for (const journey of journeys) {
		if (startsBy(journey, 'attribute')) entered += await enterByAttribute(tx, journey, steps);
		else if (startsBy(journey, 'consent')) entered += await enterByConsent(tx, journey, consents);
		else if (startsBy(journey, 'area') && journey.config.entry.event === undefined) entered += await enterByArea(tx, journey, steps);
	}
	await followDates(tx, journeys.filter((journey) => startsBy(journey, 'date')), change, zone);
	if (sent.length > 0) await awaitAnswers(tx, journeys.filter((journey) => startsBy(journey, 'message')), sent);
	return entered;
}
