import { sql } from 'kysely';

import { consentBlocksSql } from '../consent';
import { fromJsonColumn } from '../journeys';
import { lockProfiles, normaliseIdentity } from '../profiles';
import type { JsonObject } from '../kernel';
import type { Tx } from '../store';
import type { Reserved } from './reserve';
import type { EmailSendRequest } from './types';

export type Work = Extract<Reserved, { kind: 'work' }>;

/** All that rendering one message needs, read in the transaction that decides to attempt it. */
export interface Addressed {
	work: Work;
	to: string;
	profile: JsonObject;
	journey: JsonObject;
	event: JsonObject | null;
	attempts: number;
}

export type Verdict =
	| { kind: 'attempt'; addressed: Addressed }
	| { kind: 'skip'; work: Work; reason: string }
	/** Somebody else's attempt, whose deadline has not passed. */
	| { kind: 'busy'; work: Work; untilMs: number }
	/** Its attempt's deadline has passed without an end. */
	| { kind: 'unknown'; work: Work }
	/** Ended before (by an earlier epoch that died before it could remember its output). */
	| { kind: 'ended'; work: Work; state: string; reason: string | null }
	/** The person has left, or another process has claimed them since: not ours to send. */
	| { kind: 'left'; work: Work };

interface GuardRow {
	id: string;
	state: string;
	reason: string | null;
	attempts: number;
	attempt_until: number | null;
	attributes: JsonObject | string;
	suppressed: string | null;
	refused: number;
	journey_name: string | null;
	enrollment: number | null;
	entered_at: number | null;
	entry_name: string | null;
	entry_properties: JsonObject | string | null;
	token_alive: number;
}

/**
 * Guards in order: still in the journey, suppression, consent. Read under the profile's lock, so that an opt-out which
 * was committed before the attempt is always seen (PROTOCOL 3, 14).
 */
export async function guard(tx: Tx, request: EmailSendRequest, works: readonly Work[]): Promise<Verdict[]> {
	await lockProfiles(tx, [...new Set(works.map((work) => work.profile))]);
	const asked = works.map((work) => ({ id: work.message, token: work.visit?.token.id ?? null, epoch: work.visit?.token.epoch ?? null }));
	const rows = await tx.all<GuardRow>(sql<GuardRow>`select m.id, m.state, m.reason, m.attempts, m.attempt_until, p.attributes,
			(select s.reason from suppression s join identity i on i.kind = 'email' and i.value = s.address where s.channel = 'email' and i.profile = m.profile limit 1) as suppressed,
			case when ${consentBlocksSql(tx.dialect, { channel: 'email', topicRef: sql`m.topic`, profileRef: sql`m.profile` })} then 1 else 0 end as refused,
			j.name as journey_name, m.enrollment, e.entered_at, ev.name as entry_name, ev.properties as entry_properties,
			case when a.token is null then 1 else (select count(*) from token t where t.id = a.token and t.epoch = a.epoch and t.state in ('claimed', 'away')) end as token_alive
		from ${tx.dialect.rows(asked, { id: 'text', token: 'text', epoch: 'integer' }, 'a')}
		join message m on m.id = a.id join profile p on p.id = m.profile
		left join journey j on j.id = m.journey left join enrollment e on e.id = m.enrollment left join event ev on ev.id = e.entry_event`);
	const found = new Map(rows.map((row) => [row.id, row]));
	const own = await ownAddresses(tx, works.map((work) => work.profile));
	return works.map((work): Verdict => {
		const row = found.get(work.message);
		if (row === undefined) return { kind: 'left', work };
		if (row.state === 'attempting') {
			return row.attempt_until !== null && row.attempt_until > tx.nowMs ? { kind: 'busy', work, untilMs: row.attempt_until } : { kind: 'unknown', work };
		}
		if (row.state !== 'reserved' && row.state !== 'deferred') return { kind: 'ended', work, state: row.state, reason: row.reason };
		if (Number(row.token_alive) === 0) return { kind: 'left', work };
		const address = addressFor(work, fromJsonColumn<JsonObject>(row.attributes), own.get(work.profile) ?? []);
		const reason = 'refused' in address ? address.refused : skipReason(row, request);
		if (reason !== null || 'refused' in address) return { kind: 'skip', work, reason: reason ?? 'no email address' };
		return { kind: 'attempt', addressed: addressed(row, work, address.to) };
	});
}

/** Email identities by profile, the newest first. */
async function ownAddresses(tx: Tx, profiles: readonly number[]): Promise<Map<number, string[]>> {
	const rows = await tx.all<{ profile: number; value: string }>(sql<{ profile: number; value: string }>`select profile, value from identity
		where kind = 'email' and ${tx.dialect.anyOf(sql`profile`, [...new Set(profiles)])} order by created_at desc, value`);
	const own = new Map<number, string[]>();
	for (const row of rows) own.set(row.profile, [...(own.get(row.profile) ?? []), row.value]);
	return own;
}

/**
 * Where a mail goes: outside a journey to the address that was given; else to the attribute `email`, when it is this person's
 * own; only a person without that attribute is written to at the newest email identity. An address that somebody replaced
 * or that belongs to another profile is never used: it may be a stranger's.
 */
function addressFor(work: Work, attributes: JsonObject, own: readonly string[]): { to: string } | { refused: string } {
	const wanted = work.visit === null ? work.item.contact?.email : attributes.email;
	if (wanted === undefined) return own[0] === undefined ? { refused: 'no email address' } : { to: own[0] };
	const found = normaliseIdentity('email', wanted);
	if (!found.ok) return { refused: 'no email address' };
	return own.includes(found.identity.value) ? { to: found.identity.value } : { refused: 'the email address belongs to another profile' };
}

function skipReason(row: GuardRow, request: EmailSendRequest): string | null {
	if (row.suppressed !== null) return `suppressed: ${row.suppressed}`;
	if (request.purpose === 'marketing' && row.refused === 1) return 'no consent';
	return null;
}

function addressed(row: GuardRow, work: Work, address: string): Addressed {
	return {
		work,
		to: address,
		attempts: row.attempts,
		profile: { ...fromJsonColumn<JsonObject>(row.attributes), id: work.profile, email: address },
		journey: { name: row.journey_name, enrollment: row.enrollment, enteredAt: row.entered_at === null ? null : new Date(row.entered_at).toISOString() },
		event: row.entry_name === null ? null : { name: row.entry_name, properties: fromJsonColumn<JsonObject>(row.entry_properties ?? {}) },
	};
}
