import { sql } from 'kysely';

import type { ConsentStep } from '../consent/types';
import { EngineError, isChannel, normaliseTopic } from '../kernel';
import type { Merge } from '../profiles';
import type { Tx } from '../store';
import { exitEnrollments } from './end';
import type { JourneyConfig } from './types';

/*
 * What ends enrollments besides an event (react.ts) and time (limits.ts): entering or leaving a segment, and a "no" to a channel or topic.
 * Both act in the transaction of what happened, on people in every state (PROTOCOL 20). A published trigger notes them in
 * `journey_exit`, so that a change finds the journeys it concerns by an index; mostly there is none, and then that one look is all.
 *
 * Joins are written as cross joins: SQLite keeps their order. Left to choose, it begins with everybody in the journey.
 */

interface SegmentMove {
	segment: number;
	profile: number;
}

/** People who have just entered or left segments or lists. Also by an import or a changed rule: who is a customer now is one, however that came to be known. */
export async function exitOnSegments(tx: Tx, moves: readonly SegmentMove[], change: 'entered' | 'left'): Promise<number> {
	const { anyOf, rows } = tx.dialect;
	if (moves.length === 0) return 0;
	const asked = await tx.all(sql<{ id: number; name: string }>`select distinct s.id, s.name from segment s join journey_exit x on x.kind = 'segment' and x.name = s.name and x.detail = ${change}
		where ${anyOf(sql`s.id`, [...new Set(moves.map(({ segment }) => segment))])} order by s.id`);
	let ended = 0;
	for (const { id, name } of asked) {
		const people = moves.filter(({ segment }) => segment === id).map(({ profile }) => ({ profile }));
		const leaving = await tx.all(sql<{ id: number }>`select e.id from journey_exit x cross join ${rows(people, { profile: 'integer' }, 'm')} cross join enrollment e
			where x.kind = 'segment' and x.name = ${name} and x.detail = ${change} and e.profile = m.profile and e.journey = x.journey and e.state = 'active' order by e.id`);
		ended += await exitEnrollments(tx, leaving.map((row) => row.id), `${change} "${name}"`, null);
	}
	return ended;
}

/** What people have just said. A "no" to the whole channel is one to each of its topics; a "yes" that was forgotten is none any more. */
export async function exitOnConsents(tx: Tx, steps: readonly ConsentStep[]): Promise<number> {
	const last = new Map<string, ConsentStep>();
	for (const step of steps) {
		const key = JSON.stringify([step.profile, step.channel, step.topic]);
		last.set(key, { ...step, from: last.get(key)?.from ?? step.from });
	}
	const revoked = [...last.values()].filter(({ from, to }) => from !== to && (to === 'unsubscribed' || (to === 'none' && from === 'subscribed')));
	if (revoked.length === 0) return 0;
	const given = tx.dialect.rows(revoked, { profile: 'integer', channel: 'text', topic: 'text' }, 'c');
	const leaving = await tx.all(sql<LeavingByConsent>`select distinct e.id, x.name as channel, x.detail as topic from ${given} cross join journey_exit x cross join enrollment e
		where x.kind = 'consent' and x.name = c.channel and (c.topic = '' or x.detail = c.topic) and e.profile = c.profile and e.journey = x.journey and e.state = 'active' order by e.id`);
	return (await leaveByConsent(tx, leaving)).length;
}

/**
 * In a merge the strictest wins: what one half has said no to, the other has from now on. Asked before consents are merged.
 * Answers with those that ended.
 */
export async function exitOnMergedConsents(tx: Tx, merges: readonly Merge[]): Promise<number[]> {
	const halves = new Map<number, number[]>();
	for (const { into, from } of merges) halves.set(into, [...(halves.get(into) ?? [into]), from]);
	const pairs = [...halves.values()].flatMap((people) => people.flatMap((mine) => people.filter((other) => other !== mine).map((other) => ({ mine, other }))));
	const leaving = await tx.all(sql<LeavingByConsent>`select distinct e.id, x.name as channel, x.detail as topic from ${tx.dialect.rows(pairs, { mine: 'integer', other: 'integer' }, 'm')}
		cross join consent c cross join journey_exit x cross join enrollment e
		where c.profile = m.other and c.state = 'unsubscribed' and x.kind = 'consent' and x.name = c.channel and (c.topic = '' or x.detail = c.topic)
		and e.profile = m.mine and e.journey = x.journey and e.state = 'active' and not exists (select 1 from consent o where o.profile = m.mine and o.channel = x.name and o.state = 'unsubscribed' and (o.topic = '' or o.topic = x.detail)) order by e.id`);
	return await leaveByConsent(tx, leaving);
}

interface LeavingByConsent {
	id: number;
	channel: string;
	topic: string;
}

async function leaveByConsent(tx: Tx, leaving: readonly LeavingByConsent[]): Promise<number[]> {
	const perReason = new Map<string, number[]>();
	const seen = new Set<number>();
	for (const { id, channel, topic } of leaving) {
		if (seen.has(id)) continue;
		seen.add(id);
		const reason = topic === '' ? `no consent to ${channel}` : `no consent to ${channel}, topic ${topic}`;
		perReason.set(reason, [...(perReason.get(reason) ?? []), id]);
	}
	for (const [reason, ids] of perReason) await exitEnrollments(tx, ids, reason, null);
	return [...seen];
}

/** A published trigger says by what people leave. Throws NOT_FOUND for a segment, BAD_INPUT for what could never be meant. */
export async function saveExits(tx: Tx, journey: string, { exits = {}, entry }: JourneyConfig): Promise<void> {
	const { segments = [], consent = [], afterMs } = exits;
	if (afterMs !== undefined && !(Number.isFinite(afterMs) && afterMs > 0)) throw new EngineError('BAD_INPUT', 'The time limit of the journey is not a time above 0. Enter one, or remove it.');
	for (const { segment, change } of segments) {
		if (entry.kind === 'segment' && entry.segment === segment && (entry.change ?? 'entered') === change) {
			throw new EngineError('BAD_INPUT', `People would leave this journey at the moment they start it: it both starts and ends when somebody has ${change} "${segment}". Change one of the two.`);
		}
		const found = await tx.first(sql`select id from segment where name = ${segment}`);
		if (found === undefined) throw new EngineError('NOT_FOUND', `There is no segment or list "${segment}", by which people are to leave the journey. Create it with Profile Engine (Segment: Create or Update), then publish the journey again.`);
	}
	for (const { channel } of consent) {
		if (!isChannel(channel)) throw new EngineError('BAD_INPUT', `"${channel.slice(0, 60)}" is no channel, so nobody could leave the journey by saying no to it. Choose one from the list.`);
	}
	const noted = [
		...segments.map(({ segment, change }) => ({ kind: 'segment', name: segment, detail: change as string })),
		...consent.map(({ channel, topic }) => ({ kind: 'consent', name: channel as string, detail: normaliseTopic(topic ?? '') })),
	];
	await tx.run(sql`delete from journey_exit where journey = ${journey}`);
	if (noted.length === 0) return;
	await tx.run(sql`insert into journey_exit (journey, kind, name, detail) select ${journey}, r.kind, r.name, r.detail
		from ${tx.dialect.rows(noted, { kind: 'text', name: 'text', detail: 'text' }, 'r')} where true on conflict do nothing`);
}
