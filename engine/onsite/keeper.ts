import { sql } from 'kysely';

import { iso, type JsonValue } from '../kernel';
import { storedObject, type PersonKeeper } from '../profiles';

interface Row {
	message: string;
	kind: string;
	slot: string | null;
	content: unknown;
	rules: unknown;
	priority: number;
	any_browser: number;
	recall: number;
	most_shows: number;
	gap_ms: number;
	queued_at: number;
	expires_at: number;
	open: number;
	shows: number;
	last_shown_at: number | null;
	read_at: number | null;
	clicked_at: number | null;
	dismissed_at: number | null;
	answered_at: number | null;
	sign_ups: number;
}

/** Messages that wait for somebody on a page, and those they have seen there in the last weeks. */
export const onSiteKeeper: PersonKeeper = {
	name: 'onSite',
	tables: ['onsite_message'],
	merge: async (tx, { into, from }) => {
		const moved = await tx.all(sql<{ message: string }>`update onsite_message set profile = ${into} where profile = ${from} returning message`);
		return moved.map(({ message }) => message).sort();
	},
	unmerge: async (tx, { into, from }, undo) => {
		const ids = Array.isArray(undo) ? undo.filter((id) => typeof id === 'string') : [];
		if (ids.length > 0) await tx.run(sql`update onsite_message set profile = ${from} where ${tx.dialect.anyOf(sql.ref('message'), ids)} and profile = ${into}`);
	},
	export: async (reader, profile) => {
		const rows = await reader.all(sql<Row>`select message, kind, slot, content, rules, priority, any_browser, recall, most_shows, gap_ms, queued_at, expires_at, open, shows, last_shown_at, read_at, clicked_at, dismissed_at, answered_at, sign_ups
			from onsite_message where profile = ${profile} order by queued_at, message`);
		return rows.map((row): JsonValue => ({
			message: row.message, kind: row.kind, slot: row.slot, content: storedObject(row.content), rules: storedObject(row.rules), priority: Number(row.priority), forAnyBrowser: Number(row.any_browser) === 1, takenBackOnExit: Number(row.recall) === 1,
			timesAtMost: Number(row.most_shows), pauseMs: Number(row.gap_ms), queuedAt: iso(row.queued_at), expiresAt: iso(row.expires_at), open: Number(row.open) === 1, shows: Number(row.shows), lastShownAt: iso(row.last_shown_at),
			readAt: iso(row.read_at), clickedAt: iso(row.clicked_at), dismissedAt: iso(row.dismissed_at), answeredAt: iso(row.answered_at), signUps: Number(row.sign_ups),
		}));
	},
	eraseAll: async (tx, profiles) => {
		await tx.run(sql`delete from onsite_message where ${tx.dialect.anyOf(sql.ref('profile'), profiles)}`);
	},
};
