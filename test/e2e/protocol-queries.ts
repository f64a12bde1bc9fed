import type { JourneysDatabase } from './journeys-database';

/** A mail that lies in the inbox: the ledger's id of it, and whom it reached. */
export interface Delivered {
	message: string;
	to: string;
	html: string;
}

/**
 * The queries of PROTOCOL.md, "After every crash, each of these returns no row", on the real database of an n8n and with the
 * real inbox as the provider's log. Answers with what is wrong, by number; {} when nothing is.
 */
export function protocolViolations(
	database: JourneysDatabase,
	delivered: readonly Delivered[],
	{ entryEvent, atRest }: { entryEvent: string; atRest: boolean },
): Record<string, object[]> {
	const log = JSON.stringify(delivered.map(({ message, to }) => ({ message, address: to })));
	const fromLog = `(select value ->> 'message' as message, value ->> 'address' as address from json_each(?)) p`;
	const found: Record<string, object[]> = {
		'1 counter and liveness': database.rows(`select e.id from enrollment e left join token t on t.enrollment = e.id
			group by e.id, e.open_tokens, e.state having e.open_tokens <> count(t.id) or (e.state = 'active') <> (count(t.id) > 0)`),
		'2 one acceptance a message': database.rows(`select message from ${fromLog} group by message having count(*) > 1`, log),
		'3 one message a key': database.rows('select token, step, trail, item_key from message group by token, step, trail, item_key having count(*) > 1'),
		'4 accepted, yet recorded as never attempted': database.rows(
			`select m.id from message m join ${fromLog} on p.message = m.id where m.state in ('reserved', 'skipped', 'deferred')`, log),
		'5 unknown only if attempted': database.rows(`select id from message where state = 'unknown' and attempt_nonce is null`),
		'6 lost wake-up': database.rows(`select t.id from token t join event v on v.profile = t.profile
			where t.state = 'parked' and t.outcome is null and t.watch_name = v.name and v.event_no > t.watch_from`),
		'7 an attempt after an opt-out': database.rows(`select m.id from message m join consent c on c.profile = m.profile and c.channel = m.channel
			where c.state = 'unsubscribed' and c.topic in ('', m.topic) and m.purpose = 'marketing' and m.attempted_at > c.changed_at`),
		'8 a write by a stale epoch': database.rows(
			'select m.token, m.step from memo m left join token t on t.id = m.token where t.id is null or m.touched_epoch > t.epoch'),
		'9 the wrong person': [
			...database.rows(`select p.message from ${fromLog} left join message m on m.id = p.message
				left join identity i on i.profile = m.profile and i.kind = 'email' where i.value is not p.address`, log),
			// The demo's mails say to whom they were written.
			...delivered.filter(({ html, to }) => !html.includes(to)).map(({ message }) => ({ message })),
		],
		'10 an event without an entry or a refusal': database.rows(`select v.id from event v where v.name = ? and v.historical = 0
			and not exists (select 1 from enrollment e where e.entry_event = v.id) and not exists (select 1 from refusal r where r.event = v.id)`, entryEvent),
		'11 an end without a reason': database.rows(`select id from enrollment where state <> 'active' and (end_reason is null or ended_at is null)`),
	};
	if (atRest) {
		found['12 at rest'] = [
			...database.rows(`select id, state from token where state = 'claimed' and lease_until < ?`, Date.now()),
			...database.rows(`select id, state from message where state in ('attempting', 'reserved', 'deferred')`),
		];
	}
	return Object.fromEntries(Object.entries(found).filter(([, rows]) => rows.length > 0));
}
