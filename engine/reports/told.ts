import { sql } from 'kysely';

import { hashId } from '../kernel';
import type { Tx } from '../store';
import type { About } from './find';

/**
 * How long a report without an event of its own is remembered, so that its repeat counts nothing. Services repeat for hours (Mailgun 8, SendGrid 24); the longest known
 * is Twilio's and Postmark's redelivery by hand, of what their logs keep.
 */
const REMEMBERED_MS = 31 * 24 * 3_600_000;

/** Only these count up in the ledger; the others say the same however often they are told. */
const COUNTED: ReadonlySet<string> = new Set(['opened', 'clicked']);

/** Of reports that no event tells of, such as a machine's click: those that count something for the first time. Two statements for any number. */
export async function firstTold(tx: Tx, silent: readonly About[]): Promise<About[]> {
	const counted = silent.filter(({ report, message }) => COUNTED.has(report.kind) && message !== null);
	if (counted.length === 0) return [...silent];
	const rows = [...new Set(counted.map(idOf))].map((id) => ({ id }));
	const added = await tx.all(sql<{ id: string }>`insert into told_report (id, at) select r.id, cast(${tx.nowMs} as ${sql.raw(tx.dialect.types.int)}) from ${tx.dialect.rows(rows, { id: 'text' }, 'r')} where true
		on conflict (id) do nothing returning id`);
	const fresh = new Set(added.map(({ id }) => id));
	return silent.filter((about) => !counted.includes(about) || fresh.delete(idOf(about)));
}

function idOf({ report, message }: About): string {
	return hashId('told', report.provider, report.id, report.kind, message?.id ?? '');
}

/** Called with the sweep of messages. */
export async function forgetTold(tx: Tx): Promise<void> {
	await tx.run(sql`delete from told_report where at <= ${tx.nowMs - REMEMBERED_MS}`);
}
