import { sql } from 'kysely';

import { iso, type JsonValue } from '../kernel';
import type { Merge, PersonKeeper } from '../profiles';
import type { Reader, Tx } from '../store';
import { keptFiles, removeFilesOf, type KeptFile } from './files';
import { NOBODY } from './ledger';

/** The ledger. Links and callbacks name messages, never people: they find the survivor by themselves. */
export const messagesKeeper: PersonKeeper = {
	name: 'messages',
	// Whose the files are is told by their message.
	tables: ['message', 'message_file', 'kept_content'],
	merge: async (tx, merge) => (await mergeAll(tx, [merge]))[0] ?? [],
	mergeAll,
	unmerge: async (tx, { into, from }, undo) => {
		const ids = undo as string[];
		if (ids.length > 0) await tx.run(sql`update message set profile = ${from} where ${tx.dialect.anyOf(sql.ref('id'), ids)} and profile = ${into}`);
	},
	export: exportMessages,
	eraseAll,
};

async function mergeAll(tx: Tx, merges: readonly Merge[]): Promise<JsonValue[]> {
	const moved = await tx.all(
		sql<{ id: string; profile: number }>`select id, profile from message where ${tx.dialect.anyOf(sql.ref('profile'), merges.map(({ from }) => from))} order by id`,
	);
	if (moved.length > 0) {
		const pairs = tx.dialect.rows(merges.map(({ into, from }) => ({ into, from })), { into: 'integer', from: 'integer' }, 'm');
		await tx.run(sql`update message set profile = m."into" from ${pairs} where message.profile = m."from"`);
	}
	return merges.map(({ from }) => moved.filter(({ profile }) => profile === from).map(({ id }) => id));
}

interface Row {
	id: string;
	channel: string;
	purpose: string;
	topic: string;
	workflow: string;
	step: string;
	enrollment: number | null;
	state: string;
	guard: string | null;
	reason: string | null;
	attempts: number;
	provider: string | null;
	provider_id: string | null;
	reserved_at: number;
	held_since: number | null;
	deferred_until: number | null;
	attempted_at: number | null;
	ended_at: number | null;
	delivered_at: number | null;
	bounced_at: number | null;
	complained_at: number | null;
	replied_at: number | null;
	auto_replied_at: number | null;
	opened_at: number | null;
	last_opened_at: number | null;
	opens: number;
	machine_opens: number;
	clicked_at: number | null;
	last_clicked_at: number | null;
	clicks: number;
	machine_clicks: number;
	unsubscribed_at: number | null;
	template: string | null;
	template_version: number | null;
	language: string | null;
	variant: string | null;
	segments: number | null;
}

async function exportMessages(reader: Reader, profile: number): Promise<JsonValue> {
	const rows = await reader.all(sql<Row>`select id, channel, purpose, topic, workflow, step, enrollment, state, guard, reason, provider, provider_id, attempts, reserved_at, held_since, deferred_until,
		attempted_at, ended_at, delivered_at, bounced_at, complained_at, replied_at, auto_replied_at, opened_at, last_opened_at, opens, machine_opens, clicked_at, last_clicked_at, clicks, machine_clicks, unsubscribed_at, template_version, language, variant, segments,
		(select c.key from content_item c where c.id = message.template) as template from message where profile = ${profile} order by reserved_at, id`);
	const files = await keptFiles(reader, rows.map(({ id }) => id));
	return rows.map((row) => ({
		id: row.id, channel: row.channel, purpose: row.purpose, topic: row.topic, workflow: row.workflow, step: row.step, enrollment: row.enrollment,
		state: row.state, guard: row.guard, reason: row.reason, provider: row.provider, providerId: row.provider_id, attempts: row.attempts,
		reservedAt: iso(row.reserved_at), heldSince: iso(row.held_since), deferredUntil: row.deferred_until === null || row.deferred_until > LAST_YEAR_MS ? null : iso(row.deferred_until),
		attemptedAt: iso(row.attempted_at), endedAt: iso(row.ended_at), deliveredAt: iso(row.delivered_at), bouncedAt: iso(row.bounced_at), complainedAt: iso(row.complained_at), repliedAt: iso(row.replied_at), autoRepliedAt: iso(row.auto_replied_at),
		openedAt: iso(row.opened_at), lastOpenedAt: iso(row.last_opened_at), opens: row.opens, machineOpens: row.machine_opens, clickedAt: iso(row.clicked_at), lastClickedAt: iso(row.last_clicked_at), clicks: row.clicks, machineClicks: row.machine_clicks, unsubscribedAt: iso(row.unsubscribed_at),
		template: row.template, templateVersion: row.template_version, language: row.language, variant: row.variant, segments: row.segments,
		...filesOf(row.id, files),
	}));
}

/** Only of a mail that waits; nothing else keeps any. */
function filesOf(message: string, files: readonly KeptFile[]): { files?: JsonValue } {
	const theirs = files.filter((file) => file.message === message);
	if (theirs.length === 0) return {};
	return { files: theirs.map(({ fileName, contentType, contentId, content }) => ({ fileName, contentType, contentId: contentId ?? null, contentBase64: Buffer.from(content).toString('base64') })) };
}

/** Later than the year 9999 means "until somebody lets it go on". */
const LAST_YEAR_MS = 253_402_300_799_999;

/**
 * The row stays, for the figures of its step, and belongs to nobody (profile 0). One that is being attempted ends in the ledger as
 * it ends, without a word on whom (endAttempts); what waited is never sent. Reasons may quote a mail server, the provider's id leads to
 * the address there, where it went is a hash of it, and outside a journey the key holds a hash of it that anybody could compute; the row's id, made of the key
 * and the database's secret (reserveOutside), still keeps a repeated execution from sending again.
 */
async function eraseAll(tx: Tx, profiles: readonly number[]): Promise<void> {
	const mine = tx.dialect.anyOf(sql.ref('profile'), profiles);
	await removeFilesOf(tx, profiles);
	await tx.run(sql`update message set state = 'skipped', ended_at = ${tx.nowMs}, deferred_until = null where ${mine} and state in ('reserved', 'deferred')`);
	await tx.run(sql`update message set profile = ${NOBODY}, reason = case when state = 'attempting' then null else 'erased' end, provider_id = null, sent_to = null,
		item_key = case when token = '' then id else item_key end where ${mine}`);
}
