import { sql } from 'kysely';

import { currentProfiles } from '../profiles';
import type { Reader, Store } from '../store';
import { journeyOf } from './journey';
import { readRunsOf, type Run } from './runs';
import type { Timeline, TimelineEntry, TimelineRequest } from './types';

const MOST_PEOPLE = 50;
const MOST_RUNS = 500;
const DAY_MS = 86_400_000;

/** What happened to the test people of a journey in their newest run, in order, by the journey's own time. Reads only. */
export async function timeline(store: Store, request: TimelineRequest): Promise<Timeline> {
	return await store.read(async (reader) => {
		const journey = await journeyOf(reader, request, null);
		const asked = request.people === undefined ? undefined : [...new Set((await currentProfiles(reader, request.people)).values())];
		const people = await reader.all<{ id: number }>(sql<{ id: number }>`select p.id from profile p where p.is_test = 1 ${asked === undefined ? sql`` : sql`and ${reader.dialect.anyOf(sql`p.id`, asked)}`}
			and exists (select 1 from enrollment e where e.profile = p.id and e.workflow = ${journey.workflow}) order by p.id desc limit ${MOST_PEOPLE}`);
		const runs = newest(await readRunsOf(reader, journey, people.map(({ id }) => id), MOST_RUNS));
		const messages = await messagesOf(reader, runs.map(({ enrollment }) => enrollment), runs.map(({ profile }) => profile));
		const entries = runs.flatMap((run) => entriesOf(run, messages.filter(({ enrollment }) => enrollment === run.enrollment)));
		return {
			journey: journey.name, daySeconds: journey.config.virtualDaySeconds ?? DAY_MS / 1000, people: runs.map(({ profile, state, endReason }) => ({ profile, state, endReason })),
			entries: entries.sort((a, b) => a.profile - b.profile || a.atMs - b.atMs || a.order - b.order).map(({ atMs: _atMs, order: _order, ...entry }) => entry),
		};
	});
}

function newest(runs: readonly Run[]): Run[] {
	const seen = new Set<number>();
	return runs.filter(({ profile }) => {
		const first = !seen.has(profile);
		seen.add(profile);
		return first;
	});
}

interface MessageRow {
	enrollment: number;
	step: string;
	name: string | null;
	channel: string;
	state: string;
	guard: string | null;
	reason: string | null;
	reserved_at: number;
	ended_at: number | null;
	deferred_until: number | null;
	variant: string | null;
	delivered_at: number | null;
	bounced_at: number | null;
	opened_at: number | null;
	clicked_at: number | null;
	replied_at: number | null;
	complained_at: number | null;
}

/** What may become of a message that was sent, in the order in which it does. */
const BECAME = [['delivered_at', 'delivered'], ['bounced_at', 'bounced'], ['opened_at', 'opened'], ['clicked_at', 'clicked'], ['replied_at', 'replied to'], ['complained_at', 'marked as spam']] as const;

async function messagesOf(reader: Reader, enrollments: readonly number[], profiles: readonly number[]): Promise<MessageRow[]> {
	// By way of the people: the ledger has no index by enrollment.
	return await reader.all<MessageRow>(sql<MessageRow>`select m.enrollment, m.step, s.name, m.channel, m.state, m.guard, m.reason, m.reserved_at, m.ended_at, m.deferred_until, m.variant,
			m.delivered_at, m.bounced_at, m.opened_at, m.clicked_at, m.replied_at, m.complained_at
		from message m left join step s on s.workflow = m.workflow and s.step = m.step
		where ${reader.dialect.anyOf(sql`m.profile`, profiles)} and ${reader.dialect.anyOf(sql`m.enrollment`, enrollments)} order by m.reserved_at, m.id`);
}

/** `order` puts what happens in the same millisecond as it must have happened. */
type Placed = TimelineEntry & { atMs: number; order: number };

function entriesOf(run: Run, messages: readonly MessageRow[]): Placed[] {
	const beganMs = Date.parse(run.enteredAt);
	const entries: Placed[] = [];
	const add = (atMs: number, kind: TimelineEntry['kind'], step: string | null, text: string): void => {
		const journeyMs = beganMs + (atMs - beganMs) / run.timeScale;
		entries.push({ profile: run.profile, kind, step, text, at: new Date(atMs).toISOString(), journeyTime: new Date(Math.round(journeyMs)).toISOString(), day: Math.floor((journeyMs - beganMs) / DAY_MS) + 1, atMs, order: entries.length });
	};
	add(beganMs, 'entered', null, `entered by ${run.enteredBy}`);
	for (const { step, type, outcome, at } of run.way) if (type !== 'trigger' && type !== 'email' && type !== 'sms' && type !== 'whatsapp') add(Date.parse(at), 'passed', step, outcome);
	for (const message of messages) {
		const step = message.name ?? message.step;
		const what = `${message.channel}${message.variant === null ? '' : ` (variant ${message.variant})`}`;
		if (message.state === 'deferred') add(message.reserved_at, 'message', step, `${what} held back: ${message.reason ?? ''}`);
		else add(message.ended_at ?? message.reserved_at, 'message', step, `${what} ${message.state}${message.reason === null ? '' : `: ${message.reason}`}`);
		for (const [column, word] of BECAME) {
			const at = message[column];
			if (at !== null) add(at, 'message', step, word);
		}
	}
	for (const { name, value, currency, at } of run.goals) add(Date.parse(at), 'goal', null, `goal "${name}"${value === null ? '' : ` ${value} ${currency ?? ''}`}`);
	for (const place of run.places) add(Date.parse(place.since), 'stands', place.step, place.state === 'waiting' ? `waits${place.awaits === null ? '' : ` for ${place.awaits}`}${place.until === null ? '' : `, due at ${place.until}`}` : `${place.state}${place.reason === null ? '' : `: ${place.reason}`}`);
	if (run.endedAt !== null) add(Date.parse(run.endedAt), 'ended', run.endStep, run.state === 'completed' ? 'came to the end' : `left: ${run.endReason ?? ''}`);
	return entries;
}
