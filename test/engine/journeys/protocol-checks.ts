import { sql } from 'kysely';

import type { EventMatch, PropertyFilter } from '../../../engine/events/types';
import type { JsonObject, JsonValue } from '../../../engine/kernel';
import type { Reader, Store } from '../../../engine/store';
import type { Accepted } from '../messages/mailbox';

/** The numbered queries of PROTOCOL.md, "After every crash, each of these returns no row": what is wrong, by number. */
export async function protocolViolations(store: Store, providerLog: readonly Accepted[], options: { entryEvent: string; atRest: boolean }): Promise<Record<string, object[]>> {
	return await store.read(async (reader) => {
		const accepted = reader.dialect.rows(providerLog.map(({ message }) => ({ message })), { message: 'text' }, 'p');
		const found: Record<string, object[]> = {
			'1 counter and liveness': await reader.all<object>(sql<object>`select e.id from enrollment e left join token t on t.enrollment = e.id
				group by e.id, e.open_tokens, e.state having e.open_tokens <> count(t.id) or (e.state = 'active') <> (count(t.id) > 0)`),
			'2 one acceptance a message': await reader.all<object>(sql<object>`select message from ${accepted} group by message having count(*) > 1`),
			'3 one message a key': await reader.all<object>(sql<object>`select token, step, trail, item_key from message group by token, step, trail, item_key having count(*) > 1`),
			'4 accepted yet never attempted': await reader.all<object>(sql<object>`select m.id, m.state from message m join ${accepted} on p.message = m.id where m.state in ('reserved', 'skipped', 'deferred')`),
			'5 unknown only if attempted': await reader.all<object>(sql<object>`select id from message where state = 'unknown' and attempt_nonce is null`),
			'6 lost wake-up': await lostWakeUps(reader),
			'7 an attempt after an opt-out': await reader.all<object>(sql<object>`select m.id from message m join consent c on c.profile = m.profile and c.channel = m.channel
				where c.state = 'unsubscribed' and c.topic in ('', m.topic) and m.purpose = 'marketing' and m.attempted_at > c.changed_at`),
			'8 a write by a stale epoch': await reader.all<object>(sql<object>`select m.token, m.step from memo m left join token t on t.id = m.token where t.id is null or m.touched_epoch > t.epoch`),
			'9 the wrong person\'s content': await wrongContent(reader, providerLog),
			'10 an event without an entry or a refusal': await reader.all<object>(sql<object>`select ev.id from event ev where ev.name = ${options.entryEvent} and ev.historical = 0
				and not exists (select 1 from enrollment e where e.entry_event = ev.id) and not exists (select 1 from refusal r where r.event = ev.id)`),
			'11 an end without a reason': await reader.all<object>(sql<object>`select id from enrollment where state <> 'active' and (end_reason is null or ended_at is null)`),
		};
		if (options.atRest) {
			found['12 at rest'] = [
				...(await reader.all<object>(sql<object>`select id, 'claimed past its lease' as what from token where state = 'claimed' and lease_until < ${reader.nowMs}`)),
				...(await reader.all<object>(sql<object>`select id, 'attempting past its deadline' as what from message where state = 'attempting' and attempt_until <= ${reader.nowMs}`)),
				...(await reader.all<object>(sql<object>`select m.id, m.state as what from message m where m.state in ('reserved', 'deferred')
					and not exists (select 1 from enrollment e where e.id = m.enrollment and e.state = 'active')`)),
			];
		}
		return Object.fromEntries(Object.entries(found).filter(([, rows]) => rows.length > 0));
	});
}

interface WaitingRow {
	id: string;
	profile: number;
	enrollment: number;
	watch_from: number;
	started_at: number;
	rule: EventMatch | string;
}

interface EventRow {
	profile: number;
	event_no: number;
	name: string;
	occurred_at: number;
	enrollment: number | null;
	properties: JsonObject | string;
}

/** Evaluates every awaited event again, one by one and outside SQL. */
async function lostWakeUps(reader: Reader): Promise<object[]> {
	const waiting = await reader.all<WaitingRow>(sql<WaitingRow>`select t.id, t.profile, t.enrollment, t.watch_from, e.started_at, w.rule
		from token t join watch w on w.id = t.watch join enrollment e on e.id = t.enrollment where t.state = 'parked' and t.outcome is null`);
	const events = await reader.all<EventRow>(sql<EventRow>`select profile, event_no, name, occurred_at, enrollment, properties from event`);
	return waiting.filter((token) => events.some((event) =>
		event.profile === token.profile && event.event_no > token.watch_from && event.occurred_at >= token.started_at
		&& (event.enrollment === null || event.enrollment === token.enrollment) && matches(parsed(token.rule), event)));
}

function matches(match: EventMatch, event: EventRow): boolean {
	return event.name === match.event && (match.filters ?? []).every((filter) => holds(filter, parsed(event.properties)));
}

/** Only the operators that the tests use; an unknown one must not pass silently. */
function holds({ path, operator, value }: PropertyFilter, properties: JsonObject): boolean {
	const at: JsonValue | undefined = properties[path];
	if (operator === 'equals') return at === value;
	if (operator === 'greater') return typeof at === 'number' && typeof value === 'number' && at > value;
	throw new Error(`The naive evaluator does not know ${operator}.`);
}

function parsed<Value>(value: Value | string): Value {
	return typeof value === 'string' ? (JSON.parse(value) as Value) : value;
}

async function wrongContent(reader: Reader, log: readonly Accepted[]): Promise<object[]> {
	const rows = await reader.all<{ id: string; profile: number; value: string }>(sql<{ id: string; profile: number; value: string }>`select m.id, m.profile, i.value
		from message m join identity i on i.profile = m.profile and i.kind = 'email'`);
	const owner = new Map(rows.map((row) => [row.id, row]));
	return log.filter(({ message, to, raw }) => {
		const row = owner.get(message);
		return row === undefined || row.value !== to || !raw.includes(`marker:${row.profile}:`);
	}).map(({ message, to }) => ({ message, to }));
}
