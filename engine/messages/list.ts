import { sql } from 'kysely';

import { iso, millionthsText } from '../kernel';
import type { Store } from '../store';
import type { MessageQuery, MessageView } from './types';

const DEFAULT_LIMIT = 50;
const MOST_LISTED = 1000;
/** What is deferred until resumed stands at JavaScript's last date. */
const NO_DATE_MS = 8_000_000_000_000_000;

interface ListedRow {
	id: string;
	profile: number;
	workflow: string;
	step: string;
	name: string | null;
	channel: string;
	provider: string | null;
	purpose: string;
	topic: string;
	state: MessageView['state'];
	guard: MessageView['guard'];
	reason: string | null;
	deferred_until: number | null;
	reserved_at: number;
	attempted_at: number | null;
	ended_at: number | null;
	delivered_at: number | null;
	bounced_at: number | null;
	opened_at: number | null;
	clicked_at: number | null;
	replied_at: number | null;
	complained_at: number | null;
	template_key: string | null;
	template_name: string | null;
	template_version: number | null;
	language: string | null;
	variant: string | null;
	segments: number | null;
	cost: number | null;
}

/** The ledger, newest first. */
export async function listMessages(store: Store, query: MessageQuery): Promise<MessageView[]> {
	const { workflow, step, profile, state, guard, before } = query;
	const beforeMs = before === undefined ? 0 : Date.parse(before.reservedAt);
	const limit = Math.max(1, Math.min(MOST_LISTED, Math.floor(query.limit ?? DEFAULT_LIMIT)));
	const rows = await store.read((reader) => reader.all<ListedRow>(sql<ListedRow>`select m.id, m.profile, m.workflow, m.step, s.name, m.channel, m.provider, m.purpose, m.topic, m.state, m.guard, m.reason,
			m.deferred_until, m.reserved_at, m.attempted_at, m.ended_at, m.delivered_at, m.bounced_at, m.opened_at, m.clicked_at, m.replied_at, m.complained_at, c.key as template_key, c.name as template_name, m.template_version, m.language, m.variant, m.segments, m.cost
		from message m left join step s on s.workflow = m.workflow and s.step = m.step left join content_item c on c.id = m.template
		where ${workflow === undefined ? sql`1 = 1` : sql`m.workflow = ${workflow}`}
			and ${step === undefined ? sql`1 = 1` : sql`(m.step = ${step} or s.name = ${step})`}
			and ${profile === undefined ? sql`1 = 1` : sql`m.profile = ${profile}`}
			and ${state === undefined ? sql`1 = 1` : sql`m.state = ${state}`}
			and ${before === undefined ? sql`1 = 1` : sql`(m.reserved_at < ${beforeMs} or (m.reserved_at = ${beforeMs} and m.id > ${before.id}))`}
			and ${guard === undefined ? sql`1 = 1` : sql`m.guard = ${guard}`}
		order by m.reserved_at desc, m.id limit ${limit}`));
	return rows.map((row) => ({
		id: row.id, profile: Number(row.profile), workflow: row.workflow, step: row.step, stepName: row.name ?? row.step,
		channel: row.channel, provider: row.provider, purpose: row.purpose, topic: row.topic, state: row.state, guard: row.guard, reason: row.reason,
		until: row.state === 'deferred' && row.deferred_until !== null && row.deferred_until < NO_DATE_MS ? iso(row.deferred_until) : null,
		reservedAt: iso(row.reserved_at) ?? '', attemptedAt: iso(row.attempted_at), endedAt: iso(row.ended_at),
		deliveredAt: iso(row.delivered_at), bouncedAt: iso(row.bounced_at), openedAt: iso(row.opened_at), clickedAt: iso(row.clicked_at), repliedAt: iso(row.replied_at), complainedAt: iso(row.complained_at),
		template: row.template_key === null ? null : { key: row.template_key, name: row.template_name ?? row.template_key, version: Number(row.template_version), language: row.language ?? '' },
		variant: row.variant, segments: row.segments === null ? null : Number(row.segments), cost: row.cost === null ? null : millionthsText(BigInt(row.cost)),
	}));
}
