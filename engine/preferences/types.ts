import type { Whose } from '../consent/types';

/** How a person wants to be written to, beside what they consent to. */
export interface Preference {
	/** Marketing messages in any seven days, over all channels; null: as many as are sent. */
	maxPerWeek: number | null;
	/** ISO 8601: no marketing before then; null: not paused. */
	pausedUntil: string | null;
	/** BCP 47, as the person chose it; also set as their attribute `language` (or `locale`, where that is what they have). */
	language: string | null;
}

export interface PreferenceChange extends Partial<Preference> {
	whose: Whose;
	source: string;
	/** Instead of pausedUntil: days from now, 0 ends a pause. At most 365. */
	pauseDays?: number;
}

export interface PreferencesApi {
	/** What is not given stays. Each for itself: what cannot be stored and who cannot be found is rejected, the others are stored. At most 20,000. */
	set(batch: PreferenceChange[]): Promise<{ profiles: Array<number | null>; rejected: Array<{ index: number; reason: string }> }>;
	/** Signed links to the preference centre, by index; null: no such person. Default: they last 90 days. Throws BAD_INPUT while no public address is known. */
	links(whose: Whose[], options?: { expiresInDays?: number }): Promise<Array<{ profile: number; url: string; expiresAt: string } | null>>;
}
