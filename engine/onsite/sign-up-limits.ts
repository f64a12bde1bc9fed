import { createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';

import { sql } from 'kysely';

import type { Identity } from '../events/types';
import type { Tx } from '../store';

/*
 * Forms stand on public pages, and each one sent asks somebody by a mail or a text message to confirm. So sign-ups are counted by who sends them and by who is signed up, in windows that begin
 * with the first: whole offices and phone networks share one address, so many may come from it; of one mailbox or phone a few a day are enough for whoever did not find the first message.
 * What is counted is kept under a keyed hash (the secret of links) until its window is over, in the database: any process may answer.
 */
const HOUR_MS = 3_600_000;
export const MOST_BY_CALLER = { most: 60, windowMs: HOUR_MS } as const;
export const MOST_OF_ADDRESS = { most: 5, windowMs: 24 * HOUR_MS } as const;
const TIDY_BATCH = 5_000;

interface Counted {
	key: string;
	most: number;
	windowMs: number;
	/** undefined: of whoever sends. */
	identity?: Identity;
}

export interface OverLimit {
	/** Whom it is too much for; absent: who sends it. */
	identity?: Identity;
	/** UTC milliseconds. */
	untilMs: number;
}

/** Counts one sign-up, unless it is one too many. ip null: who sends it is not known, as behind a proxy of a private network. Three statements at most. */
export async function countSignUp(tx: Tx, secret: Uint8Array, ip: string | null, identities: readonly Identity[]): Promise<OverLimit | null> {
	const caller = ip === null ? [] : [{ key: keyOf(secret, 'caller', networkOf(ip)), ...MOST_BY_CALLER }];
	const over = await count(tx, caller);
	// Who may send nothing now must not use up what may be sent to others.
	return over ?? (await count(tx, identities.map((identity) => ({ key: keyOf(secret, identity.kind, identity.value), ...MOST_OF_ADDRESS, identity }))));
}

/** Removes counts that are over, a bounded number. Answers with how many. */
export async function tidySignUps(tx: Tx): Promise<number> {
	return await tx.run(sql`delete from sign_up_count where key in (select key from sign_up_count where until <= ${tx.nowMs} limit ${TIDY_BATCH})`);
}

async function count(tx: Tx, asked: readonly Counted[]): Promise<OverLimit | null> {
	if (asked.length === 0) return null;
	// In one order everywhere, as two at once wait for each other's rows.
	const rows = [...asked].sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ key, windowMs }) => ({ key, until: tx.nowMs + windowMs }));
	const counts = await tx.all(sql<{ key: string; times: number; until: number }>`insert into sign_up_count (key, times, until)
		select r.key, 1, r.until from ${tx.dialect.rows(rows, { key: 'text', until: 'integer' }, 'r')} where true
		on conflict (key) do update set times = case when sign_up_count.until <= ${tx.nowMs} then 1 else sign_up_count.times + 1 end,
			until = case when sign_up_count.until <= ${tx.nowMs} then excluded.until else sign_up_count.until end returning key, times, until`);
	const over = asked.flatMap(({ key, most, identity }): OverLimit[] => {
		const found = counts.find((one) => one.key === key);
		return found !== undefined && Number(found.times) > most ? [{ untilMs: Number(found.until), ...(identity === undefined ? {} : { identity }) }] : [];
	})[0];
	if (over === undefined) return null;
	// Nothing is sent to any of them: whoever is over must not be named to use up another's.
	await tx.run(sql`update sign_up_count set times = times - 1 where ${tx.dialect.anyOf(sql.ref('key'), asked.map(({ key }) => key))}`);
	return over;
}

function keyOf(secret: Uint8Array, kind: string, value: string): string {
	return createHmac('sha256', secret).update(`sign-up\0${kind}\0${value}`, 'utf8').digest('base64url').slice(0, 22);
}

/** Of IPv6 the first 64 bits: the rest of it a caller chooses by itself (RFC 4291, 2.5.4; RFC 8981). */
export function networkOf(ip: string): string {
	if (!isIPv6(ip) || /\./.test(ip)) return ip;
	const [head = '', tail] = ip.toLowerCase().split('%', 1)[0]?.split('::') ?? [];
	const groups = (part: string) => (part === '' ? [] : part.split(':'));
	const filled = tail === undefined ? groups(head) : [...groups(head), ...Array<string>(Math.max(0, 8 - groups(head).length - groups(tail).length)).fill('0'), ...groups(tail)];
	return filled.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
