import { sql } from 'kysely';

import type { Reader } from '../store';
import { storedObject } from './storable';
import type { ProfileView } from './types';

const EVENTS_SHOWN = 50;
const MESSAGES_SHOWN = 200;

const iso = (ms: number): string => new Date(ms).toISOString();

/** The full picture of one person; seven statements. */
export async function viewProfile(reader: Reader, id: number): Promise<ProfileView | null> {
	const profile = await reader.first(
		sql<{ attributes: unknown; is_test: number; created_at: number; updated_at: number }>`select attributes, is_test, created_at, updated_at from profile where id = ${id}`,
	);
	if (profile === undefined) return null;
	const identities = await reader.all(sql<{ kind: string; value: string }>`select kind, value from identity where profile = ${id} order by kind, created_at, value`);
	const segments = await reader.all(sql<{ name: string }>`select s.name from segment_member m join segment s on s.id = m.segment where m.profile = ${id} order by s.name`);
	const consents = await reader.all(
		sql<{ channel: string; topic: string; state: string; changed_at: number }>`select channel, topic, state, changed_at from consent where profile = ${id} order by channel, topic`,
	);
	const events = await reader.all(
		sql<{ name: string; occurred_at: number; properties: unknown }>`select name, occurred_at, properties from event
			where profile = ${id} order by occurred_at desc, event_no desc limit ${sql.lit(EVENTS_SHOWN)}`,
	);
	const messages = await reader.all(
		sql<{ id: string; channel: string; state: string; reason: string | null; at: number }>`select id, channel, state, reason, coalesce(ended_at, attempted_at, reserved_at) as at
			from message where profile = ${id} order by 5 desc, id limit ${sql.lit(MESSAGES_SHOWN)}`,
	);
	const enrollments = await reader.all(
		sql<{ id: number; workflow: string; state: string; entered_at: number; end_reason: string | null }>`select id, workflow, state, entered_at, end_reason
			from enrollment where profile = ${id} order by entered_at desc, id desc`,
	);
	return {
		id,
		attributes: storedObject(profile.attributes),
		identities: identities.map(({ kind, value }) => ({ kind, value })),
		test: profile.is_test === 1,
		createdAt: iso(profile.created_at),
		updatedAt: iso(profile.updated_at),
		segments: segments.map((row) => row.name),
		consents: consents.map((row) => ({ channel: row.channel, topic: row.topic, state: row.state, at: iso(row.changed_at) })),
		events: events.map((row) => ({ name: row.name, at: iso(row.occurred_at), properties: storedObject(row.properties) })),
		messages: messages.map((row) => ({ id: row.id, channel: row.channel, state: row.state, reason: row.reason, at: iso(row.at) })),
		enrollments: enrollments.map((row) => ({ id: row.id, workflow: row.workflow, state: row.state, enteredAt: iso(row.entered_at), endReason: row.end_reason })),
	};
}
