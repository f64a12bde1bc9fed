import { sql } from 'kysely';

import { eventMatchSql } from '../events';
import type { Tx } from '../store';
import { beginAtOutcome, type Half } from './other-half';
import { wakePlaces } from './place';
import { loadWatches } from './watch';

/** An enrollment that moves to another profile, and by how much its event numbers rise. */
interface Rebased {
	enrollment: number;
	profile: number;
	off: number;
}

/** PROTOCOL 17: a merge renumbers the events of the profile that goes; what its tokens remember of them follows. */
export async function rebaseTokens(tx: Tx, moved: readonly Rebased[]): Promise<void> {
	if (moved.length === 0) return;
	const rows = () => tx.dialect.rows(moved, { enrollment: 'integer', profile: 'integer', off: 'integer' }, 'r');
	await tx.run(sql`update token set profile = r.profile, watch_from = token.watch_from + r.off, since_no = token.since_no + r.off
		from ${rows()} where token.enrollment = r.enrollment`);
	await tx.run(sql`update merged_events set above = above + r.off, upto = upto + r.off from ${rows()} where merged_events.enrollment = r.enrollment`);
}

/**
 * What the other half of the person did while this one waited ends the wait: somebody who ordered as a guest must not be
 * reminded of the cart. It counts when it arrived after the park, so not what an earlier leg was about. By number alone that
 * cannot be told, since the numbers of the halves stand one behind the other: so every waiting token is looked at here, and
 * then looks only at what comes after the merge. Statements follow the number of different events awaited.
 */
export async function catchUpWatches(tx: Tx, waiting: readonly Half[]): Promise<void> {
	if (waiting.length === 0) return;
	const bounds = () => tx.dialect.rows(waiting, { enrollment: 'integer', after: 'integer', upTo: 'integer', total: 'integer' }, 'w');
	const awaited = sql`token.enrollment = w.enrollment and token.watch is not null and token.state = 'parked' and token.outcome is null`;
	const watches = await tx.all(sql<{ watch: string }>`select distinct token.watch from ${bounds()} join token on ${awaited}`);
	if (watches.length === 0) return;
	const ended: string[] = [];
	for (const { id, match } of await loadWatches(tx, watches.map(({ watch }) => watch))) {
		const candidate = sql`from event ev join enrollment e on e.id = token.enrollment
			where ev.profile = token.profile and ev.name = token.watch_name and not (ev.event_no > w.after and ev.event_no <= w."upTo")
			and ev.historical < 2 and ev.received_at >= token.parked_at and ev.occurred_at >= e.started_at and (ev.enrollment is null or ev.enrollment = token.enrollment)
			and ${eventMatchSql(tx.dialect, match, 'ev')}`;
		const met = await tx.all(sql<{ id: string; place: string }>`update token set outcome = 'event', due_at = ${tx.nowMs},
			outcome_event = (select ev.id ${candidate} order by ev.received_at, ev.id limit 1)
			from ${bounds()} where ${awaited} and token.watch = ${id} and exists (select 1 ${candidate}) returning token.id, token.place`);
		await wakePlaces(tx, met);
		ended.push(...met.map((row) => row.id));
	}
	await beginAtOutcome(tx, ended);
	// Behind all numbers of the person by now, also those whose events are gone.
	await tx.run(sql`update token set watch_from = w.total from ${bounds()} where ${awaited}`);
}
