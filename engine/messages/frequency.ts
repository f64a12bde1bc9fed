import { sql } from 'kysely';

import { capInWords, whatCounts, type FrequencyCap, type SettingsValues } from '../settings';
import type { Reader } from '../store';
import type { SendPurpose } from './types';

const SECOND_MS = 1000;
const WEEK_S = 7 * 86_400;

export interface Capped {
	reason: string;
	/** When enough of what the person got lies outside of every window that is full now, UTC milliseconds. */
	untilMs: number;
}

export interface CapQuestion {
	profile: number;
	channel: string;
	purpose: SendPurpose;
	/** The person's own wish, which is about marketing; null: none. */
	maxPerWeek: number | null;
	/** Real milliseconds per journey millisecond: the windows of a test person on a virtual clock shrink with it. */
	timeScale: number;
}

interface Impact {
	channel: string;
	isMarketing: boolean;
	atMs: number;
}

/**
 * What each person of a batch got lately, from the ledger; asked person by person in the batch's order, whoever passes is
 * counted at once: two messages to one person in one batch are no way around the cap.
 *
 * Counted is what left or may have left: attempting, sent and unknown. Read under the profiles' lock, in a statement of its own: on
 * PostgreSQL it sees what another worker committed while this one waited for the lock, so two at once never both pass.
 */
export class Pressure {
	private constructor(
		private readonly impacts: Map<number, Impact[]>,
		private readonly caps: readonly FrequencyCap[],
		private readonly what: string,
		private readonly nowMs: number,
	) {}

	/** One statement, and none where nothing is capped. */
	static async read(reader: Reader, questions: readonly CapQuestion[], { caps, guardedPurposes }: Pick<SettingsValues, 'caps' | 'guardedPurposes'>): Promise<Pressure> {
		const impacts = new Map<number, Impact[]>();
		const wishes = questions.flatMap(({ maxPerWeek }) => (maxPerWeek === null ? [] : [maxPerWeek]));
		const most = Math.max(0, ...caps.map(({ max }) => max), ...wishes);
		const longestS = Math.max(0, ...caps.map(({ perSeconds }) => perSeconds), ...(wishes.length > 0 ? [WEEK_S] : []));
		const profiles = [...new Set(questions.map(({ profile }) => profile))];
		if (most > 0 && profiles.length > 0) {
			const rows = await reader.all<{ profile: number; channel: string; purpose: string; at: number }>(sql<{ profile: number; channel: string; purpose: string; at: number }>`
				select profile, channel, purpose, attempted_at as at from (
					select profile, channel, purpose, attempted_at, row_number() over (partition by profile, channel, purpose order by attempted_at desc) as place from message
					where ${reader.dialect.anyOf(sql`profile`, profiles)} and attempted_at > ${reader.nowMs - longestS * SECOND_MS} and state in ('attempting', 'sent', 'unknown')
					${guardedPurposes === 'all' ? sql`and purpose <> 'test'` : sql`and purpose = 'marketing'`}) as recent
				where place <= ${most} order by attempted_at desc`);
			for (const { profile, channel, purpose, at } of rows) {
				impacts.set(profile, [...(impacts.get(profile) ?? []), { channel, isMarketing: purpose === 'marketing', atMs: Number(at) }]);
			}
		}
		return new Pressure(impacts, caps, whatCounts(guardedPurposes), reader.nowMs);
	}

	/** null: within all caps; then `count` it. */
	full(question: CapQuestion): Capped | null {
		const got = this.impacts.get(question.profile) ?? [];
		let capped: Capped | null = null;
		for (const { cap, reason, marketingOnly } of this.capsOn(question)) {
			const windowMs = cap.perSeconds * SECOND_MS * question.timeScale;
			const within = got.filter(({ channel, isMarketing, atMs }) => (cap.channel === 'all' || cap.channel === channel) && (isMarketing || !marketingOnly) && atMs > this.nowMs - windowMs);
			// Newest first: the one whose leaving makes room.
			const leaving = within[cap.max - 1];
			if (within.length < cap.max) continue;
			const untilMs = leaving === undefined ? this.nowMs + windowMs : Math.ceil(leaving.atMs + windowMs);
			if (capped === null || untilMs > capped.untilMs) capped = { reason, untilMs };
		}
		return capped;
	}

	count({ profile, channel, purpose }: CapQuestion): void {
		this.impacts.set(profile, [{ channel, isMarketing: purpose === 'marketing', atMs: this.nowMs }, ...(this.impacts.get(profile) ?? [])]);
	}

	private capsOn({ channel, purpose, maxPerWeek }: CapQuestion): Array<{ cap: FrequencyCap; reason: string; marketingOnly: boolean }> {
		const set = this.caps.filter((cap) => cap.channel === 'all' || cap.channel === channel).map((cap) => ({
			cap, marketingOnly: false, reason: `frequency cap: ${capInWords(cap, this.what)}`,
		}));
		if (maxPerWeek === null || purpose !== 'marketing') return set;
		return [...set, { cap: { channel: 'all', max: maxPerWeek, perSeconds: WEEK_S }, marketingOnly: true, reason: `frequency cap: the person wants ${maxPerWeek} a week at most` }];
	}
}
