import { sql } from 'kysely';

import { consentReasonSql, suppressedOf } from '../consent';
import { storedObject } from '../profiles';
import type { Reader } from '../store';
import type { Reading } from './reader';
import type { OnSiteContent, OnSiteKind, OnSiteRules, OnSiteStyle } from './types';

/** A message that may be shown to its person now, as far as the page is not asked. */
export interface Candidate {
	message: string;
	kind: OnSiteKind;
	slot: string | null;
	content: OnSiteContent & { style: OnSiteStyle };
	rules: OnSiteRules;
	shows: number;
	readAtMs: number | null;
	queuedAtMs: number;
}

interface Row {
	message: string;
	kind: OnSiteKind;
	slot: string | null;
	content: unknown;
	rules: unknown;
	shows: number;
	read_at: number | null;
	queued_at: number;
}

/** An inbox holds so many; an overlay is one of so many. */
const MOST = 100;

/**
 * The guards once more, at the moment of showing: consent, suppression, the person's own pause, holdout; expiry and frequency; whether the person was taken out of
 * the journey meanwhile. Best first: the highest priority, of equal ones the oldest; of an inbox the newest. One rule for all that is ever shown.
 */
export async function candidatesOf(reader: Reader, { profile, proven }: Reading, where: 'page' | 'inbox'): Promise<Candidate[]> {
	const refused = consentReasonSql(reader.dialect, { channel: 'onsite', topicRef: sql`m.topic`, profileRef: sql`o.profile` });
	const isMarketing = sql`m.purpose = 'marketing'`;
	const rows = await reader.all<Row>(sql<Row>`select o.message, o.kind, o.slot, o.content, o.rules, o.shows, o.read_at, o.queued_at
		from onsite_message o join message m on m.id = o.message left join enrollment e on e.id = m.enrollment left join preference pr on pr.profile = o.profile
		where o.profile = ${profile} and o.open = 1 and o.expires_at > ${reader.nowMs} and ${where === 'inbox' ? sql`o.kind = 'inbox'` : sql`o.kind <> 'inbox'`}
			and (o.any_browser = 1 or ${proven ? 1 : 0} = 1) and m.profile = o.profile and m.state = 'sent'
			and (o.most_shows = 0 or o.shows < o.most_shows) and (o.last_shown_at is null or o.last_shown_at + o.gap_ms <= ${reader.nowMs})
			and not (o.recall = 1 and coalesce(e.state, '') = 'exited')
			and not (${isMarketing} and (coalesce(e.holdout, 0) = 1 or coalesce(pr.paused_until, 0) > ${reader.nowMs} or ${refused} is not null))
		order by ${where === 'inbox' ? sql`o.queued_at desc` : sql`o.priority desc, o.queued_at`}, o.message limit ${MOST}`);
	if (rows.length === 0 || (await isSuppressed(reader, profile))) return [];
	return rows.map((row) => ({
		message: row.message, kind: row.kind, slot: row.slot, shows: Number(row.shows), readAtMs: row.read_at, queuedAtMs: row.queued_at,
		content: storedObject(row.content) as unknown as Candidate['content'], rules: storedObject(row.rules) as unknown as OnSiteRules,
	}));
}

/** The list knows addresses: whoever stands on it for on-site messages by any of their identities. */
async function isSuppressed(reader: Reader, profile: number): Promise<boolean> {
	const identities = await reader.all<{ value: string }>(sql<{ value: string }>`select value from identity where profile = ${profile} limit 200`);
	return (await suppressedOf(reader, 'onsite', identities.map(({ value }) => value))).size > 0;
}
